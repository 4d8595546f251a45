using Dalgu.Signals.Runs;
using Dalgu.Signals.Streets;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Signals.Tests;

/// <summary>Corridors of the benchmark's four by four grid, and what a run says of them.</summary>
public class CorridorTest
{
    private static StreetMap Grid() => StreetMap.Read(SharedData.PathOrSkip("data", "traffic", "resco", "grid4x4", "grid4x4.net.xml.gz"));

    [Fact]
    public void A_grid_of_four_by_four_has_four_streets_each_way_and_each_has_two_directions()
    {
        var found = Corridor.Find(Grid());
        Assert.Equal(8, found.Count);
        Assert.All(found, c => Assert.Equal(2, c.Ways.Count));
        Assert.All(found.SelectMany(c => c.Ways), w => Assert.Equal((4, 4, 4), (w.Signals.Length, w.Edges.Length, w.Links.Length)));
        Assert.Contains(found, c => c.Name is "A0,B0,C0,D0" or "D0,C0,B0,A0");
    }

    [Fact]
    public void A_named_corridor_may_turn_and_a_wrong_name_is_told()
    {
        var map = Grid();
        var corner = Corridor.Of(map, "A0,B0,B1");
        Assert.Equal(["A0", "B0", "B1"], corner.Ways[0].Signals.Select(s => map.Signals[s].Id));
        Assert.Equal(["B1", "B0", "A0"], corner.Ways[1].Signals.Select(s => map.Signals[s].Id));
        Assert.Contains("\"Z9\"", Assert.Throws<Problem>(() => Corridor.Of(map, "A0,Z9")).Message, StringComparison.Ordinal);
        Assert.Contains("two or more", Assert.Throws<Problem>(() => Corridor.Of(map, "A0")).Message, StringComparison.Ordinal);
        Assert.Contains("no street leads", Assert.Throws<Problem>(() => Corridor.Of(map, "A0,C0")).Message, StringComparison.Ordinal);
    }

    /// <summary>The edges' sums and the trips' sums are two ways to one figure: distance, time, waiting, and the emissions of a demand of petrol cars.</summary>
    [Fact]
    public void Junctions_and_corridors_add_up_to_what_the_trips_say()
    {
        var folder = SharedData.PathOrSkip("data", "traffic", "resco", "grid4x4");
        var scenario = Scenario.Read(Path.Combine(folder, "grid4x4.net.xml.gz"), Path.Combine(folder, "grid4x4.rou.xml.gz"), 0, 1200);
        var run = SignalRun.Drive(scenario, new RunOptions { Controller = "fixed", Engine = "dalgu" }, TimeProvider.System);
        Assert.Equal(16, run.Junctions.Count);
        Assert.Equal(16, run.Corridors.Count);
        // Vehicles drive on approaches most of the time; the rest are the streets out of the grid.
        Assert.InRange(run.Junctions.Sum(j => j.Co2Kg), 0.7 * run.Co2Kg, run.Co2Kg);
        Assert.InRange(run.Junctions.Sum(j => j.NoxKg), 0.7 * run.NoxKg, run.NoxKg);
        var way = run.Corridors[0];
        Assert.InRange(way.TravelS, way.LengthM / 13.9, 600);
        Assert.Equal(way.LengthM / way.TravelS, way.SpeedMs, 0.02);
        Assert.InRange(way.TimeLossS, way.WaitS, way.TravelS);
        Assert.True(way is { Stops: > 0, ThroughputVeh: > 0, Queue95Veh: > 0 }, way.ToString());
        var wait = run.Junctions.Sum(j => j.WaitS * j.Served);
        Assert.InRange(wait, 0.8 * run.MeanWaitS * run.Departed, 1.25 * run.MeanWaitS * run.Departed);
        var named = SignalRun.Drive(scenario, new RunOptions { Controller = "fixed", Engine = "dalgu", Corridors = ["A0,B0,C0,D0"] }, TimeProvider.System);
        Assert.Equal([("A0", "D0"), ("D0", "A0")], named.Corridors.Select(c => (c.From, c.To)));
    }
}
