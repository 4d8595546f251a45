using System.Globalization;
using System.Text;
using Dalgu.Signals.Guard;
using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Control;

/// <summary>The controller of this house. Each second it plays every junction forward under each action that the guard would admit, and takes the cheapest:
/// stay for a while, or go to another phase. The last second of a clearance lasts on while someone is still in the way.</summary>
internal sealed partial class DalguController : ISignalController
{
    private readonly StreetMap map;
    private readonly DalguOptions options;
    private readonly JunctionModel[] models;
    private readonly Rollout rollout;
    private readonly TextWriter? explain;
    private readonly int[] held; // by signal: for how many seconds the last second of its clearance has lasted on
    private readonly int[] cleared; // by signal: seconds of the clearance under way
    private int chosen; // for how long the phase that was decided stays, or UntilEmpty
    private int following; // the phase that then follows, or ByRule

    /// <param name="map">The network.</param>
    /// <param name="limits">The guard's rules of each signal.</param>
    /// <param name="options">The setting.</param>
    /// <param name="explain">Where each change of phase is explained; null for nowhere.</param>
    public DalguController(StreetMap map, SignalLimits[] limits, DalguOptions options, TextWriter? explain = null)
    {
        this.map = map;
        this.options = options;
        this.explain = explain;
        models = [.. limits.Select(l => new JunctionModel(map, l, options))];
        held = new int[models.Length];
        cleared = new int[models.Length];
        rollout = new Rollout(options);
        linkOf = new int[map.Links.Length];
        kept = new int[map.Links.Length];
        foreach (var model in models)
            for (var k = 0; k < model.Links.Length; k++) linkOf[model.Links[k]] = k;
        tail = new double[map.Lanes.Length];
        tailSpeed = new double[map.Lanes.Length];
        queueTail = new double[map.Lanes.Length];
        joining = new int[map.Lanes.Length];
        entering = new int[map.Lanes.Length];
        shortStreet = ShortStreets();
        Surroundings[] around = [.. models.Select(m => m.Around)];
        var close = Surroundings.ConnectedWith(around, s => around[s].AreShort);
        var locking = Surroundings.ConnectedWith(around, s => around[s].MayEntangle || SharesShortStreet(models[s]));
        for (var s = 0; s < models.Length; s++) (models[s].IsApart, models[s].PlaysStreets) = (!close[s], !locking[s]);
    }

    /// <summary>The junctions as the roll-outs see them.</summary>
    public IReadOnlyList<JunctionModel> Junctions => models;

    public void Decide(Observation now, Span<int> wanted)
    {
        Observe(now);
        Array.Clear(kept);
        ShareStreets(now);
        for (var s = 0; s < models.Length; s++)
        {
            ref var state = ref now.Signals[s];
            wanted[s] = state.Phase;
            var model = models[s];
            for (var k = 0; k < model.Links.Length; k++)
                model.Red[k] = !state.Clearing && model.Rights[state.Phase][k] is Right.Yields or Right.Protected ? 0 : model.Red[k] + 1;
            model.LooksAhead = model.IsApart && !model.Detectors.Any(d => d.Failed);
            for (var i = 0; i < model.Called.Length; i++) model.Called[i] = now.IsCalled(s, i);
            (chosen, following) = (Rollout.UntilEmpty, Rollout.ByRule);
            if (state.Clearing)
            {
                cleared[s]++;
                if (state.LastClearing && (model.Stuck > 0 ? held[s] < SignalGuard.MostHold : held[s] < options.BoxHold && Occupied(model, state)))
                {
                    held[s]++;
                    wanted[s] = ISignalController.Hold;
                }
            }
            else
            {
                held[s] = cleared[s] = 0;
                if (state.MayChange && model.Rights.Length > 1) wanted[s] = Choose(model, state, now);
                if (MayPlay(model, state)) sharing--;
                if (wanted[s] != state.Phase && model.Stuck == 0 && state.Green < options.MaxGreen && Strands(model, state.Phase, wanted[s])) (wanted[s], chosen, following) = (state.Phase, 1, Rollout.ByRule);
            }
            var clearing = Math.Max(1, model.Limits.Clearance[state.From, state.Phase] - cleared[s]);
            model.ShownFrom = (int)now.Time;
            Foresee(now.Traffic, model, state, clearing, wanted[s] == ISignalController.Hold ? state.Phase : wanted[s]);
        }
    }

    /// <summary>Whether someone in the junction is still in the way of a link that is about to become green.</summary>
    private static bool Occupied(JunctionModel model, in SignalNow state)
    {
        for (var k = 0; k < model.Links.Length; k++)
        {
            if (model.Box[k] == 0) continue;
            foreach (var foe in model.Foes[k])
                if (model.Rights[state.Phase][foe] is Right.Yields or Right.Protected && model.Rights[state.From][foe] is Right.None or Right.StopAndTurn) return true;
        }
        return false;
    }

    private int Choose(JunctionModel model, in SignalNow state, Observation now)
    {
        var (s, time) = (model.Signal.Number, now.Time);
        if (Starved(model, state.Phase) is var late and >= 0)
        {
            explain?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time:0} {model.Signal.Id}: phase {late}, because a vehicle waits there for more than {LongestRed(model)} s of red"));
            return now.Given(s, late);
        }
        if (Probe(model, state.Phase) is var silent and >= 0)
        {
            explain?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time:0} {model.Signal.Id}: phase {silent}, because nobody can be seen on one of its lanes"));
            return now.Given(s, silent);
        }
        if (Empty(model)) return state.Phase;
        if (model.PlaysStreets && model.Stuck == 0 && !Overfills(model, state.Phase) && OnStreets(model, state, now) is { } begins) return begins;
        // Where the guard ends the green, or vehicles block each other in the junction or soon would, to stay is no choice.
        var stay = double.MaxValue;
        var given = now.Given(s, state.Phase);
        if (given == state.Phase && model.Stuck == 0 && !Overfills(model, state.Phase)) (stay, chosen, following) = Cheapest(model, state, state.Phase, options.Holds, double.MaxValue);
        var (best, go) = (stay, given);
        var n = model.Rights.Length;
        for (var step = 1; step < n; step++)
        {
            var p = (state.Phase + step) % n;
            if (now.Given(s, p) != p) continue;
            var (cost, serve, then) = Cheapest(model, state, p, options.Serves, best);
            if (cost < best) (best, go, chosen, following) = (cost, p, serve, then);
        }
        if (go != state.Phase) Explain(model, state, go, stay, best, now);
        return go;
    }

    /// <summary>The cheapest way to be in a phase first, for how long and what follows, where it costs less than a limit; else a cost of no less than that.</summary>
    private (double Cost, int Seconds, int Then) Cheapest(JunctionModel model, in SignalNow state, int first, int[] times, double limit)
    {
        var (least, seconds, following) = (limit, Rollout.UntilEmpty, Rollout.ByRule);
        foreach (var (time, then) in Continuations(model, first, times))
        {
            var cost = rollout.Run(model, state.Phase, state.Green, first, time, then, least);
            if (cost < least) (least, seconds, following) = (cost, time, then);
        }
        return (least, seconds, following);
    }

    /// <summary>For how long a phase may stay that is first, and what then follows: the rule, or where the junction looks ahead any other phase that serves somebody.</summary>
    private static IEnumerable<(int Seconds, int Then)> Continuations(JunctionModel model, int first, int[] times)
    {
        var phases = model.LooksAhead ? model.Rights.Length : 0;
        for (var then = Rollout.ByRule; then < phases; then++)
        {
            if (then >= 0 && (then == first || !Serves(model, then))) continue;
            foreach (var time in times)
                if (then < 0 || time != Rollout.UntilEmpty) yield return (time, then);
        }
    }

    /// <summary>Whether a phase would serve anybody.</summary>
    private static bool Serves(JunctionModel model, int phase)
    {
        for (var l = 0; l < model.Lanes.Length; l++)
            for (var i = 0; i < model.Count[l]; i++)
                if (model.Rights[phase][model.Link[l][i]] is Right.Yields or Right.Protected) return true;
        return false;
    }

    private static bool Empty(JunctionModel model)
    {
        foreach (var count in model.Count)
            if (count > 0) return false;
        return true;
    }

    private int LongestRed(JunctionModel model) => model.IsApart ? options.MaxRedApart : options.MaxRed;

    /// <summary>A phase for the one who has seen red longest, beyond the limit; -1 where nobody has.</summary>
    private int Starved(JunctionModel model, int phase)
    {
        var found = -1;
        var longest = LongestRed(model);
        for (var l = 0; l < model.Lanes.Length; l++)
            for (var i = 0; i < model.Count[l] && model.Eta[l][i] <= options.ServeSight; i++)
            {
                var link = model.Link[l][i];
                if (model.Red[link] <= longest) continue;
                for (var p = 0; p < model.Rights.Length; p++)
                {
                    if (p == phase || model.Rights[p][link] is not (Right.Yields or Right.Protected)) continue;
                    (found, longest) = (p, model.Red[link]);
                    if (model.Rights[p][link] == Right.Protected) break;
                }
            }
        return found;
    }

    private string WhyNotStay(JunctionModel model, int phase, Observation now) =>
        model.Stuck > 0 || Overfills(model, phase) ? "staying is no choice, since vehicles block each other in the junction or soon would"
        : now.Given(model.Signal.Number, phase) != phase ? "staying is no choice, since the guard ends the green"
        : "no plan that stays is among the best";

    private void Explain(JunctionModel model, in SignalNow state, int go, double stay, double best, Observation now)
    {
        if (explain is null) return;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{now.Time:0} {model.Signal.Id}: phase {state.Phase} -> {go} after {state.Green} s; ");
        if (stay < double.MaxValue) text.Append(CultureInfo.InvariantCulture, $"staying costs {stay:0.0} vehicle seconds, going {best:0.0};");
        else text.Append(CultureInfo.InvariantCulture, $"{WhyNotStay(model, state.Phase, now)}; going costs {best:0.0} vehicle seconds;");
        for (var l = 0; l < model.Lanes.Length; l++)
        {
            if (model.Count[l] == 0) continue;
            var (waiting, coming) = (0, 0);
            for (var i = 0; i < model.Count[l]; i++)
            {
                if (model.Stopped[l][i]) waiting++;
                else coming++;
            }
            text.Append(CultureInfo.InvariantCulture, $" {map.Lanes[model.Lanes[l]].Id} waiting {waiting} coming {coming} red {model.Red[model.Link[l][0]]};");
        }
        explain.WriteLine(text);
    }
}
