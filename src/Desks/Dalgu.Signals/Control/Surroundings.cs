using Dalgu.Signals.Streets;
using Dalgu.Traffic.Simulation.Network;

namespace Dalgu.Signals.Control;

/// <summary>What lies around a signal, through junctions without signals, up to the next signals and the edge of the network.</summary>
internal sealed class Surroundings
{
    private readonly Dictionary<int, double> metres = []; // of the shortest way to each next signal
    private readonly DalguOptions options;
    private double shortest = double.MaxValue; // street

    /// <param name="options">The setting.</param>
    /// <param name="map">The network.</param>
    /// <param name="signal">The signal's number.</param>
    /// <param name="lanes">Its approach lanes.</param>
    /// <param name="exits">Its exit lanes.</param>
    public Surroundings(DalguOptions options, StreetMap map, int signal, int[] lanes, int[] exits)
    {
        this.options = options;
        Walk(map, signal, exits, static lane => lane.Out, static link => link.To);
        Walk(map, signal, lanes, static lane => lane.In, static link => link.From);
    }

    /// <summary>Whether no way leads from the signal to another one, or from another one to it.</summary>
    public bool AreEmpty => metres.Count == 0;

    /// <summary>Whether there is a street without a signal, no longer than <see cref="DalguOptions.ShortStreet"/>, that two vehicles may enter on lanes of which each needs the other's:
    /// they hold each other for good, whatever the signals do.</summary>
    public bool MayEntangle { get; private set; }

    /// <summary>Whether another signal is less than <see cref="DalguOptions.LongStreet"/> away, or a street between or beside them no longer than <see cref="DalguOptions.ShortStreet"/>.
    /// Where a street is short, a queue of a few vehicles stands in the junction behind it, and two such queues can hold each other for good.</summary>
    public bool AreShort => !AreEmpty && (shortest <= options.ShortStreet || metres.Values.Any(m => m < options.LongStreet));

    /// <summary>By signal, whether it or one that streets connect it with is one of some: what comes to a signal depends on all of them.</summary>
    /// <param name="signals">What lies around each signal.</param>
    /// <param name="some">Whether a signal is one of those.</param>
    public static bool[] ConnectedWith(IReadOnlyList<Surroundings> signals, Func<int, bool> some)
    {
        var connected = new bool[signals.Count];
        var next = new Stack<int>(Enumerable.Range(0, signals.Count).Where(some));
        while (next.TryPop(out var s))
        {
            if (connected[s]) continue;
            connected[s] = true;
            foreach (var other in signals[s].metres.Keys) next.Push(other);
        }
        return connected;
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
            MayEntangle |= Entangles(map, map.Lanes[lane]);
            foreach (var link in links(map.Lanes[lane]))
            {
                var other = map.Links[link].Signal;
                if (other == signal) continue;
                if (other >= 0) metres[other] = Math.Min(way, metres.GetValueOrDefault(other, double.MaxValue));
                else next.Enqueue(onwards(map.Links[link]), way + map.Lanes[onwards(map.Links[link])].Length);
            }
        }
    }

    private bool Entangles(StreetMap map, Lane lane)
    {
        if (lane.Internal || lane.Length < JunctionModel.VehicleSpace || lane.Length > options.ShortStreet || lane.Out.Any(l => map.Links[l].Signal >= 0)) return false;
        var from = Next(map, lane);
        foreach (var number in map.LanesOfEdge[lane.Edge])
        {
            var beside = map.Lanes[number];
            var other = Next(map, beside);
            if (from.Except(other).Any() && other.Except(from).Any() && IsEnteredApart(map, lane, beside) && IsEnteredApart(map, beside, lane)) return true;
        }
        return false;
    }

    /// <summary>Whether a lane is entered from one that does not lead to the lane beside: who comes from there and needs that one must change on the street.</summary>
    private static bool IsEnteredApart(StreetMap map, Lane lane, Lane beside) =>
        map.Links.Where(l => l.To == lane.Number).Select(l => map.Lanes[l.From]).Any(before => !before.Internal && !before.Out.Any(l => map.Links[l].To == beside.Number));

    /// <summary>The streets to which a lane for cars leads.</summary>
    private static HashSet<int> Next(StreetMap map, Lane lane) =>
        map.Network.LaneAllowed[lane.Number].Contains(VehicleClasses.Passenger) ? [.. lane.Out.Select(l => map.Links[l].ToEdge)] : [];
}
