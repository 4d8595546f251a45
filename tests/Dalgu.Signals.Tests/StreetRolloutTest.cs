using System.Text.RegularExpressions;
using Dalgu.Signals.Control;
using Dalgu.Signals.Engines;
using Dalgu.Signals.Guard;
using Dalgu.Signals.Runs;
using Dalgu.Signals.Streets;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Signals.Tests;

/// <summary>Plans that are played on the streets, vehicle by vehicle. The crossroads has phases 0 to 3: north and south straight, their lefts, east and west straight, their lefts.</summary>
public sealed class StreetRolloutTest : IDisposable
{
    private static readonly DalguOptions Setting = new();

    /// <summary>What one costs who stands from the first second to the last, in the mean over all ends.</summary>
    private static readonly double Standing = (Setting.StreetHorizon + 1) / 2.0 + Setting.StreetResidual;

    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-streets-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static readonly StreetMap Map = Crossroads.Map();

    private static JunctionModel Junction() => new(Map, new SignalGuard(Map, GuardProfile.Resco("crossroads")).Limits[0], Setting);

    /// <summary>Six stand in the west and want to go straight on, one drives up from the north.</summary>
    private static Observation Queue()
    {
        var traffic = new Vehicles(Map);
        for (var i = 0; i < 6; i++) Put(traffic, "in3", "out1", 199 - 7.5 * i, 0);
        Put(traffic, "in0", "out2", 60, 13.89);
        return new(traffic, new SignalNow[1]) { Time = 100 };
    }

    private static void Put(Vehicles traffic, string from, string to, double position, double speed)
    {
        var slot = traffic.Enter([Map.EdgeNumbers[from], Map.EdgeNumbers[to]], 5);
        traffic.Move(slot, Map.LaneNumbers[from + "_0"], position, speed);
    }

    private static double Cost(StreetRollout streets, JunctionModel model, int phase)
    {
        Array.Fill(model.Shown, new SecondShown(phase, phase, false, 0));
        model.ShownFrom = 100;
        return streets.Play(double.MaxValue).Cost;
    }

    [Fact]
    public void A_plan_that_serves_the_queue_costs_less_and_each_plan_meets_the_same_drivers()
    {
        var (streets, model) = (new StreetRollout(Map, Setting), Junction());
        streets.See([model], 0, Queue());
        Assert.Equal(7, streets.Vehicles);
        var (north, west) = (Cost(streets, model, 0), Cost(streets, model, 2));
        Assert.Equal((north, west), (Cost(streets, model, 0), Cost(streets, model, 2)));
        // Six who stand to every end, beside one who drives on.
        Assert.InRange(north, 6 * Standing, 6 * Standing + 15);
        Assert.InRange(west, 40, 140);
        // A plan that is dearer than another one is not played to its end.
        Array.Fill(model.Shown, new SecondShown(0, 0, false, 0));
        var (cost, seconds) = streets.Play(60);
        Assert.InRange(cost, 60, 70);
        Assert.InRange(seconds, 9, 12);
    }

    [Fact]
    public void Yellow_and_all_red_are_played_as_the_guard_shows_them()
    {
        var (streets, model) = (new StreetRollout(Map, Setting), Junction());
        streets.See([model], 0, Queue());
        var at_once = Cost(streets, model, 2);
        for (var t = 0; t < 3; t++) model.Shown[t] = new(2, 0, true, t);
        var after = streets.Play(double.MaxValue).Cost;
        Assert.InRange(after - at_once, 6 * 2, 6 * 4); // the queue starts three seconds later
    }

    [Fact]
    public void No_more_seconds_are_played_than_a_plan_has()
    {
        var setting = Setting with { Horizon = 20 };
        var streets = new StreetRollout(Map, setting);
        var model = new JunctionModel(Map, new SignalGuard(Map, GuardProfile.Resco("crossroads")).Limits[0], setting);
        streets.See([model], 0, Queue());
        Array.Fill(model.Shown, new SecondShown(0, 0, false, 0));
        model.ShownFrom = 100;
        Assert.Equal(20, streets.Play(double.MaxValue).Seconds);
    }

    [Fact]
    public void On_a_lane_whose_detector_is_dead_those_are_played_who_are_taken_to_wait_there()
    {
        var (streets, model, now) = (new StreetRollout(Map, Setting), Junction(), Queue());
        var lane = Map.LaneNumbers["in3_0"];
        now.Faults = new DetectorFaults(Map, 0, new Random(1));
        now.Faults.Dead[lane] = true;
        streets.See([model], 0, now);
        Assert.Equal(1, streets.Vehicles);
        var l = Array.IndexOf(model.Lanes, lane);
        model.Detectors[l].Failed = true;
        for (var i = 0; i < 4; i++) model.Add(l, Array.IndexOf(model.LaneOfLink, l), i * 0.1, stopped: true);
        model.Add(l, Array.IndexOf(model.LaneOfLink, l), 20, stopped: false); // only expected
        streets.See([model], 0, now);
        Assert.Equal(5, streets.Vehicles);
        var (north, west) = (Cost(streets, model, 0), Cost(streets, model, 2));
        Assert.InRange(north, 4 * Standing, 4 * Standing + 15);
        Assert.InRange(west, 0, 0.8 * north);
    }

    /// <summary>Played on the streets the same junctions lose less; with no work to spend the model decides; and a run can be repeated to the last digit.</summary>
    [Fact, Slow]
    public void A_grid_loses_less_time_where_plans_are_played_on_the_streets()
    {
        var scenario = Grid(Bench.GridNetwork.Net(3, 3), hourly: 350);
        RunResult[] streets = [.. Enumerable.Range(1, 3).Select(seed => Drive(scenario, Setting.StreetWork, seed))];
        Assert.All(streets, run => Assert.Equal((0, false), (run.Violations, run.Gridlock)));
        var (played, model) = (streets.Average(run => run.RescoDelayS), Enumerable.Range(1, 3).Average(seed => Drive(scenario, 0, seed).RescoDelayS));
        Assert.True(played < 0.97 * model, $"by the model {model:0.00} s, on the streets {played:0.00} s");
        Assert.Equal(streets[0].RescoDelayS, Drive(scenario, Setting.StreetWork).RescoDelayS);
    }

    /// <summary>Whoever drives alone is let through by one signal after the other: those beside, which planned without him, are played as if they answered, and those beyond hold nobody.</summary>
    [Fact, Slow]
    public void Where_hardly_anybody_drives_nobody_is_kept_waiting()
    {
        var blocks = Regex.Replace(Bench.GridNetwork.Net(3, 3), "length=\"2[68][48]\"", "length=\"134\""); // three signals on the way of 40 s
        var scenario = Grid(blocks, hourly: 15);
        var (model, streets) = (Drive(scenario, 0), Drive(scenario, Setting.StreetWork));
        Assert.True(streets.RescoDelayS < model.RescoDelayS, $"by the model {model.RescoDelayS:0.00} s, on the streets {streets.RescoDelayS:0.00} s");
    }

    private Scenario Grid(string network, int hourly)
    {
        var (net, routes) = (Path.Combine(folder, "grid.net.xml"), Path.Combine(folder, "grid.rou.xml"));
        File.WriteAllText(net, network);
        File.WriteAllText(routes, Bench.GridNetwork.Demand(3, 3, 900, hourly, new Random(7)));
        return Scenario.Read(net, routes, 0, 1500);
    }

    private static RunResult Drive(Scenario scenario, int work, int seed = 1) =>
        SignalRun.Drive(scenario, new RunOptions { Controller = "dalgu", Engine = "dalgu", Profile = "resco", Seed = seed, Emissions = false, Dalgu = Setting with { StreetWork = work } }, TimeProvider.System);
}
