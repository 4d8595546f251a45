using Dalgu.Hub.Changes;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub.Subscriptions;

/// <content>Reads the outbox for the subscriptions that are behind.</content>
internal sealed partial class TenantDelivery
{
    private const int CatchUpPage = 1_000, CatchUpRoom = 1_000;
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(1);

    private async Task CatchUpAsync()
    {
        try
        {
            while (true)
            {
                await behind.WaitAsync(end.Token);
                try
                {
                    while (await CatchUpOnceAsync()) { }
                }
                catch (Exception fault) when (fault is not OperationCanceledException)
                {
                    // The store does not answer now: who is behind stays behind, and is read for again.
                    await Task.Delay(AfterFault, hub.Clock, end.Token);
                    WakeCatchUp();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The instance stops.
        }
    }

    /// <summary>Searches a page of the outbox for those that are behind and have room; false where there are none, or nothing more to read.</summary>
    private async Task<bool> CatchUpOnceAsync()
    {
        var lagging = new HashSet<SubscriptionState>();
        var from = long.MaxValue;
        foreach (var state in book.All)
            lock (state.Gate)
                if (state.IsBehind && !state.IsGone && state.Queue is not null && state.Pending.Count < CatchUpRoom)
                {
                    lagging.Add(state);
                    from = Math.Min(from, state.Scanned);
                }
        if (lagging.Count == 0) return false;
        var known = Volatile.Read(ref matched); // every change up to here can be read
        var rows = new List<OutboxRow>();
        await foreach (var row in tenant.OutboxAsync(from, CatchUpPage, end.Token)) rows.Add(row);
        var full = rows.Count > 0 ? await ReadAsync(rows, lagging) : [];
        lock (matching)
        {
            var any = false;
            var reached = rows.Count == CatchUpPage ? rows[^1].Seq : Math.Max(known, rows.Count > 0 ? rows[^1].Seq : from);
            foreach (var state in lagging)
                lock (state.Gate)
                {
                    if (!state.IsBehind) continue;
                    if (state.Scanned < reached && !full.Contains(state)) state.Scanned = reached;
                    // From here on the feed tells what changes; between the two nothing is lost, since matching stands still here.
                    if (state.Scanned >= matched) state.IsBehind = false;
                    any |= state.IsBehind && state.Pending.Count < CatchUpRoom;
                    Kick(state);
                }
            return any;
        }
    }

    /// <summary>Queues what rows tell those who are behind; answers which of them had no room for all of it.</summary>
    private async Task<HashSet<SubscriptionState>> ReadAsync(List<OutboxRow> rows, HashSet<SubscriptionState> lagging)
    {
        var pasts = new Dictionary<string, EntityPast?>(StringComparer.Ordinal);
        var full = new HashSet<SubscriptionState>();
        foreach (var row in rows)
        {
            if (row.Kind == ChangeKind.History) continue;
            if (!pasts.TryGetValue(row.Id, out var past)) pasts[row.Id] = past = await PastAsync(row, rows, lagging);
            if (past is null) continue;
            var facts = new ChangeFacts(past.ChangeOf(row, tenant));
            foreach (var state in Candidates(facts, lagging, anyValue: false))
                lock (state.Gate)
                {
                    if (full.Contains(state) || !state.IsBehind || state.Queue is not { } queue || row.Seq <= state.Scanned || facts.Change.Recorded < state.Definition.Document.CreatedAt) continue;
                    if (state.Pending.Count >= CatchUpRoom)
                    {
                        full.Add(state);
                        continue;
                    }
                    state.Pending.Enqueue(facts);
                    state.Scanned = row.Seq;
                    hub.Notifier.Count(queue, 1);
                }
        }
        return full;
    }

    private List<SubscriptionState> Candidates(ChangeFacts facts, HashSet<SubscriptionState> lagging, bool anyValue)
    {
        var candidates = new List<SubscriptionState>();
        var now = hub.Clock.GetUtcNow().UtcDateTime;
        lock (matching)
        {
            found.Clear();
            index.Find(facts, found, anyValue);
            foreach (var state in found)
                if (lagging.Contains(state) && (anyValue || RightsOf(state, now) is { } rights && SubscriptionMatch.Matches(state.Definition, facts, rights, now))) candidates.Add(state);
        }
        return candidates;
    }

    /// <summary>The past of a row's entity; null where it concerns nobody who is behind, so that its history need not be read.</summary>
    private async Task<EntityPast?> PastAsync(OutboxRow row, List<OutboxRow> rows, HashSet<SubscriptionState> lagging)
    {
        if (await tenant.LastStateAsync(row.Id, hub.Access.For(Access.Principal.System), end.Token) is not { } known) return null;
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var other in rows) if (other.Id == row.Id) names.UnionWith(tenant.NamesOf(other));
        var probe = new ChangeFacts(new Change(row.Seq, tenant.Name, ChangeKind.Updated, default, "", null, known.Last, [.. names]));
        return Candidates(probe, lagging, anyValue: true).Count == 0 ? null : await EntityPast.ReadAsync(tenant, hub, known.Last, known.Gone, rows, end.Token);
    }
}
