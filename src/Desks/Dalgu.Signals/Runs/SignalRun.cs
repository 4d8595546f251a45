using System.Globalization;
using Dalgu.Signals.Control;
using Dalgu.Signals.Engines;
using Dalgu.Signals.Guard;
using Dalgu.Signals.Measures;
using Dalgu.Signals.Plans;

namespace Dalgu.Signals.Runs;

/// <summary>One scenario, one controller, one seed: engine, guard and controller step by step, and what came of it.</summary>
internal static class SignalRun
{
    /// <summary>Drives a scenario to its end.</summary>
    public static RunResult Drive(Scenario scenario, RunOptions options, TimeProvider clock, CancellationToken cancel = default)
    {
        var map = scenario.Map;
        var profile = GuardProfile.Of(options.Profile, map.Name);
        var guard = new SignalGuard(map, profile);
        // Under the benchmark's rules these two show the file's own programs, untouched: the reference of the literature.
        var own = profile.Name == "resco" && (options.Controller == "fixed" || options.Controller == "actuated" && options.Engine == "sumo");
        var actuated = own && options.Controller == "actuated";
        var controller = own ? null : Make(scenario, options, guard);
        var audit = new StateAudit(guard.Limits, full: !own);
        var started = clock.GetTimestamp();
        // What the user's additional files bring would come after the network's programs, so there they are added last.
        var programs = !actuated ? null : scenario.Additional.Length > 0 ? ActuatedPrograms.Write(map) : ActuatedPrograms.WriteNetwork(map);
        try
        {
            using var engine = MakeEngine(scenario, options, programs);
            var watch = new TrafficWatch(map);
            var supervisor = controller is null ? null : new Supervisor(controller, PlanController.OfPrograms(map, guard.Limits), map, new TrafficClock(engine), new SupervisorOptions { TrafficWaits = true });
            var observation = Observation.Of(engine.Traffic, guard, watch);
            if (options.DetectorFaults > 0) observation.Faults = new DetectorFaults(map, options.DetectorFaults, new Random(options.Seed));
            var wanted = new int[map.Signals.Length];
            var shown = new string[map.Signals.Length];
            while (engine.Time < scenario.End)
            {
                cancel.ThrowIfCancellationRequested();
                observation.Time = engine.Time;
                if (supervisor is not null)
                {
                    supervisor.Decide(observation, wanted);
                    guard.Step(engine.Time, wanted, watch.Called);
                }
                for (var s = 0; s < shown.Length && !actuated; s++)
                {
                    shown[s] = own ? ProgramPlayer.At(map.Signals[s], engine.Time) : guard.Shown[s];
                    audit.Check(engine.Time, s, shown[s], watch.Called[s]);
                    engine.Show(s, shown[s]);
                }
                engine.Step();
                watch.Step(engine, actuated ? null : shown);
                options.Recorder?.Step(engine, actuated ? null : shown);
            }
            var trips = engine.Finish();
            var wall = clock.GetElapsedTime(started).TotalSeconds;
            return RunResult.Of(scenario, options, RunMeasures.Of(trips, Planned(scenario, engine), scenario.End), watch, guard, supervisor, audit, wall) with { DetectorsDegraded = (controller as DalguController)?.Degraded ?? 0 };
        }
        finally
        {
            if (programs is not null) File.Delete(programs);
        }
    }

    /// <summary>The controller of a name.</summary>
    public static ISignalController Make(Scenario scenario, RunOptions options, SignalGuard guard) => options.Controller switch
    {
        "fixed" => PlanController.OfPrograms(scenario.Map, guard.Limits),
        "tod" => new PlanController(guard.Limits, options.Plans ?? PlanTable.Read(options.Plan ?? throw new ArgumentException("The controller tod needs --plan FILE, a table that \"dalgu signals plan\" writes."), scenario.Map, guard.Limits)),
        "actuated" => new ActuatedController(scenario.Map),
        "max-pressure" => new MaxPressureController(scenario.Map),
        "dalgu" => new DalguController(scenario.Map, guard.Limits, options.Dalgu, options.Explain),
        _ => throw new ArgumentException($"The controller \"{options.Controller}\" does not exist; {string.Join(", ", RunOptions.Controllers)} do."),
    };

    private static ITrafficEngine MakeEngine(Scenario scenario, RunOptions options, string? programs) => options.Engine switch
    {
        "sumo" => new SumoEngine(scenario.Map, new SumoRun(programs is not null && scenario.Additional.Length == 0 ? programs : scenario.Net, scenario.Routes, scenario.Begin, scenario.End, options.Seed, options.TripInfo,
            scenario.Additional.Length == 0 ? null : programs is null ? scenario.Additional : scenario.Additional + "," + programs, options.Emissions, scenario.Demand.DrawnFlows)),
        "dalgu" => new OwnEngine(scenario.Map, scenario.Demand, scenario.Begin, options.Seed, options.Emissions, options.TripInfo),
        _ => throw new ArgumentException($"The engine \"{options.Engine}\" does not exist; {string.Join(", ", RunOptions.Engines)} do."),
    };

    /// <summary>The planned departures; of flows whose departures are drawn those that SUMO drew, where it moves the traffic.</summary>
    private static IReadOnlyDictionary<string, double> Planned(Scenario scenario, ITrafficEngine engine)
    {
        if (engine is not SumoEngine sumo || scenario.Demand.DrawnFlows.Count == 0) return scenario.Planned;
        var planned = new Dictionary<string, double>(sumo.Drawn, StringComparer.Ordinal);
        foreach (var (id, depart) in scenario.Planned)
            if (!(id.LastIndexOf('.') is > 0 and var dot && scenario.Demand.DrawnFlows.Contains(id[..dot]))) planned[id] = depart;
        return planned;
    }

    /// <summary>The time of the traffic: while it waits for an answer, none passes.</summary>
    private sealed class TrafficClock(ITrafficEngine engine) : TimeProvider
    {
        public override long GetTimestamp() => (long)(engine.Time * TimestampFrequency);
    }
}
