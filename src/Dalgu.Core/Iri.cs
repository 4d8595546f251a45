namespace Dalgu;

/// <summary>The rules for the names of things: an entity id and a relationship's object are absolute URIs (clause 4.6.2).</summary>
public static class Iri
{
    /// <summary>The longest name that is taken, in characters.</summary>
    public const int MaxLength = 2048;

    /// <summary>True where the text is an absolute URI: a scheme, a colon, something after it, no blanks and no characters that RFC 3987 forbids.</summary>
    public static bool IsAbsolute(ReadOnlySpan<char> text)
    {
        var colon = text.IndexOf(':');
        if (colon < 1 || colon == text.Length - 1 || text.Length > MaxLength || !char.IsAsciiLetter(text[0])) return false;
        foreach (var c in text[1..colon])
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('+' or '-' or '.')) return false;
        foreach (var c in text[(colon + 1)..])
            if (c <= ' ' || c == 0x7f || c is '<' or '>' or '"' or '{' or '}' or '|' or '\\' or '^' or '`' || char.IsControl(c) || c > 0x7f && IsInvisible(c))
                return false;
        for (var i = colon + 1; i < text.Length - 1; i++)
            if (char.IsSurrogatePair(text[i], text[i + 1]) && char.ConvertToUtf32(text[i], text[i + 1]) is var rune && ((rune & 0xfffe) == 0xfffe || rune is >= 0xe0000 and <= 0xe0fff)) return false;
        return true;
    }

    /// <summary>The text itself where it is an absolute URI.</summary>
    /// <param name="text">The text.</param>
    /// <param name="what">What it names, for the refusal.</param>
    /// <exception cref="Problem">BadRequestData where it is not.</exception>
    public static string Require(string? text, string what) =>
        text is not null && IsAbsolute(text) ? text
        : throw new Problem(ProblemKind.BadRequestData, $"{what} \"{Shorten(text)}\" is not a valid URI; write an absolute one such as urn:ngsi-ld:Road:7.");

    /// <summary>A text cut to a length that a message can hold.</summary>
    public static string Shorten(string? text) => text is null ? "" : text.Length <= 120 ? text : text[..120] + "…";

    /// <summary>True for what nobody sees: blanks, marks of direction, selectors, fillers, and what is no character.</summary>
    private static bool IsInvisible(char c) => c is '\u115f' or '\u1160' or '\u3164' or '\uffa0' or '\u2800' or >= '\ufe00' and <= '\ufe0f' or >= '\ufdd0' and <= '\ufdef' or '\ufffe' or '\uffff'
        || char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.SpaceSeparator or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator;
}
