using System.Globalization;
using System.Text.Json;
using Dalgu.Hub.Entities;
using NetTopologySuite.Geometries;

namespace Dalgu.Hub.Query;

/// <summary>One term of an order: a path of names below the entity.</summary>
/// <param name="Path">Where the value stands.</param>
/// <param name="Descending">True for the largest, or farthest, first.</param>
/// <param name="ByDistance">True to compare how far the place is from the order's reference, instead of the value.</param>
public sealed record OrderTerm(AttributePath Path, bool Descending, bool ByDistance = false);

/// <summary>The order of entities in an answer (clause 4.23). Immutable.</summary>
/// <param name="Terms">What is compared, the first first; empty for ordinal order of id.</param>
/// <param name="Collation">How texts are compared.</param>
/// <param name="From">From where distances are measured; null where no term measures them.</param>
public sealed record EntityOrder(IReadOnlyList<OrderTerm> Terms, Collation Collation, Geometry? From = null)
{
    /// <summary>Ordinal order of id.</summary>
    public static readonly EntityOrder ById = new([], Collation.Root);

    /// <summary>True where more than the id decides.</summary>
    public bool IsStated => Terms.Count > 0;

    /// <summary>Entities in this order; those without a value come last, equal ones in ordinal order of id.</summary>
    public List<Entity> Sort(List<Entity> entities)
    {
        var keyed = entities.Select(e => (Entity: e, Keys: Terms.Select(t => KeyOf(e, t)).ToArray())).ToList();
        keyed.Sort((a, b) =>
        {
            for (var i = 0; i < Terms.Count; i++)
                if (Compare(a.Keys[i], b.Keys[i], Terms[i]) is var c and not 0) return c;
            return string.CompareOrdinal(a.Entity.Id, b.Entity.Id);
        });
        return [.. keyed.Select(k => k.Entity)];
    }

    private static int Compare(Key a, Key b, OrderTerm term)
    {
        // What is absent is last in every direction, and so is what has no distance among distances (clause 4.23.2).
        if (a.Kind != b.Kind && (a.Kind == ValueKind.Absent || b.Kind == ValueKind.Absent || a.Kind == ValueKind.Place || b.Kind == ValueKind.Place)) return a.Kind.CompareTo(b.Kind);
        var c = a.Kind != b.Kind ? a.Kind.CompareTo(b.Kind)
            : a.Number != b.Number ? a.Number.CompareTo(b.Number)
            : a.Text is { } x && b.Text is { } y ? SortKey.Compare(x, y) is var texts and not 0 ? texts : string.CompareOrdinal(x.OriginalString, y.OriginalString) : 0;
        return term.Descending ? -c : c;
    }

    private Key KeyOf(Entity entity, OrderTerm term)
    {
        if (term.ByDistance && From is not null && entity.Find(term.Path.Root)?.Default is { Kind: AttributeKind.GeoProperty } instance && Places.Read(instance.Value.Span) is { } place)
            return new(ValueKind.Place, GeoQuery.Distance(place, From), null);
        return term.Path.First(entity) is { } json ? KeyOf(json) : new(ValueKind.Absent, 0, null);
    }

    private Key KeyOf(byte[] json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        switch (reader.TokenType)
        {
            case JsonTokenType.Number: return new(ValueKind.Number, reader.GetDouble(), null);
            case JsonTokenType.String: return KeyOf(reader.GetString()!);
            case JsonTokenType.False: return new(ValueKind.Boolean, 0, null);
            case JsonTokenType.True: return new(ValueKind.Boolean, 1, null);
            case JsonTokenType.Null: return new(ValueKind.Null, 0, null);
            case JsonTokenType.StartArray: return new(ValueKind.Array, 0, Text(System.Text.Encoding.UTF8.GetString(json)));
            default:
                using (var document = JsonDocument.Parse(json))
                    return document.RootElement.TryGetProperty("@value", out var typed) && typed.ValueKind == JsonValueKind.String ? KeyOf(typed.GetString()!)
                        : new(ValueKind.Object, 0, Text(System.Text.Encoding.UTF8.GetString(json)));
        }
    }

    private Key KeyOf(string text) =>
        text.Length > 0 && char.IsAsciiDigit(text[0]) && text.EndsWith('Z') && text.Contains('T') && Timestamp.TryParse(text, out var at) ? new(ValueKind.DateTime, at.Ticks, null)
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? new(ValueKind.Date, date.DayNumber, null)
        : text.EndsWith('Z') && TimeOnly.TryParse(text.AsSpan(..^1), CultureInfo.InvariantCulture, out var time) ? new(ValueKind.Time, time.Ticks, null)
        : new(ValueKind.String, 0, Text(text));

    private SortKey Text(string text) => Collation.KeyOf(text);

    /// <summary>The kinds of values in the order of clause 4.23.2; a place that a distance is measured to goes before them.</summary>
    private enum ValueKind { Place, Number, String, Object, Array, Boolean, Time, Date, DateTime, Null, Absent }

    private readonly record struct Key(ValueKind Kind, double Number, SortKey? Text);
}
