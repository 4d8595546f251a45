using System.Buffers;
using System.Text.Json;

namespace Dalgu.Hub.Entities;

/// <summary>Merges compound values as RFC 7396 says, with <c>urn:ngsi-ld:null</c> in the place of null (clause 5.5.12).</summary>
internal static class JsonMerge
{
    /// <summary>True where an object or array holds <c>urn:ngsi-ld:null</c>.</summary>
    public static bool HoldsNull(ReadOnlySpan<byte> json) => json.Length > EntityJsonReader.Null.Length && json[0] is (byte)'{' or (byte)'[' && json.IndexOf("\"urn:ngsi-ld:null\""u8) >= 0;

    /// <summary>A value with a patch merged into it: members of objects one by one, everything else replaced.</summary>
    /// <param name="current">The value, UTF-8 JSON; empty for none.</param>
    /// <param name="patch">The patch, UTF-8 JSON.</param>
    public static ReadOnlyMemory<byte> Apply(ReadOnlyMemory<byte> current, ReadOnlyMemory<byte> patch)
    {
        if (patch.Span[0] != '{' || (current.IsEmpty || current.Span[0] != '{') && !HoldsNull(patch.Span)) return patch;
        var bytes = new ArrayBufferWriter<byte>(current.Length + patch.Length);
        using (var json = new Utf8JsonWriter(bytes, PlainJson.Writer))
        using (var change = JsonDocument.Parse(patch))
            if (current.IsEmpty) Write(json, null, change.RootElement);
            else
            {
                using var state = JsonDocument.Parse(current);
                Write(json, state.RootElement, change.RootElement);
            }
        return bytes.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter json, JsonElement? current, JsonElement patch)
    {
        if (patch.ValueKind != JsonValueKind.Object)
        {
            patch.WriteTo(json);
            return;
        }
        json.WriteStartObject();
        var isObject = current is { ValueKind: JsonValueKind.Object };
        if (isObject)
            foreach (var member in current!.Value.EnumerateObject())
            {
                if (patch.TryGetProperty(member.Name, out var change) && IsNull(change)) continue;
                json.WritePropertyName(member.Name);
                if (change.ValueKind == JsonValueKind.Undefined) member.Value.WriteTo(json);
                else Write(json, member.Value, change);
            }
        foreach (var member in patch.EnumerateObject())
        {
            if (IsNull(member.Value) || isObject && current!.Value.TryGetProperty(member.Name, out _)) continue;
            json.WritePropertyName(member.Name);
            Write(json, null, member.Value);
        }
        json.WriteEndObject();
    }

    private static bool IsNull(JsonElement value) => value.ValueKind == JsonValueKind.String && value.ValueEquals("urn:ngsi-ld:null"u8);
}
