using System.Text.Json.Serialization;
using Dalgu.Signals.Control;
using Dalgu.Signals.Guard;
using Dalgu.Signals.Measures;
using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Runs;

/// <summary>What one junction had in a run: its links' control delay and arrivals, and what vehicles did on its approaches, the junction itself included. Means are over vehicles that came onto an approach.</summary>
internal sealed record JunctionResult(string Id, int Served, double ControlDelayS, string LosKorea, string LosHcm, int Queue95Veh, double ArrivalsOnGreen, int SplitFailures,
    double SpeedMs, double TravelS, double TimeLossS, double Stops, double WaitS, double Co2Kg, double NoxKg, bool Gridlock)
{
    private const double MilligramsInKilogram = 1e6;

    public static JunctionResult Of(string id, int signal, TrafficWatch watch)
    {
        var t = watch.Junction(signal);
        var e = new EdgeTotals();
        foreach (var edge in watch.Approaches(signal)) e.Add(watch.Edges[edge]);
        double n = Math.Max(1, e.Entered);
        return new(id, t.Served, Math.Round(t.ControlDelay, 2), LevelOfService.Korean(t.ControlDelay), LevelOfService.Hcm(t.ControlDelay), watch.Queue95(signal), Math.Round(t.ShareOnGreen, 3), t.SplitFailures,
            Math.Round(e.Metres / Math.Max(1, e.Seconds), 2), Math.Round(e.Seconds / n, 2), Math.Round(e.Lost / n, 2), Math.Round(e.Stops / n, 3), Math.Round(e.Waiting / n, 2), Math.Round(e.Co2 / MilligramsInKilogram, 3), Math.Round(e.Nox / MilligramsInKilogram, 5), watch.IsBlocked(signal));
    }
}

/// <summary>What came of a run. Names of JSON keys are fixed: others read them.</summary>
internal sealed record RunResult
{
    private const int MostCorridors = 20;
    public required string Scenario { get; init; }
    public required string Controller { get; init; }
    public required string Profile { get; init; }

    /// <summary>What of the setting of the controller <c>dalgu</c> was not as built in; empty where nothing was.</summary>
    public string Setting { get; init; } = "";
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

    /// <summary>Approach lanes that the controller took to be without a working detector.</summary>
    public int DetectorsDegraded { get; init; }
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

    /// <summary>What of the files is not as it should be or not simulated, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
    public required IReadOnlyList<JunctionResult> Junctions { get; init; }

    /// <summary>The named corridors, else the longest that are found.</summary>
    public required IReadOnlyList<CorridorResult> Corridors { get; init; }

    internal static RunResult Of(Scenario scenario, RunOptions options, RunMeasures measures, TrafficWatch watch, SignalGuard guard, Supervisor? supervisor, StateAudit audit, double wall)
    {
        var junctions = scenario.Map.Signals.Select(s => JunctionResult.Of(s.Id, s.Number, watch)).ToArray();
        var all = new LinkTotals();
        foreach (var link in watch.Links) all.Add(link);
        var delay = all.ControlDelay;
        var corridors = options.Corridors.Count > 0 ? options.Corridors.Select(c => Corridor.Of(scenario.Map, c)) : Corridor.Find(scenario.Map).Take(MostCorridors);
        return new RunResult
        {
            Scenario = scenario.Name, Controller = options.Controller, Profile = options.Profile, Setting = options.Controller == "dalgu" ? DalguParameter.Differences(options.Dalgu) : "", Engine = options.Engine, Seed = options.Seed, Begin = scenario.Begin, End = scenario.End,
            RescoDelayS = Math.Round(measures.RescoDelay, 3), SpeedInclBacklogMs = Math.Round(measures.Speed, 4), MeanTravelS = Math.Round(measures.MeanTravel, 3), MeanWaitS = Math.Round(measures.MeanWait, 3),
            Stops = Math.Round(measures.Stops, 3), Departed = measures.Departed, Arrived = measures.Arrived, NeverDeparted = measures.NeverDeparted, Co2Kg = Math.Round(measures.Co2Kg, 3), NoxKg = Math.Round(measures.NoxKg, 4),
            Gridlock = watch.Gridlock, GuardOverrides = guard.Overrides, Violations = audit.Count, FallbackS = supervisor?.OnPlan ?? 0,
            ControllerFaults = supervisor is null ? [] : [.. supervisor.Log.Take(10).Select(f => FormattableString.Invariant($"{f.Time:0} {f.Fault}: {f.Fact}"))], WallS = Math.Round(wall, 2), SimSPerS = Math.Round((scenario.End - scenario.Begin) / Math.Max(wall, 1e-3), 1),
            Queue95Veh = junctions.Length == 0 ? 0 : junctions.Max(j => j.Queue95Veh), ArrivalsOnGreen = Math.Round(all.ShareOnGreen, 3),
            SplitFailures = all.SplitFailures, ControlDelayS = Math.Round(delay, 2), LosKorea = LevelOfService.Korean(delay), LosHcm = LevelOfService.Hcm(delay),
            FirstViolations = [.. audit.Found.Take(10).Select(v => FormattableString.Invariant($"{v.Time:0} {scenario.Map.Signals[v.Signal].Id}: {v.Rule}"))], Junctions = junctions,
            Notes = [.. scenario.Map.Network.Notes, .. scenario.Demand.Notes],
            Corridors = [.. corridors.SelectMany(c => CorridorResult.Of(c, scenario.Map, watch))],
        };
    }
}

/// <summary>How results are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RunResult))]
[JsonSerializable(typeof(IReadOnlyList<RunResult>))]
[JsonSerializable(typeof(TimeSpace))]
internal sealed partial class RunJson : JsonSerializerContext;
