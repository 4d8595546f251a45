using Dalgu.Signals.Control;
using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Guard;

/// <summary>Why the guard refused what a controller wanted, or acted without being asked.</summary>
internal enum GuardRule
{
    /// <summary>The answer is no phase of the signal.</summary>
    NoSuchPhase,
    /// <summary>The green has not lasted as long as vehicles or pedestrians need.</summary>
    MinGreen,
    /// <summary>The green has lasted too long while others are called.</summary>
    MaxGreen,
    /// <summary>A called link has been red for too long.</summary>
    MaxRed,
    /// <summary>The phase is not the next in the program's order.</summary>
    Order,
    /// <summary>Yellow or all-red is under way, or was asked to last too long.</summary>
    Clearance,
    /// <summary>The round through the phases has taken as long as it may.</summary>
    MaxCycle,
}

/// <summary>A decision that was refused and what was shown in its place.</summary>
internal readonly record struct Override(double Time, int Signal, GuardRule Rule, int Wanted, int Given);

/// <summary>Stands between any controller and the street: a controller says which phase it wants, the guard says what is shown.
/// Whatever the controller answers, the rules of the profile hold on every step.</summary>
internal sealed partial class SignalGuard
{
    /// <summary>The longest that a controller may keep a clearance because the junction is not empty, in seconds.</summary>
    public const int MostHold = 20;
    private const int MostLogged = 10_000;
    private readonly StreetMap map;
    private readonly int[] clearing, hold;
    private readonly int[][] red;       // seconds that each called index has been red
    private readonly int[] round;       // seconds of the present round through the phases in which another was called
    private readonly bool[] calls;      // of the signal at hand: called and not green
    private readonly Dictionary<(int, int), string> transitions = [];

    public SignalGuard(StreetMap map, GuardProfile profile)
    {
        this.map = map;
        Profile = profile;
        Limits = [.. map.Signals.Select(s => new SignalLimits(map, s, profile))];
        Now = new SignalNow[map.Signals.Length];
        clearing = new int[Now.Length];
        hold = new int[Now.Length];
        red = [.. map.Signals.Select(s => new int[s.Links.Length])];
        round = new int[Now.Length];
        calls = new bool[map.Signals.Length == 0 ? 0 : map.Signals.Max(s => s.Links.Length)];
        var most = Limits.Length == 0 ? 0 : Limits.Max(l => l.MinGreen.Length);
        (due, sequence) = (new int[most], new int[most]);
        Shown = [.. map.Signals.Select(s => s.Phases[0])];
    }

    public GuardProfile Profile { get; }

    /// <summary>The rules of each signal.</summary>
    public SignalLimits[] Limits { get; }

    /// <summary>What each signal shows, as controllers see it.</summary>
    public SignalNow[] Now { get; }

    /// <summary>The state of each signal for the coming second.</summary>
    public string[] Shown { get; }

    /// <summary>How many decisions were refused or replaced.</summary>
    public int Overrides { get; private set; }

    /// <summary>The first of them.</summary>
    public List<Override> Log { get; } = [];

    /// <summary>Takes the wanted phases and sets what is shown for the next second.</summary>
    /// <param name="time">Seconds of the day.</param>
    /// <param name="wanted">A phase of each signal, or <see cref="ISignalController.Hold"/> during clearance.</param>
    /// <param name="called">For each signal and index whether a vehicle waits or comes; null takes all as called.</param>
    public void Step(double time, ReadOnlySpan<int> wanted, bool[][]? called)
    {
        for (var s = 0; s < Now.Length; s++) StepOne(time, s, wanted[s], called?[s]);
    }

    private void StepOne(double time, int s, int wanted, bool[]? called)
    {
        ref var now = ref Now[s];
        var limits = Limits[s];
        if (now.Clearing)
        {
            var needed = limits.Clearance[now.From, now.Phase];
            if (clearing[s] >= needed)
            {
                if (wanted == ISignalController.Hold && hold[s] < MostHold && !RoundIsLong(s, now.Phase) && InTime(s, now.Phase, 0, limits.MinGreen[now.Phase], called)) hold[s]++; // who is due waits for no empty junction
                else
                {
                    if (wanted == ISignalController.Hold) Refuse(time, s, GuardRule.Clearance, wanted, now.Phase);
                    now.Clearing = false;
                    now.Green = 0;
                    if (BeginsRound(limits, now.From, now.Phase)) round[s] = 0; // the round before lasts until the new one shows
                }
            }
        }
        else
        {
            var next = Next(time, s, wanted, called);
            if (next != now.Phase)
            {
                now.From = now.Phase;
                now.Phase = next;
                now.Clearing = true;
                now.Green = clearing[s] = hold[s] = 0;
            }
        }
        if (now.Clearing)
        {
            Shown[s] = Transition(s, now.From, now.Phase, clearing[s] < Profile.Yellow);
            clearing[s]++;
        }
        else
        {
            Shown[s] = map.Signals[s].Phases[now.Phase];
            now.Green++;
        }
        if (now.Clearing || Called(s, now.Phase, called) >= 0) round[s]++;
        now.LastClearing = now.Clearing && clearing[s] >= limits.Clearance[now.From, now.Phase];
        now.MayChange = !now.Clearing && now.Green >= limits.MinGreen[now.Phase];
        var shown = Shown[s];
        for (var i = 0; i < red[s].Length; i++)
            red[s][i] = shown[i] is 'G' or 'g' ? 0 : red[s][i] > 0 || called is null || called[i] ? red[s][i] + 1 : 0;
    }

    /// <summary>The phase for the next second: the wanted one where the rules admit it, else a safe one.</summary>
    private int Next(double time, int s, int wanted, bool[]? called)
    {
        var limits = Limits[s];
        var phase = Now[s].Phase;
        var green = Now[s].Green;
        if (wanted == ISignalController.Hold) wanted = phase;
        if ((uint)wanted >= (uint)limits.MinGreen.Length)
        {
            Refuse(time, s, GuardRule.NoSuchPhase, wanted, phase);
            wanted = phase;
        }
        if (green < limits.MinGreen[phase])
        {
            if (wanted != phase) Refuse(time, s, GuardRule.MinGreen, wanted, phase);
            return phase;
        }
        var (given, rule) = Admitted(s, wanted, called);
        if (!(given == phase ? InTime(s, phase, 0, 0, called) : InTimeAfter(s, phase, given, called)))
        {
            given = Due(s, phase, called);
            rule = GuardRule.MaxRed;
        }
        if (given != wanted) Refuse(time, s, rule, wanted, given);
        return given;
    }

    /// <summary>What longest green, longest round and order make of the wanted phase.</summary>
    private (int Phase, GuardRule Rule) Admitted(int s, int wanted, bool[]? called)
    {
        ref readonly var now = ref Now[s];
        if (wanted != now.Phase) return (InOrder(s, now.Phase, wanted, called), GuardRule.Order);
        var rule = now.Green >= Limits[s].MaxGreen[now.Phase] ? GuardRule.MaxGreen : GuardRule.MaxCycle;
        if (rule == GuardRule.MaxCycle && !RoundIsLong(s, now.Phase)) return (now.Phase, rule);
        var other = Called(s, now.Phase, called);
        return (other < 0 ? now.Phase : InOrder(s, now.Phase, other, called), rule);
    }

    private static bool BeginsRound(SignalLimits limits, int from, int to) =>
        limits.Rings is { } rings ? !rings.IsForward(from, to) && (rings.Side[from], rings.Side[to]) != (0, 1) : to < from;

    /// <summary>The wanted phase where the order is free, else the one that comes before it.</summary>
    private int InOrder(int s, int phase, int wanted, bool[]? called)
    {
        if (wanted == phase) return phase;
        if (Limits[s].IsOrdered) return Following(s, phase, wanted, called);
        if (Limits[s].Rings is not { } rings) return wanted;
        var now = map.Signals[s].Phases[phase];
        for (var i = 0; i < now.Length; i++) calls[i] = now[i] is not ('G' or 'g') && (called is null || called[i] || red[s][i] > 0);
        return rings.Next(phase, wanted, calls.AsSpan(0, now.Length));
    }

    /// <summary>Where there is an order: whether only the shortest greens of the rest of the round still fit into the longest cycle. During a clearance the phase
    /// that comes belongs to that rest, unless the next round begins with it.</summary>
    private bool RoundIsLong(int s, int phase)
    {
        var limits = Limits[s];
        if (!limits.IsOrdered && limits.Rings is null) return false;
        ref readonly var now = ref Now[s];
        var left = !now.Clearing ? limits.RoundLeft[phase] : BeginsRound(limits, now.From, phase) ? 0 : limits.MinGreen[phase] + limits.RoundLeft[phase];
        return round[s] + left >= limits.MaxCycle - 2;
    }

    /// <summary>The next phase in order that a called index needs, other than the present one; -1 where none is called.</summary>
    private int Called(int s, int phase, bool[]? called)
    {
        var n = Limits[s].MinGreen.Length;
        for (var step = 1; step < n; step++)
            if (IsCalled(s, (phase + step) % n, phase, called)) return (phase + step) % n;
        return -1;
    }

    /// <summary>In fixed order: the wanted phase where nobody is passed over on the way to it, else the next for whom somebody waits.</summary>
    private int Following(int s, int phase, int wanted, bool[]? called)
    {
        if (!PassesOver(s, phase, wanted, called)) return wanted;
        var n = Limits[s].MinGreen.Length;
        for (var step = 1; step < n; step++)
        {
            var p = (phase + step) % n;
            if (IsCalled(s, p, phase, called, phase) && !PassesOver(s, phase, p, called)) return p;
        }
        return Called(s, phase, called);
    }

    /// <summary>Whether somebody is called in a phase between whom the wanted one does not serve. Who may turn on red then needs no green.</summary>
    private bool PassesOver(int s, int phase, int wanted, bool[]? called)
    {
        var n = Limits[s].MinGreen.Length;
        for (var p = (phase + 1) % n; p != wanted; p = (p + 1) % n)
            if (IsCalled(s, p, phase, called, wanted)) return true;
        return false;
    }

    private bool IsCalled(int s, int candidate, int phase, bool[]? called, int goes = -1)
    {
        var state = map.Signals[s].Phases[candidate];
        var now = map.Signals[s].Phases[phase];
        for (var i = 0; i < state.Length; i++)
            if (state[i] is 'G' or 'g' && now[i] is not ('G' or 'g') && (goes < 0 || map.Signals[s].Phases[goes][i] is not ('G' or 'g' or 's')) && (called is null || called[i] || red[s][i] > 0)) return true;
        return false;
    }

    private void Refuse(double time, int s, GuardRule rule, int wanted, int given)
    {
        Overrides++;
        if (Log.Count < MostLogged) Log.Add(new Override(time, s, rule, wanted, given));
    }

    private string Transition(int s, int from, int to, bool yellow)
    {
        var key = (s, (from * 256 + to) * 2 + (yellow ? 1 : 0));
        if (!transitions.TryGetValue(key, out var state)) transitions[key] = state = Clearance.State(map.Signals[s].Phases[from], map.Signals[s].Phases[to], yellow);
        return state;
    }
}
