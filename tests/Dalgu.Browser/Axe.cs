using System.Text.Json;
using Dalgu.Testing;
using Microsoft.Playwright;

namespace Dalgu.Browser;

/// <summary>The accessibility audit of axe-core: the rules of WCAG 2.2, levels A and AA.</summary>
internal static class Axe
{
    private static readonly Lazy<string> Source = new(() => File.ReadAllText(RepositoryRoot.Combine("tests", "Dalgu.Browser", "node_modules", "axe-core", "axe.min.js")));

    private const string Run = """
        async () => {
          const found = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] });
          return JSON.stringify(found.violations.flatMap(v => v.nodes.map(n => `${v.impact} ${v.id}: ${n.target.join(' ')} ${n.any.concat(n.all).map(c => c.message).join('; ')}`)));
        }
        """;

    /// <summary>The serious and critical violations of a page, one a line.</summary>
    public static async Task<IReadOnlyList<string>> AuditAsync(IPage page)
    {
        await page.EvaluateAsync(Source.Value);
        var all = JsonSerializer.Deserialize<string[]>(await page.EvaluateAsync<string>(Run))!;
        return [.. all.Where(v => v.StartsWith("serious", StringComparison.Ordinal) || v.StartsWith("critical", StringComparison.Ordinal))];
    }
}
