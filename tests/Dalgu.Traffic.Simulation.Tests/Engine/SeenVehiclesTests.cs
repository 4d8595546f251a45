using Dalgu.Traffic.Simulation.Demand;
using Dalgu.Traffic.Simulation.Network;
using Xunit;

namespace Dalgu.Traffic.Simulation.Tests.Engine;

/// <summary>Vehicles that are put onto the road as they were seen drive on as those that were seen.</summary>
public sealed class SeenVehiclesTests : IDisposable
{
    private const int Most = 400;
    private static readonly VehicleType Steady = new() { Id = "steady", Sigma = 0, SpeedDeviation = 0 };
    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-seen").FullName;

    public void Dispose() => Directory.Delete(folder, true);

    /// <summary>A grid in full use, after some minutes, of drivers who neither dawdle nor differ.</summary>
    private TrafficSimulation Busy()
    {
        var (net, routes) = (Path.Combine(folder, "grid.net.xml"), Path.Combine(folder, "grid.rou.xml"));
        File.WriteAllText(net, GridNetwork.Network(3, 3));
        File.WriteAllText(routes, GridNetwork.Demand(3, 3, 900, 0.8, 6).Replace("<routes>", "<routes><vType id=\"steady\" sigma=\"0\" speedDev=\"0\"/>", StringComparison.Ordinal)
            .Replace("type=\"bus\" ", "", StringComparison.Ordinal).Replace("<trip ", "<trip type=\"steady\" ", StringComparison.Ordinal));
        var network = NetworkReader.Read(net);
        var sim = new TrafficSimulation(network, DemandReader.Read(routes, network), 0, 6);
        for (var i = 0; i < 400; i++) sim.Step();
        return sim;
    }

    private static TrafficSimulation Empty(RoadNetwork network, int most = Most) => new(network, TrafficDemand.Unplanned([Steady], most), 0, 1, new() { RunPrograms = false });

    /// <summary>Everybody on a street, with the way from there on; those inside junctions too.</summary>
    private static Dictionary<int, (int Lane, double Position, double Speed)> Put(TrafficSimulation real, TrafficSimulation copy)
    {
        copy.Clear(real.Time);
        var where = new Dictionary<int, (int, double, double)>();
        foreach (var v in real.VehiclesUnderWay())
        {
            var lane = real.LaneOf(v);
            var edge = real.Network.LaneEdge[lane];
            var route = real.Route(v);
            // Inside a junction the way begins with the edge before it: that which no later edge of the route has been reached from yet.
            var at = real.Network.EdgeKind[edge] == EdgeKind.Internal ? route.IndexOf(real.Network.LaneEdge[real.Network.LinkFrom[real.Network.IncomingLinks(lane)[0]]]) : route.IndexOf(edge);
            if (at < 0) continue;
            Assert.True(copy.PlaceSeen(copy.RouteNumber(route[at..], VehicleClasses.Passenger), 0, lane, real.Position(v), real.Speed(v), real.Waiting(v)));
            where[where.Count] = (lane, real.Position(v), real.Speed(v));
        }
        return where;
    }

    [Fact]
    public void They_stand_where_they_were_seen_and_drive_on_as_those_do()
    {
        var real = Busy();
        var copy = Empty(real.Network);
        var where = Put(real, copy);
        Assert.True(where.Count > 40, $"{where.Count} vehicles");
        Assert.Equal(where.Count, copy.Running);
        foreach (var (v, seen) in where) Assert.Equal(seen, (copy.LaneOf(v), copy.Position(v), copy.Speed(v)));
        for (var t = 0; t < 20; t++)
        {
            real.Step(); // which shows what its programs have for this second
            for (var signal = 0; signal < real.Network.Signals.Count; signal++) copy.SetSignalState(signal, Shown(real, signal));
            copy.Step();
        }
        // Whoever entered meanwhile is not in the copy, and memories of lane changes are not seen: nearly all are in the same place, not all.
        var then = real.VehiclesUnderWay().Select(v => (real.LaneOf(v), Math.Round(real.Position(v)))).ToHashSet();
        var same = copy.VehiclesUnderWay().Count(v => then.Contains((copy.LaneOf(v), Math.Round(copy.Position(v)))));
        Assert.True(same >= 0.8 * copy.Running, $"{same} of {copy.Running} are where they really are after 20 s");
    }

    [Fact]
    public void The_same_seen_again_gives_the_same_and_who_is_cleared_away_is_gone()
    {
        var real = Busy();
        var copy = Empty(real.Network);
        Assert.Equal(Once(), Once());
        copy.Clear(0);
        Assert.Equal((0, 0, 0), (copy.Running, copy.Trips.Length, Enumerable.Range(0, copy.Network.LaneCount).Sum(copy.VehicleCount)));
        copy.Step();
        Assert.Equal(1, copy.Time);

        string Once()
        {
            Put(real, copy);
            for (var t = 0; t < 60; t++) copy.Step();
            var text = new StringWriter();
            copy.WriteTripInfo(text);
            return text.ToString();
        }
    }

    [Fact]
    public void Who_finds_no_room_is_refused()
    {
        var network = Busy().Network;
        var copy = Empty(network, most: 2);
        copy.Clear(0);
        var lane = Enumerable.Range(0, network.LaneCount).First(l => network.EdgeKind[network.LaneEdge[l]] == EdgeKind.Street);
        var route = copy.RouteNumber([network.LaneEdge[lane]], VehicleClasses.Passenger);
        Assert.True(copy.PlaceSeen(route, 0, lane, 50, 0, 3));
        Assert.True(copy.PlaceSeen(route, 0, lane, 20, 0, 3));
        Assert.False(copy.PlaceSeen(route, 0, lane, 80, 0, 3));
        Assert.Equal(2, copy.Running);
    }

    private static byte[] Shown(TrafficSimulation sim, int signal)
    {
        var controlled = sim.Network.Signals[signal];
        var letters = new byte[controlled.LinkIndexCount];
        for (var i = 0; i < letters.Length; i++) letters[i] = controlled.Links(i) is { IsEmpty: false } links ? sim.LinkState(links[0]) : (byte)'r';
        return letters;
    }
}
