using Dalgu.Traffic.Simulation.Demand;
using Dalgu.Traffic.Simulation.Network;

namespace Dalgu.Traffic.Simulation.Engine;

/// <summary>For every place of every route: how far each lane of the edge leads along the route, how many lanes off the best lane lies, and which link continues it.</summary>
/// <remarks>It depends on route and network alone, so it is worked out once. Looks ahead eight edges or 3000 m, as SUMO's lane choice does.</remarks>
internal sealed class RouteLanes
{
    /// <summary>How far a driver looks ahead along the route: edges, and metres.</summary>
    public const int MostEdges = 8;
    public const double MostLength = 3000;

    private readonly RoadNetwork net;
    private readonly Dictionary<ulong, List<int>> known = [];
    private readonly (double Length, int Offset, int Link)[][] table = new (double Length, int Offset, int Link)[MostEdges + 1][];
    private int routes, entries, rows;

    /// <summary>Where the edges of each route begin and end (exclusive) in <see cref="Edges"/>.</summary>
    public int[] First = [], End = [];

    /// <summary>The edges of all routes, one route after the other.</summary>
    public int[] Edges = [];

    /// <summary>The row of the rightmost lane for each entry of <see cref="Edges"/>.</summary>
    public int[] Row = [];

    /// <summary>Metres from the start of the lane to where the route cannot be followed without changing lanes.</summary>
    public double[] Length = [];

    /// <summary>Lanes to the left (positive) or right (negative) of the best lane.</summary>
    public int[] Offset = [];

    /// <summary>The link that the vehicle takes at the end of the lane, or -1 where it leads elsewhere or the route ends.</summary>
    public int[] Link = [];

    public RouteLanes(RoadNetwork net, TrafficDemand demand)
    {
        this.net = net;
        var classes = new VehicleClasses[demand.routeFirst.Length];
        for (var trip = 0; trip < demand.Count; trip++) classes[demand.routeOf[trip]] = demand.TypeOf(trip).Class;
        for (var route = 0; route < demand.routeFirst.Length; route++) Append(demand.routeEdges.AsSpan(demand.routeFirst[route], demand.routeLength[route]), classes[route]);
    }

    /// <summary>The number of a route; a route that is new is worked out and kept.</summary>
    public int Number(ReadOnlySpan<int> edges, VehicleClasses who)
    {
        var hash = (ulong)who.Bits;
        foreach (var edge in edges) hash = SeededRandom.Mix(hash, (ulong)edge);
        if (known.TryGetValue(hash, out var same))
            foreach (var route in same)
                if (edges.SequenceEqual(Edges.AsSpan(First[route], End[route] - First[route]))) return route;
        (known[hash] = same ?? []).Add(routes);
        return Append(edges, who);
    }

    private int Append(ReadOnlySpan<int> edges, VehicleClasses who)
    {
        Grow(ref First, routes + 1);
        Grow(ref End, routes + 1);
        Grow(ref Edges, entries + edges.Length);
        Grow(ref Row, entries + edges.Length);
        First[routes] = entries;
        for (var at = 0; at < edges.Length; at++)
        {
            var last = at;
            for (var seen = 0.0; last + 1 < edges.Length && last - at < MostEdges && seen < MostLength; last++) seen += net.laneLength[net.edgeFirstLane[edges[last]]];
            for (var k = last; k >= at; k--) table[k - at] = Lanes(net, edges, k, k == last ? null : table[k + 1 - at], who);
            Edges[entries] = edges[at];
            Row[entries++] = rows;
            Grow(ref Length, rows + table[0].Length);
            Grow(ref Offset, rows + table[0].Length);
            Grow(ref Link, rows + table[0].Length);
            foreach (var (length, offset, link) in table[0])
            {
                Length[rows] = length;
                Offset[rows] = offset;
                Link[rows++] = link;
            }
        }
        End[routes] = entries;
        return routes++;
    }

    private static void Grow<T>(ref T[] array, int needed)
    {
        if (needed > array.Length) Array.Resize(ref array, Math.Max(needed, array.Length * 2));
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
