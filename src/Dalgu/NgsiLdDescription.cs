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
        ["aggrPeriodDuration"] = "The length of each period, such as PT5M; the whole span where it is not named", ["deleteAll"] = "true deletes every instance of the attribute", ["details"] = "true returns more of each",
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
                [operation.Method switch { "GET" => "200", "POST" when operation.Name.EndsWith("create", StringComparison.Ordinal) => "201", "POST" when operation.Name == "batch.query" => "200", _ => "204" }] = new OpenApiResponse { Description = "Done" },
                ["default"] = new OpenApiResponse
                {
                    Description = "Refused: a problem of RFC 9457 with a type of NGSI-LD",
                    Content = new Dictionary<string, OpenApiMediaType> { ["application/problem+json"] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.Object } } },
                },
            },
        };
        foreach (Match part in RoutePart().Matches(operation.Route)) described.Parameters.Add(Parameter(part.Groups[1].Value, ParameterLocation.Path, "A part of the address"));
        foreach (var name in operation.Parameters) described.Parameters.Add(Parameter(name, ParameterLocation.Query, Meanings.GetValueOrDefault(name) ?? $"{name}, as clause {operation.Clause} says"));
        described.Parameters.Add(Parameter("NGSILD-Tenant", ParameterLocation.Header, "The tenant; the default one where it is not named"));
        described.Parameters.Add(Parameter("Link", ParameterLocation.Header, "The @context of the names, with rel=\"http://www.w3.org/ns/json-ld#context\""));
        if (operation.Bodies.Count > 0)
            described.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = operation.Bodies.ToDictionary(b => b, _ => new OpenApiMediaType { Schema = new OpenApiSchema { Type = operation.Name.StartsWith("batch", StringComparison.Ordinal) && operation.Name != "batch.query" ? JsonSchemaType.Array : JsonSchemaType.Object } }),
            };
        return described;
    }

    private static OpenApiParameter Parameter(string name, ParameterLocation where, string meaning) =>
        new() { Name = name, In = where, Required = where == ParameterLocation.Path, Description = meaning, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex RoutePart();
}
