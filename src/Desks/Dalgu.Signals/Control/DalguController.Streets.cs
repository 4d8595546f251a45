namespace Dalgu.Signals.Control;

/// <summary>The plans that the model finds best are played in the own simulator, and the one that is best there is taken. Signals that
/// decided before in the same second show what they then decided, those behind them what they planned a second ago.</summary>
internal sealed partial class DalguController
{
    private readonly List<(double Cost, int First, int Seconds, int Then)> plans = [];
    private readonly List<SecondShown[]> played = [];
    private StreetRollout? streets;
    private long work; // vehicles times seconds that may still be played for this decision
    private int sharing; // signals that share it

    private void ShareStreets(Observation now)
    {
        work = options.StreetWork;
        sharing = 0;
        for (var s = 0; s < models.Length; s++)
            if (MayPlay(models[s], now.Signals[s])) sharing++;
    }

    private static bool MayPlay(JunctionModel model, in SignalNow state) => model.PlaysStreets && state.MayChange && model.Rights.Length > 1;

    /// <summary>The phase with which the plan begins that costs least on the streets; null where fewer than two plans can be played for this decision.</summary>
    private int? OnStreets(JunctionModel model, in SignalNow state, Observation now)
    {
        streets ??= new(map, options);
        streets.See(models, model.Signal.Number, now);
        var vehicles = streets.Vehicles + 1;
        var whole = vehicles * streets.Seconds; // the work of a plan that is played to its end
        var share = work / sharing;
        if (share < 2 * whole) return null;
        plans.Clear();
        played.Clear();
        for (var p = 0; p < model.Rights.Length; p++)
            if (now.Given(model.Signal.Number, p) == p) AddPlans(model, state, p, p == state.Phase ? options.Holds : options.Serves);
        plans.Sort(static (a, b) => a.Cost.CompareTo(b.Cost));
        model.ShownFrom = (int)now.Time;
        var (least, stay, best) = (double.MaxValue, double.MaxValue, -1);
        for (var i = 0; i < plans.Count && played.Count < options.StreetPlans && share >= whole; i++)
        {
            var (_, first, seconds, then) = plans[i];
            rollout.Foresee(model, state, 1, first, seconds, then);
            var shown = model.Shown.AsSpan(0, streets.Seconds);
            if (IsPlayed(shown)) continue;
            played.Add(shown.ToArray());
            var (cost, spent) = streets.Play(least);
            work -= vehicles * spent;
            share -= vehicles * spent;
            if (cost < least) (least, best) = (cost, i);
            if (first == state.Phase) stay = Math.Min(stay, cost);
        }
        if (best < 0) return null;
        (_, var go, chosen, following) = plans[best];
        if (go != state.Phase) Explain(model, state, go, stay, least, now);
        return go;
    }

    private bool IsPlayed(ReadOnlySpan<SecondShown> shown)
    {
        foreach (var other in played)
            if (shown.SequenceEqual(other)) return true;
        return false;
    }

    private void AddPlans(JunctionModel model, in SignalNow state, int first, int[] times)
    {
        foreach (var (time, then) in Continuations(model, first, times))
            plans.Add((rollout.Run(model, state.Phase, state.Green, first, time, then), first, time, then));
    }
}
