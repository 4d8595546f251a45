using Dalgu.Traffic.Simulation.Demand;
using Dalgu.Traffic.Simulation.Engine;

namespace Dalgu.Traffic.Simulation;

/// <summary>Brings vehicles onto the road; who finds no room waits outside, in order, at each edge.</summary>
public sealed partial class TrafficSimulation
{
    private void Insert()
    {
        while (s.NextTrip < demand.Count && demand.depart[s.NextTrip] <= s.Time)
        {
            if (router is not null && demand.routed[s.NextTrip]) ChooseRoute(s.NextTrip);
            s.Pending[s.PendingCount++] = s.NextTrip++;
        }
        var kept = 0;
        for (var i = 0; i < s.PendingCount; i++)
        {
            var trip = s.Pending[i];
            if (router is not null && demand.routed[trip] && s.Time - Math.Ceiling(demand.depart[trip]) is > 0 and var waited && waited % ChoosesAgain == 0) ChooseRoute(trip);
            var edge = ways.Edges[ways.First[s.RouteOf[trip]]];
            if (edgeFailed[edge] != step && TryInsert(trip, edge)) continue;
            edgeFailed[edge] = step; // those behind do not overtake
            s.Pending[kept++] = trip;
        }
        s.PendingCount = kept;
    }

    private bool TryInsert(int trip, int edge)
    {
        if (s.FreeCount == 0 && s.High == fleet.Length) return false;
        ref readonly var type = ref types[demand.type[trip]];
        var random = new SeededRandom(SeededRandom.Mix(seed, SeededRandom.Mix((ulong)trip, (ulong)(long)s.Time)));
        var lane = DepartLaneOf(trip, edge, ref random);
        if (lane < 0) return false;
        var factor = FactorOf(trip);
        var most = Math.Min(net.laneLength.Length == 0 ? 0 : net.laneSpeed[lane] * factor, type.MaxSpeed);
        var (speed, exact) = demand.departSpeed[trip] switch
        {
            DepartSpeed.Max or DepartSpeed.Last or DepartSpeed.Average => (most, false),
            DepartSpeed.Desired => (most, true),
            DepartSpeed.SpeedLimit => (net.laneSpeed[lane], true),
            DepartSpeed.Random => (random.NextUnit() * most, false),
            var given => (Math.Min(given, most), true),
        };
        var length = net.laneLength[lane];
        var start = Math.Min(length, type.Length + Near);
        var wanted = demand.departPosition[trip];
        if (float.IsNaN(wanted) || wanted == DepartPosition.Base) return Place(trip, lane, start, speed, exact, type);
        if (wanted == DepartPosition.Random) return Place(trip, lane, random.NextUnit() * length, speed, exact, type);
        if (wanted != DepartPosition.RandomFree && wanted != DepartPosition.Free) return Place(trip, lane, wanted >= 0 ? Math.Min(wanted, length) : Math.Max(0, length + wanted), speed, exact, type);
        for (var i = 0; i < 10 && wanted == DepartPosition.RandomFree; i++)
            if (Place(trip, lane, random.NextUnit() * length, speed, exact, type)) return true;
        return PlaceAnywhere(trip, lane, start, speed, exact, type);
    }

    private int DepartLaneOf(int trip, int edge, ref SeededRandom random)
    {
        var first = net.edgeFirstLane[edge];
        var count = net.edgeLaneCount[edge];
        var wish = demand.departLane[trip];
        var who = demand.types[demand.type[trip]].Class;
        if (wish >= 0) return wish < count && net.laneAllowed[first + wish].Contains(who) ? first + wish : -1;
        var row = ways.Row[ways.First[s.RouteOf[trip]]];
        var best = -1;
        var pick = 0;
        for (var i = 0; i < count; i++)
        {
            if (!net.laneAllowed[first + i].Contains(who)) continue;
            if (best < 0) best = first + i;
            if (wish == (int)DepartLane.First) return best;
            var better = (DepartLane)wish switch
            {
                DepartLane.Random => random.NextUnit() < 1.0 / ++pick,
                DepartLane.Best => Math.Abs(ways.Offset[row + i]) < Math.Abs(ways.Offset[row + best - first]) || Math.Abs(ways.Offset[row + i]) == Math.Abs(ways.Offset[row + best - first]) && Occupied(first + i) < Occupied(best),
                _ => Occupied(first + i) < Occupied(best),
            };
            if (better) best = first + i;
        }
        return best;
    }

    private double FactorOf(int trip)
    {
        var type = demand.types[demand.type[trip]];
        if (type.SpeedDeviation <= 0) return type.SpeedFactor;
        var random = new SeededRandom(SeededRandom.Mix(seed ^ 0x5EED, (ulong)trip));
        for (var i = 0; i < 100; i++)
        {
            var drawn = type.SpeedFactor + type.SpeedDeviation * random.NextNormal();
            if (drawn >= type.LowestSpeedFactor && drawn <= type.HighestSpeedFactor) return drawn;
        }
        return type.SpeedFactor;
    }

    private bool PlaceAnywhere(int trip, int lane, double start, double speed, bool exact, in TypeRow type)
    {
        if (Place(trip, lane, start, speed, exact, type)) return true;
        for (var k = 0; k < laneCount[lane]; k++)
        {
            var behind = laneVehicles[laneFirst[lane] + k];
            ref readonly var other = ref TypeOf(behind);
            var needed = Krauss.SecureGap(fleet[behind].Speed, other.Decel, other.Tau, speed, type.Decel) + other.MinGap;
            var position = fleet[behind].Position + needed + type.Length + Near;
            if (position <= net.laneLength[lane] && Place(trip, lane, position, speed, exact, type)) return true;
        }
        return false;
    }

    private bool Place(int trip, int lane, double position, double speed, bool exact, in TypeRow type)
    {
        var first = laneFirst[lane];
        var count = laneCount[lane];
        if (count == laneRoom[lane]) return false;
        var k = 0;
        while (k < count && fleet[laneVehicles[first + k]].Position < position) k++;
        if (!RoomAhead(trip, lane, position, k, exact, type, ref speed)) return false;
        if (k > 0)
        {
            var behind = laneVehicles[first + k - 1];
            ref readonly var other = ref TypeOf(behind);
            if (position - type.Length - fleet[behind].Position - other.MinGap < Krauss.SecureGap(fleet[behind].Speed, other.Decel, other.Tau, speed, type.Decel)) return false;
        }
        else if (!RoomBehind(lane, position - type.Length, speed, type.Decel, 4)) return false;
        Begin(trip, lane, position, speed);
        return true;
    }

    private bool RoomAhead(int trip, int lane, double position, int k, bool exact, in TypeRow type, ref double speed)
    {
        double back;
        int leader;
        if (k < laneCount[lane])
        {
            leader = laneVehicles[laneFirst[lane] + k];
            back = fleet[leader].Position - TypeOf(leader).Length;
        }
        else leader = Tail(lane, out back);
        var seen = net.laneLength[lane] - position;
        var routeAt = ways.First[s.RouteOf[trip]];
        var safe = double.MaxValue;
        var last = ways.End[s.RouteOf[trip]] - 1;
        // Beyond the end of the lane only as far as the vehicle would need to stop.
        for (var from = lane; leader < 0 && seen < Krauss.BrakeGap(speed, type.Decel, type.Tau) + type.MinGap && (laneInternal[from] || routeAt < last);)
        {
            var link = NextLink(from, routeAt);
            if (link < 0 || IsRed(s.LinkState[link]) || IsYellow(s.LinkState[link]) || !HasPriority(s.LinkState[link]))
            {
                safe = Krauss.StopSpeed(seen - Near, type.Decel, 1);
                break;
            }
            from = net.linkNext[link];
            if (!laneInternal[from]) routeAt++;
            if (laneCount[from] > 0) leader = laneVehicles[laneFirst[from]];
            if (leader >= 0) back = position + seen + fleet[leader].Position - TypeOf(leader).Length;
            seen += net.laneLength[from];
        }
        if (leader >= 0)
        {
            var gap = back - position - type.MinGap;
            if (gap < 0) return false;
            safe = Math.Min(safe, Krauss.SafeFollowSpeed(gap, fleet[leader].Speed, TypeOf(leader).Decel, type.Decel, type.Tau));
        }
        if (speed > safe)
        {
            if (exact) return false;
            speed = safe;
        }
        return true;
    }

    /// <summary>Whether those who come along the lanes before can still keep their distance.</summary>
    private bool RoomBehind(int lane, double back, double speed, double decel, int hops)
    {
        if (hops == 0 || back > 100) return true;
        foreach (var link in net.IncomingLinks(lane))
        {
            var from = net.linkFrom[link];
            var count = laneCount[from];
            if (count == 0)
            {
                if (laneRoom[from] > 0 && !RoomBehind(from, back + net.laneLength[from], speed, decel, hops - 1)) return false;
                continue;
            }
            var behind = laneVehicles[laneFirst[from] + count - 1];
            ref readonly var other = ref TypeOf(behind);
            var gap = back + net.laneLength[from] - fleet[behind].Position - other.MinGap;
            if (gap < Krauss.SecureGap(fleet[behind].Speed, other.Decel, other.Tau, speed, decel)) return false;
        }
        return true;
    }

    private void Begin(int trip, int lane, double position, double speed)
    {
        var v = s.FreeCount > 0 ? s.Free[--s.FreeCount] : s.High++;
        fleet[v].Trip = trip;
        fleet[v].Type = demand.type[trip];
        fleet[v].Lane = lane;
        fleet[v].RouteAt = ways.First[s.RouteOf[trip]];
        fleet[v].RouteEnd = ways.End[s.RouteOf[trip]] - 1;
        (fleet[v].Waiting, fleet[v].WaitingEvents, fleet[v].WaitingTotal, fleet[v].Entered, fleet[v].EnteredConflict, fleet[v].EnteredFirst) = (0, 0, 0, NoTime, NoTime, NoTime);
        (fleet[v].Position, fleet[v].Speed, fleet[v].Accel, fleet[v].Odometer, fleet[v].Advice, fleet[v].LeftSpace, fleet[v].BlockerLength) = (position, speed, 0, 0, double.MaxValue, 0, 0);
        (fleet[v].SpeedGain, fleet[v].KeepRight, fleet[v].LookAhead, fleet[v].TimeLoss, fleet[v].Co2, fleet[v].Nox) = (0, 0, 0, 0, 0, 0);
        fleet[v].SpeedFactor = (float)FactorOf(trip);
        fleet[v].Random = SeededRandom.Mix(seed, (ulong)trip);
        (fleet[v].Change, fleet[v].Flags, fleet[v].Requests) = (0, 0, 0);
        fleet[v].DepartedAt = s.Time;
        fleet[v].DepartLane = lane;
        fleet[v].DepartPosition = position;
        s.Running++;
        s.Departed++;
        Put(v, lane);
    }

    private void Arrive(int v, int lane)
    {
        // The last step ends at the end of the lane.
        var over = fleet[v].Position - net.laneLength[lane];
        fleet[v].Odometer -= over;
        Measure(v, lane);
        log[s.LogLength++] = Record(v, s.Time);
        fleet[v].Trip = -1;
        s.Free[s.FreeCount++] = v;
        s.Running--;
        s.Arrived++;
    }
}
