using System.Globalization;
using System.Net;
using System.Text;
using Dalgu.Signals.Runs;

namespace Dalgu.Signals.Study;

/// <summary>The report of a study: one HTML file without script, its charts drawn as SVG beside tables of the same figures.</summary>
internal static class StudyReport
{
    private const string Style = "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b2430}table{border-collapse:collapse;margin:1rem 0}th,td{padding:.25rem .75rem;border-bottom:1px solid #d5dbe3;text-align:right}th:first-child,td:first-child{text-align:left}caption{text-align:left;font-weight:600}svg text{font:12px system-ui,sans-serif}";

    /// <summary>The page.</summary>
    public static string Html(StudyOptions options, IReadOnlyList<RunResult> results)
    {
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture, $"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Signal study</title><style>{Style}</style><h1>Signal study</h1><p>Profile {E(options.Profile)}, engine {E(options.Engine)}, seeds {string.Join(", ", options.Seeds)}. Differences are paired by seed; intervals are 95 % bootstrap intervals of the mean.</p>");
        foreach (var scenario in options.Scenarios)
        {
            var here = results.Where(r => r.Scenario == scenario.Name).ToArray();
            html.Append(CultureInfo.InvariantCulture, $"<h2>{E(scenario.Name)}</h2>");
            Table(html, options, here);
            Chart(html, options, here);
            Pairs(html, options, here);
        }
        return html.Append("</html>\n").ToString();
    }

    private static void Table(StringBuilder html, StudyOptions options, RunResult[] here)
    {
        html.Append("<table><caption>Delay in seconds</caption><tr><th>controller<th>mean<th>median<th>worst seed<th>in gridlock<th>violations<th>speed with backlog, m/s<th>CO2, kg</tr>");
        foreach (var controller in options.Controllers)
        {
            var rows = here.Where(r => r.Controller == controller).OrderBy(r => r.RescoDelayS).ToArray();
            if (rows.Length == 0) continue;
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{E(controller)}<td>{rows.Average(r => r.RescoDelayS):0.0}<td>{Median(rows):0.0}<td>{rows[^1].RescoDelayS:0.0} (seed {rows[^1].Seed})<td>{rows.Count(r => r.Gridlock)} of {rows.Length}<td>{rows.Sum(r => r.Violations)}<td>{rows.Average(r => r.SpeedInclBacklogMs):0.00}<td>{rows.Average(r => r.Co2Kg):0.0}</tr>");
        }
        html.Append("</table>");
    }

    /// <summary>A dot for each seed, a line at the median.</summary>
    private static void Chart(StringBuilder html, StudyOptions options, RunResult[] here)
    {
        const int Left = 120, Width = 480, Row = 28;
        var most = here.Length == 0 ? 1 : Math.Max(1, here.Max(r => r.RescoDelayS));
        double X(double delay) => Left + delay / most * Width;
        html.Append(CultureInfo.InvariantCulture, $"<svg role=\"img\" aria-label=\"Delay by controller and seed, seconds\" width=\"{Left + Width + 60}\" height=\"{options.Controllers.Count * Row + 30}\">");
        for (var i = 0; i < options.Controllers.Count; i++)
        {
            var rows = here.Where(r => r.Controller == options.Controllers[i]).OrderBy(r => r.RescoDelayS).ToArray();
            var y = i * Row + Row / 2;
            html.Append(CultureInfo.InvariantCulture, $"<text x=\"0\" y=\"{y + 4}\">{E(options.Controllers[i])}</text><line x1=\"{Left}\" x2=\"{Left + Width}\" y1=\"{y}\" y2=\"{y}\" stroke=\"#d5dbe3\"/>");
            foreach (var r in rows) html.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{X(r.RescoDelayS):0.0}\" cy=\"{y}\" r=\"4\" fill=\"{(r.Gridlock ? "#b3261e" : "#1f6feb")}\" fill-opacity=\".6\"><title>seed {r.Seed}: {r.RescoDelayS:0.0} s</title></circle>");
            if (rows.Length > 0) html.Append(CultureInfo.InvariantCulture, $"<line x1=\"{X(Median(rows)):0.0}\" x2=\"{X(Median(rows)):0.0}\" y1=\"{y - 9}\" y2=\"{y + 9}\" stroke=\"#1b2430\" stroke-width=\"2\"/>");
        }
        html.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"{options.Controllers.Count * Row + 18}\">0</text><text x=\"{Left + Width}\" y=\"{options.Controllers.Count * Row + 18}\" text-anchor=\"end\">{most:0} s</text></svg>");
    }

    private static void Pairs(StringBuilder html, StudyOptions options, RunResult[] here)
    {
        var first = options.Controllers[0];
        html.Append(CultureInfo.InvariantCulture, $"<table><caption>Against {E(first)}, paired by seed</caption><tr><th>controller<th>speed, mean<th>95 % interval<th>worst seed<th>delay, s<th>95 % interval</tr>");
        foreach (var controller in options.Controllers.Skip(1))
        {
            var pairs = (from a in here where a.Controller == first from b in here where b.Controller == controller && b.Seed == a.Seed select (a, b)).ToArray();
            if (pairs.Length == 0) continue;
            var gains = pairs.Select(p => p.b.SpeedInclBacklogMs / p.a.SpeedInclBacklogMs - 1).ToArray();
            var speed = Bootstrap.Mean(gains);
            var delay = Bootstrap.Mean([.. pairs.Select(p => p.b.RescoDelayS - p.a.RescoDelayS)]);
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{E(controller)}<td>{speed.Mean:+0.0 %;-0.0 %}<td>{speed.Low:+0.0 %;-0.0 %} to {speed.High:+0.0 %;-0.0 %}<td>{gains.Min():+0.0 %;-0.0 %}<td>{delay.Mean:+0.0;-0.0}<td>{delay.Low:+0.0;-0.0} to {delay.High:+0.0;-0.0}</tr>");
        }
        html.Append("</table>");
    }

    private static double Median(RunResult[] sorted) => sorted.Length % 2 == 1 ? sorted[sorted.Length / 2].RescoDelayS : (sorted[sorted.Length / 2 - 1].RescoDelayS + sorted[sorted.Length / 2].RescoDelayS) / 2;

    private static string E(string text) => WebUtility.HtmlEncode(text);
}
