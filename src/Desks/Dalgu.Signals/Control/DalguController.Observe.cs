using Dalgu.Signals.Engines;

namespace Dalgu.Signals.Control;

internal sealed partial class DalguController
{
    private const double VehicleSpace = 7; // metres that a standing vehicle takes, with its gap
    private const double Standing = 2; // m/s below which a vehicle has stopped already, as far as the cost of a stop goes
    private const int Near = 40; // metres of unsignalled street that count as part of the approach
    private readonly int[] linkOf; // of each controlled link its place in its junction's model
    private readonly double[] tail, tailSpeed; // of each lane: the rear of its last vehicle
    private readonly DetectorHealth health;
    private int[] seen = new int[256];

    private void Observe(Observation now)
    {
        var traffic = now.Traffic;
        foreach (var model in models)
        {
            Array.Clear(model.Count);
            Array.Clear(model.Box);
            for (var k = 0; k < model.Rate.Length; k++) model.Rate[k] -= model.Rate[k] / options.RateTime;
        }
        for (var l = 0; l < tail.Length; l++)
        {
            tail[l] = map.Lanes[l].Length + 50;
            tailSpeed[l] = double.MaxValue;
        }
        if (seen.Length < traffic.Present.Length) Array.Resize(ref seen, traffic.Present.Length);
        for (var v = 0; v < traffic.Slots; v++)
        {
            if (traffic.Present[v] && traffic.Lane[v] >= 0 && now.Faults?.Dead[traffic.Lane[v]] != true) See(traffic, v);
            else if (!traffic.Present[v]) seen[v] = 0;
        }
        health.Watch(now, options);
        foreach (var model in models)
        {
            Expect(model);
            for (var e = 0; e < model.Exits.Length; e++)
            {
                var (free, speed) = (tail[model.Exits[e]], tailSpeed[model.Exits[e]]);
                model.Room[e] = speed > 3 ? Math.Max(2, free / VehicleSpace) + 3 : speed < 1 ? Math.Floor(Math.Max(0, free) / VehicleSpace) : Math.Max(1, free / VehicleSpace);
            }
        }
    }

    private void See(Vehicles traffic, int v)
    {
        var lane = traffic.Lane[v];
        var rear = traffic.Position[v] - traffic.Length[v];
        if (rear < tail[lane]) (tail[lane], tailSpeed[lane]) = (rear, traffic.Speed[v]);
        var here = map.Lanes[lane];
        if (here.Path >= 0 && map.Links[here.Path].Signal is var inside and >= 0)
        {
            var rest = here.PathRest + here.Length - traffic.Position[v];
            if (traffic.Speed[v] < options.BoxSpeed || rest / (traffic.Speed[v] + 1) > options.BoxClear) models[inside].Box[linkOf[here.Path]]++;
        }
        var target = traffic.Target[v];
        if (target < 0) return;
        var near = traffic.Beyond[v] < Near;
        var eta = Travel(here.Length - traffic.Position[v] + (near ? traffic.Beyond[v] : 0), traffic.Speed[v], here.Speed) + (near ? 0 : traffic.BeyondSeconds[v]);
        if (eta > options.Horizon) return;
        var model = models[map.Links[target].Signal];
        var link = linkOf[target];
        if (seen[v] != target + 1)
        {
            seen[v] = target + 1;
            model.Rate[link] += 1 / options.RateTime;
            model.Sight[link] += (model.Sight[link] == 0 ? 1 : 0.05) * (eta - model.Sight[link]);
        }
        model.Add(model.LaneOfLink[link], link, eta, traffic.Speed[v] < Standing);
    }

    /// <summary>Those that cannot be seen yet come at even distances, at the mean rate.</summary>
    private void Expect(JunctionModel model)
    {
        for (var k = 0; k < model.Links.Length; k++)
        {
            var rate = model.Rate[k] * options.Expect;
            var coming = (int)(rate * (options.Horizon - model.Sight[k]) + 0.5);
            for (var i = 0; i < coming; i++) model.Add(model.LaneOfLink[k], k, model.Sight[k] + (i + 0.5) / rate, false);
        }
    }

    /// <summary>Seconds to drive a distance from a speed, up to the limit.</summary>
    private double Travel(double metres, double speed, double limit)
    {
        if (metres <= 0) return 0;
        if (speed >= limit) return metres / limit;
        var a = options.Acceleration;
        var toLimit = (limit * limit - speed * speed) / (2 * a);
        return metres < toLimit ? (Math.Sqrt(speed * speed + 2 * a * metres) - speed) / a : (limit - speed) / a + (metres - toLimit) / limit;
    }
}
