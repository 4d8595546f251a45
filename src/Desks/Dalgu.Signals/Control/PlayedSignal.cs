using Dalgu.Signals.Streets;
using Dalgu.Traffic.Simulation;

namespace Dalgu.Signals.Control;

/// <summary>A signal beside the one that decides, while the streets are played: it shows what it planned, until its green serves nobody and somebody waits elsewhere. From then on it follows
/// those who wait. Without that a vehicle that is let go would stand before the next signal, which planned without it, and letting it go would seem to be worth nothing.</summary>
/// <param name="map">The network.</param>
/// <param name="model">The junction with its plan.</param>
/// <param name="simulation">The streets.</param>
/// <param name="options">The setting.</param>
internal sealed class PlayedSignal(StreetMap map, JunctionModel model, TrafficSimulation simulation, DalguOptions options)
{
    private readonly bool[] calls = new bool[model.Signal.Links.Length];
    private readonly Dictionary<int, int> local = Enumerable.Range(0, model.Links.Length).ToDictionary(k => model.Links[k]);
    private bool follows; // those who wait, no longer the plan
    private int phase, from, green, left, clearance;

    /// <summary>Begins with what the signal shows.</summary>
    public void Begin(in SignalNow now) => (follows, phase, from, green, left) = (false, now.Phase, now.From, now.Green, 0);

    /// <summary>What the signal shows in the next second.</summary>
    /// <param name="planned">What it planned for that second.</param>
    public SecondShown Next(in SecondShown planned)
    {
        if (!follows)
        {
            green = planned.Clearing ? 0 : planned.Phase == phase && green > 0 ? green + 1 : 1;
            phase = planned.Phase;
            if (planned.Clearing || green <= model.Limits.MinGreen[phase] || Wanted() is not (var other and >= 0)) return planned;
            follows = true;
            Change(other);
        }
        else if (left == 0 && green >= model.Limits.MinGreen[phase] && Wanted() is var next and >= 0) Change(next);
        var shown = new SecondShown(phase, from, left > 0, clearance - left);
        if (left > 0) left--;
        else green++;
        return shown;
    }

    private void Change(int to)
    {
        (from, phase, green) = (phase, to, 0);
        left = clearance = model.Limits.Clearance[from, to];
    }

    /// <summary>The phase that serves most of those who wait, or are about to, where nobody comes to green; else -1.</summary>
    private int Wanted()
    {
        Span<int> coming = stackalloc int[model.Rights.Length];
        Span<int> link = stackalloc int[1];
        coming.Clear();
        Array.Clear(calls);
        foreach (var number in model.Lanes)
        {
            var lane = map.Lanes[number];
            var vehicles = simulation.Vehicles(lane.Number);
            for (var i = vehicles.Length - 1; i >= 0; i--)
            {
                var eta = (lane.Length - simulation.Position(vehicles[i])) / lane.Speed;
                if (eta > options.ReplySight) break;
                if (simulation.NextLinks(vehicles[i], link) == 0 || !local.TryGetValue(link[0], out var k)) continue;
                if (model.Rights[phase][k] is Right.Yields or Right.Protected) return -1;
                if (eta > options.ServeSight) continue;
                calls[model.IndexOfLink[k]] = true;
                for (var p = 0; p < coming.Length; p++)
                    if (model.Rights[p][k] is Right.Yields or Right.Protected) coming[p]++;
            }
        }
        var best = -1;
        for (var p = 0; p < coming.Length; p++)
            if (coming[p] > 0 && (best < 0 || coming[p] > coming[best])) best = p;
        if (best < 0) return -1;
        best = model.Limits.Order?.Next(phase, best, calls) ?? best;
        return best == phase ? -1 : best;
    }
}
