using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Dalgu.Hub.Access;
using Dalgu.Hub.Audit;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub;

/// <summary>Turns applied writes into one commit unit: gives numbers, encodes states, finds what changed, chains the audit. Builds upon what was built
/// last, committed or not; <see cref="Reset"/> goes back to what is committed. Used by one task; <see cref="Seal"/> by another, <see cref="Commit"/> by a third.</summary>
internal sealed partial class CommitBuilder(StoreState state, NameTable names, long outboxKept)
{
    private const long PruneEvery = 4096;
    private readonly EntityCodec.Writer writer = new(names);
    private readonly OutboxDigest digest = new();
    private readonly Dictionary<string, EntityWrite> writes = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private (long Key, long Seq, AuditEntry? Audit, int Names) committed = (state.LastKey, state.LastSeq, state.LastAudit, names.Count);
    private (long Key, long Seq, int Names) built = (state.LastKey, state.LastSeq, names.Count);
    private long nextKey, nextSeq;
    private AuditEntry? sealedAudit = state.LastAudit;
    private CommitDraft draft = new(), previous = new(), earlier = new();
    private CommitDraft? spare, retired;
    private Dictionary<string, CachedEntity> present = [];

    /// <summary>An entity of which the store has no row.</summary>
    public static readonly CachedEntity Unknown = new(0, true, null, null);

    /// <summary>The number of the last change that is committed, durable or on its way there.</summary>
    public long CommittedSeq
    {
        get
        {
            lock (gate) return committed.Seq;
        }
    }

    /// <summary>The state of an entity after the drafts before this one that may not be committed; null where none of them touched it.</summary>
    public CachedEntity? Built(string id) => previous.States.GetValueOrDefault(id) ?? earlier.States.GetValueOrDefault(id);

    /// <summary>The state of an entity as the writes so far leave it; null where no write declared it.</summary>
    public CachedEntity? Find(string id) => draft.States.GetValueOrDefault(id) ?? present.GetValueOrDefault(id);

    /// <summary>What a store's row says.</summary>
    public CachedEntity Decode(StoredEntity stored) => CachedEntity.Of(stored, EntityCodec.ReadAsStored(stored.Id, stored.Body, names)) with { IsFetched = true };

    /// <summary>Begins a draft.</summary>
    public void Begin(DateTime now, Dictionary<string, CachedEntity> known)
    {
        // The draft before those two is committed by now, or this one could not begin: its memory is free.
        spare ??= retired;
        retired = null;
        draft = (spare ?? new CommitDraft()).Begin(now);
        spare = null;
        present = known;
        writes.Clear();
        writer.Clear();
        (attributesNumbered, typesNumbered) = (default, default);
        (nextKey, nextSeq) = (built.Key, built.Seq);
    }

    /// <summary>Forgets what was built and not committed. Only while nothing is under way.</summary>
    public void Reset()
    {
        lock (gate) GoOnFrom(committed);
        names.Truncate(built.Names);
    }

    private void GoOnFrom((long Key, long Seq, AuditEntry? Audit, int Names) last)
    {
        (committed, built, sealedAudit) = (last, (last.Key, last.Seq, last.Names), last.Audit);
        (previous, earlier, retired) = (new(), new(), null);
    }

    /// <summary>Goes on from what another node committed. Only while nothing is under way.</summary>
    public void Learn(StoreNews news)
    {
        lock (gate)
        {
            names.Truncate(committed.Names); // what was numbered and never stored
            names.Learn(news.Names);
            GoOnFrom((news.LastKey, news.LastSeq, news.LastAudit, names.Count));
        }
    }

    /// <summary>Takes a draft as stored.</summary>
    public void Commit(CommitDraft stored)
    {
        lock (gate) committed = stored.Last;
    }

    /// <summary>Adds what a write did.</summary>
    public void Add(WriteRequest request, WriteScope scope)
    {
        draft.Requests.Add(request);
        var first = draft.Count;
        foreach (var (id, after) in scope.States) AddState(id, after, request.Who);
        foreach (var (id, attributes) in scope.Records) AddRecord(id, attributes, request.Who);
        foreach (var change in scope.HistoryChanges) AddHistory(change, request.Who);
        draft.Unit.Documents.AddRange(scope.Documents);
        if (!scope.IsAudited) return;
        var count = draft.Count - first;
        if (count == 0 && scope.Documents.Count == 0 && scope.Target is null) return;
        draft.AddAct(request.Who.Name, request.Action, scope.Target ?? Describe(first, count), first);
    }

    private string Describe(int first, int count) => count switch
    {
        0 => draft.Unit.Documents.Count == 0 ? "" : draft.Unit.Documents[^1].Collection,
        1 => draft.Row(first).Id,
        _ => $"{count} entities",
    };

    private void AddState(string id, Entity? after, Principal who)
    {
        var before = Find(id)!;
        if (after is null && before.Entity is null || ReferenceEquals(after, before.Entity)) return;
        var seq = ++nextSeq;
        var key = before.Key == 0 ? ++nextKey : before.Key;
        // A deleted entity keeps its last state as a row, so that its history can still be found by type.
        var head = EntityCodec.Write(writer, after ?? before.Entity! with { ModifiedAt = draft.Now, ExpiresAt = draft.Now });
        var body = writer.Take(draft.Bodies);
        var firstRow = draft.Unit.History.Count;
        var (changed, isRecorded) = AddDifference(key, seq, before.Entity, after, body[head..]);
        var attributes = Numbers(changed);
        if (!CountsAlike(before.Entity, after))
        {
            Count(before.Entity, -1);
            Count(after, +1);
        }
        draft.Originals.TryAdd(id, before);
        var stored = draft.Originals[id];
        var place = after is null ? null : Places.BoxOf(after);
        var (types, oldTypes) = TypeNumbers((after ?? before.Entity)!, stored.Entity ?? stored.Last);
        writes[id] = new EntityWrite(key, id, stored.IsNew, after is null, types, oldTypes,
            !stored.IsNew && stored.Entity is null, place, place != stored.Place, seq, body, isRecorded, IsKept: !stored.IsNew && !stored.IsFetched);
        draft.States[id] = new(key, false, after, place) { Last = after is null ? before.Entity! with { ModifiedAt = draft.Now, ExpiresAt = draft.Now } : null, Seq = seq };
        var kind = after is null ? ChangeKind.Deleted : before.Entity is null || before.Entity.ExpiresAt <= draft.Now ? ChangeKind.Created : ChangeKind.Updated;
        draft.Add(new OutboxRow(seq, key, id, kind, draft.Now.Ticks, attributes, []), body, firstRow, who.Name, before.Entity, after, changed);
    }

    private void AddRecord(string id, IReadOnlyList<EntityAttribute> attributes, Principal who)
    {
        var entity = Find(id)!;
        var seq = ++nextSeq;
        var firstRow = draft.Unit.History.Count;
        var changed = AddRows(entity.Key, seq, attributes);
        draft.Add(new OutboxRow(seq, entity.Key, id, ChangeKind.History, draft.Now.Ticks, Numbers(changed), []), default, firstRow, who.Name, entity.Entity, entity.Entity, changed);
    }

    // The lists that were asked for last: the entities of a batch share their lists of names.
    private (IReadOnlyList<string>? List, int[] Numbers) attributesNumbered, typesNumbered;

    private int[] Numbers(IReadOnlyList<string> attributes) => Numbers(attributes, ref attributesNumbered);

    private int[] Numbers(IReadOnlyList<string> list, ref (IReadOnlyList<string>? List, int[] Numbers) last)
    {
        if (ReferenceEquals(list, last.List)) return last.Numbers;
        var numbers = new int[list.Count];
        for (var i = 0; i < numbers.Length; i++) numbers[i] = names.Number(list[i], writer.Added);
        last = (list, numbers);
        return numbers;
    }

    /// <summary>The numbers of an entity's types, and of those that it had where they are others.</summary>
    private (int[] Types, int[]? Old) TypeNumbers(Entity entity, Entity? before) =>
        (Numbers(entity.Types, ref typesNumbered), before is null || SameTypes(before, entity) ? null : Numbers(before.Types, ref typesNumbered));

    private static bool SameTypes(Entity a, Entity b)
    {
        if (a.Types.Count != b.Types.Count) return false;
        for (var i = 0; i < a.Types.Count; i++) if (a.Types[i] != b.Types[i]) return false;
        return true;
    }

    private static bool CountsAlike(Entity? before, Entity? after)
    {
        if (before is null || after is null || before.Attributes.Count != after.Attributes.Count || !SameTypes(before, after)) return false;
        if (EncodedAttributes.IsAlike(before.Attributes, after.Attributes) is { } isAlike) return isAlike;
        for (var i = 0; i < before.Attributes.Count; i++)
            if (before.Attributes[i].Name != after.Attributes[i].Name || before.Attributes[i].Instances[0].Kind != after.Attributes[i].Instances[0].Kind) return false;
        return true;
    }

    private void Count(Entity? entity, int step)
    {
        if (entity is null) return;
        foreach (var type in entity.Types)
        {
            var number = names.Number(type, writer.Added);
            if (number == 0) continue;
            Move(new(number, 0, 0), step);
            for (var i = 0; i < entity.Attributes.Count; i++)
            {
                var (name, kind) = EncodedAttributes.Describe(entity.Attributes, i);
                if (names.Number(name, writer.Added) is var a and not 0) Move(new(number, a, (byte)kind), step);
            }
        }
    }

    private void Move(CensusKey key, int step) => CollectionsMarshal.GetValueRefOrAddDefault(draft.Unit.Census, key, out _) += step;

    /// <summary>Sorts a list, which often is in order already.</summary>
    public static void Sort<T>(List<T> list, Comparison<T> compare)
    {
        for (var i = 1; i < list.Count; i++)
            if (compare(list[i - 1], list[i]) > 0)
            {
                list.Sort(compare);
                return;
            }
    }

    /// <summary>The draft, to be sealed; null where every write was refused.</summary>
    /// <param name="started">When building began, as a stopwatch's timestamp.</param>
    public CommitDraft? Finish(long started)
    {
        var unit = draft.Unit;
        unit.Names.AddRange(writer.Added);
        // Now and then, so that a commit does not pay for it each time.
        if (nextSeq / PruneEvery != built.Seq / PruneEvery && nextSeq > outboxKept) unit.PruneOutboxTo = nextSeq - outboxKept;
        unit.Entities.AddRange(writes.Values);
        foreach (var (key, step) in unit.Census) if (step == 0) unit.Census.Remove(key);
        built = (nextKey, nextSeq, names.Count);
        draft.Last = (nextKey, nextSeq, null, names.Count);
        draft.Started = started;
        // One without states leaves those of the ones before it in force: they may still be under way.
        if (draft.States.Count > 0) (retired, earlier, previous) = (earlier, previous, draft);
        return draft.Requests.Count == 0 ? null : draft;
    }

    /// <summary>Signs a draft: the digests of its changes, and its links of the audit chain. Drafts are sealed in the order in which they were built.</summary>
    public void Seal(CommitDraft built)
    {
        built.Seal(sealedAudit, digest);
        sealedAudit = built.Last.Audit;
    }
}
