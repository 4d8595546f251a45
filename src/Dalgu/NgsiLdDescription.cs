using System.Text.RegularExpressions;
using Dalgu.Hub.Access;
using Dalgu.Hub.Http;
using Microsoft.OpenApi;

namespace Dalgu;

/// <summary>Adds the operations of NGSI-LD to the API description, from the same table that routes them.</summary>
internal static partial class NgsiLdDescription
{
    /// <summary>What the parameters mean; one that is not here is described by its name and its clause.</summary>
    private static readonly Dictionary<string, string> Meanings = new(StringComparer.Ordinal)
    {
        ["id"] = "Entity ids, separated by commas", ["type"] = "A type selection: names joined by ',' or '|' (or) and ';' (and)", ["idPattern"] = "A regular expression that the id matches",
        ["attrs"] = "Attributes of which an entity has at least one, and which alone are returned", ["pick"] = "The members to return", ["omit"] = "The members not to return",
        ["q"] = "A filter, such as speed>50;brandName==\"Hyundai\"", ["scopeQ"] = "A filter over scopes, such as /대구/#",
        ["georel"] = "near;maxDistance==METRES, near;minDistance==METRES, within, contains, intersects, equals, disjoint, overlaps", ["geometry"] = "The kind of the reference geometry, such as Point",
        ["coordinates"] = "The coordinates of the reference geometry, as a JSON array", ["geoproperty"] = "The GeoProperty that is looked at; location where it is not named",
        ["limit"] = "The most results of a page", ["offset"] = "How many results to skip", ["count"] = "true adds the header NGSILD-Results-Count", ["orderBy"] = "Paths to sort by, each with ;asc or ;desc",
        ["options"] = "keyValues, concise, sysAttrs, temporalValues, aggregatedValues, noOverwrite, update, separated by commas", ["format"] = "normalized, concise, simplified, temporalValues or aggregatedValues",
        ["lang"] = "The language in which texts of several languages are returned", ["datasetId"] = "Only instances of these datasets; @none for the default one",
        ["timerel"] = "before, after or between", ["timeAt"] = "An instant in UTC", ["endTimeAt"] = "The end of timerel=between", ["timeproperty"] = "observedAt, createdAt, modifiedAt or deletedAt",
        ["lastN"] = "The most instances of each attribute, latest first", ["aggrMethods"] = "totalCount, distinctCount, sum, avg, min, max, stddev, sumsq, separated by commas",
        ["aggrPeriodDuration"] = "The length of each period, such as PT5M; the whole span where it is not named", ["collation"] = "The order of texts, such as ko or de-u-co-phonebk", ["orderFrom"] = "From where dist-asc and dist-desc measure, as a JSON array", ["orderGeometry"] = "The kind of orderFrom; Point where it is not named",
        ["expandValues"] = "Attributes whose values in q are terms of the @context", ["jsonKeys"] = "Attributes whose values in q are plain JSON", ["join"] = "flat, inline or @none: how linked entities come along", ["joinLevel"] = "How many links away they may be",
        ["containedBy"] = "Ids that the caller has already", ["csf"] = "A filter over the properties of context sources", ["local"] = "true asks this broker alone", ["splitEntities"] = "true filters entities put together from all sources",
        ["entityMap"] = "true makes a map of what matches, named in NGSILD-EntityMap", ["entityMapLifetime"] = "How long the map is wanted, such as PT1H", ["geometryProperty"] = "The GeoProperty that becomes a feature's geometry",
        ["keep"] = "The attributes that stay", ["drop"] = "The attributes that go", ["kind"] = "Hosted, Cached or ImplicitlyCreated", ["reload"] = "true fetches the @context anew", ["observedAt"] = "The observedAt of merged attributes that had one",
        ["deleteAll"] = "true deletes every instance of the attribute", ["details"] = "true returns more of each",
    };

    /// <summary>Adds every operation of the table to a document.</summary>
    public static void AddTo(OpenApiDocument document)
    {
        foreach (var route in Operations.All.GroupBy(o => o.Route, StringComparer.Ordinal))
        {
            var item = new OpenApiPathItem { Operations = [] };
            foreach (var operation in route) item.Operations[new HttpMethod(operation.Method)] = Describe(operation, document);
            document.Paths[NgsiLdRoutes.Root + route.Key] = item;
        }
    }

    private static OpenApiOperation Describe(Operation operation, OpenApiDocument document)
    {
        var described = new OpenApiOperation
        {
            OperationId = operation.Name, Summary = operation.Summary,
            Description = $"ETSI GS CIM 009, clause {operation.Clause}." + (operation.Least > Role.Anonymous ? $" Needs the role {operation.Least.ToString().ToLowerInvariant()}." : " Answers with what the caller may read."),
            Tags = new HashSet<OpenApiTagReference> { new("NGSI-LD", document) },
            Parameters = [],
            Responses = new OpenApiResponses
            {
                ["default"] = new OpenApiResponse
                {
                    Description = "Refused: a problem of RFC 9457 with a type of NGSI-LD; 411 and 415 have no body",
                    Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.Object } } },
                },
            },
        };
        foreach (var (status, meaning) in Successes(operation)) described.Responses[status] = new OpenApiResponse { Description = meaning };
        foreach (Match part in RoutePart().Matches(operation.Route)) described.Parameters.Add(Parameter(part.Groups[1].Value, ParameterLocation.Path, "A part of the address"));
        foreach (var name in operation.Parameters) described.Parameters.Add(Parameter(name, ParameterLocation.Query, Meanings.GetValueOrDefault(name) ?? $"{name}, as clause {operation.Clause} says"));
        described.Parameters.Add(Parameter("NGSILD-Tenant", ParameterLocation.Header, "The tenant; the default one where it is not named"));
        if (operation.Name is not ("info.identity" or "relay.notify") && !operation.Name.StartsWith("snapshots.", StringComparison.Ordinal) && !operation.Name.StartsWith("registrations.", StringComparison.Ordinal) && !operation.Name.StartsWith("contexts.", StringComparison.Ordinal))
            described.Parameters.Add(Parameter("NGSILD-Snapshot", ParameterLocation.Header, "The snapshot that the operation is about; the present where it is not named"));
        if (operation.Name is "entities.query" or "entities.retrieve" or "batch.query") described.Parameters.Add(Parameter("Prefer", ParameterLocation.Header, "ngsi-ld=1.5 for an earlier version, body=json for GeoJSON without its @context"));
        described.Parameters.Add(Parameter("Link", ParameterLocation.Header, "The @context of the names, with rel=\"http://www.w3.org/ns/json-ld#context\""));
        if (operation.Bodies.Count > 0)
            described.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = operation.Bodies.ToDictionary(b => b, _ => new OpenApiMediaType { Schema = new OpenApiSchema { Type = operation.Name.StartsWith("batch", StringComparison.Ordinal) && operation.Name != "batch.query" ? JsonSchemaType.Array : JsonSchemaType.Object } }),
            };
        return described;
    }

    /// <summary>How an operation answers where it is done, as clause 6 says.</summary>
    private static IEnumerable<(string Status, string Meaning)> Successes(Operation operation)
    {
        var (name, isWrite) = (operation.Name, operation.Method != "GET");
        if (name is "entities.query" or "entities.retrieve" or "batch.query") yield return ("203", "The same, written as an earlier version knew it (Prefer)");
        if (name.StartsWith("temporal.", StringComparison.Ordinal) && (!isWrite || name == "temporal.batch.query")) yield return ("206", "A part; Content-Range says which");
        if (name is "entities.query" or "batch.query" or "temporal.query" or "temporal.batch.query" || name.StartsWith("maps.create", StringComparison.Ordinal)) yield return ("201", "With the entity map that was made for it");
        if (name.StartsWith("maps.create", StringComparison.Ordinal)) yield break;
        if (!isWrite || name is "batch.query" or "temporal.batch.query" or "snapshots.update" or "relay.notify") yield return ("200", "The answer");
        else if (operation.Method == "POST" && (name.EndsWith("create", StringComparison.Ordinal) || name is "contexts.add" or "snapshots.clone" or "batch.upsert")) yield return ("201", "Created; Location, or the ids, say what");
        if (isWrite && operation.Method != "POST" && name != "snapshots.update" || name is "batch.upsert" or "batch.update" or "batch.merge" or "batch.delete" or "temporal.create" or "attributes.append" or "temporal.attributes.append") yield return ("204", "Done");
        if (isWrite && (name.StartsWith("entities.", StringComparison.Ordinal) || name.StartsWith("attribute", StringComparison.Ordinal) || name.StartsWith("batch.", StringComparison.Ordinal) && name != "batch.query" || name == "snapshots.purge"))
            yield return ("207", "Done in part; the body says what was not");
    }

    private static OpenApiParameter Parameter(string name, ParameterLocation where, string meaning) =>
        new() { Name = name, In = where, Required = where == ParameterLocation.Path, Description = meaning, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex RoutePart();
}
