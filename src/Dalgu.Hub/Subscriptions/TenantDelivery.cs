using Dalgu.Hub.Access;
using Dalgu.Hub.Changes;

namespace Dalgu.Hub.Subscriptions;

/// <summary>Matches a tenant's changes with its subscriptions. The feed of changes is the fast way; the durable outbox is the truth, from which whatever the
/// feed lost is read again: after a restart, after a gap, and for subscriptions of which too much waits in memory.</summary>
/// <remarks>Nothing is matched or delivered before <see cref="Start"/>: whoever decides which node delivers for a tenant decides it there.</remarks>
internal sealed partial class TenantDelivery : IAsyncDisposable
{
    private readonly Tenant tenant;
    private readonly CityHub hub;
    private readonly SubscriptionBook book;
    private readonly DeliveryLog log;
    private readonly CancellationTokenSource end = new();
    private readonly Lock matching = new(); // guards the index and how far matching is
    private readonly SubscriptionIndex index = new();
    private readonly List<SubscriptionState> found = [];
    private readonly SemaphoreSlim behind = new(0, 1);
    private Task? pump, catchUp;
    private ITimer? marking;
    private long matched, marked;

    public TenantDelivery(Tenant tenant, CityHub hub, SubscriptionBook book)
    {
        (this.tenant, this.hub, this.book) = (tenant, hub, book);
        log = new(tenant, hub.Clock, end.Token);
    }

    /// <summary>How far the tenant was when it was last noted.</summary>
    public DeliveryMark? Mark { get; set; }

    /// <summary>True where this node delivers for the tenant.</summary>
    public bool IsOnDuty { get; set; }

    /// <summary>Begins to match and deliver; does nothing where that is another node's duty, where it runs already, or where there is nothing to do yet.</summary>
    public void Start()
    {
        lock (matching)
        {
            if (!IsOnDuty || pump is not null || book.Count == 0 || end.IsCancellationRequested) return;
            var feed = tenant.Changes.ReadAsync(FeedCapacity, end.Token).GetAsyncEnumerator(end.Token);
            var first = feed.MoveNextAsync().AsTask(); // from here on the feed is read
            matched = marked = tenant.ToldFrom;
            foreach (var state in book.All) Enter(state);
            pump = Task.Run(() => PumpAsync(feed, first));
            catchUp = Task.Run(CatchUpAsync);
            marking = hub.Clock.CreateTimer(static delivery => ((TenantDelivery)delivery!).Note(), this, MarkEvery, MarkEvery);
        }
    }

    private const int FeedCapacity = 4_096;
    private static readonly TimeSpan MarkEvery = TimeSpan.FromSeconds(1);

    /// <summary>Takes a stored subscription up where it was left.</summary>
    private void Enter(SubscriptionState state)
    {
        state.Queue = hub.Notifier.Use(state.Definition.Endpoint);
        index.Add(state);
        lock (state.Gate)
        {
            var settled = state.Record.Settled;
            state.Scanned = Mark is null ? settled : Mark.Behind.TryGetValue(state.Definition.Id, out var lag) ? Math.Max(lag, settled) : Math.Max(Mark.Seq, settled);
            state.IsBehind = state.Definition.Interval is null && state.Scanned < matched;
            Schedule(state);
        }
        WakeCatchUp();
    }

    /// <summary>Takes up a new subscription.</summary>
    public void Add(SubscriptionState state)
    {
        if (!hub.Delivers) return;
        Start();
        lock (matching)
        {
            if (state.Queue is not null || pump is null) return; // taken up by the start
            state.Queue = hub.Notifier.Use(state.Definition.Endpoint);
            index.Add(state);
        }
        lock (state.Gate)
        {
            state.Scanned = state.From;
            Schedule(state);
        }
    }

    /// <summary>Takes up a subscription that another node took: what changed since then is in the outbox.</summary>
    public void AddLearned(SubscriptionState state)
    {
        Add(state);
        lock (matching)
            lock (state.Gate)
            {
                if (state.Queue is null || state.Definition.Interval is not null) return;
                (state.Scanned, state.IsBehind) = (state.Record.Settled, state.Record.Settled < matched);
            }
        WakeCatchUp();
    }

    /// <summary>Takes over a changed definition. What waits was matched by the old one, and is sent by the new.</summary>
    public void Change(SubscriptionState state, Subscription definition)
    {
        EndpointQueue? left = null;
        lock (matching)
        {
            var before = state.Definition;
            if (state.Queue is not null) index.Remove(state, before);
            lock (state.Gate)
            {
                state.Definition = definition;
                state.Due = default;
                if (state.Queue is not null && definition.Endpoint.Uri.AbsoluteUri != before.Endpoint.Uri.AbsoluteUri)
                {
                    left = state.Queue;
                    hub.Notifier.Count(left, -state.Pending.Count);
                    state.Queue = hub.Notifier.Use(definition.Endpoint);
                    hub.Notifier.Count(state.Queue, state.Pending.Count);
                }
            }
            if (state.Queue is not null) index.Add(state);
        }
        if (left is not null) hub.Notifier.Leave(left);
        lock (state.Gate) if (state.Queue is not null) Schedule(state);
    }

    /// <summary>Lets a deleted subscription go.</summary>
    public void Remove(SubscriptionState state)
    {
        lock (matching) if (state.Queue is not null) index.Remove(state, state.Definition);
        lock (state.Gate)
        {
            state.IsGone = true;
            state.Timer?.Dispose();
            if (state.Queue is not { } queue) return;
            hub.Notifier.Count(queue, -state.Pending.Count);
            state.Pending.Clear();
            if (!state.IsBusy) Leave(state);
        }
    }

    private void Leave(SubscriptionState state)
    {
        if (state.Queue is not { } queue) return;
        state.Queue = null;
        hub.Notifier.Leave(queue);
    }

    private async Task PumpAsync(IAsyncEnumerator<IReadOnlyList<Change>> feed, Task<bool> next)
    {
        try
        {
            while (await next)
            {
                var commit = feed.Current;
                next = feed.MoveNextAsync().AsTask();
                lock (matching) Match(commit);
            }
        }
        catch (OperationCanceledException)
        {
            // The instance stops.
        }
        finally
        {
            await next.ContinueWith(static _ => { }, TaskScheduler.Default);
            await feed.DisposeAsync();
        }
    }

    private void Match(IReadOnlyList<Change> commit)
    {
        if (commit.Count == 0 || commit[^1].Seq <= matched) return;
        if (commit[0].IsLearned)
        {
            // Another node's: the feed tells what is now, the outbox what was.
            FallBehind();
            matched = commit[^1].Seq;
            return;
        }
        if (commit[0].Seq > matched + 1) FallBehind(); // the feed lost some; the outbox has them
        var now = hub.Clock.GetUtcNow().UtcDateTime;
        foreach (var change in commit)
        {
            if (change.Seq <= matched) continue;
            matched = change.Seq;
            if (change.Kind == Storage.ChangeKind.History) continue;
            var facts = new ChangeFacts(change);
            found.Clear();
            index.Find(facts, found);
            foreach (var state in found)
                if (RightsOf(state, now) is { } rights && SubscriptionMatch.Matches(state.Definition, facts, rights, now)) Offer(state, facts);
        }
    }

    private void FallBehind()
    {
        foreach (var state in book.All)
            lock (state.Gate)
                if (!state.IsBehind && state.Definition.Interval is null) (state.IsBehind, state.Scanned) = (true, Math.Max(matched, state.From));
        WakeCatchUp();
    }

    /// <summary>What the maker of a subscription may do now; null where the account or key is closed.</summary>
    private Rights? RightsOf(SubscriptionState state, DateTime now)
    {
        if (state.RightsUntil > now) return state.Rights;
        var document = state.Definition.Document;
        state.Rights = hub.Notifier.Present(document.By, document.CreatedAt) is { } who ? hub.Access.For(who) : null;
        state.RightsUntil = now + RightsHold;
        return state.Rights;
    }

    private static readonly TimeSpan RightsHold = TimeSpan.FromSeconds(1);

    private void Offer(SubscriptionState state, ChangeFacts facts)
    {
        lock (state.Gate)
        {
            if (state.IsGone || state.IsBehind || facts.Seq <= Math.Max(state.From, state.Scanned) || state.Queue is not { } queue) return;
            if (!hub.Notifier.HasRoom(queue))
            {
                (state.IsBehind, state.Scanned) = (true, facts.Seq - 1);
                if (state.Pending.Count == 0) WakeCatchUp();
                return;
            }
            state.Pending.Enqueue(facts);
            hub.Notifier.Count(queue, 1);
            Kick(state);
        }
    }

    /// <summary>Notes how far the tenant is, where it moved on.</summary>
    private void Note()
    {
        if (Volatile.Read(ref matched) == marked) return;
        _ = log.WriteAsync(TakeMark).ContinueWith(static t => _ = t.Exception, TaskScheduler.Default);
    }

    private DeliveryMark? TakeMark()
    {
        lock (matching)
        {
            var lagging = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (var state in book.All)
                lock (state.Gate)
                {
                    if (state.IsBehind || state.Pending.Count > 0) lagging[state.Definition.Id] = state.Lag;
                    if (lagging.Count > MostLagging) return null; // the mark before stands: more is searched after a restart, nothing is lost
                }
            marked = matched;
            return Mark = new(matched, lagging);
        }
    }

    private const int MostLagging = 1_000;

    private void WakeCatchUp()
    {
        if (behind.CurrentCount == 0)
            try { behind.Release(); }
            catch (SemaphoreFullException) { } // somebody else woke it
    }

    public async ValueTask DisposeAsync()
    {
        stopping = true;
        for (var waited = 0; waited < 60 && Volatile.Read(ref underWay) > 0; waited++) await Task.Delay(50); // what is under way may still arrive, and be settled
        if (marking is not null)
        {
            await marking.DisposeAsync();
            try { await log.WriteAsync(TakeMark).WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System); }
            catch (Exception e) when (e is TimeoutException or OperationCanceledException) { }
        }
        await end.CancelAsync();
        if (pump is not null) await pump;
        if (catchUp is not null) await catchUp;
        foreach (var state in book.All)
            lock (state.Gate) state.Timer?.Dispose();
    }
}
