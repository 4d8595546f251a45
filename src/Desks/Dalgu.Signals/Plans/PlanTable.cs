using System.Globalization;
using System.Text;
using Dalgu.Signals.Control;
using Dalgu.Signals.Guard;
using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Plans;

/// <summary>The time-of-day table: a CSV row for each period, signal and phase. Times as HH:MM:SS, greens and offsets in whole seconds.</summary>
internal static class PlanTable
{
    /// <summary>The table's first line.</summary>
    public const string Header = "day_plan,period_begin,signal,cycle_s,offset_s,phase,green_s,split_s,state";

    /// <summary>Writes a table.</summary>
    public static string Write(IReadOnlyList<(double Begin, SignalPlan[] Plans)> periods, StreetMap map, SignalLimits[] limits)
    {
        var text = new StringBuilder(Header).Append('\n');
        foreach (var (begin, plans) in periods)
            for (var s = 0; s < plans.Length; s++)
            {
                var plan = plans[s];
                for (var i = 0; i < plan.Order.Length; i++)
                {
                    var clear = limits[s].Clearance[plan.Order[i], plan.Order[(i + 1) % plan.Order.Length]];
                    text.Append(CultureInfo.InvariantCulture, $"all,{TimeSpan.FromSeconds(begin):hh\\:mm\\:ss},{map.Signals[s].Id},{plan.Cycle(limits[s])},{plan.Offset},{plan.Order[i]},{plan.Green[i]},{plan.Green[i] + clear},{map.Signals[s].Phases[plan.Order[i]]}\n");
                }
            }
        return text.ToString();
    }

    /// <summary>Reads a table for a network. A row that does not fit is refused with its line.</summary>
    public static IReadOnlyList<(double Begin, SignalPlan[] Plans)> Read(string file, StreetMap map, SignalLimits[] limits)
    {
        var lines = File.ReadAllLines(file);
        if (lines.Length == 0 || lines[0].Trim() != Header) throw Bad(1, $"the first line is not \"{Header}\".");
        var periods = new SortedDictionary<double, Dictionary<int, (List<int> Order, List<int> Green, int Offset)>>();
        for (var n = 2; n <= lines.Length; n++)
        {
            var cells = lines[n - 1].Split(',');
            if (lines[n - 1].Length == 0) continue;
            if (cells.Length != 9) throw Bad(n, $"there are {cells.Length} cells, 9 are due.");
            if (!TimeSpan.TryParseExact(cells[1], "hh\\:mm\\:ss", CultureInfo.InvariantCulture, out var begin)) throw Bad(n, $"\"{cells[1]}\" is no time HH:MM:SS.");
            var signal = Array.FindIndex(map.Signals, s => s.Id == cells[2]);
            if (signal < 0) throw Bad(n, $"the signal \"{cells[2]}\" does not exist in {map.Network.File}.");
            var (offset, phase, green) = (Whole(cells[4], n), Whole(cells[5], n), Whole(cells[6], n));
            if ((uint)phase >= (uint)map.Signals[signal].Phases.Length) throw Bad(n, $"signal \"{cells[2]}\" has no phase {phase}.");
            if (green < limits[signal].MinGreen[phase]) throw Bad(n, $"phase {phase} of signal \"{cells[2]}\" has {green} s of green; vehicles and pedestrians need {limits[signal].MinGreen[phase]} s.");
            if (!periods.TryGetValue(begin.TotalSeconds, out var rows)) periods[begin.TotalSeconds] = rows = [];
            if (!rows.TryGetValue(signal, out var row)) rows[signal] = row = ([], [], offset);
            row.Order.Add(phase);
            row.Green.Add(green);
        }
        if (periods.Count == 0) throw Bad(1, "the table has no row.");
        return [.. periods.Select(p => (p.Key, map.Signals.Select(s => p.Value.TryGetValue(s.Number, out var row)
            ? new SignalPlan([.. row.Order], [.. row.Green], row.Offset) : throw Bad(0, $"the period {TimeSpan.FromSeconds(p.Key):hh\\:mm\\:ss} has no row for signal \"{s.Id}\".")).ToArray()))];

        Problem Bad(int line, string fact) => new(ProblemKind.BadRequestData, $"{file}{(line > 0 ? $", line {line}" : "")}: {fact}");
        int Whole(string text, int line) => int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : throw Bad(line, $"\"{text}\" is not a whole number.");
    }
}
