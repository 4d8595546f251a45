using Dalgu.Signals.Control;
using Dalgu.Signals.Guard;
using Dalgu.Signals.Runs;

namespace Dalgu.Signals.Plans;

/// <summary>Finds a fixed-time plan for a period: from the demand to splits, then by trial in the engine itself. What is kept has been driven, not only computed.</summary>
internal sealed class PlanOptimiser(Scenario scenario, string profileName, string engine, int seed, TimeProvider clock)
{
    private const double SaturationFlow = 1800; // vehicles an hour and lane
    private static readonly int[] Cycles = [40, 50, 60, 75, 90, 110];
    private readonly SignalLimits[] limits = new SignalGuard(scenario.Map, GuardProfile.Of(profileName, scenario.Map.Name)).Limits;

    /// <summary>The rules under which it plans.</summary>
    public SignalLimits[] Limits => limits;

    /// <summary>The best plan of a period and its delay, beside the delay of the file's program under the same rules.</summary>
    /// <param name="begin">First second of the period.</param>
    /// <param name="end">Its last.</param>
    /// <param name="trials">How many changes are tried after the cycles.</param>
    /// <param name="progress">Told each trial and the best delay so far.</param>
    /// <param name="cancel">Ends the search.</param>
    public (SignalPlan[] Plan, double Delay, double Shipped) Find(double begin, double end, int trials, Action<int, double> progress, CancellationToken cancel)
    {
        var period = Scenario.Read(scenario.Net, scenario.Routes, begin, end, scenario.Name);
        SignalPlan[] best = [.. scenario.Map.Signals.Select(s => SignalPlan.OfProgram(s, limits[s.Number]))];
        var shipped = Delay(period, best, cancel);
        var (delay, done) = (shipped, 0);
        var flows = Flows(period);
        Try([.. scenario.Map.Signals.Select(s => Split(s.Number, null, flows))]);
        foreach (var cycle in Cycles) Try([.. scenario.Map.Signals.Select(s => Split(s.Number, cycle, flows))]);
        var random = new Random(seed);
        for (var i = 0; i < trials && scenario.Map.Signals.Length > 0; i++)
        {
            var next = best.ToArray();
            if (random.Next(8) == 0) Stretch(next, 0.8 + 0.4 * random.NextDouble());
            else Change(next, random.Next(next.Length), random);
            Try(next);
        }
        return (best, delay, shipped);

        void Try(SignalPlan[] plan)
        {
            cancel.ThrowIfCancellationRequested();
            var found = Delay(period, plan, cancel);
            if (found < delay) (best, delay) = (plan, found);
            progress(++done, delay);
        }
    }

    /// <summary>One signal, one change: a green longer or shorter, seconds from one green to another, or another offset.</summary>
    private void Change(SignalPlan[] plan, int s, Random random)
    {
        var green = plan[s].Green.ToArray();
        var (p, q) = (random.Next(green.Length), random.Next(green.Length));
        switch (random.Next(plan.Length > 1 ? 3 : 2))
        {
            case 0:
                green[p] = Math.Max(Least(p), green[p] + random.Next(-8, 9));
                break;
            case 1:
                var given = Math.Min(random.Next(1, 9), green[p] - Least(p));
                (green[p], green[q]) = p == q ? (green[p], green[q]) : (green[p] - given, green[q] + given);
                break;
            default:
                plan[s] = plan[s] with { Offset = random.Next(plan[s].Cycle(limits[s])) };
                return;
        }
        plan[s] = plan[s] with { Green = green };

        int Least(int phase) => limits[s].MinGreen[plan[s].Order[phase]];
    }

    /// <summary>All greens longer or shorter in the same proportion, offsets with them.</summary>
    private void Stretch(SignalPlan[] plan, double by)
    {
        for (var s = 0; s < plan.Length; s++)
        {
            var (order, greens) = (plan[s].Order, plan[s].Green);
            plan[s] = plan[s] with { Green = [.. greens.Select((g, i) => Math.Max(limits[s].MinGreen[order[i]], (int)Math.Round(g * by)))], Offset = (int)Math.Round(plan[s].Offset * by) };
        }
    }

    private double Delay(Scenario period, SignalPlan[] plan, CancellationToken cancel) =>
        SignalRun.Drive(period, new RunOptions { Controller = "tod", Plans = [(0, plan)], Profile = profileName, Engine = engine, Seed = seed, Emissions = false }, clock, cancel).RescoDelayS;

    /// <summary>Vehicles an hour on each link of a signal, from the routes.</summary>
    private double[] Flows(Scenario period)
    {
        var map = scenario.Map;
        var flows = new double[map.Links.Length];
        var perTrip = 3600 / (period.End - period.Begin);
        for (var trip = 0; trip < period.Demand.Count; trip++)
        {
            if (period.Demand.Depart[trip] < period.Begin || period.Demand.Depart[trip] >= period.End) continue;
            var route = period.Demand.Route(trip);
            for (var i = 0; i + 1 < route.Length; i++)
            {
                var ways = map.LanesOfEdge[route[i]].SelectMany(l => map.Lanes[l].Out).ToArray();
                var edge = route[i + 1];
                var serving = ways.Where(l => map.Links[l].ToEdge == edge && map.Links[l].Signal >= 0).ToArray();
                foreach (var link in serving) flows[link] += perTrip / serving.Length;
            }
        }
        return flows;
    }

    /// <summary>Greens in proportion to the busiest lane of each phase, no shorter than the rules ask; without a cycle Webster's for this signal (1958: (1.5 L + 5) / (1 - Y)).</summary>
    private SignalPlan Split(int s, int? given, double[] flows)
    {
        var signal = scenario.Map.Signals[s];
        var shipped = SignalPlan.OfProgram(signal, limits[s]);
        var order = shipped.Order;
        var weight = new double[order.Length];
        for (var i = 0; i < order.Length; i++)
        {
            var lanes = new Dictionary<int, double>();
            for (var k = 0; k < signal.Links.Length; k++)
            {
                if (signal.Phases[order[i]][k] is not ('G' or 'g')) continue;
                var shared = order.Count(p => signal.Phases[p][k] is 'G' or 'g');
                foreach (var link in signal.Links[k]) lanes[scenario.Map.Links[link].From] = lanes.GetValueOrDefault(scenario.Map.Links[link].From) + flows[link] / shared / SaturationFlow;
            }
            weight[i] = lanes.Count == 0 ? 0 : lanes.Values.Max();
        }
        var lost = 0;
        for (var i = 0; i < order.Length; i++) lost += limits[s].Clearance[order[i], order[(i + 1) % order.Length]];
        var all = Math.Max(1e-9, weight.Sum());
        var cycle = given ?? (int)Math.Clamp((1.5 * lost + 5) / Math.Max(0.05, 1 - weight.Sum()), Cycles[0], Cycles[^1]);
        var green = new int[order.Length];
        for (var i = 0; i < order.Length; i++) green[i] = Math.Max(limits[s].MinGreen[order[i]], (int)Math.Round((cycle - lost) * weight[i] / all));
        return new SignalPlan(order, green, 0);
    }
}
