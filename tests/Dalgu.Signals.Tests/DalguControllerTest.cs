using Dalgu.Signals.Bench;
using Dalgu.Signals.Control;
using Dalgu.Signals.Engines;
using Dalgu.Signals.Guard;
using Dalgu.Signals.Runs;
using Dalgu.Signals.Streets;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Signals.Tests;

/// <summary>What the controller of this house knows and does, on made-up networks.</summary>
public sealed class DalguControllerTest : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-controller-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private Scenario Grid(int hourly, int size = 3)
    {
        var (net, routes) = (Path.Combine(folder, "grid.net.xml"), Path.Combine(folder, "grid.rou.xml"));
        File.WriteAllText(net, GridNetwork.Net(size, size));
        File.WriteAllText(routes, GridNetwork.Demand(size, size, 1500, hourly, new Random(7)));
        return Scenario.Read(net, routes, 0, 2400);
    }

    private static RunResult Drive(Scenario scenario, string controller, string profile = "resco", double faults = 0) =>
        SignalRun.Drive(scenario, new RunOptions { Controller = controller, Engine = "dalgu", Profile = profile, DetectorFaults = faults, Emissions = false }, TimeProvider.System);

    [Fact, Slow]
    public void With_three_detectors_of_ten_failing_it_keeps_four_fifths_of_its_gain_and_says_so()
    {
        Keeps(Grid(350));
    }

    /// <summary>A signal that stands alone has nobody before it who tells what comes.</summary>
    [Fact, Slow]
    public void So_it_does_at_a_crossing_of_a_real_city()
    {
        var folder = SharedData.PathOrSkip("data", "traffic", "resco", "cologne1");
        Keeps(Scenario.Read(Path.Combine(folder, "cologne1.net.xml.gz"), Path.Combine(folder, "cologne1.rou.xml.gz"), 25200, 28800));
    }

    private static void Keeps(Scenario scenario)
    {
        var (plan, whole, failing) = (Drive(scenario, "fixed"), Drive(scenario, "dalgu"), Drive(scenario, "dalgu", faults: 0.3));
        Assert.Equal(0, whole.DetectorsDegraded);
        Assert.True(failing.DetectorsDegraded > 0);
        Assert.Equal((0, false), (failing.Violations, failing.Gridlock));
        var kept = (plan.RescoDelayS - failing.RescoDelayS) / (plan.RescoDelayS - whole.RescoDelayS);
        Assert.True(kept >= 0.8, $"fixed {plan.RescoDelayS:0.0} s, whole {whole.RescoDelayS:0.0} s, failing {failing.RescoDelayS:0.0} s: {kept:0%} of the gain");
    }

    /// <summary>It knows the order: an hour's decisions are hardly ever replaced.</summary>
    [Theory, Slow]
    [InlineData("korea-order")]
    [InlineData("korea-ring")]
    public void It_is_faster_than_the_plan_where_phases_must_follow_their_order(string profile)
    {
        var scenario = Grid(350);
        var (plan, own) = (Drive(scenario, "fixed", profile), Drive(scenario, "dalgu", profile));
        Assert.Equal(0, own.Violations);
        Assert.InRange(own.GuardOverrides, 0, 9);
        Assert.True(own.RescoDelayS < plan.RescoDelayS, $"fixed {plan.RescoDelayS:0.0} s, dalgu {own.RescoDelayS:0.0} s");
    }

    /// <summary>A vehicle that stands in the junction for long although its exit is free: a clearance lasts until it is out, as long as the guard allows.</summary>
    [Fact]
    public void A_junction_whose_vehicles_block_each_other_is_emptied()
    {
        var map = Crossroads.Map();
        var guard = new SignalGuard(map, GuardProfile.Resco("crossroads"));
        var controller = new DalguController(map, guard.Limits, new DalguOptions());
        var traffic = new Vehicles(map);
        var observation = new Observation(traffic, guard.Now);
        int Enter(string lane, string onto, double position)
        {
            var slot = traffic.Enter([map.Lanes[map.LaneNumbers[lane]].Edge, map.EdgeNumbers[onto]], 5);
            traffic.Move(slot, map.LaneNumbers[lane], position, 0);
            return slot;
        }
        var inside = Enter("in0_0", "out1", 199);
        Enter("in1_0", "out3", 195);
        var wanted = new int[1];
        var holds = 0;
        for (var second = 0; second < 60; second++)
        {
            for (var v = 0; v < traffic.Slots; v++) traffic.Move(v, v == inside ? map.LaneNumbers[":C_1_0"] : traffic.Lane[v], v == inside ? 10 : traffic.Position[v], 0);
            observation.Time = second;
            controller.Decide(observation, wanted);
            if (wanted[0] == ISignalController.Hold) holds++;
            guard.Step(second, wanted, null);
        }
        Assert.True(holds >= SignalGuard.MostHold, $"the clearance was kept for {holds} s");
    }

    /// <summary>Somebody waits in the north for ever, and nobody was ever seen on the other road: after four minutes both its straights are tried together, four minutes later both its lefts.</summary>
    [Fact]
    public void A_phase_that_looks_for_unseen_vehicles_tries_all_its_lanes_at_once()
    {
        var map = Crossroads.Map();
        var guard = new SignalGuard(map, GuardProfile.Resco("crossroads"));
        using var told = new StringWriter();
        var controller = new DalguController(map, guard.Limits, new DalguOptions(), told);
        var traffic = new Vehicles(map);
        var observation = new Observation(traffic, guard.Now);
        var first = traffic.Enter([map.Lanes[map.LaneNumbers["in0_0"]].Edge, map.EdgeNumbers["out2"]], 5);
        var wanted = new int[1];
        for (var second = 0; second < 700; second++)
        {
            traffic.Move(first, map.LaneNumbers["in0_0"], 199, 0);
            observation.Time = second;
            controller.Decide(observation, wanted);
            guard.Step(second, wanted, [new bool[8]]);
        }
        Assert.Equal(2, told.ToString().Split("nobody can be seen").Length - 1);
    }

    /// <summary>From one stop line to the next: over the junction and along the street.</summary>
    [Fact]
    public void The_signal_after_the_next_is_known_with_the_seconds_to_it()
    {
        var map = Grid(10).Map;
        var (from, to) = (map.Links.First(l => l.Signal >= 0 && l.Direction == 's' && map.Lanes[l.To].Out.Length > 0), 0);
        to = map.Lanes[from.To].Out.First(o => map.Links[o].Direction == 's');
        var traffic = new Vehicles(map);
        var slot = traffic.Enter([from.FromEdge, from.ToEdge, map.Links[to].ToEdge], 5);
        traffic.Move(slot, from.From, 0, 10);
        var (next, seconds) = traffic.After(slot, from.Number);
        Assert.Equal(map.Links[to].FromEdge, map.Links[next].FromEdge);
        Assert.Equal((from.Length + map.Lanes[from.To].Length) / map.Lanes[from.To].Speed, seconds, 1e-9);
        Assert.Equal(-1, traffic.After(slot, to).Link);
    }

    /// <summary>The same junction with the figures that hold between signals.</summary>
    [Fact, Slow]
    public void A_signal_that_stands_alone_has_its_own_figures_of_driving_and_is_faster_for_it()
    {
        var scenario = Grid(500, 1);
        var standard = OfTheModel;
        var (own, between) = (Mean(scenario, standard), Mean(scenario, standard with { AloneGap = standard.Gap, AloneAcceleration = standard.Acceleration, AloneExpect = standard.Expect }));
        Assert.True(own < 0.99 * between, $"{own:0.00} s beside {between:0.00} s");
    }

    /// <summary>The setting with which the model alone decides: no plan is played on the streets.</summary>
    private static readonly DalguOptions OfTheModel = new() { StreetWork = 0 };

    private static double Mean(Scenario scenario, DalguOptions options) => Enumerable.Range(1, 5).Average(seed =>
        SignalRun.Drive(scenario, new RunOptions { Controller = "dalgu", Engine = "dalgu", Seed = seed, Dalgu = options, Emissions = false }, TimeProvider.System).RescoDelayS);

    /// <summary>With as many vehicles as the junction can carry, four phases one after the other take more than two minutes.</summary>
    [Fact, Slow]
    public void At_its_capacity_a_junction_ends_no_green_for_a_red_of_two_minutes()
    {
        var scenario = Grid(660, 1);
        var (own, hasty) = (Mean(scenario, OfTheModel), Mean(scenario, OfTheModel with { MaxRedApart = 120 }));
        Assert.True(own < 0.98 * hasty, $"{own:0.00} s beside {hasty:0.00} s");
    }

    /// <summary>More demand than four junctions carry, on streets of 268 m: far apart, or taken to be near.</summary>
    [Fact, Slow]
    public void A_full_lane_weighs_more_only_where_streets_are_short()
    {
        var scenario = Grid(1200, 2);
        Assert.Equal(Delay(150, 40), Delay(150, 400));
        Assert.NotEqual(Delay(1000, 40), Delay(1000, 400));

        double Delay(double longStreet, double full) =>
            SignalRun.Drive(scenario, new RunOptions { Controller = "dalgu", Engine = "dalgu", Dalgu = OfTheModel with { LongStreet = longStreet, ResidualFull = full }, Emissions = false }, TimeProvider.System).RescoDelayS;
    }

    /// <summary>The streets between the signals of the grid are 268 m long.</summary>
    [Theory]
    [InlineData(1, 1, 10_000, true)]
    [InlineData(2, 1, 269, false)]
    [InlineData(2, 1, 268, true)]
    [InlineData(3, 3, 269, false)]
    [InlineData(3, 3, 150, true)]
    public void Signals_stand_apart_where_every_street_between_them_is_long(int columns, int rows, double metres, bool apart) => Assert.All(Apart(GridNetwork.Net(columns, rows), metres), a => Assert.Equal(apart, a));

    [Fact]
    public void One_close_pair_is_enough_for_all_that_it_is_connected_with()
    {
        var net = GridNetwork.Net(4, 1);
        var at = net.IndexOf("<edge id=\"J0_0-J1_0\"", StringComparison.Ordinal);
        var end = net.IndexOf("</edge>", at, StringComparison.Ordinal);
        var edge = net[at..end];
        Assert.Contains("length=\"268", edge, StringComparison.Ordinal);
        Assert.All(Apart(net, 150), Assert.True);
        Assert.All(Apart(net[..at] + edge.Replace("length=\"268", "length=\"68", StringComparison.Ordinal) + net[end..], 150), Assert.False);
        // So is a street beside them that is too short for a queue, as one at the edge of the network.
        at = net.IndexOf("to=\"J0_0\"", StringComparison.Ordinal);
        end = net.IndexOf("</edge>", at, StringComparison.Ordinal);
        edge = System.Text.RegularExpressions.Regex.Replace(net[at..end], "length=\"[0-9]+", "length=\"20");
        Assert.NotEqual(net[at..end], edge);
        Assert.All(Apart(net[..at] + edge + net[end..], 150), Assert.False);
    }

    [Theory]
    [InlineData(68, true)] // close, but with room for a queue
    [InlineData(20, false)]
    public void No_plans_are_played_on_streets_that_are_connected_with_one_of_a_vehicle_or_two(int metres, bool played)
    {
        var net = GridNetwork.Net(4, 1);
        var at = net.IndexOf("<edge id=\"J0_0-J1_0\"", StringComparison.Ordinal);
        var end = net.IndexOf("</edge>", at, StringComparison.Ordinal);
        var edge = net[at..end].Replace("length=\"268", $"length=\"{metres}", StringComparison.Ordinal);
        Assert.NotEqual(net[at..end], edge);
        Assert.All(Junctions(net[..at] + edge + net[end..], new()), j => Assert.Equal((false, played), (j.IsApart, j.PlaysStreets)));
    }

    /// <summary>cologne3 has a street of 11 m without a signal on which vehicles need each other's lane, ingolstadt21 signals 12 m apart; ingolstadt1's signal stands alone.</summary>
    [Theory]
    [InlineData("cologne1", true, true)]
    [InlineData("cologne3", false, false)]
    [InlineData("ingolstadt1", true, true)]
    [InlineData("ingolstadt21", false, false)]
    [InlineData("grid4x4", true, true)]
    public void Plans_are_played_where_no_street_can_lock(string network, bool apart, bool played)
    {
        var map = StreetMap.Read(Path.Combine(SharedData.PathOrSkip("data", "traffic", "resco", network), network + ".net.xml.gz"));
        Assert.All(Junctions(map, new()), j => Assert.Equal((apart, played), (j.IsApart, j.PlaysStreets)));
    }

    private string Written(string net)
    {
        var file = Path.Combine(folder, "written.net.xml");
        File.WriteAllText(file, net);
        return file;
    }

    private bool[] Apart(string net, double metres) => [.. Junctions(net, new() { LongStreet = metres }).Select(j => j.IsApart)];

    private IReadOnlyList<JunctionModel> Junctions(string net, DalguOptions setting) => Junctions(StreetMap.Read(Written(net)), setting);

    private static IReadOnlyList<JunctionModel> Junctions(StreetMap map, DalguOptions setting) => new DalguController(map, new SignalGuard(map, GuardProfile.Resco("grid")).Limits, setting).Junctions;
}
