using System.Runtime.CompilerServices;
using Dalgu.Hub.Access;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub;

/// <content>The history of entities.</content>
public sealed partial class Tenant
{
    /// <summary>The history of an entity with from ≤ time &lt; to, deleted entities included; empty where it may not be seen.</summary>
    /// <param name="id">The entity's id.</param>
    /// <param name="attribute">One attribute (IRI), or null for all.</param>
    /// <param name="from">The first instant, UTC; null for the beginning.</param>
    /// <param name="to">The instant after the last, UTC; null for the end.</param>
    /// <param name="descending">True for the latest first.</param>
    /// <param name="rights">Who asks.</param>
    /// <param name="cancel">Ends the read.</param>
    public async IAsyncEnumerable<Observation> HistoryAsync(string id, string? attribute, DateTime? from, DateTime? to, bool descending, Rights rights, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        Interlocked.Increment(ref reads);
        if (await store.ReadAsync(id, cancel) is not { } stored) yield break;
        var entity = EntityCodec.Read(id, stored.Body, names);
        if (!rights.MayRead(entity)) yield break;
        if (rights.IsNoted(entity.Types)) await NoteReadAsync(rights, $"the history of {id}");
        if (attribute is not null && names.NumberOf(attribute) == 0 && !names.IsFull) yield break;
        await foreach (var row in store.HistoryAsync(stored.Key, from?.Ticks ?? long.MinValue, to?.Ticks ?? long.MaxValue, descending, cancel))
            foreach (var found in EntityCodec.ReadHistory(row.Body, names, attribute))
                foreach (var instance in found.Instances)
                    yield return new(found.Name, instance, new DateTime(row.Time, DateTimeKind.Utc), new DateTime(row.Recorded, DateTimeKind.Utc), row.Seq);
    }

    /// <summary>The entities that a query finds by what their state is, or last was, for their history: id, types, scopes and times.</summary>
    internal async IAsyncEnumerable<(Entity Last, bool Gone)> EnumerateWithGoneAsync(EntityQuery query, Rights rights, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        if (Narrow(query, includeGone: true) is not { } narrowing) yield break;
        await foreach (var stored in store.ScanAsync(narrowing, cancel))
        {
            var entity = EntityCodec.Read(stored.Id, stored.Body, names);
            if (rights.MayRead(entity) && Evaluator.Matches(entity, query)) yield return (entity, stored.Gone);
        }
    }

    /// <summary>The last state of an entity, deleted or not; null where the id was never used or may not be seen.</summary>
    internal async ValueTask<(Entity Last, bool Gone)?> LastStateAsync(string id, Rights rights, CancellationToken cancel = default)
    {
        if (await store.ReadAsync(id, cancel) is not { } stored) return null;
        var entity = EntityCodec.Read(id, stored.Body, names);
        return rights.MayRead(entity) ? (entity, stored.Gone) : null;
    }
}
