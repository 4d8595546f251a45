using Dalgu.Traffic.Simulation.Engine;

namespace Dalgu.Traffic.Simulation;

/// <summary>Routes by traffic: a trip that names only its ends takes the way that is fastest when it departs.</summary>
public sealed partial class TrafficSimulation
{
    /// <summary>Speeds are means over three minutes, looked at every three seconds and forgotten a quarter of a minute at a time (SUMO's moving average over 180 s: second by second).
    /// A mean that forgets gradually follows every red phase of a signal, and routes jump with it.</summary>
    internal const int Spans = 12;
    private const int Looks = 5, LookSeconds = 3;

    /// <summary>Seconds after which whoever still waits outside chooses its route anew.</summary>
    private const int ChoosesAgain = 60;

    private readonly TrafficRouter? router;

    private void ShowFreeSpeeds()
    {
        for (var edge = 0; edge < s.EdgeSpeed.Length; edge++)
        {
            s.EdgeSpeed[edge] = FreeSpeed(edge);
            for (var span = 0; span < Spans; span++) s.EdgePast[span * net.EdgeCount + edge] = (float)(FreeSpeed(edge) * Looks);
        }
    }

    private double FreeSpeed(int edge) => net.laneSpeed[net.edgeFirstLane[edge] + net.edgeLaneCount[edge] - 1];

    private void Observe()
    {
        if ((long)s.Time % LookSeconds != 0) return;
        var oldest = s.Span * net.EdgeCount;
        for (var edge = 0; edge < net.EdgeCount; edge++)
        {
            var first = net.edgeFirstLane[edge];
            var (vehicles, sum) = (0, 0.0);
            for (var lane = first; lane < first + net.edgeLaneCount[edge]; lane++)
            {
                var count = laneCount[lane];
                if (count == 0)
                {
                    // An empty lane weighs as one vehicle at the limit.
                    sum += net.laneSpeed[lane];
                    vehicles++;
                    continue;
                }
                for (var k = 0; k < count; k++) sum += fleet[laneVehicles[laneFirst[lane] + k]].Speed;
                vehicles += count;
            }
            var now = sum / vehicles;
            s.EdgeSpeed[edge] += (now - s.EdgePast[oldest + edge] / Looks) / (Spans * Looks);
            s.EdgeNow[edge] += (float)now;
        }
        if (++s.SpanAge < Looks) return;
        s.EdgeNow.CopyTo(s.EdgePast, oldest);
        Array.Clear(s.EdgeNow);
        (s.Span, s.SpanAge) = ((s.Span + 1) % Spans, 0);
    }

    private void ChooseRoute(int trip)
    {
        var route = demand.routeOf[trip];
        var (from, to) = (ways.Edges[ways.First[route]], ways.Edges[ways.End[route] - 1]);
        var type = demand.types[demand.type[trip]];
        var found = router!.Find(from, to, type, FactorOf(trip), s.EdgeSpeed);
        s.RouteOf[trip] = found.Length == 0 ? route : ways.Number(found, type.Class);
    }
}
