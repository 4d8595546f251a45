using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Changes;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;

namespace Dalgu.Console.Live;

/// <summary>What changed lately in a tenant and how its sources are doing, out of its store: the last changes of the outbox, whose writers the audit names.
/// So neither a restart nor another node loses when a source was last heard of.</summary>
internal static class Lately
{
    /// <summary>How many of the last changes are looked at.</summary>
    public const int Changes = 20_000;
    private const int Step = 500;

    /// <summary>The changes and sources of a tenant up to now.</summary>
    public static async Task<(RecentChanges Recent, SourceHealth Health)> OfAsync(Tenant tenant, CityHub hub, CancellationToken cancel)
    {
        var (recent, health) = (new RecentChanges(), new SourceHealth());
        await ReadAsync(tenant, hub, tenant.Status.LastSeq, commit =>
        {
            recent.Take(commit);
            health.Take(commit);
        }, cancel);
        return (recent, health);
    }

    /// <summary>Shows the last changes up to one, in order, some at a time. The state beside each is the present one: of what a change made, the store has only that at hand.</summary>
    public static async Task ReadAsync(Tenant tenant, CityHub hub, long last, Action<IReadOnlyList<Change>> take, CancellationToken cancel)
    {
        var after = Math.Max(0, last - Changes);
        if (last == 0) return;
        var rights = hub.Access.For(Principal.System);
        var states = new Dictionary<string, Entity?>(StringComparer.Ordinal);
        var entry = await FirstAsync(tenant, after, cancel);
        var writers = new Queue<(long First, long Last, string Who)>();
        while (after < last)
        {
            var rows = new List<OutboxRow>(Step);
            await foreach (var row in tenant.OutboxAsync(after, Step, cancel)) rows.Add(row);
            if (rows.Count == 0) return;
            while (writers.Count == 0 || writers.Last().Last < rows[^1].Seq)
            {
                var read = 0;
                await foreach (var audit in tenant.AuditAsync(entry, Step, cancel: cancel))
                {
                    read++;
                    entry = audit.Number;
                    if (audit.LastSeq > 0) writers.Enqueue((audit.FirstSeq, audit.LastSeq, audit.Who));
                }
                if (read == 0) break;
            }
            var changes = new List<Change>(rows.Count);
            states.Clear(); // a long import would keep every entity that it made
            foreach (var row in rows)
            {
                if (row.Seq > last) break;
                while (writers.Count > 0 && writers.Peek().Last < row.Seq) writers.Dequeue();
                if (writers.Count == 0 || writers.Peek().First > row.Seq) continue;
                if (!states.TryGetValue(row.Id, out var state)) states[row.Id] = state = await tenant.RetrieveAsync(row.Id, rights, cancel);
                if (state is not null) changes.Add(new Change(row.Seq, tenant.Name, row.Kind, new DateTime(row.Recorded, DateTimeKind.Utc), writers.Peek().Who, null, state, tenant.NamesOf(row)));
            }
            if (changes.Count > 0) take(changes);
            after = rows[^1].Seq;
        }
    }

    /// <summary>A number of the audit at or before the entry of the change after one: entries are in the order of changes, so halving finds it.</summary>
    private static async Task<long> FirstAsync(Tenant tenant, long after, CancellationToken cancel)
    {
        if (after == 0) return 0;
        long low = 0, high = 1;
        while (await SeqAfterAsync(high) is { } seq && seq <= after) (low, high) = (high, high * 2);
        while (high - low > 1)
        {
            var middle = low + (high - low) / 2;
            if (await SeqAfterAsync(middle) is { } seq && seq <= after) low = middle;
            else high = middle;
        }
        return low;

        // The last change of the first entry behind a number that made any; null where there is none.
        async Task<long?> SeqAfterAsync(long number)
        {
            for (var at = number; ;)
            {
                var before = at;
                await foreach (var audit in tenant.AuditAsync(at, 64, cancel: cancel))
                {
                    if (audit.LastSeq > 0) return audit.LastSeq;
                    at = audit.Number;
                }
                if (at == before) return null;
            }
        }
    }
}
