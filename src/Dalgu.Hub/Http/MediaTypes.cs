using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Dalgu.Hub.Http;

/// <summary>The media types of NGSI-LD and how an answer's is chosen (clause 6.3.4).</summary>
internal static class MediaTypes
{
    public const string Json = "application/json", JsonLd = "application/ld+json", GeoJson = "application/geo+json", MergePatch = "application/merge-patch+json";

    /// <summary>The offered type that the request likes best: by q-value, then by its own order; the first offered where it names none.</summary>
    /// <exception cref="Problem">NotAcceptable where it likes none.</exception>
    public static string Choose(StringValues accept, ReadOnlySpan<string> offered)
    {
        if (accept.Count == 0 || accept.Count == 1 && accept[0] is "*/*" or "application/json" or null or "") return offered[0];
        string? best = null;
        var bestWeight = 0.0;
        foreach (var type in offered)
            // Of types that are liked alike the first offered wins (clause 6.3.4).
            if (WeightOf(accept, type) is var weight && weight > bestWeight) (best, bestWeight) = (type, weight);
        return best ?? throw new Problem(ProblemKind.NotAcceptable, $"None of the accepted media types \"{Iri.Shorten(accept.ToString())}\" can be written here; accept {string.Join(" or ", offered.ToArray())}.");
    }

    /// <summary>How much a type is liked: what the most exact range that covers it says; 0 where none does.</summary>
    private static double WeightOf(StringValues accept, string type)
    {
        var (found, exactness) = (0.0, 0);
        foreach (var header in accept)
            foreach (var range in (header ?? "").Split(','))
            {
                var parts = range.Split(';');
                var wanted = parts[0].Trim();
                var exact = wanted.Equals(type, StringComparison.OrdinalIgnoreCase) ? 3 : wanted == "application/*" ? 2 : wanted == "*/*" ? 1 : 0;
                if (exact <= exactness) continue;
                var weight = 1.0;
                for (var i = 1; i < parts.Length; i++)
                    if (parts[i].Trim() is ['q', '=', .. var q] && double.TryParse(q, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)) weight = value;
                (found, exactness) = (weight, exact);
            }
        return found;
    }
}
