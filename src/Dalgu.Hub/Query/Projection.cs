using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;

namespace Dalgu.Hub.Query;

/// <summary>A list of members for pick or omit (clause 4.21): names, of which those of relationships may have a list of their own for the entities behind
/// them, such as <c>id,locatedAt{id,name}</c>. Attribute names are IRIs; id, type and scope are as they are. Immutable.</summary>
public sealed class Projection
{
    private static readonly Dictionary<string, Projection> Nothing = [];

    private Projection(IReadOnlySet<string> members, IReadOnlyDictionary<string, Projection> within, IReadOnlySet<string> plain)
    {
        Members = members;
        Within = within;
        Plain = plain;
    }

    /// <summary>Every name of the list.</summary>
    public IReadOnlySet<string> Members { get; }
    /// <summary>The names without a list of their own: those that omit leaves out.</summary>
    public IReadOnlySet<string> Plain { get; }
    /// <summary>The lists of relationships.</summary>
    public IReadOnlyDictionary<string, Projection> Within { get; }

    /// <summary>How many levels of linked entities it speaks of.</summary>
    public int Depth => Within.Count == 0 ? 0 : 1 + Within.Values.Max(w => w.Depth);

    /// <summary>Reads a list, names expanded by a context.</summary>
    /// <exception cref="Problem">BadRequestData where the text is none.</exception>
    public static Projection? Parse(string? text, LdContext context, int maxDepth = 16)
    {
        if (text is null) return null;
        var at = 0;
        var projection = ParseList(0);
        return at == text.Length ? projection : throw Bad();

        Projection ParseList(int depth)
        {
            if (depth > maxDepth) throw new Problem(ProblemKind.TooComplexQuery, $"The list \"{Iri.Shorten(text)}\" nests more than {maxDepth} braces.");
            var members = new HashSet<string>(StringComparer.Ordinal);
            var plain = new HashSet<string>(StringComparer.Ordinal);
            Dictionary<string, Projection>? within = null;
            while (true)
            {
                var start = at;
                while (at < text.Length && text[at] is not (',' or '|' or '{' or '}')) at++;
                var name = text[start..at].Trim();
                if (name.Length == 0) throw Bad();
                if (name is not ("id" or "type" or "scope"))
                {
                    EntityJsonReader.CheckName(name);
                    name = context.ExpandAttribute(name);
                }
                members.Add(name);
                if (at < text.Length && text[at] == '{')
                {
                    at++;
                    (within ??= new(StringComparer.Ordinal))[name] = ParseList(depth + 1);
                    if (at >= text.Length || text[at] != '}') throw Bad();
                    at++;
                }
                else plain.Add(name);
                if (at >= text.Length || text[at] is not (',' or '|')) return new(members, within ?? Nothing, plain);
                at++;
            }
        }

        Problem Bad() => new(ProblemKind.BadRequestData, $"The list \"{Iri.Shorten(text)}\" is not valid at character {at + 1}; write names separated by commas, a relationship's own list in braces.");
    }
}
