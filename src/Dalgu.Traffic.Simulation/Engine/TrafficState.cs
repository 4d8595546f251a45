using System.Numerics;

namespace Dalgu.Traffic.Simulation.Engine;

/// <summary>Everything that changes while time passes, in flat arrays: a copy of them is a snapshot.</summary>
internal sealed class TrafficState
{
    public double Time;

    // Vehicles under way, by slot. Slots from 0 to High - 1 have been in use; Free lists those that are not now.
    public int High, FreeCount, Running;
    public readonly int[] Free;
    public readonly VehicleRow[] Vehicles;

    // Lanes: the vehicles of a lane from its start to its end, and who left it last.
    public readonly int[] LaneCount, LaneVehicles, LastLeft, LastLeftTrip;
    public readonly double[] LastLeftAt;

    /// <summary>A bit for each lane: whether a vehicle has its front on it.</summary>
    public readonly ulong[] Active;

    // Links and signals.
    public readonly byte[] LinkState;

    /// <summary>The second in which somebody last asked whether a link may be passed.</summary>
    public readonly int[] AskedAt;
    public readonly bool[] SignalHeld;

    // Insertion.
    public int NextTrip, PendingCount;
    public readonly int[] Pending, RouteOf;

    /// <summary>The mean speed on each edge over the last minutes; who departs chooses the route by it. None where nobody routes by traffic, as below.</summary>
    public readonly double[] EdgeSpeed;

    /// <summary>The sums of speeds of the span under way and of those before it, and which of these is the oldest.</summary>
    public readonly float[] EdgeNow, EdgePast;
    public int Span, SpanAge;

    // The log of trips: rows below its length never change.
    public int LogLength;

    public long Departed, Arrived;

    /// <summary>The seconds that all vehicles have lost so far.</summary>
    public double TimeLost;

    public TrafficState(int vehicles, int lanes, int laneSlots, int links, int signals, int trips, int edges)
    {
        (Free, Vehicles) = (new int[vehicles], new VehicleRow[vehicles]);
        (RouteOf, EdgeSpeed) = (new int[trips], new double[edges]);
        (EdgeNow, EdgePast) = (new float[edges], new float[edges * TrafficSimulation.Spans]);
        (LaneCount, LaneVehicles, LastLeft, LastLeftTrip, LastLeftAt) = (new int[lanes], new int[laneSlots], new int[lanes], new int[lanes], new double[lanes]);
        Active = new ulong[(lanes + 63) / 64];
        Array.Fill(LastLeft, -1);
        (LinkState, SignalHeld, Pending) = (new byte[links], new bool[signals], new int[trips]);
        AskedAt = new int[links];
        Array.Fill(AskedAt, int.MinValue);
    }

    /// <param name="to">Takes the copy.</param>
    /// <param name="laneFirst">Where the vehicles of each lane begin. Only those of lanes that have any are copied: a large network is mostly empty.</param>
    public void CopyTo(TrafficState to, int[] laneFirst)
    {
        (to.Time, to.TimeLost, to.High, to.FreeCount, to.Running) = (Time, TimeLost, High, FreeCount, Running);
        (to.NextTrip, to.PendingCount, to.LogLength, to.Departed, to.Arrived) = (NextTrip, PendingCount, LogLength, Departed, Arrived);
        Copy(Free, to.Free, FreeCount);
        Copy(Vehicles, to.Vehicles, High);
        Copy(RouteOf, to.RouteOf, RouteOf.Length);
        Copy(EdgeSpeed, to.EdgeSpeed, EdgeSpeed.Length);
        Copy(EdgeNow, to.EdgeNow, EdgeNow.Length);
        Copy(EdgePast, to.EdgePast, EdgePast.Length);
        (to.Span, to.SpanAge) = (Span, SpanAge);
        Copy(LaneCount, to.LaneCount, LaneCount.Length);
        Copy(Active, to.Active, Active.Length);
        for (var word = 0; word < Active.Length; word++)
            for (var bits = Active[word]; bits != 0; bits &= bits - 1)
            {
                var lane = (word << 6) + BitOperations.TrailingZeroCount(bits);
                LaneVehicles.AsSpan(laneFirst[lane], LaneCount[lane]).CopyTo(to.LaneVehicles.AsSpan(laneFirst[lane]));
            }
        Copy(LastLeft, to.LastLeft, LastLeft.Length);
        Copy(LastLeftTrip, to.LastLeftTrip, LastLeftTrip.Length);
        Copy(LastLeftAt, to.LastLeftAt, LastLeftAt.Length);
        Copy(LinkState, to.LinkState, LinkState.Length);
        Copy(AskedAt, to.AskedAt, AskedAt.Length);
        Copy(SignalHeld, to.SignalHeld, SignalHeld.Length);
        Copy(Pending, to.Pending, PendingCount);
    }

    private static void Copy<T>(T[] from, T[] to, int count) where T : unmanaged => from.AsSpan(0, count).CopyTo(to);
}
