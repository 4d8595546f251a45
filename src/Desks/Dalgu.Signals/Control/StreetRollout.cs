using System.Text;
using Dalgu.Signals.Engines;
using Dalgu.Signals.Guard;
using Dalgu.Signals.Streets;
using Dalgu.Traffic.Simulation;
using Dalgu.Traffic.Simulation.Demand;
using Dalgu.Traffic.Simulation.Network;

namespace Dalgu.Signals.Control;

/// <summary>Plays the streets around a signal forward in the own simulator, vehicle by vehicle: what the model of <see cref="Rollout"/> leaves out (who changes lanes, who waits
/// for a gap inside the junction, how a queue starts) is in it, at some hundred times the cost. So it is asked about the few plans that the model finds best.</summary>
/// <remarks>Deterministic: drivers dawdle by streams that depend on the second and the vehicle alone, and all plans of a second meet the same ones.</remarks>
internal sealed class StreetRollout
{
    private const int MostVehicles = 1000;
    private const int LengthsPerMetre = 2, LongestVehicle = 30; // types differ by length alone
    private const int Ordinary = 5 * LengthsPerMetre - 1; // the type of a vehicle that is not seen
    private readonly StreetMap map;
    private readonly DalguOptions options;
    private readonly TrafficSimulation simulation;
    private readonly TrafficSnapshot seen;
    private readonly Area?[] areas; // by signal
    private readonly PlayedSignal?[] signals; // those beside the one that decides
    private readonly SecondShown[] shows; // by signal
    // What was seen last, around which signal.
    private JunctionModel[] models = [];
    private Observation? observed;
    private Area? area;
    private int decides;
    private readonly Dictionary<(int Signal, int From, int To, bool Yellow), byte[]> letters = [];

    public StreetRollout(StreetMap map, DalguOptions options)
    {
        this.map = map;
        this.options = options;
        Seconds = Math.Min(options.StreetHorizon, options.Horizon);
        var types = Enumerable.Range(1, LongestVehicle * LengthsPerMetre).Select(i => OfLength((double)i / LengthsPerMetre)).ToArray();
        simulation = new(map.Network, TrafficDemand.Unplanned(types, MostVehicles), 0, 1, new() { RunPrograms = false, Emissions = false });
        seen = simulation.NewSnapshot();
        areas = new Area[map.Signals.Length];
        signals = new PlayedSignal[map.Signals.Length];
        shows = new SecondShown[map.Signals.Length];
    }

    /// <summary>How many seconds are played: no more than a plan has.</summary>
    public int Seconds { get; }

    /// <summary>How many vehicles are played.</summary>
    public int Vehicles => simulation.Running;

    /// <summary>Puts those who are near a signal onto the streets, where they are now or, on lanes that cannot be seen, where they are taken to be.</summary>
    /// <param name="junctions">All junctions, each with its plan in <see cref="JunctionModel.Shown"/>.</param>
    /// <param name="signal">The number of the signal that decides.</param>
    /// <param name="now">What is seen.</param>
    public void See(JunctionModel[] junctions, int signal, Observation now)
    {
        var traffic = now.Traffic;
        (models, observed, decides) = (junctions, now, signal);
        area = areas[signal] ??= new(map, models[signal], Seconds);
        foreach (var s in area.Signals) signals[s] ??= new(map, models[s], simulation, options);
        simulation.Clear(now.Time);
        for (var v = 0; v < traffic.Slots; v++)
            if (DalguController.Visible(traffic, v, now.Faults)) Place(traffic, v, area.Edges);
        foreach (var s in area.Signals) PlaceGuessed(models[s], now);
        simulation.Save(seen);
    }

    /// <summary>What the plan costs that the signal now has, in vehicle seconds: the time that everybody loses, and what those who stand still have before them, in the mean over all
    /// ends within the horizon. So what is lost later weighs less, in the last second hardly anything: it is known less well, and no plan wins by what one last second happens to show.</summary>
    /// <param name="limit">A cost from which on it is of no interest what more there is.</param>
    /// <returns>The cost, no less than the limit where that is reached; and for how many seconds the plan was played.</returns>
    public (double Cost, int Seconds) Play(double limit)
    {
        simulation.Restore(seen);
        foreach (var s in area!.Signals) signals[s]!.Begin(observed!.Signals[s]);
        double sum = 0;
        for (var t = 0; t < Seconds; t++)
        {
            foreach (var s in area.Signals)
            {
                var model = models[s];
                ref readonly var planned = ref model.Shown[Math.Min((int)observed!.Time - model.ShownFrom + t, model.Shown.Length - 1)];
                var shown = s == decides ? planned : signals[s]!.Next(planned);
                if (t == 0 || shown != shows[s]) simulation.SetSignalState(s, Letters(model, shown));
                shows[s] = shown;
            }
            simulation.Step();
            sum += simulation.TimeLost + options.StreetResidual * simulation.Halting();
            var least = (sum + simulation.TimeLost * (Seconds - t - 1)) / Seconds; // what is lost by now is lost at all later ends
            if (least >= limit) return (least, t + 1);
        }
        return (sum / Seconds, Seconds);
    }

    private void Place(Vehicles traffic, int v, bool[] edges)
    {
        var lane = map.Lanes[traffic.Lane[v]];
        if (lane.Internal && lane.Path < 0) return;
        var edge = lane.Internal ? map.Links[lane.Path].FromEdge : lane.Edge;
        if (!edges[edge] && !(lane.Internal && edges[map.Links[lane.Path].ToEdge])) return;
        var route = traffic.Route[v];
        var at = Array.IndexOf(route, edge, traffic.At[v]);
        if (at < 0) at = Array.IndexOf(route, edge);
        if (at < 0) return;
        // It leaves with the first street beyond those that are played: at the end of that one a signal would hold it that nobody plays.
        var end = at + 1;
        while (end < route.Length && edges[route[end]]) end++;
        var number = simulation.RouteNumber(route.AsSpan(at, Math.Min(end + 1, route.Length) - at), WhoDrives(lane));
        var type = Math.Clamp((int)Math.Round(traffic.Length[v] * LengthsPerMetre), 1, LongestVehicle * LengthsPerMetre) - 1;
        simulation.PlaceSeen(number, type, lane.Number, traffic.Position[v], traffic.Speed[v], (int)traffic.Waiting[v]);
    }

    /// <summary>Somebody on a lane that is closed to cars may drive wherever he likes.</summary>
    private VehicleClasses WhoDrives(Lane lane) =>
        lane.Internal || map.Network.LaneAllowed[lane.Number].Contains(VehicleClasses.Passenger) ? VehicleClasses.Passenger : VehicleClasses.None;

    /// <summary>Those who are taken to wait on the lanes of a junction that cannot be seen, or to come there.</summary>
    private void PlaceGuessed(JunctionModel model, Observation now)
    {
        for (var l = 0; l < model.Lanes.Length; l++)
        {
            var lane = map.Lanes[model.Lanes[l]];
            var guessed = model.Detectors[l].Failed || now.Faults?.Stuck[lane.Number] == true;
            if (!guessed || !area!.Edges[lane.Edge]) continue;
            var front = lane.Length;
            for (var i = 0; i < model.Count[l]; i++)
            {
                var v = model.Vehicle[l][i];
                var isPlayed = v >= 0 && DalguController.Visible(now.Traffic, v, now.Faults);
                var isExpected = v < 0 && !model.Stopped[l][i];
                if (isPlayed || isExpected) continue;
                front = Math.Min(front, lane.Length - model.Eta[l][i] * lane.Speed);
                if (front < JunctionModel.VehicleSpace) break;
                var link = map.Links[model.Links[model.Link[l][i]]];
                var number = simulation.RouteNumber([link.FromEdge, link.ToEdge], WhoDrives(lane));
                simulation.PlaceSeen(number, Ordinary, lane.Number, front, model.Stopped[l][i] ? 0 : lane.Speed, 0);
                front -= JunctionModel.VehicleSpace;
            }
        }
    }

    private byte[] Letters(JunctionModel model, in SecondShown shown)
    {
        var signal = model.Signal;
        var yellow = shown.Cleared < model.Limits.Profile.Yellow;
        var key = (signal.Number, shown.Clearing ? shown.From : -1, shown.Phase, yellow);
        if (letters.TryGetValue(key, out var known)) return known;
        var state = shown.Clearing ? Clearance.State(signal.Phases[shown.From], signal.Phases[shown.Phase], yellow) : signal.Phases[shown.Phase];
        return letters[key] = Encoding.ASCII.GetBytes(state);
    }

    private static VehicleType OfLength(double metres)
    {
        var kind = metres switch { < 3 => "motorcycle", < 6.5 => "passenger", < 11 => "truck", _ => "bus" };
        return VehicleType.Default(kind, kind)! with { Length = metres, Class = VehicleClasses.Passenger, SpeedDeviation = 0 };
    }

    /// <summary>The streets around a signal: those from which vehicles reach it within the horizon or come to the signals before it, those behind it up to the next signals, and the signals there.</summary>
    private sealed class Area
    {
        private readonly StreetMap map;

        public Area(StreetMap map, JunctionModel model, int horizon)
        {
            this.map = map;
            Edges = new bool[map.Network.EdgeCount];
            Walk(model.Lanes, horizon, 1, static lane => lane.In, static link => link.From);
            Walk(model.Exits, horizon, 0, static lane => lane.Out, static link => link.To);
            Signals = [.. map.Links.Where(l => l.Signal >= 0 && Edges[l.FromEdge]).Select(l => l.Signal).Distinct().Order()];
        }

        public bool[] Edges { get; }
        public int[] Signals { get; }

        private void Walk(int[] from, int horizon, int through, Func<Lane, int[]> links, Func<Link, int> onwards)
        {
            var reached = new HashSet<int>();
            var next = new PriorityQueue<(int Lane, int Through), double>();
            foreach (var lane in from) next.Enqueue((lane, through), 0);
            while (next.TryDequeue(out var at, out var seconds))
            {
                if (!reached.Add(at.Lane)) continue;
                var lane = map.Lanes[at.Lane];
                Edges[lane.Edge] = true;
                var end = seconds + lane.Length / lane.Speed;
                if (end > horizon) continue;
                foreach (var beside in map.LanesOfEdge[lane.Edge])
                    foreach (var link in links(map.Lanes[beside]))
                        if (map.Links[link].Signal < 0 || at.Through > 0) next.Enqueue((onwards(map.Links[link]), map.Links[link].Signal < 0 ? at.Through : at.Through - 1), end);
            }
        }
    }
}
