using System.Globalization;

namespace Dalgu.Hub.Query;

/// <summary>How texts are put in order: a collation of ICU, named as RFC 6067 says, such as <c>und</c> or <c>de-u-co-phonebk</c>. Immutable.</summary>
public sealed record Collation
{
    /// <summary>The order of the root locale, which is meant where nothing is said (clause 4.23.1).</summary>
    public static readonly Collation Root = new(CultureInfo.InvariantCulture.CompareInfo, CompareOptions.None);

    private readonly CompareInfo compare;
    private readonly CompareOptions options;

    private Collation(CompareInfo compare, CompareOptions options) => (this.compare, this.options) = (compare, options);

    /// <summary>The bytes by which a text is put in order.</summary>
    public SortKey KeyOf(string text) => compare.GetSortKey(text, options);

    /// <summary>Reads the name of a collation.</summary>
    /// <exception cref="Problem">BadRequestData where it is none, or one that cannot be honoured: no other order is given in its place.</exception>
    public static Collation Parse(string name)
    {
        var subtags = name.Split('-');
        foreach (var subtag in subtags) if (subtag.Length is 0 or > 8 || !subtag.All(char.IsAsciiLetterOrDigit)) throw Unknown(name);
        if (subtags is [.., "x", "icu"]) subtags = subtags[..^2]; // as databases write it: und-x-icu
        var extension = Array.IndexOf(subtags, "u");
        var locale = string.Join('-', extension < 0 ? subtags : subtags[..extension]);
        var options = CompareOptions.None;
        for (var i = extension < 0 ? subtags.Length : extension + 1; i < subtags.Length; i += 2)
        {
            var value = i + 1 < subtags.Length ? subtags[i + 1] : throw Unknown(name);
            switch (subtags[i], value)
            {
                case ("co", _) when value is not "standard": locale += "-u-co-" + value; break;
                case ("ks", "level1"): options |= CompareOptions.IgnoreCase | CompareOptions.IgnoreNonSpace; break;
                case ("ks", "level2"): options |= CompareOptions.IgnoreCase; break;
                case ("kn", "true"): options |= CompareOptions.NumericOrdering; break;
                case ("co", "standard") or ("ks", "level3") or ("ks", "identic") or ("kn", "false"): break; // texts that are alike stand by their code points anyway
                default: throw Unknown(name);
            }
        }
        if (locale is "und" or "root") return new(Root.compare, options);
        try
        {
            var culture = CultureInfo.GetCultureInfo(locale, predefinedOnly: true);
            // ICU takes any well-formed name; one that it has no data for says so by its language.
            return culture.ThreeLetterISOLanguageName is { Length: 3 } ? new(culture.CompareInfo, options) : throw Unknown(name);
        }
        catch (CultureNotFoundException)
        {
            throw Unknown(name);
        }
    }

    private static Problem Unknown(string name) => new(ProblemKind.BadRequestData,
        $"The collation \"{Iri.Shorten(name)}\" is not one that texts can be put in order by; write a name as of RFC 6067, such as und, ko or de-u-co-phonebk.");
}
