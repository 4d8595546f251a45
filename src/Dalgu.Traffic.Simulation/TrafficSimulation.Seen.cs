using Dalgu.Traffic.Simulation.Engine;
using Dalgu.Traffic.Simulation.Network;

namespace Dalgu.Traffic.Simulation;

/// <summary>Vehicles that somebody sees on the road, put where they are in place of those of a demand: so the engine plays real traffic forward.</summary>
public sealed partial class TrafficSimulation
{
    /// <summary>Takes everybody off the road. Signals show what they showed.</summary>
    /// <param name="time">The second that the next step covers.</param>
    public void Clear(double time)
    {
        (s.Time, s.TimeLost) = (time, 0);
        (s.High, s.FreeCount, s.Running, s.PendingCount, s.LogLength, s.Departed, s.Arrived) = (0, 0, 0, 0, 0, 0, 0);
        Array.Clear(laneCount);
        Array.Clear(s.Active);
        Array.Fill(s.LastLeft, -1);
        Array.Fill(s.AskedAt, int.MinValue);
        lowestLog = 0;
    }

    /// <summary>The number of a way for <see cref="PlaceSeen"/>. One that is new is worked out and kept.</summary>
    /// <param name="edges">Its edges, from first to last.</param>
    /// <param name="who">Who drives there; permissions of lanes look at it.</param>
    public int RouteNumber(ReadOnlySpan<int> edges, VehicleClasses who) => ways.Number(edges, who);

    /// <summary>Puts a vehicle onto the road as it is seen.</summary>
    /// <param name="route">Its way, from <see cref="RouteNumber"/>. It begins with the edge of the lane, or of the lane before the junction that the vehicle is in.</param>
    /// <param name="type">The number of its type in the demand.</param>
    /// <param name="lane">The lane that its front is on, of a street or inside a junction.</param>
    /// <param name="position">Metres from the start of the lane to its front.</param>
    /// <param name="speed">Its speed in m/s.</param>
    /// <param name="waiting">For how many seconds it has stood.</param>
    /// <returns>False where there is no room for one more.</returns>
    public bool PlaceSeen(int route, int type, int lane, double position, double speed, int waiting)
    {
        if (s.High == fleet.Length || laneCount[lane] == laneRoom[lane]) return false;
        var v = s.High++;
        var entered = laneInternal[lane] ? (int)s.Time - 1 : NoTime;
        var random = new SeededRandom(SeededRandom.Mix(seed, SeededRandom.Mix((ulong)v, (ulong)(long)s.Time)));
        fleet[v] = new()
        {
            Trip = v, Type = type, Lane = lane, RouteAt = ways.First[route], RouteEnd = ways.End[route] - 1, Position = Math.Min(position, net.laneLength[lane]), Speed = speed, Waiting = waiting,
            SpeedFactor = (float)Math.Max(1, speed / net.laneSpeed[lane]), Random = random.Next(), Advice = double.MaxValue, Entered = entered, EnteredConflict = entered, EnteredFirst = entered, DepartedAt = s.Time,
        };
        s.Running++;
        Put(v, lane);
        return true;
    }
}
