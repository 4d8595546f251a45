using System.Numerics;
using Dalgu.Traffic.Simulation.Demand;
using Dalgu.Traffic.Simulation.Engine;
using Dalgu.Traffic.Simulation.Network;

namespace Dalgu.Traffic.Simulation;

/// <summary>A microscopic traffic simulation in steps of one second: every vehicle follows its leader, obeys signals and right of way, and changes lanes for its route.
/// The same network, demand, begin, seed, options and signal states give the same bytes. Not safe for several threads at once; one network and demand may serve many simulations.</summary>
/// <remarks>The models are those of SUMO 1.15's defaults (Krauss car following, LC2013 lane changing, right-of-way matrices); how near the results come stands in docs/desks/signals/validation.md.</remarks>
public sealed partial class TrafficSimulation
{
    private const int NoTime = int.MaxValue;

    /// <summary>More than sums of decimals of seconds or metres can be wrong by.</summary>
    private const double Rounding = 1e-3;

    private const int MostItems = 14;
    private const byte HasToWait = 1;
    private const byte WantsRight = 1, WantsLeft = 2, IsBlocked = 4, BlocksRight = 8, BlocksLeft = 16;

    private readonly RoadNetwork net;
    private readonly TrafficDemand demand;
    private readonly SimulationOptions options;
    private readonly ulong seed;
    private readonly RouteLanes ways;
    private readonly RightOfWay rules;
    private readonly TypeRow[] types;
    private readonly TrafficState s;
    private readonly VehicleRow[] fleet; // of the state, as the two below; looked at so often that one step on the way counts
    private readonly int[] laneCount, laneVehicles;
    private readonly int[] laneFirst, laneRoom, laneNumber, changingEdges;
    private readonly bool[] laneInternal, edgeRoundabout;

    // Scratch of one step; never part of a snapshot.
    private readonly Item[] items;
    private readonly int[] itemCount, approachHead, approachStep, edgeFailed, crossing, occupiedStep;
    private readonly double[] planned, next, occupied, shownUntil;
    private readonly LaneSpace[] spaces;
    private Approach[] approaches;
    private int approachCount, step, crossingCount;

    private struct TypeRow
    {
        public double Length, MinGap, Accel, Decel, HalfPerDecel, EmergencyDecel, Sigma, Tau, MaxSpeed, Impatience;
        public EmissionClass Emissions;
        public VehicleClasses Class;
    }

    /// <summary>The room at the start of a lane in a step, and whether a vehicle stands there.</summary>
    private readonly record struct LaneSpace(int Step, bool Standing, double Metres);

    /// <summary>One link ahead of a vehicle: how fast it may be if it passes, and if it waits in front of it.</summary>
    private struct Item
    {
        public int Link;
        public bool Request, Stopped, Timed;
        public double Pass, Wait, Distance, Speed, Arrival, ArrivalSpeed, Leave, Space;
    }

    /// <summary>A vehicle on its way to a link that others give way to. Its times are worked out when somebody asks: most are never asked for.</summary>
    private struct Approach
    {
        public int Vehicle, Item, Next;
        public bool Timed;
        public double Arrival, Leave, ArrivalSpeed, LeaveSpeed, SpeedBraking, Distance;
    }

    /// <summary>Makes a simulation that stands at its begin, without any vehicle.</summary>
    /// <param name="network">The roads.</param>
    /// <param name="demand">The trips; those that want to depart before the begin are left out, as in SUMO.</param>
    /// <param name="begin">The first second.</param>
    /// <param name="seed">Decides all that is left to chance. Every vehicle has its own stream.</param>
    /// <param name="options">How it runs.</param>
    public TrafficSimulation(RoadNetwork network, TrafficDemand demand, double begin, ulong seed, SimulationOptions? options = null)
    {
        (net, this.demand, this.seed, this.options) = (network, demand, seed, options ?? new());
        ways = new(network, demand);
        rules = new(network);
        types = [.. demand.types.Select(t => new TypeRow
        {
            Length = t.Length, MinGap = t.MinGap, Accel = t.Accel, Decel = t.Decel, HalfPerDecel = 0.5 / t.Decel, EmergencyDecel = t.EmergencyDecel, Sigma = t.Sigma,
            Tau = t.Tau, MaxSpeed = t.MaxSpeed, Impatience = t.Impatience, Emissions = t.Emissions, Class = t.Class,
        })];
        var lanes = network.LaneCount;
        (laneFirst, laneRoom, laneNumber, laneInternal) = (new int[lanes], new int[lanes], new int[lanes], new bool[lanes]);
        var slots = 0;
        var shortest = demand.types.Length == 0 ? 5 : demand.types.Min(t => t.Length);
        for (var lane = 0; lane < lanes; lane++)
        {
            var edge = network.laneEdge[lane];
            laneInternal[lane] = network.edgeKind[edge] == EdgeKind.Internal;
            laneNumber[lane] = lane - network.edgeFirstLane[edge];
            laneFirst[lane] = slots;
            var driven = laneInternal[lane] || (network.laneAllowed[lane].Bits & ~VehicleClasses.Pedestrian.Bits) != 0 && network.edgeKind[edge] is EdgeKind.Street or EdgeKind.Connector;
            slots += laneRoom[lane] = driven ? (int)(network.laneLength[lane] / shortest) + 6 : 0;
        }
        changingEdges = [.. Enumerable.Range(0, network.EdgeCount).Where(e => network.edgeKind[e] == EdgeKind.Street && Enumerable.Range(network.edgeFirstLane[e], network.edgeLaneCount[e]).Count(l => laneRoom[l] > 0) > 1)];
        edgeRoundabout = new bool[network.EdgeCount];
        foreach (var ring in network.roundabouts)
            foreach (var edge in ring) edgeRoundabout[edge] = true;
        var vehicles = Math.Max(1, Math.Min(slots, demand.Count));
        router = this.options.RouteByTraffic && demand.routed.AsSpan().Contains(true) ? new(network) : null;
        s = new(vehicles, lanes, slots, network.LinkCount, network.signals.Length, demand.Count, router is null ? 0 : network.EdgeCount) { Time = begin };
        (fleet, laneCount, laneVehicles) = (s.Vehicles, s.LaneCount, s.LaneVehicles);
        demand.routeOf.CopyTo(s.RouteOf, 0);
        ShowFreeSpeeds();
        log = new TripRecord[demand.Count];
        items = new Item[vehicles * MostItems];
        (itemCount, approachHead, approachStep, edgeFailed, crossing) = (new int[vehicles], new int[network.LinkCount], new int[network.LinkCount], new int[network.EdgeCount], new int[vehicles]);
        (planned, next, occupied, occupiedStep) = (new double[vehicles], new double[vehicles], new double[lanes], new int[lanes]);
        spaces = new LaneSpace[lanes];
        shownUntil = new double[network.signals.Length];
        Array.Fill(shownUntil, double.MinValue);
        approaches = new Approach[vehicles * 2 + 16];
        network.linkState.CopyTo(s.LinkState, 0);
        while (s.NextTrip < demand.Count && demand.depart[s.NextTrip] < begin) s.NextTrip++;
        firstTrip = s.NextTrip;
        Array.Fill(edgeFailed, -1);
        ShowPrograms();
    }

    private readonly int firstTrip;

    /// <summary>The second that the next step covers.</summary>
    public double Time => s.Time;

    /// <summary>The network.</summary>
    public RoadNetwork Network => net;

    /// <summary>The demand.</summary>
    public TrafficDemand Demand => demand;

    /// <summary>Sets the letters of a signal's links from now on; its program in the file no longer runs.</summary>
    /// <param name="signal">The number of the signal.</param>
    /// <param name="linkStates">One letter for each link index, as in a phase of a program; longer is permitted, shorter leaves the rest as it is.</param>
    public void SetSignalState(int signal, ReadOnlySpan<byte> linkStates)
    {
        s.SignalHeld[signal] = true;
        Show(signal, linkStates);
    }

    /// <summary>One second: signals, plans, moves, changes of lane, insertion.</summary>
    public void Step()
    {
        step++;
        if (options.RunPrograms) ShowPrograms();
        approachCount = 0;
        var active = s.Active;
        for (var word = 0; word < active.Length; word++)
            for (var bits = active[word]; bits != 0; bits &= bits - 1) PlanLane((word << 6) + BitOperations.TrailingZeroCount(bits));
        for (var word = 0; word < active.Length; word++)
            for (var bits = active[word]; bits != 0; bits &= bits - 1) DecideLane((word << 6) + BitOperations.TrailingZeroCount(bits));
        crossingCount = 0;
        for (var word = 0; word < active.Length; word++)
            for (var bits = active[word]; bits != 0; bits &= bits - 1) MoveLane((word << 6) + BitOperations.TrailingZeroCount(bits));
        Enter();
        ChangeLanes();
        if (router is not null) Observe();
        Insert();
        s.Time++;
    }

    private void ShowPrograms()
    {
        for (var signal = 0; signal < net.signals.Length; signal++)
        {
            if (s.Time < shownUntil[signal] || s.SignalHeld[signal] || !options.RunPrograms) continue;
            var program = net.signals[signal].Program;
            Show(signal, program.Phases[program.PhaseAt(s.Time, out var left)].State.Span);
            shownUntil[signal] = s.Time + left - Rounding;
        }
    }

    private void Show(int signal, ReadOnlySpan<byte> letters)
    {
        var controlled = net.signals[signal];
        var count = Math.Min(letters.Length, controlled.LinkIndexCount);
        for (var i = 0; i < count; i++)
            foreach (var link in controlled.Links(i)) s.LinkState[link] = letters[i];
    }

    private double LaneMax(int vehicle, int lane, in TypeRow type) => Math.Min(net.laneSpeed[lane] * fleet[vehicle].SpeedFactor, type.MaxSpeed);

    private ref readonly TypeRow TypeOf(int vehicle) => ref types[fleet[vehicle].Type];

    private int LastEdge(int vehicle) => fleet[vehicle].RouteEnd;

    /// <summary>The link that the vehicle takes at the end of a lane of its way; -1 where there is none.</summary>
    private int NextLink(int lane, int routeAt) => laneInternal[lane] ? net.laneLinkCount[lane] == 0 ? -1 : net.laneFirstLink[lane] : ways.Link[ways.Row[routeAt] + laneNumber[lane]];

    private int TailOf(int lane, out double back)
    {
        var vehicle = s.LastLeft[lane];
        ref readonly var row = ref fleet[vehicle];
        back = net.laneLength[lane] + (row.Odometer - s.LastLeftAt[lane]) - types[row.Type].Length;
        if (row.Trip == s.LastLeftTrip[lane] && back < net.laneLength[lane]) return vehicle;
        s.LastLeft[lane] = -1; // it is off the lane, and never comes back to it before another leaves it
        return -1;
    }

    /// <summary>The vehicle whose back still reaches onto a lane that its front has left, and the place of its back; -1 where there is none.</summary>
    private int Tail(int lane, out double back)
    {
        back = 0;
        return s.LastLeft[lane] < 0 ? -1 : TailOf(lane, out back);
    }
}
