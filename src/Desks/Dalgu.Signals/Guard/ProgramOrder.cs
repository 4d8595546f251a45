using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Guard;

/// <summary>The order of the program. A phase is passed over where nobody calls it but such as the phase that comes serves, or lets turn on red.</summary>
internal sealed class ProgramOrder(Signal signal) : IPhaseOrder
{
    private readonly string[] phases = signal.Phases;

    public int Next(int from, int wanted, ReadOnlySpan<bool> calls)
    {
        if (!PassesOver(from, wanted, calls)) return wanted;
        // Who may turn on red in the present phase calls no other where another is called.
        for (var step = 1; step < phases.Length; step++)
            if ((from + step) % phases.Length is var p && IsCalled(p, from, calls) && !PassesOver(from, p, calls)) return p;
        for (var step = 1; step < phases.Length; step++)
            if ((from + step) % phases.Length is var p && signal.Serves(p, calls)) return p;
        return wanted;
    }

    public bool BeginsRound(int from, int to) => to < from;

    public int[] Round(int phase) => [.. Enumerable.Range(1, phases.Length - 1).Select(step => (phase + step) % phases.Length)];

    private bool PassesOver(int from, int wanted, ReadOnlySpan<bool> calls)
    {
        for (var p = (from + 1) % phases.Length; p != wanted; p = (p + 1) % phases.Length)
            if (IsCalled(p, wanted, calls)) return true;
        return false;
    }

    /// <summary>Whether a phase serves somebody who is called and neither green in another nor lets him turn on red.</summary>
    private bool IsCalled(int phase, int other, ReadOnlySpan<bool> calls)
    {
        for (var i = 0; i < calls.Length; i++)
            if (calls[i] && phases[phase][i] is 'G' or 'g' && phases[other][i] is not ('G' or 'g' or 's')) return true;
        return false;
    }
}
