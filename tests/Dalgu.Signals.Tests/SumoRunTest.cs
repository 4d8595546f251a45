using Dalgu.Signals.Engines;
using Dalgu.Signals.Runs;
using Dalgu.Signals.Sumo;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Signals.Tests;

/// <summary>Runs in SUMO on the benchmark's small networks.</summary>
[Slow]
public class SumoRunTest
{
    private static RunResult Drive(string name, string controller, int seed, string profile = "resco", double minutes = 60, double faults = 0)
    {
        Assert.SkipWhen(SumoProcess.Find() is null, "sumo is not on this machine");
        var folder = SharedData.PathOrSkip("data", "traffic", "resco", name);
        var begin = name.StartsWith("cologne", StringComparison.Ordinal) ? 25200 : name.StartsWith("ingolstadt", StringComparison.Ordinal) ? 57600 : 0;
        var scenario = Scenario.Read(Path.Combine(folder, name + ".net.xml.gz"), Path.Combine(folder, name + ".rou.xml.gz"), begin, begin + minutes * 60);
        return SignalRun.Drive(scenario, new RunOptions { Controller = controller, Seed = seed, Profile = profile, DetectorFaults = faults }, TimeProvider.System);
    }

    /// <summary>The rows of shared/data/traffic/baselines.csv for SUMO 1.15.0.</summary>
    [Theory]
    [InlineData("cologne1", "fixed", 1, 59.253, 4.099, 440.258)]
    [InlineData("cologne1", "fixed", 2, 58.167, 4.146, 441.381)]
    [InlineData("cologne3", "fixed", 1, 42.396, 5.977, 640.076)]
    [InlineData("cologne1", "actuated", 1, 83.128, 3.174, 508.479)]
    [InlineData("ingolstadt1", "actuated", 1, 28.896, 4.957, 234.911)]
    public void The_measures_are_those_of_the_referee(string network, string controller, int seed, double delay, double speed, double co2)
    {
        var result = Drive(network, controller, seed);
        Assert.Equal(delay, result.RescoDelayS, 0.02);
        Assert.Equal(speed, result.SpeedInclBacklogMs, 0.002);
        Assert.Equal(co2, result.Co2Kg, 0.05);
        Assert.Equal(0, result.Violations);
    }

    /// <summary>A flow with a probability: SUMO draws other departures than the reader of the demand, so that none of the reader's may be missed.</summary>
    [Fact]
    public void Of_a_flow_that_SUMO_draws_nobody_is_missed_and_who_waits_outside_at_the_end_is_counted()
    {
        Assert.SkipWhen(SumoProcess.Find() is null, "sumo is not on this machine");
        var folder = Directory.CreateTempSubdirectory("dalgu-drawn").FullName;
        try
        {
            var (net, routes) = (Path.Combine(folder, "c.net.xml"), Path.Combine(folder, "c.rou.xml"));
            File.WriteAllText(net, Crossroads.Xml());
            RunResult Run(double probability)
            {
                File.WriteAllText(routes, FormattableString.Invariant($"<routes><flow id=\"f\" begin=\"0\" end=\"600\" probability=\"{probability}\" from=\"in0\" to=\"out2\"/></routes>"));
                return SignalRun.Drive(Scenario.Read(net, routes, 0, 600), new RunOptions { Controller = "fixed" }, TimeProvider.System);
            }
            var light = Run(0.05);
            Assert.InRange(light.Departed, 10, 50); // 30 expected
            Assert.Equal(0, light.NeverDeparted);
            var heavy = Run(1);
            Assert.InRange(heavy.Departed + heavy.NeverDeparted, 595, 600);
            Assert.True(heavy.NeverDeparted > 200, $"{heavy.NeverDeparted} wait outside");
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    /// <summary>The bars of the published algorithms are means over seeds; one seed may be a little above.</summary>
    [Theory]
    [InlineData("cologne1", 27.2)]
    [InlineData("ingolstadt1", 22.2)]
    public void Dalgu_is_level_with_the_best_published_delay(string network, double published)
    {
        var result = Drive(network, "dalgu", 1);
        Assert.InRange(result.RescoDelayS, 10, published * 1.05);
        Assert.Equal(0, result.Violations);
        Assert.False(result.Gridlock);
    }

    [Theory]
    [InlineData("cologne1")]
    [InlineData("ingolstadt1")]
    public void Under_korean_rules_dalgu_is_15_percent_faster_than_the_program_under_the_same_rules(string network)
    {
        var (plan, ours) = (Drive(network, "fixed", 1, "korea"), Drive(network, "dalgu", 1, "korea"));
        Assert.Equal((0, 0), (plan.Violations, ours.Violations));
        Assert.True(ours.SpeedInclBacklogMs > 1.15 * plan.SpeedInclBacklogMs, $"{ours.SpeedInclBacklogMs} against {plan.SpeedInclBacklogMs} m/s");
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        var (a, b) = (Drive("ingolstadt1", "dalgu", 3, minutes: 10), Drive("ingolstadt1", "dalgu", 3, minutes: 10));
        Assert.Equal((a.RescoDelayS, a.Arrived, a.GuardOverrides, a.Stops), (b.RescoDelayS, b.Arrived, b.GuardOverrides, b.Stops));
    }

    [Fact]
    public void What_SUMO_says_against_a_file_reaches_the_user()
    {
        Assert.SkipWhen(SumoProcess.Find() is null, "sumo is not on this machine");
        var refusal = Assert.Throws<Problem>(() =>
        {
            using var engine = new SumoEngine(Crossroads.Map(), new SumoRun("/nowhere/none.net.xml", "/nowhere/none.rou.xml", 0, 10, 1));
        });
        Assert.Contains("/nowhere/none.net.xml", refusal.Message, StringComparison.Ordinal);
    }
}
