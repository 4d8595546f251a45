using Dalgu.Signals.Engines;
using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Measures;

/// <summary>Watches a run second by second: who calls which signal, queues, arrivals on green, split failures, control delay, gridlock.</summary>
internal sealed partial class TrafficWatch
{
    private const double CallMetres = 60;
    private const double ArrivalSeconds = 2; // this near to the stop line a vehicle has arrived
    private const int GridlockSeconds = 300;
    private const int StandstillSeconds = 600; // on a street: twice the longest red of a profile
    private const double Standing = 2;
    private readonly StreetMap map;
    private readonly int[] queue;
    private readonly int[][] histogram;     // by approach lane: seconds with that many standing vehicles
    private readonly bool[] green, waitedAtStart;
    private readonly LinkTotals[] links;
    private int[] target = new int[256];    // the controlled link that each vehicle approaches
    private double[] since = new double[256], free = new double[256];
    private bool[] arrivedAt = new bool[256], failed = new bool[256];
    private int lastArrivals, standstill;

    public TrafficWatch(StreetMap map)
    {
        this.map = map;
        Called = [.. map.Signals.Select(s => new bool[s.Links.Length])];
        queue = new int[map.Lanes.Length];
        histogram = [.. map.Lanes.Select(l => l.Out.Any(o => map.Links[o].Signal >= 0) ? new int[64] : [])];
        green = new bool[map.Links.Length];
        waitedAtStart = new bool[map.Links.Length];
        links = new LinkTotals[map.Links.Length];
        edges = new EdgeTotals[map.LanesOfEdge.Length];
        blocked = new bool[map.Signals.Length];
    }

    /// <summary>By signal and index: whether a vehicle waits or comes within 60 m. One array, rewritten each second.</summary>
    public bool[][] Called { get; }

    /// <summary>Whether traffic stood still: a vehicle stood inside a junction for five minutes or on a street for ten, or nobody arrived for five.</summary>
    public bool Gridlock { get; private set; }

    /// <summary>What each link with a signal had.</summary>
    public ReadOnlySpan<LinkTotals> Links => links;

    /// <summary>What the links of a signal had together.</summary>
    public LinkTotals Junction(int signal)
    {
        var sum = new LinkTotals();
        foreach (var index in map.Signals[signal].Links)
            foreach (var link in index) sum.Add(links[link]);
        return sum;
    }

    /// <summary>Looks at the second that has just passed; what the signals showed in it is null where that is not known.</summary>
    public void Step(ITrafficEngine engine, string[]? shown)
    {
        var traffic = engine.Traffic;
        foreach (var row in Called) Array.Clear(row);
        Array.Clear(queue);
        if (target.Length < traffic.Present.Length) Grow(traffic.Present.Length);
        if (shown is not null) ReadGreens(shown);
        var present = 0;
        for (var v = 0; v < traffic.Slots; v++)
        {
            if (!traffic.Present[v] || traffic.Lane[v] < 0)
            {
                if (target[v] > 0) Passed(v, engine.Time);
                lastEdge[v] = 0;
                continue;
            }
            present++;
            LookAtEdge(traffic, v);
            Look(traffic, v, engine.Time, shown is not null);
        }
        foreach (var link in map.Links) if (link.Signal >= 0 && green[link.Number]) waitedAtStart[link.Number] = false;
        for (var l = 0; l < queue.Length; l++)
            if (histogram[l].Length > 0) histogram[l][Math.Min(queue[l], 63)]++;
        var arrivals = engine.Counts.Arrived;
        standstill = arrivals > lastArrivals || present < 10 ? 0 : standstill + 1;
        lastArrivals = arrivals;
        if (standstill >= GridlockSeconds) Gridlock = true;
    }

    /// <summary>The queue in vehicles that an approach lane of a signal did not exceed in 95 % of the seconds: the longest lane's.</summary>
    public int Queue95(int signal) => Queue95(map.Signals[signal].Links.SelectMany(l => l));

    /// <summary>The same of some links.</summary>
    public int Queue95(IEnumerable<int> those)
    {
        var most = 0;
        foreach (var lane in those.Select(l => map.Links[l].From).Distinct())
        {
            var counts = histogram[lane];
            long all = counts.Sum(), sum = 0;
            for (var n = 0; n < counts.Length && all > 0; n++)
            {
                sum += counts[n];
                if (sum < all * 0.95) continue;
                most = Math.Max(most, n);
                break;
            }
        }
        return most;
    }

    private void ReadGreens(string[] shown)
    {
        foreach (var link in map.Links)
        {
            if (link.Signal < 0) continue;
            var now = shown[link.Signal][link.Index] is 'G' or 'g';
            if (now && !green[link.Number]) waitedAtStart[link.Number] = true;
            green[link.Number] = now;
        }
    }

    private void Look(Vehicles traffic, int v, double time, bool knowsGreen)
    {
        var lane = traffic.Lane[v];
        if (traffic.Waiting[v] >= StandstillSeconds) Gridlock = true;
        if (map.Lanes[lane].Internal && traffic.Waiting[v] >= GridlockSeconds)
        {
            Gridlock = true;
            if (map.Lanes[lane].Path >= 0 && map.Links[map.Lanes[lane].Path].Signal is >= 0 and var stuck) blocked[stuck] = true;
        }
        if (traffic.Speed[v] < Standing) queue[lane]++;
        var link = traffic.Target[v];
        if (target[v] != link + 1)
        {
            if (target[v] > 0) Passed(v, time);
            target[v] = link + 1;
            since[v] = time;
            arrivedAt[v] = failed[v] = false;
            var rest = map.Lanes[lane].Length - traffic.Position[v];
            free[v] = rest / map.Lanes[lane].Speed + (link >= 0 ? traffic.BeyondSeconds[v] : 0);
        }
        if (link < 0) return;
        var metres = map.Lanes[lane].Length - traffic.Position[v] + traffic.Beyond[v];
        var own = map.Links[link];
        if (metres < CallMetres) Called[own.Signal][own.Index] = true;
        ref var sums = ref links[link];
        if (!arrivedAt[v] && knowsGreen && (traffic.Speed[v] < Standing && metres < 100 || metres / map.Lanes[lane].Speed < ArrivalSeconds))
        {
            arrivedAt[v] = true;
            sums.Arrivals++;
            if (green[link]) sums.OnGreen++;
        }
        if (waitedAtStart[link] && traffic.Speed[v] < Standing && traffic.Beyond[v] == 0)
        {
            // It waited when an earlier green began and waits when this one does: that green failed it.
            if (failed[v]) sums.SplitFailures++;
            failed[v] = true;
        }
    }

    private void Passed(int v, double time)
    {
        ref var sums = ref links[target[v] - 1];
        sums.Served++;
        sums.Delay += Math.Max(0, time - since[v] - free[v]);
        target[v] = 0;
    }

    private void Grow(int size)
    {
        Array.Resize(ref target, size);
        Array.Resize(ref since, size);
        Array.Resize(ref free, size);
        Array.Resize(ref arrivedAt, size);
        Array.Resize(ref failed, size);
        Array.Resize(ref lastEdge, size);
        Array.Resize(ref lastSpeed, size);
    }
}
