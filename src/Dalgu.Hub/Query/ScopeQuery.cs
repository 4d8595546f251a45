namespace Dalgu.Hub.Query;

/// <summary>A filter over scopes (clause 4.19): scope paths with '+' for one level and a last '#' for all below, joined by ',' or '|' (or) and ';' (and).</summary>
public sealed class ScopeQuery
{
    private readonly string[][][] alternatives;

    private ScopeQuery(string[][][] alternatives) => this.alternatives = alternatives;

    /// <summary>Reads a scope query.</summary>
    /// <exception cref="Problem">BadRequestData where the text is none.</exception>
    public static ScopeQuery Parse(string text)
    {
        var alternatives = new List<string[][]>();
        foreach (var alternative in text.Split(',', '|'))
        {
            var all = new List<string[]>();
            foreach (var term in alternative.Split(';'))
            {
                var path = term.Trim().Trim('(', ')');
                if (!path.StartsWith('/') || path.Length < 2)
                    throw new Problem(ProblemKind.BadRequestData, $"The scope query \"{Iri.Shorten(text)}\" is not valid: \"{Iri.Shorten(path)}\" does not begin with '/'.");
                var levels = path[1..].Split('/');
                for (var i = 0; i < levels.Length; i++)
                    if (levels[i].Length == 0 || levels[i] == "#" && i < levels.Length - 1)
                        throw new Problem(ProblemKind.BadRequestData, $"The scope query \"{Iri.Shorten(text)}\" is not valid: a level is empty, or '#' is not last.");
                all.Add(levels);
            }
            alternatives.Add([.. all]);
        }
        return new([.. alternatives]);
    }

    /// <summary>True where scopes satisfy the query.</summary>
    public bool Matches(IReadOnlyList<string> scopes)
    {
        foreach (var all in alternatives)
        {
            var every = true;
            foreach (var pattern in all)
            {
                var any = false;
                for (var i = 0; i < scopes.Count && !any; i++) any = Matches(pattern, scopes[i]);
                if (!any) { every = false; break; }
            }
            if (every) return true;
        }
        return false;
    }

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
