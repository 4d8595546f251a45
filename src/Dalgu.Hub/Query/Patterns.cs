using System.Text.RegularExpressions;

namespace Dalgu.Hub.Query;

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
