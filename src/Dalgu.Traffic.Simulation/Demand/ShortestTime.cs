using Dalgu.Traffic.Simulation.Engine;
using Dalgu.Traffic.Simulation.Network;

namespace Dalgu.Traffic.Simulation.Demand;

/// <summary>The way of the least travel time through the empty network (Dijkstra over edges).</summary>
/// <remarks>As SUMO routes a trip that has no rerouting device: length over speed on streets and inside junctions, and 1.5 s more for passing a link that gives way
/// (<c>--weights.minor-penalty</c>); a place of waiting inside a junction counts as one more.</remarks>
internal sealed class ShortestTime
{
    internal const double MinorPenalty = 1.5;
    private readonly RoadNetwork network;
    private readonly double[] cost;
    private readonly int[] before, mark;
    private readonly CostQueue open = new();
    private readonly List<int>[] incoming;
    private readonly Dictionary<VehicleType, (int Before, double Street, double Crossing)[][]> entriesOf = new(ReferenceEqualityComparer.Instance);
    private int round;

    public ShortestTime(RoadNetwork network)
    {
        this.network = network;
        cost = new double[network.EdgeCount];
        before = new int[network.EdgeCount];
        mark = new int[network.EdgeCount];
        incoming = new List<int>[network.EdgeCount]; // links by the edge that they leave
        for (var link = 0; link < network.LinkCount; link++) (incoming[network.laneEdge[network.linkFrom[link]]] ??= []).Add(link);
    }

    /// <summary>Whether a connection leads from one edge to the other.</summary>
    public bool Connected(int from, int to)
    {
        foreach (var link in incoming[from] ?? [])
            if (network.laneEdge[network.linkTo[link]] == to) return true;
        return false;
    }

    /// <summary>Whether a lane of the edge admits the class.</summary>
    public bool Open(int edge, VehicleClasses who)
    {
        for (var i = 0; i < network.edgeLaneCount[edge]; i++)
            if (network.laneAllowed[network.edgeFirstLane[edge] + i].Contains(who)) return true;
        return false;
    }

    public int[]? Find(int from, int to, VehicleType type)
    {
        if (!Open(from, type.Class) || !Open(to, type.Class)) return null;
        round++;
        open.Clear();
        Visit(from, -1, 0);
        while (open.TryDequeue(out var edge, out var at))
        {
            if (at > cost[edge]) continue;
            if (edge == to) return Trace(to);
            var here = at + Time(edge, type);
            foreach (var link in incoming[edge] ?? [])
            {
                var next = network.laneEdge[network.linkTo[link]];
                if (network.edgeKind[next] != EdgeKind.Street || !network.laneAllowed[network.linkFrom[link]].Contains(type.Class) || !network.laneAllowed[network.linkTo[link]].Contains(type.Class)) continue;
                var reached = here + Crossing(link, type);
                if (mark[next] != round || reached < cost[next]) Visit(next, edge, reached);
            }
        }
        return null;
    }

    /// <summary>The time from the start of every edge to the start of one, infinite where no way leads.</summary>
    public double[] TimesTo(int to, VehicleType type)
    {
        var times = new double[network.EdgeCount];
        Array.Fill(times, double.PositiveInfinity);
        times[to] = 0;
        open.Clear();
        open.Enqueue(to, 0);
        if (!entriesOf.TryGetValue(type, out var entries)) entriesOf[type] = entries = Entries(type);
        while (open.TryDequeue(out var edge, out var at))
        {
            if (at > times[edge]) continue;
            foreach (var (before, street, crossing) in entries[edge])
            {
                var time = at + street + crossing;
                if (time >= times[before]) continue;
                times[before] = time;
                open.Enqueue(before, time);
            }
        }
        return times;
    }

    /// <summary>For each edge the edges from which a type may enter it, with the seconds on them and through the junction.</summary>
    private (int Before, double Street, double Crossing)[][] Entries(VehicleType type)
    {
        var entries = new (int, double, double)[network.EdgeCount][];
        var found = new List<(int, double, double)>();
        for (var edge = 0; edge < entries.Length; edge++)
        {
            found.Clear();
            for (var lane = network.edgeFirstLane[edge]; lane < network.edgeFirstLane[edge] + network.edgeLaneCount[edge]; lane++)
                foreach (var last in network.IncomingLinks(lane))
                {
                    var link = last;
                    for (var hops = 0; hops < 4 && network.edgeKind[network.laneEdge[network.linkFrom[link]]] == EdgeKind.Internal && network.laneIncomingCount[network.linkFrom[link]] > 0; hops++)
                        link = network.incomingLinks[network.laneFirstIncoming[network.linkFrom[link]]];
                    var before = network.laneEdge[network.linkFrom[link]];
                    if (network.edgeKind[before] != EdgeKind.Street || !network.laneAllowed[network.linkFrom[link]].Contains(type.Class) || !network.laneAllowed[lane].Contains(type.Class)) continue;
                    found.Add((before, Time(before, type), Crossing(link, type)));
                }
            entries[edge] = [.. found];
        }
        return entries;
    }

    private void Visit(int edge, int from, double at)
    {
        mark[edge] = round;
        cost[edge] = at;
        before[edge] = from;
        open.Enqueue(edge, at);
    }

    private int[] Trace(int to)
    {
        var way = new List<int>();
        for (var edge = to; edge >= 0; edge = before[edge]) way.Add(edge);
        way.Reverse();
        return [.. way];
    }

    private double Time(int edge, VehicleType type)
    {
        double fastest = 0;
        for (var i = 0; i < network.edgeLaneCount[edge]; i++)
        {
            var lane = network.edgeFirstLane[edge] + i;
            if (network.laneAllowed[lane].Contains(type.Class)) fastest = Math.Max(fastest, network.laneSpeed[lane]);
        }
        return network.laneLength[network.edgeFirstLane[edge]] / Math.Max(0.1, Math.Min(fastest * Math.Min(1, type.SpeedFactor), type.MaxSpeed));
    }

    private double Crossing(int link, VehicleType type)
    {
        double time = 0;
        for (var hops = 0; network.linkVia[link] >= 0 && hops < 4; hops++)
        {
            var lane = network.linkVia[link];
            time += network.laneLength[lane] / Math.Max(0.1, Math.Min(network.laneSpeed[lane] * Math.Min(1, type.SpeedFactor), type.MaxSpeed));
            if (network.linkSignal[link] < 0 && network.linkState[link] is not (>= (byte)'A' and <= (byte)'Z')) time += MinorPenalty;
            if (network.laneLinkCount[lane] == 0) break;
            link = network.laneFirstLink[lane];
        }
        return time;
    }
}
