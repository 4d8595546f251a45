using System.Globalization;
using System.Net;
using System.Text;
using Dalgu.Signals.Control;
using Dalgu.Signals.Measures;
using Dalgu.Signals.Runs;
using static System.FormattableString;

namespace Dalgu.Signals.Study;

/// <summary>The report of a study: one HTML file without script, Korean and English, its charts drawn as SVG beside tables of the same figures.</summary>
internal sealed partial class StudyReport(StudyOptions options, IReadOnlyList<RunResult> results, IReadOnlyList<PairedDifference> differences, IReadOnlyDictionary<(string Scenario, string Controller), TimeSpace> diagrams)
{
    private const int FewSeeds = 5; // below it an interval is drawn and no verdict is given
    private readonly StringBuilder html = new();

    /// <summary>The page.</summary>
    public string Html(DateTimeOffset now)
    {
        html.Append($"""
            <!doctype html><html lang="ko"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
            <title>신호 비교 연구 · Signal study — 달구</title><style>{Style}</style></head><body>
            <div class="bar"><b>달구</b><span class="where">{T("교통신호 › 비교 연구", "Signals › study")}</span><span class="grow"></span>
            <span class="small soft">{T("작성", "Made")} {Invariant($"{now:yyyy-MM-dd HH:mm}")} UTC</span>
            <fieldset class="lang"><label><input type="radio" name="lang" id="lang-ko" checked>한국어</label><label><input type="radio" name="lang" id="lang-en">English</label></fieldset></div><main>

            """);
        Head();
        Cards();
        if (differences.Count > 0) Overview();
        foreach (var scenario in options.Scenarios) Section(scenario);
        Notes();
        return html.Append("</main></body></html>\n").ToString();
    }

    private void Head()
    {
        var seeds = $"{options.Seeds[0]}–{options.Seeds[^1]}";
        var what = T($"제어기 {E(string.Join(", ", options.Controllers))} · 규칙 {E(options.Profile)} · 엔진 {E(options.Engine)} · 시드 {seeds} ({options.Seeds.Count}개) · 모의실험 {results.Count}회",
            $"Controllers {E(string.Join(", ", options.Controllers))} · profile {E(options.Profile)} · engine {E(options.Engine)} · seeds {seeds} ({options.Seeds.Count}) · {results.Count} simulated runs");
        html.Append($"""<h1>{T("신호제어 비교 연구", "Signal control study")}</h1><p class="soft">{what}</p>""");
        if (DalguParameter.Differences(options.Dalgu) is { Length: > 0 } setting)
            html.Append($"""<p class="soft">{T($"dalgu의 설정이 기본값과 다릅니다: {E(setting)}", $"The setting of dalgu is not the built-in one: {E(setting)}")}</p>""");
    }

    /// <summary>What the last controller gains on each scenario.</summary>
    private void Cards()
    {
        html.Append("""<div class="grid">""");
        foreach (var d in differences.Where(d => d.Controller == options.Controllers[^1]))
        {
            var (kind, verdict) = d.Seeds < FewSeeds ? ("unknown", T("시드가 적음", "few seeds"))
                : d.Speed.Low > 0 ? ("good", T("빨라짐", "faster"))
                : d.Speed.High < 0 ? ("bad", T("느려짐", "slower")) : ("unknown", T("차이 불확실", "not shown"));
            html.Append($"""
                <section class="card kpi"><div class="soft small">{E(d.Scenario)} · {E(d.Controller)} ↔ {E(d.Against)}</div><div class="value">{Percent(d.Speed.Mean)}</div>
                <div><span class="badge {kind}">{verdict}</span></div>
                <p class="small soft">{T("속도(대기열 포함)", "speed with backlog")}, 95 %: {Interval(d.Speed, d.Seeds)}<br>{T("최악 시드", "worst seed")} {d.WorstSpeed.Seed}: {Percent(d.WorstSpeed.Share)}</p></section>

                """);
        }
        html.Append("</div>");
    }

    private void Overview()
    {
        html.Append("""<div class="grid">""");
        Card("five", T("속도 변화와 95 % 구간", "Change of speed with its 95 % interval"), T($"{E(options.Controllers[0])} 대비, 시드별 짝", $"against {E(options.Controllers[0])}, paired by seed"));
        Forest();
        html.Append("""</section><section class="card seven">""");
        Table(T("짝지은 차이", "Paired differences"),
            [T("시나리오 · 제어기", "scenario · controller"), T("속도", "speed"), "95 %", T("최악 시드", "worst seed"), T("지체 s", "delay s"), "95 %"],
            differences.Select(d => new Line(
                $"{E(d.Scenario)} · {E(d.Controller)}", Percent(d.Speed.Mean), Interval(d.Speed, d.Seeds), $"{Percent(d.WorstSpeed.Share)} ({d.WorstSpeed.Seed})",
                Invariant($"{d.Delay.Mean:+0.0;−0.0}"), d.Seeds < 2 ? "–" : Invariant($"{d.Delay.Low:+0.0;−0.0} ~ {d.Delay.High:+0.0;−0.0}"))));
        html.Append("</section></div>");
    }

    private void Section(Scenario scenario)
    {
        var here = results.Where(r => r.Scenario == scenario.Name).ToArray();
        var size = T($"신호교차로 {scenario.Map.Signals.Length}곳 · 통행 {scenario.Planned.Count}건", $"{scenario.Map.Signals.Length} signals · {scenario.Planned.Count} trips");
        html.Append($"""<h2>{E(scenario.Name)}</h2><p class="soft">{size} · {Clock(scenario.Begin)}–{Clock(scenario.End)}</p><div class="grid">""");
        Card("half", T("시드별 지체", "Delay by seed"), T("점 = 시드, 선 = 중앙값, 빈 원 = 교착", "dot = seed, line = median, ring = gridlock"));
        Dots(here);
        html.Append("""</section><section class="card half">""");
        Controllers(here);
        html.Append("</section>");
        foreach (var controller in options.Controllers)
            if (diagrams.TryGetValue((scenario.Name, controller), out var diagram)) Diagram(controller, diagram);
        html.Append("</div>");
        html.Append($"""<details><summary>{T("교차로와 축별 수치", "Junctions and corridors")}</summary><div class="grid"><section class="card">""");
        Junctions(here);
        html.Append("</section>");
        if (here.Any(r => r.Corridors.Count > 0))
        {
            html.Append("""<section class="card">""");
            Corridors(here);
            html.Append("</section>");
        }
        html.Append("</div></details>");
    }

    private void Controllers(RunResult[] here) => Table(T("모든 시드의 결과", "All seeds"),
        [T("제어기", "controller"), T("지체 평균 s", "delay, mean s"), T("중앙값", "median"), T("최악 (시드)", "worst (seed)"), T("교착", "gridlock"), T("속도 km/h", "speed km/h"),
            T("정지", "stops"), "CO₂ kg", T("위반", "violations"), T("계획 대체 s", "on plan s")],
        from controller in options.Controllers
        let runs = here.Where(r => r.Controller == controller).OrderBy(r => r.RescoDelayS).ToArray()
        where runs.Length > 0
        select new Line(
            E(controller), Invariant($"{runs.Average(r => r.RescoDelayS):0.0}"), Invariant($"{Median(runs):0.0}"), Invariant($"{runs[^1].RescoDelayS:0.0} ({runs[^1].Seed})"),
            $"{runs.Count(r => r.Gridlock)} / {runs.Length}", Invariant($"{runs.Average(r => r.SpeedInclBacklogMs) * 3.6:0.0}"), Invariant($"{runs.Average(r => r.Stops):0.00}"),
            Invariant($"{runs.Average(r => r.Co2Kg):0}"), $"{runs.Sum(r => r.Violations)}", Invariant($"{runs.Sum(r => r.FallbackS)}"))
        { IsBase = controller == options.Controllers[0] });

    private void Junctions(RunResult[] here) => Table(T("교차로 (시드 평균)", "Junctions, means over seeds"),
        [T("교차로 · 제어기", "junction · controller"), T("통과 대수", "served"), T("제어지체 s", "control delay s"), T("서비스수준", "LOS"), "HCM", T("대기행렬 95 %", "queue 95 %"),
            T("녹색 도착", "on green"), T("현시 실패", "split failures"), T("정지", "stops"), "CO₂ kg"],
        from runs in here.SelectMany(r => r.Junctions.Select(j => (r.Controller, Junction: j))).GroupBy(j => (j.Junction.Id, j.Controller), j => j.Junction)
            .OrderBy(g => g.Key.Id, StringComparer.Ordinal).ThenBy(g => Array.IndexOf([.. options.Controllers], g.Key.Controller))
        let delay = runs.Average(j => j.ControlDelayS)
        select new Line(
            $"{E(runs.Key.Id)} · {E(runs.Key.Controller)}", Invariant($"{runs.Average(j => j.Served):0}"), Invariant($"{delay:0.0}"), LevelOfService.Korean(delay), LevelOfService.Hcm(delay),
            Invariant($"{runs.Average(j => j.Queue95Veh):0.0}"), Invariant($"{runs.Average(j => j.ArrivalsOnGreen):P0}"), Invariant($"{runs.Average(j => j.SplitFailures):0}"),
            Invariant($"{runs.Average(j => j.Stops):0.00}"), Invariant($"{runs.Average(j => j.Co2Kg):0.0}")));

    private void Corridors(RunResult[] here) => Table(T("축 (시드 평균)", "Corridors, means over seeds"),
        [T("방향 · 제어기", "direction · controller"), T("길이 m", "length m"), T("통행시간 s", "travel s"), T("속도 km/h", "speed km/h"), T("정지", "stops"),
            T("녹색 도착", "on green"), T("현시 실패", "split failures")],
        from r in here
        from way in r.Corridors
        group way by (way.Corridor, way.From, way.To, r.Controller) into runs
        select new Line(
            $"""<span title="{E(runs.Key.Corridor)}">{E(runs.Key.From)} → {E(runs.Key.To)} · {E(runs.Key.Controller)}</span>""", Invariant($"{runs.First().LengthM:0}"), Invariant($"{runs.Average(w => w.TravelS):0.0}"),
            Invariant($"{runs.Average(w => w.LengthM) / runs.Average(w => w.TravelS) * 3.6:0.0}"), Invariant($"{runs.Average(w => w.Stops):0.00}"),
            Invariant($"{runs.Average(w => w.ArrivalsOnGreen):P0}"), Invariant($"{runs.Average(w => w.SplitFailures):0}")));

    /// <summary>Opens a card with a title and a word beside it.</summary>
    private void Card(string width, string title, string beside) => html.Append($"""<section class="card {width}"><header><h3>{title}</h3><small>{beside}</small></header>""");

    /// <summary>A table that scrolls by itself where it is too wide.</summary>
    private void Table(string caption, string[] columns, IEnumerable<Line> lines)
    {
        html.Append($"""<div class="scroll"><table><caption>{caption}</caption><thead><tr>{Cells("th", columns)}</tr></thead><tbody>""");
        foreach (var line in lines) html.Append($"""<tr{(line.IsBase ? " class=\"base\"" : "")}>{Cells("td", line.Cells)}</tr>""");
        html.Append("</tbody></table></div>");

        static string Cells(string tag, string[] of) => string.Concat(of.Select(cell => $"<{tag}>{cell}"));
    }

    /// <summary>A line of a table: its cells as HTML.</summary>
    private sealed record Line(params string[] Cells)
    {
        /// <summary>Whether the others are compared with it.</summary>
        public bool IsBase { get; init; }
    }

    private void Notes()
    {
        html.Append($"""<h2>{T("읽는 법", "How to read it")}</h2><p class="small soft">""").Append(T(
            "모든 값은 모의실험 결과이며 현장 측정이 아니다. 지체는 RESCO 정의(네트워크에 들어오지 못한 차량 포함), 속도는 진입 대기 시간을 포함한다. 구간은 시드별 짝지은 차이의 부트스트랩 95 % 구간(5,000회)이다. 평균만 보지 말 것: 최악 시드와 교착 횟수가 함께 있다. 원자료: results.csv, results.json, differences.csv.",
            "Every figure is simulated, none was measured on a street. Delay is as RESCO defines it, vehicles included that never got in; speed includes the wait to enter. Intervals are 95 % bootstrap intervals (5,000 resamples) of differences paired by seed. Do not read the mean alone: the worst seed and the gridlocks stand beside it. Raw data: results.csv, results.json, differences.csv.")).Append("</p>");
    }

    private static double Median(RunResult[] sorted) => sorted.Length % 2 == 1 ? sorted[sorted.Length / 2].RescoDelayS : (sorted[sorted.Length / 2 - 1].RescoDelayS + sorted[sorted.Length / 2].RescoDelayS) / 2;

    private static string Interval((double Mean, double Low, double High) of, int seeds) => seeds < 2 ? "–" : $"{Percent(of.Low)} ~ {Percent(of.High)}";

    private static string Percent(double share) => share.ToString("+0.0 %;−0.0 %", CultureInfo.InvariantCulture);

    private static string Clock(double seconds) => Invariant($"{(int)seconds / 3600:00}:{(int)seconds / 60 % 60:00}");

    private static string T(string ko, string en) => $"<span class=\"ko\">{ko}</span><span class=\"en\" lang=\"en\">{en}</span>";

    private static string E(string text) => WebUtility.HtmlEncode(text);
}
