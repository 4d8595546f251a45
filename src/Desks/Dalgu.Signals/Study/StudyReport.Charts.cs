using System.Globalization;
using Dalgu.Signals.Measures;
using Dalgu.Signals.Runs;

namespace Dalgu.Signals.Study;

/// <summary>The drawings of the report. Each has its figures in a table beside it, and no state is told by colour alone.</summary>
internal sealed partial class StudyReport
{
    private const int Left = 130, Width = 600, Row = 30;
    private const int MostMarks = 6; // of an axis: more run into one another on a telephone

    /// <summary>A dot for each seed, a line at the median, a ring for a run in gridlock.</summary>
    private void Dots(RunResult[] here)
    {
        var most = Scale(here.Select(r => r.RescoDelayS).DefaultIfEmpty(1).Max());
        double X(double delay) => Left + delay / most * (Width - Left - 32);
        var height = options.Controllers.Count * Row + 36;
        html.Append(CultureInfo.InvariantCulture, $"<svg class=\"fit\" role=\"img\" aria-label=\"시드별 지체, 초 · Delay by seed, seconds\" viewBox=\"0 0 {Width} {height}\">");
        Axis(X, 0, most, height - 30, "0", "s");
        for (var i = 0; i < options.Controllers.Count; i++)
        {
            var rows = here.Where(r => r.Controller == options.Controllers[i]).OrderBy(r => r.RescoDelayS).ToArray();
            var y = i * Row + Row / 2;
            html.Append(CultureInfo.InvariantCulture, $"<text x=\"0\" y=\"{y + 4}\">{E(options.Controllers[i])}</text>");
            foreach (var r in rows) html.Append(CultureInfo.InvariantCulture, $"<circle class=\"{(r.Gridlock ? "locked" : "dot")}\" cx=\"{X(r.RescoDelayS):0.0}\" cy=\"{y}\" r=\"5\"><title>seed {r.Seed}: {r.RescoDelayS:0.0} s{(r.Gridlock ? ", gridlock" : "")}</title></circle>");
            if (rows.Length > 0) html.Append(CultureInfo.InvariantCulture, $"<line class=\"median\" x1=\"{X(Median(rows)):0.0}\" x2=\"{X(Median(rows)):0.0}\" y1=\"{y - 11}\" y2=\"{y + 11}\"/>");
        }
        html.Append("</svg>");
    }

    /// <summary>The intervals of the changes of speed: a bar from end to end, a dot at the mean, a tick at the worst seed.</summary>
    private void Forest()
    {
        var (low, high) = (Math.Min(0, differences.Min(d => Math.Min(d.Speed.Low, d.WorstSpeed.Share))), Math.Max(0.05, differences.Max(d => d.Speed.High)));
        const int Names = 240;
        double X(double share) => Names + (share - low) / (high - low) * (Width - Names - 32);
        var height = differences.Count * Row + 36;
        html.Append(CultureInfo.InvariantCulture, $"<svg class=\"fit five\" role=\"img\" aria-label=\"속도 변화, 95 % 구간 · Change of speed, 95 % interval\" viewBox=\"0 0 {Width} {height}\">");
        Axis(X, low * 100, high * 100, height - 30, "0.##", "%", 0.01);
        html.Append(CultureInfo.InvariantCulture, $"<line class=\"axis\" x1=\"{X(0):0.0}\" x2=\"{X(0):0.0}\" y1=\"0\" y2=\"{height - 30}\" stroke-width=\"2\"/>");
        for (var i = 0; i < differences.Count; i++)
        {
            var d = differences[i];
            var y = i * Row + Row / 2;
            html.Append(CultureInfo.InvariantCulture, $"<text x=\"0\" y=\"{y + 4}\">{E(d.Scenario)} · {E(d.Controller)}</text><line class=\"interval\" x1=\"{X(d.Speed.Low):0.0}\" x2=\"{X(d.Speed.High):0.0}\" y1=\"{y}\" y2=\"{y}\"/><circle class=\"mean\" cx=\"{X(d.Speed.Mean):0.0}\" cy=\"{y}\" r=\"5\"/><line class=\"worst\" x1=\"{X(d.WorstSpeed.Share):0.0}\" x2=\"{X(d.WorstSpeed.Share):0.0}\" y1=\"{y - 8}\" y2=\"{y + 8}\"><title>worst seed {d.WorstSpeed.Seed}</title></line>");
        }
        html.Append("</svg><p class=\"small soft\">").Append(T("점 = 평균, 막대 = 95 % 구간, 세로 눈금 = 최악 시드", "dot = mean, bar = 95 % interval, tick = worst seed")).Append("</p>");
    }

    /// <summary>Trajectories along a corridor; each signal is a bar at its stop line: thick where red, thin where green.</summary>
    private void Diagram(string controller, TimeSpace t)
    {
        const int Wide = 1200, High = 380, Names = 110, Foot = 40;
        double X(double time) => Names + (time - t.Begin) / Math.Max(1, t.End - t.Begin) * (Wide - Names - 30);
        double Y(double metres) => High - Foot - metres / Math.Max(1, t.LengthM) * (High - Foot - 16);
        html.Append("<section class=\"card\"><header><h3>").Append(T($"시공도 · {E(controller)}", $"Time-space diagram · {E(controller)}")).Append("</h3><small>").Append(CultureInfo.InvariantCulture, $"{E(t.From)} → {E(t.To)}, {t.LengthM:0} m, {T("시드", "seed")} {options.Seeds[0]} · ").Append(T("굵은 선 = 적색, 가는 선 = 녹색", "thick = red, thin = green")).Append("</small></header>");
        html.Append(CultureInfo.InvariantCulture, $"<div class=\"scroll\"><svg class=\"wide\" role=\"img\" aria-label=\"{E(t.Corridor)} 시공도, {E(controller)} · time-space diagram of {t.Trajectories.Count} trajectories\" viewBox=\"0 0 {Wide} {High}\">");
        for (var time = Math.Ceiling(t.Begin / 60) * 60; time <= t.End; time += 60)
        {
            html.Append(CultureInfo.InvariantCulture, $"<line class=\"gridline\" x1=\"{X(time):0}\" x2=\"{X(time):0}\" y1=\"10\" y2=\"{High - Foot}\"/>");
            if (time % 120 == 0) html.Append(CultureInfo.InvariantCulture, $"<text class=\"soft\" x=\"{X(time):0}\" y=\"{High - Foot + 18}\" text-anchor=\"middle\">{Clock(time)}</text>");
        }
        foreach (var line in t.Trajectories)
        {
            html.Append("<polyline class=\"trace\" points=\"");
            for (var i = 0; i + 1 < line.Count; i += 2) html.Append(CultureInfo.InvariantCulture, $"{(i > 0 ? " " : "")}{X(line[i]):0.#},{Y(line[i + 1]):0.#}");
            html.Append("\"/>");
        }
        var last = double.PositiveInfinity;
        foreach (var signal in t.Signals)
        {
            var y = Y(signal.AtM);
            foreach (var bar in signal.Bars) html.Append(CultureInfo.InvariantCulture, $"<line class=\"{(bar.State == 'G' ? "isgreen" : bar.State == 'y' ? "isyellow" : "isred")}\" x1=\"{X(bar.From):0.#}\" x2=\"{X(bar.To):0.#}\" y1=\"{y:0.#}\" y2=\"{y:0.#}\"/>");
            if (last - y < 13) continue; // two names on one another say nothing
            last = y;
            html.Append(CultureInfo.InvariantCulture, $"<text x=\"0\" y=\"{y + 4:0.#}\">{E(Short(signal.Id))}<title>{E(signal.Id)}</title></text>");
        }
        html.Append("</svg></div>");
        if (t.Signals.All(s => s.Bars.Count == 0)) html.Append("<p class=\"small soft\">").Append(T("SUMO가 직접 제어한 신호라서 상태가 기록되지 않았다.", "SUMO itself ran these signals, so their states are not known.")).Append("</p>");
        html.Append("</section>");
    }

    private void Axis(Func<double, double> x, double from, double to, int bottom, string format, string unit, double factor = 1)
    {
        var step = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(1e-9, (to - from) / 2))));
        for (var i = 0; (to - from) / step > MostMarks; i++) step *= i % 3 == 1 ? 2.5 : 2; // 1, 2, 5, 10
        for (var at = Math.Ceiling(from / step) * step; at <= to + 1e-9; at += step)
        {
            var place = x(at * factor);
            html.Append(CultureInfo.InvariantCulture, $"<line class=\"gridline\" x1=\"{place:0.0}\" x2=\"{place:0.0}\" y1=\"0\" y2=\"{bottom}\"/><text class=\"soft\" x=\"{place:0.0}\" y=\"{bottom + 18}\" text-anchor=\"middle\">{at.ToString(format, CultureInfo.InvariantCulture)} {unit}</text>");
        }
    }

    /// <summary>A round figure not below the largest.</summary>
    private static double Scale(double most)
    {
        var ten = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(1, most))));
        return Math.Ceiling(most / ten * 2) / 2 * ten;
    }

    private static string Short(string id) => id.Length <= 14 ? id : string.Concat(id.AsSpan(0, 13), "…");
}
