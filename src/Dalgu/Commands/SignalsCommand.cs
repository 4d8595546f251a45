using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Dalgu.Signals.Runs;
using Dalgu.Traffic.Simulation;

namespace Dalgu.Commands;

/// <summary><c>dalgu signals …</c>: drives, compares and plans traffic signals on a network file and a demand file.</summary>
internal static class SignalsCommand
{
    public static Command Make() => new("signals", "신호 · traffic signals: runs, studies, plans, training, controllers' logs") { Run(), SignalsStudyCommand.Study(), SignalsStudyCommand.Plan(), SignalsStudyCommand.BeforeAndAfter(), SignalsTrainCommand.Make(), SignalsLogCommand.Make() };

    internal static Option<string> Net() => new("--net") { Description = "The network, a SUMO .net.xml or .net.xml.gz", HelpName = "FILE", Required = true };
    internal static Option<string> Routes() => new("--routes") { Description = "The demand, a SUMO .rou.xml or .rou.xml.gz; several with commas", HelpName = "FILE", Required = true };
    internal static Option<string> Additional() => new("--additional") { Description = "Additional files of SUMO with commas: vehicle types, routes, programs of signals, stops", HelpName = "FILE", DefaultValueFactory = _ => "" };
    internal static Option<bool> CrossingGreens() => new("--allow-crossing-greens") { Description = "Drives programs that give protected green to links that cross, as SUMO does: controllers see the one that gives way yield" };
    internal static Option<string> Profile() => Named("--profile", "The guard's rules: resco (the benchmark's), korea (the street's), korea-order (phases in the program's order), korea-ring (two rings with barriers)", "resco", Dalgu.Signals.Guard.GuardProfile.Names);
    internal static Option<string> Engine() => Named("--engine", "What moves the traffic", "sumo", RunOptions.Engines);

    internal static Option<string[]> Corridors() => new("--corridor") { Description = "A corridor to measure, its signals in the order of the street; may be given again. Else the chains of signals that lie straight on are found", HelpName = "J1,J2,…" };

    internal static Option<string> Named(string name, string description, string standard, string[] names)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => standard };
        option.AcceptOnlyFromAmong(names);
        return option;
    }

    /// <summary>Runs what reads traffic files: their faults name file, element and line, and are faults of use.</summary>
    internal static int Guarded(Func<int> act)
    {
        try
        {
            return act();
        }
        catch (TrafficFileException e)
        {
            throw new CommandFailure(ExitCode.Usage, e.Message);
        }
        catch (Problem e) when (e.Kind == ProblemKind.BadRequestData)
        {
            throw new CommandFailure(ExitCode.Usage, e.Message);
        }
    }

    private static Command Run()
    {
        var net = Net();
        var routes = Routes();
        var additional = Additional();
        var crossing = CrossingGreens();
        var begin = new Option<double?>("--begin") { Description = "The first second of the day; else the minute of the first trip" };
        var end = new Option<double?>("--end") { Description = "The second at which the run ends; else an hour later" };
        var controller = Named("--controller", "Who decides", "dalgu", RunOptions.Controllers);
        var profile = Profile();
        var seed = new Option<int>("--seed") { Description = "The seed of the engine's randomness", DefaultValueFactory = _ => 1 };
        var engine = Engine();
        var tripInfo = new Option<string?>("--tripinfo") { Description = "Where the engine's trip output goes, in SUMO's form", HelpName = "FILE" };
        var plan = new Option<string?>("--plan") { Description = "The plan table of the controller tod", HelpName = "FILE" };
        var faults = new Option<double>("--detector-faults") { Description = "The share of approach lanes whose detectors fail, from 0 to 1" };
        var setting = SignalsTrainCommand.Setting();
        var corridor = Corridors();
        var explain = new Option<bool>("--explain") { Description = "Prints the terms of each change of phase to standard error" };
        var json = new Option<bool>("--json") { Description = "Prints JSON" };
        var command = new Command("run", "Drives a network with a controller and prints the measures") { net, routes, additional, crossing, begin, end, controller, profile, seed, engine, tripInfo, plan, faults, setting, corridor, explain, json };
        command.SetAction(result => Guarded(() =>
        {
            if (result.GetValue(faults) is not (>= 0 and <= 1)) throw new CommandFailure(ExitCode.Usage, string.Create(CultureInfo.InvariantCulture, $"--detector-faults {result.GetValue(faults)} is not from 0 to 1."));
            foreach (var second in (double?[])[result.GetValue(begin), result.GetValue(end)])
                if (second is { } s && !double.IsFinite(s)) throw new CommandFailure(ExitCode.Usage, string.Create(CultureInfo.InvariantCulture, $"--begin and --end are seconds of the day; {s} is none."));
            var scenario = Scenario.Read(result.GetValue(net)!, result.GetValue(routes)!, result.GetValue(begin), result.GetValue(end), additional: result.GetValue(additional)!, allowCrossingGreens: result.GetValue(crossing));
            var done = SignalRun.Drive(scenario, new RunOptions
            {
                Controller = result.GetValue(controller)!, Profile = result.GetValue(profile)!, Engine = result.GetValue(engine)!, Seed = result.GetValue(seed), TripInfo = result.GetValue(tripInfo),
                Plan = result.GetValue(plan), DetectorFaults = result.GetValue(faults), Dalgu = SignalsTrainCommand.Read(result.GetValue(setting)), Corridors = result.GetValue(corridor) ?? [], Explain = result.GetValue(explain) ? System.Console.Error : null,
            }, TimeProvider.System);
            if (result.GetValue(json)) System.Console.WriteLine(JsonSerializer.Serialize(done, RunJson.Default.RunResult));
            else Print(done);
            return ExitCode.Done;
        }));
        return command;
    }

    private static void Print(RunResult r)
    {
        System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {r.Scenario}, {r.Controller}, profile {r.Profile}, engine {r.Engine}, seed {r.Seed}
            delay {r.RescoDelayS:0.0} s, speed with backlog {r.SpeedInclBacklogMs:0.00} m/s, travel {r.MeanTravelS:0.0} s, waiting {r.MeanWaitS:0.0} s, {r.Stops:0.00} stops
            departed {r.Departed}, arrived {r.Arrived}, never departed {r.NeverDeparted}, CO2 {r.Co2Kg:0.0} kg, NOx {r.NoxKg:0.000} kg{(r.Gridlock ? ", GRIDLOCK" : "")}
            control delay {r.ControlDelayS:0.0} s (LOS {r.LosKorea}, HCM {r.LosHcm}), queue 95 % {r.Queue95Veh} vehicles, arrivals on green {r.ArrivalsOnGreen:P0}, split failures {r.SplitFailures}
            guard: {r.GuardOverrides} decisions replaced, {r.Violations} violations; {r.SimSPerS:0} s simulated a second
            """));
        foreach (var c in r.Corridors)
            System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"corridor {c.From} to {c.To} ({c.Corridor}), {c.LengthM:0} m: travel {c.TravelS:0.0} s, {c.SpeedMs:0.0} m/s, {c.Stops:0.00} stops, control delay {c.ControlDelayS:0.0} s a signal (LOS {c.LosKorea}), arrivals on green {c.ArrivalsOnGreen:P0}, split failures {c.SplitFailures}"));
        foreach (var fact in r.ControllerFaults) System.Console.WriteLine("controller: " + fact);
        if (r.DetectorsDegraded > 0) System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"degraded: the detectors of {r.DetectorsDegraded} lanes are taken to have failed"));
        if (r.FallbackS > 0) System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"the plan decided for {r.FallbackS} s"));
        foreach (var fact in r.Notes) System.Console.WriteLine("note: " + fact);
        foreach (var fact in r.FirstViolations) System.Console.WriteLine("violation: " + fact);
    }
}
