using System.Text.Json.Serialization;
using Dalgu.Signals.Control;
using Dalgu.Signals.Guard;
using Dalgu.Signals.Measures;

namespace Dalgu.Signals.Runs;

/// <summary>What one junction had in a run.</summary>
internal sealed record JunctionResult(string Id, int Served, double ControlDelayS, string LosKorea, string LosHcm, int Queue95Veh, double ArrivalsOnGreen, int SplitFailures);

/// <summary>What came of a run. Names of JSON keys are fixed: others read them.</summary>
internal sealed record RunResult
{
    public required string Scenario { get; init; }
    public required string Controller { get; init; }
    public required string Profile { get; init; }
    public required string Engine { get; init; }
    public required int Seed { get; init; }
    public required double Begin { get; init; }
    public required double End { get; init; }
    public required double RescoDelayS { get; init; }
    public required double SpeedInclBacklogMs { get; init; }
    public required double MeanTravelS { get; init; }
    public required double MeanWaitS { get; init; }
    public required double Stops { get; init; }
    public required int Departed { get; init; }
    public required int Arrived { get; init; }
    public required int NeverDeparted { get; init; }
    public required double Co2Kg { get; init; }
    public required double NoxKg { get; init; }
    public required bool Gridlock { get; init; }
    public required int GuardOverrides { get; init; }
    public required int Violations { get; init; }

    /// <summary>Seconds for which the plan decided, because the controller was at fault.</summary>
    public required int FallbackS { get; init; }
    public required IReadOnlyList<string> ControllerFaults { get; init; }
    public required double WallS { get; init; }

    /// <summary>Simulated seconds a second of wall time.</summary>
    [JsonPropertyName("sim_s_per_s")]
    public required double SimSPerS { get; init; }

    [JsonPropertyName("queue_95_veh")]
    public required int Queue95Veh { get; init; }
    public required double ArrivalsOnGreen { get; init; }
    public required int SplitFailures { get; init; }
    public required double ControlDelayS { get; init; }
    public required string LosKorea { get; init; }
    public required string LosHcm { get; init; }
    public required IReadOnlyList<string> FirstViolations { get; init; }
    public required IReadOnlyList<JunctionResult> Junctions { get; init; }

    internal static RunResult Of(Scenario scenario, RunOptions options, RunMeasures measures, TrafficWatch watch, SignalGuard guard, Supervisor? supervisor, StateAudit audit, double wall)
    {
        var junctions = scenario.Map.Signals.Select(s =>
        {
            var t = watch.Junctions[s.Number];
            return new JunctionResult(s.Id, t.Served, Math.Round(t.ControlDelay, 2), LevelOfService.Korean(t.ControlDelay), LevelOfService.Hcm(t.ControlDelay), watch.Queue95(s.Number),
                t.Arrivals == 0 ? 0 : Math.Round((double)t.OnGreen / t.Arrivals, 3), t.SplitFailures);
        }).ToArray();
        var served = watch.Junctions.Sum(t => t.Served);
        var delay = served == 0 ? 0 : watch.Junctions.Sum(t => t.Delay) / served;
        var arrivals = watch.Junctions.Sum(t => t.Arrivals);
        return new RunResult
        {
            Scenario = scenario.Name, Controller = options.Controller, Profile = options.Profile, Engine = options.Engine, Seed = options.Seed, Begin = scenario.Begin, End = scenario.End,
            RescoDelayS = Math.Round(measures.RescoDelay, 3), SpeedInclBacklogMs = Math.Round(measures.Speed, 4), MeanTravelS = Math.Round(measures.MeanTravel, 3), MeanWaitS = Math.Round(measures.MeanWait, 3),
            Stops = Math.Round(measures.Stops, 3), Departed = measures.Departed, Arrived = measures.Arrived, NeverDeparted = measures.NeverDeparted, Co2Kg = Math.Round(measures.Co2Kg, 3), NoxKg = Math.Round(measures.NoxKg, 4),
            Gridlock = watch.Gridlock, GuardOverrides = guard.Overrides, Violations = audit.Count, FallbackS = supervisor?.OnPlan ?? 0,
            ControllerFaults = supervisor is null ? [] : [.. supervisor.Log.Take(10).Select(f => FormattableString.Invariant($"{f.Time:0} {f.Fault}: {f.Fact}"))], WallS = Math.Round(wall, 2), SimSPerS = Math.Round((scenario.End - scenario.Begin) / Math.Max(wall, 1e-3), 1),
            Queue95Veh = junctions.Length == 0 ? 0 : junctions.Max(j => j.Queue95Veh), ArrivalsOnGreen = arrivals == 0 ? 0 : Math.Round((double)watch.Junctions.Sum(t => t.OnGreen) / arrivals, 3),
            SplitFailures = watch.Junctions.Sum(t => t.SplitFailures), ControlDelayS = Math.Round(delay, 2), LosKorea = LevelOfService.Korean(delay), LosHcm = LevelOfService.Hcm(delay),
            FirstViolations = [.. audit.Found.Take(10).Select(v => FormattableString.Invariant($"{v.Time:0} {scenario.Map.Signals[v.Signal].Id}: {v.Rule}"))], Junctions = junctions,
        };
    }
}

/// <summary>How results are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RunResult))]
[JsonSerializable(typeof(IReadOnlyList<RunResult>))]
internal sealed partial class RunJson : JsonSerializerContext;
