using System.Text.Json;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Registrations;
using Dalgu.Hub.Registrations.Distribution;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Discovery;

/// <summary>Which types and attributes there are (clauses 5.7.5 to 5.7.10), from counts that each commit keeps up.</summary>
internal static class DiscoveryEndpoints
{
    private static readonly string[] Forms = [MediaTypes.Json, MediaTypes.JsonLd];

    /// <summary>GET /types</summary>
    public static async Task Types(NgsiLdCall call)
    {
        var media = MediaTypes.Choose(call.Http.Request.Headers.Accept, Forms);
        var details = call.Flag("details");
        var census = await DistributedDiscovery.CensusAsync(call, details ? SourceOperations.RetrieveEntityTypeDetails : SourceOperations.RetrieveEntityTypes);
        await call.AnswerAsync(StatusCodes.Status200OK, media, json =>
        {
            if (details)
            {
                json.WriteStartArray();
                foreach (var type in census)
                {
                    Begin(json, type.Type, "EntityType");
                    json.WriteString("typeName"u8, call.Context.Compact(type.Type));
                    Names(json, call, "attributeNames"u8, type.Attributes.Select(a => a.Attribute).Distinct(StringComparer.Ordinal));
                    End(json, call, media);
                }
                json.WriteEndArray();
                return;
            }
            Begin(json, "urn:ngsi-ld:EntityTypeList:local", "EntityTypeList");
            Names(json, call, "typeList"u8, census.Select(t => t.Type));
            End(json, call, media);
        });
    }

    /// <summary>GET /types/{type}</summary>
    public static async Task Type(NgsiLdCall call)
    {
        var media = MediaTypes.Choose(call.Http.Request.Headers.Accept, Forms);
        var name = call.RouteValue("type");
        var iri = call.Context.ExpandType(name);
        var type = (await DistributedDiscovery.CensusAsync(call, SourceOperations.RetrieveEntityTypeInfo, type: iri)).FirstOrDefault(t => t.Type == iri)
            ?? throw new Problem(ProblemKind.ResourceNotFound, $"No entity is of the type \"{Iri.Shorten(name)}\".");
        await call.AnswerAsync(StatusCodes.Status200OK, media, json =>
        {
            Begin(json, type.Type, "EntityTypeInfo");
            json.WriteString("typeName"u8, call.Context.Compact(type.Type));
            json.WriteNumber("entityCount"u8, type.Entities);
            json.WriteStartArray("attributeDetails"u8);
            foreach (var attribute in type.Attributes.GroupBy(a => a.Attribute, StringComparer.Ordinal))
            {
                Begin(json, attribute.Key, "Attribute");
                json.WriteString("attributeName"u8, call.Context.Compact(attribute.Key));
                Kinds(json, attribute.Select(a => a.Kind));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            End(json, call, media);
        });
    }

    /// <summary>GET /attributes</summary>
    public static async Task Attributes(NgsiLdCall call)
    {
        var media = MediaTypes.Choose(call.Http.Request.Headers.Accept, Forms);
        var details = call.Flag("details");
        var census = await DistributedDiscovery.CensusAsync(call, details ? SourceOperations.RetrieveAttrTypeDetails : SourceOperations.RetrieveAttrTypes);
        var attributes = census.SelectMany(t => t.Attributes.Select(a => (a.Attribute, t.Type))).ToLookup(a => a.Attribute, a => a.Type, StringComparer.Ordinal);
        await call.AnswerAsync(StatusCodes.Status200OK, media, json =>
        {
            if (details)
            {
                json.WriteStartArray();
                foreach (var attribute in attributes.OrderBy(a => a.Key, StringComparer.Ordinal))
                {
                    Begin(json, attribute.Key, "Attribute");
                    json.WriteString("attributeName"u8, call.Context.Compact(attribute.Key));
                    Names(json, call, "typeNames"u8, attribute.Distinct(StringComparer.Ordinal));
                    End(json, call, media);
                }
                json.WriteEndArray();
                return;
            }
            Begin(json, "urn:ngsi-ld:AttributeList:local", "AttributeList");
            Names(json, call, "attributeList"u8, attributes.Select(a => a.Key).Order(StringComparer.Ordinal));
            End(json, call, media);
        });
    }

    /// <summary>GET /attributes/{attr}</summary>
    public static async Task Attribute(NgsiLdCall call)
    {
        var media = MediaTypes.Choose(call.Http.Request.Headers.Accept, Forms);
        var name = call.RouteValue("attrId");
        var iri = call.Context.ExpandAttribute(name);
        var census = await DistributedDiscovery.CensusAsync(call, SourceOperations.RetrieveAttrTypeInfo, attribute: iri);
        var found = census.SelectMany(t => t.Attributes.Where(a => a.Attribute == iri).Select(a => (t.Type, a.Kind, a.Entities))).ToList();
        if (found.Count == 0) throw new Problem(ProblemKind.ResourceNotFound, $"No entity has the attribute \"{Iri.Shorten(name)}\".");
        await call.AnswerAsync(StatusCodes.Status200OK, media, json =>
        {
            Begin(json, iri, "Attribute");
            json.WriteString("attributeName"u8, call.Context.Compact(iri));
            json.WriteNumber("attributeCount"u8, found.Sum(f => f.Entities));
            Kinds(json, found.Select(f => f.Kind));
            Names(json, call, "typeNames"u8, found.Select(f => f.Type).Distinct(StringComparer.Ordinal));
            End(json, call, media);
        });
    }

    private static void Begin(Utf8JsonWriter json, string id, string type)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, id);
        json.WriteString("type"u8, type);
    }

    private static void End(Utf8JsonWriter json, NgsiLdCall call, string media)
    {
        if (media == MediaTypes.JsonLd) EntityJsonWriter.WriteContext(json, call.Context);
        json.WriteEndObject();
    }

    private static void Names(Utf8JsonWriter json, NgsiLdCall call, ReadOnlySpan<byte> member, IEnumerable<string> iris)
    {
        json.WriteStartArray(member);
        foreach (var iri in iris) json.WriteStringValue(call.Context.Compact(iri));
        json.WriteEndArray();
    }

    private static void Kinds(Utf8JsonWriter json, IEnumerable<AttributeKind> kinds)
    {
        json.WriteStartArray("attributeTypes"u8);
        foreach (var kind in kinds.Distinct().Order()) json.WriteStringValue(EntityJsonWriter.TypeName(kind));
        json.WriteEndArray();
    }
}
