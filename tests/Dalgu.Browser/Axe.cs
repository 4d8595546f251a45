using System.Text.Json;
using Dalgu.Testing;
using Microsoft.Playwright;

namespace Dalgu.Browser;

/// <summary>The accessibility audit of axe-core: the rules of WCAG 2.2, levels A and AA.</summary>
internal static class Axe
{
    private static readonly Lazy<string> Source = new(() => File.ReadAllText(RepositoryRoot.Combine("tests", "Dalgu.Browser", "node_modules", "axe-core", "axe.min.js")));

    private const string Run = """
        async rules => {
          const found = await axe.run(document, { runOnly: rules, resultTypes: ['violations'] });
          return JSON.stringify(found.violations.flatMap(v => v.nodes.map(n => `${v.impact} ${v.id}: ${n.target.join(' ')} ${n.any.concat(n.all).map(c => c.message).join('; ')}`)));
        }
        """;

    private static readonly string[] All = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], OfColours = ["color-contrast", "link-in-text-block"];

    /// <summary>The serious and critical violations of a page, one a line.</summary>
    public static Task<IReadOnlyList<string>> AuditAsync(IPage page) => AuditAsync(page, All);

    /// <summary>Those of the rules that ask about colours: for a page that was audited in other ones.</summary>
    public static Task<IReadOnlyList<string>> AuditColoursAsync(IPage page) => AuditAsync(page, OfColours);

    private static async Task<IReadOnlyList<string>> AuditAsync(IPage page, string[] rules)
    {
        await page.EvaluateAsync(Source.Value);
        var all = JsonSerializer.Deserialize<string[]>(await page.EvaluateAsync<string>(Run, rules))!;
        return [.. all.Where(v => v.StartsWith("serious", StringComparison.Ordinal) || v.StartsWith("critical", StringComparison.Ordinal))];
    }
}
