using System.Runtime.ExceptionServices;
using Dalgu.Signals.Control;
using Dalgu.Signals.Runs;

namespace Dalgu.Signals.Training;

/// <summary>What training looks at of a run: delay in seconds, whether it locked up, decisions that the guard replaced, violations that the audit found.</summary>
internal readonly record struct TrainingRun(double DelayS, bool Gridlock, int Overrides, int Violations)
{
    /// <summary>Drives a scenario in the own engine.</summary>
    public static TrainingRun Drive(Scenario scenario, DalguOptions setting, string profile, int seed, CancellationToken cancel)
    {
        var r = SignalRun.Drive(scenario, new RunOptions { Controller = "dalgu", Engine = "dalgu", Profile = profile, Seed = seed, Dalgu = setting, Emissions = false }, TimeProvider.System, cancel);
        return new(r.RescoDelayS, r.Gridlock, r.GuardOverrides, r.Violations);
    }
}

/// <summary>Judges settings by driving them: the mean over scenarios of how much the delay differs, as a logarithm, from that of the setting at the start with the
/// same seeds. A lock, a violation and each decision that the guard replaced cost extra. All candidates of a generation are driven with the same seeds, the next generation with others.</summary>
/// <param name="scenarios">What is driven.</param>
/// <param name="start">The setting that candidates are compared with.</param>
/// <param name="seed">The seed of the training.</param>
/// <param name="seedsEach">With how many seeds each scenario is driven in a generation.</param>
/// <param name="parallel">Runs at the same time. Results do not depend on it.</param>
/// <param name="drive">Drives a scenario with a setting and a seed.</param>
/// <param name="progress">Told each run that is done.</param>
internal sealed class SimulatedObjective(IReadOnlyList<Scenario> scenarios, DalguOptions start, int seed, int seedsEach, int parallel, Func<Scenario, DalguOptions, int, CancellationToken, TrainingRun> drive, Action? progress = null) : ISettingObjective
{
    private const double Lock = 0.5, Violation = 1, Override = 0.001; // as logarithms of delay: a lock as if it were two thirds more
    private const double Hopeless = 0.05; // who is that far behind the last parent is given up
    private const int FirstSeed = 1000; // the seeds below it are left for checking

    // Those with few trips first: they are cheap, and who is given up after them costs little.
    private readonly Scenario[] inOrder = [.. scenarios.OrderBy(s => s.Planned.Count).ThenBy(s => s.Name, StringComparer.Ordinal)];

    public Judgement[] Judge(IReadOnlyList<DalguOptions> candidates, int parents, int generation, CancellationToken cancel)
    {
        var seeds = Seeds(generation);
        var sums = new double[candidates.Count];
        var seen = new int[candidates.Count];
        var alive = Enumerable.Range(0, candidates.Count).ToList();
        foreach (var scenario in inOrder)
        {
            var settings = alive.Select(i => candidates[i]).Prepend(start).ToArray();
            var runs = new TrainingRun[settings.Length * seeds.Length];
            InParallel(runs.Length, parallel, i =>
            {
                runs[i] = drive(scenario, settings[i / seeds.Length], seeds[i % seeds.Length], cancel);
                progress?.Invoke();
            }, cancel);
            for (var a = 0; a < alive.Count; a++)
            {
                for (var k = 0; k < seeds.Length; k++) sums[alive[a]] += Score(runs[(a + 1) * seeds.Length + k], runs[k]) / seeds.Length;
                seen[alive[a]]++;
            }
            var last = alive.Select(i => sums[i]).Order().ElementAt(Math.Min(parents, alive.Count) - 1);
            alive.RemoveAll(i => (sums[i] - last) / seen[i] > Hopeless);
        }
        return [.. Enumerable.Range(0, candidates.Count).Select(i => new Judgement(sums[i] / seen[i], seen[i]))];
    }

    /// <summary>How much worse a run is than another.</summary>
    public static double Score(TrainingRun run, TrainingRun against) =>
        Math.Log(Math.Max(0.1, run.DelayS) / Math.Max(0.1, against.DelayS)) + Cost(run) - Cost(against);

    private static double Cost(TrainingRun run) => (run.Gridlock ? Lock : 0) + (run.Violations > 0 ? Violation : 0) + Override * run.Overrides;

    private int[] Seeds(int generation)
    {
        var random = new Random(unchecked(SettingTrainer.DrawSeed(seed, generation) ^ 0x5eed));
        return [.. Enumerable.Range(0, seedsEach).Select(_ => random.Next(FirstSeed, int.MaxValue))];
    }

    /// <summary>Does work side by side and throws what went wrong as it was thrown.</summary>
    internal static void InParallel(int count, int parallel, Action<int> work, CancellationToken cancel)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancel }, work);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }
}
