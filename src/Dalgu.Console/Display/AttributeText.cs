using System.Text;
using System.Text.Json;
using Dalgu.Hub.Entities;

namespace Dalgu.Console.Display;

/// <summary>The value of an attribute as a page prints it.</summary>
/// <param name="Text">The value.</param>
/// <param name="Unit">The unit's symbol; empty where there is none.</param>
/// <param name="Number">The value where it is a number; else null.</param>
/// <param name="Targets">The entities that a relationship points to; empty for others.</param>
public readonly record struct AttributeText(string Text, string Unit, double? Number, IReadOnlyList<string> Targets)
{
    private const int MaxLength = 200;

    /// <summary>The text of an instance, in the language of the page.</summary>
    public static AttributeText Of(AttributeInstance instance)
    {
        if (instance.Deleted) return new("–", "", null, []);
        if (NumberOf(instance) is { } quick && instance.UnitCode == "KRW" && Math.Abs(quick) < 1e15 && Math.Floor(quick) == quick)
        {
            var won = new Won((long)quick);
            return new(new BilingualText(won.ToKorean(), won.ToEnglish()).Current, "", quick, []);
        }
        if (NumberOf(instance) is { } number) return new(Figures.Number(number), Units.Symbol(instance.UnitCode), number, []);
        using var document = JsonDocument.Parse(instance.Value);
        var value = document.RootElement;
        var unit = Units.Symbol(instance.UnitCode);
        return instance.Kind switch
        {
            AttributeKind.Relationship or AttributeKind.ListRelationship => new(string.Join(", ", Ids(value).Select(Names.OfId)), "", null, [.. Ids(value)]),
            AttributeKind.GeoProperty => new(Geometry(value), "", null, []),
            AttributeKind.LanguageProperty => new(Language(value), "", null, []),
            AttributeKind.VocabProperty => new(Vocab(value), unit, null, []),
            _ => new(Plain(value), unit, null, []),
        };
    }

    /// <summary>The number of a Property; null where its value is none.</summary>
    public static double? NumberOf(AttributeInstance instance)
    {
        var value = instance.Value.Span;
        if (instance.Deleted || instance.Kind is not AttributeKind.Property || value.IsEmpty || value[0] is not ((byte)'-' or >= (byte)'0' and <= (byte)'9')) return null;
        return System.Buffers.Text.Utf8Parser.TryParse(value, out double number, out var used) && used == value.Length ? number : null;
    }

    /// <summary>The whole value for a CSV cell or a search: text as it is, anything else as JSON.</summary>
    public static string Raw(AttributeInstance instance)
    {
        if (instance.Deleted) return "";
        var value = instance.Value.Span;
        if (value.Length > 1 && value[0] == '"')
        {
            var reader = new Utf8JsonReader(value);
            if (reader.Read()) return reader.GetString() ?? "";
        }
        return Encoding.UTF8.GetString(value);
    }

    private static IEnumerable<string> Ids(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Ids),
        JsonValueKind.Object => value.EnumerateObject().SelectMany(p => Ids(p.Value)),
        _ => [],
    };

    private static string Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Cut(Instant(value.GetString()!)),
        JsonValueKind.True => Texts.Yes.Current,
        JsonValueKind.False => Texts.No.Current,
        JsonValueKind.Object when value.TryGetProperty("@value", out var inner) => Plain(inner),
        JsonValueKind.Array when value.GetArrayLength() <= 12 && value.EnumerateArray().All(v => v.ValueKind is JsonValueKind.String or JsonValueKind.Number) =>
            Cut(string.Join(", ", value.EnumerateArray().Select(Plain))),
        JsonValueKind.Number => Figures.Number(value.GetDouble()),
        _ => Cut(value.GetRawText()),
    };

    private static string Instant(string text) => Timestamp.TryParse(text, out var utc) ? Times.Full(utc) : text;

    private static string Vocab(JsonElement value) => value.ValueKind == JsonValueKind.Array
        ? string.Join(", ", value.EnumerateArray().Select(v => Names.Short(v.GetString() ?? "")))
        : Names.Short(value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText());

    private static string Language(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object) return Plain(value);
        var first = Figures.IsEnglish ? "en" : "ko";
        foreach (var tag in (string[])[first, "@none", "ko", "en"])
            if (value.TryGetProperty(tag, out var text)) return Plain(text);
        foreach (var any in value.EnumerateObject()) return Plain(any.Value);
        return "";
    }

    private static string Geometry(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty("type", out var type) || !value.TryGetProperty("coordinates", out var at)) return Plain(value);
        var kind = type.GetString() ?? "";
        if (kind == "Point" && at.GetArrayLength() >= 2)
            return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{at[0].GetDouble():0.#####}, {at[1].GetDouble():0.#####}");
        return $"{kind} · {Figures.Number(Positions(at))} {Texts.Positions}";
    }

    private static int Positions(JsonElement at) =>
        at.ValueKind != JsonValueKind.Array || at.GetArrayLength() == 0 ? 0 : at[0].ValueKind == JsonValueKind.Number ? 1 : at.EnumerateArray().Sum(Positions);

    private static string Cut(string text) => text.Length <= MaxLength ? text : text[..MaxLength] + "…";
}
