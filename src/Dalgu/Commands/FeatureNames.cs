using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dalgu.Commands;

/// <summary>Makes an entity of a GeoJSON feature: the geometry becomes the GeoProperty <c>location</c>, each property a Property.</summary>
/// <param name="type">The entity type.</param>
/// <param name="idProperty">The property that holds the id; null for the feature's id, then its property <c>id</c>, then a hash.</param>
internal sealed class FeatureNames(string type, string? idProperty)
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public bool TryMakeEntity(JsonElement feature, byte[] json, out string? id, out byte[]? entity, out string? refusal)
    {
        (id, entity, refusal) = (null, null, null);
        if (feature.ValueKind != JsonValueKind.Object || !feature.TryGetProperty("type", out var kind) || kind.ValueKind != JsonValueKind.String || kind.GetString() != "Feature")
        {
            refusal = "The row is no GeoJSON feature.";
            return false;
        }
        var properties = feature.TryGetProperty("properties", out var found) && found.ValueKind == JsonValueKind.Object ? found : default;
        if (IdOf(feature, properties, json) is not { } name)
        {
            refusal = $"The feature has no property \"{idProperty}\", which --id-property names.";
            return false;
        }
        id = Iri.IsAbsolute(name) && name.Contains(':') && (name.StartsWith("urn:", StringComparison.Ordinal) || name.Contains("://", StringComparison.Ordinal)) ? name : $"urn:ngsi-ld:{type}:{Uri.EscapeDataString(name)}";
        var buffer = new ArrayBufferWriter<byte>(json.Length + 256);
        using (var to = new Utf8JsonWriter(buffer, Plain)) Write(to, id, feature, properties);
        entity = buffer.WrittenSpan.ToArray();
        return true;
    }

    private string? IdOf(JsonElement feature, JsonElement properties, byte[] json)
    {
        if (idProperty is not null) return Scalar(properties, idProperty);
        return Scalar(feature, "id") ?? Scalar(properties, "id") ?? Convert.ToHexStringLower(SHA256.HashData(json))[..16];
    }

    private static string? Scalar(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number && value.ToString() is { Length: > 0 } text ? text : null;

    private void Write(Utf8JsonWriter to, string id, JsonElement feature, JsonElement properties)
    {
        to.WriteStartObject();
        to.WriteString("id", id);
        to.WriteString("type", type);
        if (feature.TryGetProperty("geometry", out var geometry) && geometry.ValueKind == JsonValueKind.Object)
        {
            to.WriteStartObject("location");
            to.WriteString("type", "GeoProperty");
            to.WritePropertyName("value");
            geometry.WriteTo(to);
            to.WriteEndObject();
        }
        var names = new HashSet<string>(StringComparer.Ordinal) { "id", "type", "scope", "location" };
        if (properties.ValueKind == JsonValueKind.Object)
            foreach (var property in properties.EnumerateObject())
            {
                if (property.Value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined || property.Name is "id" or "@context") continue;
                var name = AttributeName(property.Name);
                while (!names.Add(name)) name += "_";
                to.WriteStartObject(name);
                to.WriteString("type", "Property");
                to.WritePropertyName("value");
                property.Value.WriteTo(to);
                to.WriteEndObject();
            }
        to.WriteEndObject();
    }

    /// <summary>A property's name as an attribute may have it: letters, digits and underscores, beginning with a letter.</summary>
    private static string AttributeName(string name)
    {
        var text = string.Concat(name.Select(c => char.IsLetterOrDigit(c) || c == '_' ? c : '_'));
        return text.Length > 0 && char.IsLetter(text[0]) ? text : "p" + text;
    }
}
