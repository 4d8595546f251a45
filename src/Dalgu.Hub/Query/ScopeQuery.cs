namespace Dalgu.Hub.Query;

/// <summary>A filter over scopes (clause 4.19): scope paths with '+' for one level and a last '#' for all below, joined by ',' or '|' (or) and ';' (and, which
/// binds tighter), with parentheses.</summary>
public sealed class ScopeQuery
{
    private readonly Node root;

    private ScopeQuery(Node root) => this.root = root;

    private abstract record Node
    {
        public abstract bool Matches(IReadOnlyList<string> scopes);
    }

    private sealed record Any(List<Node> Parts) : Node
    {
        public override bool Matches(IReadOnlyList<string> scopes) => Parts.Exists(p => p.Matches(scopes));
    }

    private sealed record All(List<Node> Parts) : Node
    {
        public override bool Matches(IReadOnlyList<string> scopes) => Parts.TrueForAll(p => p.Matches(scopes));
    }

    private sealed record Path(string[] Levels) : Node
    {
        public override bool Matches(IReadOnlyList<string> scopes)
        {
            foreach (var scope in scopes) if (ScopeQuery.Matches(Levels, scope)) return true;
            return false;
        }
    }

    /// <summary>Reads a scope query.</summary>
    /// <exception cref="Problem">BadRequestData where the text is none, TooComplexQuery where it nests too deep.</exception>
    public static ScopeQuery Parse(string text)
    {
        var at = 0;
        var root = Or(text, ref at, 0);
        return at == text.Length ? new(root) : throw Bad(text, "a parenthesis is closed that was not opened");
    }

    private static Node Or(string text, ref int at, int depth)
    {
        var parts = new List<Node> { And(text, ref at, depth) };
        while (at < text.Length && text[at] is ',' or '|')
        {
            at++;
            parts.Add(And(text, ref at, depth));
        }
        return parts.Count == 1 ? parts[0] : new Any(parts);
    }

    private static Node And(string text, ref int at, int depth)
    {
        var parts = new List<Node> { Unit(text, ref at, depth) };
        while (at < text.Length && text[at] == ';')
        {
            at++;
            parts.Add(Unit(text, ref at, depth));
        }
        return parts.Count == 1 ? parts[0] : new All(parts);
    }

    private static Node Unit(string text, ref int at, int depth)
    {
        if (depth > 32) throw new Problem(ProblemKind.TooComplexQuery, "The scope query nests more than 32 parentheses.");
        Blanks(text, ref at);
        if (at < text.Length && text[at] == '(')
        {
            at++;
            var inner = Or(text, ref at, depth + 1);
            if (at == text.Length || text[at] != ')') throw Bad(text, "a parenthesis is not closed");
            at++;
            Blanks(text, ref at);
            return inner;
        }
        var start = at;
        while (at < text.Length && text[at] is not (',' or '|' or ';' or '(' or ')')) at++;
        var path = text[start..at].TrimEnd();
        if (!path.StartsWith('/') || path.Length < 2) throw Bad(text, $"\"{Iri.Shorten(path)}\" does not begin with '/'");
        var levels = path[1..].Split('/');
        for (var i = 0; i < levels.Length; i++)
            if (levels[i].Length == 0 || levels[i] == "#" && i < levels.Length - 1) throw Bad(text, "a level is empty, or '#' is not last");
        return new Path(levels);
    }

    private static void Blanks(string text, ref int at)
    {
        while (at < text.Length && text[at] == ' ') at++;
    }

    private static Problem Bad(string text, string why) => new(ProblemKind.BadRequestData, $"The scope query \"{Iri.Shorten(text)}\" is not valid: {why}.");

    /// <summary>True where scopes satisfy the query.</summary>
    public bool Matches(IReadOnlyList<string> scopes) => root.Matches(scopes);

    private static bool Matches(string[] pattern, string scope)
    {
        var levels = scope.TrimStart('/').Split('/');
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == "#") return true;
            if (i >= levels.Length || pattern[i] != "+" && pattern[i] != levels[i]) return false;
        }
        return levels.Length == pattern.Length;
    }

    /// <summary>True where a text can be a scope: levels of letters, digits and '_' that begin with a letter, behind slashes (clause 4.18).</summary>
    public static bool IsScope(string scope)
    {
        if (scope.Length is < 1 or > 1024) return false;
        foreach (var level in scope.TrimStart('/').Split('/'))
        {
            if (level.Length == 0 || !char.IsLetter(level[0])) return false;
            foreach (var c in level) if (!char.IsLetterOrDigit(c) && c != '_') return false;
        }
        return true;
    }
}
