using System.Text.Json;
using System.Text.Json.Nodes;
using Dalgu.Hub.Access;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;
using Dalgu.Hub.Registrations.Distribution;
using Dalgu.Hub.Temporal;

namespace Dalgu.Hub.Snapshots;

/// <summary>Fills a snapshot with what its queries find, here and at sources, as whoever made it may read it (clause 5.16.1.4).</summary>
internal sealed class SnapshotFill(NgsiLdCall call, Snapshot snapshot)
{
    private const int Part = 1_000; // a commit for so many

    private long stored;

    /// <summary>Runs the queries one after the other, then says what became of them.</summary>
    public async Task RunAsync()
    {
        var book = call.Tenant.Snapshots;
        var done = snapshot;
        try
        {
            var target = await call.Hub.OpenStoreAsync(snapshot.Store, create: true, book.End);
            await target.BecomeSnapshotAsync(call.Tenant.Name, snapshot.Id);
            var details = await EachAsync(snapshot.Queries, query => EntitiesAsync(target, query));
            var temporal = await EachAsync(snapshot.TemporalQueries, query => EvolutionsAsync(target, query));
            done = snapshot with { Details = details, TemporalDetails = temporal, Status = Snapshot.StatusOf((details ?? []).Concat(temporal ?? [])) };
        }
        catch (OperationCanceledException)
        {
            return; // the instance ends; the next start says that it failed
        }
        catch (Problem problem)
        {
            done = snapshot with { Details = [.. (snapshot.Queries ?? []).Select(_ => Snapshot.Failure(problem))], Status = "failure" };
        }
        await SayAsync(call, done);
    }

    /// <summary>Stores the status that a snapshot has come to, and tells who is to be told.</summary>
    public static async Task SayAsync(NgsiLdCall call, Snapshot done)
    {
        var now = Timestamp.Milliseconds(call.Hub.Clock.GetUtcNow().UtcDateTime);
        var isThere = await call.Tenant.Snapshots.ChangeAsync(Principal.System, "snapshots.fill", done.Id, s => done = s with { Status = done.Status, Details = done.Details, TemporalDetails = done.TemporalDetails, ModifiedAt = now });
        if (!isThere) await call.Hub.RemoveStoreAsync(done.Store); // deleted while it was filled
        else if (done.Endpoint is not null) await SnapshotNotification.SendAsync(call.Hub, call.Tenant.Name, done);
    }

    private static async Task<IReadOnlyList<QueryDetails>?> EachAsync(JsonArray? queries, Func<JsonElement, Task<bool>> run)
    {
        if (queries is null) return null;
        var details = new List<QueryDetails>(queries.Count);
        foreach (var query in queries)
            try
            {
                using var document = JsonDocument.Parse(query!.ToJsonString());
                details.Add(new(await run(document.RootElement) ? "success" : "empty", null));
            }
            catch (Problem problem)
            {
                details.Add(Snapshot.Failure(problem));
            }
        return details;
    }

    private async Task<bool> EntitiesAsync(Tenant target, JsonElement json)
    {
        using var asked = call.InBackground("batch.query", call.Tenant.Snapshots.End);
        var body = new QueryBody(asked, json);
        var query = body.Read() with { Offset = 0, Limit = int.MaxValue, Order = EntityOrder.ById };
        var form = asked.Form(body.Parameter);
        var part = new List<Entity>();
        var any = false;
        if (await Distribution.OfAsync(asked) is { } distribution && await DistributedReads.MatchesAsync(distribution, query, SourceFilters.Of(body.Parameter, asked)) is { } gathered)
            foreach (var match in gathered) await AddAsync(match.Entity);
        else
            await foreach (var entity in asked.Tenant.EnumerateAsync(query, asked.Rights, asked.Cancel)) await AddAsync(entity);
        await StoreAsync(target, part);
        return any;

        async Task AddAsync(Entity entity)
        {
            any = true;
            part.Add(Projected(entity, form));
            if (part.Count == Part) await StoreAsync(target, part);
        }
    }

    /// <summary>What the query wanted of an entity.</summary>
    private static Entity Projected(Entity entity, Representation form) => form is { Pick: null, Omit: null, DatasetIds: null } ? entity : entity with
    {
        Scopes = form.Writes("scope") ? entity.Scopes : [],
        Attributes = [.. entity.Attributes.Where(a => form.Writes(a.Name)).Select(a => form.DatasetIds is null ? a : a with { Instances = [.. a.Instances.Where(i => form.WritesDataset(i.DatasetId))] }).Where(a => a.Instances.Count > 0)],
    };

    private async Task StoreAsync(Tenant target, List<Entity> part)
    {
        if (part.Count == 0) return;
        Count(part.Count);
        Entity[] entities = [.. part];
        part.Clear();
        await target.WriteAsync(Principal.System, "snapshots.fill", [.. entities.Select(e => e.Id)], scope =>
        {
            foreach (var entity in entities) scope.Keep(entity);
            return true;
        });
    }

    private async Task<bool> EvolutionsAsync(Tenant target, JsonElement json)
    {
        using var asked = call.InBackground("temporal.batch.query", call.Tenant.Snapshots.End);
        var body = new QueryBody(asked, json);
        var query = body.Read() with { Order = EntityOrder.ById };
        var form = new TemporalForm(asked, body.Parameter);
        if (form.Aggregated) throw new Problem(ProblemKind.BadRequestData, "A snapshot keeps instances; leave the aggregation out, and ask the snapshot for it.");
        var any = false;
        await foreach (var evolution in await TemporalEndpoints.MatchingAsync(asked, query, form, SourceFilters.Of(body.Parameter, asked)))
        {
            any = true;
            Count(1);
            var fragment = new EntityFragment
            {
                Id = evolution.Entity.Id, Types = evolution.Entity.Types, Scopes = form.Writes("scope") && evolution.Entity.Scopes.Count > 0 ? evolution.Entity.Scopes : null,
                Attributes = [.. evolution.Attributes.Select(a => new EntityAttribute(a.Key, [.. a.Value.Select(o => o.Instance)]))],
            };
            await target.WriteAsync(Principal.System, "snapshots.fill", [evolution.Entity.Id], scope => TemporalWriteEndpoints.Record(null, scope, evolution.Entity.Id, fragment));
        }
        return any;
    }

    private void Count(int more)
    {
        if ((stored += more) > call.Hub.Options.MaxSnapshotEntities)
            throw new Problem(ProblemKind.TooManyResults, $"The queries find more than {call.Hub.Options.MaxSnapshotEntities} entities, which is as many as a snapshot holds; narrow them, or raise DALGU_MAX_SNAPSHOT_ENTITIES.");
    }
}
