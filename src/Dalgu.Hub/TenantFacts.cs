using Dalgu.Hub.Entities;

namespace Dalgu.Hub;

/// <summary>An instance of an attribute as history holds it.</summary>
/// <param name="Attribute">The attribute's name, an IRI.</param>
/// <param name="Instance">The value; <see cref="AttributeInstance.Deleted"/> marks the moment of removal.</param>
/// <param name="Time">observedAt, or the recorded time where there is none; UTC.</param>
/// <param name="Recorded">When the city recorded it, UTC.</param>
/// <param name="Seq">The change that recorded it.</param>
public readonly record struct Observation(string Attribute, AttributeInstance Instance, DateTime Time, DateTime Recorded, long Seq)
{
    /// <summary>Which of the attribute's instances it is that the change recorded for the time, from 0.</summary>
    public int Index { get; init; }

    /// <summary>What names the instance in the history of its attribute: a URI that stays the same as long as the instance is.</summary>
    public string InstanceId => Instance.InstanceId ?? IdOf(Time.Ticks, Seq, Index);

    internal static string IdOf(long time, long seq, int index) => index == 0 ? $"urn:ngsi-ld:Instance:{time:x}-{seq:x}" : $"urn:ngsi-ld:Instance:{time:x}-{seq:x}-{index:x}";
}

/// <summary>How many entities a type has, and its attributes with their kinds and counts.</summary>
public sealed record TypeCensus(string Type, long Entities, IReadOnlyList<(string Attribute, AttributeKind Kind, long Entities)> Attributes);

/// <summary>How a tenant is doing.</summary>
/// <param name="QueueLength">Writes that wait.</param>
/// <param name="QueueCapacity">Writes that may wait.</param>
/// <param name="Commits">Commits since the start.</param>
/// <param name="Writes">Acknowledged writes since the start.</param>
/// <param name="Changes">Changes since the tenant came to be.</param>
/// <param name="Reads">Reads since the start.</param>
/// <param name="LastSeq">The number of the last change.</param>
/// <param name="LastCommit">When the last commit was, UTC.</param>
/// <param name="LastCommitDuration">How long it took.</param>
/// <param name="Refusal">Why writes are refused now, or null where they are not.</param>
public sealed record TenantStatus(int QueueLength, int QueueCapacity, long Commits, long Writes, long Changes, long Reads, long LastSeq, DateTime? LastCommit, TimeSpan LastCommitDuration, string? Refusal);

/// <summary>How a tenant's notifications are doing at this node.</summary>
/// <param name="Subscriptions">How many subscriptions there are.</param>
/// <param name="Waiting">Changes that wait in memory to be told; of several nodes, at the one that delivers.</param>
/// <param name="Oldest">When the oldest of what waits was recorded, or could first have gone out, UTC; null where nothing waits.</param>
/// <param name="Sent">Tries to send, since the subscriptions were made.</param>
/// <param name="Failed">Tries that failed.</param>
public sealed record NotificationStatus(int Subscriptions, long Waiting, DateTime? Oldest, long Sent, long Failed);
