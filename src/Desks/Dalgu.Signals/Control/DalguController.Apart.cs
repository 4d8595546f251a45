using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Control;

/// <content>Which signals have room around them. Where a street is short, a queue of a few vehicles stands in the junction behind it, and two such queues can hold each
/// other for good; what comes there depends on all signals that streets connect with it, so that these keep to plain plans.</content>
internal sealed partial class DalguController
{
    /// <summary>By signal, whether it stands alone, or all that streets connect it with are at least <see cref="DalguOptions.LongStreet"/> apart and no street between or
    /// beside them is as short as <see cref="DalguOptions.ShortStreet"/>.</summary>
    internal static bool[] Apart(StreetMap map, JunctionModel[] models, DalguOptions options)
    {
        var surroundings = models.Select((m, s) => new Surroundings(map, s, m)).ToArray();
        var apart = new bool[models.Length];
        Array.Fill(apart, true);
        var close = new Stack<int>(Enumerable.Range(0, models.Length).Where(s => surroundings[s] is { Metres.Count: > 0 } around && (around.Shortest <= options.ShortStreet || around.Metres.Values.Any(m => m < options.LongStreet))));
        while (close.TryPop(out var s))
        {
            if (!apart[s]) continue;
            apart[s] = false;
            foreach (var other in surroundings[s].Metres.Keys) close.Push(other);
        }
        return apart;
    }

    /// <summary>What lies around a signal, through junctions without signals, up to the next signals and the edge of the network.</summary>
    private sealed class Surroundings
    {
        public Surroundings(StreetMap map, int signal, JunctionModel model)
        {
            Walk(map, signal, model.Exits, static lane => lane.Out, static link => link.To);
            Walk(map, signal, model.Lanes, static lane => lane.In, static link => link.From);
        }

        /// <summary>The next signals, with the metres of the shortest way.</summary>
        public Dictionary<int, double> Metres { get; } = [];

        /// <summary>The length of the shortest street.</summary>
        public double Shortest { get; private set; } = double.MaxValue;

        private void Walk(StreetMap map, int signal, int[] from, Func<Lane, int[]> links, Func<Link, int> onwards)
        {
            var seen = new HashSet<int>();
            var next = new PriorityQueue<int, double>(); // the nearest first
            foreach (var lane in from) next.Enqueue(lane, map.Lanes[lane].Length);
            while (next.TryDequeue(out var lane, out var metres))
            {
                if (!seen.Add(lane)) continue;
                if (!map.Lanes[lane].Internal) Shortest = Math.Min(Shortest, map.Lanes[lane].Length);
                foreach (var link in links(map.Lanes[lane]))
                {
                    var other = map.Links[link].Signal;
                    if (other == signal) continue;
                    if (other >= 0) Metres[other] = Math.Min(metres, Metres.GetValueOrDefault(other, double.MaxValue));
                    else next.Enqueue(onwards(map.Links[link]), metres + map.Lanes[onwards(map.Links[link])].Length);
                }
            }
        }
    }
}
