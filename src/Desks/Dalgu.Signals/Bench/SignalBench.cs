using System.Diagnostics;
using System.Globalization;
using Dalgu.Signals.Control;
using Dalgu.Signals.Engines;
using Dalgu.Signals.Guard;
using Dalgu.Signals.Measures;
using Dalgu.Signals.Runs;
using Dalgu.Signals.Streets;
using Dalgu.Signals.Sumo;
using Dalgu.Traffic.Simulation;

namespace Dalgu.Signals.Bench;

/// <summary>How fast one decision for a whole network is, in milliseconds, and what the guard costs.</summary>
internal sealed record DecisionTimes(int Signals, int Steps, int Vehicles, double P50Ms, double P99Ms, double MaxMs, double GuardUs);

/// <summary>The own engine beside SUMO on one scenario with its own program: processor seconds of each round.</summary>
internal sealed record EngineTimes(string Scenario, double Seconds, IReadOnlyList<double> OwnS, IReadOnlyList<double> SumoS);

/// <summary>Measures speed: engine against engine in turns, and decisions on a grid that is made up here.</summary>
internal static class SignalBench
{
    /// <summary>The grid of the bench: 20 × 13 = 260 signals, as many as Daegu's centre has.</summary>
    public const int Columns = 20, Rows = 13;
    private const int WarmUp = 600, Hourly = 500;

    /// <summary>Lets a controller decide for the grid for some seconds in the middle of traffic, all on this thread.</summary>
    public static DecisionTimes Decisions(int steps, string profile, TimeProvider clock)
    {
        var folder = Directory.CreateTempSubdirectory("dalgu-grid-").FullName;
        try
        {
            var (net, routes) = (Path.Combine(folder, "grid.net.xml"), Path.Combine(folder, "grid.rou.xml"));
            File.WriteAllText(net, GridNetwork.Net(Columns, Rows));
            File.WriteAllText(routes, GridNetwork.Demand(Columns, Rows, WarmUp + steps, Hourly, new Random(1)));
            var scenario = Scenario.Read(net, routes, 0, WarmUp + steps);
            var map = scenario.Map;
            var guard = new SignalGuard(map, GuardProfile.Of(profile, map.Name));
            var controller = new DalguController(map, guard.Limits, new DalguOptions());
            using var engine = new OwnEngine(map, scenario.Demand, 0, 1, emissions: false, tripInfo: null);
            var watch = new TrafficWatch(map);
            var observation = Observation.Of(engine.Traffic, guard, watch);
            var wanted = new int[map.Signals.Length];
            var decide = new List<double>();
            var guarded = TimeSpan.Zero;
            for (var t = 0; t < WarmUp + steps; t++)
            {
                observation.Time = engine.Time;
                var began = clock.GetTimestamp();
                controller.Decide(observation, wanted);
                var decided = clock.GetTimestamp();
                guard.Step(engine.Time, wanted, watch.Called);
                if (t >= WarmUp)
                {
                    decide.Add(clock.GetElapsedTime(began, decided).TotalMilliseconds);
                    guarded += clock.GetElapsedTime(decided);
                }
                for (var s = 0; s < wanted.Length; s++) engine.Show(s, guard.Shown[s]);
                engine.Step();
                watch.Step(engine, guard.Shown);
            }
            decide.Sort();
            return new(map.Signals.Length, steps, engine.Traffic.Present.Count(p => p), decide[decide.Count / 2], decide[Math.Min(decide.Count - 1, decide.Count * 99 / 100)], decide[^1], guarded.TotalMicroseconds / steps);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Runs a scenario with its own program in both engines in turns, without emissions. SUMO's time is that of its whole process; the own one is that of its steps, the files are read before.
    /// Both are processor time: a busy machine does not count. Own times alone where SUMO is not here.</summary>
    public static EngineTimes Engines(string net, string routes, double? begin, double? end, int rounds, Action<string> say)
    {
        var scenario = Scenario.Read(net, routes, begin, end);
        var own = new List<double>();
        var sumo = new List<double>();
        Own(scenario, 1); // the first run is compiled while it runs
        for (var round = 1; round <= rounds; round++)
        {
            own.Add(Own(scenario, round));
            if (SumoProcess.Find() is { } program) sumo.Add(Sumo(program, scenario, round));
            say(string.Create(CultureInfo.InvariantCulture, $"round {round}: own {own[^1]:0.00} s, SUMO {(sumo.Count > 0 ? sumo[^1].ToString("0.00", CultureInfo.InvariantCulture) : "not here")} s"));
        }
        return new(scenario.Name, scenario.End - scenario.Begin, own, sumo);
    }

    private static double Own(Scenario scenario, int seed)
    {
        var simulation = new TrafficSimulation(scenario.Map.Network, scenario.Demand, scenario.Begin, (ulong)seed, new SimulationOptions { Emissions = false });
        using var self = Process.GetCurrentProcess();
        var before = self.UserProcessorTime;
        while (simulation.Time < scenario.End) simulation.Step();
        self.Refresh();
        return (self.UserProcessorTime - before).TotalSeconds;
    }

    private static double Sumo(string program, Scenario scenario, int seed)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var option in (string[])["-n", scenario.Net, "-r", scenario.Routes, "-b", Text(scenario.Begin), "-e", Text(scenario.End), "--seed", Text(seed), "--time-to-teleport", "-1",
            "--xml-validation", "never", "--no-step-log", "true", "--duration-log.disable", "true", "--no-warnings", "true"]) start.ArgumentList.Add(option);
        if (!start.Environment.ContainsKey("SUMO_HOME") && Directory.Exists("/usr/share/sumo")) start.Environment["SUMO_HOME"] = "/usr/share/sumo";
        using var process = Process.Start(start) ?? throw new Problem(ProblemKind.InternalError, $"{program} does not start.");
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var said = process.StandardError.ReadToEndAsync();
        var used = TimeSpan.Zero;
        // What a process has used is not told after its end: it is asked until then, and the last 10 ms are left out in SUMO's favour.
        while (!process.WaitForExit(10))
        {
            try
            {
                process.Refresh();
                used = process.UserProcessorTime;
            }
            catch (InvalidOperationException) when (process.HasExited)
            {
                // It has ended between the two questions: the last answer holds.
            }
        }
        if (process.ExitCode != 0) throw new Problem(ProblemKind.BadRequestData, "SUMO refuses the scenario: " + said.GetAwaiter().GetResult().Trim());
        return used.TotalSeconds;
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
