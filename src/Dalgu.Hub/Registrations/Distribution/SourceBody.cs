using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;

namespace Dalgu.Hub.Registrations.Distribution;

/// <summary>Makes the body that a source is sent out of the one that came: the part that concerns it, in its names, with the @context where that belongs
/// (clauses 4.3.6.6 and 6.3.5). Values are copied as they came.</summary>
internal static class SourceBody
{
    /// <summary>An entity or a fragment of one.</summary>
    /// <param name="body">What came.</param>
    /// <param name="own">The @context of what came.</param>
    /// <param name="target">The source.</param>
    /// <param name="only">The attributes (IRIs) that concern the source; null for all.</param>
    public static ReadOnlyMemory<byte> Of(JsonElement body, LdContext own, SourceTarget target, IReadOnlySet<string>? only) =>
        Write(json => WriteEntity(json, body, own, target, only));

    /// <summary>An array of entities or fragments.</summary>
    public static ReadOnlyMemory<byte> OfMany(IEnumerable<(JsonElement Body, LdContext Own, IReadOnlySet<string>? Only)> items, SourceTarget target) => Write(json =>
    {
        json.WriteStartArray();
        foreach (var (body, own, only) in items) WriteEntity(json, body, own, target, only);
        json.WriteEndArray();
    });

    /// <summary>An attribute, or a fragment of one.</summary>
    public static ReadOnlyMemory<byte> OfAttribute(JsonElement body, LdContext own, SourceTarget target) => Write(json =>
    {
        if (body.ValueKind != JsonValueKind.Object) json.WriteRawValue(JsonMarshal.GetRawUtf8Value(body), true);
        else WriteMembers(json, body, own, target);
    });

    /// <summary>Ids.</summary>
    public static ReadOnlyMemory<byte> OfIds(IEnumerable<string> ids) => Write(json =>
    {
        json.WriteStartArray();
        foreach (var id in ids) json.WriteStringValue(id);
        json.WriteEndArray();
    });

    private static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(bytes, PlainJson.Writer);
        write(json);
        json.Flush();
        return bytes.WrittenMemory;
    }

    private static void WriteEntity(Utf8JsonWriter json, JsonElement body, LdContext own, SourceTarget target, IReadOnlySet<string>? only)
    {
        var isSame = ReferenceEquals(own, target.Names);
        json.WriteStartObject();
        foreach (var member in body.EnumerateObject())
        {
            if (member.Name == "@context") continue;
            if (member.Name is "id" or "@id" or "type" or "@type" || only is null && member.Name is "scope" or "expiresAt")
            {
                json.WritePropertyName(member.Name);
                if (isSame || member.Name is not ("type" or "@type")) Raw(json, member.Value);
                else WriteNames(json, member.Value, own, target);
                continue;
            }
            var iri = own.ExpandAttribute(member.Name);
            if (only?.Contains(iri) == false || member.Name is "createdAt" or "modifiedAt") continue;
            json.WritePropertyName(isSame ? member.Name : target.Names.Compact(iri));
            if (isSame) Raw(json, member.Value);
            else WriteAttribute(json, member.Value, own, target);
        }
        End(json, target);
    }

    private static void WriteMembers(Utf8JsonWriter json, JsonElement body, LdContext own, SourceTarget target)
    {
        json.WriteStartObject();
        foreach (var member in body.EnumerateObject())
            if (member.Name != "@context") WriteMember(json, member, own, target, ReferenceEquals(own, target.Names));
        End(json, target);
    }

    private static void End(Utf8JsonWriter json, SourceTarget target)
    {
        if (target.SendsInline) EntityJsonWriter.WriteContext(json, target.Names);
        json.WriteEndObject();
    }

    private static void WriteAttribute(Utf8JsonWriter json, JsonElement value, LdContext own, SourceTarget target)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in value.EnumerateArray()) WriteAttribute(json, item, own, target);
                json.WriteEndArray();
                return;
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var member in value.EnumerateObject()) WriteMember(json, member, own, target, isSame: false);
                json.WriteEndObject();
                return;
            default: Raw(json, value); return;
        }
    }

    private static void WriteMember(Utf8JsonWriter json, JsonProperty member, LdContext own, SourceTarget target, bool isSame)
    {
        var isWord = member.Name is "type" or "@type" or "@value" or "value" or "object" or "languageMap" or "vocab" or "valueList" or "objectList" or "json" or "unitCode" or "datasetId"
            or "observedAt" or "expiresAt" or "objectType" or "lang" or "coordinates" or "geometries" or "createdAt" or "modifiedAt" or "deletedAt" or "instanceId";
        json.WritePropertyName(isSame || isWord ? member.Name : target.Names.Compact(own.ExpandAttribute(member.Name)));
        if (isSame || isWord && member.Name is not ("vocab" or "objectType")) Raw(json, member.Value);
        else if (isWord) WriteNames(json, member.Value, own, target);
        else WriteAttribute(json, member.Value, own, target);
    }

    private static void WriteNames(Utf8JsonWriter json, JsonElement names, LdContext own, SourceTarget target)
    {
        if (names.ValueKind == JsonValueKind.String) json.WriteStringValue(target.Names.Compact(own.Expand(names.GetString()!)));
        else if (names.ValueKind == JsonValueKind.Array)
        {
            json.WriteStartArray();
            foreach (var name in names.EnumerateArray()) WriteNames(json, name, own, target);
            json.WriteEndArray();
        }
        else Raw(json, names);
    }

    private static void Raw(Utf8JsonWriter json, JsonElement value) => json.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), true);
}
