using Dalgu.Traffic.Simulation.Engine;

namespace Dalgu.Traffic.Simulation;

/// <summary>The second half of a step: every vehicle decides its speed, moves, and passes from lane to lane.</summary>
public sealed partial class TrafficSimulation
{
    private void DecideLane(int lane)
    {
        var first = laneFirst[lane];
        for (var k = s.LaneCount[lane] - 1; k >= 0; k--) Decide(s.LaneVehicles[first + k], lane);
    }

    private void Decide(int v, int lane)
    {
        ref readonly var type = ref TypeOf(v);
        var speed = s.Speed[v];
        var fastest = Math.Min(speed + type.Accel, type.MaxSpeed);
        var (safe, least, waits) = itemCount[v] == 0 ? (planned[v], double.MinValue, planned[v] < type.Decel && planned[v] < fastest) : Links(v, lane, fastest, type);
        s.Flags[v] = waits && !edgeRoundabout[net.laneEdge[lane]] ? HasToWait : (byte)0;
        s.Requests[v] = Requests(v);
        var slowest = Math.Min(Math.Max(speed - type.Decel, 0), Math.Max(safe, speed - type.EmergencyDecel));
        var most = Math.Max(slowest, Math.Min(fastest, safe));
        // Krauss' imperfection: nobody accelerates quite as hard as possible; whoever starts is slowed in proportion.
        var dawdled = type.Sigma > 0 ? most - type.Sigma * Math.Min(most, type.Accel) * NextUnit(v) : most;
        var wanted = ForLaneChange(v, slowest, Math.Max(slowest, dawdled), most, type);
        if (wanted > 0) wanted = Math.Max(wanted, least);
        next[v] = wanted < Standing ? 0 : wanted;
    }

    /// <summary>Which of the next eight links the vehicle asks to pass, the nearest in the lowest bit.</summary>
    private byte Requests(int v)
    {
        var bits = 0;
        for (var i = Math.Min(8, itemCount[v]) - 1; i >= 0; i--) bits = bits << 1 | (items[v * MostItems + i] is { Link: >= 0, Request: true } ? 1 : 0);
        return (byte)bits;
    }

    /// <summary>Goes through the links ahead until one is closed.</summary>
    /// <returns>The safe speed, the speed below which a link that was decided on cannot be passed in time, and whether the vehicle waits for a link.</returns>
    private (double Safe, double Least, bool Waits) Links(int v, int lane, double fastest, in TypeRow type)
    {
        double safe = double.MaxValue, least = double.MinValue, leastDistance = 0, zip = double.MaxValue;
        var waits = false;
        var canStopForLeast = false;
        var speed = s.Speed[v];
        var brake = Krauss.BrakeGap(speed, type.Decel, 0);
        for (var i = 0; i < itemCount[v]; i++)
        {
            ref var item = ref items[v * MostItems + i];
            if (item.Link < 0 || !item.Request)
            {
                if (item.Link >= 0 && laneInternal[lane] && laneInternal[net.linkFrom[item.Link]] && net.edgeTo[net.laneEdge[lane]] == net.linkJunction[rules.Entry[item.Link]])
                    s.Entered[v] = s.EnteredConflict[v] = NoTime; // who is stuck inside no longer leads the others
                safe = item.Wait;
                if (item.Link >= 0 && (safe < speed || safe < Krauss.Halting)) waits = true;
                break;
            }
            var state = s.LinkState[item.Link];
            var yellow = IsYellow(state);
            var canBrake = item.Distance > brake || speed < type.Decel;
            if (yellow && canBrake || !yellow && !Opened(v, ref item, canBrake ? Impatience(v, type) : 1, type))
            {
                if (state == (byte)'Z')
                {
                    zip = Math.Min(zip, ZipperSpeed(v, ref item, canBrake ? Impatience(v, type) : 1, type));
                    continue;
                }
                safe = item.Wait;
                waits = true;
                break;
            }
            if (!HasPriority(state) && !WasMajor(item.Link) && !(net.linkWaitsInside[item.Link] && net.linkVia[item.Link] >= 0))
            {
                if (item.Distance > Visibility(item.Link) && (canBrake || !yellow))
                {
                    safe = item.Wait;
                    waits = true;
                    break;
                }
                leastDistance = item.Distance;
                least = Math.Min(item.Distance + Near, item.Pass);
                canStopForLeast = canBrake;
            }
            safe = item.Pass;
            if (safe < type.Decel && safe <= item.Wait && safe < fastest) waits = true;
        }
        if (safe + 0.001 < least)
        {
            if (canStopForLeast && safe < speed)
            {
                safe = Math.Min(safe, Krauss.StopSpeed(leastDistance, type.Decel, 1));
                least = double.MinValue;
                waits = true;
            }
            else least = safe;
        }
        return (Math.Min(safe, zip), least, waits);
    }

    private void MoveLane(int lane)
    {
        var first = laneFirst[lane];
        var length = net.laneLength[lane];
        for (var k = s.LaneCount[lane] - 1; k >= 0; k--)
        {
            var v = s.LaneVehicles[first + k];
            var speed = next[v];
            s.Accel[v] = speed - s.Speed[v];
            s.Speed[v] = speed;
            s.Position[v] += speed;
            s.Odometer[v] += speed;
            s.Advice[v] = double.MaxValue;
            s.LeftSpace[v] = 0;
            s.BlockerLength[v] = 0;
            s.Change[v] &= WantsRight | WantsLeft;
            if (s.Position[v] > length && Leave(v, lane, first + k)) continue;
            Measure(v, s.Lane[v]);
        }
    }

    /// <summary>Passes the end of a lane, and of the lanes behind it where they are shorter than the step. False where the vehicle has to stay.</summary>
    private bool Leave(int v, int lane, int index)
    {
        var left = false;
        var from = lane;
        while (s.Position[v] > net.laneLength[from])
        {
            if (!laneInternal[from] && s.RouteAt[v] == LastEdge(v))
            {
                if (!left) Take(lane, index);
                Arrive(v, from);
                return true;
            }
            var link = NextLink(from, s.RouteAt[v]);
            if (link < 0 || IsRed(s.LinkState[link]) && !laneInternal[from])
            {
                // The model plans stops in time; only a program without yellow lets a vehicle come to this.
                var over = s.Position[v] - net.laneLength[from];
                s.Position[v] = net.laneLength[from];
                s.Odometer[v] -= over;
                s.Speed[v] = 0;
                break;
            }
            if (!left) Take(lane, index);
            left = true;
            s.Position[v] -= net.laneLength[from];
            s.LastLeft[from] = v;
            s.LastLeftTrip[from] = s.Trip[v];
            s.LastLeftAt[from] = s.Odometer[v] - s.Position[v];
            Crossed(v, link);
            s.Requests[v] >>= 1;
            from = net.linkNext[link];
            if (!laneInternal[from]) s.RouteAt[v]++;
        }
        s.Lane[v] = from;
        if (!left) return false;
        Measure(v, from);
        crossing[crossingCount++] = v;
        return true;
    }

    private void Crossed(int v, int link)
    {
        var now = (int)s.Time;
        var inner = laneInternal[net.linkFrom[link]];
        var via = net.linkVia[link] >= 0;
        if (via && !inner) s.Entered[v] = s.EnteredFirst[v] = now;
        if (via && (inner || !net.linkWaitsInside[link])) s.EnteredConflict[v] = now;
        if (!via) s.Entered[v] = s.EnteredConflict[v] = s.EnteredFirst[v] = NoTime;
    }

    private void Take(int lane, int index)
    {
        var end = laneFirst[lane] + --s.LaneCount[lane];
        for (var i = index; i < end; i++) s.LaneVehicles[i] = s.LaneVehicles[i + 1];
        if (s.LaneCount[lane] == 0) s.Active[lane >> 6] &= ~(1ul << lane);
    }

    /// <summary>Puts a vehicle onto its lane behind those that are farther.</summary>
    private void Put(int v, int lane)
    {
        var first = laneFirst[lane];
        var k = 0;
        var count = s.LaneCount[lane];
        while (k < count && s.Position[s.LaneVehicles[first + k]] < s.Position[v]) k++;
        for (var i = count; i > k; i--) s.LaneVehicles[first + i] = s.LaneVehicles[first + i - 1];
        s.LaneVehicles[first + k] = v;
        s.LaneCount[lane] = count + 1;
        s.Active[lane >> 6] |= 1ul << lane;
    }

    private void Enter()
    {
        for (var i = 0; i < crossingCount; i++) Put(crossing[i], s.Lane[crossing[i]]);
    }

    private void Measure(int v, int lane)
    {
        ref readonly var type = ref TypeOf(v);
        var speed = s.Speed[v];
        var most = LaneMax(v, lane, type);
        if (most > 0) s.TimeLoss[v] += (most - speed) / most;
        if (speed <= Krauss.Halting)
        {
            if (s.Waiting[v] == 0) s.WaitingEvents[v]++;
            s.Waiting[v]++;
            s.WaitingTotal[v]++;
        }
        else s.Waiting[v] = 0;
        if (!options.Emissions) return;
        s.Co2[v] += Emissions.Co2(type.Emissions, speed, s.Accel[v]);
        s.Nox[v] += Emissions.Nox(type.Emissions, speed, s.Accel[v]);
    }
}
