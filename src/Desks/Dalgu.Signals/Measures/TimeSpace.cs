using Dalgu.Signals.Engines;
using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Measures;

/// <summary>A signal on a time-space diagram: metres along the corridor, and from when to when it showed which letter there.</summary>
internal sealed record TimeSpaceSignal(string Id, double AtM, IReadOnlyList<TimeSpaceBar> Bars);

/// <summary>A signal's state over a time: G, y or r.</summary>
internal sealed record TimeSpaceBar(double From, double To, char State);

/// <summary>A time-space diagram: each trajectory is second, metres, second, metres, …</summary>
internal sealed record TimeSpace(string Corridor, string From, string To, double LengthM, double Begin, double End, IReadOnlyList<TimeSpaceSignal> Signals, IReadOnlyList<IReadOnlyList<double>> Trajectories);

/// <summary>Records one direction of a corridor for some minutes of a run.</summary>
internal sealed class TimeSpaceRecorder
{
    private const double Straight = 1.5; // metres by which a point may lie off the line of its neighbours and is left out
    private readonly StreetMap map;
    private readonly Corridor corridor;
    private readonly CorridorWay way;
    private readonly double begin, end, metres;
    private readonly double[] offset;   // by edge: metres from the corridor's beginning; -1 where it is not on it
    private readonly double[] stop;     // by signal of the way: metres of its stop line
    private readonly Dictionary<int, List<double>> open = [];
    private readonly List<IReadOnlyList<double>> done = [];
    private readonly List<TimeSpaceBar>[] bars;

    /// <param name="map">The network.</param>
    /// <param name="corridor">Its first direction is recorded.</param>
    /// <param name="begin">The first second.</param>
    /// <param name="end">The second after the last.</param>
    public TimeSpaceRecorder(StreetMap map, Corridor corridor, double begin, double end)
    {
        (this.map, this.corridor, this.begin, this.end) = (map, corridor, begin, end);
        way = corridor.Ways[0];
        offset = new double[map.LanesOfEdge.Length];
        Array.Fill(offset, -1);
        stop = new double[way.Links.Length];
        for (var i = 0; i < way.Edges.Length; i++)
        {
            offset[way.Edges[i]] = metres;
            metres += map.Lanes[map.LanesOfEdge[way.Edges[i]][0]].Length;
            for (var k = 0; k < way.Links.Length; k++)
                if (map.Links[way.Links[k]].FromEdge == way.Edges[i]) stop[k] = metres;
            if (i + 1 < way.Edges.Length && map.LinkBetween(map.LanesOfEdge[way.Edges[i]][0], way.Edges[i + 1]) is >= 0 and var link) metres += map.Links[link].Length;
        }
        bars = [.. way.Links.Select(_ => new List<TimeSpaceBar>())];
    }

    /// <summary>Looks at the second that has just passed; what the signals showed in it is null where that is not known.</summary>
    public void Step(ITrafficEngine engine, string[]? shown)
    {
        var time = engine.Time;
        if (time < begin || time >= end) return;
        var traffic = engine.Traffic;
        for (var v = 0; v < traffic.Slots; v++)
        {
            var lane = traffic.Present[v] ? traffic.Lane[v] : -1;
            var at = lane >= 0 && !map.Lanes[lane].Internal ? offset[map.Lanes[lane].Edge] : -1;
            if (at >= 0) Add(v, time, at + traffic.Position[v]);
            else if (lane < 0 || !map.Lanes[lane].Internal) Close(v);
        }
        if (shown is null) return;
        for (var k = 0; k < bars.Length; k++)
        {
            var link = map.Links[way.Links[k]];
            var state = shown[link.Signal][link.Index] switch { 'G' or 'g' => 'G', 'y' or 'Y' => 'y', _ => 'r' };
            if (bars[k].Count > 0 && bars[k][^1].State == state) bars[k][^1] = bars[k][^1] with { To = time };
            else bars[k].Add(new TimeSpaceBar(time - 1, time, state));
        }
    }

    /// <summary>The diagram.</summary>
    public TimeSpace Finish()
    {
        foreach (var v in open.Keys.Order().ToArray()) Close(v);
        return new TimeSpace(corridor.Name, map.Signals[way.Signals[0]].Id, map.Signals[way.Signals[^1]].Id, Math.Round(metres, 1), begin, end,
            [.. way.Links.Select((l, k) => new TimeSpaceSignal(map.Signals[map.Links[l].Signal].Id, Math.Round(stop[k], 1), bars[k]))], done);
    }

    private void Add(int v, double time, double at)
    {
        at = Math.Round(at, 1);
        if (!open.TryGetValue(v, out var line)) open[v] = line = [];
        // Another vehicle in the same slot, or one that has been moved back.
        if (line.Count > 0 && (at < line[^1] - 1 || time - line[^2] > 30))
        {
            Close(v);
            open[v] = line = [];
        }
        if (line.Count >= 4)
        {
            var (t0, m0, t1, m1) = (line[^4], line[^3], line[^2], line[^1]);
            if (Math.Abs(m0 + (at - m0) * (t1 - t0) / (time - t0) - m1) < Straight) line.RemoveRange(line.Count - 2, 2);
        }
        line.Add(time);
        line.Add(at);
    }

    private void Close(int v)
    {
        if (open.Remove(v, out var line) && line.Count >= 4) done.Add(line);
    }
}
