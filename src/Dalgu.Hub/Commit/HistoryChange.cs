using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub;

/// <summary>A change of an entity's history that leaves its present state alone.</summary>
/// <param name="Id">The entity's declared id.</param>
internal sealed record HistoryChange(string Id)
{
    /// <summary>What the row of an entity that does not exist now says of it from here on; null leaves it. Without types it is found no more.</summary>
    public Entity? Last { get; init; }
    /// <summary>Instances that join the history, each at its observedAt, or now.</summary>
    public IReadOnlyList<EntityAttribute> Recorded { get; init; } = [];
    /// <summary>Stored rows that go.</summary>
    public IReadOnlyList<HistoryRow> Removed { get; init; } = [];
    /// <summary>Rows that take their place: when they held, when the city recorded them, what they say.</summary>
    public IReadOnlyList<(long Time, long Recorded, IReadOnlyList<EntityAttribute> Attributes)> Rewritten { get; init; } = [];
    /// <summary>True where the whole history goes.</summary>
    public bool Erases { get; init; }
    /// <summary>True where rows of earlier changes are touched, so that what those signed no longer stands.</summary>
    public bool Corrects => Erases || Removed.Count > 0;
}
