using Dalgu.Signals.Engines;
using Dalgu.Traffic.Simulation.Demand;
using Dalgu.Traffic.Simulation.Engine;

namespace Dalgu.Signals.Measures;

/// <summary>What happens on each edge, from which junctions and corridors are summed.</summary>
internal sealed partial class TrafficWatch
{
    private const double Halted = 0.1;
    private readonly EdgeTotals[] edges;
    private readonly bool[] blocked;        // by signal: somebody stood inside its junction for five minutes
    private int[] lastEdge = new int[256];  // by slot, plus one: where it was a second ago
    private double[] lastSpeed = new double[256];

    /// <summary>What each edge had.</summary>
    public ReadOnlySpan<EdgeTotals> Edges => edges;

    /// <summary>Whether somebody stood inside the junction of a signal for five minutes.</summary>
    public bool IsBlocked(int signal) => blocked[signal];

    /// <summary>The edges from which links of a signal leave.</summary>
    public IEnumerable<int> Approaches(int signal) => map.Signals[signal].Links.SelectMany(l => l).Select(l => map.Links[l].FromEdge).Distinct();

    private void LookAtEdge(Vehicles traffic, int v)
    {
        var lane = map.Lanes[traffic.Lane[v]];
        // A vehicle inside a junction is still on the way from the edge that it left.
        var edge = !lane.Internal ? lane.Edge : lane.Path >= 0 ? map.Links[lane.Path].FromEdge : -1;
        if (edge < 0) return;
        var speed = traffic.Speed[v];
        var fresh = lastEdge[v] == 0;
        var before = fresh ? speed : lastSpeed[v];
        ref var sums = ref edges[edge];
        if (lastEdge[v] != edge + 1) sums.Entered++;
        lastEdge[v] = edge + 1;
        lastSpeed[v] = speed;
        sums.Seconds++;
        sums.Metres += speed;
        sums.Lost += Math.Max(0, 1 - speed / lane.Speed);
        if (speed < Halted)
        {
            sums.Waiting++;
            if (before >= Halted) sums.Stops++;
        }
        sums.Co2 += Emissions.Co2(EmissionClass.PetrolCar, speed, speed - before);
        sums.Nox += Emissions.Nox(EmissionClass.PetrolCar, speed, speed - before);
    }
}
