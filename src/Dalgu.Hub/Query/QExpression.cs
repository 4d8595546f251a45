using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;

namespace Dalgu.Hub.Query;

/// <summary>A filter over attributes (clause 4.9): terms joined by ';' (and), which binds tighter, and '|' (or), with parentheses. Immutable.</summary>
public abstract record QExpression
{
    /// <summary>True where an entity satisfies the filter.</summary>
    /// <param name="entity">The entity.</param>
    /// <param name="linked">The entities behind its relationships by id, for a filter that looks at them; null for none.</param>
    public abstract bool Matches(Entity entity, IReadOnlyDictionary<string, Entity>? linked = null);

    /// <summary>The relationships (IRIs) that the filter follows, with the filter behind each; empty where it looks at the entity alone.</summary>
    internal virtual IEnumerable<Linked> Links => [];

    /// <summary>True where the filter looks at linked entities.</summary>
    internal bool HasLinks => Links.Any();

    /// <summary>How many relationships the filter follows one behind the other.</summary>
    internal int LinkDepth
    {
        get
        {
            var deepest = 0;
            foreach (var link in Links) deepest = Math.Max(deepest, 1 + link.Inner.LinkDepth);
            return deepest;
        }
    }

    /// <summary>The root attributes (IRIs) that the filter looks at.</summary>
    public abstract IEnumerable<string> Roots { get; }

    /// <summary>A comparison of an attribute with a number that everything which matches passes; null where there is none.</summary>
    internal virtual QBound? Bound => null;

    internal sealed record All(IReadOnlyList<QExpression> Parts) : QExpression
    {
        public override bool Matches(Entity entity, IReadOnlyDictionary<string, Entity>? linked)
        {
            for (var i = 0; i < Parts.Count; i++) if (!Parts[i].Matches(entity, linked)) return false;
            return true;
        }
        public override IEnumerable<string> Roots => Parts.SelectMany(p => p.Roots);
        internal override IEnumerable<Linked> Links => Parts.SelectMany(p => p.Links);
        internal override QBound? Bound => Parts.Select(p => p.Bound).FirstOrDefault(b => b is not null);
    }

    internal sealed record Any(IReadOnlyList<QExpression> Parts) : QExpression
    {
        public override bool Matches(Entity entity, IReadOnlyDictionary<string, Entity>? linked)
        {
            for (var i = 0; i < Parts.Count; i++) if (Parts[i].Matches(entity, linked)) return true;
            return false;
        }
        public override IEnumerable<string> Roots => Parts.SelectMany(p => p.Roots);
        internal override IEnumerable<Linked> Links => Parts.SelectMany(p => p.Links);
    }

    internal sealed record Not(QExpression Inner) : QExpression
    {
        public override bool Matches(Entity entity, IReadOnlyDictionary<string, Entity>? linked) => !Inner.Matches(entity, linked);
        public override IEnumerable<string> Roots => Inner.Roots;
        internal override IEnumerable<Linked> Links => Inner.Links;
    }

    internal sealed record Term(AttributePath Path, ValueTest Test) : QExpression
    {
        public override bool Matches(Entity entity, IReadOnlyDictionary<string, Entity>? linked) => Path.Any(entity, Test);
        public override IEnumerable<string> Roots => [Path.Root];
        internal override QBound? Bound => Path.IsAttribute && Test is ComparisonTest { Bound: { } bound } ? new(Path.Root, bound.Operator, bound.Value) : null;
    }

    /// <summary>True where one of the entities behind a relationship, of one of the types where these are named, satisfies a filter.</summary>
    internal sealed record Linked(string Relationship, QExpression Inner, IReadOnlyList<string>? Types = null) : QExpression
    {
        public override bool Matches(Entity entity, IReadOnlyDictionary<string, Entity>? linked)
        {
            if (linked is null || entity.Find(Relationship) is not { } attribute) return false;
            foreach (var instance in attribute.Instances)
                foreach (var id in LinkedEntities.TargetsOf(instance))
                    if (linked.TryGetValue(id, out var target) && (Types is null || target.Types.Any(Types.Contains)) && Inner.Matches(target, linked)) return true;
            return false;
        }
        public override IEnumerable<string> Roots => [Relationship];
        internal override IEnumerable<Linked> Links => [this];
    }

    /// <summary>Reads a filter, names expanded by a context.</summary>
    /// <param name="text">The filter.</param>
    /// <param name="context">Expands its names.</param>
    /// <param name="options">The limits.</param>
    /// <param name="expanded">The attributes (IRIs) whose values in the filter are terms to be expanded too (expandValues); null for none.</param>
    /// <exception cref="Problem">BadRequestData where the text is no filter; TooComplexQuery where it has too many terms.</exception>
    public static QExpression Parse(string text, LdContext context, HubOptions options, IReadOnlySet<string>? expanded = null) => new QParser(text, context, options, expanded).Parse();
}

/// <summary>The comparisons of a filter.</summary>
internal enum QOperator { Equal, Unequal, Greater, GreaterEqual, Less, LessEqual, Pattern, NotPattern }

/// <summary>A comparison of an attribute (IRI) with a number.</summary>
internal readonly record struct QBound(string Attribute, QOperator Operator, double Value);

/// <summary>True for every value: the attribute exists.</summary>
internal sealed class ExistenceTest : ValueTest
{
    public override bool Passes(ReadOnlySpan<byte> json) => true;
}

/// <summary>One literal of a filter.</summary>
internal readonly record struct QLiteral(JsonValueKind Kind, double Number, string Text, DateTime? Time)
{
    /// <summary>How a JSON value compares to the literal; null where the two are of kinds that do not compare.</summary>
    public int? Compare(ref Utf8JsonReader value)
    {
        switch (value.TokenType)
        {
            case JsonTokenType.Number when Kind == JsonValueKind.Number:
                return value.GetDouble().CompareTo(Number);
            case JsonTokenType.String when Kind == JsonValueKind.String:
                var text = value.GetString()!;
                if (Time is { } time && Timestamp.TryParse(text, out var at)) return at.CompareTo(time);
                return string.CompareOrdinal(text, Text);
            case JsonTokenType.True: return Kind == JsonValueKind.True ? 0 : null;
            case JsonTokenType.False: return Kind == JsonValueKind.False ? 0 : null;
            default: return null;
        }
    }
}

/// <summary>A comparison with a value, a list of values, or a range. An array passes where one of its elements does.</summary>
internal sealed class ComparisonTest(QOperator op, IReadOnlyList<QLiteral> literals, bool range) : ValueTest
{
    /// <summary>The one number compared with, where it is one.</summary>
    public (QOperator Operator, double Value)? Bound => !range && literals is [{ Kind: JsonValueKind.Number } only] && op is not (QOperator.Unequal) ? (op, only.Number) : null;

    public override bool Passes(AttributeInstance instance)
    {
        if (instance.Kind is AttributeKind.Relationship or AttributeKind.ListRelationship && op is not (QOperator.Equal or QOperator.Unequal)) return false; // URIs have no order
        return Passes(instance.Kind == AttributeKind.ListRelationship ? Targets(instance.Value) : instance.Value.Span);
    }

    /// <summary>The URIs of a ListRelationship, which is kept as a list of objects, as a plain list.</summary>
    private static byte[] Targets(ReadOnlyMemory<byte> objectList)
    {
        using var document = JsonDocument.Parse(objectList);
        return JsonSerializer.SerializeToUtf8Bytes(document.RootElement.EnumerateArray().Select(target => target.GetProperty("object").GetString()), PlainJson.Options);
    }

    public override bool Passes(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read()) return false;
        if (op == QOperator.Unequal) return !AnyElement(ref reader, QOperator.Equal);
        return AnyElement(ref reader, op);
    }

    private bool AnyElement(ref Utf8JsonReader reader, QOperator with)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            // A JSON-LD typed value stands for its @value.
            using var document = JsonDocument.ParseValue(ref reader);
            if (!document.RootElement.TryGetProperty("@value", out var inner)) return false;
            var innerReader = new Utf8JsonReader(Encoding.UTF8.GetBytes(inner.GetRawText()));
            innerReader.Read();
            return One(ref innerReader, with);
        }
        if (reader.TokenType != JsonTokenType.StartArray) return One(ref reader, with);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) reader.Skip();
            else if (One(ref reader, with)) return true;
        }
        return false;
    }

    private bool One(ref Utf8JsonReader reader, QOperator with)
    {
        if (range) return literals[0].Compare(ref reader) >= 0 && literals[1].Compare(ref reader) <= 0;
        foreach (var literal in literals)
        {
            var order = literal.Compare(ref reader);
            if (with switch
            {
                QOperator.Equal => order == 0,
                QOperator.Greater => order > 0,
                QOperator.GreaterEqual => order >= 0,
                QOperator.Less => order < 0,
                QOperator.LessEqual => order <= 0,
                _ => false,
            }) return true;
        }
        return false;
    }
}

/// <summary>A pattern over text.</summary>
internal sealed class PatternTest(Regex pattern, bool negated) : ValueTest
{
    public override bool Passes(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read()) return false;
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            var any = false;
            while (!any && reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                if (reader.TokenType == JsonTokenType.String) any = Matches(reader.GetString()!);
                else reader.TrySkip();
            return any != negated;
        }
        return reader.TokenType == JsonTokenType.String && Matches(reader.GetString()!) != negated;
    }

    private bool Matches(string text)
    {
        try
        {
            return pattern.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            throw new Problem(ProblemKind.TooComplexQuery, $"The pattern \"{Iri.Shorten(pattern.ToString())}\" takes too long to match; write a simpler one.");
        }
    }
}
