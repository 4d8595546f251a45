using System.Globalization;

namespace Dalgu.Signals.Study;

/// <summary>What a change on the street did, by difference in differences: how much more the treated links changed than the others did.</summary>
/// <param name="EffectShare">The change of speed as a share of the speed before: 0.15 is 15 % faster.</param>
/// <param name="Low">Lower end of the 95 % interval.</param>
/// <param name="High">Upper end.</param>
/// <param name="Treated">Treated links.</param>
/// <param name="Control">Control links.</param>
/// <param name="DaysBefore">Days before the change.</param>
/// <param name="DaysAfter">Days after it.</param>
internal sealed record BeforeAfterResult(double EffectShare, double Low, double High, int Treated, int Control, int DaysBefore, int DaysAfter)
{
    /// <summary>Whether the interval leaves zero out.</summary>
    public bool Found => Low > 0 || High < 0;
}

/// <summary>The before/after study of field data: a CSV of link speeds with the columns date, link, group (treated or control), period (before or after), speed_kmh.</summary>
internal static class BeforeAfter
{
    private const int Resamples = 2000;

    /// <summary>Reads a file and estimates the effect.</summary>
    public static BeforeAfterResult Read(string file)
    {
        var lines = File.ReadAllLines(file);
        var columns = lines.Length == 0 ? [] : lines[0].Trim().Split(',');
        int Column(string name) => Array.IndexOf(columns, name) is >= 0 and var at ? at : throw Bad(1, $"the column \"{name}\" is missing; date, link, group, period, speed_kmh are due.");
        var (date, link, group, period, speed) = (Column("date"), Column("link"), Column("group"), Column("period"), Column("speed_kmh"));
        var rows = new List<(string Day, string Link, bool Treated, bool After, double LogSpeed)>();
        for (var n = 1; n < lines.Length; n++)
        {
            if (lines[n].Length == 0) continue;
            var cells = lines[n].Split(',');
            if (cells.Length != columns.Length) throw Bad(n + 1, $"there are {cells.Length} cells, {columns.Length} are due.");
            if (cells[group] is not ("treated" or "control")) throw Bad(n + 1, $"group \"{cells[group]}\" is neither treated nor control.");
            if (cells[period] is not ("before" or "after")) throw Bad(n + 1, $"period \"{cells[period]}\" is neither before nor after.");
            if (!double.TryParse(cells[speed], NumberStyles.Float, CultureInfo.InvariantCulture, out var v) || v <= 0) throw Bad(n + 1, $"speed_kmh \"{cells[speed]}\" is no speed above 0.");
            rows.Add((cells[date], cells[link], cells[group] == "treated", cells[period] == "after", Math.Log(v)));
        }
        return Estimate(rows);

        Problem Bad(int line, string fact) => new(ProblemKind.BadRequestData, $"{file}, line {line}: {fact}");
    }

    /// <summary>The effect on the logarithm of speed. Days are what varies together (weather, demand), so days are resampled whole.</summary>
    public static BeforeAfterResult Estimate(IReadOnlyList<(string Day, string Link, bool Treated, bool After, double LogSpeed)> rows, int seed = 1)
    {
        // A day's figure is the mean difference between treated and control links, each against its own mean: link and day effects cancel.
        var level = rows.GroupBy(r => r.Link, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Average(r => r.LogSpeed), StringComparer.Ordinal);
        var days = rows.GroupBy(r => (r.Day, r.After)).Select(d =>
        {
            var treated = d.Where(r => r.Treated).Select(r => r.LogSpeed - level[r.Link]).DefaultIfEmpty(double.NaN).Average();
            var control = d.Where(r => !r.Treated).Select(r => r.LogSpeed - level[r.Link]).DefaultIfEmpty(double.NaN).Average();
            return (d.Key.After, Difference: treated - control);
        }).Where(d => !double.IsNaN(d.Difference)).ToArray();
        var before = days.Where(d => !d.After).Select(d => d.Difference).ToArray();
        var after = days.Where(d => d.After).Select(d => d.Difference).ToArray();
        if (before.Length < 2 || after.Length < 2) throw new Problem(ProblemKind.BadRequestData, "The study has fewer than two days with treated and control links before or after the change; give more days.");
        var random = new Random(seed);
        var effects = new double[Resamples];
        for (var i = 0; i < Resamples; i++) effects[i] = Resampled(after, random) - Resampled(before, random);
        Array.Sort(effects);
        return new(Math.Exp(after.Average() - before.Average()) - 1, Math.Exp(effects[(int)(Resamples * 0.025)]) - 1, Math.Exp(effects[(int)(Resamples * 0.975)]) - 1,
            rows.Where(r => r.Treated).Select(r => r.Link).Distinct(StringComparer.Ordinal).Count(), rows.Where(r => !r.Treated).Select(r => r.Link).Distinct(StringComparer.Ordinal).Count(), before.Length, after.Length);
    }

    private static double Resampled(double[] values, Random random)
    {
        double sum = 0;
        for (var i = 0; i < values.Length; i++) sum += values[random.Next(values.Length)];
        return sum / values.Length;
    }
}
