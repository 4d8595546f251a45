namespace Dalgu.Signals.Streets;

/// <summary>One direction of a corridor.</summary>
/// <param name="Signals">The signals in the order in which vehicles meet them.</param>
/// <param name="Edges">The edges from the approach to the first signal to the approach to the last, without gaps.</param>
/// <param name="Links">The links with signals on the way, one for each signal: from where the corridor comes, straight on where there is such a link.</param>
internal sealed record CorridorWay(int[] Signals, int[] Edges, int[] Links);

/// <summary>A chain of signals along a street, in one direction or both.</summary>
/// <param name="Name">The signals' names with commas, as <c>--corridor</c> takes them.</param>
/// <param name="Ways">The directions.</param>
internal sealed record Corridor(string Name, IReadOnlyList<CorridorWay> Ways)
{
    private const double TurnMetres = 100; // what a turn counts where ways are compared
    private const double FarthestMetres = 3000;

    /// <summary>The corridor through named signals, in both directions where the streets allow it.</summary>
    public static Corridor Of(StreetMap map, string names)
    {
        var signals = names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(name =>
            map.Signals.FirstOrDefault(s => s.Id == name)?.Number ?? throw new Problem(ProblemKind.BadRequestData, $"{map.Network.File}: there is no signal \"{name}\" for --corridor; there are {string.Join(", ", map.Signals.Take(30).Select(s => s.Id))}{(map.Signals.Length > 30 ? ", …" : "")}.")).ToArray();
        if (signals.Length < 2 || signals.Distinct().Count() != signals.Length) throw new Problem(ProblemKind.BadRequestData, $"--corridor \"{names}\" does not name two or more different signals, as J1,J2,J3.");
        var ways = new[] { Way(map, signals), Way(map, [.. signals.Reverse()]) }.OfType<CorridorWay>().ToArray();
        if (ways.Length == 0) throw new Problem(ProblemKind.BadRequestData, $"{map.Network.File}: no street leads from signal to signal along --corridor {names} without another signal in between; name them in the order of the street.");
        return new Corridor(string.Join(',', signals.Select(s => map.Signals[s].Id)), ways);
    }

    /// <summary>The chains of signals that one meets going straight on, longest first; each once, whatever its direction.</summary>
    public static IReadOnlyList<Corridor> Find(StreetMap map)
    {
        var next = new Dictionary<int, int>();
        foreach (var link in map.Links)
            if (link.Signal >= 0 && !next.ContainsKey(link.FromEdge) && Straight(map, link.FromEdge) is >= 0 and var to) next[link.FromEdge] = to;
        var reached = next.Values.ToHashSet();
        var found = new Dictionary<string, int[]>(StringComparer.Ordinal);
        foreach (var first in next.Keys.Order())
        {
            if (reached.Contains(first)) continue;
            var signals = new List<int>();
            var seen = new HashSet<int>();
            for (var edge = first; edge >= 0 && seen.Add(edge); edge = next.GetValueOrDefault(edge, -1))
                if (SignalOf(map, edge) is >= 0 and var signal && !signals.Contains(signal)) signals.Add(signal);
            if (signals.Count < 2) continue;
            string[] both = [string.Join(',', signals), string.Join(',', Enumerable.Reverse(signals))];
            found.TryAdd(both.Order(StringComparer.Ordinal).First(), [.. signals]);
        }
        return [.. found.Values.Select(s => Make(map, s)).OfType<Corridor>().OrderByDescending(c => c.Ways[0].Signals.Length).ThenBy(c => c.Name, StringComparer.Ordinal)];
    }

    private static Corridor? Make(StreetMap map, int[] signals)
    {
        var ways = new[] { Way(map, signals), Way(map, [.. signals.Reverse()]) }.OfType<CorridorWay>().ToArray();
        return ways.Length == 0 ? null : new Corridor(string.Join(',', signals.Select(s => map.Signals[s].Id)), ways);
    }

    /// <summary>The approach to the next signal, going straight on from an approach; -1 where a street ends or turns before.</summary>
    private static int Straight(StreetMap map, int approach)
    {
        var own = SignalOf(map, approach);
        double metres = 0;
        var seen = new HashSet<int>();
        for (var edge = approach; metres < FarthestMetres && seen.Add(edge);)
        {
            var on = Out(map, edge).FirstOrDefault(l => map.Links[l].Direction == 's', -1);
            if (on < 0) return -1;
            edge = map.Links[on].ToEdge;
            if (SignalOf(map, edge) is >= 0 and var signal && signal != own) return edge;
            metres += map.Lanes[map.LanesOfEdge[edge][0]].Length;
        }
        return -1;
    }

    /// <summary>The shortest way through the signals in this order, turns counted against; null where there is none.</summary>
    private static CorridorWay? Way(StreetMap map, int[] signals)
    {
        var starts = map.Signals[signals[0]].Links.SelectMany(l => l).Select(l => map.Links[l].FromEdge).Distinct().Order().ToArray();
        var best = ((double Cost, List<int> Edges)?)null;
        foreach (var start in starts)
        {
            var edges = new List<int> { start };
            double cost = 0;
            for (var i = 1; i < signals.Length && cost < double.PositiveInfinity; i++) cost += Leg(map, edges, signals[i - 1], signals[i]);
            if (cost < (best?.Cost ?? double.PositiveInfinity)) best = (cost, edges);
        }
        if (best is not { } way) return null;
        var links = new List<int>();
        for (var i = 0; i < way.Edges.Count; i++)
        {
            var onward = i + 1 < way.Edges.Count ? way.Edges[i + 1] : -1;
            var out_ = Out(map, way.Edges[i]).Where(l => map.Links[l].Signal >= 0).ToArray();
            if (out_.Length == 0) continue;
            var link = out_.FirstOrDefault(l => onward >= 0 ? map.Links[l].ToEdge == onward : map.Links[l].Direction == 's', out_[0]);
            if (links.Count == 0 || map.Links[links[^1]].Signal != map.Links[link].Signal) links.Add(link);
        }
        return new CorridorWay(signals, [.. way.Edges], [.. links]);
    }

    /// <summary>Adds the edges from the last one to an approach of the next signal and returns what they cost; infinity where there is no way without another signal.</summary>
    private static double Leg(StreetMap map, List<int> edges, int from, int to)
    {
        var queue = new PriorityQueue<int, double>();
        var cost = new Dictionary<int, double> { [edges[^1]] = 0 };
        var before = new Dictionary<int, int>();
        queue.Enqueue(edges[^1], 0);
        while (queue.TryDequeue(out var edge, out var so))
        {
            if (so > cost[edge]) continue;
            var signal = SignalOf(map, edge);
            if (signal == to)
            {
                var path = new List<int>();
                for (var at = edge; at != edges[^1]; at = before[at]) path.Add(at);
                path.Reverse();
                edges.AddRange(path);
                return so;
            }
            if (signal >= 0 && signal != from || so > FarthestMetres) continue;
            foreach (var l in Out(map, edge))
            {
                var link = map.Links[l];
                var sum = so + map.Lanes[link.To].Length + link.Length + (link.Direction == 's' ? 0 : TurnMetres);
                if (sum >= cost.GetValueOrDefault(link.ToEdge, double.PositiveInfinity)) continue;
                cost[link.ToEdge] = sum;
                before[link.ToEdge] = edge;
                queue.Enqueue(link.ToEdge, sum);
            }
        }
        return double.PositiveInfinity;
    }

    private static IEnumerable<int> Out(StreetMap map, int edge) => map.LanesOfEdge[edge].SelectMany(l => map.Lanes[l].Out);

    private static int SignalOf(StreetMap map, int edge) => Out(map, edge).Select(l => map.Links[l].Signal).DefaultIfEmpty(-1).Max();
}
