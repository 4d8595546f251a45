using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub.Changes;

/// <summary>One committed change of one entity, as live pages and desks' rules see it.</summary>
/// <param name="Seq">The number of the change in its tenant; the cursor of the feed.</param>
/// <param name="Tenant">The tenant; empty for the default one.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Recorded">When, UTC.</param>
/// <param name="Who">Who wrote it.</param>
/// <param name="Before">The state before; null where there was none.</param>
/// <param name="After">The state after; null where the entity is gone.</param>
/// <param name="Attributes">The names (IRIs) of the attributes that changed.</param>
public sealed record Change(long Seq, string Tenant, ChangeKind Kind, DateTime Recorded, string Who, Entity? Before, Entity? After, IReadOnlyList<string> Attributes)
{
    /// <summary>True where another node made the change, and this one learned of it later: <see cref="After"/> is the present state, and <see cref="Before"/> the last
    /// that was known here, which may leave out states in between.</summary>
    public bool IsLearned { get; init; }

    /// <summary>The entity's id.</summary>
    public string Id => (After ?? Before)!.Id;
    /// <summary>The entity, as it is or last was.</summary>
    public Entity Entity => (After ?? Before)!;
}
