using System.Globalization;
using System.Net;
using System.Text;
using Dalgu.Signals.Control;
using Dalgu.Signals.Measures;
using Dalgu.Signals.Runs;

namespace Dalgu.Signals.Study;

/// <summary>The report of a study: one HTML file without script, Korean and English, its charts drawn as SVG beside tables of the same figures.</summary>
internal sealed partial class StudyReport(StudyOptions options, IReadOnlyList<RunResult> results, IReadOnlyList<PairedDifference> differences, IReadOnlyDictionary<(string Scenario, string Controller), TimeSpace> diagrams)
{
    private const int FewSeeds = 5; // below it an interval is drawn and no verdict is given
    private readonly StringBuilder html = new();

    /// <summary>The page.</summary>
    public string Html(DateTimeOffset now)
    {
        html.Append("<!doctype html><html lang=\"ko\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>신호 비교 연구 · Signal study — 달구</title><style>").Append(Style).Append("</style></head><body>");
        html.Append("<div class=\"bar\"><b>달구</b><span class=\"where\">").Append(T("교통신호 › 비교 연구", "Signals › study")).Append("</span><span class=\"grow\"></span><span class=\"small soft\">").Append(T("작성", "Made"))
            .Append(CultureInfo.InvariantCulture, $" {now:yyyy-MM-dd HH:mm} UTC</span><fieldset class=\"lang\"><label><input type=\"radio\" name=\"lang\" id=\"lang-ko\" checked>한국어</label><label><input type=\"radio\" name=\"lang\" id=\"lang-en\">English</label></fieldset></div><main>");
        Head();
        Cards();
        if (differences.Count > 0) Overview();
        foreach (var scenario in options.Scenarios) Section(scenario);
        Notes();
        return html.Append("</main></body></html>\n").ToString();
    }

    private void Head()
    {
        html.Append("<h1>").Append(T("신호제어 비교 연구", "Signal control study")).Append("</h1><p class=\"soft\">");
        var (first, last) = (options.Seeds[0], options.Seeds[^1]);
        html.Append(T($"제어기 {E(string.Join(", ", options.Controllers))} · 규칙 {E(options.Profile)} · 엔진 {E(options.Engine)} · 시드 {first}–{last} ({options.Seeds.Count}개) · 모의실험 {results.Count}회",
            $"Controllers {E(string.Join(", ", options.Controllers))} · profile {E(options.Profile)} · engine {E(options.Engine)} · seeds {first}–{last} ({options.Seeds.Count}) · {results.Count} simulated runs")).Append("</p>");
        if (DalguParameter.Differences(options.Dalgu) is { Length: > 0 } setting) html.Append("<p class=\"soft\">").Append(T($"dalgu의 설정이 기본값과 다릅니다: {E(setting)}", $"The setting of dalgu is not the built-in one: {E(setting)}")).Append("</p>");
    }

    /// <summary>What the last controller gains on each scenario.</summary>
    private void Cards()
    {
        html.Append("<div class=\"grid\">");
        foreach (var d in differences.Where(d => d.Controller == options.Controllers[^1]))
        {
            var (kind, ko, en) = d.Seeds < FewSeeds ? ("unknown", "시드가 적음", "few seeds") : d.Speed.Low > 0 ? ("good", "빨라짐", "faster") : d.Speed.High < 0 ? ("bad", "느려짐", "slower") : ("unknown", "차이 불확실", "not shown");
            html.Append(CultureInfo.InvariantCulture, $"<section class=\"card kpi\"><div class=\"soft small\">{E(d.Scenario)} · {E(d.Controller)} ↔ {E(d.Against)}</div><div class=\"value\">{Percent(d.Speed.Mean)}</div>");
            html.Append(CultureInfo.InvariantCulture, $"<div><span class=\"badge {kind}\">{T(ko, en)}</span></div><p class=\"small soft\">{T("속도(대기열 포함)", "speed with backlog")}, 95 %: {Interval(d.Speed, d.Seeds)}<br>{T("최악 시드", "worst seed")} {d.WorstSpeed.Seed}: {Percent(d.WorstSpeed.Share)}</p></section>");
        }
        html.Append("</div>");
    }

    private void Overview()
    {
        html.Append("<div class=\"grid\"><section class=\"card five\"><header><h3>").Append(T("속도 변화와 95 % 구간", "Change of speed with its 95 % interval")).Append("</h3><small>").Append(T($"{E(options.Controllers[0])} 대비, 시드별 짝", $"against {E(options.Controllers[0])}, paired by seed")).Append("</small></header>");
        Forest();
        html.Append("</section><section class=\"card seven\"><div class=\"scroll\"><table><caption>").Append(T("짝지은 차이", "Paired differences")).Append("</caption><thead><tr><th>").Append(T("시나리오 · 제어기", "scenario · controller")).Append("<th>").Append(T("속도", "speed")).Append("<th>95 %<th>").Append(T("최악 시드", "worst seed")).Append("<th>").Append(T("지체 s", "delay s")).Append("<th>95 %</tr></thead><tbody>");
        foreach (var d in differences)
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{E(d.Scenario)} · {E(d.Controller)}<td>{Percent(d.Speed.Mean)}<td>{Interval(d.Speed, d.Seeds)}<td>{Percent(d.WorstSpeed.Share)} ({d.WorstSpeed.Seed})<td>{d.Delay.Mean:+0.0;−0.0}<td>{(d.Seeds < 2 ? "–" : string.Create(CultureInfo.InvariantCulture, $"{d.Delay.Low:+0.0;−0.0} ~ {d.Delay.High:+0.0;−0.0}"))}</tr>");
        html.Append("</tbody></table></div></section></div>");
    }

    private void Section(Scenario scenario)
    {
        var here = results.Where(r => r.Scenario == scenario.Name).ToArray();
        html.Append(CultureInfo.InvariantCulture, $"<h2>{E(scenario.Name)}</h2><p class=\"soft\">{T($"신호교차로 {scenario.Map.Signals.Length}곳 · 통행 {scenario.Planned.Count}건", $"{scenario.Map.Signals.Length} signals · {scenario.Planned.Count} trips")} · {Clock(scenario.Begin)}–{Clock(scenario.End)}</p><div class=\"grid\">");
        html.Append("<section class=\"card half\"><header><h3>").Append(T("시드별 지체", "Delay by seed")).Append("</h3><small>").Append(T("점 = 시드, 선 = 중앙값, 빈 원 = 교착", "dot = seed, line = median, ring = gridlock")).Append("</small></header>");
        Dots(here);
        html.Append("</section><section class=\"card half\">");
        Table(here);
        html.Append("</section>");
        var shown = options.Controllers.Where(c => diagrams.ContainsKey((scenario.Name, c))).ToArray();
        foreach (var controller in shown) Diagram(controller, diagrams[(scenario.Name, controller)]);
        html.Append("</div>");
        Details(here);
    }

    private void Table(RunResult[] here)
    {
        html.Append("<div class=\"scroll\"><table><caption>").Append(T("모든 시드의 결과", "All seeds")).Append("</caption><thead><tr><th>").Append(T("제어기", "controller")).Append("<th>").Append(T("지체 평균 s", "delay, mean s")).Append("<th>").Append(T("중앙값", "median")).Append("<th>").Append(T("최악 (시드)", "worst (seed)"))
            .Append("<th>").Append(T("교착", "gridlock")).Append("<th>").Append(T("속도 km/h", "speed km/h")).Append("<th>").Append(T("정지", "stops")).Append("<th>CO₂ kg<th>").Append(T("위반", "violations")).Append("<th>").Append(T("계획 대체 s", "on plan s")).Append("</tr></thead><tbody>");
        foreach (var controller in options.Controllers)
        {
            var rows = here.Where(r => r.Controller == controller).OrderBy(r => r.RescoDelayS).ToArray();
            if (rows.Length == 0) continue;
            html.Append(CultureInfo.InvariantCulture, $"<tr{(controller == options.Controllers[0] ? " class=\"base\"" : "")}><td>{E(controller)}<td>{rows.Average(r => r.RescoDelayS):0.0}<td>{Median(rows):0.0}<td>{rows[^1].RescoDelayS:0.0} ({rows[^1].Seed})<td>{rows.Count(r => r.Gridlock)} / {rows.Length}<td>{rows.Average(r => r.SpeedInclBacklogMs) * 3.6:0.0}<td>{rows.Average(r => r.Stops):0.00}<td>{rows.Average(r => r.Co2Kg):0}<td>{rows.Sum(r => r.Violations)}<td>{rows.Sum(r => r.FallbackS)}</tr>");
        }
        html.Append("</tbody></table></div>");
    }

    /// <summary>Junctions and corridors, means over the seeds.</summary>
    private void Details(RunResult[] here)
    {
        html.Append("<details><summary>").Append(T("교차로와 축별 수치", "Junctions and corridors")).Append("</summary><div class=\"grid\"><section class=\"card\"><div class=\"scroll\"><table><caption>").Append(T("교차로 (시드 평균)", "Junctions, means over seeds")).Append("</caption><thead><tr><th>").Append(T("교차로 · 제어기", "junction · controller"))
            .Append("<th>").Append(T("통과 대수", "served")).Append("<th>").Append(T("제어지체 s", "control delay s")).Append("<th>").Append(T("서비스수준", "LOS")).Append("<th>HCM<th>").Append(T("대기행렬 95 %", "queue 95 %")).Append("<th>").Append(T("녹색 도착", "on green")).Append("<th>").Append(T("현시 실패", "split failures")).Append("<th>").Append(T("정지", "stops")).Append("<th>CO₂ kg</tr></thead><tbody>");
        foreach (var junction in here.SelectMany(r => r.Junctions.Select(j => (r.Controller, Junction: j))).GroupBy(j => (j.Junction.Id, j.Controller)).OrderBy(g => g.Key.Id, StringComparer.Ordinal).ThenBy(g => Array.IndexOf([.. options.Controllers], g.Key.Controller)))
        {
            var delay = junction.Average(j => j.Junction.ControlDelayS);
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{E(junction.Key.Id)} · {E(junction.Key.Controller)}<td>{junction.Average(j => j.Junction.Served):0}<td>{delay:0.0}<td>{LevelOfService.Korean(delay)}<td>{LevelOfService.Hcm(delay)}<td>{junction.Average(j => j.Junction.Queue95Veh):0.0}<td>{junction.Average(j => j.Junction.ArrivalsOnGreen):P0}<td>{junction.Average(j => j.Junction.SplitFailures):0}<td>{junction.Average(j => j.Junction.Stops):0.00}<td>{junction.Average(j => j.Junction.Co2Kg):0.0}</tr>");
        }
        html.Append("</tbody></table></div></section>");
        if (here.Any(r => r.Corridors.Count > 0))
        {
            html.Append("<section class=\"card\"><div class=\"scroll\"><table><caption>").Append(T("축 (시드 평균)", "Corridors, means over seeds")).Append("</caption><thead><tr><th>").Append(T("방향 · 제어기", "direction · controller")).Append("<th>").Append(T("길이 m", "length m")).Append("<th>").Append(T("통행시간 s", "travel s")).Append("<th>").Append(T("속도 km/h", "speed km/h")).Append("<th>").Append(T("정지", "stops")).Append("<th>").Append(T("녹색 도착", "on green")).Append("<th>").Append(T("현시 실패", "split failures")).Append("</tr></thead><tbody>");
            foreach (var way in here.SelectMany(r => r.Corridors.Select(c => (r.Controller, Way: c))).GroupBy(c => (c.Way.Corridor, c.Way.From, c.Way.To, c.Controller)))
                html.Append(CultureInfo.InvariantCulture, $"<tr><td title=\"{E(way.Key.Corridor)}\">{E(way.Key.From)} → {E(way.Key.To)} · {E(way.Key.Controller)}<td>{way.First().Way.LengthM:0}<td>{way.Average(c => c.Way.TravelS):0.0}<td>{way.Average(c => c.Way.LengthM) / way.Average(c => c.Way.TravelS) * 3.6:0.0}<td>{way.Average(c => c.Way.Stops):0.00}<td>{way.Average(c => c.Way.ArrivalsOnGreen):P0}<td>{way.Average(c => c.Way.SplitFailures):0}</tr>");
            html.Append("</tbody></table></div></section>");
        }
        html.Append("</div></details>");
    }

    private void Notes()
    {
        html.Append("<h2>").Append(T("읽는 법", "How to read it")).Append("</h2><p class=\"small soft\">").Append(T(
            "모든 값은 모의실험 결과이며 현장 측정이 아니다. 지체는 RESCO 정의(네트워크에 들어오지 못한 차량 포함), 속도는 진입 대기 시간을 포함한다. 구간은 시드별 짝지은 차이의 부트스트랩 95 % 구간(5,000회)이다. 평균만 보지 말 것: 최악 시드와 교착 횟수가 함께 있다. 원자료: results.csv, results.json, differences.csv.",
            "Every figure is simulated, none was measured on a street. Delay is as RESCO defines it, vehicles included that never got in; speed includes the wait to enter. Intervals are 95 % bootstrap intervals (5,000 resamples) of differences paired by seed. Do not read the mean alone: the worst seed and the gridlocks stand beside it. Raw data: results.csv, results.json, differences.csv.")).Append("</p>");
    }

    private static double Median(RunResult[] sorted) => sorted.Length % 2 == 1 ? sorted[sorted.Length / 2].RescoDelayS : (sorted[sorted.Length / 2 - 1].RescoDelayS + sorted[sorted.Length / 2].RescoDelayS) / 2;

    private static string Interval((double Mean, double Low, double High) of, int seeds) => seeds < 2 ? "–" : $"{Percent(of.Low)} ~ {Percent(of.High)}";

    private static string Percent(double share) => share.ToString("+0.0 %;−0.0 %", CultureInfo.InvariantCulture);

    private static string Clock(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{(int)seconds / 3600:00}:{(int)seconds / 60 % 60:00}");

    private static string T(string ko, string en) => $"<span class=\"ko\">{ko}</span><span class=\"en\" lang=\"en\">{en}</span>";

    private static string E(string text) => WebUtility.HtmlEncode(text);
}
