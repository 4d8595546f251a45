namespace Dalgu.Signals.Control;

/// <summary>Where a signal stands alone, the plans that the model finds best are played in the own simulator, and the one that is best there is taken.</summary>
internal sealed partial class DalguController
{
    private readonly List<(double Cost, int First, int Seconds, int Then)> plans = [];
    private readonly List<SecondShown[]> played = [];
    private StreetRollout? streets;

    private int OnStreets(JunctionModel model, in SignalNow state, Observation now)
    {
        plans.Clear();
        played.Clear();
        for (var p = 0; p < model.Rights.Length; p++)
            if (now.Given(model.Signal.Number, p) == p) Plans(model, state, p, p == state.Phase ? options.Holds : options.Serves);
        if (plans.Count == 0) return now.Given(model.Signal.Number, state.Phase);
        plans.Sort(static (a, b) => a.Cost.CompareTo(b.Cost));
        streets ??= new(map, options);
        streets.See(model, now);
        var (least, best, stay) = (double.MaxValue, 0, double.MaxValue);
        for (var i = 0; i < plans.Count && played.Count < options.StreetPlans; i++)
        {
            var (_, first, seconds, then) = plans[i];
            rollout.Foresee(model, state, 1, first, seconds, then);
            var shown = model.Shown.AsSpan(0, options.StreetHorizon);
            if (IsPlayed(shown)) continue;
            played.Add(shown.ToArray());
            var cost = streets.Play(model);
            if (cost < least) (least, best) = (cost, i);
            if (first == state.Phase) stay = Math.Min(stay, cost);
        }
        (_, var go, chosen, following) = plans[best];
        if (go != state.Phase) Explain(model, state, go, stay, least, now.Time);
        return go;
    }

    private bool IsPlayed(ReadOnlySpan<SecondShown> shown)
    {
        foreach (var other in played)
            if (shown.SequenceEqual(other)) return true;
        return false;
    }

    private void Plans(JunctionModel model, in SignalNow state, int first, int[] times)
    {
        for (var then = Rollout.ByRule; then < model.Rights.Length; then++)
        {
            if (then >= 0 && (then == first || !Serves(model, then))) continue;
            foreach (var time in times)
                if (then < 0 || time != Rollout.UntilEmpty) plans.Add((rollout.Run(model, state.Phase, state.Green, first, time, then), first, time, then));
        }
    }
}
