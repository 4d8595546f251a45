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
        var count = laneCount[lane];
        var leader = Tail(lane, out var back);
        double inFront = 0;
        for (var k = count - 1; k >= 0; k--)
        {
            var vehicle = laneVehicles[first + k];
            ref readonly var type = ref TypeOf(vehicle);
            Plan(vehicle, lane, leader, back, inFront, type);
            leader = vehicle;
            back = fleet[vehicle].Position - type.Length;
            inFront += type.Length + type.MinGap;
        }
    }

    private void Plan(int v, int lane, int leader, double leaderBack, double inFront, in TypeRow type)
    {
        var speed = fleet[v].Speed;
        var fastest = Math.Min(speed + type.Accel, type.MaxSpeed);
        var slowest = Math.Max(speed - type.Decel, 0);
        var laneMax = Math.Max(LaneMax(v, lane, type), slowest);
        var seen = net.laneLength[lane] - fleet[v].Position;
        var want = Math.Min(fastest, laneMax);
        var behind = double.MaxValue;
        if (leader >= 0)
        {
            var gap = leaderBack - fleet[v].Position - type.MinGap;
            behind = gap < 0 ? 0 : Krauss.IsFree(gap, laneMax, type.HalfPerDecel, type.Tau) ? behind : Krauss.FollowSpeed(speed, gap, fleet[leader].Speed, TypeOf(leader).Decel, type.Decel, type.EmergencyDecel, type.Tau);
            want = Math.Min(want, behind);
        }
        itemCount[v] = 0;
        planned[v] = want;
        var routeAt = fleet[v].RouteAt;
        var last = LastEdge(v);
        if (routeAt == last && !laneInternal[lane]) return;
        var link = NextLink(lane, routeAt);
        // Whoever cannot move asks for no link. Where all yield in a circle, whether one insists is a matter of chance even then.
        if (want <= Standing && link >= 0 && !laneInternal[lane] && s.LinkState[link] != (byte)'=') return;
        // Whoever is far from the end of the lane is bound by nothing that lies beyond it. Others may wait for it, though: then it says whether it comes.
        // On a short street those behind must know whether it will have to wait, however slow it is.
        if (net.laneLength[lane] > ShortStreet && !laneInternal[lane] && seen > fastest + Krauss.BrakeGap(fastest, type.Decel, type.Tau) + StopLineGap + Near && !Concerns(link, seen, want, laneMax, type)) return;
        LookAhead(v, lane, link, seen, want, behind, routeAt, last, type);
        KeepClear(v, lane, inFront, type);
        Register(v);
    }

    private static bool IsRed(byte state) => state is (byte)'r' or (byte)'u' or (byte)'R';

    private static bool IsYellow(byte state) => state is (byte)'y' or (byte)'Y';

    /// <summary>Capital letters go first.</summary>
    private static bool HasPriority(byte state) => state is >= (byte)'A' and <= (byte)'Z';

    /// <summary>Whether somebody may wait at a link for a vehicle that is still far from it.</summary>
    private bool Concerns(int link, double seen, double want, double laneMax, in TypeRow type)
    {
        if (link < 0 || !IsAskedFor(link) || want < Standing || IsRed(s.LinkState[link]) || IsYellow(s.LinkState[link])) return false;
        return Krauss.ArrivalTime(seen, want, Krauss.SpeedAfter(seen, want, type.Accel, laneMax), type.Accel, type.Decel) <= Horizon;
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
        var speed = fleet[v].Speed;
        var fastest = Math.Min(speed + type.Accel, type.MaxSpeed);
        var slowest = Math.Max(speed - type.Decel, 0);
        var laneMax = Math.Max(LaneMax(v, lane, type), slowest);
        var from = lane;
        var brakeGap = Krauss.BrakeGap(speed, type.Decel, 0);
        var pass = Math.Min(Krauss.SpeedAfter(seen, want, type.Accel, laneMax), behind);
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
            var brake = decel == type.Decel ? brakeGap : Krauss.BrakeGap(speed, decel, 0);
            var offset = shut ? StopLineGap : HasPriority(state) ? Math.Min(Visibility(link) - Near, StopLineGap) : 0;
            if (seen >= brake) offset = Math.Min(offset, seen - brake);
            var stop = Math.Max(0, seen - Math.Max(Near, offset));
            var leaving = n == 0 && laneInternal[lane];
            var request = want > Standing && !(slowed && !laneInternal[from]) || leaving;
            var wait = decel == type.Decel && Krauss.IsFree(stop, want, type.HalfPerDecel, 1) ? want : Math.Min(want, Krauss.StopSpeed(stop, decel, 1));
            if (shut && seen >= brake)
            {
                items[at + n++] = new() { Link = link, Pass = want, Wait = wait, Distance = seen };
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
            else if (state == (byte)'=' && fleet[v].Waiting > 1 && NextUnit(v) < (net.linkDirection[link] == (byte)'s' ? 0.25 : 0.75)) request = false; // who always insists stands for ever where all yield in a circle
            if (could && edgeRoundabout[net.laneEdge[net.linkTo[link]]]) slowed = true;
            var following = net.linkNext[link];
            var nextMax = LaneMax(v, following, type);
            ref var item = ref items[at + n++];
            (item.Link, item.Request, item.Stopped, item.Timed) = (link, request, false, false);
            (item.Pass, item.Wait, item.Distance, item.Speed, item.ArrivalSpeed, item.Leave, item.Space) = (want, wait, seen, want, arrivalSpeed, nextMax, 0);
            if (net.linkVia[link] < 0) hadStreet = true;
            if (hadStreet && street > Math.Max(type.Length * 5, type.Length + inside) && (!request || want <= 0 || seen > fastest + Krauss.BrakeGap(fastest, type.Decel, type.Tau))) break;
            from = following;
            laneMax = nextMax;
            if (nextMax < want) want = Math.Min(want, Math.Max(Krauss.FreeSpeed(type.Decel, seen, nextMax), slowest));
            if (laneInternal[from]) inside += net.laneLength[from];
            else
            {
                street += net.laneLength[from];
                routeAt++;
            }
            seen += net.laneLength[from];
            pass = Krauss.SpeedAfter(net.laneLength[from], want, type.Accel, nextMax);
            FollowOnto(v, from, seen, ref item, type, ref want, ref pass);
            link = routeAt == last && !laneInternal[from] ? -1 : NextLink(from, routeAt);
        }
        itemCount[v] = n;
    }

    /// <summary>Slows down for the last vehicle on a lane ahead.</summary>
    private void FollowOnto(int v, int lane, double seen, ref Item item, in TypeRow type, ref double want, ref double pass)
    {
        double back;
        int leader;
        if (laneCount[lane] > 0)
        {
            leader = laneVehicles[laneFirst[lane]];
            back = fleet[leader].Position - TypeOf(leader).Length;
        }
        else leader = Tail(lane, out back);
        if (leader >= 0 && leader != v)
        {
            var gap = back + seen - net.laneLength[lane] - type.MinGap;
            if (Krauss.IsFree(gap, Math.Max(item.Leave, Math.Max(want, pass)), type.HalfPerDecel, type.Tau))
            {
                item.Wait = Math.Min(item.Wait, want);
                return;
            }
            var safe = gap >= 0 ? Krauss.FollowSpeed(fleet[v].Speed, gap, fleet[leader].Speed, TypeOf(leader).Decel, type.Decel, type.EmergencyDecel, type.Tau)
                : Krauss.StopSpeed(seen - net.laneLength[lane] - Near, type.Decel, 1);
            item.Leave = Math.Min(item.Leave, safe);
            want = Math.Min(want, safe);
            pass = Math.Min(pass, safe);
        }
        item.Wait = Math.Min(item.Wait, want);
    }

    private void Register(int v)
    {
        for (var i = v * MostItems; i < v * MostItems + itemCount[v]; i++)
            if (items[i] is { Link: >= 0, Request: true } && rules.Watched[items[i].Link]) AddApproach(items[i].Link, v, i);
    }

    private void AddApproach(int link, int v, int item)
    {
        if (approachCount == approaches.Length) Array.Resize(ref approaches, approachCount * 2);
        ref var approach = ref approaches[approachCount];
        (approach.Vehicle, approach.Item, approach.Timed) = (v, item, false);
        approach.Next = approachStep[link] == step ? approachHead[link] : -1;
        approachStep[link] = step;
        approachHead[link] = approachCount++;
    }

    /// <summary>Works out, at the first question, when the vehicle comes to the link and how fast it is behind it.</summary>
    private void SetTimes(ref Item item, in TypeRow type)
    {
        if (item.Timed) return;
        item.Timed = true;
        item.Arrival = s.Time - 1 + Krauss.ArrivalTime(item.Distance, item.Speed, item.ArrivalSpeed, type.Accel, type.Decel);
        item.Leave = Krauss.SpeedAfter(LinkLength(item.Link), item.ArrivalSpeed, type.Accel, item.Leave);
    }

    /// <summary>The same for a vehicle on its way to a link, as those see it who give way.</summary>
    private ref readonly Approach Timed(int at)
    {
        ref var approach = ref approaches[at];
        if (approach.Timed) return ref approach;
        approach.Timed = true;
        ref readonly var type = ref TypeOf(approach.Vehicle);
        ref var item = ref items[approach.Item];
        SetTimes(ref item, type);
        (approach.Arrival, approach.ArrivalSpeed, approach.LeaveSpeed, approach.Distance, approach.SpeedBraking) = (item.Arrival, item.ArrivalSpeed, item.Leave, item.Distance, 0);
        if (item.Distance < Krauss.BrakeGap(item.Pass, type.Decel, type.Tau))
            approach.SpeedBraking = item.Distance < item.Pass ? item.ArrivalSpeed : Krauss.SpeedAfter(item.Distance, item.Pass, -type.Decel, item.ArrivalSpeed);
        approach.Leave = approach.Arrival + (LinkLength(item.Link) + type.Length) / Math.Max(0.5 * (approach.ArrivalSpeed + approach.LeaveSpeed), 0.001);
        return ref approach;
    }

    private double NextUnit(int v)
    {
        fleet[v].Random += 0x9E3779B97F4A7C15;
        return SeededRandom.UnitOf(SeededRandom.Scramble(fleet[v].Random));
    }
}
