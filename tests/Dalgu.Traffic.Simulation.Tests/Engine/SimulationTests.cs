using Dalgu.Traffic.Simulation.Demand;
using Dalgu.Traffic.Simulation.Network;
using Xunit;

namespace Dalgu.Traffic.Simulation.Tests.Engine;

public sealed class SimulationTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-sim").FullName;

    public void Dispose() => Directory.Delete(folder, true);

    [Fact]
    public void Who_departed_has_arrived_or_is_under_way()
    {
        var sim = Grid(3, 3, 1.0, 7);
        for (var i = 0; i < 1800; i++)
        {
            sim.Step();
            Assert.Equal(sim.Departed, sim.Arrived + sim.Running);
            var onLanes = Enumerable.Range(0, sim.Network.LaneCount).Sum(sim.VehicleCount);
            Assert.Equal(sim.Running, onLanes);
        }
        Assert.InRange(sim.Arrived, 1200, 1800);
        Assert.Equal(sim.Arrived, sim.Trips.Length);
    }

    [Theory]
    [InlineData(1, 1.0, false)]
    [InlineData(2, 0.5, false)]
    [InlineData(3, 0.8, true)]
    public void Vehicles_of_a_lane_never_touch_and_never_go_backwards(int seed, double every, bool permissive)
    {
        var sim = Grid(3, 2, every, seed, permissive);
        for (var i = 0; i < 1500; i++)
        {
            sim.Step();
            for (var lane = 0; lane < sim.Network.LaneCount; lane++)
            {
                var ahead = double.MaxValue;
                var vehicles = sim.Vehicles(lane);
                for (var k = vehicles.Length - 1; k >= 0; k--)
                {
                    var vehicle = vehicles[k];
                    Assert.InRange(sim.Speed(vehicle), 0, 56);
                    Assert.InRange(sim.Position(vehicle), 0, sim.Network.LaneLength[lane]);
                    Assert.True(sim.Position(vehicle) <= ahead + 1e-6, $"second {i}, lane {sim.Network.LaneId(lane)}: {sim.Position(vehicle)} behind a back at {ahead}");
                    ahead = sim.Position(vehicle) - sim.Length(vehicle);
                }
            }
        }
    }

    [Fact]
    public void Nobody_brakes_harder_than_in_an_emergency_or_accelerates_harder_than_the_type_may()
    {
        var sim = Grid(2, 2, 0.7, 5);
        for (var i = 0; i < 1200; i++)
        {
            sim.Step();
            foreach (var vehicle in sim.VehiclesUnderWay())
                Assert.InRange(sim.Acceleration(vehicle), -9.001, 2.601);
        }
    }

    [Fact]
    public void A_free_driver_reaches_the_speed_wished_and_stops_at_the_line_of_a_red_signal()
    {
        var sim = Grid(1, 1, 10_000, 1);
        var red = new byte[12];
        Array.Fill(red, (byte)'r');
        double fastest = 0;
        for (var i = 0; i < 60; i++)
        {
            sim.SetSignalState(0, red);
            sim.Step();
            foreach (var vehicle in sim.VehiclesUnderWay()) fastest = Math.Max(fastest, sim.Speed(vehicle));
        }
        var waiting = Assert.Single(sim.VehiclesUnderWay());
        Assert.InRange(fastest, 9, 20);
        Assert.InRange(sim.Network.LaneLength[sim.LaneOf(waiting)] - sim.Position(waiting), 0, 2);
        Assert.Equal(0, sim.Speed(waiting));
        Assert.Equal((1, 1), (sim.Halting(), sim.Halting(sim.LaneOf(waiting))));
        Array.Fill(red, (byte)'G');
        sim.SetSignalState(0, red);
        sim.Step();
        sim.Step();
        Assert.Equal(0, sim.Halting());
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_seed_others()
    {
        Assert.Equal(Run(11), Run(11));
        Assert.NotEqual(Run(11), Run(12));

        string Run(ulong seed)
        {
            var (network, demand) = Files(3, 3, 1, 4);
            var sim = new TrafficSimulation(network, demand, 0, seed);
            for (var i = 0; i < 900; i++) sim.Step();
            return TripInfo(sim);
        }
    }

    [Fact]
    public void Going_back_to_a_snapshot_gives_the_same_bytes_again()
    {
        var sim = Grid(3, 3, 0.8, 6);
        for (var i = 0; i < 400; i++) sim.Step();
        var snapshot = sim.NewSnapshot();
        for (var i = 0; i < 300; i++) sim.Step();
        var first = TripInfo(sim);
        sim.Restore(snapshot);
        Assert.Equal(400, sim.Time);
        for (var i = 0; i < 300; i++) sim.Step();
        Assert.Equal(first, TripInfo(sim));
    }

    [Fact]
    public void A_snapshot_of_a_branch_that_was_left_is_refused()
    {
        var sim = Grid(2, 2, 1, 6);
        for (var i = 0; i < 200; i++) sim.Step();
        var early = sim.NewSnapshot();
        for (var i = 0; i < 200; i++) sim.Step();
        var late = sim.NewSnapshot();
        sim.Restore(early);
        Assert.Contains("branch", Assert.Throws<ArgumentException>(() => sim.Restore(late)).Message);
        Assert.Contains("another simulation", Assert.Throws<ArgumentException>(() => Grid(2, 2, 1, 6).Restore(early)).Message);
    }

    [Fact]
    public void A_step_and_a_snapshot_allocate_nothing()
    {
        // With routes by traffic, a route that nobody took before is worked out and kept: the one thing that allocates.
        var (network, demand) = Files(3, 3, 0.6, 8);
        var sim = new TrafficSimulation(network, demand, 0, 8, new() { RouteByTraffic = false });
        var snapshot = sim.NewSnapshot();
        for (var i = 0; i < 600; i++) sim.Step();
        sim.Save(snapshot);
        sim.Restore(snapshot);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 600; i++) sim.Step();
        sim.Save(snapshot);
        sim.Restore(snapshot);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Who_finds_no_room_waits_outside_and_counts_in_the_delay()
    {
        var sim = Grid(1, 1, 0.2, 3);
        var red = new byte[12];
        Array.Fill(red, (byte)'r');
        for (var i = 0; i < 600; i++)
        {
            sim.SetSignalState(0, red);
            sim.Step();
        }
        var totals = sim.Totals();
        Assert.Equal(0, totals.Arrived);
        Assert.True(sim.Backlog > 1000, $"{sim.Backlog} wait outside");
        Assert.Equal(sim.Backlog, totals.NeverDeparted);
        Assert.InRange(totals.RescoDelay, 200, 400); // a uniform arrival over 600 s, nobody leaves: 300 s on average
    }

    [Fact]
    public void Detectors_count_who_passes_and_who_stands()
    {
        var sim = Grid(1, 1, 5, 2);
        var lane = sim.Network.FindLane("J0.-1toJ0.0_0");
        var (passed, area, halting) = (0, 0, 0);
        for (var i = 0; i < 600; i++)
        {
            sim.Step();
            passed += sim.Loop(lane, 100).Passed;
            area = Math.Max(area, sim.LaneArea(lane, 0, 176).Vehicles);
            halting = Math.Max(halting, sim.Halting(lane));
        }
        Assert.InRange(passed, 5, 40); // a quarter of 120 trips begins here, most on the right lane
        Assert.InRange(area, 1, 20);
        Assert.InRange(halting, 1, area);
    }

    [Fact]
    public void Trip_information_has_the_form_of_the_referee()
    {
        var sim = Grid(2, 2, 2, 9);
        for (var i = 0; i < 600; i++) sim.Step();
        var document = System.Xml.Linq.XDocument.Parse(TripInfo(sim));
        var all = document.Root!.Elements("tripinfo").ToList();
        Assert.Equal(sim.Departed, all.Count);
        Assert.Equal(sim.Running, all.Count(t => (double)t.Attribute("arrival")! < 0));
        Assert.All(all, t => Assert.True((double)t.Attribute("duration")! >= (double)t.Attribute("waitingTime")!));
        Assert.All(all, t => Assert.True((double)t.Element("emissions")!.Attribute("CO2_abs")! >= 0));
    }

    private static string TripInfo(TrafficSimulation sim)
    {
        using var text = new StringWriter();
        sim.WriteTripInfo(text);
        return text.ToString();
    }

    private TrafficSimulation Grid(int columns, int rows, double every, int seed, bool permissive = false)
    {
        var (network, demand) = Files(columns, rows, every, seed, permissive);
        return new(network, demand, 0, (ulong)seed);
    }

    private (RoadNetwork Network, TrafficDemand Demand) Files(int columns, int rows, double every, int seed, bool permissive = false)
    {
        var (net, rou) = (Path.Combine(folder, "grid.net.xml"), Path.Combine(folder, "grid.rou.xml"));
        File.WriteAllText(net, GridNetwork.Network(columns, rows, permissive));
        File.WriteAllText(rou, GridNetwork.Demand(columns, rows, every > 1000 ? 1 : 1800, every, seed));
        var network = NetworkReader.Read(net);
        return (network, DemandReader.Read(rou, network));
    }
}
