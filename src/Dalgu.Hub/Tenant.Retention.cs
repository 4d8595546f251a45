using Dalgu.Hub.Access;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub;

/// <content>Takes history away that is older than it is to be kept.</content>
public sealed partial class Tenant
{
    private const int MostForgottenAtOnce = 5_000;

    /// <summary>Takes away what the history of entities of a type says of times before one, but for the rows that still hold: the last word on an attribute is never old.</summary>
    /// <param name="type">The type (IRI); null for every one but <paramref name="except"/>.</param>
    /// <param name="except">Types that other rules are about.</param>
    /// <param name="before">The first instant that is kept, UTC.</param>
    /// <param name="cancel">Ends the work between two entities.</param>
    /// <returns>How many rows went.</returns>
    internal async Task<long> ForgetHistoryAsync(string? type, IReadOnlySet<string> except, DateTime before, CancellationToken cancel)
    {
        if (Narrow(type is null ? new EntityQuery() : EntityQuery.OfType(type), includeGone: true) is not { } narrowing) return 0;
        var concerned = new List<string>();
        await foreach (var stored in store.ScanAsync(narrowing, cancel))
            if (type is not null || !EntityCodec.Read(stored.Id, stored.Body, names).Types.Any(except.Contains)) concerned.Add(stored.Id);
        long gone = 0;
        foreach (var id in concerned)
            while (await AloneAsync(() => ForgetAsync(id, before, cancel)) is > 0 and var count)
            {
                gone += count;
                if (count < MostForgottenAtOnce) break;
            }
        return gone;
    }

    private async Task<int> ForgetAsync(string id, DateTime before, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (await store.ReadAsync(id, cancel) is not { } stored) return 0;
        var state = stored.Gone ? null : EntityCodec.Read(id, stored.Body, names);
        var old = new List<HistoryRow>();
        await foreach (var row in store.HistoryAsync(stored.Key, long.MinValue, before.Ticks, false, cancel))
        {
            if (state is not null && Holds(state, EntityCodec.ReadHistory(row, names))) continue;
            old.Add(row);
            if (old.Count == MostForgottenAtOnce) break;
        }
        if (old.Count == 0) return 0;
        return await WriteAsync(Principal.System, "history.forget", [id], scope =>
        {
            scope.CorrectHistory(id, old, [], null);
            return old.Count;
        }, cancel);
    }

    private static bool Holds(Entity state, IReadOnlyList<EntityAttribute> said)
    {
        foreach (var attribute in said)
            if (state.Find(attribute.Name) is { } now)
                foreach (var instance in attribute.Instances)
                    foreach (var current in now.Instances)
                        if (current.DatasetId == instance.DatasetId && current.ModifiedAt == instance.ModifiedAt && !instance.Deleted) return true;
        return false;
    }
}
