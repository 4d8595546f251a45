using Dalgu.Hub.Access;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Query;

namespace Dalgu.Hub.Subscriptions;

/// <content>What waits becomes notifications: one at a time for each subscription, so that of what is sent only the one under way can come twice.</content>
internal sealed partial class TenantDelivery
{
    /// <summary>Puts a subscription into its endpoint's queue where it has something to send and may. Under its gate.</summary>
    private void Kick(SubscriptionState state)
    {
        if (state.IsBusy || state.IsGone || state.Queue is not { } queue || state.Pending.Count == 0 && state.Current is null) return;
        // A notification that was under way when the instance stopped is made of the same changes again.
        if (state.Current is null && state.Record.Planned > state.Record.Settled && state.IsBehind && state.Scanned < state.Record.Planned) return;
        if (Throttled(state) is { } until)
        {
            Wake(state, until);
            return;
        }
        state.IsBusy = true;
        queue.Add(state, this);
    }

    /// <summary>When throttling ends; null where it does not hold the subscription back.</summary>
    private DateTime? Throttled(SubscriptionState state) =>
        state.Definition.Throttling is { } apart && state.Record.LastNotification + apart is { } until && until > hub.Clock.GetUtcNow().UtcDateTime && state.Record.Planned <= state.Record.Settled ? until : null;

    /// <summary>Sets the clock for a subscription that notifies by time, or wakes one that has something to send. Under its gate.</summary>
    private void Schedule(SubscriptionState state)
    {
        if (state.Definition.Interval is not { } interval)
        {
            Kick(state);
            return;
        }
        var now = hub.Clock.GetUtcNow().UtcDateTime;
        if (state.Due == default)
        {
            var from = state.Record.LastNotification is { } last && last > state.Definition.Document.ModifiedAt ? last : state.Definition.Document.ModifiedAt;
            state.Due = from + interval > now ? from + interval : now;
        }
        else while (state.Due <= now) state.Due += (now - state.Due) / interval > 1 ? interval * Math.Floor((now - state.Due) / interval) : interval; // what was missed is not made up for
        Wake(state, state.Due);
    }

    private void Wake(SubscriptionState state, DateTime at)
    {
        state.Timer?.Dispose();
        if (end.IsCancellationRequested) return;
        var wait = at - hub.Clock.GetUtcNow().UtcDateTime;
        state.Timer = hub.Clock.CreateTimer(_ => Awake(state), null, wait > TimeSpan.Zero ? wait < MostWait ? wait : MostWait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private static readonly TimeSpan MostWait = TimeSpan.FromDays(40); // the longest that a timer takes

    private void Awake(SubscriptionState state)
    {
        lock (state.Gate)
        {
            if (state.IsGone || state.IsBusy) return;
            if (state.Definition.Interval is null)
            {
                Kick(state);
                return;
            }
            if (state.Due > hub.Clock.GetUtcNow().UtcDateTime)
            {
                Wake(state, state.Due);
                return;
            }
            state.Current ??= new Window(0, [], state.Due, state.Due);
            Kick(state);
        }
    }

    /// <summary>Tries the next notification of a subscription once, and settles it. Called by its endpoint's queue.</summary>
    public async Task DeliverAsync(SubscriptionState state, EndpointQueue queue)
    {
        Interlocked.Increment(ref underWay);
        try
        {
            if (stopping) return;
            if (await ComposeAsync(state, queue) is not { } window) return;
            var outcome = await TryAsync(state, queue, window);
            if (outcome == Outcome.Failed && !IsTooOld(state, window))
            {
                queue.Failed(state.Definition.Endpoint.Cooldown);
                _ = log.WriteAsync(state).ContinueWith(static t => _ = t.Exception, TaskScheduler.Default);
                lock (state.Gate) (state.Queue ?? queue).Add(state, this, first: true);
                return;
            }
            if (outcome == Outcome.Taken) queue.Succeeded();
            Settle(state, window);
            await log.WriteAsync(state);
            Release(state);
        }
        catch (OperationCanceledException)
        {
            // The instance stops. What was under way is sent again after the start, with the same id.
        }
        finally
        {
            Interlocked.Decrement(ref underWay);
        }
    }

    private int underWay;
    private volatile bool stopping;

    /// <summary>The changes of the next notification. One alone goes out at once; where it tells several, what they are is written down before, so that after a
    /// crash the same notification is made again.</summary>
    private async Task<Window?> ComposeAsync(SubscriptionState state, EndpointQueue queue)
    {
        var plans = false;
        Window? window;
        lock (state.Gate)
        {
            if (state.IsGone || state.Queue is not { } own)
            {
                state.IsBusy = false;
                Leave(state);
                return null;
            }
            if (!ReferenceEquals(own, queue)) // its endpoint was changed
            {
                own.Add(state, this);
                return null;
            }
            window = state.Current;
            if (window is null)
            {
                if (state.Record.Planned <= state.Record.Settled && state.Pending.Count > 0)
                {
                    state.Record = state.Record with { Planned = state.Definition.Throttling is null ? state.Pending.Peek().Seq : state.Pending.Last().Seq };
                    plans = state.Definition.Throttling is not null && state.Pending.Count > 1;
                }
                var changes = state.Pending.TakeWhile(c => c.Seq <= state.Record.Planned).ToList();
                if (changes.Count > 0) state.Current = window = new(state.Record.Planned, changes, default, changes[0].Change.Recorded);
                else if (state.Record.Planned > state.Record.Settled) state.Record = state.Record with { Settled = state.Record.Planned }; // what was planned concerns it no more
            }
        }
        if (window is null) Release(state);
        else if (plans) await log.WriteAsync(state);
        return window;
    }

    private async Task<Outcome> TryAsync(SubscriptionState state, EndpointQueue queue, Window window)
    {
        var subscription = state.Definition;
        var now = Now;
        if (subscription.Status(now) != "active") return Outcome.Refused;
        state.RightsUntil = default;
        if (RightsOf(state, now) is not { } rights) return Outcome.Refused;
        Outcome outcome;
        try
        {
            var told = window.To == 0 ? await MatchingAsync(subscription, rights) : NotificationWriter.Entities(subscription, window);
            told.RemoveAll(t => !rights.MayRead(t.Entity));
            if (subscription.Filter.Q is { HasLinks: true } q && window.To > 0)
                for (var i = told.Count - 1; i >= 0; i--)
                    if (!q.Matches(told[i].Entity, await tenant.LinkedAsync(told[i].Entity, q, rights, end.Token))) told.RemoveAt(i);
            if (told.Count == 0) return Outcome.Refused;
            if (told.Find(t => rights.IsNoted(t.Entity.Types)) is { } noted) await tenant.NoteReadAsync(rights, $"{noted.Entity.Id} for {subscription.Id}");
            var form = await JoinAsync(subscription, rights, told);
            var context = await ContextAsync(subscription);
            var message = NotificationWriter.Write(tenant.Name, subscription, NotificationWriter.IdOf(tenant.Name, subscription, window), now, told, form, context);
            if (tenant.SnapshotOf is { } snapshot) message = message with { Tenant = snapshot.Owner, Snapshot = snapshot.Id };
            Note(state, r => r with { TimesSent = r.TimesSent + 1, LastNotification = now });
            outcome = await hub.Notifier.SendAsync(queue, subscription.Endpoint, message, end.Token);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            outcome = Outcome.Failed; // whatever goes wrong with one notification is that one's: the @context is not to be had, the store does not answer
        }
        Note(state, r => outcome == Outcome.Taken ? r with { LastSuccess = Now } : r with { TimesFailed = r.TimesFailed + 1, LastFailure = Now });
        return outcome;
    }

    /// <summary>Adds the linked entities that a subscription wants: beside the others, or into the form that writes them inside (clause 4.5.23).</summary>
    private async ValueTask<Entities.Representation> JoinAsync(Subscription subscription, Rights rights, List<NotifiedEntity> told)
    {
        if (subscription.Join == Join.None) return subscription.Form;
        var form = subscription.Form with { JoinLevel = subscription.JoinLevel };
        var linked = await Entities.LinkedEntities.FindAsync(tenant, rights, told.ConvertAll(t => t.Entity), form, hub.Options, null, end.Token);
        if (subscription.Join == Join.Inline) return form with { Linked = linked.ById };
        foreach (var (entity, how) in linked.Beside) told.Add(new(entity, null) { Form = how });
        return form;
    }

    private DateTime Now => Timestamp.Milliseconds(hub.Clock.GetUtcNow().UtcDateTime);

    private static void Note(SubscriptionState state, Func<DeliveryRecord, DeliveryRecord> change)
    {
        lock (state.Gate) state.Record = change(state.Record);
    }

    /// <summary>The entities that a subscription by time tells: those that match now.</summary>
    private async Task<List<NotifiedEntity>> MatchingAsync(Subscription subscription, Rights rights)
    {
        var found = new List<NotifiedEntity>();
        var query = subscription.Filter with { AnyOf = subscription.Selectors, Limit = hub.Options.MaxNotificationEntities, Offset = 0 };
        foreach (var entity in (await tenant.QueryAsync(query, rights, cancel: end.Token)).Entities) found.Add(new(entity, null));
        return found;
    }

    private async ValueTask<LdContext> ContextAsync(Subscription subscription)
    {
        if (subscription.Document.Body["jsonldContext"] is not System.Text.Json.Nodes.JsonValue named)
            return await hub.Contexts.ResolveAsync(System.Text.Json.JsonDocument.Parse(subscription.Document.Context).RootElement, null, end.Token);
        var address = named.GetValue<string>();
        var context = await hub.Contexts.ResolveAsync(address, null, end.Token);
        // The very version that was asked for is named, though every version of the core means the same here.
        return ReferenceEquals(context, CoreContext.Instance) ? new LdContext(NoTerms, null, CoreContext.Instance, System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(address)) { Address = address } : context;
    }

    private static readonly Dictionary<string, string> NoTerms = [];

    /// <summary>True where a notification was tried for as long as the settings say, or the next by time is due.</summary>
    private bool IsTooOld(SubscriptionState state, Window window) =>
        hub.Clock.GetUtcNow().UtcDateTime - window.Since >= (state.Definition.Interval is { } interval && interval < hub.Options.NotificationLife ? interval : hub.Options.NotificationLife);

    /// <summary>Takes what was sent, or given up, out of what waits, and plans the next notification.</summary>
    private void Settle(SubscriptionState state, Window window)
    {
        lock (state.Gate)
        {
            state.Current = null;
            if (window.To == 0) return;
            var taken = 0;
            while (state.Pending.TryPeek(out var first) && first.Seq <= window.To)
            {
                state.Pending.Dequeue();
                taken++;
            }
            if (state.Queue is { } queue) hub.Notifier.Count(queue, -taken);
            state.Record = state.Record with { Settled = window.To, Planned = state.Definition.Throttling is null ? NextPlan(state, window.To) : window.To };
        }
    }

    /// <summary>Up to where the next notification reaches: as many entities as one may tell, none of them twice, so that no value is left out.</summary>
    private long NextPlan(SubscriptionState state, long settled)
    {
        if (state.Pending.Count < 2) return settled;
        var entities = new HashSet<string>(StringComparer.Ordinal);
        foreach (var facts in state.Pending)
        {
            if (entities.Count == hub.Options.MaxNotificationEntities || !entities.Add(facts.Change.Id)) break;
            settled = facts.Seq;
        }
        return settled;
    }

    private void Release(SubscriptionState state)
    {
        lock (state.Gate)
        {
            state.IsBusy = false;
            if (state.IsGone)
            {
                Leave(state);
                return;
            }
            if (state.Definition.Interval is not null && state.Current is null) Schedule(state);
            else Kick(state);
            if (state.IsBehind && state.Pending.Count < CatchUpRoom / 2) WakeCatchUp();
        }
    }
}
