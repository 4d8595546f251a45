using System.Globalization;
using Dalgu.Signals.Control;
using Dalgu.Signals.Plans;
using Dalgu.Signals.Runs;
using Dalgu.Signals.Sumo;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Signals.Tests;

/// <summary>The search for a plan by time of day, on a crossroads whose lefts may go with the straights across.</summary>
public sealed class PlanOptimiserTest : IDisposable
{
    private const int Runs = 2, Seed = 5;
    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-plan-").FullName;
    private readonly Scenario scenario;

    public PlanOptimiserTest()
    {
        var (net, routes) = (Path.Combine(folder, "cross.net.xml"), Path.Combine(folder, "cross.rou.xml"));
        File.WriteAllText(net, Crossroads.Xml());
        var text = new System.Text.StringBuilder("<routes>\n");
        for (var arm = 0; arm < 4; arm++)
            foreach (var (turn, every) in ((int, int)[])[(2, arm % 2 == 0 ? 6 : 12), (1, 240)])
                text.Append(CultureInfo.InvariantCulture, $"<flow id=\"f{arm}{turn}\" begin=\"0\" end=\"900\" period=\"{every}\" from=\"in{arm}\" to=\"out{(arm + turn) % 4}\"/>\n");
        File.WriteAllText(routes, text.Append("</routes>\n").ToString());
        scenario = Scenario.Read(net, routes, 0, 900);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_plan_is_better_with_every_seed_together_and_leaves_out_what_other_phases_serve()
    {
        var (plan, delay, shipped) = Find("resco");
        Assert.Equal(Mean("resco", plan), delay, 1e-9);
        Assert.Equal(Mean("resco", [SignalPlan.OfProgram(scenario.Map.Signals[0], Optimiser("resco").Limits[0])]), shipped, 1e-9);
        Assert.True(delay < 0.7 * shipped, $"{delay:0.0} s, the file's program {shipped:0.0} s");
        Assert.Equal(2, plan[0].Order.Length);
        var signal = scenario.Map.Signals[0];
        for (var link = 0; link < signal.Links.Length; link++) Assert.Contains(plan[0].Order, phase => signal.Phases[phase][link] is 'G' or 'g');
    }

    [Fact]
    public void Where_the_order_is_fixed_no_phase_is_left_out_or_moved()
    {
        var (plan, delay, shipped) = Find("korea-order");
        Assert.Equal([0, 1, 2, 3], plan[0].Order);
        Assert.True(delay <= shipped);
        Assert.All(plan[0].Order, phase => Assert.True(plan[0].Green[phase] >= Optimiser("korea-order").Limits[0].MinGreen[phase]));
    }

    [Fact]
    public void The_same_seed_finds_the_same_plan()
    {
        var (one, other) = (Find("resco").Plan[0], Find("resco").Plan[0]);
        Assert.Equal(one.Order, other.Order);
        Assert.Equal(one.Green, other.Green);
        Assert.Equal(one.Offset, other.Offset);
    }

    [Fact, Slow]
    public void With_a_second_engine_no_finalist_is_better_there_than_the_one_that_is_kept()
    {
        Assert.SkipWhen(SumoProcess.Find() is null, "sumo is not on this machine");
        var data = SharedData.PathOrSkip("data", "traffic", "resco", "ingolstadt1");
        var street = Scenario.Read(Path.Combine(data, "ingolstadt1.net.xml.gz"), Path.Combine(data, "ingolstadt1.rou.xml.gz"), 57600, 58200);
        SignalPlan[] Find(string? check) => new PlanOptimiser(street, "resco", "dalgu", Seed, 1, TimeProvider.System) { Check = check }.Find(57600, 58200, 12, (_, _) => { }, CancellationToken.None).Plan;
        double InSumo(SignalPlan[] plan) =>
            SignalRun.Drive(street, new RunOptions { Controller = "tod", Plans = [(0, plan)], Profile = "resco", Engine = "sumo", Seed = Seed, Emissions = false }, TimeProvider.System).RescoDelayS;
        var (alone, confirmed) = (InSumo(Find(null)), InSumo(Find("sumo")));
        Assert.True(confirmed <= alone, $"{confirmed:0.0} s, without the check {alone:0.0} s");
    }

    private PlanOptimiser Optimiser(string profile) => new(scenario, profile, "dalgu", Seed, Runs, TimeProvider.System);

    private (SignalPlan[] Plan, double Delay, double Shipped) Find(string profile) => Optimiser(profile).Find(0, 900, 6, (_, _) => { }, CancellationToken.None);

    private double Mean(string profile, SignalPlan[] plan) => Enumerable.Range(Seed, Runs).Average(seed =>
        SignalRun.Drive(scenario, new RunOptions { Controller = "tod", Plans = [(0, plan)], Profile = profile, Engine = "dalgu", Seed = seed, Emissions = false }, TimeProvider.System).RescoDelayS);
}
