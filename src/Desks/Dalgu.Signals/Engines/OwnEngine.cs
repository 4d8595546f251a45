using Dalgu.Signals.Measures;
using Dalgu.Signals.Streets;
using Dalgu.Traffic.Simulation;
using Dalgu.Traffic.Simulation.Demand;

namespace Dalgu.Signals.Engines;

/// <summary>The own simulator, in this process. It numbers lanes, links and signals as the map does.</summary>
internal sealed class OwnEngine : ITrafficEngine
{
    private const double MilligramsInKilogram = 1e6;
    private readonly TrafficSimulation simulation;
    private readonly string? tripInfo;
    private readonly int[] slotOf, seen; // by trip: its slot, and the step in which it was last on the road
    private readonly List<int> present = [];
    private int step;

    /// <param name="map">The network.</param>
    /// <param name="demand">The demand.</param>
    /// <param name="begin">First second.</param>
    /// <param name="seed">The seed of the drivers.</param>
    /// <param name="emissions">False leaves CO2 and NOx out.</param>
    /// <param name="tripInfo">Where the trips go in the form of SUMO's output; null for nowhere.</param>
    public OwnEngine(StreetMap map, TrafficDemand demand, double begin, int seed, bool emissions, string? tripInfo)
    {
        Map = map;
        Traffic = new Vehicles(map);
        simulation = new TrafficSimulation(map.Network, demand, begin, (ulong)seed, new SimulationOptions { Emissions = emissions });
        this.tripInfo = tripInfo;
        (slotOf, seen) = (new int[demand.Count], new int[demand.Count]);
        Array.Fill(slotOf, -1);
    }

    public double Time => simulation.Time;
    public StreetMap Map { get; }
    public Vehicles Traffic { get; }
    public (int Departed, int Arrived) Counts => ((int)simulation.Departed, (int)simulation.Arrived);

    public void Show(int signal, string state)
    {
        Span<byte> letters = stackalloc byte[state.Length];
        System.Text.Encoding.ASCII.GetBytes(state, letters);
        simulation.SetSignalState(signal, letters);
    }

    public void Step()
    {
        simulation.Step();
        step++;
        for (var lane = 0; lane < Map.Lanes.Length; lane++)
            foreach (var vehicle in simulation.Vehicles(lane))
            {
                var trip = simulation.TripOf(vehicle);
                if (slotOf[trip] < 0)
                {
                    slotOf[trip] = Traffic.Enter(simulation.Route(vehicle).ToArray(), simulation.Length(vehicle));
                    present.Add(trip);
                }
                seen[trip] = step;
                Traffic.Move(slotOf[trip], lane, simulation.Position(vehicle), simulation.Speed(vehicle));
            }
        for (var i = present.Count - 1; i >= 0; i--)
        {
            if (seen[present[i]] == step) continue;
            Traffic.Leave(slotOf[present[i]]);
            present[i] = present[^1];
            present.RemoveAt(present.Count - 1);
        }
    }

    public IReadOnlyList<Trip> Finish()
    {
        if (tripInfo is not null)
        {
            using var file = File.CreateText(tripInfo);
            simulation.WriteTripInfo(file);
        }
        var trips = new List<Trip>();
        foreach (ref readonly var trip in simulation.Trips) trips.Add(Of(trip));
        foreach (var vehicle in simulation.VehiclesUnderWay()) trips.Add(Of(simulation.Unfinished(vehicle)));
        return trips;
    }

    private Trip Of(in TripRecord trip) => new(simulation.Demand.Id(trip.Trip), trip.Depart, trip.DepartDelay, trip.Duration, trip.TimeLoss, trip.WaitingTime, trip.WaitingCount,
        trip.RouteLength, trip.Arrived, trip.Co2 / MilligramsInKilogram, trip.Nox / MilligramsInKilogram);

    public void Dispose()
    {
        // Nothing outside this process.
    }
}
