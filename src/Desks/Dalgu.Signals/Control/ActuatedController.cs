using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Control;

/// <summary>Gap-based actuation in the program's order: a green goes on while vehicles follow each other within the gap, up to a longest green; a phase that nobody calls is passed over.</summary>
internal sealed class ActuatedController(StreetMap map) : ISignalController
{
    private const double Gap = 3; // seconds
    private const int LongestGreen = 50;
    private readonly bool[] near = new bool[map.Links.Length], called = new bool[map.Links.Length];

    public void Decide(Observation now, Span<int> wanted)
    {
        Array.Clear(near);
        Array.Clear(called);
        var traffic = now.Traffic;
        for (var v = 0; v < traffic.Slots; v++)
        {
            if (!traffic.Present[v] || traffic.Target[v] < 0 || now.Faults?.Dead[traffic.Lane[v]] == true) continue;
            var lane = map.Lanes[traffic.Lane[v]];
            var metres = lane.Length - traffic.Position[v] + traffic.Beyond[v];
            if (metres < Gap * lane.Speed) near[traffic.Target[v]] = true;
            if (metres < 50) called[traffic.Target[v]] = true;
        }
        if (now.Faults is { } faults)
            foreach (var link in map.Links)
                if (link.Signal >= 0 && faults.Stuck[link.From]) near[link.Number] = called[link.Number] = true;
        for (var s = 0; s < wanted.Length; s++)
        {
            ref var state = ref now.Signals[s];
            wanted[s] = state.Phase;
            if (!state.MayChange || state.Green < LongestGreen && Any(s, state.Phase, near, -1)) continue;
            var n = map.Signals[s].Phases.Length;
            for (var step = 1; step < n && wanted[s] == state.Phase; step++)
                if (Any(s, (state.Phase + step) % n, called, state.Phase)) wanted[s] = (state.Phase + step) % n;
        }
    }

    private bool Any(int s, int phase, bool[] which, int except)
    {
        var signal = map.Signals[s];
        for (var i = 0; i < signal.Links.Length; i++)
        {
            if (signal.Phases[phase][i] is not ('G' or 'g') || except >= 0 && signal.Phases[except][i] is ('G' or 'g')) continue;
            foreach (var link in signal.Links[i])
                if (which[link]) return true;
        }
        return false;
    }
}
