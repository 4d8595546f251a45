using Dalgu.Signals.Control;
using Dalgu.Signals.Guard;
using Dalgu.Signals.Runs;
using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Plans;

/// <summary>Finds a fixed-time plan for a period: from the demand to splits, then by trial in the engine itself. What is kept has been driven with every seed, not only computed.</summary>
/// <param name="scenario">The network and its demand.</param>
/// <param name="profileName">The rules under which it plans.</param>
/// <param name="engine">What drives the trials.</param>
/// <param name="seed">The seed of the search, and the first of those that a trial is driven with.</param>
/// <param name="runs">With how many seeds a trial is driven: a plan that is best with one may lock up with the next.</param>
/// <param name="clock">For the time that a run takes.</param>
internal sealed class PlanOptimiser(Scenario scenario, string profileName, string engine, int seed, int runs, TimeProvider clock)
{
    private const int Finalists = 12; // of the plans that were best once, as many as the other engine is asked about
    private const double SaturationFlow = 1800; // vehicles an hour and lane
    private const double Slack = 1.03; // a trial may be worse than the best by so much with the first seeds and still win with all
    private static readonly int[] Cycles = [40, 50, 60, 75, 90, 110];
    private readonly SignalLimits[] limits = new SignalGuard(scenario.Map, GuardProfile.Of(profileName, scenario.Map.Name)).Limits;

    /// <summary>The rules under which it plans.</summary>
    public SignalLimits[] Limits => limits;

    /// <summary>A second engine, where there is one: of the plans that were best once, the one is kept that is best there. What one engine forgives may lock up in another.</summary>
    public string? Check { get; init; }

    /// <summary>The best plan of a period and its delay, beside the delay of the file's program under the same rules: means over the seeds, in seconds.</summary>
    /// <param name="begin">First second of the period.</param>
    /// <param name="end">Its last.</param>
    /// <param name="trials">How many changes are tried after the cycles.</param>
    /// <param name="progress">Told each trial and the best delay so far.</param>
    /// <param name="cancel">Ends the search.</param>
    public (SignalPlan[] Plan, double Delay, double Shipped) Find(double begin, double end, int trials, Action<int, double> progress, CancellationToken cancel)
    {
        var period = scenario.During(begin, end);
        var best = Array.ConvertAll(scenario.Map.Signals, s => SignalPlan.OfProgram(s, limits[s.Number]));
        var delays = Drive(period, engine, best, null, cancel)!;
        var (shipped, done) = (delays.Average(), 0);
        var won = new List<(SignalPlan[] Plan, double Delay)> { (best, shipped) };
        var flows = Flows(period);
        foreach (var order in (Func<Signal, int[]>[])[Shown, s => Needed(s, flows), s => Fewest(s, flows)])
        {
            Try([.. scenario.Map.Signals.Select(s => Split(s, order(s), null, flows))]);
            foreach (var cycle in Cycles) Try([.. scenario.Map.Signals.Select(s => Split(s, order(s), cycle, flows))]);
        }
        var random = new Random(seed);
        for (var i = 0; i < trials && scenario.Map.Signals.Length > 0; i++)
        {
            var next = best.ToArray();
            if (random.Next(8) == 0) Stretch(next, 0.8 + 0.4 * random.NextDouble());
            else Change(next, random.Next(next.Length), random);
            Try(next);
        }
        return Check is null ? (best, delays.Average(), shipped) : Confirmed();

        (SignalPlan[] Plan, double Delay, double Shipped) Confirmed()
        {
            var (kept, there) = (won[^1], Drive(period, Check, won[^1].Plan, null, cancel)!);
            foreach (var other in Enumerable.Reverse(won).Skip(1).Take(Finalists - 1))
                if (Drive(period, Check, other.Plan, there, cancel) is { } found) (kept, there) = (other, found);
            progress(done, there.Average());
            return (kept.Plan, kept.Delay, shipped);
        }

        void Try(SignalPlan[] plan)
        {
            cancel.ThrowIfCancellationRequested();
            if (Drive(period, engine, plan, delays, cancel) is { } found)
            {
                (best, delays) = (plan, found);
                won.Add((best, delays.Average()));
            }
            progress(++done, delays.Average());
        }
    }

    /// <summary>The delay with each seed; null as soon as it is worse than what is to be beaten, where that is given.</summary>
    private double[]? Drive(Scenario period, string by, SignalPlan[] plan, double[]? best, CancellationToken cancel)
    {
        var delays = new double[runs];
        var (sum, toBeat) = (0.0, 0.0);
        for (var i = 0; i < runs; i++)
        {
            var options = new RunOptions { Controller = "tod", Plans = [(0, plan)], Profile = profileName, Engine = by, Seed = seed + i, Emissions = false };
            sum += delays[i] = SignalRun.Drive(period, options, clock, cancel).RescoDelayS;
            toBeat += best?[i] ?? double.PositiveInfinity;
            if (i < runs - 1 ? sum > toBeat * Slack : sum >= toBeat) return null;
        }
        return delays;
    }

    /// <summary>One signal, one change: a green longer or shorter, seconds from one green to another, another offset, or, where the order is free, a phase left out, taken in again, or elsewhere.</summary>
    private void Change(SignalPlan[] plan, int s, Random random)
    {
        var (order, green) = (plan[s].Order.ToArray(), plan[s].Green.ToArray());
        var (p, q) = (random.Next(green.Length), random.Next(green.Length));
        switch (random.Next(IsFree(s) ? 5 : 3))
        {
            case 0:
                green[p] = Math.Max(Least(p), green[p] + random.Next(-8, 9));
                break;
            case 1:
                var given = Math.Min(random.Next(1, 9), green[p] - Least(p));
                (green[p], green[q]) = p == q ? (green[p], green[q]) : (green[p] - given, green[q] + given);
                break;
            case 2:
                plan[s] = plan[s] with { Offset = random.Next(plan[s].Cycle(limits[s])) };
                return;
            case 3:
                (order[p], order[q], green[p], green[q]) = (order[q], order[p], green[q], green[p]);
                break;
            default:
                if (IsSpare(scenario.Map.Signals[s], order, p)) (order, green) = (Without(order, p), Without(green, p));
                else if (Array.FindAll(Shown(scenario.Map.Signals[s]), phase => !order.Contains(phase)) is { Length: > 0 } left)
                {
                    var phase = left[random.Next(left.Length)];
                    (order, green) = ([.. order[..p], phase, .. order[p..]], [.. green[..p], limits[s].MinGreen[phase], .. green[p..]]);
                }
                break;
        }
        plan[s] = plan[s] with { Order = order, Green = green };

        int Least(int phase) => limits[s].MinGreen[order[phase]];
    }

    private bool IsFree(int s) => !limits[s].Profile.FixedOrder && !limits[s].Profile.DualRing;

    /// <summary>Whether every link of a phase is green in another one of the order too.</summary>
    private static bool IsSpare(Signal signal, int[] order, int index)
    {
        if (order.Length < 2) return false;
        for (var link = 0; link < signal.Links.Length; link++)
        {
            if (!IsGreen(signal, order[index], link)) continue;
            var elsewhere = false;
            for (var i = 0; i < order.Length && !elsewhere; i++) elsewhere = i != index && IsGreen(signal, order[i], link);
            if (!elsewhere) return false;
        }
        return true;
    }

    private static bool IsGreen(Signal signal, int phase, int link) => signal.Phases[phase][link] is 'G' or 'g';

    private static int[] Without(int[] list, int index) => [.. list[..index], .. list[(index + 1)..]];

    /// <summary>The program's order without the phases that the others make needless, those with the least traffic first; whole where the order is fixed.</summary>
    private int[] Needed(Signal signal, double[] flows)
    {
        var order = Shown(signal);
        if (!IsFree(signal.Number)) return order;
        foreach (var phase in order.OrderBy(phase => Busiest(signal, order, phase, flows)).ToArray())
            if (Array.IndexOf(order, phase) is var at and >= 0 && IsSpare(signal, order, at)) order = Without(order, at);
        return order;
    }

    /// <summary>The phases, in the program's order, that serve all traffic when each time the one is taken that serves most of what the others leave; whole where the order is fixed.</summary>
    private int[] Fewest(Signal signal, double[] flows)
    {
        var order = Shown(signal);
        if (!IsFree(signal.Number)) return order;
        var left = Enumerable.Range(0, signal.Links.Length).Where(k => order.Any(p => IsGreen(signal, p, k))).ToHashSet();
        var taken = new HashSet<int>();
        while (left.Count > 0)
        {
            var next = order.MaxBy(p => left.Where(k => IsGreen(signal, p, k)).Sum(k => 1 + signal.Links[k].Sum(link => flows[link])));
            taken.Add(next);
            left.RemoveWhere(k => IsGreen(signal, next, k));
        }
        return taken.Count == 0 ? order : Array.FindAll(order, taken.Contains);
    }

    private int[] Shown(Signal signal) => SignalPlan.OfProgram(signal, limits[signal.Number]).Order;

    /// <summary>All greens longer or shorter in the same proportion, offsets with them.</summary>
    private void Stretch(SignalPlan[] plan, double by)
    {
        for (var s = 0; s < plan.Length; s++)
        {
            var (order, greens) = (plan[s].Order, plan[s].Green);
            plan[s] = plan[s] with { Green = [.. greens.Select((g, i) => Math.Max(limits[s].MinGreen[order[i]], (int)Math.Round(g * by)))], Offset = (int)Math.Round(plan[s].Offset * by) };
        }
    }

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
    private SignalPlan Split(Signal signal, int[] order, int? given, double[] flows)
    {
        var limit = limits[signal.Number];
        var weight = Array.ConvertAll(order, phase => Busiest(signal, order, phase, flows));
        var lost = 0;
        for (var i = 0; i < order.Length; i++) lost += limit.Clearance[order[i], order[(i + 1) % order.Length]];
        var all = Math.Max(1e-9, weight.Sum());
        var cycle = given ?? (int)Math.Clamp((1.5 * lost + 5) / Math.Max(0.05, 1 - weight.Sum()), Cycles[0], Cycles[^1]);
        var green = new int[order.Length];
        for (var i = 0; i < order.Length; i++) green[i] = Math.Max(limit.MinGreen[order[i]], (int)Math.Round((cycle - lost) * weight[i] / all));
        return new SignalPlan(order, green, 0);
    }

    /// <summary>The share of an hour that the busiest lane of a phase needs, what other phases of the order serve too divided among them.</summary>
    private double Busiest(Signal signal, int[] order, int phase, double[] flows)
    {
        var lanes = new Dictionary<int, double>();
        for (var k = 0; k < signal.Links.Length; k++)
        {
            if (!IsGreen(signal, phase, k)) continue;
            var shared = order.Count(p => IsGreen(signal, p, k));
            foreach (var link in signal.Links[k]) lanes[scenario.Map.Links[link].From] = lanes.GetValueOrDefault(scenario.Map.Links[link].From) + flows[link] / shared / SaturationFlow;
        }
        return lanes.Count == 0 ? 0 : lanes.Values.Max();
    }
}
