using System.Runtime.CompilerServices;
using Dalgu.Hub.Access;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;
using Dalgu.Hub.Storage;
using Dalgu.Hub.Temporal;

namespace Dalgu.Hub;

/// <content>The history of entities.</content>
public sealed partial class Tenant
{
    private readonly SemaphoreSlim corrections = new(1, 1);

    /// <summary>The names by whose numbers rows are stored.</summary>
    internal NameTable Names => names;

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
            foreach (var found in EntityCodec.ReadHistory(row, names, attribute))
                for (var i = 0; i < found.Instances.Count; i++)
                    yield return new(found.Name, found.Instances[i], new DateTime(row.Time, DateTimeKind.Utc), new DateTime(row.Recorded, DateTimeKind.Utc), row.Seq) { Index = i };
    }

    /// <summary>Shows the rows of an entity's history with from ≤ time &lt; to in order of time, without making objects of them; none where it may not be seen.</summary>
    internal async ValueTask VisitHistoryAsync(string id, DateTime? from, DateTime? to, HistoryVisitor visit, Rights rights, CancellationToken cancel = default)
    {
        Interlocked.Increment(ref reads);
        if (await store.ReadAsync(id, cancel) is not { } stored) return;
        var entity = EntityCodec.Read(id, stored.Body, names);
        if (!rights.MayRead(entity)) return;
        if (rights.IsNoted(entity.Types)) await NoteReadAsync(rights, $"the history of {id}");
        await store.VisitHistoryAsync(stored.Key, from?.Ticks ?? long.MinValue, to?.Ticks ?? long.MaxValue, visit, cancel);
    }

    /// <summary>The entities that a query finds by what their state is, or last was, for their history: id, types, scopes and times.</summary>
    internal async IAsyncEnumerable<(Entity Last, bool Gone)> EnumerateWithGoneAsync(EntityQuery query, Rights rights, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        if (Narrow(query, includeGone: true) is not { } narrowing) yield break;
        await foreach (var stored in store.ScanAsync(narrowing, cancel))
        {
            var entity = EntityCodec.Read(stored.Id, stored.Body, names);
            if (entity.Types.Count > 0 && rights.MayRead(entity) && Evaluator.Matches(entity, query)) yield return (entity, stored.Gone);
        }
    }

    /// <summary>The last state of an entity, deleted or not; null where the id was never used or may not be seen.</summary>
    internal async ValueTask<(Entity Last, bool Gone)?> LastStateAsync(string id, Rights rights, CancellationToken cancel = default)
    {
        if (await store.ReadAsync(id, cancel) is not { } stored) return null;
        var entity = EntityCodec.Read(id, stored.Body, names);
        return entity.Types.Count > 0 && rights.MayRead(entity) ? (entity, stored.Gone) : null;
    }

    /// <summary>The entities that a filter looks at behind the relationships of one.</summary>
    internal async ValueTask<Dictionary<string, Entity>> LinkedAsync(Entity entity, QExpression filter, Rights rights, CancellationToken cancel)
    {
        var found = new Dictionary<string, Entity>(StringComparer.Ordinal);
        await AddAsync(entity, filter);
        return found;

        async ValueTask AddAsync(Entity from, QExpression of)
        {
            foreach (var link in of.Links)
                foreach (var instance in from.Find(link.Relationship)?.Instances ?? [])
                    foreach (var id in LinkedEntities.TargetsOf(instance))
                    {
                        if (!found.TryGetValue(id, out var target) && await RetrieveAsync(id, rights, cancel) is { } read) found[id] = target = read;
                        if (target is not null && found.Count <= hub.Options.MaxLinkedEntities) await AddAsync(target, link.Inner);
                    }
        }
    }

    /// <summary>Erases the whole history of an entity; an entity that exists stays as it is.</summary>
    /// <exception cref="Problem">ResourceNotFound where there is no history.</exception>
    internal Task EraseHistoryAsync(Principal who, string action, string id, Action<WriteScope> check) => AloneAsync(() => WriteAsync(who, action, [id], scope =>
    {
        check(scope);
        scope.EraseHistory(id);
        return true;
    }));

    /// <summary>Corrects instances in the history of one attribute.</summary>
    /// <param name="who">Who corrects.</param>
    /// <param name="action">The operation's name for the audit.</param>
    /// <param name="id">The entity's id.</param>
    /// <param name="attribute">The attribute, an IRI.</param>
    /// <param name="correct">What becomes of an instance: itself, another, or nothing.</param>
    /// <param name="check">Refuses the write, given the state that it meets.</param>
    /// <returns>False where no instance was touched.</returns>
    internal Task<bool> CorrectHistoryAsync(Principal who, string action, string id, string attribute, Func<AttributeInstance, AttributeInstance?> correct, Action<WriteScope> check) => AloneAsync(async () =>
    {
        if (await store.ReadAsync(id) is not { } stored) return false;
        var removed = new List<HistoryRow>();
        var rewritten = new SortedDictionary<long, (long Recorded, List<EntityAttribute> Attributes)>();
        await foreach (var row in store.HistoryAsync(stored.Key, long.MinValue, long.MaxValue, false))
            if (Correction.Of(row, EntityCodec.ReadHistory(row, names), attribute, correct, rewritten)) removed.Add(row);
        if (removed.Count == 0) return false;
        return await WriteAsync(who, action, [id], scope =>
        {
            check(scope);
            // What the row of an entity that is gone says of the attribute may be what was corrected.
            var last = scope.FindLast(id) is { Gone: true } gone ? gone.State with { Attributes = [.. gone.State.Attributes.Where(a => a.Name != attribute)] } : null;
            scope.CorrectHistory(id, removed, [.. rewritten.Select(r => (r.Key, r.Value.Recorded, (IReadOnlyList<EntityAttribute>)r.Value.Attributes))], last);
            return true;
        });
    });

    /// <summary>Corrections read rows before they write, so there is one at a time.</summary>
    private async Task<T> AloneAsync<T>(Func<Task<T>> correct)
    {
        await corrections.WaitAsync();
        try
        {
            return await correct();
        }
        finally
        {
            corrections.Release();
        }
    }
}
