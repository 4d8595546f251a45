using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;
using Dalgu.Hub.Registrations.Distribution;

namespace Dalgu.Hub.Batch;

/// <summary>Deletes what a query finds: the entities, or some of their attributes (clause 5.6.21).</summary>
internal static class PurgeEndpoint
{
    private const int Part = 1_000; // a commit for so many, so that others are not kept waiting

    /// <summary>DELETE /entities</summary>
    public static async Task Purge(NgsiLdCall call)
    {
        var parser = new QueryParser(call.Context, call.Hub.Options);
        var query = parser.Parse(name => name is "limit" or "offset" ? null : call.Parameter(name));
        if (query.Q?.HasLinks == true) throw new Problem(ProblemKind.BadRequestData, "The q of the purge asks for linked entities, by which nothing is purged (clause 5.6.21.4).");
        var (keep, drop) = (parser.Members(call.Parameter("keep")), parser.Members(call.Parameter("drop")));
        if (keep is not null && drop is not null) throw new Problem(ProblemKind.BadRequestData, "The purge has keep and drop; use one.");

        var narrows = query.Types is not null || query.Geo is not null || query.LooksAtAttributes || call.Parameter("type") == "*" || call.Flag("local");
        if (!narrows && !((keep ?? drop) is not null && query is not { Ids: null, IdPattern: null, Scopes: null }) && query.Scopes is null)
            throw new Problem(ProblemKind.BadRequestData, "The purge is too wide; it needs at least one of type, attrs, q, georel, scopeQ (type=* for everything), or local=true.");

        var outcome = new BatchOutcome();
        await DistributedPurge.RunAsync(call, query, outcome);
        var ids = new List<string>();
        await foreach (var entity in call.Tenant.EnumerateAsync(query, call.Rights, call.Cancel))
        {
            ids.Add(entity.Id);
            if (ids.Count == Part) await PurgeAsync(call, query, ids, keep, drop, outcome);
        }
        if (ids.Count > 0) await PurgeAsync(call, query, ids, keep, drop, outcome);
        await outcome.AnswerChangedAsync(call);
    }

    private static async Task PurgeAsync(NgsiLdCall call, EntityQuery query, List<string> ids, IReadOnlySet<string>? keep, IReadOnlySet<string>? drop, BatchOutcome outcome)
    {
        string[] part = [.. ids];
        ids.Clear();
        await call.WriteAsync(part, scope =>
        {
            foreach (var id in part)
            {
                // What changed since it was found is asked again.
                if (scope.Find(id) is not { } entity || !Evaluator.Matches(entity, query)) continue;
                outcome.Try(id, entity, found =>
                {
                    call.RequireWrite(found.Types);
                    if (keep is null && drop is null) scope.Delete(found.Id);
                    else Strip(scope, found, name => keep is not null ? keep.Contains(name) : !drop!.Contains(name));
                    outcome.Changed.Add(found.Id);
                });
            }
            return true;
        });
    }

    private static void Strip(WriteScope scope, Entity entity, Func<string, bool> stays)
    {
        var left = entity with
        {
            Attributes = [.. entity.Attributes.Where(a => stays(a.Name))],
            Scopes = stays("scope") || stays(CoreContext.Namespace + "scope") ? entity.Scopes : [],
        };
        if (left.Attributes.Count != entity.Attributes.Count || left.Scopes.Count != entity.Scopes.Count) scope.Put(left);
    }
}
