using System.Text.Json;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;
using Dalgu.Hub.Registrations.Distribution;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Registrations;

/// <summary>The operations on entity maps (clause 5.14), and pages out of one (clause 5.5.9.3).</summary>
internal static class EntityMapEndpoints
{
    /// <summary>The header that names a map.</summary>
    public const string Header = "NGSILD-EntityMap";

    private static readonly string[] Forms = [MediaTypes.Json, MediaTypes.JsonLd];

    /// <summary>GET /entityMaps: a map of what a query matches.</summary>
    public static async Task Create(NgsiLdCall call)
    {
        var query = new QueryParser(call.Context, call.Hub.Options).Parse(call.Parameter);
        if (query is { Types: null, Geo: null, LooksAtAttributes: false } && call.Parameter("type") != "*" && !call.Flag("local"))
            throw new Problem(ProblemKind.BadRequestData, "The query is too wide for a map: name at least one of type (* for any), attrs, q, georel, or local=true (clause 5.14.4).");
        var lifetime = Lifetime(call);
        await CreateAsync(call, await MatchesAsync(call, query, SourceFilters.Of(call.Parameter, call)), lifetime);
    }

    /// <summary>POST /entityMaps: the same by a body.</summary>
    public static async Task CreateByBody(NgsiLdCall call)
    {
        var body = new QueryBody(call, QueryBody.Require(await call.BodyAsync()));
        var lifetime = Lifetime(call);
        await CreateAsync(call, await MatchesAsync(call, body.Read(), SourceFilters.Of(body.Parameter, call)), lifetime);
    }

    /// <summary>Keeps a map of matches and answers with it.</summary>
    public static async Task CreateAsync(NgsiLdCall call, IEnumerable<GatheredEntity> matches, TimeSpan? lifetime) =>
        await AnswerAsync(call, await KeepAsync(call, matches, lifetime), StatusCodes.Status201Created);

    /// <summary>How long a map is wanted; null where the call does not say.</summary>
    public static TimeSpan? Lifetime(NgsiLdCall call) => call.Parameter("entityMapLifetime") is not { } text ? null
        : Temporal.Duration.Parse(text) is var duration && duration.Months > 1_000 ? call.Hub.Options.LongestEntityMapLifetime : duration.Rest + TimeSpan.FromDays(30d * duration.Months);

    private static Task<EntityMap> KeepAsync(NgsiLdCall call, IEnumerable<GatheredEntity> matches, TimeSpan? lifetime)
    {
        var entities = new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var match in matches) entities[match.Entity.Id] = match.Sources;
        return call.Tenant.EntityMaps.AddAsync(call.Rights.Who, entities, lifetime);
    }

    private static string Location(EntityMap map) => $"{NgsiLdRoutes.Root}/entityMaps/{map.Id}";

    /// <summary>GET /entityMaps/{id}</summary>
    public static Task Retrieve(NgsiLdCall call) => AnswerAsync(call, Required(call), StatusCodes.Status200OK);

    private static async Task AnswerAsync(NgsiLdCall call, EntityMap map, int status)
    {
        var media = MediaTypes.Choose(call.Http.Request.Headers.Accept, Forms);
        call.Http.Response.Headers[Header] = Location(map);
        await call.AnswerAsync(status, media, json =>
        {
            json.WriteStartObject();
            json.WriteString("id"u8, map.Id);
            json.WriteString("type"u8, "EntityMap"u8);
            EntityJsonWriter.WriteTime(json, "expiresAt"u8, map.ExpiresAt);
            json.WriteStartObject("entityMap"u8);
            foreach (var (entity, sources) in map.Entities)
            {
                json.WriteStartArray(entity);
                foreach (var source in sources) json.WriteStringValue(source);
                json.WriteEndArray();
            }
            json.WriteEndObject();
            json.WriteStartObject("linkedMaps"u8);
            foreach (var (registration, linked) in map.Linked) json.WriteString(registration, linked);
            json.WriteEndObject();
            if (media == MediaTypes.JsonLd) EntityJsonWriter.WriteContext(json, call.Context);
            json.WriteEndObject();
        });
    }

    /// <summary>PATCH /entityMaps/{id}: only its expiresAt is for others to say.</summary>
    public static async Task Update(NgsiLdCall call)
    {
        var map = Required(call);
        var body = await call.BodyAsync();
        if (body.ValueKind != JsonValueKind.Object) throw new Problem(ProblemKind.BadRequestData, "The body is no JSON object.");
        if (body.TryGetProperty("type", out var type) && !(type.ValueKind == JsonValueKind.String && type.ValueEquals("EntityMap"u8))) throw new Problem(ProblemKind.BadRequestData, "The type of an entity map is \"EntityMap\".");
        if (body.TryGetProperty("expiresAt", out var expires))
        {
            map.ExpiresAt = expires.ValueKind == JsonValueKind.String && Timestamp.TryParse(expires.GetString(), out var time) ? call.Tenant.EntityMaps.Until(time)
                : throw new Problem(ProblemKind.BadRequestData, "The expiresAt is no instant in UTC such as 2026-11-23T08:00:00Z.");
            await call.Tenant.EntityMaps.ChangedAsync(call.Rights.Who, map);
        }
        call.Answer(StatusCodes.Status204NoContent);
    }

    /// <summary>DELETE /entityMaps/{id}</summary>
    public static async Task Delete(NgsiLdCall call)
    {
        await call.Tenant.EntityMaps.RemoveAsync(call.Rights.Who, Required(call).Id);
        call.Answer(StatusCodes.Status204NoContent);
    }

    private static EntityMap Required(NgsiLdCall call)
    {
        var id = Iri.Require(call.RouteValue("entityMapId"), "The entity map id");
        return call.Tenant.EntityMaps.Find(id, call.Rights.Who) ?? throw new Problem(ProblemKind.ResourceNotFound, $"The entity map \"{id}\" does not exist.");
    }

    /// <summary>True where a query asks for a map, or for a page out of one.</summary>
    public static bool IsAsked(NgsiLdCall call) => call.Http.Request.Headers.ContainsKey(Header) || call.Http.Request.QueryString.HasValue && call.Flag("entityMap");

    /// <summary>The matches of a query that the map it names holds still, out of a map made now where there is none; and the status of the answer.</summary>
    public static async Task<(List<GatheredEntity> Matches, int Status)> OutAsync(NgsiLdCall call, List<GatheredEntity> matches)
    {
        var named = call.Http.Request.Headers[Header].ToString();
        if (named.Length > 0 && call.Tenant.EntityMaps.Find(Uri.UnescapeDataString(named[(named.LastIndexOf('/') + 1)..]), call.Rights.Who) is { } known)
        {
            matches.RemoveAll(m => !known.Contains(m.Entity.Id));
            if (known.Keep(matches.Select(m => m.Entity.Id).ToHashSet(StringComparer.Ordinal))) await call.Tenant.EntityMaps.ChangedAsync(call.Rights.Who, known);
            call.Http.Response.Headers[Header] = Location(known);
            return (matches, StatusCodes.Status200OK);
        }
        var map = await KeepAsync(call, matches, Lifetime(call));
        call.Http.Response.Headers[Header] = Location(map);
        return (matches, StatusCodes.Status201Created);
    }

    /// <summary>Names the map of a retrieval: the one that the request names, or a new one with the entity (clause 5.7.1.4). Where sources take part there is none.</summary>
    public static async Task NameAsync(NgsiLdCall call, Entity entity)
    {
        if (await Distribution.Distribution.OfAsync(call) is not null) return;
        var named = call.Http.Request.Headers[Header].ToString();
        var map = (named.Length > 0 ? call.Tenant.EntityMaps.Find(Uri.UnescapeDataString(named[(named.LastIndexOf('/') + 1)..]), call.Rights.Who) : null)
            ?? await KeepAsync(call, [new(entity, [EntityMap.Local])], Lifetime(call));
        call.Http.Response.Headers[Header] = Location(map);
    }

    /// <summary>A page of a query out of a map.</summary>
    public static async Task<(EntityPage Page, int Status)> PageAsync(NgsiLdCall call, EntityQuery query, SourceFilters filters)
    {
        var (matches, status) = await OutAsync(call, await MatchesAsync(call, query, filters));
        List<Entity> page = [.. matches.Skip(query.Offset).Take(query.Limit).Select(m => m.Entity)];
        return (new(page, call.Flag("count") ? matches.Count : null, matches.Count > (long)query.Offset + query.Limit), status);
    }

    /// <summary>All that matches a query, here and at the sources, in ordinal order of id.</summary>
    private static async Task<List<GatheredEntity>> MatchesAsync(NgsiLdCall call, EntityQuery query, SourceFilters filters)
    {
        if (await Distribution.Distribution.OfAsync(call) is { } distribution && await DistributedReads.MatchesAsync(distribution, query, filters) is { } gathered) return gathered;
        var found = new List<GatheredEntity>();
        await foreach (var entity in call.Tenant.EnumerateAsync(query with { Offset = 0, Limit = int.MaxValue }, call.Rights, call.Cancel))
        {
            found.Add(new(entity, [EntityMap.Local]));
            if (found.Count > call.Hub.Options.MaxGatheredEntities) throw DistributedReads.TooMany(call.Hub.Options.MaxGatheredEntities);
        }
        return found;
    }
}
