using Dalgu.Traffic.Simulation.Demand;
using Dalgu.Traffic.Simulation.Network;

namespace Dalgu.Traffic.Simulation.Engine;

/// <summary>The way of the least travel time at the speeds of now (A*), led by the time that the rest of the way takes when the network is empty.</summary>
internal sealed class TrafficRouter
{
    /// <summary>Below this share of the empty network's time no driver gets, whatever the factor on speed limits: so the estimate never overrates.</summary>
    private const double Surely = 0.75;

    private readonly RoadNetwork net;
    private readonly ShortestTime empty;
    private readonly double[] cost;
    private readonly int[] before, mark, way;
    private readonly CostQueue open = new();
    private readonly Dictionary<(int To, uint Class), double[]> remaining = [];
    private readonly int[][] leaving;
    private int round;

    public TrafficRouter(RoadNetwork net)
    {
        this.net = net;
        empty = new(net);
        (cost, before, mark, way) = (new double[net.EdgeCount], new int[net.EdgeCount], new int[net.EdgeCount], new int[net.EdgeCount]);
        leaving = new int[net.EdgeCount][];
        for (var edge = 0; edge < leaving.Length; edge++)
            leaving[edge] = [.. Enumerable.Range(net.edgeFirstLane[edge], net.edgeLaneCount[edge]).SelectMany(lane => Enumerable.Range(net.laneFirstLink[lane], net.laneLinkCount[lane]))
                .Where(link => net.edgeKind[net.laneEdge[net.linkTo[link]]] == EdgeKind.Street)];
    }

    /// <summary>The edges from first to last; empty where no way is open. Valid until the next call.</summary>
    public ReadOnlySpan<int> Find(int from, int to, VehicleType type, double factor, double[] speeds)
    {
        if (!remaining.TryGetValue((to, type.Class.Bits), out var rest)) remaining[(to, type.Class.Bits)] = rest = empty.TimesTo(to, type);
        round++;
        open.Clear();
        Visit(from, -1, 0, rest);
        while (open.TryDequeue(out var edge, out var at))
        {
            if (at > cost[edge] + rest[edge] * Surely + 1e-9) continue;
            if (edge == to) return Trace(to);
            var here = cost[edge] + Time(edge, net.edgeFirstLane[edge] + net.edgeLaneCount[edge] - 1, type, factor, speeds);
            foreach (var link in leaving[edge])
            {
                if (!net.laneAllowed[net.linkFrom[link]].Contains(type.Class) || !net.laneAllowed[net.linkTo[link]].Contains(type.Class)) continue;
                var next = net.laneEdge[net.linkTo[link]];
                if (double.IsPositiveInfinity(rest[next]) || mark[next] == round && cost[next] <= here) continue; // no crossing takes less than no time
                var reached = here;
                for (var (inner, hops) = (link, 0); net.linkVia[inner] >= 0 && hops < 4; hops++)
                {
                    var lane = net.linkVia[inner];
                    var penalty = net.linkSignal[inner] < 0 && net.linkState[inner] is not (>= (byte)'A' and <= (byte)'Z') ? ShortestTime.MinorPenalty : 0;
                    reached += Time(net.laneEdge[lane], lane, type, factor, speeds, penalty);
                    if (net.laneLinkCount[lane] == 0) break;
                    inner = net.laneFirstLink[lane];
                }
                if (mark[next] != round || reached < cost[next]) Visit(next, edge, reached, rest);
            }
        }
        return [];
    }

    /// <summary>The time at the speed of now, but no less than alone on the road, with the wait of who gives way.</summary>
    private double Time(int edge, int lane, VehicleType type, double factor, double[] speeds, double penalty = 0) =>
        Math.Max(net.laneLength[lane] / Math.Max(0.001, speeds[edge]), net.laneLength[lane] / Math.Min(net.laneSpeed[lane] * factor, type.MaxSpeed) + penalty);

    private void Visit(int edge, int from, double at, double[] rest)
    {
        mark[edge] = round;
        cost[edge] = at;
        before[edge] = from;
        open.Enqueue(edge, at + rest[edge] * Surely);
    }

    private ReadOnlySpan<int> Trace(int to)
    {
        var first = way.Length;
        for (var edge = to; edge >= 0; edge = before[edge]) way[--first] = edge;
        return way.AsSpan(first);
    }
}
