using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Guard;

/// <summary>A profile worked out for one signal: the shortest green of each phase, the clearance between each two, what conflicts. Whole seconds.</summary>
internal sealed class SignalLimits
{
    public SignalLimits(StreetMap map, Signal signal, GuardProfile profile)
    {
        Signal = signal;
        Profile = profile;
        var n = signal.Phases.Length;
        Conflicts = ConflictMatrix(map, signal);
        Intergreen = new int[Conflicts.GetLength(0), Conflicts.GetLength(0)];
        for (var i = 0; i < Intergreen.GetLength(0); i++)
            for (var k = 0; k < Intergreen.GetLength(0); k++) Intergreen[i, k] = Conflicts[i, k] ? profile.Yellow + profile.AllRed : 0;
        Walk = profile.Pedestrians ? Crossings.WalkSeconds(map, signal, profile) : new int[n];
        MinGreen = [.. Enumerable.Range(0, n).Select(p => Math.Max(profile.MinGreen, Walk[p]))];
        Clearance = new int[n, n];
        for (var a = 0; a < n; a++)
            for (var b = 0; b < n; b++) Clearance[a, b] = a == b ? 0 : Between(signal.Phases[a], signal.Phases[b]);
        Served = [.. Enumerable.Range(0, Conflicts.GetLength(0)).Select(link => Enumerable.Range(0, n).Where(p => signal.Phases[p][link] is 'G' or 'g').ToArray())];
        Order = OrderOf(map);
        var change = profile.Yellow + profile.AllRed;
        Rounds = Order is null ? null : [.. Enumerable.Range(0, n).Select(p => Order.Round(p)!)];
        Cover = Rounds is null ? FewestPhases() : [.. Rounds.SelectMany(r => r).Distinct().Order()];
        Home = [.. Enumerable.Range(0, n).Select(p => Served.Select(by => by.Length == 0 ? -1 : Rounds is null ? Cover.First(by.Contains) : Rounds[p].FirstOrDefault(by.Contains, p)).ToArray())];
        MaxRed = Math.Max(profile.MaxRed, Cover.Sum(p => MinGreen[p] + change) + MinGreen.Max() + change + profile.MaxRed / 3);
        RoundLeft = [.. Enumerable.Range(0, n).Select(p => change + (Order is RingBarrier rings ? rings.Left(p) * (MinGreen.Max() + change) : MinGreen.Skip(p + 1).Sum(g => g + change)))];
        MaxCycle = Math.Max(profile.MaxCycle, RoundLeft.Max() + 2 * MinGreen.Max());
        var others = MinGreen.Sum() + n * (profile.Yellow + profile.AllRed);
        MaxGreen = [.. Enumerable.Range(0, n).Select(p => Math.Max(MinGreen[p], Math.Min(profile.MaxGreen, profile.MaxCycle - (others - MinGreen[p]))))];
    }

    public Signal Signal { get; }
    public GuardProfile Profile { get; }

    /// <summary>The shortest green of each phase: the profile's, or what pedestrians need.</summary>
    public int[] MinGreen { get; }

    /// <summary>The longest green of each phase while another is called.</summary>
    public int[] MaxGreen { get; }

    /// <summary>What pedestrians need in each phase; 0 where none walk.</summary>
    public int[] Walk { get; }

    /// <summary>Seconds from the end of green of the phase that leaves to the start of green of the one that enters.</summary>
    public int[,] Clearance { get; }

    /// <summary>Whether two indices of the state may not both have protected green.</summary>
    public bool[,] Conflicts { get; }

    /// <summary>Seconds from the end of green of the first index to the start of green of the second.</summary>
    public int[,] Intergreen { get; }

    /// <summary>The phases in which each index is green.</summary>
    public int[][] Served { get; }

    /// <summary>The longest red of a called index: the profile's, or a round of <see cref="Cover"/>, the longest phase once more and a third of the profile's, where that is longer.</summary>
    public int MaxRed { get; }

    /// <summary>Phases that together serve every index, in the least time: a round through them is what the guard can always fall back to.</summary>
    public int[] Cover { get; }

    /// <summary>By present phase, that round where its order is not free: the program's, or one round two rings.</summary>
    public int[][]? Rounds { get; }

    /// <summary>By present phase and index, the phase of <see cref="Cover"/> that the index waits for; -1 where no phase serves it.</summary>
    public int[][] Home { get; }

    /// <summary>The order of the phases: the program's, or two rings; null where it is free.</summary>
    public IPhaseOrder? Order { get; }

    /// <summary>Where the order is fixed or in rings: the longest round through the phases while another is called.</summary>
    public int MaxCycle { get; }

    /// <summary>By phase, the seconds that the rest of its round needs.</summary>
    public int[] RoundLeft { get; }

    /// <summary>Where the profile asks for two rings and the signal forms none, or such as promise nobody a green, the program's order holds.</summary>
    private IPhaseOrder? OrderOf(StreetMap map)
    {
        if (Profile.DualRing && RingBarrier.Of(map, Signal) is { } rings && Enumerable.Range(0, MinGreen.Length).All(p => ServesAll(rings, p))) return rings;
        return Profile.DualRing || Profile.FixedOrder ? new ProgramOrder(Signal) : null;
    }

    /// <summary>Whether a phase and the round that follows it serve every index.</summary>
    private bool ServesAll(RingBarrier rings, int phase) => rings.Round(phase) is { } round && Served.All(by => by.Length == 0 || by.Contains(phase) || by.Any(round.Contains));

    /// <summary>All phases less those that the others make needless, the longest first.</summary>
    private int[] FewestPhases()
    {
        var kept = Enumerable.Range(0, MinGreen.Length).ToList();
        foreach (var p in kept.OrderByDescending(p => MinGreen[p]).ToArray())
            if (Served.All(by => by.Length == 0 || by.Any(q => q != p && kept.Contains(q)))) kept.Remove(p);
        return [.. kept];
    }

    private int Between(string leaves, string enters)
    {
        var most = Profile.Yellow;
        for (var i = 0; i < leaves.Length; i++)
        {
            if (leaves[i] is not ('G' or 'g') || enters[i] is 'G' or 'g') continue;
            for (var k = 0; k < enters.Length; k++)
                if (enters[k] is 'G' or 'g' && leaves[k] is not ('G' or 'g')) most = Math.Max(most, Intergreen[i, k]);
        }
        return most;
    }

    private static bool[,] ConflictMatrix(StreetMap map, Signal signal)
    {
        var size = signal.Links.Length;
        var conflicts = new bool[size, size];
        for (var i = 0; i < size; i++)
            foreach (var link in signal.Links[i])
                foreach (var foe in map.Links[link].Foes)
                    if (map.Links[foe].Signal == signal.Number && map.Links[foe].Index != i)
                        conflicts[i, map.Links[foe].Index] = conflicts[map.Links[foe].Index, i] = true;
        // Two that meet on one exit lane and both have G in the file's own program merge like a zipper: the file's author allows it.
        foreach (var phase in signal.Phases)
            for (var i = 0; i < size; i++)
                for (var k = 0; k < size; k++)
                    if (phase[i] == 'G' && phase[k] == 'G') conflicts[i, k] = false;
        return conflicts;
    }
}
