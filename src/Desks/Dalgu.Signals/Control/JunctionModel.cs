using Dalgu.Signals.Guard;
using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Control;

/// <summary>What a link may do in a phase.</summary>
internal static class Right
{
    public const byte None = 0, Yields = 1, Protected = 2, StopAndTurn = 3;
}

/// <summary>What a signal shows in one second of a plan.</summary>
/// <param name="Phase">The phase that is green, or the next one while <paramref name="Clearing"/>.</param>
/// <param name="From">The phase before it.</param>
/// <param name="Clearing">True while yellow or all-red leads to the phase.</param>
/// <param name="Cleared">Seconds of that clearance before this one.</param>
internal readonly record struct SecondShown(int Phase, int From, bool Clearing, int Cleared);

/// <summary>A junction as the roll-out sees it: approach lanes with their vehicles in order of arrival, links, exits, phases.
/// Filled anew each second; nothing is allocated after construction.</summary>
internal sealed class JunctionModel
{
    public const int MostVehicles = 64;

    /// <summary>Metres that a standing vehicle takes, with its gap.</summary>
    public const double VehicleSpace = 7;

    /// <param name="map">The network.</param>
    /// <param name="limits">The guard's rules of the signal.</param>
    /// <param name="options">The setting.</param>
    public JunctionModel(StreetMap map, SignalLimits limits, DalguOptions options)
    {
        Signal = limits.Signal;
        Limits = limits;
        Links = [.. Signal.Links.SelectMany(l => l)];
        Lanes = [.. Links.Select(l => map.Links[l].From).Distinct()];
        Exits = [.. Links.Select(l => map.Links[l].To).Distinct()];
        var local = new Dictionary<int, int>();
        for (var i = 0; i < Links.Length; i++) local[Links[i]] = i;
        LaneOfLink = [.. Links.Select(l => Array.IndexOf(Lanes, map.Links[l].From))];
        Called = new bool[Signal.Links.Length];
        IndexOfLink = [.. Links.Select(l => map.Links[l].Index)];
        ExitOfLink = [.. Links.Select(l => Array.IndexOf(Exits, map.Links[l].To))];
        YieldsTo = [.. Links.Select(l => map.Links[l].YieldsTo.Where(local.ContainsKey).Select(f => local[f]).ToArray())];
        Foes = [.. Links.Select(l => map.Links[l].Foes.Where(local.ContainsKey).Select(f => local[f]).ToArray())];
        Rights = [.. Signal.Phases.Select(p => Links.Select(l => p[map.Links[l].Index] switch { 'G' => Right.Protected, 'g' => Right.Yields, 's' => Right.StopAndTurn, _ => Right.None }).ToArray())];
        Around = new(options, map, Signal.Number, Lanes, Exits);
        Gap = Around.AreEmpty ? options.AloneGap : options.Gap;
        Acceleration = Around.AreEmpty ? options.AloneAcceleration : options.Acceleration;
        Expect = Around.AreEmpty ? options.AloneExpect : options.Expect;
        Count = new int[Lanes.Length];
        Eta = Make<double>();
        Link = Make<int>();
        Stopped = Make<bool>();
        Vehicle = Make<int>();
        Leaves = Make<double>();
        Shown = new SecondShown[options.Horizon];
        Storage = [.. Lanes.Select(l => map.Lanes[l].In.Length == 0 ? double.PositiveInfinity : map.Lanes[l].Length / VehicleSpace)];
        Room = new double[Exits.Length];
        Onward = [.. Exits.Select(e => LinksBehind(map, e, local))];
        InnerExits = [.. Enumerable.Range(0, Exits.Length).Where(e => Onward[e].Length > 0)];
        Inside = new int[Exits.Length];
        MostInside = [.. Exits.Select(e => Links.Max(l => map.Links[l].To == e ? Math.Max(1, (int)(map.Links[l].Length / VehicleSpace)) : 0))];
        Box = new int[Links.Length];
        Red = new int[Links.Length];
        Full = new bool[Lanes.Length];
        Fed = new bool[Links.Length];
        Detectors = [.. Lanes.Select((_, l) => new LaneDetector { LastLink = Array.IndexOf(LaneOfLink, l) })];
        Probes = new int[Links.Length];
        Rate = new double[Links.Length];
        Sight = new double[Links.Length];
    }

    public Signal Signal { get; }
    public SignalLimits Limits { get; }

    /// <summary>Whether the phase that follows an action is tried too, and a trickle is left for those who outweigh it. Where junctions that
    /// count on each other are near, or a lane cannot be seen, plans are kept plain: such plans change more often, and what others were told of them then does not come true.</summary>
    public bool LooksAhead { get; set; }

    /// <summary>The next signals and the streets between.</summary>
    public Surroundings Around { get; }

    /// <summary>Seconds that who yields needs before the next with priority.</summary>
    public double Gap { get; }

    /// <summary>Acceleration of vehicles in m/s².</summary>
    public double Acceleration { get; }

    /// <summary>The share of the expected arrivals that counts.</summary>
    public double Expect { get; }

    /// <summary>The network's number of each link, approach lane and exit lane.</summary>
    public int[] Links { get; }
    public int[] Lanes { get; }
    public int[] Exits { get; }
    public int[] LaneOfLink { get; }
    public int[] ExitOfLink { get; }
    public int[] IndexOfLink { get; }

    /// <summary>For each link those of this junction to which it yields, and those that it crosses or meets.</summary>
    public int[][] YieldsTo { get; }
    public int[][] Foes { get; }

    /// <summary>By phase and link: a <see cref="Right"/>.</summary>
    public byte[][] Rights { get; }

    /// <summary>By lane: how many vehicles, and of each the seconds to the stop line at free speed, the link, whether it has stopped already.</summary>
    public int[] Count { get; }
    public double[][] Eta { get; }
    public int[][] Link { get; }
    public bool[][] Stopped { get; }

    /// <summary>By lane, of each vehicle its slot, -1 of one that is only expected; and when the plan lets it over the stop line, in seconds from now, -1 where not within the horizon.</summary>
    public int[][] Vehicle { get; }
    public double[][] Leaves { get; }

    /// <summary>By second of the plan that was foreseen last, what the signal shows.</summary>
    public SecondShown[] Shown { get; }

    /// <summary>The second of the day with which that plan begins.</summary>
    public int ShownFrom { get; set; }

    /// <summary>How many vehicles each approach lane holds before its queue reaches into the junction behind it; no limit where the network begins.</summary>
    public double[] Storage { get; }

    /// <summary>How many vehicles each exit takes now.</summary>
    public double[] Room { get; }

    /// <summary>By exit, the links of this very signal that come next with no lane between on which a vehicle could stand: who takes the exit while they are red stands in the junction.</summary>
    public int[][] Onward { get; }

    /// <summary>The exits that have such links.</summary>
    public int[] InnerExits { get; }

    /// <summary>By exit, how many vehicles are on the paths that lead to it, and how many can stand there.</summary>
    public int[] Inside { get; }
    public int[] MostInside { get; }

    /// <summary>Slow vehicles on each link's path over the junction.</summary>
    public int[] Box { get; }

    /// <summary>By link, whether vehicles have been foreseen on it by a junction before this one.</summary>
    public bool[] Fed { get; }

    /// <summary>The detector of each approach lane.</summary>
    public LaneDetector[] Detectors { get; }

    /// <summary>By link, how often it was given green only to find out whether somebody waits there unseen.</summary>
    public int[] Probes { get; }

    /// <summary>By lane, whether vehicles stand to its beginning, so that more of them may stand behind.</summary>
    public bool[] Full { get; }

    /// <summary>Whether no short street is near, so that the controller need not keep to plain plans.</summary>
    public bool IsApart { get; set; }

    /// <summary>Whether its best plans are played on the streets: not where it or a signal that it is connected with shares a short street with another one, or has one near on which
    /// vehicles may hold each other.</summary>
    public bool PlaysStreets { get; set; }

    /// <summary>By index of the state, whether the guard takes it as called and red: in an order of phases nobody who is called is passed over, though he may have turned on red since.</summary>
    public bool[] Called { get; }

    /// <summary>Vehicles that have stood in the junction for long although their exit has room: they block each other.</summary>
    public int Stuck { get; set; }

    /// <summary>Seconds since each link was last green.</summary>
    public int[] Red { get; }

    /// <summary>Vehicles a second that come on each link, smoothed, and how many seconds ahead they are first seen.</summary>
    public double[] Rate { get; }
    public double[] Sight { get; }

    /// <summary>Forgets what was observed a second ago.</summary>
    /// <param name="rateTime">Seconds over which arrivals are averaged.</param>
    public void Clear(double rateTime)
    {
        Array.Clear(Count);
        Array.Clear(Box);
        Array.Clear(Inside);
        Stuck = 0;
        for (var k = 0; k < Rate.Length; k++) Rate[k] -= Rate[k] / rateTime;
    }

    /// <summary>Inserts a vehicle in the order of arrival; the last ones of a very long queue are left out.</summary>
    public void Add(int lane, int link, double eta, bool stopped, int vehicle = -1)
    {
        var (etas, links, stops, those) = (Eta[lane], Link[lane], Stopped[lane], Vehicle[lane]);
        var n = Count[lane];
        if (n == MostVehicles)
        {
            if (eta >= etas[n - 1]) return;
            n--;
        }
        var i = n;
        for (; i > 0 && etas[i - 1] > eta; i--) (etas[i], links[i], stops[i], those[i]) = (etas[i - 1], links[i - 1], stops[i - 1], those[i - 1]);
        (etas[i], links[i], stops[i], those[i]) = (eta, link, stopped, vehicle);
        Count[lane] = n + 1;
    }

    private static int[] LinksBehind(StreetMap map, int exit, Dictionary<int, int> local)
    {
        var found = new SortedSet<int>();
        var seen = new HashSet<int>();
        var next = new Stack<int>([exit]);
        while (next.TryPop(out var lane))
        {
            if (map.Lanes[lane].Length >= VehicleSpace || !seen.Add(lane)) continue;
            foreach (var link in map.Lanes[lane].Out)
            {
                if (local.TryGetValue(link, out var k)) found.Add(k);
                else if (map.Links[link].Signal < 0) next.Push(map.Links[link].To);
            }
        }
        return [.. found];
    }

    private T[][] Make<T>() => [.. Lanes.Select(_ => new T[MostVehicles])];
}
