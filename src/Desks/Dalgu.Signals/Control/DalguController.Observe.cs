using Dalgu.Signals.Engines;

namespace Dalgu.Signals.Control;

internal sealed partial class DalguController
{
    private const double Standing = 2; // m/s below which a vehicle has stopped already, as far as the cost of a stop goes
    private const double FullTail = 10; // metres: a queue that ends this near to its lane's beginning fills it
    private const int Near = 40; // metres of unsignalled street that count as part of the approach
    private const double Unlimited = 1000;
    private readonly int[] linkOf; // of each controlled link its place in its junction's model
    private readonly double[] tail, tailSpeed; // of each lane: the rear of its last vehicle, moving or not
    private readonly double[] queueTail; // of each lane: the rear of its last standing vehicle, or on a short street where the next one will stand
    private readonly int[] joining; // of each lane: vehicles that drive towards that queue, those in the junction before it among them
    private readonly int[] entering; // of each lane: those of them that are in the junction before it
    private readonly List<(int Vehicle, int Link, double Eta)> coming = [];
    private readonly int[] kept; // of each link those whom the junction before keeps beyond the horizon
    private int[] seen = new int[256], lastLane = new int[256];
    private int[] facedRed = new int[256]; // of each vehicle the second at which it last stood or drove inside a junction towards a red light of the same signal
    private double[] lastEta = new double[256];

    private void Observe(Observation now)
    {
        var traffic = now.Traffic;
        foreach (var model in models) model.Clear(options.RateTime);
        for (var l = 0; l < tail.Length; l++)
        {
            tail[l] = map.Lanes[l].Length + 50;
            tailSpeed[l] = double.MaxValue;
        }
        if (seen.Length < traffic.Present.Length)
        {
            Array.Resize(ref seen, traffic.Present.Length);
            Array.Resize(ref lastLane, traffic.Present.Length);
            Array.Resize(ref facedRed, traffic.Present.Length);
            Array.Resize(ref lastEta, traffic.Present.Length);
        }
        SeeQueues(now);
        foreach (var model in models)
            for (var e = 0; e < model.Exits.Length; e++)
            {
                var lane = model.Exits[e];
                model.Room[e] = queueTail[lane] == double.MaxValue ? Unlimited : Math.Floor(Math.Max(0, queueTail[lane]) / JunctionModel.VehicleSpace) - joining[lane];
            }
        foreach (var model in models) Through(model);
        for (var v = 0; v < traffic.Slots; v++)
        {
            if (Visible(traffic, v, now.Faults)) See(traffic, now.Signals, v);
            else if (!traffic.Present[v]) seen[v] = 0;
            else if (seen[v] > 0) Reckon(v);
        }
        Guess(now);
        Foreseen(traffic);
        foreach (var model in models)
        {
            Expect(model);
            Behind(model);
        }
    }

    /// <summary>Whether a vehicle is on a lane whose detector works.</summary>
    internal static bool Visible(Vehicles traffic, int v, DetectorFaults? faults) =>
        traffic.Present[v] && traffic.Lane[v] is var lane and >= 0 && faults?.Dead[lane] != true && faults?.Stuck[lane] != true;

    private void SeeQueues(Observation now)
    {
        var (traffic, faults) = (now.Traffic, now.Faults);
        Array.Fill(queueTail, double.MaxValue);
        Array.Clear(joining);
        Array.Clear(entering);
        for (var s = 0; s < models.Length; s++)
            foreach (var lane in models[s].Lanes)
                if (shortStreet[lane] && !Flows(models[s], lane, now.Signals[s])) queueTail[lane] = map.Lanes[lane].Length;
        for (var v = 0; v < traffic.Slots; v++)
            if (Visible(traffic, v, faults) && traffic.Speed[v] < Standing) queueTail[traffic.Lane[v]] = Math.Min(queueTail[traffic.Lane[v]], traffic.Position[v] - traffic.Length[v]);
        for (var v = 0; v < traffic.Slots; v++)
        {
            if (!Visible(traffic, v, faults)) continue;
            var lane = traffic.Lane[v];
            if (map.Lanes[lane].Path is var path and >= 0)
            {
                joining[map.Links[path].To]++;
                entering[map.Links[path].To]++;
            }
            else if (traffic.Position[v] < queueTail[lane] && traffic.Speed[v] >= Standing) joining[lane]++;
        }
    }

    private void See(Vehicles traffic, SignalNow[] signals, int v)
    {
        var lane = traffic.Lane[v];
        var rear = traffic.Position[v] - traffic.Length[v];
        if (rear < tail[lane]) (tail[lane], tailSpeed[lane]) = (rear, traffic.Speed[v]);
        var here = map.Lanes[lane];
        if (here.Path >= 0 && map.Links[here.Path].Signal is var inside and >= 0)
        {
            var rest = here.PathRest + here.Length - traffic.Position[v];
            var k = linkOf[here.Path];
            var exit = models[inside].ExitOfLink[k];
            Crossed(models[inside], k, v);
            models[inside].Inside[exit]++;
            // To wait for someone whose own light is red, or whose exit is full, helps nobody.
            if (FacesRed(models[inside], signals[inside], exit, traffic.Target[v])) facedRed[v] = seconds;
            else if (models[inside].Room[exit] >= 1)
            {
                if (traffic.Speed[v] < options.BoxSpeed || rest / (traffic.Speed[v] + 1) > options.BoxClear) models[inside].Box[k]++;
                if (Math.Min(traffic.Waiting[v], seconds - facedRed[v]) >= options.BoxPatience) models[inside].Stuck++;
            }
        }
        lastLane[v] = lane;
        var target = traffic.Target[v];
        if (target < 0) return;
        var model = models[map.Links[target].Signal];
        var near = traffic.Beyond[v] < Near;
        var eta = Travel(here.Length - traffic.Position[v] + (near ? traffic.Beyond[v] : 0), traffic.Speed[v], here.Speed, model.Acceleration) + (near ? 0 : traffic.BeyondSeconds[v]);
        if (eta > options.Horizon) return;
        var link = linkOf[target];
        if (seen[v] != target + 1)
        {
            seen[v] = target + 1;
            Count(model, link, eta);
        }
        lastEta[v] = eta;
        model.Add(model.LaneOfLink[link], link, eta, traffic.Speed[v] < Standing, v);
    }

    /// <summary>Whether a vehicle in a junction comes to another stop line of the same signal before it leaves it, and the light there is red.</summary>
    private bool FacesRed(JunctionModel model, in SignalNow state, int exit, int target)
    {
        if (target < 0 || map.Links[target].Signal != model.Signal.Number || Array.IndexOf(model.Onward[exit], linkOf[target]) < 0) return false;
        return model.Rights[state.Phase][linkOf[target]] is Right.None or Right.StopAndTurn || state.Clearing && model.Rights[state.From][linkOf[target]] is Right.None or Right.StopAndTurn;
    }

    private void Count(JunctionModel model, int link, double eta)
    {
        model.Rate[link] += 1 / options.RateTime;
        model.Sight[link] += (model.Sight[link] == 0 ? 1 : 0.05) * (eta - model.Sight[link]);
    }

    /// <summary>Those that a junction before this one will let go, as it planned a second ago.</summary>
    private void Foreseen(Vehicles traffic)
    {
        foreach (var (v, link, leaves) in coming)
        {
            if (!traffic.Present[v] || traffic.Target[v] == link) continue;
            var eta = leaves - 1;
            var model = models[map.Links[link].Signal];
            model.Add(model.LaneOfLink[linkOf[link]], linkOf[link], eta, false, v);
            model.Fed[linkOf[link]] = true;
        }
        coming.Clear();
    }

    /// <summary>Plays what was decided, so that the junctions behind know who will come.</summary>
    private void Foresee(Vehicles traffic, JunctionModel model, in SignalNow state, int clearing, int first)
    {
        rollout.Foresee(model, state, clearing, first, chosen, following);
        for (var l = 0; l < model.Lanes.Length; l++)
            for (var i = 0; i < model.Count[l]; i++)
            {
                var v = model.Vehicle[l][i];
                if (v < 0) continue;
                var (next, seconds) = traffic.After(v, model.Links[model.Link[l][i]]);
                if (next < 0) continue;
                if (model.Leaves[l][i] < 0)
                {
                    kept[next]++;
                    continue;
                }
                var eta = model.Leaves[l][i] + seconds + (model.Leaves[l][i] > model.Eta[l][i] + 1 ? options.Accelerating : 0);
                if (eta < options.Horizon) coming.Add((v, next, eta));
            }
    }

    /// <summary>Those that cannot be seen yet come at even distances, at the mean rate.</summary>
    private void Expect(JunctionModel model)
    {
        for (var k = 0; k < model.Links.Length; k++)
        {
            if (model.Fed[k]) continue; // those are known
            var rate = model.Rate[k] * model.Expect;
            var most = (int)(rate * (options.Horizon - model.Sight[k]) + 0.5);
            for (var i = 0; i < most; i++) model.Add(model.LaneOfLink[k], k, model.Sight[k] + (i + 0.5) / rate, false);
        }
    }

    /// <summary>Behind a lane that is full to its beginning wait those whom the junction before it cannot let go.</summary>
    private void Behind(JunctionModel model)
    {
        for (var l = 0; l < model.Lanes.Length; l++)
        {
            var lane = map.Lanes[model.Lanes[l]];
            var n = model.Count[l];
            model.Full[l] = n > 1 && tail[lane.Number] < FullTail && tailSpeed[lane.Number] < Standing;
            if (!model.Full[l]) continue;
            var last = model.Eta[l][n - 1];
            var added = 0;
            for (var k = 0; k < model.Links.Length; k++)
                for (var i = 0; model.LaneOfLink[k] == l && i < kept[model.Links[k]] && added < JunctionModel.MostVehicles; i++) model.Add(l, k, last + ++added * 0.1, true);
        }
    }

    /// <summary>Seconds to drive a distance from a speed, up to the limit, with an acceleration.</summary>
    private static double Travel(double metres, double speed, double limit, double a)
    {
        if (metres <= 0) return 0;
        if (speed >= limit) return metres / limit;
        var toLimit = (limit * limit - speed * speed) / (2 * a);
        return metres < toLimit ? (Math.Sqrt(speed * speed + 2 * a * metres) - speed) / a : (limit - speed) / a + (metres - toLimit) / limit;
    }
}
