using System.Globalization;

namespace Dalgu.Plan.Totals;

/// <summary>The totals as a table for a terminal, Korean with English beside it.</summary>
public static class TotalsTable
{
    private const string NotPublished = "미공표 not published";

    /// <summary>Writes the table.</summary>
    public static void Write(Programme programme, TextWriter to)
    {
        var totals = ProgrammeTotals.Of(programme);
        to.WriteLine($"{programme.Head.Name.Korean} ({programme.Head.Name.English}): {programme.Head.Vision.Korean}");
        to.WriteLine();
        List<string[]> rows = [["전략 strategy", "분야 fields", "사업 projects", "총사업비 budget", "일자리 jobs"]];
        foreach (var s in programme.Strategies)
        {
            rows.Add([$"{s.Name.Korean} {s.Name.English}", Text(programme.Fields.Count(f => f.Strategy == s.Key)), Text(s.Projects), s.Budget?.ToKorean() ?? NotPublished, Text(s.Jobs)]);
            if (ProgrammeTotals.Remainder(programme, s) is not { } rest) continue;
            rows.Add([$"  발표된 {rest.ListedItems}개 과제 listed items ({rest.Share * 100:0.0} %)", "", "", rest.Listed.Sum?.ToKorean() ?? NotPublished, ""]);
            rows.Add(["  나머지 not listed", "", "", rest.Remainder.ToKorean(), ""]);
        }
        rows.Add(["합계 total", Text(totals.Fields), Text(totals.Projects.Sum), totals.Budget.Sum?.ToKorean() ?? NotPublished, Text(totals.Jobs.Sum)]);
        var widths = Enumerable.Range(0, 5).Select(c => rows.Max(r => Width(r[c]))).ToArray();
        foreach (var row in rows)
            to.WriteLine(string.Join("  ", row.Select((cell, c) => c == 0 ? cell + Blanks(widths[c], cell) : Blanks(widths[c], cell) + cell)).TrimEnd());
        to.WriteLine();
        to.WriteLine($"대표과제 flagships: {totals.Flagships} (트리를 가로지르는 축, 합계에 넣지 않음 · an axis across the tree, in no sum)");
        to.WriteLine($"사업비를 아는 전략 strategies with a budget: {totals.Budget.Known} / {totals.Budget.Of}");
        foreach (var source in programme.Sources)
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"출처 source: {source.Title.Korean}, {source.Published:yyyy-MM-dd}{(source.Address is null ? "" : " " + source.Address)}"));
    }

    /// <summary>How many columns a text takes: two for each Hangul syllable or other wide character.</summary>
    internal static int Width(string text) => text.Sum(c => c is >= '\u1100' and <= '\u115f' or >= '\u2e80' and <= '\ua4cf' or >= '\uac00' and <= '\ud7a3' or >= '\uff00' and <= '\uff60' ? 2 : 1);

    private static string Blanks(int width, string cell) => new(' ', width - Width(cell));
    private static string Text(long? number) => number?.ToString("#,0", CultureInfo.InvariantCulture) ?? NotPublished;
}
