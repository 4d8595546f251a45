using Dalgu.Traffic.Simulation.Engine;

namespace Dalgu.Traffic.Simulation;

/// <summary>Routes by traffic: a trip that names only its ends takes the way that is fastest when it departs.</summary>
public sealed partial class TrafficSimulation
{
    /// <summary>The share of a second in the smoothed speed of an edge: the mean age is that of SUMO's moving average over 180 s.</summary>
    private const double Freshness = 1.0 / 90;

    private readonly TrafficRouter? router;

    private void ShowFreeSpeeds()
    {
        for (var edge = 0; edge < net.EdgeCount; edge++) s.EdgeSpeed[edge] = FreeSpeed(edge);
    }

    private double FreeSpeed(int edge) => net.laneSpeed[net.edgeFirstLane[edge] + net.edgeLaneCount[edge] - 1];

    private void Observe()
    {
        for (var edge = 0; edge < net.EdgeCount; edge++)
        {
            var first = net.edgeFirstLane[edge];
            var (vehicles, sum) = (0, 0.0);
            for (var lane = first; lane < first + net.edgeLaneCount[edge]; lane++)
            {
                var count = s.LaneCount[lane];
                for (var k = 0; k < count; k++) sum += s.Speed[s.LaneVehicles[laneFirst[lane] + k]];
                vehicles += count;
            }
            var now = vehicles > 0 ? sum / vehicles : FreeSpeed(edge);
            s.EdgeSpeed[edge] += (now - s.EdgeSpeed[edge]) * Freshness;
        }
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
