using Dalgu.Signals.Guard;
using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Control;

/// <summary>A fixed-time plan of one signal: phases in order with their greens, and the offset of the cycle. Whole seconds; the cycle follows from greens and clearances.</summary>
/// <param name="Order">The phases in the order in which they are shown.</param>
/// <param name="Green">Seconds of green of each.</param>
/// <param name="Offset">Seconds by which the cycle starts later.</param>
internal sealed record SignalPlan(int[] Order, int[] Green, int Offset)
{
    /// <summary>The file's program under the rules of a profile: greens no shorter than the rules ask.</summary>
    public static SignalPlan OfProgram(Signal signal, SignalLimits limits)
    {
        var order = new List<int>();
        var green = new List<int>();
        foreach (var step in signal.Program)
        {
            var phase = Array.IndexOf(signal.Phases, step.Lawful);
            if (phase < 0) continue;
            if (order.Count > 0 && order[^1] == phase) green[^1] += (int)Math.Round(step.Duration);
            else
            {
                order.Add(phase);
                green.Add((int)Math.Round(step.Duration));
            }
        }
        for (var i = 0; i < order.Count; i++) green[i] = Math.Max(green[i], limits.MinGreen[order[i]]);
        return new SignalPlan([.. order], [.. green], (int)signal.Offset);
    }

    /// <summary>Seconds of one cycle under the clearances of the rules.</summary>
    public int Cycle(SignalLimits limits)
    {
        var sum = 0;
        for (var i = 0; i < Order.Length; i++) sum += Green[i] + limits.Clearance[Order[i], Order[(i + 1) % Order.Length]];
        return sum;
    }

    /// <summary>The phase that the plan is in, or is clearing towards, at a time.</summary>
    public int At(double time, SignalLimits limits)
    {
        if (Order.Length == 1) return Order[0];
        var cycle = Cycle(limits);
        var at = ((int)Math.Floor(time) - Offset) % cycle;
        if (at < 0) at += cycle;
        for (var i = 0; i < Order.Length; i++)
        {
            if (at < Green[i]) return Order[i];
            at -= Green[i];
            var clear = limits.Clearance[Order[i], Order[(i + 1) % Order.Length]];
            if (at < clear) return Order[(i + 1) % Order.Length];
            at -= clear;
        }
        return Order[0];
    }
}

/// <summary>Plans by time of day: <c>fixed</c> under rules, <c>tod</c>, and what the guard falls back to.</summary>
/// <param name="limits">The guard's rules of each signal.</param>
/// <param name="periods">When each set of plans begins, in seconds of the day, ascending; the first holds before it too.</param>
internal sealed class PlanController(SignalLimits[] limits, IReadOnlyList<(double Begin, SignalPlan[] Plans)> periods) : ISignalController
{
    /// <summary>The file's programs, all day.</summary>
    public static PlanController OfPrograms(StreetMap map, SignalLimits[] limits) => new(limits, [(0, [.. map.Signals.Select(s => SignalPlan.OfProgram(s, limits[s.Number]))])]);

    public void Decide(Observation now, Span<int> wanted)
    {
        var current = periods[0].Plans;
        foreach (var (begin, plans) in periods)
            if (begin <= now.Time) current = plans;
        for (var s = 0; s < wanted.Length; s++)
        {
            // Where the signal is not in the plan, as when a run or the plan begins, it goes on when the shortest green has passed.
            ref readonly var state = ref now.Signals[s];
            wanted[s] = state.Clearing || state.MayChange ? current[s].At(now.Time, limits[s]) : state.Phase;
        }
    }
}
