using Dalgu.Signals.Control;
using Dalgu.Signals.Runs;
using Dalgu.Signals.Training;
using Xunit;

namespace Dalgu.Signals.Tests;

/// <summary>The evolution of the controller's setting: that it finds what is planted, repeats, goes on where it stopped, and drives nobody in vain.</summary>
public sealed class SettingTrainingTest : IDisposable
{
    private static readonly DalguParameter[] Trained = [.. DalguParameter.All.Where(p => p.Name is nameof(DalguOptions.Headway) or nameof(DalguOptions.Residual) or nameof(DalguOptions.Expect) or nameof(DalguOptions.Horizon))];
    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-train-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Every_number_of_the_setting_is_a_figure_with_bounds_around_what_is_built_in()
    {
        var numbers = typeof(DalguOptions).GetProperties().Where(p => p.PropertyType == typeof(int) || p.PropertyType == typeof(double)).Select(p => p.Name).Order(StringComparer.Ordinal);
        Assert.Equal(numbers, DalguParameter.All.Select(p => p.Name).Order(StringComparer.Ordinal));
        var standard = new DalguOptions();
        foreach (var p in DalguParameter.All)
        {
            Assert.Equal(p.IsWhole, typeof(DalguOptions).GetProperty(p.Name)!.PropertyType == typeof(int));
            Assert.True(p.Admits(p.Get(standard)), p.Name);
            Assert.Equal(Convert.ToDouble(typeof(DalguOptions).GetProperty(p.Name)!.GetValue(standard)), p.Get(standard));
            Assert.Equal(standard, p.At(standard, p.Place(standard)));
            Assert.Equal((p.Low, p.High), (p.Get(p.At(standard, -1)), p.Get(p.At(standard, 2))));
            Assert.Equal($"{p.Name}={FormattableString.Invariant($"{p.High}")}", DalguParameter.Differences(p.With(standard, p.High)));
        }
    }

    /// <summary>A symmetric matrix is its eigenvectors times its eigenvalues times the eigenvectors again.</summary>
    [Fact]
    public void Eigenvectors_and_eigenvalues_make_the_matrix_again()
    {
        var random = new Random(3);
        const int n = 9;
        var matrix = new double[n][];
        for (var i = 0; i < n; i++) matrix[i] = new double[n];
        for (var i = 0; i < n; i++)
            for (var k = i; k < n; k++) matrix[i][k] = matrix[k][i] = random.NextDouble() - 0.5;
        var (values, vectors) = SymmetricMatrix.Eigen(matrix);
        for (var i = 0; i < n; i++)
            for (var k = 0; k < n; k++)
            {
                Assert.Equal(matrix[i][k], Enumerable.Range(0, n).Sum(e => vectors[i][e] * values[e] * vectors[k][e]), 1e-12);
                Assert.Equal(i == k ? 1 : 0, Enumerable.Range(0, n).Sum(e => vectors[e][i] * vectors[e][k]), 1e-12);
            }
    }

    /// <summary>A valley a hundred times as long as it is wide, aslant to the axes; its lowest point is in the middle of nothing, or at a face of the cube.</summary>
    [Theory]
    [InlineData(0.7, 0.4)]
    [InlineData(1.0, 0.3)]
    public void The_strategy_goes_down_a_slanting_valley(double x, double y)
    {
        var strategy = new EvolutionStrategy(2, 8);
        var state = EvolutionState.Begin([0.2, 0.8], 0.1);
        for (var g = 0; g < 60; g++)
            state = strategy.Next(state, [.. strategy.Sample(state, new Random(g)).OrderBy(c => Math.Pow(c[0] - x + (c[1] - y), 2) + 1e4 * Math.Pow(c[0] - x - (c[1] - y), 2))]);
        Assert.Equal(x, state.Mean[0], 0.01);
        Assert.Equal(y, state.Mean[1], 0.01);
    }

    [Fact]
    public void A_planted_better_setting_is_found_though_judgements_scatter()
    {
        var planted = new DalguOptions { Headway = 2.2, Residual = 4, Expect = 0.7, Horizon = 70 };
        var (found, generations) = new SettingTrainer(Options(60), new Planted(planted)).Train(_ => { }, TestContext.Current.CancellationToken);
        foreach (var p in Trained) Assert.Equal(p.Place(planted), p.Place(found), 0.04);
        Assert.Equal(planted.StopCost, found.StopCost);
        Assert.Equal(60, generations.Count);
    }

    [Fact]
    public void A_training_that_was_stopped_goes_on_to_the_same_bytes()
    {
        var objective = new Planted(new DalguOptions { Headway = 2.2 });
        var whole = new SettingTrainer(Options(6, "whole"), objective).Train(_ => { }, TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => new SettingTrainer(Options(6), new Stopping(objective)).Train(g => { if (g.Generation == 2) stop.Cancel(); }, stop.Token));
        var rest = new SettingTrainer(Options(6), objective).Train(_ => { }, TestContext.Current.CancellationToken);
        Assert.Equal(SettingFile.Text(whole.Setting, null), SettingFile.Text(rest.Setting, null));
        Assert.Equal(File.ReadAllBytes(Options(6, "whole").StateFile), File.ReadAllBytes(Options(6).StateFile));
    }

    [Fact]
    public void The_state_of_another_training_is_not_gone_on_with()
    {
        var objective = new Planted(new DalguOptions());
        new SettingTrainer(Options(2), objective).Train(_ => { }, TestContext.Current.CancellationToken);
        Assert.Contains("another training", Refused(Options(3) with { Key = "b" }), StringComparison.Ordinal);
        Assert.Contains("more than --generations 1", Refused(Options(1)), StringComparison.Ordinal);
        File.WriteAllText(Options(2).StateFile, "{");
        Assert.Contains("no state of a training", Refused(Options(2)), StringComparison.Ordinal);

        string Refused(TrainOptions options) => Assert.Throws<Problem>(() => new SettingTrainer(options, objective).Train(_ => { }, TestContext.Current.CancellationToken)).Message;
    }

    [Fact]
    public void All_candidates_of_a_generation_meet_the_same_seeds_and_the_next_generation_meets_others()
    {
        var driven = new List<(string Scenario, double Headway, int Seed)>();
        var objective = Objective(2, (scenario, setting, seed) =>
        {
            lock (driven) driven.Add((scenario.Name, setting.Headway, seed));
            return new TrainingRun(20, false, 0, 0);
        });
        DalguOptions[] candidates = [new() { Headway = 1.5 }, new() { Headway = 2 }, new() { Headway = 2.5 }, new() { Headway = 1.9 }];
        objective.Judge(candidates, 2, 0, TestContext.Current.CancellationToken);
        var first = driven.Select(d => d.Seed).Distinct().ToArray();
        Assert.Equal(2, first.Length);
        Assert.All(first, seed => Assert.True(seed >= 1000));
        Assert.Equal(2 * 2 * 5, driven.Distinct().Count());
        driven.Clear();
        objective.Judge(candidates, 2, 1, TestContext.Current.CancellationToken);
        Assert.Empty(first.Intersect(driven.Select(d => d.Seed)));
    }

    [Fact]
    public void A_hopeless_candidate_is_driven_on_the_cheapest_scenario_alone()
    {
        var driven = new List<(string Scenario, double Headway)>();
        var objective = Objective(1, (scenario, setting, _) =>
        {
            lock (driven) driven.Add((scenario.Name, setting.Headway));
            return new TrainingRun(20 * setting.Headway, false, 0, 0);
        });
        var builtIn = new DalguOptions().Headway;
        DalguOptions[] candidates = [new(), new() { Headway = 1.5 * builtIn }, new() { Headway = 0.97 * builtIn }, new() { Headway = 1.03 * builtIn }];
        var judged = objective.Judge(candidates, 2, 0, TestContext.Current.CancellationToken);
        Assert.Equal([2, 1, 2, 2], judged.Select(j => j.Scenarios));
        Assert.Equal(["few"], driven.Where(d => d.Headway == 1.5 * builtIn).Select(d => d.Scenario));
        Assert.Equal(Math.Log(0.97), judged[2].Score, 1e-12);
    }

    [Fact]
    public void A_lock_a_violation_and_a_replaced_decision_cost_beyond_the_delay()
    {
        var good = new TrainingRun(20, false, 0, 0);
        Assert.Equal(0, SimulatedObjective.Score(good, good));
        Assert.Equal(Math.Log(0.9), SimulatedObjective.Score(good with { DelayS = 18 }, good), 1e-12);
        Assert.True(SimulatedObjective.Score(good with { DelayS = 14, Gridlock = true }, good) > 0);
        Assert.True(SimulatedObjective.Score(good with { Violations = 1 }, good) > 0.5);
        Assert.True(SimulatedObjective.Score(good with { Overrides = 10 }, good) > 0);
    }

    [Fact]
    public void The_check_pairs_seeds_and_says_how_sure_the_change_is()
    {
        var (rows, all) = SettingCheck.Compare([Cross("few", 30), Cross("many", 15)], [1, 2, 3], new DalguOptions(), new DalguOptions { Headway = 2 }, 1,
            (scenario, setting, seed, _) => new TrainingRun((10 + seed) * (setting.Headway == 2 ? scenario.Name == "few" ? 0.9 : 0.8 : 1), setting.Headway == 2 && seed == 3, 0, 0), (_, _) => { }, TestContext.Current.CancellationToken);
        Assert.Equal(["few", "many"], rows.Select(r => r.Scenario));
        Assert.Equal((12, 10.8, -0.1, -0.1, -0.1, 0, 1), (rows[0].StartDelayS, rows[0].TrainedDelayS, rows[0].Change, rows[0].Low, rows[0].High, rows[0].StartLocks, rows[0].TrainedLocks));
        Assert.Equal(Math.Sqrt(0.9 * 0.8) - 1, all.Mean, 1e-4);
        Assert.Equal((-0.2, -0.1), (all.Low, all.High));
    }

    private TrainOptions Options(int generations, string name = "state") => new(Trained, new DalguOptions(), generations, 10, 0.08, 7, Path.Combine(folder, name), "a");

    private SimulatedObjective Objective(int seeds, Func<Scenario, DalguOptions, int, TrainingRun> drive) => new([Cross("many", 15), Cross("few", 30)], new DalguOptions(), 5, seeds, 2, (scenario, setting, seed, _) => drive(scenario, setting, seed));

    /// <summary>A crossroads with a vehicle from the north every few seconds.</summary>
    private Scenario Cross(string name, int every)
    {
        var (net, routes) = (Path.Combine(folder, name + ".net.xml"), Path.Combine(folder, name + ".rou.xml"));
        File.WriteAllText(net, Crossroads.Xml());
        File.WriteAllText(routes, "<routes>\n" + string.Concat(Enumerable.Range(0, 300 / every).Select(i => $"<vehicle id=\"v{i}\" depart=\"{i * every}\"><route edges=\"in0 out2\"/></vehicle>\n")) + "</routes>\n");
        return Scenario.Read(net, routes, 0, 300, name);
    }

    /// <summary>An objective that ends when it is told to, as driving does.</summary>
    private sealed class Stopping(ISettingObjective objective) : ISettingObjective
    {
        public Judgement[] Judge(IReadOnlyList<DalguOptions> candidates, int parents, int generation, CancellationToken cancel)
        {
            cancel.ThrowIfCancellationRequested();
            return objective.Judge(candidates, parents, generation, cancel);
        }
    }

    /// <summary>The farther from a planted setting, the worse; each generation has noise of its own for each candidate.</summary>
    private sealed class Planted(DalguOptions planted) : ISettingObjective
    {
        public Judgement[] Judge(IReadOnlyList<DalguOptions> candidates, int parents, int generation, CancellationToken cancel)
        {
            var random = new Random(generation);
            return [.. candidates.Select(c => new Judgement(DalguParameter.All.Sum(p => Math.Pow(p.Place(c) - p.Place(planted), 2)) + 0.0005 * random.NextDouble(), 1))];
        }
    }
}
