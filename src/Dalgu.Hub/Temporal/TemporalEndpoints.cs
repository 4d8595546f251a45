using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Temporal;

/// <summary>The temporal evolution of entities (clauses 5.7.3 and 5.7.4).</summary>
internal static class TemporalEndpoints
{
    private static readonly string[] Forms = [MediaTypes.Json, MediaTypes.JsonLd];

    /// <summary>GET /temporal/entities/{id}</summary>
    public static async Task Retrieve(NgsiLdCall call)
    {
        var media = MediaTypes.Choose(call.Http.Request.Headers.Accept, Forms);
        var id = call.EntityId;
        var form = new TemporalForm(call);
        var (last, gone) = await call.Tenant.LastStateAsync(id, call.Rights, call.Cancel) ?? throw new Problem(ProblemKind.ResourceNotFound, $"The entity \"{id}\" does not exist and never did.");
        var reader = new EvolutionReader(call, form);
        var evolution = await reader.ReadAsync(last, gone);
        if (evolution.IsEmpty && !await HasMemberAsync(call, last, form))
            throw new Problem(ProblemKind.ResourceNotFound, $"The temporal evolution of \"{id}\" has none of the members asked for.");
        reader.Add(evolution);
        if (reader.IsCut) call.Http.Response.Headers.ContentRange = form.RangeOf(reader.Evolutions);
        await call.AnswerAsync(reader.IsCut ? StatusCodes.Status206PartialContent : StatusCodes.Status200OK, media,
            json => TemporalWriter.Write(json, evolution, call.Context, form, media == MediaTypes.JsonLd));
    }

    /// <summary>True where something of the entity is shown, or an attribute asked for has instances at another time.</summary>
    private static async ValueTask<bool> HasMemberAsync(NgsiLdCall call, Entity last, TemporalForm form)
    {
        if (form.Only is not { Count: > 0 } only) return form.Writes("id") || form.Writes("type") || form.Writes("scope") && last.Scopes.Count > 0;
        foreach (var name in only)
            await foreach (var observation in call.Tenant.HistoryAsync(last.Id, name, null, null, false, call.Rights, call.Cancel)) return true;
        return false;
    }

    /// <summary>GET /temporal/entities</summary>
    public static Task Query(NgsiLdCall call)
    {
        var query = new QueryParser(call.Context, call.Hub.Options).Parse(call.Parameter);
        if (query is { Types: null, Geo: null, LooksAtAttributes: false } && (call.Parameter("type") != "*" || call.Parameter("local") == "false") && !call.Flag("local"))
            throw new Problem(ProblemKind.BadRequestData, "The query is too wide: id, idPattern and scopeQ narrow it, but it needs at least one of type, attrs, q, georel beside them (type=* for any), or local=true (clause 5.7.4).");
        return AnswerAsync(call, query, new TemporalForm(call));
    }

    /// <summary>POST /temporal/entityOperations/query</summary>
    public static async Task QueryByBody(NgsiLdCall call)
    {
        var body = await call.BodyAsync();
        var query = new QueryBody(call, QueryBody.Require(body));
        await AnswerAsync(call, query.Read(), new TemporalForm(call, query.Parameter));
    }

    private static async Task AnswerAsync(NgsiLdCall call, EntityQuery query, TemporalForm form)
    {
        var media = MediaTypes.Choose(call.Http.Request.Headers.Accept, Forms);
        var (limit, offset) = (query.Limit, query.Offset);
        var reader = new EvolutionReader(call, form);
        // A filter is satisfied by any instance of the span, so it is asked of the evolution and not of the last state (clause 5.7.4.4).
        var filter = query.Q is null && query.Geo is null ? null : new EntityQuery { Q = query.Q, Geo = query.Geo };
        var (seen, count, more) = (0, call.Flag("count"), false);
        await foreach (var (last, gone) in InOrderAsync(call, query))
        {
            var evolution = await reader.ReadAsync(last, gone, whole: filter is not null);
            if (filter is not null)
            {
                if (!Evaluator.Matches(evolution.AsEntity(), filter)) continue;
                reader.Narrow(evolution);
            }
            // Attributes choose what is written; an entity counts where its history in the span has any of them.
            if (evolution.IsEmpty && (gone || form.Time.IsStated || form.Only is { Count: > 0 } || form.Datasets is not null)) continue;
            if (seen++ < offset) continue;
            if (reader.Evolutions.Count < limit) reader.Add(evolution);
            else
            {
                more = true;
                if (!count) break;
            }
        }
        if (count) call.Http.Response.Headers["NGSILD-Results-Count"] = seen.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Paging.AddLinks(call, limit, offset, more);
        if (reader.IsCut) call.Http.Response.Headers.ContentRange = form.RangeOf(reader.Evolutions);
        await call.AnswerAsync(reader.IsCut ? StatusCodes.Status206PartialContent : StatusCodes.Status200OK, media, json =>
        {
            json.WriteStartArray();
            foreach (var evolution in reader.Evolutions) TemporalWriter.Write(json, evolution, call.Context, form, media == MediaTypes.JsonLd);
            json.WriteEndArray();
        });
    }

    private static async IAsyncEnumerable<(Entity Last, bool Gone)> InOrderAsync(NgsiLdCall call, EntityQuery query)
    {
        var found = call.Tenant.EnumerateWithGoneAsync(query with { Attributes = null, Q = null, Geo = null, DatasetIds = null, Limit = int.MaxValue, Offset = 0 }, call.Rights, call.Cancel);
        if (query.OrderBy.Count == 0)
        {
            await foreach (var each in found) yield return each;
            yield break;
        }
        var all = new List<Entity>();
        var gone = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var (last, isGone) in found)
        {
            all.Add(last);
            if (isGone) gone.Add(last.Id);
        }
        foreach (var last in Evaluator.Sort(all, query.OrderBy)) yield return (last, gone.Contains(last.Id));
    }
}
