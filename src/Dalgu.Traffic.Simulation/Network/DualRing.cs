namespace Dalgu.Traffic.Simulation.Network;

/// <summary>The rings and barriers of a NEMA program, and the ordinary program that they amount to. A phase of such a program is of one ring: what is shown is a
/// phase of each ring, both on the same side of the barrier.</summary>
/// <param name="phase">The phase of a name, or null where there is none.</param>
/// <param name="rings">Of both rings the names of their phases in order; 0 where a ring has none.</param>
/// <param name="barriers">The names of the phases that end a side, of each barrier.</param>
internal sealed class DualRing(Func<string, DualRing.Phase?> phase, string[][] rings, string[][] barriers)
{
    private const string None = "0";

    /// <summary>A phase of one ring.</summary>
    /// <param name="State">Its letters.</param>
    /// <param name="Shortest">Its shortest green, in seconds.</param>
    /// <param name="Longest">Its longest green, in seconds: how long it lasts where it is always called.</param>
    /// <param name="Yellow">The yellow after it, in seconds.</param>
    /// <param name="Red">The red of all after that, in seconds.</param>
    internal sealed record Phase(byte[] State, double Shortest, double Longest, double Yellow, double Red);

    /// <summary>The program as it runs where every phase is always called: the phases of the two rings go forward together, with their clearances.</summary>
    /// <returns>Its phases, and the states that the rings can show besides.</returns>
    public (List<SignalPhase> Phases, List<ReadOnlyMemory<byte>> Others) Unfold()
    {
        var steps = new List<Phase>();
        var others = new List<ReadOnlyMemory<byte>>();
        foreach (var barrier in barriers)
        {
            var (one, two) = (Side(rings[0], barrier), Side(rings[1], barrier));
            if (one.Count == 0 || two.Count == 0)
            {
                steps.AddRange(one);
                steps.AddRange(two);
                continue;
            }
            for (var i = 0; i < Math.Max(one.Count, two.Count); i++) steps.Add(Together(one[Math.Min(i, one.Count - 1)], two[Math.Min(i, two.Count - 1)]));
            foreach (var a in one)
                foreach (var b in two) others.Add(Together(a, b).State);
        }
        others.RemoveAll(state => steps.Exists(step => state.Span.SequenceEqual(step.State)));
        return (WithClearances(steps), others);
    }

    /// <summary>The phases of a ring that a barrier ends: those after the barrier before.</summary>
    private List<Phase> Side(string[] ring, string[] barrier)
    {
        var side = new List<Phase>();
        var last = Array.FindIndex(ring, name => name != None && barrier.Contains(name));
        for (var back = 0; last >= 0 && back < ring.Length; back++)
        {
            var name = ring[(last - back + ring.Length) % ring.Length];
            if (name == None) continue;
            if (back > 0 && Array.Exists(barriers, b => b.Contains(name))) break;
            if (phase(name) is { } found) side.Insert(0, found);
        }
        return side;
    }

    private static Phase Together(Phase a, Phase b)
    {
        var state = new byte[a.State.Length];
        for (var i = 0; i < state.Length; i++) state[i] = a.State[i] == 'G' || b.State[i] == 'r' ? a.State[i] : b.State[i];
        return new(state, Math.Max(a.Shortest, b.Shortest), Math.Max(a.Longest, b.Longest), Math.Max(a.Yellow, b.Yellow), Math.Max(a.Red, b.Red));
    }

    private static List<SignalPhase> WithClearances(List<Phase> steps)
    {
        var phases = new List<SignalPhase>();
        for (var i = 0; i < steps.Count; i++)
        {
            var (now, next) = (steps[i], steps[(i + 1) % steps.Count].State);
            phases.Add(new(now.Longest, now.State, now.Shortest, now.Longest));
            if (steps.Count == 1) break;
            if (now.Yellow > 0) phases.Add(new(now.Yellow, Ending(now.State, next, (byte)'y'), now.Yellow, now.Yellow));
            if (now.Red > 0) phases.Add(new(now.Red, Ending(now.State, next, (byte)'r'), now.Red, now.Red));
        }
        return phases;
    }

    /// <summary>The state in which those links that have green now and not next show a letter, and nobody starts.</summary>
    private static byte[] Ending(byte[] now, byte[] next, byte letter)
    {
        var state = new byte[now.Length];
        for (var i = 0; i < state.Length; i++)
            state[i] = now[i] is not ((byte)'G' or (byte)'g') ? now[i] : next[i] is (byte)'G' or (byte)'g' ? now[i] : letter;
        return state;
    }
}
