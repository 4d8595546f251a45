using Dalgu.Traffic.Simulation.Engine;

namespace Dalgu.Traffic.Simulation;

/// <summary>The second half of a step: every vehicle decides its speed, moves, and passes from lane to lane.</summary>
public sealed partial class TrafficSimulation
{
    private void DecideLane(int lane)
    {
        var first = laneFirst[lane];
        for (var k = laneCount[lane] - 1; k >= 0; k--) Decide(laneVehicles[first + k], lane);
    }

    private void Decide(int v, int lane)
    {
        ref readonly var type = ref TypeOf(v);
        var speed = fleet[v].Speed;
        var fastest = Math.Min(speed + type.Accel, type.MaxSpeed);
        var (safe, least, waits) = itemCount[v] == 0 ? (planned[v], double.MinValue, planned[v] < type.Decel && planned[v] < fastest) : Links(v, lane, fastest, type);
        fleet[v].Flags = waits && !edgeRoundabout[net.laneEdge[lane]] ? HasToWait : (byte)0;
        fleet[v].Requests = Requests(v);
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
        var speed = fleet[v].Speed;
        var brake = Krauss.BrakeGap(speed, type.Decel, 0);
        for (var i = 0; i < itemCount[v]; i++)
        {
            ref var item = ref items[v * MostItems + i];
            if (item.Link < 0 || !item.Request)
            {
                if (item.Link >= 0 && laneInternal[lane] && laneInternal[net.linkFrom[item.Link]] && net.edgeTo[net.laneEdge[lane]] == net.linkJunction[rules.Entry[item.Link]])
                    fleet[v].Entered = fleet[v].EnteredConflict = NoTime; // who is stuck inside no longer leads the others
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
        for (var k = laneCount[lane] - 1; k >= 0; k--)
        {
            var v = laneVehicles[first + k];
            var speed = next[v];
            fleet[v].Accel = speed - fleet[v].Speed;
            fleet[v].Speed = speed;
            fleet[v].Position += speed;
            fleet[v].Odometer += speed;
            fleet[v].Advice = double.MaxValue;
            fleet[v].LeftSpace = 0;
            fleet[v].BlockerLength = 0;
            fleet[v].Change &= WantsRight | WantsLeft;
            if (fleet[v].Position > length && Leave(v, lane, first + k)) continue;
            Measure(v, fleet[v].Lane);
        }
    }

    /// <summary>Passes the end of a lane, and of the lanes behind it where they are shorter than the step. False where the vehicle has to stay.</summary>
    private bool Leave(int v, int lane, int index)
    {
        var left = false;
        var from = lane;
        while (fleet[v].Position > net.laneLength[from])
        {
            if (!laneInternal[from] && fleet[v].RouteAt == LastEdge(v))
            {
                if (!left) Take(lane, index);
                Arrive(v, from);
                return true;
            }
            var link = NextLink(from, fleet[v].RouteAt);
            if (link < 0 || IsRed(s.LinkState[link]) && !laneInternal[from])
            {
                // The model plans stops in time; only a program without yellow lets a vehicle come to this.
                var over = fleet[v].Position - net.laneLength[from];
                fleet[v].Position = net.laneLength[from];
                fleet[v].Odometer -= over;
                fleet[v].Speed = 0;
                break;
            }
            if (!left) Take(lane, index);
            left = true;
            fleet[v].Position -= net.laneLength[from];
            s.LastLeft[from] = v;
            s.LastLeftTrip[from] = fleet[v].Trip;
            s.LastLeftAt[from] = fleet[v].Odometer - fleet[v].Position;
            Crossed(v, link);
            fleet[v].Requests >>= 1;
            from = net.linkNext[link];
            if (!laneInternal[from]) fleet[v].RouteAt++;
        }
        fleet[v].Lane = from;
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
        if (via && !inner) fleet[v].Entered = fleet[v].EnteredFirst = now;
        if (via && (inner || !net.linkWaitsInside[link])) fleet[v].EnteredConflict = now;
        if (!via) fleet[v].Entered = fleet[v].EnteredConflict = fleet[v].EnteredFirst = NoTime;
    }

    private void Take(int lane, int index)
    {
        var end = laneFirst[lane] + --laneCount[lane];
        for (var i = index; i < end; i++) laneVehicles[i] = laneVehicles[i + 1];
        if (laneCount[lane] == 0) s.Active[lane >> 6] &= ~(1ul << lane);
    }

    /// <summary>Puts a vehicle onto its lane behind those that are farther.</summary>
    private void Put(int v, int lane)
    {
        var first = laneFirst[lane];
        var k = 0;
        var count = laneCount[lane];
        while (k < count && fleet[laneVehicles[first + k]].Position < fleet[v].Position) k++;
        for (var i = count; i > k; i--) laneVehicles[first + i] = laneVehicles[first + i - 1];
        laneVehicles[first + k] = v;
        laneCount[lane] = count + 1;
        s.Active[lane >> 6] |= 1ul << lane;
    }

    private void Enter()
    {
        for (var i = 0; i < crossingCount; i++) Put(crossing[i], fleet[crossing[i]].Lane);
    }

    private void Measure(int v, int lane)
    {
        ref readonly var type = ref TypeOf(v);
        var speed = fleet[v].Speed;
        var most = LaneMax(v, lane, type);
        if (most > 0)
        {
            var lost = (most - speed) / most;
            fleet[v].TimeLoss += lost;
            s.TimeLost += lost;
        }
        if (speed <= Krauss.Halting)
        {
            if (fleet[v].Waiting == 0) fleet[v].WaitingEvents++;
            fleet[v].Waiting++;
            fleet[v].WaitingTotal++;
        }
        else fleet[v].Waiting = 0;
        if (!options.Emissions) return;
        fleet[v].Co2 += Emissions.Co2(type.Emissions, speed, fleet[v].Accel);
        fleet[v].Nox += Emissions.Nox(type.Emissions, speed, fleet[v].Accel);
    }
}
