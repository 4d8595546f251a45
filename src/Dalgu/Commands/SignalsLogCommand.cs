using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Dalgu.Signals.Logs;

namespace Dalgu.Commands;

/// <summary><c>dalgu signals log</c>: what controllers' own logs say of their signals.</summary>
internal static class SignalsLogCommand
{
    public static Command Make()
    {
        var files = new Argument<string[]>("files") { Description = "High-resolution logs, CSV of signal, time, event code, parameter; .gz too", Arity = ArgumentArity.OneOrMore, HelpName = "FILE" };
        var detectors = new Option<string?>("--detectors") { Description = "A CSV of detectors: signal, channel, phase, use (count or presence), distance_m, speed_kmh, latency_s; else a channel counts for the phase of its number", HelpName = "FILE" };
        var minutes = new Option<int>("--minutes") { Description = "The intervals of volumes", DefaultValueFactory = _ => 15 };
        var json = new Option<bool>("--json") { Description = "Prints JSON" };
        var command = new Command("log", "Measures controllers' high-resolution logs: Purdue cycles, volumes, arrivals on green, split failures, terminations, pre-emptions") { files, detectors, minutes, json };
        command.SetAction(result => SignalsCommand.Guarded(() =>
        {
            if (result.GetValue(minutes) is < 1 or > 1440) throw new CommandFailure(ExitCode.Usage, $"--minutes {result.GetValue(minutes)} is not from 1 to 1440.");
            var interval = TimeSpan.FromMinutes(result.GetValue(minutes));
            var table = result.GetValue(detectors) is { } file ? LogDetector.Read(file) : null;
            var log = new LogMeasures(table, interval);
            log.AddAll(EventLogOrder.Merge(result.GetValue(files)!));
            if (log.Events == 0) throw new CommandFailure(ExitCode.Usage, $"There is no event in {string.Join(", ", result.GetValue(files)!)}; a line is signal,time,event code,parameter.");
            var report = LogReport.Of(log, table is not null, interval);
            if (result.GetValue(json)) System.Console.WriteLine(JsonSerializer.Serialize(report, LogJson.Default.LogReport));
            else Print(report);
            return ExitCode.Done;
        }));
        return command;
    }

    private static void Print(LogReport report)
    {
        var invariant = CultureInfo.InvariantCulture;
        System.Console.WriteLine(string.Create(invariant, $"{report.Events} events, {report.First:yyyy-MM-dd HH:mm:ss} to {report.Last:yyyy-MM-dd HH:mm:ss}{(report.DetectorsGiven ? "" : "; no --detectors: each channel is taken to count vehicles of the phase of its number at the stop line")}"));
        foreach (var signal in report.Signals)
        {
            System.Console.WriteLine(string.Create(invariant, $"\nsignal {signal.Signal}\nphase cycles  cycle    red  green yellow   vehicles on green platoon  delay s  split failures  gap-out max-out force-off unknown  walks"));
            foreach (var p in signal.Phases)
            {
                var t = p.Terminations;
                System.Console.WriteLine(string.Create(invariant, $"{p.Phase,5} {p.Cycles,6} {Text(p.CycleS),6} {Text(p.RedS),6} {Text(p.GreenS),6} {Text(p.YellowS),6} {p.Volume,10} {(p.ShareOnGreen is { } share ? share.ToString("P0", invariant) : "–"),8} {(p.PlatoonRatio is { } ratio ? ratio.ToString("0.00", invariant) : "–"),7} {Text(p.ApproachDelayS),8} {(p.SplitsJudged == 0 ? "–" : $"{p.SplitFailures} of {p.SplitsJudged}"),15} {t.GapOut,8} {t.MaxOut,7} {t.ForceOff,9} {t.Unknown,7} {p.Walks,6}"));
            }
            foreach (var dwells in signal.Preemptions.GroupBy(p => p.Number))
                System.Console.WriteLine(string.Create(invariant, $"pre-emption {dwells.Key}: {signal.PreemptionEntries.GetValueOrDefault(dwells.Key)} entries, {dwells.Count()} dwells, mean {dwells.Average(d => d.DwellS):0.0} s, longest {dwells.Max(d => d.DwellS):0.0} s"));
        }

        string Text(double? value) => value is { } v ? v.ToString("0.0", invariant) : "–";
    }
}
