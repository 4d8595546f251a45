namespace Dalgu.Signals.Guard;

/// <summary>What the audit checks of order: the program's, that of two rings, and how long a round may take.</summary>
internal sealed partial class StateAudit
{
    /// <summary>A call this old was there when a change was decided, however long its clearance lasted.</summary>
    private const int OldCall = 30;
    private readonly Dictionary<int, int> lastPhase = [];

    private void CheckOrder(double time, int s, string state)
    {
        var rules = limits[s];
        if (rules.Order is null) return;
        if (rules.Order is RingBarrier both) CheckBarrier(time, s, state, both);
        if (Called(s, state) >= 2) round[s]++;
        if (round[s] > rules.MaxCycle && round[s] == rules.MaxCycle + SeemsEarlier(rules) + 1) Add(time, s, $"a round lasts longer than {rules.MaxCycle} s while another is called");
        var at = Array.IndexOf(rules.Signal.Phases, state);
        if (at < 0) return;
        if (lastPhase.TryGetValue(s, out var from) && from != at)
        {
            if (rules.Order is RingBarrier rings) CheckRings(time, s, rings, from, at);
            else CheckProgramOrder(time, s, from, at);
        }
        lastPhase[s] = at;
    }

    /// <summary>The program's order: a phase in between whose call is old and still waits was passed over. Who may turn on red in the new phase goes too.</summary>
    private void CheckProgramOrder(double time, int s, int from, int to)
    {
        var phases = limits[s].Signal.Phases;
        for (var p = (from + 1) % phases.Length; p != to; p = (p + 1) % phases.Length)
            if (Waits(s, i => phases[p][i] is 'G' or 'g' && phases[from][i] is not ('G' or 'g') && phases[to][i] is not ('G' or 'g' or 's'))) Add(time, s, $"phase {p} is called and passed over between {from} and {to}");
        if (to < from) round[s] = 0;
    }

    /// <summary>Two rings: none goes back on its side of the barrier, nor shows the same place once more, unless nobody is called on the other, and at the barrier nobody is left behind.</summary>
    private void CheckRings(double time, int s, RingBarrier rings, int from, int to)
    {
        var phases = limits[s].Signal.Phases;
        var (a, b) = (rings.Side[from], rings.Side[to]);
        var (first, second) = (rings.Place[to][0] - rings.Place[from][0], rings.Place[to][1] - rings.Place[from][1]);
        var back = a == b && (first < 0 || second < 0 || first == 0 && second == 0);
        if (back && Waits(s, i => rings.SideOf(i) == 1 - a)) Add(time, s, $"a ring goes back from phase {from} to {to} while the other side of the barrier is called");
        if (a != b)
            for (var p = 0; p < phases.Length; p++)
                if (rings.Side[p] == a && rings.Place[p][0] >= rings.Place[from][0] && rings.Place[p][1] >= rings.Place[from][1]
                    && Waits(s, i => rings.SideOf(i) == a && phases[p][i] == 'G' && phases[from][i] is not ('G' or 'g') && phases[to][i] is not ('G' or 'g')))
                    Add(time, s, $"the barrier is crossed from phase {from} while phase {p} is called");
        if (back || a == 1 && b == 0) round[s] = 0;
    }

    /// <summary>Both rings cross the barrier together: never is somebody green on each side.</summary>
    private void CheckBarrier(double time, int s, string state, RingBarrier rings)
    {
        var (first, second) = (false, false);
        for (var i = 0; i < state.Length; i++)
        {
            if (state[i] is not ('G' or 'g' or 'y')) continue;
            first |= rings.SideOf(i) == 0;
            second |= rings.SideOf(i) == 1;
        }
        if (first && second) Add(time, s, "both sides of the barrier are green or yellow at once");
    }

    private bool Waits(int s, Func<int, bool> where)
    {
        for (var i = 0; i < called[s].Length; i++)
            if (called[s][i] > OldCall && limits[s].Served[i].Length > 0 && where(i)) return true;
        return false;
    }

    /// <summary>For how many seconds someone whom a phase would serve has been called and is not green: the longest.</summary>
    private int Called(int s, string state)
    {
        var most = 0;
        for (var i = 0; i < state.Length; i++)
            if (state[i] is not ('G' or 'g') && limits[s].Served[i].Length > 0) most = Math.Max(most, called[s][i]);
        return most;
    }

    /// <summary>By how much a phase may seem longer: the all-red from a phase that has its greens and more looks like it, and so does the whole clearance to such a one. Both may be held.</summary>
    private static int Prolonged(SignalLimits rules, int phase) => IsPartOfAnother(rules, phase) ? rules.Profile.Yellow + 2 * (rules.Profile.AllRed + SignalGuard.MostHold) : 0;

    /// <summary>By how much a round may seem to begin earlier than its first phase.</summary>
    private static int SeemsEarlier(SignalLimits rules) => Enumerable.Range(0, rules.MinGreen.Length).Any(p => IsPartOfAnother(rules, p)) ? rules.Profile.AllRed + SignalGuard.MostHold : 0;

    private static bool IsPartOfAnother(SignalLimits rules, int phase)
    {
        var phases = rules.Signal.Phases;
        for (var p = 0; p < phases.Length; p++)
            if (p != phase && !LosesGreen(phases[phase], phases[p])) return true;
        return false;
    }
}
