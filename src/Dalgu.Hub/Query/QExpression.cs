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
    public abstract bool Matches(Entity entity);

    /// <summary>The root attributes (IRIs) that the filter looks at.</summary>
    public abstract IEnumerable<string> Roots { get; }

    /// <summary>A comparison of an attribute with a number that everything which matches passes; null where there is none.</summary>
    internal virtual QBound? Bound => null;

    internal sealed record All(IReadOnlyList<QExpression> Parts) : QExpression
    {
        public override bool Matches(Entity entity)
        {
            for (var i = 0; i < Parts.Count; i++) if (!Parts[i].Matches(entity)) return false;
            return true;
        }
        public override IEnumerable<string> Roots => Parts.SelectMany(p => p.Roots);
        internal override QBound? Bound => Parts.Select(p => p.Bound).FirstOrDefault(b => b is not null);
    }

    internal sealed record Any(IReadOnlyList<QExpression> Parts) : QExpression
    {
        public override bool Matches(Entity entity)
        {
            for (var i = 0; i < Parts.Count; i++) if (Parts[i].Matches(entity)) return true;
            return false;
        }
        public override IEnumerable<string> Roots => Parts.SelectMany(p => p.Roots);
    }

    internal sealed record Term(AttributePath Path, ValueTest Test) : QExpression
    {
        public override bool Matches(Entity entity) => Path.Any(entity, Test);
        public override IEnumerable<string> Roots => [Path.Root];
        internal override QBound? Bound => Path.IsAttribute && Test is ComparisonTest { Bound: { } bound } ? new(Path.Root, bound.Operator, bound.Value) : null;
    }

    /// <summary>Reads a filter, names expanded by a context.</summary>
    /// <exception cref="Problem">BadRequestData where the text is no filter; TooComplexQuery where it has too many terms.</exception>
    public static QExpression Parse(string text, LdContext context, HubOptions options) => new QParser(text, context, options).Parse();
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
internal sealed class ComparisonTest(QOperator op, IReadOnlyList<QLiteral> literals, bool range, LdContext context) : ValueTest
{
    /// <summary>The one number compared with, where it is one.</summary>
    public (QOperator Operator, double Value)? Bound => !range && literals is [{ Kind: JsonValueKind.Number } only] && op is not (QOperator.Unequal) ? (op, only.Number) : null;

    public override bool Passes(AttributeInstance instance)
    {
        if (instance.Kind == AttributeKind.VocabProperty && literals[0].Kind == JsonValueKind.String)
            return new ComparisonTest(op, [.. literals.Select(l => l with { Text = context.Expand(l.Text) })], range, context).Passes(instance.Value.Span);
        return Passes(instance.Value.Span);
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
        if (reader.TokenType == JsonTokenType.Number) return Matches(Encoding.ASCII.GetString(json)) != negated;
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

/// <summary>Reads filters.</summary>
internal sealed class QParser(string text, LdContext context, HubOptions options)
{
    private int at, terms, depth;

    public QExpression Parse()
    {
        if (text.Length > options.MaxExpressionLength) throw new Problem(ProblemKind.TooComplexQuery, $"The filter has {text.Length} characters; the limit is {options.MaxExpressionLength}.");
        var expression = Or();
        return at == text.Length ? expression : throw Bad();
    }

    private QExpression Or()
    {
        var parts = new List<QExpression> { And() };
        while (Take('|')) parts.Add(And());
        return parts.Count == 1 ? parts[0] : new QExpression.Any(parts);
    }

    private QExpression And()
    {
        var parts = new List<QExpression> { Unit() };
        while (Take(';')) parts.Add(Unit());
        return parts.Count == 1 ? parts[0] : new QExpression.All(parts);
    }

    private QExpression Unit()
    {
        if (Take('('))
        {
            if (++depth > 32) throw new Problem(ProblemKind.TooComplexQuery, "The filter nests more than 32 parentheses.");
            var inner = Or();
            if (!Take(')')) throw Bad();
            depth--;
            return inner;
        }
        if (++terms > options.MaxExpressionTerms) throw new Problem(ProblemKind.TooComplexQuery, $"The filter has more than {options.MaxExpressionTerms} terms.");
        var start = at;
        var brackets = 0;
        while (at < text.Length && (brackets > 0 || text[at] is not (';' or '|' or ')' or '(' or '=' or '!' or '<' or '>' or '~')))
        {
            if (text[at] == '[') brackets++;
            if (text[at] == ']') brackets--;
            at++;
        }
        if (at == start) throw Bad();
        var path = AttributePath.Parse(text[start..at], context);
        return Operator() is not { } op ? new QExpression.Term(path, new ExistenceTest())
            : op is QOperator.Pattern or QOperator.NotPattern ? new QExpression.Term(path, Pattern(op == QOperator.NotPattern))
            : new QExpression.Term(path, Comparison(op));
    }

    private QOperator? Operator()
    {
        foreach (var (symbol, op) in (ReadOnlySpan<(string, QOperator)>)
            [("!~=", QOperator.NotPattern), ("==", QOperator.Equal), ("!=", QOperator.Unequal), (">=", QOperator.GreaterEqual), ("<=", QOperator.LessEqual), ("~=", QOperator.Pattern), (">", QOperator.Greater), ("<", QOperator.Less)])
            if (text.AsSpan(at).StartsWith(symbol, StringComparison.Ordinal))
            {
                at += symbol.Length;
                return op;
            }
        return null;
    }

    private PatternTest Pattern(bool negated)
    {
        var source = at < text.Length && text[at] == '"' ? Quoted() : Bare(patterns: true);
        return new(Patterns.Compile(source, options), negated);
    }

    private ComparisonTest Comparison(QOperator op)
    {
        var literals = new List<QLiteral> { Literal() };
        if (text.AsSpan(at).StartsWith(".."))
        {
            if (op is not (QOperator.Equal or QOperator.Unequal)) throw Bad();
            at += 2;
            literals.Add(Literal());
            return new(op, literals, range: true, context);
        }
        while (Take(',')) literals.Add(Literal());
        if (literals.Count > 1 && op is not (QOperator.Equal or QOperator.Unequal)) throw Bad();
        return new(op, literals, range: false, context);
    }

    private QLiteral Literal()
    {
        if (at < text.Length && text[at] == '"')
        {
            var quoted = Quoted();
            return new(JsonValueKind.String, 0, quoted, null);
        }
        var bare = Bare(patterns: false);
        if (bare.Length == 0) throw Bad();
        if (bare is "true") return new(JsonValueKind.True, 0, "", null);
        if (bare is "false") return new(JsonValueKind.False, 0, "", null);
        if (char.IsAsciiDigit(bare[0]) || bare[0] is '-' or '+')
        {
            if (double.TryParse(bare, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)) return new(JsonValueKind.Number, number, "", null);
            if (Timestamp.TryParse(bare, out var time)) return new(JsonValueKind.String, 0, bare, time);
            if (DateOnly.TryParseExact(bare, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) || TimeOnly.TryParse(bare, CultureInfo.InvariantCulture, out _))
                return new(JsonValueKind.String, 0, bare, null);
            throw new Problem(ProblemKind.BadRequestData, $"The value \"{Iri.Shorten(bare)}\" in the filter is no number, date or time; put text in double quotes.");
        }
        // A bare word is text only where it is a URI or a term; everything else belongs in quotes.
        foreach (var c in bare) if (c is ' ' or '<' or '>' or '"' or '{' or '}') throw Bad();
        return new(JsonValueKind.String, 0, bare, null);
    }

    private string Quoted()
    {
        var value = new StringBuilder();
        for (at++; at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                at++;
                return value.ToString();
            }
            if (text[at] == '\\' && at + 1 < text.Length) at++;
            value.Append(text[at]);
        }
        throw Bad();
    }

    private string Bare(bool patterns)
    {
        var start = at;
        var round = 0;
        while (at < text.Length)
        {
            var c = text[at];
            if (patterns)
            {
                // A pattern may hold groups and alternatives inside its own parentheses.
                if (c == '(') round++;
                else if (c == ')' && --round < 0) break;
                else if (round == 0 && c is (';' or '|')) break;
                if (c == '\\') at++;
            }
            else if (c is ';' or '|' or ')' or '(' or ',' || c == '.' && at + 1 < text.Length && text[at + 1] == '.') break;
            at++;
        }
        at = Math.Min(at, text.Length);
        return text[start..at];
    }

    private bool Take(char c)
    {
        if (at >= text.Length || text[at] != c) return false;
        at++;
        return true;
    }

    private Problem Bad() => new(ProblemKind.BadRequestData, $"The filter \"{Iri.Shorten(text)}\" is not valid at character {at + 1}; write such as speed>50;brandName==\"Mercedes\".");
}

/// <summary>Compiles the patterns that requests bring, within limits.</summary>
internal static class Patterns
{
    public static Regex Compile(string pattern, HubOptions options)
    {
        if (pattern.Length == 0 || pattern.Length > options.MaxExpressionLength)
            throw new Problem(ProblemKind.BadRequestData, $"A pattern has 1 to {options.MaxExpressionLength} characters.");
        try
        {
            // Without backtracking where the pattern allows it: time linear in the text.
            return new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, options.PatternTimeout * 20);
        }
        catch (NotSupportedException)
        {
            return new Regex(pattern, RegexOptions.CultureInvariant, options.PatternTimeout);
        }
        catch (ArgumentException)
        {
            throw new Problem(ProblemKind.BadRequestData, $"\"{Iri.Shorten(pattern)}\" is not a valid pattern.");
        }
    }
}
