using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Guard;

/// <summary>A rule that what was shown broke.</summary>
internal readonly record struct Violation(double Time, int Signal, string Rule);

/// <summary>Checks what was shown, second by second, against the rules, knowing nothing of how it came about. What the guard promises is proven here.</summary>
internal sealed partial class StateAudit
{
    private const int MostKept = 1000;
    private readonly SignalLimits[] limits;
    private readonly bool full;
    private readonly int[][] green, yellow, sinceGreen, called;
    private readonly string[] before;
    private readonly int[] phase, phaseSeconds, round;

    /// <param name="limits">The rules of each signal.</param>
    /// <param name="full">False where a file's own program is shown as it is: then only conflicts and yellow are checked.</param>
    public StateAudit(SignalLimits[] limits, bool full)
    {
        this.limits = limits;
        this.full = full;
        green = Make(0);
        yellow = Make(0);
        sinceGreen = Make(1000);
        called = Make(0);
        before = new string[limits.Length];
        phase = [.. limits.Select(_ => -1)];
        phaseSeconds = new int[limits.Length];
        round = new int[limits.Length];
    }

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The first of them.</summary>
    public List<Violation> Found { get; } = [];

    /// <summary>One second of one signal.</summary>
    public void Check(double time, int s, string state, bool[]? calls)
    {
        var rules = limits[s];
        for (var i = 0; i < state.Length; i++)
            if (state[i] == 'G')
                for (var k = i + 1; k < state.Length; k++)
                    if (state[k] == 'G' && rules.Conflicts[i, k]) Add(time, s, $"links {i} and {k} conflict and both have protected green");
        if (before[s] is { } last)
            for (var i = 0; i < state.Length; i++) CheckLink(time, s, i, last, state, calls);
        else
            for (var i = 0; i < state.Length; i++) green[s][i] = state[i] is 'G' or 'g' ? 1 : 0;
        if (full) CheckPhase(time, s, state);
        if (full) CheckOrder(time, s, state);
        before[s] = state;
    }

    private void CheckLink(double time, int s, int i, string last, string state, bool[]? calls)
    {
        var rules = limits[s];
        var (was, now) = (last[i], state[i]);
        var isGreen = now is 'G' or 'g';
        if (was is ('G' or 'g') && !isGreen && !IsYellow(now)) Add(time, s, $"link {i} goes from green to {now} without yellow");
        if (IsYellow(was) && !IsYellow(now) && yellow[s][i] < rules.Profile.Yellow && full) Add(time, s, $"link {i} has {yellow[s][i]} s of yellow, {rules.Profile.Yellow} are due");
        if (full && isGreen && was is not ('G' or 'g'))
            for (var k = 0; k < state.Length; k++)
                if (rules.Conflicts[i, k] && state[k] is not ('G' or 'g') && sinceGreen[s][k] < rules.Intergreen[k, i])
                    Add(time, s, $"link {i} becomes green {sinceGreen[s][k]} s after link {k}, {rules.Intergreen[k, i]} are due");
        if (full && was is ('G' or 'g') && !isGreen && green[s][i] < rules.Profile.MinGreen) Add(time, s, $"link {i} has {green[s][i]} s of green, {rules.Profile.MinGreen} are due");
        green[s][i] = isGreen ? green[s][i] + 1 : 0;
        yellow[s][i] = IsYellow(now) ? yellow[s][i] + 1 : 0;
        sinceGreen[s][i] = isGreen ? 0 : sinceGreen[s][i] + 1;
        called[s][i] = isGreen ? 0 : called[s][i] > 0 || calls is null || calls[i] ? called[s][i] + 1 : 0;
        if (full && called[s][i] == rules.MaxRed + 1 && rules.Served[i].Length > 0) Add(time, s, $"link {i} is called and red for more than {rules.MaxRed} s");
    }

    // Older networks write the yellow of a link with priority with a capital letter.
    private static bool IsYellow(char state) => state is 'y' or 'Y';

    /// <summary>A whole phase: its pedestrians, and that nothing but a phase or a clearance is shown.</summary>
    private void CheckPhase(double time, int s, string state)
    {
        var rules = limits[s];
        var at = Array.IndexOf(rules.Signal.Phases, state);
        if (at == phase[s])
        {
            phaseSeconds[s]++;
            // A clearance of whom somebody calls late looks like more of the phase too.
            if (at >= 0 && Prolonged(rules, at) is var more && phaseSeconds[s] > rules.MaxGreen[at] + more && Called(s, state) >= 2 + more) Add(time, s, $"phase {at} lasts longer than {rules.MaxGreen[at]} s while another is called");
            return;
        }
        if (phase[s] >= 0)
        {
            if (phaseSeconds[s] < rules.MinGreen[phase[s]]) Add(time, s, $"phase {phase[s]} lasts {phaseSeconds[s]} s, vehicles and pedestrians need {rules.MinGreen[phase[s]]}");
            // Where nobody loses green there is nothing to clear, and the seconds before look like the phase itself.
            if (at >= 0 && LosesGreen(rules.Signal.Phases[phase[s]], state)) Add(time, s, $"phase {at} follows phase {phase[s]} without clearance");
        }
        (phase[s], phaseSeconds[s]) = (at, 1);
    }

    private static bool LosesGreen(string from, string to)
    {
        for (var i = 0; i < from.Length; i++)
            if (from[i] is 'G' or 'g' && to[i] is not ('G' or 'g')) return true;
        return false;
    }

    private void Add(double time, int signal, string rule)
    {
        Count++;
        if (Found.Count < MostKept) Found.Add(new Violation(time, signal, rule));
    }

    private int[][] Make(int value) => [.. limits.Select(l =>
    {
        var row = new int[l.Signal.Links.Length];
        Array.Fill(row, value);
        return row;
    })];
}
