using Dalgu.Hub.Audit;
using Dalgu.Hub.Changes;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub;

/// <summary>What the hub knows of an entity's stored state: a null entity means that it does not exist now.</summary>
internal sealed record CachedEntity(long Key, bool IsNew, Entity? Entity, Box? Place)
{
    /// <summary>The last state of an entity that does not exist now: what its history is found by. One without types has no history.</summary>
    public Entity? Last { get; init; }
}

/// <summary>A group of writes, built and not yet committed: the unit for the store, and what becomes true when it is durable.</summary>
internal sealed class CommitDraft
{
    private readonly List<(OutboxRow Row, string Who, Entity? Before, Entity? After, IReadOnlyList<string> Attributes)> changes = [];

    /// <summary>When the writes happen, UTC.</summary>
    public DateTime Now { get; private set; }
    /// <summary>When building began, as a stopwatch's timestamp.</summary>
    public long Started { get; set; }
    /// <summary>What is to be stored.</summary>
    public CommitUnit Unit { get; } = new();
    /// <summary>True where there is nothing to store.</summary>
    public bool IsEmpty => Unit.Audit.Count == 0 && Unit.Outbox.Count == 0 && Unit.Documents.Count == 0;
    /// <summary>The memory of the unit's bodies.</summary>
    public EntityCodec.Writer.Arena Bodies { get; } = new();
    /// <summary>The writes that were applied.</summary>
    public List<WriteRequest> Requests { get; } = [];
    /// <summary>The states after the writes.</summary>
    public Dictionary<string, CachedEntity> States { get; } = new(StringComparer.Ordinal);
    /// <summary>The states before the first of the writes.</summary>
    public Dictionary<string, CachedEntity> Originals { get; } = new(StringComparer.Ordinal);
    /// <summary>The highest numbers in use after the draft, and the names that there are.</summary>
    public (long Key, long Seq, AuditEntry? Audit, int Names) Last { get; set; }

    /// <summary>Makes the draft an empty one of an instant, in the memory that it has.</summary>
    public CommitDraft Begin(DateTime now)
    {
        Now = now;
        changes.Clear();
        Unit.Clear();
        Bodies.Reset();
        Requests.Clear();
        States.Clear();
        Originals.Clear();
        return this;
    }

    /// <summary>How many changes there are.</summary>
    public int Count => changes.Count;

    /// <summary>The outbox row of a change.</summary>
    public OutboxRow Row(int index) => changes[index].Row;

    /// <summary>True where the entity did not exist before.</summary>
    public bool WasAbsent(string id) => Originals[id].Entity is null;

    /// <summary>Adds a change.</summary>
    public void Add(OutboxRow row, string who, Entity? before, Entity? after, IReadOnlyList<string> attributes)
    {
        Unit.Outbox.Add(row);
        changes.Add((row, who, before, after, attributes));
    }

    /// <summary>The changes as the feed tells them.</summary>
    public List<Change> Changes(string tenant)
    {
        var told = new List<Change>(changes.Count);
        foreach (var (row, who, before, after, attributes) in changes)
            told.Add(new Change(row.Seq, tenant, row.Kind, new DateTime(row.Recorded, DateTimeKind.Utc), who, before, after, attributes));
        return told;
    }
}
