using System.Collections.Concurrent;
using System.Collections.Frozen;

namespace Dalgu.Hub.Contexts;

/// <summary>A parsed @context: two frozen dictionaries, term to IRI and back, over the core @context, whose terms cannot be overridden
/// (clause 4.4). Immutable and thread-safe.</summary>
/// <remarks>No general JSON-LD processor: terms, prefixes and @vocab, which is what NGSI-LD names use.</remarks>
public class LdContext
{
    private readonly FrozenDictionary<string, string> iris, terms;
    private readonly (string Name, string Start)[] prefixes;
    private readonly string? vocab;
    private readonly LdContext? core;
    private readonly ConcurrentDictionary<string, string> expanded = new(StringComparer.Ordinal), compacted = new(StringComparer.Ordinal);
    private const int MaxRemembered = 4096;

    internal LdContext(IReadOnlyDictionary<string, string> definitions, string? vocab, LdContext? core, ReadOnlyMemory<byte> json)
    {
        this.core = core;
        this.vocab = vocab;
        Json = json;
        // What the core @context defines nobody redefines, neither for names nor for prefixes.
        if (core is not null) definitions = definitions.Where(d => !core.iris.ContainsKey(d.Key)).ToDictionary(StringComparer.Ordinal);
        iris = definitions.ToFrozenDictionary(StringComparer.Ordinal);
        var back = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (term, iri) in definitions)
            // Where two terms name one IRI, the shorter stands for it, then the earlier in ordinal order: the same answer every time.
            if (!iri.EndsWith('/') && !iri.EndsWith('#') && (!back.TryGetValue(iri, out var old) || term.Length < old.Length || term.Length == old.Length && string.CompareOrdinal(term, old) < 0))
                back[iri] = term;
        terms = back.ToFrozenDictionary(StringComparer.Ordinal);
        // The longest start first, which leaves the shortest name; of equal ones the first in ordinal order.
        prefixes = [.. definitions.Where(d => d.Value.EndsWith('/') || d.Value.EndsWith('#') || d.Value.EndsWith(':')).Select(d => (d.Key, d.Value)).Concat(core?.prefixes ?? [])
            .OrderByDescending(p => p.Item2.Length).ThenBy(p => p.Item1.Length).ThenBy(p => p.Item1, StringComparer.Ordinal)];
    }

    /// <summary>The @context as an answer names it: a URL as a JSON string, or an array or object.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>The one address that stands for the context in a Link header: that of the user's document, or of the core where there is none;
    /// null where the context has no single address.</summary>
    public string? Address { get; init; } = CoreContext.Address;

    /// <summary>The kept documents of which the context is made.</summary>
    internal StoredContext[] Documents { get; init; } = [];

    /// <summary>The IRI of an attribute's name.</summary>
    public string ExpandAttribute(string name) => Expand(name);

    /// <summary>The IRI of a type's name.</summary>
    public string ExpandType(string name) => Expand(name);

    /// <summary>The IRI that a term, a compact IRI or an IRI stands for.</summary>
    public string Expand(string name) => expanded.TryGetValue(name, out var known) ? known : Remember(expanded, name, ExpandAnew(name));

    private static string Remember(ConcurrentDictionary<string, string> answers, string question, string answer)
    {
        // The same few names come again and again; names made up by a hostile sender must not fill the memory.
        if (question.Length <= 256 && answers.Count < MaxRemembered) answers[question] = answer;
        return answer;
    }

    private string ExpandAnew(string name)
    {
        if (core is not null && core.iris.TryGetValue(name, out var fixedIri)) return fixedIri;
        if (iris.TryGetValue(name, out var iri)) return iri;
        var colon = name.IndexOf(':');
        if (colon > 0)
        {
            if (!name.AsSpan(colon + 1).StartsWith("//"))
            {
                var prefix = name[..colon];
                if (iris.TryGetValue(prefix, out var start) || core is not null && core.iris.TryGetValue(prefix, out start)) return start + name[(colon + 1)..];
            }
            return name;
        }
        return (vocab ?? CoreContext.DefaultVocabulary) + name;
    }

    /// <summary>The shortest name of an IRI in this context; the IRI itself where it has none.</summary>
    public string Compact(string iri) => compacted.TryGetValue(iri, out var known) ? known : Remember(compacted, iri, CompactAnew(iri));

    private string CompactAnew(string iri)
    {
        if (core is not null && core.terms.TryGetValue(iri, out var term) || terms.TryGetValue(iri, out term)) return term;
        var start = vocab ?? CoreContext.DefaultVocabulary;
        if (iri.StartsWith(start, StringComparison.Ordinal))
        {
            var rest = iri[start.Length..];
            // A rest that the context would expand to something else, or that looks like a compact IRI, must not stand alone.
            if (rest.Length > 0 && !rest.Contains(':') && rest[0] != '@' && !iris.ContainsKey(rest) && (core is null || !core.iris.ContainsKey(rest))) return rest;
        }
        foreach (var (name, prefix) in prefixes)
            if (prefix.Length < iri.Length && iri.StartsWith(prefix, StringComparison.Ordinal) && name + ":" + iri[prefix.Length..] is var compact && Expand(compact) == iri) return compact;
        return iri;
    }
}
