using System.Text.Json;
using Dalgu.Hub.Http;

namespace Dalgu.Hub.Query;

/// <summary>Reads a query that comes as a body (clause 5.2.23).</summary>
internal sealed class QueryBody
{
    private static readonly string[] Known =
        ["type", "entities", "attrs", "q", "geoQ", "scopeQ", "lang", "datasetId", "pick", "omit", "orderBy", "local", "temporalQ", "join", "joinLevel", "containedBy", "jsonKeys", "expandValues", "ordering", "aggrParams", "csf", "splitEntities", "entityMap", "entityMapLifetime", "@context"];
    private readonly NgsiLdCall call;
    private readonly JsonElement body, geo, ordering, aggregation;

    /// <summary>Takes a body; what concerns more than the entities (csf, splitEntities, entityMap) becomes that of the call.</summary>
    public QueryBody(NgsiLdCall call, JsonElement body)
    {
        (this.call, this.body) = (call, body);
        (geo, ordering, aggregation) = (Part("geoQ"), Part("ordering"), Part("aggrParams"));
        call.InBody = name => name is "csf" or "entityMapLifetime" ? Text(body, name) : name is "splitEntities" or "entityMap" && body.TryGetProperty(name, out var flag) ? flag.ToString().ToLowerInvariant() : null;
    }

    private JsonElement Part(string name) => !body.TryGetProperty(name, out var part) ? default
        : part.ValueKind == JsonValueKind.Object ? part : throw new Problem(ProblemKind.BadRequestData, $"The member {name} is an object.");

    /// <summary>The body where it is an object of the type Query.</summary>
    /// <exception cref="Problem">BadRequestData where it is none.</exception>
    public static JsonElement Require(JsonElement body) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("Query"u8) ? body
        : throw new Problem(ProblemKind.BadRequestData, "The body of a query is an object of the type \"Query\".");

    /// <summary>The query.</summary>
    /// <exception cref="Problem">BadRequestData where a member cannot be read.</exception>
    public EntityQuery Read()
    {
        foreach (var member in body.EnumerateObject())
            if (!Known.Contains(member.Name)) throw new Problem(ProblemKind.BadRequestData, $"A query has no member \"{Iri.Shorten(member.Name)}\".");
        if (body.TryGetProperty("temporalQ", out _) && !call.Operation.Name.StartsWith("temporal", StringComparison.Ordinal)) throw new Problem(ProblemKind.BadRequestData, "The member temporalQ belongs to a temporal query; send it to /temporal/entityOperations/query.");
        if (ordering.ValueKind == JsonValueKind.Object) _ = Text(ordering, "geometry");
        var query = new QueryParser(call.Context, call.Hub.Options).Parse(Parameter);
        if (body.TryGetProperty("entities", out var entities)) query = query with { AnyOf = Selectors(entities) };
        var isLocal = call.Flag("local") || body.TryGetProperty("local", out var local) && local.ValueKind == JsonValueKind.True;
        if (query is { AnyOf: null, Geo: null, LooksAtAttributes: false } && !isLocal)
            throw new Problem(ProblemKind.BadRequestData, "The query is too wide: name at least one of entities, attrs, q, geoQ, of attributes that are not the system's own; or send it with local=true (clause 5.7.2.4).");
        return query;
    }

    /// <summary>A member of the body as the text that the parameter of its name would have.</summary>
    public string? Parameter(string name) => name switch
    {
        "attrs" or "datasetId" or "pick" or "omit" or "containedBy" or "jsonKeys" or "expandValues" => List(body, name),
        "orderBy" => List(ordering.ValueKind == JsonValueKind.Object ? ordering : body, name),
        "collation" => ordering.ValueKind == JsonValueKind.Object ? Text(ordering, name) : null,
        "orderGeometry" => ordering.ValueKind == JsonValueKind.Object ? Text(ordering, "geometry") : null,
        "orderFrom" => ordering.ValueKind != JsonValueKind.Object || !ordering.TryGetProperty("coordinates", out var from) ? null
            : from.ValueKind == JsonValueKind.Array ? from.GetRawText() : throw new Problem(ProblemKind.BadRequestData, "The coordinates of ordering are an array of numbers."),
        "q" or "scopeQ" or "lang" or "join" or "csf" => Text(body, name),
        "joinLevel" => body.TryGetProperty(name, out var level) ? level.ValueKind == JsonValueKind.Number ? level.GetRawText() : Text(body, name) : null,
        "georel" or "geometry" or "geoproperty" => geo.ValueKind == JsonValueKind.Object ? Text(geo, name) : null,
        "coordinates" => geo.ValueKind == JsonValueKind.Object && geo.TryGetProperty("coordinates", out var c) ? c.ValueKind == JsonValueKind.String ? c.GetString() : c.GetRawText() : null,
        "timerel" or "timeAt" or "endTimeAt" or "timeproperty" or "lastN" or "aggrMethods" or "aggrPeriodDuration" => Temporal(name),
        "limit" or "offset" => call.Parameter(name),
        _ => null,
    };

    /// <summary>A member of temporalQ, or the parameter of its name.</summary>
    private string? Temporal(string name)
    {
        if (name is "aggrMethods" && aggregation.ValueKind == JsonValueKind.Object) return List(aggregation, name);
        if (name is "aggrPeriodDuration" && aggregation.ValueKind == JsonValueKind.Object) return Text(aggregation, name);
        if (!body.TryGetProperty("temporalQ", out var temporal)) return call.Parameter(name);
        if (temporal.ValueKind != JsonValueKind.Object) throw new Problem(ProblemKind.BadRequestData, "The member temporalQ is an object.");
        return !temporal.TryGetProperty(name, out var value) ? call.Parameter(name) : value.ValueKind switch
        {
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.Array => string.Join(',', value.EnumerateArray().Select(i => i.ToString())),
            _ => Text(temporal, name),
        };
    }

    private EntitySelector[] Selectors(JsonElement entities)
    {
        if (entities.ValueKind != JsonValueKind.Array || entities.GetArrayLength() is 0 or > 1000) throw new Problem(ProblemKind.BadRequestData, "The member entities is an array of 1 to 1,000 selectors.");
        return [.. entities.EnumerateArray().Select(selector =>
        {
            if (selector.ValueKind != JsonValueKind.Object) throw new Problem(ProblemKind.BadRequestData, "A selector of entities is an object with type, id or idPattern.");
            if (!selector.TryGetProperty("type", out _)) throw new Problem(ProblemKind.BadRequestData, "A selector of entities has no \"type\" (clause 5.2.33).");
            var ids = selector.TryGetProperty("id", out var id) ? id.ValueKind == JsonValueKind.Array ? id.EnumerateArray().Select(OneId).ToArray() : [OneId(id)] : null;
            return new EntitySelector(Text(selector, "type") is { } type and not "*" ? TypeSelection.Parse(type, call.Context) : null, ids,
                ids is null && Text(selector, "idPattern") is { } pattern ? Patterns.Compile(pattern, call.Hub.Options) : null);
        })];
    }

    private static string OneId(JsonElement id) => id.ValueKind == JsonValueKind.String ? Iri.Require(id.GetString(), "The id") : throw new Problem(ProblemKind.BadRequestData, "The id of a selector is a URI in a string, or an array of these.");

    private static string? List(JsonElement of, string name) => !of.TryGetProperty(name, out var list) ? null
        : list.ValueKind == JsonValueKind.String ? list.GetString()
        : list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(i => i.ValueKind == JsonValueKind.String) ? string.Join(',', list.EnumerateArray().Select(i => i.GetString()))
        : throw new Problem(ProblemKind.BadRequestData, $"The member {name} is an array of texts.");

    private static string? Text(JsonElement of, string name) => !of.TryGetProperty(name, out var value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString() : throw new Problem(ProblemKind.BadRequestData, $"The member {name} is a text.");
}
