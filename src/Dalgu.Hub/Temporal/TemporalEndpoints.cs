using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;
using Dalgu.Hub.Registrations;
using Dalgu.Hub.Registrations.Distribution;
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
        if (await Distribution.OfAsync(call) is { } distribution)
        {
            await RetrieveAsync(call, distribution, id, form, media);
            return;
        }
        var (last, gone) = await call.Tenant.LastStateAsync(id, call.Rights, call.Cancel) ?? throw new Problem(ProblemKind.ResourceNotFound, $"The entity \"{id}\" does not exist and never did.");
        var reader = new EvolutionReader(call, form);
        var evolution = await reader.ReadAsync(last, gone);
        if (evolution.IsEmpty && !await HasMemberAsync(call, last, form))
            throw new Problem(ProblemKind.ResourceNotFound, $"The temporal evolution of \"{id}\" has none of the members asked for.");
        if (EntityMapEndpoints.IsAsked(call)) await EntityMapEndpoints.NameAsync(call, last);
        reader.Add(evolution);
        if (reader.IsCut) call.Http.Response.Headers.ContentRange = form.RangeOf(reader.Evolutions);
        await call.AnswerAsync(reader.IsCut ? StatusCodes.Status206PartialContent : StatusCodes.Status200OK, media,
            json => TemporalWriter.Write(json, evolution, call.Context, form, media == MediaTypes.JsonLd));
    }

    /// <summary>The evolution here and at the sources that have one.</summary>
    private static async Task RetrieveAsync(NgsiLdCall call, Distribution distribution, string id, TemporalForm form, string media)
    {
        var reader = new EvolutionReader(call, form);
        var own = await call.Tenant.LastStateAsync(id, call.Rights, call.Cancel) is var (last, gone) ? await reader.ReadAsync(last, gone, whole: true) : null;
        var evolution = await DistributedTemporal.RetrieveAsync(distribution, id, form, own) ?? throw new Problem(ProblemKind.ResourceNotFound, $"The entity \"{id}\" does not exist and never did.");
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
        return AnswerAsync(call, query, new TemporalForm(call), SourceFilters.Of(call.Parameter, call));
    }

    /// <summary>POST /temporal/entityOperations/query</summary>
    public static async Task QueryByBody(NgsiLdCall call)
    {
        var body = await call.BodyAsync();
        var query = new QueryBody(call, QueryBody.Require(body));
        await AnswerAsync(call, query.Read(), new TemporalForm(call, query.Parameter), SourceFilters.Of(query.Parameter, call));
    }

    private static async Task AnswerAsync(NgsiLdCall call, EntityQuery query, TemporalForm form, SourceFilters filters)
    {
        var media = MediaTypes.Choose(call.Http.Request.Headers.Accept, Forms);
        if (form.Time is { From: null, To: null })
            throw new Problem(ProblemKind.BadRequestData, "The query says nothing of the time: name timerel and timeAt, such as timerel=before&timeAt=2027-01-01T00:00:00Z for all until then (clauses 5.7.4.3 and 5.2.21).");
        if (query.Limit == 0 && !call.Flag("count")) throw new Problem(ProblemKind.BadRequestData, "The limit is 0; that is for counting alone, with count=true.");
        var (limit, offset) = (query.Limit, query.Offset);
        var reader = new EvolutionReader(call, form);
        var (seen, count, more, status) = (0, call.Flag("count"), false, StatusCodes.Status200OK);
        var matches = await MatchingAsync(call, query, form, filters, reader);
        if (EntityMapEndpoints.IsAsked(call)) (matches, status) = await OutOfMapAsync(call, matches);
        await foreach (var evolution in matches)
        {
            if (seen++ < offset) continue;
            if (reader.Evolutions.Count < limit) reader.Add(evolution);
            else
            {
                more = true;
                if (!count) break;
            }
        }
        if (count) call.Http.Response.Headers["NGSILD-Results-Count"] = seen.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Paging.AddLinks(call, limit, offset, more, media: media);
        if (reader.IsCut) call.Http.Response.Headers.ContentRange = form.RangeOf(reader.Evolutions);
        await call.AnswerAsync(reader.IsCut ? StatusCodes.Status206PartialContent : status, media, json =>
        {
            json.WriteStartArray();
            foreach (var evolution in reader.Evolutions) TemporalWriter.Write(json, evolution, call.Context, form, media == MediaTypes.JsonLd);
            json.WriteEndArray();
        });
    }

    /// <summary>What matches a query here and at sources.</summary>
    internal static async Task<IAsyncEnumerable<Evolution>> MatchingAsync(NgsiLdCall call, EntityQuery query, TemporalForm form, SourceFilters filters, EvolutionReader? reader = null)
    {
        reader ??= new(call, form);
        Require(query);
        return await Distribution.OfAsync(call) is { } distribution && await DistributedTemporal.QueryAsync(distribution, query, filters, form, OwnAsync(call, query, reader)) is { } gathered
            ? AsAsync(gathered) : MatchesAsync(call, query, form, reader);
    }

    /// <summary>Refuses what is not asked of evolutions: linked entities, and another order than that of ids (clause 5.7.4.4).</summary>
    private static void Require(EntityQuery query)
    {
        if (query.Q?.HasLinks == true) throw new Problem(ProblemKind.BadRequestData, "The q asks for linked entities, which have no part in a temporal query (clause 5.7.4.4).");
        foreach (var term in query.Order.Terms)
            if (!term.Path.IsId) throw new Problem(ProblemKind.BadRequestData, "Evolutions are ordered by id alone; write orderBy=id or orderBy=id;desc (clause 5.7.4.4).");
    }

    /// <summary>What here matches a query, in its order.</summary>
    private static async IAsyncEnumerable<Evolution> MatchesAsync(NgsiLdCall call, EntityQuery query, TemporalForm form, EvolutionReader reader)
    {
        // A filter is satisfied by any instance of the span, so it is asked of the evolution and not of the last state (clause 5.7.4.4).
        // So are scopes: those of the span count, for as long as they held (clause 4.18).
        var filter = query.Q is null && query.Geo is null ? null : new EntityQuery { Q = query.Q, Geo = query.Geo };
        await foreach (var (last, gone) in InOrderAsync(call, query with { Scopes = null }))
        {
            var held = query.Scopes is null ? null : await ScopeSpans.OfAsync(call, last, query.Scopes, form.Time);
            if (held is { IsNever: true }) continue;
            var evolution = await reader.ReadAsync(last, gone, whole: filter is not null, held);
            if (filter is not null)
            {
                if (!Evaluator.Matches(evolution.AsEntity(), filter)) continue;
                reader.Narrow(evolution);
            }
            // Attributes choose what is written; an entity counts where its history in the span has any of them.
            if (!evolution.IsEmpty || !gone && !form.Time.IsStated && form.Only is not { Count: > 0 } && form.Datasets is null) yield return evolution;
        }
    }

    /// <summary>What is here of the entities of a query, whole, for what sources add to it.</summary>
    private static async IAsyncEnumerable<Evolution> OwnAsync(NgsiLdCall call, EntityQuery query, EvolutionReader reader)
    {
        await foreach (var (last, gone) in InOrderAsync(call, query with { Order = EntityOrder.ById })) yield return await reader.ReadAsync(last, gone, whole: true);
    }

    private static async IAsyncEnumerable<Evolution> AsAsync(List<Evolution> evolutions)
    {
        foreach (var evolution in evolutions) yield return evolution;
        await Task.CompletedTask;
    }

    /// <summary>The evolutions that the map named by the call holds still, and the status of the answer.</summary>
    private static async Task<(IAsyncEnumerable<Evolution> Matches, int Status)> OutOfMapAsync(NgsiLdCall call, IAsyncEnumerable<Evolution> matches)
    {
        var all = new Dictionary<string, Evolution>(StringComparer.Ordinal);
        await foreach (var evolution in matches)
        {
            all[evolution.Entity.Id] = evolution;
            if (all.Count > call.Hub.Options.MaxGatheredEntities) throw DistributedReads.TooMany(call.Hub.Options.MaxGatheredEntities);
        }
        var (kept, status) = await EntityMapEndpoints.OutAsync(call, [.. all.Values.Select(e => new GatheredEntity(e.Entity, [EntityMap.Local]))]);
        return (AsAsync([.. kept.Select(k => all[k.Entity.Id])]), status);
    }

    /// <summary>GET /temporal/entityMaps: a map of the entities whose evolution matches a query.</summary>
    public static async Task CreateMap(NgsiLdCall call)
    {
        var form = new TemporalForm(call);
        if (!form.Time.IsStated || form.Time.From is null && form.Time.To is null)
            throw new Problem(ProblemKind.BadRequestData, "A map of temporal evolutions needs a temporal query: timerel and timeAt (clause 5.14.5).");
        var query = new QueryParser(call.Context, call.Hub.Options).Parse(call.Parameter);
        if (query is { Types: null, Attributes: null, Q: null, Geo: null } && call.Parameter("type") != "*" && !call.Flag("local"))
            throw new Problem(ProblemKind.BadRequestData, "The query is too wide for a map: name at least one of type (* for any), attrs, q, georel, or local=true (clause 5.14.5).");
        var found = new List<GatheredEntity>();
        await foreach (var evolution in MatchesAsync(call, query, form, new EvolutionReader(call, form))) found.Add(new(evolution.Entity, [EntityMap.Local]));
        await EntityMapEndpoints.CreateAsync(call, found, EntityMapEndpoints.Lifetime(call));
    }

    private static async IAsyncEnumerable<(Entity Last, bool Gone)> InOrderAsync(NgsiLdCall call, EntityQuery query)
    {
        var found = call.Tenant.EnumerateWithGoneAsync(query with { Attributes = null, Q = null, Geo = null, DatasetIds = null, Limit = int.MaxValue, Offset = 0 }, call.Rights, call.Cancel);
        if (!query.Order.IsStated)
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
        foreach (var last in query.Order.Sort(all)) yield return (last, gone.Contains(last.Id));
    }
}
