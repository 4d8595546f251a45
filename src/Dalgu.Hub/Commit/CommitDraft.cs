using System.Runtime.InteropServices;
using Dalgu.Hub.Audit;
using Dalgu.Hub.Changes;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub;

/// <summary>What the hub knows of an entity's stored state: a null entity means that it does not exist now.</summary>
internal sealed record CachedEntity(long Key, bool IsNew, Entity? Entity, Box? Place)
{
    /// <summary>The last state of an entity that does not exist now: what its history is found by. One without types has no history.</summary>
    public Entity? Last { get; init; }

    /// <summary>The change that made the state; 0 where the store has no row.</summary>
    public long Seq { get; init; }

    /// <summary>True where it was not kept here and is read for a write.</summary>
    public bool IsFetched { get; init; }

    /// <summary>What the store has of an entity.</summary>
    /// <param name="stored">The stored row.</param>
    /// <param name="entity">Its body, read.</param>
    public static CachedEntity Of(StoredEntity stored, Entity entity) => stored.Gone
        ? new(stored.Key, false, null, null) { Last = entity, Seq = stored.Seq }
        : new(stored.Key, false, entity, Places.BoxOf(entity)) { Seq = stored.Seq };
}

/// <summary>A group of writes, built and not yet committed: the unit for the store, complete when it is sealed, and what becomes true when it is durable.</summary>
internal sealed class CommitDraft
{
    private readonly List<(OutboxRow Row, string Who, Entity? Before, Entity? After, IReadOnlyList<string> Attributes)> changes = [];
    private readonly List<(byte[] Digest, ReadOnlyMemory<byte> State, int FirstRow, int Rows)> unsigned = [];
    private readonly List<(string Who, string Action, string Target, int First, int Count)> acts = [];

    /// <summary>When the writes happen, UTC.</summary>
    public DateTime Now { get; private set; }
    /// <summary>When building began, as a stopwatch's timestamp.</summary>
    public long Started { get; set; }
    /// <summary>What is to be stored.</summary>
    public CommitUnit Unit { get; } = new();
    /// <summary>True where there is nothing to store.</summary>
    public bool IsEmpty => acts.Count == 0 && Unit.Outbox.Count == 0 && Unit.Documents.Count == 0;
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
        unsigned.Clear();
        acts.Clear();
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

    /// <summary>Adds a change. Its digest is computed when the draft is sealed.</summary>
    /// <param name="row">The outbox row, without its digest.</param>
    /// <param name="state">The new state in its stored form; empty for none.</param>
    /// <param name="firstRow">The first of the history rows of the change: it is those from there on.</param>
    /// <param name="who">Who made it.</param>
    /// <param name="before">The entity before it.</param>
    /// <param name="after">The entity after it.</param>
    /// <param name="attributes">The names of the attributes that changed.</param>
    public void Add(OutboxRow row, ReadOnlyMemory<byte> state, int firstRow, string who, Entity? before, Entity? after, IReadOnlyList<string> attributes)
    {
        var rows = Unit.History.Count - firstRow;
        row = row with { Digest = ChangeDigest.Room(rows > 0) };
        unsigned.Add((row.Digest, state, firstRow, rows));
        Unit.Outbox.Add(row);
        changes.Add((row, who, before, after, attributes));
    }

    /// <summary>Adds what the audit says of a write: its changes are those from one on.</summary>
    public void AddAct(string who, string action, string target, int first) => acts.Add((who, action, target, first, Count - first));

    /// <summary>Computes the digests of the changes so far: what they wrote in history lies where they wrote it.</summary>
    public void Sign()
    {
        var rows = CollectionsMarshal.AsSpan(Unit.History);
        foreach (var (digest, state, first, count) in unsigned) ChangeDigest.Compute(state.Span, rows.Slice(first, count), digest);
        unsigned.Clear();
    }

    /// <summary>Computes what is to be computed of the whole, and brings the unit into its order.</summary>
    /// <param name="last">The audit entry before it.</param>
    /// <param name="digest">Computes the content of entries.</param>
    public void Seal(AuditEntry? last, OutboxDigest digest)
    {
        Sign();
        foreach (var (who, action, target, first, count) in acts)
        {
            digest.Clear();
            for (var i = first; i < first + count; i++) digest.Append(changes[i].Row);
            last = AuditEntry.After(last, Now, who, action, target, count == 0 ? 0 : changes[first].Row.Seq, count == 0 ? 0 : changes[first + count - 1].Row.Seq,
                count == 0 ? AuditEntry.Genesis : digest.Finish());
            Unit.Audit.Add(last);
        }
        Last = Last with { Audit = last };
        CommitBuilder.Sort(Unit.Entities, static (a, b) => string.CompareOrdinal(a.Id, b.Id));
        CommitBuilder.Sort(Unit.History, static (a, b) => a.Key != b.Key ? a.Key.CompareTo(b.Key) : a.Time != b.Time ? a.Time.CompareTo(b.Time) : a.Seq.CompareTo(b.Seq));
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
