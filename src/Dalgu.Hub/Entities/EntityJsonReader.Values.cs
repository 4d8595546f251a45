using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Dalgu.Hub.Query;

namespace Dalgu.Hub.Entities;

/// <content>The value of an instance, by the kind of its attribute.</content>
public sealed partial class EntityJsonReader
{
    private ReadOnlyMemory<byte> ReadValue(string name, JsonElement value, AttributeKind kind)
    {
        if (value.ValueKind == JsonValueKind.Null && kind != AttributeKind.JsonProperty) throw Bad($"The \"{MemberOf(kind)}\" of \"{name}\" is null; to take the attribute away write \"{Null}\".");
        if (IsNull(value)) return Raw(value);
        switch (kind)
        {
            case AttributeKind.Relationship:
                if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0) foreach (var item in value.EnumerateArray()) RequireUri(item);
                else RequireUri(value);
                break;
            case AttributeKind.GeoProperty:
                if (value.ValueKind == JsonValueKind.String) return GeometryFromText(name, value.GetString()!);
                if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("type", out var shape) && shape.ValueKind == JsonValueKind.String && shape.ValueEquals("GeometryCollection"u8)) throw Bad($"The geometry of \"{name}\" is a GeometryCollection, which a GeoProperty cannot hold (clause 4.7.1).");
                Places.Require(value, $"\"{name}\"");
                break;
            case AttributeKind.LanguageProperty:
                if (value.ValueKind != JsonValueKind.Object) throw Bad($"The languageMap of \"{name}\" is no object of language tags.");
                foreach (var text in value.EnumerateObject())
                    if (text.Name.Length == 0 || text.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Array)
                        || text.Value.ValueKind == JsonValueKind.Array && text.Value.EnumerateArray().Any(t => t.ValueKind != JsonValueKind.String)) throw Bad($"The languageMap of \"{name}\" has at \"{Iri.Shorten(text.Name)}\" something that is no text.");
                    else if (!IsLanguageTag(text.Name)) throw Bad($"The languageMap of \"{name}\" has \"{Iri.Shorten(text.Name)}\", which is no language tag; write such as ko, en-GB or @none (RFC 5646).");
                break;
            case AttributeKind.JsonProperty when value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array): throw Bad($"The json of \"{name}\" is neither an object nor an array.");
            case AttributeKind.VocabProperty: return Vocab(name, value);
            case AttributeKind.ListProperty:
                if (value.ValueKind != JsonValueKind.Array) throw Bad($"The valueList of \"{name}\" is no array.");
                break;
            case AttributeKind.ListRelationship:
                if (value.ValueKind != JsonValueKind.Array) throw Bad($"The objectList of \"{name}\" is no array.");
                var list = new List<Dictionary<string, string>>();
                foreach (var item in value.EnumerateArray())
                {
                    var target = item.ValueKind == JsonValueKind.Object && item.TryGetProperty("object", out var o) ? o : item;
                    RequireUri(target);
                    list.Add(new() { ["object"] = target.GetString()! });
                }
                return JsonSerializer.SerializeToUtf8Bytes(list, PlainJson.Options);
        }
        return Raw(value);

        void RequireUri(JsonElement item)
        {
            if (item.ValueKind != JsonValueKind.String) throw Bad($"The object of the relationship \"{name}\" is no URI in a string.");
            if (!IsUri(item)) Iri.Require(item.GetString(), $"The object of the relationship \"{name}\"");
        }
    }

    /// <summary>True for what has the form of a language tag (RFC 5646, clause 2.1), or stands for no language.</summary>
    internal static bool IsLanguageTag(string tag)
    {
        if (tag == "@none") return true;
        var parts = tag.Split('-');
        if (!parts.All(p => p.Length is > 0 and <= 8 && p.All(char.IsAsciiLetterOrDigit))) return false;
        return parts[0].All(char.IsAsciiLetter) && (parts[0].Length > 1 || parts.Length > 1 && parts[0] is "x" or "X" or "i" or "I");
    }

    /// <summary>True where a string is seen to be a URI as it stands, without making an object of it.</summary>
    private static bool IsUri(JsonElement text) => IsUri(JsonMarshal.GetRawUtf8Value(text)[1..^1]);

    /// <inheritdoc cref="IsUri(JsonElement)"/>
    internal static bool IsUri(ReadOnlySpan<byte> utf8)
    {
        const int usual = 256;
        Span<char> chars = stackalloc char[usual];
        return utf8.Length <= usual && !utf8.Contains((byte)'\\') && Utf8.ToUtf16(utf8, chars, out _, out var n) == OperationStatus.Done && Iri.IsAbsolute(chars[..n]);
    }

    private static ReadOnlyMemory<byte> GeometryFromText(string name, string text)
    {
        // A geometry may come as JSON inside a string (clause 4.7.1).
        var bytes = Encoding.UTF8.GetBytes(text);
        Places.Require(bytes, $"\"{name}\"");
        return bytes;
    }

    private ReadOnlyMemory<byte> Vocab(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => JsonSerializer.SerializeToUtf8Bytes(context.Expand(value.GetString()!), PlainJson.Options),
        JsonValueKind.Array => JsonSerializer.SerializeToUtf8Bytes(value.EnumerateArray()
            .Select(i => i.ValueKind == JsonValueKind.String ? context.Expand(i.GetString()!) : throw Bad($"The vocab of \"{name}\" holds something that is no term.")).ToArray(), PlainJson.Options),
        _ => throw Bad($"The vocab of \"{name}\" is neither a term nor an array of terms."),
    };
}
