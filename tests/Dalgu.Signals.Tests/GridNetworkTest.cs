using Dalgu.Signals.Bench;
using Dalgu.Signals.Guard;
using Dalgu.Signals.Runs;
using Dalgu.Signals.Streets;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Signals.Tests;

/// <summary>The made-up grid of the bench is a network like any other: it has corridors and rings, traffic flows on it, and it holds every rule.</summary>
public class GridNetworkTest
{
    [Fact, Slow]
    public void A_made_up_grid_drives_under_two_rings_without_a_violation()
    {
        var folder = Directory.CreateTempSubdirectory("dalgu-grid-").FullName;
        try
        {
            var (net, routes) = (Path.Combine(folder, "grid.net.xml"), Path.Combine(folder, "grid.rou.xml"));
            File.WriteAllText(net, GridNetwork.Net(4, 3));
            File.WriteAllText(routes, GridNetwork.Demand(4, 3, 600, 400, new Random(1)));
            var scenario = Scenario.Read(net, routes, 0, 1200);
            Assert.Equal(12, scenario.Map.Signals.Length);
            Assert.Equal([4, 4, 4, 3, 3, 3, 3], Corridor.Find(scenario.Map).Select(c => c.Ways[0].Signals.Length));
            Assert.NotNull(RingBarrier.Of(scenario.Map, scenario.Map.Signals[0]));
            var run = SignalRun.Drive(scenario, new RunOptions { Controller = "dalgu", Engine = "dalgu", Profile = "korea-ring" }, TimeProvider.System);
            Assert.Equal((0, 0, false), (run.Violations, run.FallbackS, run.Gridlock));
            Assert.True(run.Arrived > 0.9 * run.Departed && run.Departed > 500, $"{run.Departed} departed, {run.Arrived} arrived");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Straight from north and south together, or both lefts; a left and the straight across never, nor two that come from roads that cross.</summary>
    [Fact]
    public void Links_of_the_grid_cross_as_on_a_real_crossroads()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, GridNetwork.Net(1, 1));
        var map = StreetMap.Read(file);
        File.Delete(file);
        bool Cross(int a, int b) => map.Links[map.Signals[0].Links[a][0]].Foes.Contains(map.Signals[0].Links[b][0]);
        // Arms 0 north, 1 east, 2 south, 3 west; links right, straight, straight, left.
        Assert.False(Cross(1, 9) || Cross(2, 10) || Cross(3, 11) || Cross(0, 8) || Cross(0, 3));
        Assert.True(Cross(3, 9) && Cross(3, 10) && Cross(1, 5) && Cross(2, 6) && Cross(3, 7) && Cross(3, 6));
        Assert.True(Cross(0, 5) && !Cross(0, 6) && !Cross(0, 11)); // into the right lane of one exit, or the left
    }
}
