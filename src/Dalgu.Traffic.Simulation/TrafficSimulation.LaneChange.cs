using Dalgu.Traffic.Simulation.Engine;

namespace Dalgu.Traffic.Simulation;

/// <summary>Changes of lane, after all have moved: from the foremost vehicle of an edge to the last, each looks right, then left.</summary>
/// <remarks>The motives and their weights are those of J. Erdmann, "Lane-changing model in SUMO", SUMO 2014 (LC2013), with its default parameters.</remarks>
public sealed partial class TrafficSimulation
{
    /// <summary>A vehicle beside, ahead or behind, and the gap to it; no vehicle is -1.</summary>
    private readonly record struct Neighbour(int Vehicle, double Gap)
    {
        public static readonly Neighbour None = new(-1, double.MaxValue);
    }

    /// <summary>How far ahead or behind a lane's end neighbours are looked for, in metres.</summary>
    private const double NeighbourRange = 60;

    private void ChangeLanes()
    {
        Span<int> unseen = stackalloc int[16];
        Span<int> firstBlocked = stackalloc int[16];
        Span<int> lastBlocked = stackalloc int[16];
        foreach (var edge in changingEdges)
        {
            var first = net.edgeFirstLane[edge];
            var lanes = Math.Min(16, net.edgeLaneCount[edge]);
            var left = 0;
            for (var i = 0; i < lanes; i++) left += unseen[i] = laneCount[first + i];
            if (left == 0) continue;
            for (var i = 0; i < lanes; i++)
            {
                firstBlocked[i] = lastBlocked[i] = -1;
            }
            for (; left > 0; left--)
            {
                var foremost = -1;
                double farthest = -1;
                for (var i = 0; i < lanes; i++)
                {
                    if (unseen[i] == 0) continue;
                    var position = fleet[laneVehicles[laneFirst[first + i] + unseen[i] - 1]].Position;
                    if (position <= farthest) continue;
                    farthest = position;
                    foremost = i;
                }
                unseen[foremost]--;
                Consider(first, lanes, foremost, unseen, firstBlocked, lastBlocked);
            }
        }
    }

    /// <summary>The metres of vehicles on a lane when the changes of this step began, with those who have changed since.</summary>
    private double OccupiedNow(int lane)
    {
        if (occupiedStep[lane] == step) return occupied[lane];
        occupiedStep[lane] = step;
        return occupied[lane] = Occupied(lane);
    }

    /// <summary>The metres of vehicles on a lane and on those by which it leads on along the route, as far as the route is looked ahead.</summary>
    private double Jam(int lane, int routeAt, int last)
    {
        var sum = OccupiedNow(lane);
        var seen = 0.0;
        for (var hops = 0; hops < RouteLanes.MostEdges && routeAt < last && seen < RouteLanes.MostLength; hops++)
        {
            var link = NextLink(lane, routeAt);
            if (link < 0) break;
            seen += net.laneLength[lane];
            lane = net.linkTo[link];
            sum += OccupiedNow(lane);
            routeAt++;
        }
        return sum;
    }

    private void Consider(int first, int lanes, int own, Span<int> unseen, Span<int> firstBlocked, Span<int> lastBlocked)
    {
        var v = laneVehicles[laneFirst[first + own] + unseen[own]];
        ref readonly var type = ref TypeOf(v);
        var row = ways.Row[fleet[v].RouteAt];
        byte state = 0;
        var jam = -1.0;
        var fast = fleet[v].Speed >= Congested && net.laneSpeed[first + own] > Highway;
        LetIn(v, lastBlocked[own], type);
        if (firstBlocked[own] != lastBlocked[own]) LetIn(v, firstBlocked[own], type);
        for (var side = -1; side <= 1; side += 2)
        {
            var other = own + side;
            if (other < 0 || other >= lanes || laneRoom[first + other] == 0 || !net.laneAllowed[first + other].Contains(type.Class)) continue;
            // Neighbours are looked for only where they can matter: most vehicles are on their lane and stay there.
            var prospect = Look(v, side, row + own, type);
            var urgent = IsUrgent(v, first + own, prospect);
            var room = urgent || HasRoom(v, first + own, side, prospect, ref jam);
            var overtakes = fast && !urgent && side > 0;
            if (!room && !overtakes) continue;
            var ahead = LeaderOn(v, first + other, unseen[other], row + other, type);
            if (overtakes && ahead.Vehicle >= 0) StayBehind(v, first + own, ahead, type);
            if (!room || !urgent && !Wishes(v, first + own, side, prospect, LeaderOn(v, first + own, unseen[own] + 1, row + own, type), ahead, type)) continue;
            var behind = FollowerOn(v, first + other, unseen[other] - 1, type);
            var blocked = IsBlockedBy(v, ahead, behind, type);
            if (urgent) MakeRoom(v, side, prospect.Best, prospect.OwnWay - fleet[v].Position, ahead, behind, firstBlocked[own], blocked, type);
            OccupiedNow(first + own);
            OccupiedNow(first + other);
            if (blocked == 0 && laneCount[first + other] < laneRoom[first + other])
            {
                Change(v, first + own, first + other, unseen[own], unseen[other]);
                occupied[first + own] -= type.Length + type.MinGap;
                occupied[first + other] += type.Length + type.MinGap;
                return;
            }
            if (!urgent) continue;
            var rival = ahead.Gap < 0 ? ahead.Vehicle : behind.Gap < 0 ? behind.Vehicle : -1;
            if (rival >= 0 && Swap(v, rival, first + own, unseen[own], first + other, side)) return;
            state |= (byte)((side < 0 ? WantsRight : WantsLeft) | IsBlocked);
            lastBlocked[other] = v;
            if (firstBlocked[other] < 0) firstBlocked[other] = v;
        }
        fleet[v].Change = (byte)(fleet[v].Change & (BlocksRight | BlocksLeft) | state);
    }

    /// <summary>Whoever is slow leaves room for a vehicle farther ahead that must change onto this lane and cannot.</summary>
    private void LetIn(int v, int blocked, in TypeRow type)
    {
        if (blocked < 0 || fleet[v].Speed >= type.Decel) return;
        ref readonly var other = ref TypeOf(blocked);
        var gap = fleet[blocked].Position - other.Length - fleet[v].Position - type.MinGap;
        if (gap > Near) Advise(v, Krauss.FollowSpeed(fleet[v].Speed, gap - Near, fleet[blocked].Speed, other.Decel, type.Decel, type.EmergencyDecel, type.Tau), type);
    }

    /// <summary>Seconds after which two who stand side by side, each in need of the other's lane, change places; neither could ever move otherwise.</summary>
    private const int Stalemate = 5;

    private bool Swap(int v, int rival, int own, int index, int other, int side)
    {
        var counter = side < 0 ? WantsLeft : WantsRight;
        if ((fleet[rival].Change & counter) == 0 || fleet[v].Waiting < Stalemate || fleet[rival].Waiting < Stalemate || fleet[rival].Lane != other) return false;
        if (Math.Abs(TypeOf(v).Length - TypeOf(rival).Length) > Near) return false;
        var at = s.LaneVehicles.AsSpan(laneFirst[other], laneCount[other]).IndexOf(rival);
        (laneVehicles[laneFirst[own] + index], laneVehicles[laneFirst[other] + at]) = (rival, v);
        (fleet[v].Lane, fleet[rival].Lane) = (other, own);
        (fleet[v].Position, fleet[rival].Position) = (fleet[rival].Position, fleet[v].Position);
        (fleet[v].Change, fleet[rival].Change) = (0, 0);
        return true;
    }

    private void Change(int v, int from, int to, int index, int place)
    {
        Take(from, laneFirst[from] + index);
        var at = laneFirst[to] + place;
        for (var i = laneFirst[to] + laneCount[to]; i > at; i--) laneVehicles[i] = laneVehicles[i - 1];
        laneVehicles[at] = v;
        laneCount[to]++;
        s.Active[to >> 6] |= 1ul << to;
        fleet[v].Lane = to;
        (fleet[v].SpeedGain, fleet[v].KeepRight, fleet[v].LookAhead) = (0, 0, 0);
        (fleet[v].Change, fleet[v].Advice) = (0, double.MaxValue);
    }

    private Neighbour LeaderOn(int v, int lane, int index, int row, in TypeRow type)
    {
        if (index < laneCount[lane])
        {
            var leader = laneVehicles[laneFirst[lane] + index];
            return new(leader, fleet[leader].Position - TypeOf(leader).Length - fleet[v].Position - type.MinGap);
        }
        if (Tail(lane, out var back) is >= 0 and var tail && tail != v) return new(tail, back - fleet[v].Position - type.MinGap);
        var seen = net.laneLength[lane] - fleet[v].Position;
        var link = ways.Link[row];
        for (var routeAt = fleet[v].RouteAt; link >= 0 && seen < NeighbourRange;)
        {
            lane = net.linkNext[link];
            if (laneCount[lane] > 0)
            {
                var leader = laneVehicles[laneFirst[lane]];
                return new(leader, seen + fleet[leader].Position - TypeOf(leader).Length - type.MinGap);
            }
            seen += net.laneLength[lane];
            if (!laneInternal[lane] && ++routeAt == LastEdge(v)) break;
            link = NextLink(lane, routeAt);
        }
        return Neighbour.None;
    }

    private Neighbour FollowerOn(int v, int lane, int index, in TypeRow type)
    {
        var back = fleet[v].Position - type.Length;
        if (index >= 0)
        {
            var follower = laneVehicles[laneFirst[lane] + index];
            return new(follower, back - fleet[follower].Position - TypeOf(follower).MinGap);
        }
        return back > NeighbourRange ? Neighbour.None : FollowerBefore(lane, back, 3);
    }

    private Neighbour FollowerBefore(int lane, double back, int hops)
    {
        var nearest = Neighbour.None;
        foreach (var link in net.IncomingLinks(lane))
        {
            var from = net.linkFrom[link];
            var count = laneCount[from];
            Neighbour found;
            if (count > 0)
            {
                var follower = laneVehicles[laneFirst[from] + count - 1];
                if (!laneInternal[from] && NextLink(from, fleet[follower].RouteAt) != link) continue;
                found = new(follower, back + net.laneLength[from] - fleet[follower].Position - TypeOf(follower).MinGap);
            }
            else if (hops > 1 && back + net.laneLength[from] < NeighbourRange && laneRoom[from] > 0) found = FollowerBefore(from, back + net.laneLength[from], hops - 1);
            else continue;
            if (found.Vehicle >= 0 && found.Gap < nearest.Gap) nearest = found;
        }
        return nearest;
    }

    private const int ByLeader = 1, ByFollower = 2;

    private int IsBlockedBy(int v, Neighbour ahead, Neighbour behind, in TypeRow type)
    {
        var blocked = 0;
        var speed = fleet[v].Speed;
        if (ahead.Vehicle >= 0)
        {
            var leader = ahead.Vehicle;
            if (ahead.Gap < 0 || ahead.Gap < Krauss.SecureGap(speed + Math.Max(0, fleet[v].Accel), type.Decel, type.Tau, Math.Max(0, fleet[leader].Speed + Math.Min(0, fleet[leader].Accel)), TypeOf(leader).Decel)) blocked |= ByLeader;
        }
        if (behind.Vehicle >= 0)
        {
            var follower = behind.Vehicle;
            ref readonly var other = ref TypeOf(follower);
            if (behind.Gap < 0 || behind.Gap < Krauss.SecureGap(fleet[follower].Speed + Math.Max(0, fleet[follower].Accel), other.Decel, other.Tau, Math.Max(0, speed + Math.Min(0, fleet[v].Accel)), type.Decel)) blocked |= ByFollower;
        }
        return blocked;
    }
}
