using System.Text.Json;
using System.Text.Unicode;

namespace Dalgu.Hub;

/// <summary>Parses JSON that comes from outside, and refuses texts that no string can hold: bytes that are no UTF-8, and halves of surrogate pairs.
/// After it, every string of the document can be read.</summary>
internal static class StrictJson
{
    /// <summary>The document.</summary>
    /// <exception cref="JsonException">Where the bytes are no JSON, or a string in them is no text.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> json, JsonDocumentOptions options = default)
    {
        if (!Utf8.IsValid(json.Span)) throw new JsonException("a byte sequence is no UTF-8");
        if (HasLoneSurrogate(json.Span)) throw new JsonException("a \\u escape is half of a surrogate pair");
        return JsonDocument.Parse(json, options);
    }

    /// <summary>True where every string of the bytes can be read, whether they are JSON or not.</summary>
    public static bool IsText(ReadOnlySpan<byte> json) => Utf8.IsValid(json) && !HasLoneSurrogate(json);

    /// <summary>True where a \uD800…\uDFFF escape has not its other half beside it.</summary>
    private static bool HasLoneSurrogate(ReadOnlySpan<byte> json)
    {
        for (var at = json.IndexOf((byte)'\\'); at >= 0 && at < json.Length;)
        {
            var step = 2; // an escaped backslash is no start of another escape
            if (Surrogate(json[at..]) is { } high)
            {
                if (high == 0xDC || Surrogate(json[(at + 6)..]) != 0xDC) return true;
                step = 12;
            }
            at += step;
            if (at >= json.Length) return false;
            var next = json[at..].IndexOf((byte)'\\');
            if (next < 0) return false;
            at += next;
        }
        return false;
    }

    /// <summary>0xD8 for the first half of a pair, 0xDC for the second; null for any other text.</summary>
    private static int? Surrogate(ReadOnlySpan<byte> escape) =>
        escape.Length < 6 || escape[0] != '\\' || escape[1] != 'u' || escape[2] is not ((byte)'d' or (byte)'D') ? null
        : escape[3] switch
        {
            (byte)'8' or (byte)'9' or (byte)'a' or (byte)'A' or (byte)'b' or (byte)'B' => 0xD8,
            (byte)'c' or (byte)'C' or (byte)'d' or (byte)'D' or (byte)'e' or (byte)'E' or (byte)'f' or (byte)'F' => 0xDC,
            _ => null,
        };
}
