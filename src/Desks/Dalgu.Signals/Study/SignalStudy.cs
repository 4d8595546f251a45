using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text;
using System.Text.Json;
using Dalgu.Signals.Control;
using Dalgu.Signals.Measures;
using Dalgu.Signals.Runs;
using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Study;

/// <summary>What a study is of.</summary>
internal sealed record StudyOptions(IReadOnlyList<Scenario> Scenarios, IReadOnlyList<string> Controllers, IReadOnlyList<int> Seeds, string Profile, string Engine, string Out)
{
    /// <summary>Runs at the same time: the cores; half of them where an engine runs as a process beside each controller.</summary>
    public int Parallel { get; init; } = Engine == "dalgu" ? Environment.ProcessorCount : Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>Corridors to measure and to draw; those that are found where empty. A scenario that lacks their signals has none.</summary>
    public IReadOnlyList<string> Corridors { get; init; } = [];

    /// <summary>The setting of the controller <c>dalgu</c>.</summary>
    public DalguOptions Dalgu { get; init; } = new();

    /// <summary>How many minutes a time-space diagram shows, from the middle of the run.</summary>
    public int DiagramMinutes { get; init; } = 10;
}

/// <summary>One run of a study and where it is kept.</summary>
internal sealed record StudyRun(Scenario Scenario, int Seed, string Controller, string File)
{
    public string DiagramFile => File + ".timespace";
}

/// <summary>Controllers × scenarios × seeds. Each run's result is a file, so that a study which was stopped goes on where it was.</summary>
internal static class SignalStudy
{
    /// <summary>Runs what is missing and writes results.csv, differences.csv, results.json and report.html.</summary>
    public static IReadOnlyList<RunResult> Run(StudyOptions options, TimeProvider clock, Action<int, int> progress, CancellationToken cancel = default)
    {
        foreach (var corridor in options.Corridors)
            if (!options.Scenarios.Any(scenario => Has(scenario, corridor))) throw new Problem(ProblemKind.BadRequestData, $"No scenario of the study has all signals of --corridor {corridor}.");
        var runs = Runs(options);
        Directory.CreateDirectory(Path.Combine(options.Out, "runs"));
        var results = new RunResult[runs.Count];
        var done = 0;
        try
        {
            System.Threading.Tasks.Parallel.For(0, runs.Count, new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancel }, i =>
            {
                results[i] = Kept(runs[i].File) ?? Drive(options, runs[i], clock, cancel);
                progress(Interlocked.Increment(ref done), runs.Count);
            });
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
        File.WriteAllText(Path.Combine(options.Out, "results.csv"), Csv(results));
        File.WriteAllText(Path.Combine(options.Out, "results.json"), JsonSerializer.Serialize(results, RunJson.Default.IReadOnlyListRunResult));
        var differences = PairedDifference.Of(options, results);
        File.WriteAllText(Path.Combine(options.Out, "differences.csv"), PairedDifference.Csv(differences));
        var diagrams = runs.Where(r => r.Seed == options.Seeds[0] && File.Exists(r.DiagramFile)).ToDictionary(r => (r.Scenario.Name, r.Controller), r => JsonSerializer.Deserialize(File.ReadAllText(r.DiagramFile), RunJson.Default.TimeSpace)!);
        File.WriteAllText(Path.Combine(options.Out, "report.html"), new StudyReport(options, results, differences, diagrams).Html(clock.GetUtcNow()));
        return results;
    }

    private static IReadOnlyList<StudyRun> Runs(StudyOptions options)
    {
        var runs = new List<StudyRun>();
        var setting = DalguParameter.Differences(options.Dalgu);
        foreach (var scenario in options.Scenarios)
        {
            // Another network, demand, window or corridor under the same name is another scenario; another setting is another controller.
            var hash = scenario.Hash(string.Join(';', options.Corridors));
            var set = setting.Length == 0 ? hash : scenario.Hash(string.Join(';', options.Corridors) + ' ' + setting);
            foreach (var seed in options.Seeds)
                foreach (var controller in options.Controllers)
                    runs.Add(new StudyRun(scenario, seed, controller, Path.Combine(options.Out, "runs", string.Create(CultureInfo.InvariantCulture, $"{scenario.Name}-{(controller == "dalgu" ? set : hash)}-{controller}-{options.Profile}-{options.Engine}-{seed}.json"))));
        }
        return runs;
    }

    private static bool Has(Scenario scenario, string corridor) => corridor.Split(',').All(id => scenario.Map.Signals.Any(s => s.Id == id.Trim()));

    private static RunResult? Kept(string file)
    {
        if (!File.Exists(file)) return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(file), RunJson.Default.RunResult);
        }
        catch (JsonException)
        {
            return null; // of another version: it is run again
        }
    }

    private static RunResult Drive(StudyOptions options, StudyRun run, TimeProvider clock, CancellationToken cancel)
    {
        var scenario = run.Scenario;
        var corridors = options.Corridors.Where(c => Has(scenario, c)).ToArray();
        var drawn = run.Seed != options.Seeds[0] ? null : corridors.Length > 0 ? Corridor.Of(scenario.Map, corridors[0]) : Corridor.Find(scenario.Map).FirstOrDefault();
        var middle = Math.Floor((scenario.Begin + scenario.End) / 2);
        var recorder = drawn is null ? null : new TimeSpaceRecorder(scenario.Map, drawn, middle, Math.Min(scenario.End, middle + options.DiagramMinutes * 60));
        var result = SignalRun.Drive(scenario, new RunOptions { Controller = run.Controller, Profile = options.Profile, Engine = options.Engine, Seed = run.Seed, Corridors = corridors, Recorder = recorder, Dalgu = options.Dalgu }, clock, cancel);
        if (recorder is not null) Write(run.DiagramFile, JsonSerializer.Serialize(recorder.Finish(), RunJson.Default.TimeSpace));
        Write(run.File, JsonSerializer.Serialize(result, RunJson.Default.RunResult));
        return result;
    }

    /// <summary>Whole or not at all: a run that was cut off is run again.</summary>
    private static void Write(string file, string text)
    {
        File.WriteAllText(file + ".part", text);
        File.Move(file + ".part", file, overwrite: true);
    }

    /// <summary>A row for each run.</summary>
    private static string Csv(IEnumerable<RunResult> results)
    {
        var text = new StringBuilder("scenario,controller,profile,engine,seed,resco_delay_s,speed_incl_backlog_ms,mean_travel_s,mean_wait_s,stops,departed,arrived,never_departed,co2_kg,nox_kg,gridlock,guard_overrides,violations,fallback_s,queue_95_veh,arrivals_on_green,split_failures,control_delay_s,los_korea,los_hcm\n");
        foreach (var r in results)
            text.Append(CultureInfo.InvariantCulture, $"{r.Scenario},{r.Controller},{r.Profile},{r.Engine},{r.Seed},{r.RescoDelayS},{r.SpeedInclBacklogMs},{r.MeanTravelS},{r.MeanWaitS},{r.Stops},{r.Departed},{r.Arrived},{r.NeverDeparted},{r.Co2Kg},{r.NoxKg},{(r.Gridlock ? 1 : 0)},{r.GuardOverrides},{r.Violations},{r.FallbackS},{r.Queue95Veh},{r.ArrivalsOnGreen},{r.SplitFailures},{r.ControlDelayS},{r.LosKorea},{r.LosHcm}\n");
        return text.ToString();
    }
}
