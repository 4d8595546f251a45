using System.Globalization;
using System.Text;
using Dalgu.Traffic.Simulation.Engine;

namespace Dalgu.Traffic.Simulation;

/// <summary>What can be read from a simulation: vehicles, lanes, trips.</summary>
public sealed partial class TrafficSimulation
{
    private readonly TripRecord[] log;

    /// <summary>How many vehicles are on the road now.</summary>
    public int Running => s.Running;

    /// <summary>How many vehicles got onto the road so far.</summary>
    public long Departed => s.Departed;

    /// <summary>How many vehicles reached their end so far.</summary>
    public long Arrived => s.Arrived;

    /// <summary>The seconds that all vehicles on the road, those that have arrived among them, have lost by not driving as fast as they wish.</summary>
    public double TimeLost => s.TimeLost;

    /// <summary>How many vehicles wait outside for room on their first edge.</summary>
    public int Backlog => s.PendingCount;

    /// <summary>The trips that wait outside, in the order in which they may enter.</summary>
    public ReadOnlySpan<int> BacklogTrips => s.Pending.AsSpan(0, s.PendingCount);

    /// <summary>The letter that a link shows now: of its signal, or its state in the file where it has none.</summary>
    public byte LinkState(int link) => s.LinkState[link];

    /// <summary>How many vehicles have their front on a lane.</summary>
    public int VehicleCount(int lane) => laneCount[lane];

    /// <summary>The vehicles of a lane from its start to its end, as slots for <see cref="Position"/>, <see cref="Speed"/> and their like. Valid until the next step.</summary>
    public ReadOnlySpan<int> Vehicles(int lane) => s.LaneVehicles.AsSpan(laneFirst[lane], laneCount[lane]);

    /// <summary>How far a vehicle's front is from the start of its lane, in metres.</summary>
    public double Position(int vehicle) => fleet[vehicle].Position;

    /// <summary>The speed of a vehicle in m/s.</summary>
    public double Speed(int vehicle) => fleet[vehicle].Speed;

    /// <summary>The acceleration of a vehicle in the last step, in m/s².</summary>
    public double Acceleration(int vehicle) => fleet[vehicle].Accel;

    /// <summary>The seconds for which a vehicle has stood (below 0.1 m/s) without a break.</summary>
    public int Waiting(int vehicle) => fleet[vehicle].Waiting;

    /// <summary>The trip that a vehicle makes.</summary>
    public int TripOf(int vehicle) => fleet[vehicle].Trip;

    /// <summary>The lane that a vehicle's front is on.</summary>
    public int LaneOf(int vehicle) => fleet[vehicle].Lane;

    /// <summary>The length of a vehicle in metres.</summary>
    public double Length(int vehicle) => TypeOf(vehicle).Length;

    /// <summary>The edges of a vehicle's route, from its first to its last.</summary>
    public ReadOnlySpan<int> Route(int vehicle) => ways.Edges.AsSpan(ways.First[s.RouteOf[fleet[vehicle].Trip]], ways.End[s.RouteOf[fleet[vehicle].Trip]] - ways.First[s.RouteOf[fleet[vehicle].Trip]]);

    /// <summary>The links that a vehicle takes next if it stays on its lane, nearest first; links between internal lanes count.</summary>
    /// <param name="vehicle">The vehicle.</param>
    /// <param name="links">Takes the links; its length is the most that are given.</param>
    /// <returns>How many were given.</returns>
    public int NextLinks(int vehicle, Span<int> links)
    {
        var (lane, routeAt, last, n) = (fleet[vehicle].Lane, fleet[vehicle].RouteAt, LastEdge(vehicle), 0);
        while (n < links.Length && (laneInternal[lane] || routeAt < last))
        {
            var link = NextLink(lane, routeAt);
            if (link < 0) break;
            links[n++] = link;
            lane = net.linkNext[link];
            if (!laneInternal[lane]) routeAt++;
        }
        return n;
    }

    /// <summary>How many lanes to the left (positive) or right (negative) a vehicle must change for its route.</summary>
    public int LanesToChange(int vehicle) => laneInternal[fleet[vehicle].Lane] ? 0 : ways.Offset[ways.Row[fleet[vehicle].RouteAt] + laneNumber[fleet[vehicle].Lane]];

    /// <summary>How many vehicles on the road stood (below 0.1 m/s) in the last step.</summary>
    public int Halting()
    {
        var halting = 0;
        for (var v = 0; v < s.High; v++)
            if (fleet[v].Trip >= 0 && fleet[v].Waiting > 0) halting++;
        return halting;
    }

    /// <summary>How many vehicles of a lane stand (below 0.1 m/s).</summary>
    public int Halting(int lane)
    {
        var halting = 0;
        foreach (var vehicle in Vehicles(lane))
            if (fleet[vehicle].Speed <= Krauss.Halting) halting++;
        return halting;
    }

    /// <summary>A lane-area detector: the vehicles with their front between two places of a lane, how many of them stand, and the share of the stretch that they cover.</summary>
    public (int Vehicles, int Halting, double Occupancy) LaneArea(int lane, double from, double to)
    {
        var (vehicles, halting, covered) = (0, 0, 0.0);
        foreach (var vehicle in Vehicles(lane))
        {
            var front = fleet[vehicle].Position;
            covered += Math.Max(0, Math.Min(front, to) - Math.Max(front - TypeOf(vehicle).Length, from));
            if (front < from || front > to) continue;
            vehicles++;
            if (fleet[vehicle].Speed <= Krauss.Halting) halting++;
        }
        return (vehicles, halting, to > from ? Math.Min(1, covered / (to - from)) : 0);
    }

    /// <summary>An induction loop: how many vehicles passed a place of a lane with their front in the last step, and whether one stands over it now.</summary>
    public (int Passed, bool Occupied) Loop(int lane, double place)
    {
        var (passed, occupied) = (0, false);
        foreach (var vehicle in Vehicles(lane))
        {
            var front = fleet[vehicle].Position;
            if (front >= place && front - fleet[vehicle].Speed < place) passed++;
            if (front >= place && front - TypeOf(vehicle).Length <= place) occupied = true;
        }
        if (Tail(lane, out var back) >= 0)
        {
            var tail = s.LastLeft[lane];
            var front = back + TypeOf(tail).Length;
            if (front - fleet[tail].Speed < place) passed++;
            if (back <= place) occupied = true;
        }
        return (passed, occupied);
    }

    /// <summary>Trips that have arrived, in the order of their arrival.</summary>
    public ReadOnlySpan<TripRecord> Trips => log.AsSpan(0, s.LogLength);

    /// <summary>What a vehicle on the road has come to so far; its arrival is -1.</summary>
    public TripRecord Unfinished(int vehicle) => Record(vehicle, -1);

    /// <summary>The vehicles on the road, in the order of their slots. Valid until the next step.</summary>
    public IEnumerable<int> VehiclesUnderWay()
    {
        for (var v = 0; v < s.High; v++)
            if (fleet[v].Trip >= 0) yield return v;
    }

    /// <summary>The measures of all trips until now.</summary>
    public TripTotals Totals()
    {
        var totals = new TripTotals();
        foreach (ref readonly var trip in Trips) totals.Add(trip);
        for (var v = 0; v < s.High; v++)
            if (fleet[v].Trip >= 0) totals.Add(Unfinished(v));
        foreach (var trip in BacklogTrips) totals.AddNeverDeparted(s.Time - demand.depart[trip]);
        return totals;
    }

    /// <summary>Writes the trips in the form of SUMO's tripinfo output: those that have arrived, then those under way, as with <c>--tripinfo-output.write-unfinished</c>.</summary>
    public void WriteTripInfo(TextWriter to)
    {
        to.Write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\n<tripinfos>\n");
        foreach (ref readonly var trip in Trips) Write(to, trip);
        for (var v = 0; v < s.High; v++)
            if (fleet[v].Trip >= 0) Write(to, Unfinished(v));
        to.Write("</tripinfos>\n");
    }

    private void Write(TextWriter to, in TripRecord trip) => to.Write(string.Create(CultureInfo.InvariantCulture,
        $"    <tripinfo id=\"{Escaped(demand.ids[trip.Trip])}\" depart=\"{trip.Depart:F2}\" departLane=\"{net.laneIds[trip.DepartLane]}\" departPos=\"{trip.DepartPosition:F2}\" departDelay=\"{trip.DepartDelay:F2}\" arrival=\"{trip.Arrival:F2}\" arrivalLane=\"{(trip.Arrived ? net.laneIds[trip.ArrivalLane] : "")}\" arrivalSpeed=\"{trip.ArrivalSpeed:F2}\" duration=\"{trip.Duration:F2}\" routeLength=\"{trip.RouteLength:F2}\" waitingTime=\"{trip.WaitingTime:F2}\" waitingCount=\"{trip.WaitingCount}\" stopTime=\"0.00\" timeLoss=\"{trip.TimeLoss:F2}\" rerouteNo=\"0\" vType=\"{Escaped(demand.TypeOf(trip.Trip).Id)}\" speedFactor=\"{trip.SpeedFactor:F2}\">\n        <emissions CO2_abs=\"{trip.Co2:F6}\" NOx_abs=\"{trip.Nox:F6}\"/>\n    </tripinfo>\n"));

    private static string Escaped(string id) => new StringBuilder(id).Replace("&", "&amp;").Replace("<", "&lt;").Replace("\"", "&quot;").ToString();

    private TripRecord Record(int v, double arrival)
    {
        var depart = fleet[v].DepartedAt;
        return new(fleet[v].Trip, depart, depart - demand.depart[fleet[v].Trip], arrival, (arrival < 0 ? s.Time : arrival) - depart, fleet[v].Odometer, fleet[v].WaitingTotal, fleet[v].WaitingEvents,
            fleet[v].TimeLoss, fleet[v].SpeedFactor, fleet[v].Co2, fleet[v].Nox, fleet[v].DepartLane, fleet[v].DepartPosition, fleet[v].Lane, fleet[v].Speed);
    }
}
