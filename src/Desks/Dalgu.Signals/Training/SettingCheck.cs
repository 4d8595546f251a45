using Dalgu.Signals.Control;
using Dalgu.Signals.Runs;
using Dalgu.Signals.Study;

namespace Dalgu.Signals.Training;

/// <summary>Two settings on one scenario that training did not see, seed by seed: mean delays in seconds, the change as a share with its 95 % bootstrap interval, and in how many seeds each locked up.</summary>
internal sealed record CheckFigures(string Scenario, string Hash, int Seeds, double StartDelayS, double TrainedDelayS, double Change, double Low, double High, int StartLocks, int TrainedLocks, int StartOverrides, int TrainedOverrides);

/// <summary>Compares a trained setting with the one that training began with.</summary>
internal static class SettingCheck
{
    /// <summary>A row for each scenario, and the mean change over them with its interval, scenarios resampled whole: seeds of one network are no other networks.</summary>
    public static (IReadOnlyList<CheckFigures> Rows, (double Mean, double Low, double High) All) Compare(IReadOnlyList<Scenario> scenarios, IReadOnlyList<int> seeds, DalguOptions start, DalguOptions trained, int parallel,
        Func<Scenario, DalguOptions, int, CancellationToken, TrainingRun> drive, Action<int, int> progress, CancellationToken cancel)
    {
        var runs = new TrainingRun[scenarios.Count * seeds.Count * 2];
        var done = 0;
        SimulatedObjective.InParallel(runs.Length, parallel, i =>
        {
            runs[i] = drive(scenarios[i / 2 / seeds.Count], i % 2 == 0 ? start : trained, seeds[i / 2 % seeds.Count], cancel);
            progress(Interlocked.Increment(ref done), runs.Length);
        }, cancel);
        var rows = new List<CheckFigures>();
        var means = new List<double>();
        for (var s = 0; s < scenarios.Count; s++)
        {
            var before = Enumerable.Range(0, seeds.Count).Select(k => runs[(s * seeds.Count + k) * 2]).ToArray();
            var after = Enumerable.Range(0, seeds.Count).Select(k => runs[(s * seeds.Count + k) * 2 + 1]).ToArray();
            var logs = Bootstrap.Mean([.. before.Zip(after, (a, b) => Math.Log(Math.Max(0.1, b.DelayS) / Math.Max(0.1, a.DelayS)))]);
            means.Add(logs.Mean);
            rows.Add(new(scenarios[s].Name, scenarios[s].Hash(), seeds.Count, Math.Round(before.Average(r => r.DelayS), 2), Math.Round(after.Average(r => r.DelayS), 2), Share(logs.Mean), Share(logs.Low), Share(logs.High),
                before.Count(r => r.Gridlock), after.Count(r => r.Gridlock), before.Sum(r => r.Overrides), after.Sum(r => r.Overrides)));
        }
        var all = Bootstrap.Mean(means);
        return (rows, (Share(all.Mean), Share(all.Low), Share(all.High)));
    }

    private static double Share(double log) => Math.Round(Math.Exp(log) - 1, 4);
}
