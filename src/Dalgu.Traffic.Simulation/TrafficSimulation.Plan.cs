using Dalgu.Traffic.Simulation.Engine;

namespace Dalgu.Traffic.Simulation;

/// <summary>The first half of a step: every vehicle looks ahead, from the state at the end of the last step, and says at which links it will arrive.</summary>
public sealed partial class TrafficSimulation
{
    /// <summary>Metres that a driver keeps from a stop line when the signal will give way in the end.</summary>
    private const double StopLineGap = 1.0;

    private const double Near = 0.1;

    /// <summary>Metres a second up to which nobody counts as moving.</summary>
    private const double Standing = 1e-4;

    /// <summary>Metres of street on which the queue of one junction may reach back into another one soon.</summary>
    private const double ShortStreet = 200;

    /// <summary>Vehicles farther than this many seconds from a link concern nobody who waits there.</summary>
    private const double Horizon = 20;

    private void PlanLane(int lane)
    {
        var first = laneFirst[lane];
        var count = s.LaneCount[lane];
        var leader = Tail(lane, out var back);
        double inFront = 0;
        for (var k = count - 1; k >= 0; k--)
        {
            var vehicle = s.LaneVehicles[first + k];
            ref readonly var type = ref TypeOf(vehicle);
            Plan(vehicle, lane, leader, back, inFront, type);
            leader = vehicle;
            back = s.Position[vehicle] - type.Length;
            inFront += type.Length + type.MinGap;
        }
    }

    private void Plan(int v, int lane, int leader, double leaderBack, double inFront, in TypeRow type)
    {
        var speed = s.Speed[v];
        var fastest = Math.Min(speed + type.Accel, type.MaxSpeed);
        var slowest = Math.Max(speed - type.Decel, 0);
        var laneMax = Math.Max(LaneMax(v, lane, type), slowest);
        var seen = net.laneLength[lane] - s.Position[v];
        var want = Math.Min(fastest, laneMax);
        var behind = double.MaxValue;
        if (leader >= 0)
        {
            var gap = leaderBack - s.Position[v] - type.MinGap;
            behind = gap < 0 ? 0 : Krauss.FollowSpeed(speed, gap, s.Speed[leader], TypeOf(leader).Decel, type.Decel, type.EmergencyDecel, type.Tau);
            want = Math.Min(want, behind);
        }
        itemCount[v] = 0;
        planned[v] = want;
        var routeAt = s.RouteAt[v];
        var last = LastEdge(v);
        if (routeAt == last && !laneInternal[lane]) return;
        var link = NextLink(lane, routeAt);
        // Whoever cannot move asks for no link. Where all yield in a circle, whether one insists is a matter of chance even then.
        if (want <= Standing && link >= 0 && !laneInternal[lane] && s.LinkState[link] != (byte)'=') return;
        // Whoever is far from the end of the lane is bound by nothing that lies beyond it. Others may wait for it, though: then it says whether it comes.
        // On a short street those behind must know whether it will have to wait, however slow it is.
        var far = fastest + Krauss.BrakeGap(fastest, type.Decel, type.Tau) + StopLineGap + Near;
        if (seen > far && net.laneLength[lane] > ShortStreet && !laneInternal[lane] && !Concerns(link, seen, want, laneMax, type)) return;
        LookAhead(v, lane, link, seen, want, behind, routeAt, last, type);
        KeepClear(v, lane, inFront, type);
        Register(v, type);
    }

    private static bool IsRed(byte state) => state is (byte)'r' or (byte)'u' or (byte)'R';

    private static bool IsYellow(byte state) => state is (byte)'y' or (byte)'Y';

    /// <summary>Capital letters go first.</summary>
    private static bool HasPriority(byte state) => state is >= (byte)'A' and <= (byte)'Z';

    /// <summary>Whether somebody may wait at a link for a vehicle that is still far from it.</summary>
    private bool Concerns(int link, double seen, double want, double laneMax, in TypeRow type)
    {
        if (link < 0 || !IsAskedFor(link) || want < Standing || IsRed(s.LinkState[link]) || IsYellow(s.LinkState[link])) return false;
        return Krauss.ArrivalTime(seen, want, Math.Min(Krauss.SpeedAfter(seen, want, type.Accel), laneMax), type.Accel, type.Decel) <= Horizon;
    }

    /// <summary>Whether somebody asked lately for a link that gives way to this one. Who asks first may overlook those who are far: they can still stop.</summary>
    private bool IsAskedFor(int link)
    {
        var end = rules.WaiterFirst[link] + rules.WaiterCount[link];
        for (var row = rules.WaiterFirst[link]; row < end; row++)
            if (s.AskedAt[rules.Waiter[row]] >= s.Time - 1) return true;
        return false;
    }

    private double LinkLength(int link) => net.linkVia[link] >= 0 ? net.laneLength[net.linkVia[link]] : 0;

    private double Visibility(int link) => net.linkVisibility[link] >= 0 ? net.linkVisibility[link] : s.LinkState[link] == (byte)'Z' ? 100 : 4.5;

    private double MinorArrivalSpeed(int link, in TypeRow type) =>
        Krauss.SpeedAfter(Visibility(link), Krauss.StopSpeed(Visibility(link), type.Decel, 0), type.Accel);

    /// <summary>Whether the link leads on from a place inside the junction that was reached by right.</summary>
    private bool WasMajor(int link) => rules.Entry[link] != link && rules.Inside[link] && (HasPriority(s.LinkState[rules.Entry[link]]) || IsYellow(s.LinkState[rules.Entry[link]]));

    private void LookAhead(int v, int lane, int link, double seen, double want, double behind, int routeAt, int last, in TypeRow type)
    {
        var speed = s.Speed[v];
        var fastest = Math.Min(speed + type.Accel, type.MaxSpeed);
        var slowest = Math.Max(speed - type.Decel, 0);
        var laneMax = Math.Max(LaneMax(v, lane, type), slowest);
        var from = lane;
        var far = fastest + Krauss.BrakeGap(fastest, type.Decel, type.Tau);
        var pass = Math.Min(Math.Min(Krauss.SpeedAfter(seen, want, type.Accel), laneMax), behind);
        var slowed = false;
        var hadStreet = false;
        double street = 0, inside = laneInternal[lane] ? seen : 0;
        var n = 0;
        var at = v * MostItems;
        while (n < MostItems)
        {
            if (routeAt == last && !laneInternal[from])
            {
                items[at + n++] = new() { Link = -1, Pass = want, Wait = want, Distance = seen, Space = 1000 };
                break;
            }
            if (link < 0)
            {
                want = Math.Min(want, Krauss.StopSpeed(seen - Near, type.Decel, 1));
                if (n > 0) items[at + n - 1].Leave = Math.Min(items[at + n - 1].Leave, want);
                items[at + n++] = new() { Link = -1, Pass = want, Wait = want, Distance = seen };
                break;
            }
            var state = s.LinkState[link];
            var shut = IsRed(state) || IsYellow(state);
            var decel = shut ? Math.Max(Math.Min(3, type.EmergencyDecel), type.Decel) : type.Decel;
            var brake = Krauss.BrakeGap(speed, decel, 0);
            var offset = shut ? StopLineGap : HasPriority(state) ? Math.Min(Visibility(link) - Near, StopLineGap) : 0;
            if (seen >= brake) offset = Math.Min(offset, seen - brake);
            var stop = Math.Max(0, seen - Math.Max(Near, offset));
            var leaving = n == 0 && laneInternal[lane];
            var request = want > Standing && !(slowed && !laneInternal[from]) || leaving;
            var wait = Math.Min(want, Krauss.StopSpeed(stop, decel, 1));
            if (shut && seen >= brake)
            {
                items[at + n++] = new() { Link = link, Pass = want, Wait = wait, Distance = seen, Arrival = s.Time + seen / Math.Max(want, 0.001), ArrivalSpeed = wait };
                break;
            }
            if (laneInternal[from]) LinkLeaders(v, lane, from, link, seen, n == 0 ? -1 : at + n - 1, type, ref want, ref pass, ref wait, ref request);
            if (n > 0) items[at + n - 1].Leave = Math.Min(items[at + n - 1].Leave, laneMax);
            var arrivalSpeed = pass;
            var could = !HasPriority(state) && brake < seen && !WasMajor(link);
            if (could && seen > Visibility(link))
            {
                arrivalSpeed = Math.Min(pass, MinorArrivalSpeed(link, type));
                slowed = true;
            }
            else if (state == (byte)'=' && s.Waiting[v] > 1 && NextUnit(v) < (net.linkDirection[link] == (byte)'s' ? 0.25 : 0.75)) request = false; // who always insists stands for ever where all yield in a circle
            if (could && edgeRoundabout[net.laneEdge[net.linkTo[link]]]) slowed = true;
            var arrival = s.Time - 1 + Krauss.ArrivalTime(seen, want, arrivalSpeed, type.Accel, type.Decel);
            var following = net.linkNext[link];
            var nextMax = LaneMax(v, following, type);
            items[at + n++] = new()
            {
                Link = link, Pass = want, Wait = wait, Request = request, Distance = seen, Arrival = arrival, ArrivalSpeed = arrivalSpeed,
                Leave = Math.Min(nextMax, Krauss.SpeedAfter(LinkLength(link), arrivalSpeed, type.Accel)),
            };
            if (net.linkVia[link] < 0) hadStreet = true;
            if ((!request || want <= 0 || seen > far) && hadStreet && street > Math.Max(type.Length * 5, type.Length + inside)) break;
            from = following;
            laneMax = nextMax;
            want = Math.Min(want, Math.Max(Krauss.FreeSpeed(type.Decel, seen, nextMax), slowest));
            if (laneInternal[from]) inside += net.laneLength[from];
            else
            {
                street += net.laneLength[from];
                routeAt++;
            }
            seen += net.laneLength[from];
            pass = Math.Min(Krauss.SpeedAfter(net.laneLength[from], want, type.Accel), nextMax);
            FollowOnto(v, from, seen, ref items[at + n - 1], type, ref want, ref pass);
            link = routeAt == last && !laneInternal[from] ? -1 : NextLink(from, routeAt);
        }
        itemCount[v] = n;
    }

    /// <summary>Slows down for the last vehicle on a lane ahead.</summary>
    private void FollowOnto(int v, int lane, double seen, ref Item item, in TypeRow type, ref double want, ref double pass)
    {
        double back;
        int leader;
        if (s.LaneCount[lane] > 0)
        {
            leader = s.LaneVehicles[laneFirst[lane]];
            back = s.Position[leader] - TypeOf(leader).Length;
        }
        else leader = Tail(lane, out back);
        if (leader >= 0 && leader != v)
        {
            var gap = back + seen - net.laneLength[lane] - type.MinGap;
            var safe = gap >= 0 ? Krauss.FollowSpeed(s.Speed[v], gap, s.Speed[leader], TypeOf(leader).Decel, type.Decel, type.EmergencyDecel, type.Tau)
                : Krauss.StopSpeed(seen - net.laneLength[lane] - Near, type.Decel, 1);
            item.Leave = Math.Min(item.Leave, safe);
            want = Math.Min(want, safe);
            pass = Math.Min(pass, safe);
        }
        item.Wait = Math.Min(item.Wait, want);
    }

    private void Register(int v, in TypeRow type)
    {
        for (var i = 0; i < itemCount[v]; i++)
        {
            ref var item = ref items[v * MostItems + i];
            if (item.Link < 0 || !item.Request) continue;
            if (!rules.Watched[item.Link]) continue;
            double speedBraking = 0;
            if (item.Distance < Krauss.BrakeGap(item.Pass, type.Decel, type.Tau))
                speedBraking = item.Distance < item.Pass ? item.ArrivalSpeed : Math.Min(item.ArrivalSpeed, Krauss.SpeedAfter(item.Distance, item.Pass, -type.Decel));
            AddApproach(item.Link, new() { Vehicle = v, Arrival = item.Arrival, ArrivalSpeed = item.ArrivalSpeed, LeaveSpeed = item.Leave, SpeedBraking = speedBraking, Distance = item.Distance }, type.Length);
        }
    }

    private void AddApproach(int link, Approach approach, double length)
    {
        if (approachCount == approaches.Length) Array.Resize(ref approaches, approachCount * 2);
        approach.Leave = approach.Arrival + (LinkLength(link) + length) / Math.Max(0.5 * (approach.ArrivalSpeed + approach.LeaveSpeed), 0.001);
        approach.Next = approachStep[link] == step ? approachHead[link] : -1;
        approachStep[link] = step;
        approachHead[link] = approachCount;
        approaches[approachCount++] = approach;
    }

    private double NextUnit(int v)
    {
        s.Random[v] += 0x9E3779B97F4A7C15;
        return SeededRandom.UnitOf(SeededRandom.Scramble(s.Random[v]));
    }
}
