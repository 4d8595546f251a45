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
    private const int Unanswered = int.MinValue; // no phase
    private readonly StreetMap map;
    private readonly SignalNow[] states; // its own: what others are shown is a copy
    private readonly int[] clearing, hold;
    private readonly int[][] red;       // seconds that each called index has been red
    private readonly int[] round;       // seconds of the present round through the phases in which another was called
    private readonly Dictionary<(int Signal, int From, int To, bool Yellow), string> transitions = [];

    public SignalGuard(StreetMap map, GuardProfile profile)
    {
        this.map = map;
        Profile = profile;
        Limits = [.. map.Signals.Select(s => new SignalLimits(map, s, profile))];
        states = new SignalNow[map.Signals.Length];
        Now = new SignalNow[states.Length];
        clearing = new int[states.Length];
        hold = new int[states.Length];
        red = [.. map.Signals.Select(s => new int[s.Links.Length])];
        round = new int[states.Length];
        Shown = [.. map.Signals.Select(s => s.Phases[0])];
    }

    public GuardProfile Profile { get; }

    /// <summary>The rules of each signal.</summary>
    public SignalLimits[] Limits { get; }

    /// <summary>What each signal shows, for controllers to see. Whatever one of them writes there, the guard does not read it.</summary>
    public SignalNow[] Now { get; }

    /// <summary>The state of each signal for the coming second.</summary>
    public string[] Shown { get; }

    /// <summary>How many decisions were refused or replaced.</summary>
    public int Overrides { get; private set; }

    /// <summary>The first of them.</summary>
    public List<Override> Log { get; } = [];

    /// <summary>Takes the wanted phases and sets what is shown for the next second.</summary>
    /// <param name="time">Seconds of the day; for the log alone.</param>
    /// <param name="wanted">A phase of each signal, or <see cref="ISignalController.Hold"/> during clearance.</param>
    /// <param name="called">For each signal and index whether a vehicle waits or comes; null takes all as called.</param>
    public void Step(double time, ReadOnlySpan<int> wanted, bool[][]? called)
    {
        for (var s = 0; s < states.Length; s++) StepOne(time, s, s < wanted.Length ? wanted[s] : Unanswered, called is null || s >= called.Length ? null : Whole(s, called[s]));
        states.CopyTo(Now, 0);
    }

    /// <summary>The phase that a signal would have in the coming second if one were wanted: that one where the rules admit it, else a safe one. Changes nothing, and a controller
    /// that asks from another thread while the guard decides may get an answer of the second before or after, but disturbs nothing.</summary>
    /// <param name="signal">The signal's number.</param>
    /// <param name="wanted">One of its phases.</param>
    /// <param name="called">By index, whether a vehicle waits or comes; null takes all as called.</param>
    public int Given(int signal, int wanted, bool[]? called) => states[signal].Clearing ? states[signal].Phase : Judge(signal, wanted, Whole(signal, called)).Phase;

    /// <summary>The calls of a signal where they tell of each of its indices, else null: whoever is not told of is taken as called.</summary>
    private bool[]? Whole(int s, bool[]? called) => called?.Length >= red[s].Length ? called : null;

    private void StepOne(double time, int s, int wanted, bool[]? called)
    {
        ref var now = ref states[s];
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
                    if (limits.Order?.BeginsRound(now.From, now.Phase) == true) round[s] = 0; // the round before lasts until the new one shows
                }
            }
        }
        else
        {
            if (wanted == ISignalController.Hold) wanted = now.Phase; // there is nothing to keep
            var (next, rule) = Judge(s, wanted, called);
            if (next != wanted) Refuse(time, s, rule, wanted, next);
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
        if (now.Clearing || NextCalled(s, called) >= 0) round[s]++;
        now.LastClearing = now.Clearing && clearing[s] >= limits.Clearance[now.From, now.Phase];
        now.MayChange = !now.Clearing && now.Green >= limits.MinGreen[now.Phase];
        var shown = Shown[s];
        for (var i = 0; i < red[s].Length; i++)
            red[s][i] = shown[i] is 'G' or 'g' ? 0 : red[s][i] > 0 || called is null || called[i] ? red[s][i] + 1 : 0;
    }

    /// <summary>The phase for the next second: the wanted one where the rules admit it, else a safe one and the rule that asks for it.</summary>
    private (int Phase, GuardRule Rule) Judge(int s, int wanted, bool[]? called)
    {
        var (phase, green, least) = (states[s].Phase, states[s].Green, Limits[s].MinGreen);
        if ((uint)wanted >= (uint)least.Length) return (Judge(s, phase, called).Phase, GuardRule.NoSuchPhase);
        if (green < least[phase]) return (phase, GuardRule.MinGreen);
        var (given, rule) = Admitted(s, wanted, called);
        var inTime = given == phase ? InTime(s, phase, 0, 0, called) : InTimeAfter(s, phase, given, called);
        return inTime ? (given, rule) : (Due(s, phase, called), GuardRule.MaxRed);
    }

    /// <summary>What longest green, longest round and order make of the wanted phase.</summary>
    private (int Phase, GuardRule Rule) Admitted(int s, int wanted, bool[]? called)
    {
        var (phase, green) = (states[s].Phase, states[s].Green);
        if (wanted != phase) return (InOrder(s, wanted, called), GuardRule.Order);
        var rule = green >= Limits[s].MaxGreen[phase] ? GuardRule.MaxGreen : GuardRule.MaxCycle;
        if (rule == GuardRule.MaxCycle && !RoundIsLong(s, phase)) return (phase, rule);
        var other = NextCalled(s, called);
        return (other < 0 ? phase : InOrder(s, other, called), rule);
    }

    /// <summary>The wanted phase where the order admits it, else the one that comes before it.</summary>
    private int InOrder(int s, int wanted, bool[]? called)
    {
        var phase = states[s].Phase;
        if (wanted == phase || Limits[s].Order is not { } order) return wanted;
        Span<bool> calls = stackalloc bool[red[s].Length];
        for (var i = 0; i < calls.Length; i++) calls[i] = IsCalled(s, i, called);
        return order.Next(phase, wanted, calls);
    }

    /// <summary>Where there is an order: whether only the shortest greens of the rest of the round still fit into the longest cycle. During a clearance the phase
    /// that comes belongs to that rest, unless the next round begins with it.</summary>
    private bool RoundIsLong(int s, int phase)
    {
        var limits = Limits[s];
        if (limits.Order is not { } order) return false;
        ref readonly var now = ref states[s];
        var left = !now.Clearing ? limits.RoundLeft[phase] : order.BeginsRound(now.From, phase) ? 0 : limits.MinGreen[phase] + limits.RoundLeft[phase];
        return round[s] + left >= limits.MaxCycle - 2;
    }

    /// <summary>The next phase of the program that a called index needs, other than the present one; -1 where none is called.</summary>
    private int NextCalled(int s, bool[]? called)
    {
        var (phases, phase) = (map.Signals[s].Phases, states[s].Phase);
        for (var step = 1; step < phases.Length; step++)
        {
            var p = (phase + step) % phases.Length;
            for (var i = 0; i < red[s].Length; i++)
                if (phases[p][i] is 'G' or 'g' && IsCalled(s, i, called)) return p;
        }
        return -1;
    }

    /// <summary>Whether an index is called and red in the phase that a signal has or is changing to.</summary>
    public bool IsCalled(int signal, int index, bool[]? called) =>
        map.Signals[signal].Phases[states[signal].Phase][index] is not ('G' or 'g') && (called is null || index >= called.Length || called[index] || red[signal][index] > 0);

    private void Refuse(double time, int s, GuardRule rule, int wanted, int given)
    {
        Overrides++;
        if (Log.Count < MostLogged) Log.Add(new Override(time, s, rule, wanted, given));
    }

    private string Transition(int s, int from, int to, bool yellow)
    {
        var key = (s, from, to, yellow);
        if (!transitions.TryGetValue(key, out var state)) transitions[key] = state = Clearance.State(map.Signals[s].Phases[from], map.Signals[s].Phases[to], yellow);
        return state;
    }
}
