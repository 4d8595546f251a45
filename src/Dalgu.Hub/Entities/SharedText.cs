using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace Dalgu.Hub.Entities;

/// <summary>One string object for each short text that comes again and again in bodies: member names, types, unit codes. Thread-safe, bounded.</summary>
internal static class SharedText
{
    private const int MaxLength = 64, MaxTexts = 8192;
    private static readonly ConcurrentDictionary<string, string> Texts = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> Lookup = Texts.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The name of a member.</summary>
    public static string NameOf(JsonProperty member) => Find(JsonMarshal.GetRawUtf8PropertyName(member)) ?? member.Name;

    /// <summary>The text of a JSON string.</summary>
    public static string ValueOf(JsonElement text) => Find(JsonMarshal.GetRawUtf8Value(text)[1..^1]) ?? text.GetString()!;

    private static string? Find(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaxLength || utf8.Contains((byte)'\\')) return null;
        Span<char> text = stackalloc char[MaxLength];
        Utf8.ToUtf16(utf8, text, out _, out var length);
        if (Lookup.TryGetValue(text[..length], out var known)) return known;
        var made = new string(text[..length]);
        if (Texts.Count < MaxTexts) Texts.TryAdd(made, made);
        return made;
    }
}
