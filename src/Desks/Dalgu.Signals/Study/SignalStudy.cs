using System.Globalization;
using System.Text;
using System.Text.Json;
using Dalgu.Signals.Runs;

namespace Dalgu.Signals.Study;

/// <summary>What a study is of.</summary>
internal sealed record StudyOptions(IReadOnlyList<Scenario> Scenarios, IReadOnlyList<string> Controllers, IReadOnlyList<int> Seeds, string Profile, string Engine, string Out)
{
    /// <summary>Runs at the same time; half of the cores where not said, because each run is an engine beside a controller.</summary>
    public int Parallel { get; init; } = Math.Max(1, Environment.ProcessorCount / 2);
}

/// <summary>Controllers × scenarios × seeds. Each run's result is a file, so that a study which was stopped goes on where it was.</summary>
internal static class SignalStudy
{
    /// <summary>Runs what is missing and writes results.csv, results.json and report.html.</summary>
    public static IReadOnlyList<RunResult> Run(StudyOptions options, TimeProvider clock, Action<int, int> progress, CancellationToken cancel = default)
    {
        var runs = Path.Combine(options.Out, "runs");
        Directory.CreateDirectory(runs);
        var all = (from scenario in options.Scenarios from seed in options.Seeds from controller in options.Controllers select (scenario, seed, controller)).ToArray();
        var results = new RunResult[all.Length];
        var done = 0;
        System.Threading.Tasks.Parallel.For(0, all.Length, new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancel }, i =>
        {
            var (scenario, seed, controller) = all[i];
            var file = Path.Combine(runs, string.Create(CultureInfo.InvariantCulture, $"{scenario.Name}-{controller}-{options.Profile}-{options.Engine}-{seed}.json"));
            if (File.Exists(file)) results[i] = JsonSerializer.Deserialize(File.ReadAllText(file), RunJson.Default.RunResult)!;
            else
            {
                results[i] = SignalRun.Drive(scenario, new RunOptions { Controller = controller, Profile = options.Profile, Engine = options.Engine, Seed = seed }, clock, cancel);
                // Whole or not at all: a run that was cut off is run again.
                File.WriteAllText(file + ".part", JsonSerializer.Serialize(results[i], RunJson.Default.RunResult));
                File.Move(file + ".part", file, overwrite: true);
            }
            progress(Interlocked.Increment(ref done), all.Length);
        });
        File.WriteAllText(Path.Combine(options.Out, "results.csv"), Csv(results));
        File.WriteAllText(Path.Combine(options.Out, "results.json"), JsonSerializer.Serialize(results, RunJson.Default.IReadOnlyListRunResult));
        File.WriteAllText(Path.Combine(options.Out, "report.html"), StudyReport.Html(options, results));
        return results;
    }

    /// <summary>A row for each run.</summary>
    private static string Csv(IEnumerable<RunResult> results)
    {
        var text = new StringBuilder("scenario,controller,profile,engine,seed,resco_delay_s,speed_incl_backlog_ms,mean_travel_s,mean_wait_s,stops,departed,arrived,never_departed,co2_kg,nox_kg,gridlock,guard_overrides,violations,queue_95_veh,arrivals_on_green,split_failures,control_delay_s,los_korea,los_hcm\n");
        foreach (var r in results)
            text.Append(CultureInfo.InvariantCulture, $"{r.Scenario},{r.Controller},{r.Profile},{r.Engine},{r.Seed},{r.RescoDelayS},{r.SpeedInclBacklogMs},{r.MeanTravelS},{r.MeanWaitS},{r.Stops},{r.Departed},{r.Arrived},{r.NeverDeparted},{r.Co2Kg},{r.NoxKg},{(r.Gridlock ? 1 : 0)},{r.GuardOverrides},{r.Violations},{r.Queue95Veh},{r.ArrivalsOnGreen},{r.SplitFailures},{r.ControlDelayS},{r.LosKorea},{r.LosHcm}\n");
        return text.ToString();
    }
}
