using System.Diagnostics;
using System.Security.Cryptography;
using System.Threading.Channels;
using Dalgu.Hub.Access;
using Dalgu.Hub.Audit;
using Dalgu.Hub.Changes;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub;

/// <summary>The single writer of a tenant: takes what waits in its queue as one group, applies each write to the present state, and
/// commits state, history, outbox and audit of the group as one unit. A write is acknowledged when its unit is durable.</summary>
internal sealed class TenantWriter : IAsyncDisposable
{
    /// <summary>A write that waits.</summary>
    internal abstract class Request(Principal who, string action, IReadOnlyList<string> ids)
    {
        public Principal Who => who;
        public string Action => action;
        public IReadOnlyList<string> Ids => ids;
        /// <summary>Applies the write; false where it was refused, which completes it.</summary>
        public abstract bool TryApply(WriteScope scope);
        public abstract void Acknowledge();
        public abstract void Fail(Exception fault);
    }

    private sealed class Request<T>(Principal who, string action, IReadOnlyList<string> ids, Func<WriteScope, T> apply) : Request(who, action, ids)
    {
        private readonly TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T result = default!;
        public Task<T> Task => done.Task;

        public override bool TryApply(WriteScope scope)
        {
            try
            {
                result = apply(scope);
                return true;
            }
            catch (Exception fault)
            {
                done.TrySetException(fault);
                return false;
            }
        }

        public override void Acknowledge() => done.TrySetResult(result);
        public override void Fail(Exception fault) => done.TrySetException(fault);
    }

    private readonly IStore store;
    private readonly CityHub hub;
    private readonly string tenant;
    private readonly EntityCache cache;
    private readonly ChangeFeed feed;
    private readonly Channel<Request> queue;
    private readonly Task loop;
    private readonly CommitBuilder builder;
    private DateTime lastNow;

    public TenantWriter(string tenant, IStore store, StoreState state, NameTable names, EntityCache cache, ChangeFeed feed, CityHub hub)
    {
        this.tenant = tenant;
        this.store = store;
        this.hub = hub;
        this.cache = cache;
        this.feed = feed;
        lastNow = state.LastAudit?.At ?? default; // the clock may have jumped back while the instance stood still
        builder = new(state, names, hub.Options.OutboxKept);
        queue = Channel.CreateBounded<Request>(new BoundedChannelOptions(hub.Options.WriteQueueLength) { SingleReader = true });
        loop = Task.Run(RunAsync);
    }

    public int Waiting => queue.Reader.Count;
    public long Commits { get; private set; }
    public long Writes { get; private set; }
    public long LastSeq => builder.LastSeq;
    public DateTime? LastCommit { get; private set; }
    public TimeSpan LastDuration { get; private set; }
    public string? Refusal { get; private set; }

    public Task<T> WriteAsync<T>(Principal who, string action, IReadOnlyList<string> ids, Func<WriteScope, T> apply)
    {
        var request = new Request<T>(who, action, ids, apply);
        if (!queue.Writer.TryWrite(request))
            throw new Problem(ProblemKind.Unavailable, loop.IsCompleted ? "The instance is stopping; send the write again when it is back."
                : $"{hub.Options.WriteQueueLength} writes wait already; send this one again in a second.");
        return request.Task;
    }

    private async Task RunAsync()
    {
        var group = new List<Request>();
        while (await queue.Reader.WaitToReadAsync())
        {
            group.Clear();
            // A large batch is a group by itself: what waits behind it must not wait for the next one too.
            for (var entities = 0; group.Count < hub.Options.MaxCommitGroup && entities < hub.Options.MaxCommitGroup * 4 && queue.Reader.TryRead(out var request); entities += request.Ids.Count)
                group.Add(request);
            try
            {
                await CommitAsync(group);
                Refusal = null;
            }
            catch (Exception fault)
            {
                Refusal = fault.Message;
                builder.Rollback();
                foreach (var request in group) request.Fail(fault is Problem ? fault : new Problem(ProblemKind.InternalError, "The write could not be stored; nothing of it was kept.", fault));
            }
        }
    }

    private async Task CommitAsync(List<Request> group)
    {
        var started = Stopwatch.GetTimestamp();
        // Recorded times never run backwards within a tenant, whatever the clock does.
        var now = Timestamp.Milliseconds(hub.Clock.GetUtcNow().UtcDateTime);
        lastNow = now > lastNow ? now : lastNow;
        var present = await PresentAsync(group);
        builder.Begin(lastNow);
        var applied = new List<Request>(group.Count);
        foreach (var request in group)
        {
            var scope = new WriteScope(lastNow, id => builder.Staged(id) ?? present.GetValueOrDefault(id));
            if (!request.TryApply(scope)) continue;
            builder.Add(request.Who, request.Action, scope, present);
            applied.Add(request);
        }
        if (applied.Count == 0) return;
        var unit = builder.Finish();
        if (unit is not null) await store.CommitAsync(unit);
        cache.Commit(builder.States, builder.IsNew);
        var changes = builder.Commit(tenant);
        Commits++;
        Writes += applied.Count;
        LastCommit = lastNow;
        LastDuration = Stopwatch.GetElapsedTime(started);
        if (changes.Count > 0) feed.Publish(changes);
        foreach (var request in applied) request.Acknowledge();
    }

    private async ValueTask<Dictionary<string, CachedEntity>> PresentAsync(List<Request> group)
    {
        var present = new Dictionary<string, CachedEntity>(StringComparer.Ordinal);
        foreach (var request in group)
            for (var i = 0; i < request.Ids.Count; i++)
            {
                var id = request.Ids[i];
                if (present.ContainsKey(id)) continue;
                present[id] = cache.Find(id) is { } known && !known.IsNew ? known : builder.Decode(id, await store.ReadAsync(id));
            }
        return present;
    }

    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await loop;
    }
}

/// <summary>Turns applied writes into one commit unit: gives numbers, encodes states, finds what changed, chains the audit.</summary>
internal sealed class CommitBuilder(StoreState state, NameTable names, long outboxKept)
{
    private const long PruneEvery = 4096;
    private readonly EntityCodec.Writer writer = new(names);
    private readonly Dictionary<string, CachedEntity> staged = new(StringComparer.Ordinal);
    private readonly Dictionary<string, EntityWrite> writes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CachedEntity> original = new(StringComparer.Ordinal);
    private readonly List<(OutboxRow Row, string Who, Entity? Before, Entity? After, IReadOnlyList<string> Attributes)> changes = [];
    private long lastKey = state.LastKey, lastSeq = state.LastSeq, nextKey, nextSeq;
    private AuditEntry? lastAudit = state.LastAudit, nextAudit;
    private CommitUnit unit = new();
    private DateTime now;

    public long LastSeq => Volatile.Read(ref lastSeq);
    public IReadOnlyDictionary<string, CachedEntity> States => staged;
    public bool IsNew(string id) => original[id].Entity is null;

    public CachedEntity? Staged(string id) => staged.GetValueOrDefault(id);

    public CachedEntity Decode(string id, StoredEntity? stored)
    {
        if (stored is null) return new(0, true, null, null);
        var entity = EntityCodec.Read(id, stored.Body, names);
        return new(stored.Key, false, stored.Gone ? null : entity, Places.BoxOf(entity));
    }

    public void Begin(DateTime at)
    {
        now = at;
        unit = new CommitUnit();
        writer.Added = [];
        staged.Clear();
        writes.Clear();
        original.Clear();
        changes.Clear();
        (nextKey, nextSeq, nextAudit) = (lastKey, lastSeq, lastAudit);
    }

    public void Rollback()
    {
        names.Forget(writer.Added);
        writer.Added = [];
    }

    public void Add(Principal who, string action, WriteScope scope, Dictionary<string, CachedEntity> present)
    {
        var firstChange = changes.Count;
        foreach (var (id, after) in scope.States) AddState(id, after, who, present);
        foreach (var (id, attributes) in scope.Records) AddRecord(id, attributes, who, present);
        foreach (var edit in scope.Edits) AddEdit(edit, who, present);
        unit.Documents.AddRange(scope.Documents);
        var count = changes.Count - firstChange;
        if (count == 0 && scope.Documents.Count == 0 && scope.Target is null) return;
        nextAudit = AuditEntry.After(nextAudit, now, who.Name, action, scope.Target ?? Describe(firstChange, count),
            count == 0 ? 0 : changes[firstChange].Row.Seq, count == 0 ? 0 : changes[^1].Row.Seq, ContentHash(firstChange));
        unit.Audit.Add(nextAudit);
    }

    private string Describe(int first, int count) => count == 0 ? unit.Documents.Count == 0 ? "" : unit.Documents[^1].Collection : count == 1 ? changes[first].Row.Id : $"{count} entities";

    private byte[] ContentHash(int first)
    {
        if (first == changes.Count) return AuditEntry.Genesis;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = first; i < changes.Count; i++) OutboxDigest.Append(hash, changes[i].Row);
        return hash.GetHashAndReset();
    }

    private CachedEntity Before(string id, Dictionary<string, CachedEntity> present) => staged.GetValueOrDefault(id) ?? present[id];

    private void AddState(string id, Entity? after, Principal who, Dictionary<string, CachedEntity> present)
    {
        var before = Before(id, present);
        if (after is null && before.Entity is null || ReferenceEquals(after, before.Entity)) return;
        var seq = ++nextSeq;
        var key = before.Key == 0 ? ++nextKey : before.Key;
        // A deleted entity keeps its last state as a row, so that its history can still be found by type.
        writer.Take();
        EntityCodec.Write(writer, after ?? before.Entity! with { ModifiedAt = now });
        var body = writer.Take();
        var firstRow = unit.History.Count;
        var changed = AddHistory(key, seq, before.Entity, after);
        if (!CountsAlike(before.Entity, after))
        {
            Count(before.Entity, -1);
            Count(after, +1);
        }
        var place = after is null ? null : Places.BoxOf(after);
        original.TryAdd(id, before);
        var stored = original[id];
        var types = Numbers((after ?? before.Entity!).Types);
        var oldTypes = stored.Entity is null ? null : Numbers(stored.Entity.Types);
        writes[id] = new EntityWrite(key, id, stored.IsNew, after is null, types, oldTypes is not null && oldTypes.AsSpan().SequenceEqual(types) ? null : oldTypes,
            !stored.IsNew && stored.Entity is null, place, place != stored.Place, seq, body);
        staged[id] = new(key, false, after, place);
        var kind = after is null ? ChangeKind.Deleted : before.Entity is null ? ChangeKind.Created : ChangeKind.Updated;
        AddChange(new OutboxRow(seq, key, id, kind, now.Ticks, changed.Numbers, ChangeDigest.Of(body, Rows(firstRow))), who, before.Entity, after, changed.Names);
    }

    private void AddRecord(string id, IReadOnlyList<EntityAttribute> attributes, Principal who, Dictionary<string, CachedEntity> present)
    {
        var entity = Before(id, present);
        var seq = ++nextSeq;
        var firstRow = unit.History.Count;
        var changed = AddRows(entity.Key, seq, attributes);
        changed = ([.. changed.Numbers.Distinct()], [.. changed.Names.Distinct(StringComparer.Ordinal)]);
        AddChange(new OutboxRow(seq, entity.Key, id, ChangeKind.History, now.Ticks, changed.Numbers, ChangeDigest.Of([], Rows(firstRow))), who, entity.Entity, entity.Entity, changed.Names);
    }

    private void AddEdit(HistoryEdit edit, Principal who, Dictionary<string, CachedEntity> present)
    {
        var entity = Before(edit.Id, present);
        var seq = ++nextSeq;
        if (edit.EraseAll) unit.ErasedHistories.Add(entity.Key);
        foreach (var row in edit.Removed) unit.History.Add(row with { Body = [] });
        foreach (var (time, attributes) in edit.Added) AddRow(entity.Key, time, seq, attributes);
        AddChange(new OutboxRow(seq, entity.Key, edit.Id, ChangeKind.History, now.Ticks, [], AuditEntry.Genesis), who, entity.Entity, entity.Entity, []);
    }

    private ReadOnlySpan<HistoryRow> Rows(int first) => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(unit.History)[first..];

    private void AddChange(OutboxRow row, Principal who, Entity? before, Entity? after, IReadOnlyList<string> attributes)
    {
        unit.Outbox.Add(row);
        changes.Add((row, who.Name, before, after, attributes));
    }

    /// <summary>The instances that are not the same objects as before, and marks of those that are gone.</summary>
    private (int[] Numbers, IReadOnlyList<string> Names) AddHistory(long key, long seq, Entity? before, Entity? after)
    {
        var changed = new List<EntityAttribute>();
        if (after is not null)
            for (var i = 0; i < after.Attributes.Count; i++)
            {
                var attribute = after.Attributes[i];
                if (before?.Find(attribute.Name) is not { } old) changed.Add(attribute);
                else if (!ReferenceEquals(old, attribute) && Differing(attribute.Instances, old.Instances) is { } instances)
                    changed.Add(instances.Count == attribute.Instances.Count ? attribute : attribute with { Instances = instances });
            }
        if (before is not null)
            for (var i = 0; i < before.Attributes.Count; i++)
            {
                var attribute = before.Attributes[i];
                if (Gone(attribute.Instances, after?.Find(attribute.Name)?.Instances) is { } gone) changed.Add(new(attribute.Name, gone));
            }
        return AddRows(key, seq, changed);
    }

    /// <summary>The instances that are not among the old ones; null for none.</summary>
    private static List<AttributeInstance>? Differing(IReadOnlyList<AttributeInstance> instances, IReadOnlyList<AttributeInstance> old)
    {
        List<AttributeInstance>? differing = null;
        for (var i = 0; i < instances.Count; i++)
        {
            var same = false;
            for (var k = 0; k < old.Count && !same; k++) same = ReferenceEquals(old[k], instances[i]);
            if (!same) (differing ??= []).Add(instances[i]);
        }
        return differing;
    }

    /// <summary>Marks for the instances whose dataset is kept by none; null for none.</summary>
    private List<AttributeInstance>? Gone(IReadOnlyList<AttributeInstance> instances, IReadOnlyList<AttributeInstance>? kept)
    {
        List<AttributeInstance>? gone = null;
        for (var i = 0; i < instances.Count; i++)
        {
            var found = false;
            for (var k = 0; kept is not null && k < kept.Count && !found; k++) found = kept[k].DatasetId == instances[i].DatasetId;
            if (!found)
                (gone ??= []).Add(new AttributeInstance { Kind = instances[i].Kind, Value = "null"u8.ToArray(), DatasetId = instances[i].DatasetId, CreatedAt = instances[i].CreatedAt, ModifiedAt = now, Deleted = true });
        }
        return gone;
    }

    /// <summary>One row for each time at which instances held: observedAt, or now where they have none.</summary>
    private (int[] Numbers, IReadOnlyList<string> Names) AddRows(long key, long seq, IReadOnlyList<EntityAttribute> changed)
    {
        if (changed.Count == 0) return ([], []);
        var times = new List<long>(2);
        foreach (var attribute in changed)
            for (var i = 0; i < attribute.Instances.Count; i++)
                if (TimeOf(attribute.Instances[i]) is var time && !times.Contains(time)) times.Add(time);
        times.Sort(); // the digest of the change takes its rows in this order
        foreach (var time in times) AddRow(key, time, seq, times.Count == 1 ? changed : At(time, changed));
        var changedNames = new string[changed.Count];
        for (var i = 0; i < changedNames.Length; i++) changedNames[i] = changed[i].Name;
        return (Numbers(changedNames), changedNames);
    }

    private long TimeOf(AttributeInstance instance) => (instance.ObservedAt ?? now).Ticks;

    private List<EntityAttribute> At(long time, IReadOnlyList<EntityAttribute> changed)
    {
        var there = new List<EntityAttribute>(changed.Count);
        foreach (var attribute in changed)
        {
            if (attribute.Instances.Count == 1)
            {
                if (TimeOf(attribute.Instances[0]) == time) there.Add(attribute);
                continue;
            }
            var instances = new List<AttributeInstance>();
            for (var i = 0; i < attribute.Instances.Count; i++) if (TimeOf(attribute.Instances[i]) == time) instances.Add(attribute.Instances[i]);
            if (instances.Count > 0) there.Add(new(attribute.Name, instances));
        }
        return there;
    }

    private void AddRow(long key, long time, long seq, IReadOnlyList<EntityAttribute> attributes)
    {
        writer.Take();
        EntityCodec.WriteAttributes(writer, attributes);
        unit.History.Add(new HistoryRow(key, time, seq, now.Ticks, writer.Take()));
    }

    private int[] Numbers(IReadOnlyList<string> list)
    {
        var numbers = new int[list.Count];
        for (var i = 0; i < numbers.Length; i++) numbers[i] = names.Number(list[i], writer.Added);
        return numbers;
    }

    private static bool CountsAlike(Entity? before, Entity? after)
    {
        if (before is null || after is null || before.Types.Count != after.Types.Count || before.Attributes.Count != after.Attributes.Count) return false;
        for (var i = 0; i < before.Types.Count; i++) if (before.Types[i] != after.Types[i]) return false;
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
            foreach (var attribute in entity.Attributes)
                if (names.Number(attribute.Name, writer.Added) is var a and not 0) Move(new(number, a, (byte)attribute.Instances[0].Kind), step);
        }
    }

    private void Move(CensusKey key, int step) =>
        System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(unit.Census, key, out _) += step;

    /// <summary>The unit, or null where nothing is to be stored.</summary>
    public CommitUnit? Finish()
    {
        unit.Names.AddRange(writer.Added);
        // Now and then, so that a commit does not pay for it each time.
        if (nextSeq / PruneEvery != lastSeq / PruneEvery && nextSeq > outboxKept) unit.PruneOutboxTo = nextSeq - outboxKept;
        unit.Entities.AddRange(writes.Values);
        unit.Entities.Sort(static (a, b) => string.CompareOrdinal(a.Id, b.Id));
        unit.History.Sort(static (a, b) => (a.Key, a.Time, a.Seq).CompareTo((b.Key, b.Time, b.Seq)));
        foreach (var (key, step) in unit.Census) if (step == 0) unit.Census.Remove(key);
        return unit.Audit.Count == 0 && unit.Outbox.Count == 0 && unit.Documents.Count == 0 ? null : unit;
    }

    /// <summary>Takes the unit as stored; the changes that it made.</summary>
    public List<Change> Commit(string tenant)
    {
        (lastKey, lastAudit) = (nextKey, nextAudit);
        writer.Added = []; // stored: a fault before the next group begins must not take them back
        Volatile.Write(ref lastSeq, nextSeq);
        var published = new List<Change>(changes.Count);
        foreach (var (row, who, before, after, attributes) in changes)
            published.Add(new Change(row.Seq, tenant, row.Kind, new DateTime(row.Recorded, DateTimeKind.Utc), who, before, after, attributes));
        return published;
    }
}
