using System.Text.Json.Serialization;

namespace Dalgu.Signals.Logs;

/// <summary>Vehicles of an interval.</summary>
internal sealed record LogVolume(DateTime Start, int Vehicles);

/// <summary>How greens ended.</summary>
internal sealed record LogTerminations(int GapOut, int MaxOut, int ForceOff, int Unknown);

/// <summary>A phase in a log. Times are means over whole red-to-red cycles in seconds; null where there is none.</summary>
internal sealed record LogPhase(int Phase, int Cycles, double? CycleS, double? RedS, double? GreenS, double? YellowS, int Volume, int ArrivalsOnRed, int ArrivalsOnGreen, int ArrivalsOnYellow,
    double? ShareOnGreen, double? PlatoonRatio, double? ApproachDelayS, double ApproachDelayTotalH, int SplitsJudged, int SplitFailures, LogTerminations Terminations, int Walks, IReadOnlyList<LogVolume> Volumes);

/// <summary>A pre-emption that dwelt.</summary>
internal sealed record LogPreemption(int Number, DateTime Start, DateTime End, double DwellS);

/// <summary>A controller in a log.</summary>
internal sealed record LogSignal(string Signal, IReadOnlyList<LogPhase> Phases, IReadOnlyDictionary<int, int> PreemptionEntries, IReadOnlyList<LogPreemption> Preemptions);

/// <summary>What logs say. Names of JSON keys are fixed.</summary>
internal sealed record LogReport(long Events, DateTime? First, DateTime? Last, bool DetectorsGiven, double IntervalMinutes, IReadOnlyList<LogSignal> Signals)
{
    /// <summary>The report of logs that were read to their end.</summary>
    public static LogReport Of(LogMeasures log, bool detectorsGiven, TimeSpan interval) => new(log.Events, log.First, log.Last, detectorsGiven, interval.TotalMinutes,
        [.. log.Signals.Select(s => new LogSignal(s.Key, [.. s.Value.Phases.Select(p => Phase(p.Key, p.Value))], s.Value.Preempts.Entries,
            [.. s.Value.Preempts.Dwells.Select(d => new LogPreemption(d.Number, d.Start, d.End, Math.Round(d.Time.TotalSeconds, 1)))]))]);

    private static LogPhase Phase(int number, PhaseLog p)
    {
        var arrivals = p.OnRed + p.OnGreen + p.OnYellow;
        double? share = arrivals == 0 ? null : (double)p.OnGreen / arrivals;
        var total = p.Red + p.Green + p.Yellow;
        return new(number, p.Cycles, Mean(total), Mean(p.Red), Mean(p.Green), Mean(p.Yellow), p.Volume, p.OnRed, p.OnGreen, p.OnYellow, Round(share, 4),
            p.Green > TimeSpan.Zero ? Round(share / (p.Green / total), 3) : null, arrivals == 0 ? null : Math.Round(p.Delay.TotalSeconds / arrivals, 3), Math.Round(p.Delay.TotalHours, 4),
            p.Splits.Judged, p.Splits.Failed, new(p.GapOuts, p.MaxOuts, p.ForceOffs, p.Unknown), p.Walks, [.. p.Volumes.Select(v => new LogVolume(v.Start, v.Vehicles))]);

        double? Mean(TimeSpan sum) => p.Cycles == 0 ? null : Math.Round(sum.TotalSeconds / p.Cycles, 3);
    }

    private static double? Round(double? value, int digits) => value is { } v ? Math.Round(v, digits) : null;
}

/// <summary>How reports of logs are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LogReport))]
internal sealed partial class LogJson : JsonSerializerContext;
