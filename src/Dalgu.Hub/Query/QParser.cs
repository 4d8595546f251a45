using System.Globalization;
using System.Text;
using System.Text.Json;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;

namespace Dalgu.Hub.Query;

/// <summary>Reads filters.</summary>
internal sealed class QParser(string text, LdContext context, HubOptions options, IReadOnlySet<string>? expanded = null)
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
        if (text.AsSpan(at).StartsWith("!") && !text.AsSpan(at).StartsWith("!=") && !text.AsSpan(at).StartsWith("!~"))
        {
            at++;
            if (++depth > 32) throw new Problem(ProblemKind.TooComplexQuery, "The filter nests more than 32 parentheses.");
            // What "!" stands before is a path whose absence is asked for, and nothing is compared (clause 4.9); of a whole filter it is its opposite.
            var isPath = at < text.Length && text[at] is not ('(' or '!');
            var negated = Unit();
            if (isPath && negated is not QExpression.Linked and not QExpression.Term { Test: ExistenceTest }) throw Bad();
            depth--;
            return new QExpression.Not(negated);
        }
        if (++terms > options.MaxExpressionTerms) throw new Problem(ProblemKind.TooComplexQuery, $"The filter has more than {options.MaxExpressionTerms} terms.");
        var start = at;
        var brackets = 0;
        while (at < text.Length && (brackets > 0 || text[at] is not (';' or '|' or ')' or '(' or '=' or '!' or '<' or '>' or '~' or '{' or '}')))
        {
            if (text[at] == '[') brackets++;
            if (text[at] == ']') brackets--;
            at++;
        }
        if (at == start) throw Bad();
        if (Take('{')) return Behind(text[start..(at - 1)]);
        return Term(AttributePath.Parse(text[start..at], context));
    }

    /// <summary>What the operator and value that come next say of a path; that it exists where there are none.</summary>
    private QExpression Term(AttributePath path)
    {
        if (Operator() is not { } op) return new QExpression.Term(path, new ExistenceTest());
        if (op is QOperator.Pattern or QOperator.NotPattern) return new QExpression.Term(path, Pattern(op == QOperator.NotPattern));
        var expands = expanded?.Contains(path.Target) == true;
        // Of all languages none may be equal; of several instances one that is unequal is enough (clause 4.9).
        return op == QOperator.Unequal && path.IsOfAllLanguages
            ? new QExpression.All([new QExpression.Term(path, new ExistenceTest()), new QExpression.Not(new QExpression.Term(path, Comparison(QOperator.Equal, expands)))])
            : new QExpression.Term(path, Comparison(op, expands));
    }

    /// <summary>A filter over the entities behind a relationship: sensor{humidity}==40, sensor{Device:humidity}==40, or sensor{humidity==40}.</summary>
    private QExpression.Linked Behind(string relationship)
    {
        if (++depth > 32) throw new Problem(ProblemKind.TooComplexQuery, "The filter nests more than 32 parentheses.");
        EntityJsonReader.CheckName(relationship);
        if (PathBehind() is { } path)
        {
            depth--;
            var linked = Wrap(path);
            return new(context.ExpandAttribute(relationship), linked.Inner, linked.Types);
        }
        var inner = Or();
        if (!Take('}')) throw Bad();
        depth--;
        return new(context.ExpandAttribute(relationship), inner);
    }

    /// <summary>The path in the braces that are open, after which it goes on; null where a whole filter is in them.</summary>
    private string? PathBehind()
    {
        var open = 1;
        for (var end = at; end < text.Length; end++)
            switch (text[end])
            {
                case '{': open++; break;
                case '}' when --open == 0:
                    var path = text[at..end];
                    at = end + 1;
                    return path;
                case '=' or '<' or '>' or '~' or '!' or ';' or '|' or '(' or ')' or '"': return null;
            }
        throw Bad();
    }

    /// <summary>What is said of the end of a path that may lead through further relationships, each step with the types of the entities there.</summary>
    private (QExpression Inner, string[]? Types) Wrap(string path)
    {
        if (++depth > 32) throw new Problem(ProblemKind.TooComplexQuery, "The filter nests more than 32 parentheses.");
        var brace = path.IndexOf('{', StringComparison.Ordinal);
        var name = brace < 0 ? path : path.EndsWith('}') ? path[..brace] : throw Bad();
        string[]? types = null;
        // Device:humidity names a type; schema:name is a name with a prefix that the @context knows.
        if (name.LastIndexOf(':') is var colon and > 0 && !name.Contains("://", StringComparison.Ordinal) && context.Expand(name[..colon]) is not [.., '/' or '#'])
        {
            types = [.. name[..colon].Split(',', StringSplitOptions.TrimEntries).Select(context.ExpandType)];
            name = name[(colon + 1)..];
        }
        if (brace < 0)
        {
            depth--;
            return (Term(AttributePath.Parse(name, context)), types);
        }
        EntityJsonReader.CheckName(name);
        var further = Wrap(path[(brace + 1)..^1]);
        depth--;
        return (new QExpression.Linked(context.ExpandAttribute(name), further.Inner, further.Types), types);
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

    private ComparisonTest Comparison(QOperator op, bool expands)
    {
        var literals = new List<QLiteral> { Value() };
        if (text.AsSpan(at).StartsWith(".."))
        {
            if (op is not (QOperator.Equal or QOperator.Unequal)) throw Bad();
            at += 2;
            literals.Add(Value());
            return new(op, literals, range: true);
        }
        while (Take(',')) literals.Add(Value());
        if (literals.Count > 1 && op is not (QOperator.Equal or QOperator.Unequal)) throw Bad();
        return new(op, literals, range: false);

        QLiteral Value() => Literal() is var literal && expands && literal is { Kind: JsonValueKind.String, Time: null } ? literal with { Text = context.Expand(literal.Text) } : literal;
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
        var (round, curly) = (0, 0);
        while (at < text.Length)
        {
            var c = text[at];
            if (patterns)
            {
                // A pattern may hold groups and alternatives inside its own parentheses.
                if (c == '(') round++;
                else if (c == ')' && --round < 0) break;
                else if (c == '{') curly++;
                else if (c == '}' && --curly < 0) break;
                else if (round == 0 && c is (';' or '|')) break;
                if (c == '\\') at++;
            }
            else if (c is ';' or '|' or ')' or '(' or ',' or '}' || c == '.' && at + 1 < text.Length && text[at + 1] == '.') break;
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
