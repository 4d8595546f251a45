using System.Diagnostics;
using System.Threading.Channels;
using Dalgu.Hub.Access;
using Dalgu.Hub.Changes;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub;

/// <summary>The single writer of a tenant. One task takes what waits in the queue as a group, applies each write to the present state and builds
/// one commit unit: state, history, outbox and audit. While it builds the next, another signs the unit, a third commits it, and a fourth makes it durable.
/// A write is acknowledged when its unit is durable; where a commit fails, its writes and those built upon it fail, and building goes on from what is stored.</summary>
internal sealed partial class TenantWriter : IAsyncDisposable
{
    private readonly IStore store;
    private readonly CityHub hub;
    private readonly Tenant tenant;
    private readonly ISharedStore? shared; // whose writes go by turns
    private readonly EntityCache cache;
    private readonly CommitBuilder builder;
    private readonly Channel<WriteRequest> queue;
    private readonly Channel<CommitDraft> built = Channel.CreateUnbounded<CommitDraft>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly Channel<CommitDraft> drafts = Channel.CreateUnbounded<CommitDraft>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly SemaphoreSlim slots = new(Drafts);
    private readonly Channel<Unacknowledged> committed = Channel.CreateUnbounded<Unacknowledged>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly SemaphoreSlim unsynced = new(MostUnsynced);
    private readonly Task building, sealing, committing, syncing;
    private const int Drafts = 3; // one that is committed, one that is sealed, one that is built: the builder looks two back
    private const int MostUnsynced = 2; // on their way to the disk
    private volatile Exception? broken; // a commit failed, and building goes on upon it
    private bool isUnsound; // building itself failed half-way
    private DateTime lastNow;
    private volatile bool hasTurn;
    private long turnBegan;

    public TenantWriter(Tenant tenant, IStore store, StoreState state, NameTable names, EntityCache cache, CityHub hub)
    {
        this.tenant = tenant;
        this.store = store;
        this.hub = hub;
        this.cache = cache;
        shared = store as ISharedStore;
        LastSeq = state.LastSeq;
        lastNow = state.LastAudit?.At ?? default; // the clock may have jumped back while the instance stood still
        builder = new(state, names, hub.Options.OutboxKept);
        queue = Channel.CreateBounded<WriteRequest>(new BoundedChannelOptions(hub.Options.WriteQueueLength) { SingleReader = true });
        building = Task.Run(BuildAsync);
        sealing = Task.Run(SealAsync);
        committing = Task.Run(CommitAsync);
        syncing = Task.Run(SyncAsync);
    }

    /// <summary>What is committed and not yet known to be durable.</summary>
    private sealed record Unacknowledged(WriteRequest[] Requests, List<Change>? Changes, long LastSeq, DateTime Now, long Started);

    /// <summary>Told when something that is written expires.</summary>
    public Action<DateTime>? Expires { get; init; }

    public int Waiting => queue.Reader.Count;
    public long Commits { get; private set; }
    public long Writes { get; private set; }
    /// <summary>The number of the last change that is durable.</summary>
    public long LastSeq { get; private set; }
    /// <summary>The number of the last change that is committed, durable or on its way there.</summary>
    public long CommittedSeq => builder.CommittedSeq;
    public DateTime? LastCommit { get; private set; }
    public TimeSpan LastDuration { get; private set; }
    public string? Refusal { get; private set; }
    /// <summary>True while no other node commits.</summary>
    public bool HasTurn => hasTurn;

    /// <summary>Goes on from what other nodes committed. Only without the turn, or at its beginning.</summary>
    public void Learn(StoreNews news)
    {
        builder.Learn(news);
        LastSeq = builder.CommittedSeq;
        if (news.LastAudit?.At is { } at && at > lastNow) lastNow = at;
    }

    public Task<T> WriteAsync<T>(Principal who, string action, IReadOnlyList<string> ids, Func<WriteScope, T> apply)
    {
        var request = new WriteRequest<T>(who, action, ids, apply);
        if (!queue.Writer.TryWrite(request))
            throw new Problem(ProblemKind.Unavailable, building.IsCompleted ? "The instance is stopping; send the write again when it is back."
                : $"{hub.Options.WriteQueueLength} writes wait already; send this one again in a second.");
        return request.Task;
    }

    private async Task BuildAsync()
    {
        while (await WaitForWritesAsync())
        {
            await slots.WaitAsync();
            if (broken is not null || isUnsound) await StartOverAsync();
            if (shared is not null && !await KeepTurnAsync(shared))
            {
                slots.Release();
                continue;
            }
            var group = TakeGroup();
            try
            {
                if (await DraftAsync(group) is { } draft)
                {
                    built.Writer.TryWrite(draft);
                    continue;
                }
            }
            catch (Exception fault)
            {
                isUnsound = true;
                Fail(group, fault);
            }
            slots.Release();
        }
        built.Writer.Complete();
        if (hasTurn) await LeaveTurnAtRestAsync();
    }

    private List<WriteRequest> TakeGroup()
    {
        var group = new List<WriteRequest>();
        // A large batch is a group by itself: what waits behind it must not wait for the next one too.
        for (var entities = 0; group.Count < hub.Options.MaxCommitGroup && entities < hub.Options.MaxCommitGroup * 4 && queue.Reader.TryRead(out var request); entities += request.Ids.Count)
            group.Add(request);
        return group;
    }

    /// <summary>The unit of a group; null where every write was refused or changed nothing.</summary>
    private async ValueTask<CommitDraft?> DraftAsync(List<WriteRequest> group)
    {
        var started = Stopwatch.GetTimestamp();
        // Recorded times never run backwards within a tenant, whatever the clock does.
        var now = Timestamp.Milliseconds(hub.Clock.GetUtcNow().UtcDateTime);
        lastNow = now > lastNow ? now : lastNow;
        builder.Begin(lastNow, await PresentAsync(group));
        foreach (var request in group)
        {
            var scope = new WriteScope(lastNow, request.Ids.Count, builder.Find, Expires);
            if (request.TryApply(scope)) builder.Add(request, scope);
        }
        return builder.Finish(started);
    }

    /// <summary>What is known of every entity that the group may touch: as built last, as cached, or as stored.</summary>
    private async ValueTask<Dictionary<string, CachedEntity>> PresentAsync(List<WriteRequest> group)
    {
        var present = new Dictionary<string, CachedEntity>(group.Sum(r => r.Ids.Count), StringComparer.Ordinal);
        List<string>? missing = null;
        foreach (var request in group)
            for (var i = 0; i < request.Ids.Count; i++)
            {
                var id = request.Ids[i];
                if (present.ContainsKey(id)) continue;
                if ((builder.Built(id) ?? cache.Find(id)) is { IsNew: false } known) present[id] = known;
                else
                {
                    present[id] = CommitBuilder.Unknown;
                    (missing ??= []).Add(id);
                }
            }
        if (missing is null) return present;
        CommitBuilder.Sort(missing, string.CompareOrdinal);
        foreach (var stored in await store.ReadManyAsync(missing)) present[stored.Id] = builder.Decode(stored);
        return present;
    }

    private async Task SealAsync()
    {
        await foreach (var draft in built.Reader.ReadAllAsync())
        {
            try
            {
                builder.Seal(draft);
                if (!draft.IsEmpty) shared?.Announce(draft.Unit);
            }
            catch (Exception fault)
            {
                broken = fault; // by which it is refused
            }
            drafts.Writer.TryWrite(draft);
        }
        drafts.Writer.Complete();
    }

    private async Task CommitAsync()
    {
        await foreach (var draft in drafts.Reader.ReadAllAsync())
        {
            await unsynced.WaitAsync();
            try
            {
                // What is built upon a state that was not stored is not stored either.
                if (broken is { } earlier) throw earlier;
                if (!draft.IsEmpty) await store.CommitAsync(draft.Unit);
                builder.Commit(draft);
                cache.Commit(draft.States, draft.WasAbsent);
                // The draft's memory is free for the next one from here on. Who reads the feed is asked for after the commit was noted: a new reader either
                // is told of it, or finds its number in CommittedSeq.
                committed.Writer.TryWrite(new([.. draft.Requests], tenant.Changes.Readers > 0 && draft.Count > 0 ? draft.Changes(tenant.Name) : null, draft.Last.Seq, draft.Now, draft.Started));
            }
            catch (Exception fault)
            {
                broken = fault;
                Refusal = fault.Message;
                Fail(draft.Requests, fault);
                unsynced.Release();
            }
            slots.Release();
        }
        committed.Writer.Complete();
    }

    private async Task SyncAsync()
    {
        var batch = new List<Unacknowledged>();
        while (await committed.Reader.WaitToReadAsync())
        {
            while (committed.Reader.TryRead(out var next)) batch.Add(next);
            try
            {
                await store.SyncAsync();
                foreach (var each in batch) Acknowledge(each);
            }
            catch (Exception fault)
            {
                Refusal = fault.Message;
                var unknown = fault as Problem ?? new Problem(ProblemKind.InternalError, "The write could not be made durable; look whether it is there before you send it again.", fault);
                foreach (var each in batch) Fail(each.Requests, unknown);
            }
            unsynced.Release(batch.Count);
            batch.Clear();
        }
    }

    private void Acknowledge(Unacknowledged written)
    {
        Refusal = null;
        Commits++;
        Writes += written.Requests.Length;
        LastSeq = Math.Max(LastSeq, written.LastSeq);
        LastCommit = written.Now;
        LastDuration = Stopwatch.GetElapsedTime(written.Started);
        if (written.Changes is { } changes) tenant.Changes.Publish(changes);
        foreach (var request in written.Requests) request.Acknowledge();
    }

    /// <summary>After a fault: waits until nothing is under way, then builds from what is stored.</summary>
    private async ValueTask StartOverAsync()
    {
        await RestAsync();
        builder.Reset();
        (broken, isUnsound) = (null, false);
        slots.Release(Drafts - 1);
        // The connection may have broken when the store had committed already: the next turn begins with a look at what is there.
        if (hasTurn) await LeaveTurnAsync();
    }

    /// <summary>Waits until nothing is under way; the caller has a slot.</summary>
    private async ValueTask RestAsync()
    {
        for (var i = 1; i < Drafts; i++) await slots.WaitAsync();
    }

    private static void Fail(IReadOnlyList<WriteRequest> requests, Exception fault)
    {
        var problem = fault as Problem ?? new Problem(ProblemKind.InternalError, "The write could not be stored; nothing of it was kept.", fault);
        foreach (var request in requests) request.Fail(problem);
    }

    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await building;
        await sealing;
        await committing;
        await syncing;
        slots.Dispose();
        unsynced.Dispose();
    }
}
