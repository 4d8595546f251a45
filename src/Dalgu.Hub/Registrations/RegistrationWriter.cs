using System.Runtime.InteropServices;
using System.Text.Json;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;

namespace Dalgu.Hub.Registrations;

/// <summary>Writes registrations as JSON, names compacted.</summary>
internal static class RegistrationWriter
{
    /// <summary>Writes a registration.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="registration">The registration.</param>
    /// <param name="context">Compacts the names.</param>
    /// <param name="withTimes">True adds when it came and changed.</param>
    /// <param name="withContext">True adds the @context.</param>
    /// <param name="only">The part of the information to write; null for all.</param>
    /// <param name="typesInArrays">True writes even a single type as an array, so that a receiver meets one shape.</param>
    public static void Write(Utf8JsonWriter json, Registration registration, LdContext context, bool withTimes, bool withContext, RegistrationQuestion? only = null, bool typesInArrays = false)
    {
        using var document = JsonDocument.Parse(registration.Document);
        json.WriteStartObject();
        var (hasMode, hasOperations) = (false, false);
        foreach (var member in document.RootElement.EnumerateObject())
        {
            if (member.Name is "createdAt" or "modifiedAt" && !withTimes) continue;
            hasMode |= member.Name == "mode";
            hasOperations |= member.Name == "operations";
            json.WritePropertyName(RegistrationReader.Known.Contains(member.Name) ? member.Name : context.Compact(member.Name));
            if (member.Name == "information") WriteInformation(json, member.Value, registration, context, only, typesInArrays);
            else json.WriteRawValue(JsonMarshal.GetRawUtf8Value(member.Value), true);
        }
        if (!hasMode) json.WriteString("mode"u8, "inclusive"u8);
        if (!hasOperations)
        {
            json.WriteStartArray("operations"u8);
            json.WriteStringValue(registration.Mode == RegistrationMode.Auxiliary ? "retrieveOps"u8 : "federationOps"u8);
            json.WriteEndArray();
        }
        WriteRecord(json, registration.Record);
        if (withContext) EntityJsonWriter.WriteContext(json, context);
        json.WriteEndObject();
    }

    private static void WriteRecord(Utf8JsonWriter json, SourceRecord record)
    {
        if (record.Sent == 0) return;
        var (success, failure) = (record.LastSuccess, record.LastFailure);
        json.WriteString("status"u8, failure is not null && (success is null || failure > success) ? "failed"u8 : "ok"u8);
        json.WriteNumber("timesSent"u8, record.Sent);
        json.WriteNumber("timesFailed"u8, record.Failed);
        if (success is { } s) EntityJsonWriter.WriteTime(json, "lastSuccess"u8, s);
        if (failure is { } f) EntityJsonWriter.WriteTime(json, "lastFailure"u8, f);
    }

    private static void WriteInformation(Utf8JsonWriter json, JsonElement information, Registration registration, LdContext context, RegistrationQuestion? only, bool typesInArrays)
    {
        json.WriteStartArray();
        var at = 0;
        foreach (var part in information.EnumerateArray())
        {
            if (only is not null && !RegistrationMatch.Matches(registration.Information[at++], only)) continue;
            json.WriteStartObject();
            foreach (var member in part.EnumerateObject())
            {
                json.WriteStartArray(member.Name);
                foreach (var item in member.Value.EnumerateArray())
                    if (member.Name != "entities") json.WriteStringValue(context.Compact(item.GetString()!));
                    else WriteEntity(json, item, context, typesInArrays);
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteEntity(Utf8JsonWriter json, JsonElement entity, LdContext context, bool typesInArrays)
    {
        json.WriteStartObject();
        foreach (var member in entity.EnumerateObject())
            if (member.Name != "type") json.WriteString(member.Name, member.Value.GetString());
            else if (member.Value.ValueKind == JsonValueKind.String && !typesInArrays) json.WriteString("type"u8, context.Compact(member.Value.GetString()!));
            else
            {
                json.WriteStartArray("type"u8);
                if (member.Value.ValueKind == JsonValueKind.String) json.WriteStringValue(context.Compact(member.Value.GetString()!));
                else foreach (var type in member.Value.EnumerateArray()) json.WriteStringValue(context.Compact(type.GetString()!));
                json.WriteEndArray();
            }
        json.WriteEndObject();
    }
}
