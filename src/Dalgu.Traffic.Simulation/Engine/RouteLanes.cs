using Dalgu.Traffic.Simulation.Demand;
using Dalgu.Traffic.Simulation.Network;

namespace Dalgu.Traffic.Simulation.Engine;

/// <summary>For every place of every route: how far each lane of the edge leads along the route, how many lanes off the best lane lies, and which link continues it.</summary>
/// <remarks>It depends on route and network alone, so it is worked out once. Looks ahead eight edges or 3000 m, as SUMO's lane choice does.</remarks>
internal sealed class RouteLanes
{
    private const int MostEdges = 8;
    private const double MostLength = 3000;

    /// <summary>The row of the first lane at the first edge of each route; the rows of a route's edges follow each other.</summary>
    public readonly int[] First;

    /// <summary>The row of the rightmost lane for each entry of the demand's flat list of route edges.</summary>
    public readonly int[] Row;

    /// <summary>Metres from the start of the lane to where the route cannot be followed without changing lanes.</summary>
    public readonly double[] Length;

    /// <summary>Lanes to the left (positive) or right (negative) of the best lane.</summary>
    public readonly int[] Offset;

    /// <summary>The link that the vehicle takes at the end of the lane, or -1 where it leads elsewhere or the route ends.</summary>
    public readonly int[] Link;

    public RouteLanes(RoadNetwork net, TrafficDemand demand)
    {
        var classes = ClassesOfRoutes(demand);
        var rows = 0;
        Row = new int[demand.routeEdges.Length];
        for (var i = 0; i < demand.routeEdges.Length; i++)
        {
            Row[i] = rows;
            rows += net.edgeLaneCount[demand.routeEdges[i]];
        }
        Length = new double[rows];
        Offset = new int[rows];
        Link = new int[rows];
        First = demand.routeFirst;
        var table = new (double Length, int Offset, int Link)[MostEdges + 1][];
        for (var route = 0; route < demand.routeFirst.Length; route++)
        {
            var edges = demand.routeEdges.AsSpan(demand.routeFirst[route], demand.routeLength[route]);
            for (var at = 0; at < edges.Length; at++)
            {
                var last = at;
                for (var seen = 0.0; last + 1 < edges.Length && last - at < MostEdges && seen < MostLength; last++) seen += net.laneLength[net.edgeFirstLane[edges[last]]];
                for (var k = last; k >= at; k--) table[k - at] = Lanes(net, edges, k, k == last ? null : table[k + 1 - at], classes[route]);
                var row = Row[demand.routeFirst[route] + at];
                foreach (var (length, offset, link) in table[0])
                {
                    Length[row] = length;
                    Offset[row] = offset;
                    Link[row++] = link;
                }
            }
        }
    }

    private static VehicleClasses[] ClassesOfRoutes(TrafficDemand demand)
    {
        var classes = new VehicleClasses[demand.routeFirst.Length];
        for (var trip = 0; trip < demand.Count; trip++) classes[demand.routeOf[trip]] = demand.TypeOf(trip).Class;
        return classes;
    }

    private static (double Length, int Offset, int Link)[] Lanes(RoadNetwork net, ReadOnlySpan<int> edges, int at, (double Length, int Offset, int Link)[]? next, VehicleClasses who)
    {
        var first = net.edgeFirstLane[edges[at]];
        var count = net.edgeLaneCount[edges[at]];
        var lanes = new (double Length, int Offset, int Link)[count];
        Span<int> further = stackalloc int[count];
        for (var i = 0; i < count; i++)
        {
            var lane = first + i;
            var open = net.laneAllowed[lane].Contains(who);
            lanes[i] = (open ? net.laneLength[lane] : 0, 0, -1);
            further[i] = int.MaxValue;
            if (next is null)
            {
                further[i] = open ? 0 : int.MaxValue;
                continue;
            }
            if (open) Continue(net, edges[at + 1], lane, next, who, ref lanes[i], ref further[i]);
        }
        FindBest(net, lanes, further, first, who);
        return lanes;
    }

    /// <summary>Of the links to the next edge, the one whose lane leads farthest, and of those the one that lies nearest to the best lane there.</summary>
    private static void Continue(RoadNetwork net, int nextEdge, int lane, (double Length, int Offset, int Link)[] next, VehicleClasses who, ref (double Length, int Offset, int Link) entry, ref int further)
    {
        var best = -1;
        for (var k = 0; k < net.laneLinkCount[lane]; k++)
        {
            var link = net.laneFirstLink[lane] + k;
            if (net.laneEdge[net.linkTo[link]] != nextEdge || !net.laneAllowed[net.linkTo[link]].Contains(who)) continue;
            var to = next[net.linkTo[link] - net.edgeFirstLane[nextEdge]];
            if (best >= 0)
            {
                var known = next[net.linkTo[best] - net.edgeFirstLane[nextEdge]];
                if (to.Length < known.Length || to.Length == known.Length && Math.Abs(to.Offset) >= Math.Abs(known.Offset)) continue;
            }
            best = link;
        }
        if (best < 0) return;
        var target = next[net.linkTo[best] - net.edgeFirstLane[nextEdge]];
        entry = (entry.Length + target.Length, 0, best);
        further = Math.Abs(target.Offset);
    }

    private static void FindBest(RoadNetwork net, (double Length, int Offset, int Link)[] lanes, ReadOnlySpan<int> further, int first, VehicleClasses who)
    {
        double longest = 0;
        for (var i = 0; i < lanes.Length; i++)
            if (further[i] != int.MaxValue) longest = Math.Max(longest, lanes[i].Length);
        var least = int.MaxValue;
        for (var i = 0; i < lanes.Length; i++)
            if (further[i] != int.MaxValue && lanes[i].Length >= longest - 0.001) least = Math.Min(least, further[i]);
        for (var i = 0; i < lanes.Length; i++)
        {
            var nearest = int.MaxValue;
            for (var k = 0; k < lanes.Length; k++)
                if (further[k] == least && lanes[k].Length >= longest - 0.001 && net.laneAllowed[first + k].Contains(who) && Math.Abs(k - i) < Math.Abs(nearest)) nearest = k - i;
            lanes[i].Offset = nearest == int.MaxValue ? 0 : nearest;
        }
    }
}
