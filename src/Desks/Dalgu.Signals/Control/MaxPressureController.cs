using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Control;

/// <summary>Max-pressure: the phase with the largest sum over its links of vehicles halting before the stop line less vehicles halting on the exit lane.</summary>
/// <remarks>Varaiya, Max pressure control of a network of signalized intersections, Transportation Research C 36 (2013). Adjacent lanes only.</remarks>
internal sealed class MaxPressureController(StreetMap map) : ISignalController
{
    private readonly int[] halting = new int[map.Lanes.Length];

    public void Decide(Observation now, Span<int> wanted)
    {
        Array.Clear(halting);
        var traffic = now.Traffic;
        for (var v = 0; v < traffic.Slots; v++)
            if (traffic.Present[v] && traffic.Lane[v] >= 0 && traffic.Speed[v] < 0.1 && now.Faults?.Dead[traffic.Lane[v]] != true) halting[traffic.Lane[v]]++;
        if (now.Faults is { } faults)
            for (var l = 0; l < halting.Length; l++)
                if (faults.Stuck[l]) halting[l]++;
        for (var s = 0; s < wanted.Length; s++)
        {
            wanted[s] = now.Signals[s].Phase;
            if (!now.Signals[s].MayChange) continue;
            var signal = map.Signals[s];
            var most = int.MinValue;
            var best = wanted[s];
            for (var step = 0; step < signal.Phases.Length; step++)
            {
                var p = (wanted[s] + step) % signal.Phases.Length; // the present one first: it wins where none is better
                var pressure = 0;
                for (var i = 0; i < signal.Links.Length; i++)
                {
                    if (signal.Phases[p][i] is not ('G' or 'g')) continue;
                    foreach (var link in signal.Links[i]) pressure += halting[map.Links[link].From] - halting[map.Links[link].To];
                }
                if (pressure > most) (most, best) = (pressure, p);
            }
            wanted[s] = best;
        }
    }
}
