using Dalgu.Traffic.Simulation.Engine;

namespace Dalgu.Traffic.Simulation;

/// <summary>Why a driver wants to change lanes, and how drivers make room for each other.</summary>
public sealed partial class TrafficSimulation
{
    private const double SpeedGainRight = 2, SpeedGainLeft = 0.2, TurnLaneDistance = 200, KeepRightSeconds = 5, HelpOvertake = 10 / 3.6, FallBehind = 7 / 3.6, Congested = 60 / 3.6, Highway = 70 / 3.6;

    /// <summary>What one side has for a driver: how far both lanes lead on along the route, how many lanes off the best one lies, and the metres that a change takes.</summary>
    private readonly record struct Prospect(double OwnWay, double OtherWay, double Metres, int Best, bool Forced, bool ToBest);

    private Prospect Look(int v, int side, int row, in TypeRow type)
    {
        var right = side < 0;
        var speed = s.Speed[v];
        var best = ways.Offset[row];
        var forced = best != 0;
        if (best == 0 && ways.Offset[row + side] == 0) best = side;
        s.LookAhead[v] = speed > s.LookAhead[v] ? speed : 0.9 * s.LookAhead[v] + 0.1 * speed;
        var metres = s.LookAhead[v] * 10 * (right ? 1 : 2) + (type.Length + type.MinGap) * 2;
        return new(ways.Length[row], ways.Length[row + side], metres, best, forced, right ? best < 0 : best > 0);
    }

    /// <summary>Whether the driver must change now: the way on this lane, less the queue on the best one, ends soon. The queue is counted only where the way alone does not tell.</summary>
    private bool IsUrgent(int v, int lane, in Prospect prospect)
    {
        if (!prospect.ToBest || !prospect.Forced) return false;
        var (way, changes) = (prospect.OwnWay - s.Position[v], Math.Abs(prospect.Best));
        return (way + Rounding) / changes < prospect.Metres || (way - Jam(lane + prospect.Best, s.RouteAt[v], LastEdge(v))) / changes < prospect.Metres;
    }

    /// <summary>Whether who leaves the best lane can come back to it in time. The queues are counted only where the way alone does not tell.</summary>
    private bool HasRoom(int v, int lane, int side, in Prospect prospect, ref double ownJam)
    {
        if (prospect.ToBest) return true;
        var (way, best) = (prospect.OtherWay - s.Position[v], prospect.Best);
        if ((Math.Max(0, way) + Rounding) / (Math.Abs(best) + 2) < prospect.Metres || best == 0 && prospect.OtherWay < TurnLaneDistance && NotLast(v)) return false;
        if (ownJam < 0) ownJam = Jam(lane, s.RouteAt[v], LastEdge(v));
        var room = Math.Max(0, way - Math.Max(ownJam, Jam(lane + side, s.RouteAt[v], LastEdge(v))));
        return !(room / (Math.Abs(best) + 2) < prospect.Metres || best == 0 && room * 2 < prospect.Metres);
    }

    /// <summary>Whether the driver who need not change would like to: to be faster, or to keep right.</summary>
    private bool Wishes(int v, int lane, int side, in Prospect prospect, Neighbour leader, Neighbour ahead, in TypeRow type)
    {
        var right = side < 0;
        var otherWay = prospect.OtherWay;
        var top = LaneMax(v, lane, type);
        var otherTop = LaneMax(v, lane + side, type);
        var starting = ahead.Vehicle >= 0 && s.Accel[ahead.Vehicle] > 0 || leader.Vehicle >= 0 && s.Accel[leader.Vehicle] > 0;
        var here = Math.Min(top, Anticipated(v, leader, prospect.OwnWay, starting, type));
        var there = Math.Min(otherTop, Anticipated(v, ahead, otherWay, starting, type));
        var inconvenience = Math.Min(1, Math.Max(here / Math.Max(there, 0.001) - 1, right ? s.SpeedGain[v] / SpeedGainRight : -s.SpeedGain[v] / SpeedGainLeft));
        if ((s.Change[v] & (right ? BlocksRight : BlocksLeft)) != 0 && inconvenience <= 1 && (prospect.ToBest || otherWay / (Math.Abs(prospect.Best) + 1) > prospect.Metres)) return true;
        var gain = (there - here) / Math.Max(there, 10);
        if (right ? WishRight(v, otherWay, ahead, here, there, gain, top, net.laneSpeed[lane], type) : WishLeft(v, otherWay, here, there, gain)) return true;
        return prospect.ToBest && prospect.Forced && gain >= 0 && (right ? s.SpeedGain[v] < 0 : s.SpeedGain[v] > 0);
    }

    /// <summary>On roads for more than 70 km/h nobody faster than 60 overtakes on the right: a slower vehicle ahead on the left lane is followed.</summary>
    private void StayBehind(int v, int lane, Neighbour ahead, in TypeRow type)
    {
        ref readonly var other = ref TypeOf(ahead.Vehicle);
        var (speed, leaderSpeed) = (s.Speed[v], s.Speed[ahead.Vehicle]);
        if (Math.Max(LaneMax(v, lane, type) - LaneMax(ahead.Vehicle, lane + 1, other), speed - leaderSpeed) <= 0) return;
        var hardest = Math.Max(0, speed - type.Decel);
        var safe = Krauss.FollowSpeed(speed, ahead.Gap, leaderSpeed, other.Decel, type.Decel, type.EmergencyDecel, type.Tau);
        if (safe < hardest) safe = Math.Max(hardest, leaderSpeed - HelpOvertake);
        Advise(v, s.SpeedGain[v] < SpeedGainLeft ? Math.Max(safe, leaderSpeed) : safe, type);
    }

    /// <summary>Whether the lane's way ends at a junction rather than at the trip's end.</summary>
    private bool NotLast(int v) => s.RouteAt[v] < LastEdge(v);

    private double Anticipated(int v, Neighbour leader, double way, bool starting, in TypeRow type)
    {
        var safe = leader.Vehicle < 0 ? Krauss.StopSpeed(way, type.Decel, type.Tau) : Krauss.SafeFollowSpeed(leader.Gap, s.Speed[leader.Vehicle], TypeOf(leader.Vehicle).Decel, type.Decel, type.Tau);
        return starting ? Math.Min(safe, s.Speed[v] + type.Accel) : safe;
    }

    private bool WishRight(int v, double otherWay, Neighbour ahead, double here, double there, double gain, double top, double limit, in TypeRow type)
    {
        if (here - 5 / 3.6 > there)
        {
            if (s.SpeedGain[v] < 0) s.SpeedGain[v] *= 0.5;
        }
        else
        {
            if (s.SpeedGain[v] < 0 || gain > 0) s.SpeedGain[v] -= gain;
            // The duty to keep right, the longer the right lane stays free at full speed.
            var acceptance = 7 * (top / limit) * Math.Max(1, s.Speed[v]);
            var gap = Math.Max(0, otherWay - Krauss.BrakeGap(top, type.Decel, type.Tau));
            var seconds = Math.Min(acceptance, gap / top);
            if (ahead.Vehicle >= 0 && s.Speed[ahead.Vehicle] < top)
            {
                gap = Math.Max(0, Math.Min(gap, ahead.Gap - Krauss.SecureGap(top, type.Decel, type.Tau, s.Speed[ahead.Vehicle], TypeOf(ahead.Vehicle).Decel)));
                seconds = Math.Min(seconds, gap / (top - s.Speed[ahead.Vehicle]));
            }
            s.KeepRight[v] -= SpeedGainRight * (seconds / acceptance) / KeepRightSeconds;
            if (s.KeepRight[v] < -SpeedGainRight) return true;
        }
        return s.SpeedGain[v] < -SpeedGainRight && otherWay / Math.Max(0.1, s.Speed[v]) > 20;
    }

    private bool WishLeft(int v, double otherWay, double here, double there, double gain)
    {
        if (here > there)
        {
            if (s.SpeedGain[v] > 0) s.SpeedGain[v] *= 0.5;
        }
        else if (here == there)
        {
            if (s.SpeedGain[v] > 0) s.SpeedGain[v] *= 0.8;
        }
        else s.SpeedGain[v] += gain;
        return s.SpeedGain[v] > SpeedGainLeft && gain > 0.001 && otherWay / Math.Max(0.1, s.Speed[v]) > 20;
    }

    /// <summary>An urgent change: keep room at the end of the lane for a vehicle that must come the other way, fall behind the leader beside, ask the follower to let in.</summary>
    private void MakeRoom(int v, int side, int best, double space, Neighbour ahead, Neighbour behind, int firstBlocked, int blocked, in TypeRow type)
    {
        s.LeftSpace[v] = space;
        if (Math.Abs(best) > 1) s.BlockerLength[v] = Math.Max(side < 0 ? 20 : 40, s.BlockerLength[v]);
        var counter = side < 0 ? WantsLeft : WantsRight;
        KeepRoomFor(v, ahead.Vehicle, counter, space, type);
        if (firstBlocked != ahead.Vehicle) KeepRoomFor(v, firstBlocked, counter, space, type);
        var seconds = Math.Max(1, space / Math.Max(s.LookAhead[v], 0.001) / Math.Max(1, Math.Abs(best)) / 2);
        var plan = AfterLeader(v, ahead, space, seconds, (blocked & ByLeader) != 0, type);
        if (plan >= 0) BeforeFollower(v, side, behind, seconds, plan, blocked, type);
    }

    /// <summary>Two that must change past each other: the one who can still stop in time leaves the length of the other at the end of the lane.</summary>
    private void KeepRoomFor(int v, int blocker, byte counter, double space, in TypeRow type)
    {
        if (blocker < 0 || (s.Change[blocker] & counter) == 0) return;
        ref readonly var other = ref TypeOf(blocker);
        if (other.Length + other.MinGap <= space - Krauss.BrakeGap(s.Speed[v], type.Decel, 0)) s.BlockerLength[v] = Math.Max(other.Length + other.MinGap, s.BlockerLength[v]);
        else s.BlockerLength[blocker] = Math.Max(type.Length + type.MinGap, s.BlockerLength[blocker]);
    }

    private double AfterLeader(int v, Neighbour ahead, double space, double seconds, bool blocked, in TypeRow type)
    {
        var speed = s.Speed[v];
        var plan = Math.Min(speed, Krauss.StopSpeed(space - s.BlockerLength[v], type.Decel, 1));
        if (s.Advice[v] < plan) plan = s.Advice[v];
        if (ahead.Vehicle < 0) return plan;
        var leader = ahead.Vehicle;
        var leaderSpeed = s.Speed[leader];
        ref readonly var other = ref TypeOf(leader);
        if (!blocked)
        {
            var nextSpeed = Math.Max(0, leaderSpeed - Math.Max(1, -s.Accel[leader]));
            var target = Math.Max(Math.Max(0, speed - type.Decel), Krauss.FollowSpeed(speed, ahead.Gap + nextSpeed - plan, nextSpeed, other.Decel, type.Decel, type.EmergencyDecel, type.Tau));
            Advise(v, target, type);
            return Math.Min(target, plan);
        }
        var difference = plan - leaderSpeed;
        var overtake = ahead.Gap + type.MinGap + other.Length + type.Length + other.MinGap;
        if (difference > 0 && overtake / difference <= seconds && space - s.BlockerLength[v] >= overtake) return -1; // passes it first
        var follow = Krauss.FollowSpeed(speed, ahead.Gap, leaderSpeed, other.Decel, type.Decel, type.EmergencyDecel, type.Tau);
        if (follow >= speed)
        {
            Advise(v, follow, type);
            return plan;
        }
        var slower = Math.Min(plan, Math.Max(0, speed - Math.Min(type.Decel, Math.Max(FallBehind, (speed - follow) / seconds))));
        Advise(v, slower, type);
        return slower;
    }

    private void BeforeFollower(int v, int side, Neighbour behind, double seconds, double plan, int blocked, in TypeRow type)
    {
        if (behind.Vehicle < 0 || blocked == 0) return;
        var follower = behind.Vehicle;
        ref readonly var other = ref TypeOf(follower);
        var speed = s.Speed[follower];
        double Safe(double closing, in TypeRow own, in TypeRow its) => Krauss.FollowSpeed(speed, behind.Gap + plan - closing, plan, own.Decel, its.Decel, its.EmergencyDecel, its.Tau);
        if ((blocked & ByFollower) == 0)
        {
            Advise(follower, Safe(Safe(0, type, other), type, other), other);
            return;
        }
        var mark = side < 0 ? BlocksRight : BlocksLeft;
        if (plan - speed >= HelpOvertake && (Krauss.SecureGap(speed, other.Decel, other.Tau, plan, type.Decel) - behind.Gap) / seconds < plan - speed)
        {
            Ask(follower, plan - HelpOvertake, mark, other);
            return;
        }
        var slowed = Math.Max(0, speed - other.Decel);
        var difference = plan - slowed;
        var opened = behind.Gap + difference;
        var secure = Krauss.SecureGap(slowed, other.Decel, other.Tau, plan, type.Decel);
        if (opened > 0 && opened >= secure) Ask(follower, Math.Max(slowed, Safe(Math.Max(slowed, Safe(0, type, other)), type, other)), mark, other);
        else if (difference > 0 && difference * seconds > secure - opened + Near) Ask(follower, slowed, mark, other);
        else if (side < 0 && s.Speed[v] > 0 && speed <= s.Speed[v] + HelpOvertake) Ask(follower, Math.Max(slowed, HelpOvertake), mark, other);
        else
        {
            // The follower is too fast: it passes first, and this vehicle slows down a little for it.
            var help = Math.Max(speed, s.Speed[v] + HelpOvertake);
            if (speed > s.Speed[v] && (side < 0 && s.Waiting[v] >= 0 || net.laneLength[s.Lane[v]] > 200))
            {
                help = Math.Max(slowed, s.Speed[v] + HelpOvertake);
                if ((speed - s.Speed[v]) / other.Decel < seconds)
                {
                    Ask(follower, help, mark, other);
                    return;
                }
            }
            Ask(follower, help, mark, other);
            var overtake = Math.Max(0, behind.Gap + other.MinGap + type.Length + other.Length + type.MinGap);
            Advise(v, Math.Max(help - overtake / seconds, s.Speed[v] - type.Decel), type);
        }
    }

    private void Ask(int v, double speed, byte mark, in TypeRow type)
    {
        s.Change[v] |= mark;
        Advise(v, speed, type);
    }

    /// <summary>Notes a speed for the next step; one that would need more than the planned braking is not taken.</summary>
    private void Advise(int v, double speed, in TypeRow type)
    {
        if (speed >= Math.Max(0, s.Speed[v] - type.Decel)) s.Advice[v] = Math.Min(s.Advice[v], speed);
    }

    /// <summary>The speed after what lane changing asks of the driver.</summary>
    private double ForLaneChange(int v, double least, double wanted, double most, in TypeRow type)
    {
        var advised = double.MaxValue;
        if (s.BlockerLength[v] > 0)
        {
            var space = s.LeftSpace[v] - s.BlockerLength[v] - 1 - type.MinGap;
            if (space > 0)
            {
                var hardest = Math.Max(0, s.Speed[v] - type.EmergencyDecel);
                var safe = Krauss.StopSpeed(space, type.Decel, 1);
                most = Math.Min(most, Math.Max(safe, hardest));
                if (safe < wanted)
                {
                    if (safe < least && safe >= hardest) least = Math.Max(hardest, safe);
                    advised = Math.Max(least, safe);
                }
            }
        }
        if (s.Advice[v] >= least && s.Advice[v] <= most) advised = Math.Min(advised, s.Advice[v]);
        if (advised < double.MaxValue) return Math.Min(advised, wanted);
        return (s.Change[v] & IsBlocked) != 0 && (s.Change[v] & (WantsRight | WantsLeft)) != 0 ? (most + wanted) / 2 : wanted;
    }
}
