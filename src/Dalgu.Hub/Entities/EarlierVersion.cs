using System.Text.Json;

namespace Dalgu.Hub.Entities;

/// <summary>Writes entities as an earlier version of the specification knew them: what came later falls back to what was there (clause 4.3.6.8).</summary>
/// <param name="version">The version, major and minor.</param>
/// <param name="simplified">True where attributes are values alone.</param>
/// <param name="geoJson">True where entities are features.</param>
internal sealed class EarlierVersion((int Major, int Minor) version, bool simplified, bool geoJson)
{
    /// <summary>True where something was left out or written otherwise.</summary>
    public bool HasChanged { get; private set; }

    /// <summary>Writes an entity, an array of them, or GeoJSON.</summary>
    public void Write(Utf8JsonWriter json, JsonElement body)
    {
        if (body.ValueKind == JsonValueKind.Array)
        {
            json.WriteStartArray();
            foreach (var entity in body.EnumerateArray()) Write(json, entity);
            json.WriteEndArray();
        }
        else if (geoJson && body.TryGetProperty("features", out var features) && features.ValueKind == JsonValueKind.Array) WriteWith(json, body, "features", features);
        else if (geoJson && body.TryGetProperty("geometry", out _) && body.TryGetProperty("properties", out var properties)) WriteWith(json, body, "properties", properties);
        else if (body.ValueKind == JsonValueKind.Object) WriteEntity(json, body);
        else body.WriteTo(json);
    }

    private void WriteWith(Utf8JsonWriter json, JsonElement body, string inner, JsonElement value)
    {
        json.WriteStartObject();
        foreach (var member in body.EnumerateObject())
        {
            if (member.Name != inner)
            {
                member.WriteTo(json);
                continue;
            }
            json.WritePropertyName(inner);
            Write(json, value);
        }
        json.WriteEndObject();
    }

    private void WriteEntity(Utf8JsonWriter json, JsonElement entity)
    {
        json.WriteStartObject();
        foreach (var member in entity.EnumerateObject())
            switch (member.Name)
            {
                case "expiresAt" when IsBefore(1, 9): Changed(); break;
                case "scope" when IsBefore(1, 4): Changed(); break;
                case "type" when IsBefore(1, 3) && member.Value.ValueKind == JsonValueKind.Array:
                    Changed();
                    json.WritePropertyName(member.Name);
                    member.Value[0].WriteTo(json);
                    break;
                case "id" or "type" or "scope" or "@context" or "createdAt" or "modifiedAt" or "deletedAt" or "expiresAt": member.WriteTo(json); break;
                default:
                    json.WritePropertyName(member.Name);
                    WriteAttribute(json, member.Value);
                    break;
            }
        json.WriteEndObject();
    }

    private void WriteAttribute(Utf8JsonWriter json, JsonElement attribute)
    {
        if (simplified) WriteValue(json, attribute);
        else if (attribute.ValueKind == JsonValueKind.Array && IsBefore(1, 3) && attribute.GetArrayLength() > 0 && attribute[0].ValueKind == JsonValueKind.Object)
        {
            // One instance, and the default one before others.
            Changed();
            WriteInstance(json, attribute.EnumerateArray().FirstOrDefault(i => !i.TryGetProperty("datasetId", out _)) is { ValueKind: JsonValueKind.Object } main ? main : attribute[0]);
        }
        else if (attribute.ValueKind == JsonValueKind.Array)
        {
            json.WriteStartArray();
            foreach (var instance in attribute.EnumerateArray()) WriteInstance(json, instance);
            json.WriteEndArray();
        }
        else WriteInstance(json, attribute);
    }

    private void WriteInstance(Utf8JsonWriter json, JsonElement instance)
    {
        if (instance.ValueKind != JsonValueKind.Object || instance.TryGetProperty("coordinates", out _))
        {
            instance.WriteTo(json);
            return;
        }
        json.WriteStartObject();
        foreach (var member in instance.EnumerateObject())
            switch (member.Name)
            {
                case "type" when member.Value.ValueKind == JsonValueKind.String: json.WriteString(member.Name, Kind(member.Value.GetString()!)); break;
                case "languageMap" when IsBefore(1, 4): Rename(json, "value", member.Value); break;
                case "json" or "vocab" or "valueList" when IsBefore(1, 8): Rename(json, "value", member.Value); break;
                case "objectList" when IsBefore(1, 8): Rename(json, "object", member.Value); break;
                case "datasetId" or "observedAt" or "unitCode" when IsBefore(1, 3): Changed(); break;
                case "objectType" when IsBefore(1, 8): Changed(); break;
                case "expiresAt" or "valueType" when IsBefore(1, 9): Changed(); break;
                case "value" or "object" or "languageMap" or "json" or "vocab" or "valueList" or "objectList" or "createdAt" or "modifiedAt" or "deletedAt" or "instanceId" or "lang" or "entity" or "entityList"
                    or "previousValue" or "previousObject" or "previousLanguageMap" or "previousVocab" or "previousJson" or "previousValueList" or "previousObjectList": member.WriteTo(json); break;
                default:
                    json.WritePropertyName(member.Name);
                    WriteAttribute(json, member.Value);
                    break;
            }
        json.WriteEndObject();
    }

    /// <summary>The value of a simplified attribute, out of the object that says its later kind.</summary>
    private void WriteValue(Utf8JsonWriter json, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Count() == 1)
            foreach (var member in value.EnumerateObject())
                if (member.Name == "languageMap" && IsBefore(1, 4) || member.Name is "json" or "vocab" && IsBefore(1, 8))
                {
                    Changed();
                    member.Value.WriteTo(json);
                    return;
                }
        value.WriteTo(json);
    }

    private void Rename(Utf8JsonWriter json, string name, JsonElement value)
    {
        Changed();
        json.WritePropertyName(name);
        if (name != "object" || value.ValueKind != JsonValueKind.Array)
        {
            value.WriteTo(json);
            return;
        }
        json.WriteStartArray();
        foreach (var item in value.EnumerateArray()) (item.ValueKind == JsonValueKind.Object && item.TryGetProperty("object", out var target) ? target : item).WriteTo(json);
        json.WriteEndArray();
    }

    private string Kind(string kind)
    {
        var known = kind switch
        {
            "LanguageProperty" when IsBefore(1, 4) => "Property",
            "JsonProperty" or "VocabProperty" or "ListProperty" when IsBefore(1, 8) => "Property",
            "ListRelationship" when IsBefore(1, 8) => "Relationship",
            _ => kind,
        };
        if (known != kind) Changed();
        return known;
    }

    private bool IsBefore(int major, int minor) => version.Major < major || version.Major == major && version.Minor < minor;

    private void Changed() => HasChanged = true;
}
