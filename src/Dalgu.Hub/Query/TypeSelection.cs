using Dalgu.Hub.Contexts;

namespace Dalgu.Hub.Query;

/// <summary>A type selection (clause 4.17): names joined by ',' or '|' (or), ';' (and) and parentheses. Immutable.</summary>
public sealed class TypeSelection
{
    private const int MaxLength = 16_384, MaxDepth = 32;
    private readonly Node root;

    private TypeSelection(Node root, string[] mentioned)
    {
        this.root = root;
        Mentioned = mentioned;
    }

    private abstract record Node;
    private sealed record Leaf(string Iri) : Node;
    private sealed record Or(List<Node> Parts) : Node;
    private sealed record And(List<Node> Parts) : Node;

    /// <summary>The type IRIs that the selection names; a match has at least one of them.</summary>
    public IReadOnlyList<string> Mentioned { get; }

    /// <summary>True where a match need have no more than one of the types named.</summary>
    public bool IsAnyOf => root is Leaf || root is Or or && or.Parts.TrueForAll(p => p is Leaf);

    /// <summary>The selection of one type.</summary>
    public static TypeSelection Of(string iri) => new(new Leaf(iri), [iri]);

    /// <summary>The selection of whatever has one of the types.</summary>
    public static TypeSelection AnyOf(IReadOnlyList<string> iris) => iris.Count == 1 ? Of(iris[0]) : new(new Or([.. iris.Select(Node (i) => new Leaf(i))]), [.. iris]);

    /// <summary>Reads a selection, names expanded by a context.</summary>
    /// <exception cref="Problem">BadRequestData where the text is none.</exception>
    public static TypeSelection Parse(string text, LdContext context)
    {
        var mentioned = new List<string>();
        var (at, depth) = (0, 0);
        if (text.Length > MaxLength) throw new Problem(ProblemKind.TooComplexQuery, $"The type selection has {text.Length} characters; the limit is {MaxLength}.");
        var root = ParseOr();
        if (at < text.Length) throw Bad();
        return new(root, [.. mentioned.Distinct(StringComparer.Ordinal)]);

        Node ParseOr()
        {
            var parts = new List<Node> { ParseAnd() };
            while (at < text.Length && text[at] is ',' or '|') { at++; parts.Add(ParseAnd()); }
            return parts.Count == 1 ? parts[0] : new Or(parts);
        }

        Node ParseAnd()
        {
            var parts = new List<Node> { ParseLeaf() };
            while (at < text.Length && text[at] == ';') { at++; parts.Add(ParseLeaf()); }
            return parts.Count == 1 ? parts[0] : new And(parts);
        }

        Node ParseLeaf()
        {
            if (at < text.Length && text[at] == '(')
            {
                at++;
                if (++depth > MaxDepth) throw new Problem(ProblemKind.TooComplexQuery, $"The type selection nests more than {MaxDepth} parentheses.");
                var inner = ParseOr();
                if (at >= text.Length || text[at] != ')') throw Bad();
                at++;
                depth--;
                return inner;
            }
            var start = at;
            while (at < text.Length && text[at] is not (',' or '|' or ';' or '(' or ')')) at++;
            var name = text[start..at].Trim();
            if (name.Length == 0) throw Bad();
            var iri = context.ExpandType(name);
            mentioned.Add(iri);
            return new Leaf(iri);
        }

        Problem Bad() => new(ProblemKind.BadRequestData, $"The type selection \"{Iri.Shorten(text)}\" is not valid at character {at + 1}; join names with ',' or '|' (or), ';' (and) and parentheses.");
    }

    /// <summary>The selection as text, names written by a function.</summary>
    public string ToText(Func<string, string> name) => Text(root, name, inner: false);

    private static string Text(Node node, Func<string, string> name, bool inner) => node switch
    {
        Leaf leaf => name(leaf.Iri),
        Or or => Enclosed(string.Join(inner ? '|' : ',', or.Parts.Select(p => Text(p, name, inner: true))), inner),
        And and => Enclosed(string.Join(';', and.Parts.Select(p => Text(p, name, inner: true))), inner),
        _ => "",
    };

    private static string Enclosed(string text, bool inner) => inner ? $"({text})" : text;

    /// <summary>True where an entity of these types is selected.</summary>
    public bool Matches(IReadOnlyList<string> types) => Matches(root, types);

    private static bool Matches(Node node, IReadOnlyList<string> types)
    {
        switch (node)
        {
            case Leaf leaf:
                for (var i = 0; i < types.Count; i++) if (types[i] == leaf.Iri) return true;
                return false;
            case Or or:
                foreach (var part in or.Parts) if (Matches(part, types)) return true;
                return false;
            case And and:
                foreach (var part in and.Parts) if (!Matches(part, types)) return false;
                return true;
            default: return false;
        }
    }
}
