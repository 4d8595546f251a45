using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Control;

/// <summary>What lies around a signal, through junctions without signals, up to the next signals and the edge of the network.</summary>
internal sealed class Surroundings
{
    private readonly Dictionary<int, double> metres = []; // of the shortest way to each next signal
    private double shortest = double.MaxValue; // street

    /// <param name="map">The network.</param>
    /// <param name="signal">The signal's number.</param>
    /// <param name="lanes">Its approach lanes.</param>
    /// <param name="exits">Its exit lanes.</param>
    public Surroundings(StreetMap map, int signal, int[] lanes, int[] exits)
    {
        Walk(map, signal, exits, static lane => lane.Out, static link => link.To);
        Walk(map, signal, lanes, static lane => lane.In, static link => link.From);
    }

    /// <summary>Whether no way leads from the signal to another one, or from another one to it.</summary>
    public bool AreEmpty => metres.Count == 0;

    /// <summary>By signal, whether it stands alone, or all that streets connect it with are at least <see cref="DalguOptions.LongStreet"/> apart and no street between or
    /// beside them is as short as <see cref="DalguOptions.ShortStreet"/>. Where a street is short, a queue of a few vehicles stands in the junction behind it, and two such
    /// queues can hold each other for good; what comes there depends on all signals that streets connect with it, so that these keep to plain plans.</summary>
    public static bool[] Apart(IReadOnlyList<Surroundings> signals, DalguOptions options)
    {
        var apart = new bool[signals.Count];
        Array.Fill(apart, true);
        var close = new Stack<int>(Enumerable.Range(0, signals.Count).Where(s => signals[s] is { AreEmpty: false } around && (around.shortest <= options.ShortStreet || around.metres.Values.Any(m => m < options.LongStreet))));
        while (close.TryPop(out var s))
        {
            if (!apart[s]) continue;
            apart[s] = false;
            foreach (var other in signals[s].metres.Keys) close.Push(other);
        }
        return apart;
    }

    private void Walk(StreetMap map, int signal, int[] from, Func<Lane, int[]> links, Func<Link, int> onwards)
    {
        var seen = new HashSet<int>();
        var next = new PriorityQueue<int, double>(); // the nearest first
        foreach (var lane in from) next.Enqueue(lane, map.Lanes[lane].Length);
        while (next.TryDequeue(out var lane, out var way))
        {
            if (!seen.Add(lane)) continue;
            if (!map.Lanes[lane].Internal) shortest = Math.Min(shortest, map.Lanes[lane].Length);
            foreach (var link in links(map.Lanes[lane]))
            {
                var other = map.Links[link].Signal;
                if (other == signal) continue;
                if (other >= 0) metres[other] = Math.Min(way, metres.GetValueOrDefault(other, double.MaxValue));
                else next.Enqueue(onwards(map.Links[link]), way + map.Lanes[onwards(map.Links[link])].Length);
            }
        }
    }
}
