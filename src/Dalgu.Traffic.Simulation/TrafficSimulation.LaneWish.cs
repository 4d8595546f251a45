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
        var speed = fleet[v].Speed;
        var best = ways.Offset[row];
        var forced = best != 0;
        if (best == 0 && ways.Offset[row + side] == 0) best = side;
        fleet[v].LookAhead = speed > fleet[v].LookAhead ? speed : 0.9 * fleet[v].LookAhead + 0.1 * speed;
        var metres = fleet[v].LookAhead * 10 * (right ? 1 : 2) + (type.Length + type.MinGap) * 2;
        return new(ways.Length[row], ways.Length[row + side], metres, best, forced, right ? best < 0 : best > 0);
    }

    /// <summary>Whether the driver must change now: the way on this lane, less the queue on the best one, ends soon. The queue is counted only where the way alone does not tell.</summary>
    private bool IsUrgent(int v, int lane, in Prospect prospect)
    {
        if (!prospect.ToBest || !prospect.Forced) return false;
        var (way, changes) = (prospect.OwnWay - fleet[v].Position, Math.Abs(prospect.Best));
        return (way + Rounding) / changes < prospect.Metres || (way - Jam(lane + prospect.Best, fleet[v].RouteAt, LastEdge(v))) / changes < prospect.Metres;
    }

    /// <summary>Whether who leaves the best lane can come back to it in time. The queues are counted only where the way alone does not tell.</summary>
    private bool HasRoom(int v, int lane, int side, in Prospect prospect, ref double ownJam)
    {
        if (prospect.ToBest) return true;
        var (way, best) = (prospect.OtherWay - fleet[v].Position, prospect.Best);
        if ((Math.Max(0, way) + Rounding) / (Math.Abs(best) + 2) < prospect.Metres || best == 0 && prospect.OtherWay < TurnLaneDistance && NotLast(v)) return false;
        if (ownJam < 0) ownJam = Jam(lane, fleet[v].RouteAt, LastEdge(v));
        var room = Math.Max(0, way - Math.Max(ownJam, Jam(lane + side, fleet[v].RouteAt, LastEdge(v))));
        return !(room / (Math.Abs(best) + 2) < prospect.Metres || best == 0 && room * 2 < prospect.Metres);
    }

    /// <summary>Whether the driver who need not change would like to: to be faster, or to keep right.</summary>
    private bool Wishes(int v, int lane, int side, in Prospect prospect, Neighbour leader, Neighbour ahead, in TypeRow type)
    {
        var right = side < 0;
        var otherWay = prospect.OtherWay;
        var top = LaneMax(v, lane, type);
        var otherTop = LaneMax(v, lane + side, type);
        var starting = ahead.Vehicle >= 0 && fleet[ahead.Vehicle].Accel > 0 || leader.Vehicle >= 0 && fleet[leader.Vehicle].Accel > 0;
        var here = Math.Min(top, Anticipated(v, leader, prospect.OwnWay, starting, type));
        var there = Math.Min(otherTop, Anticipated(v, ahead, otherWay, starting, type));
        var inconvenience = Math.Min(1, Math.Max(here / Math.Max(there, 0.001) - 1, right ? fleet[v].SpeedGain / SpeedGainRight : -fleet[v].SpeedGain / SpeedGainLeft));
        if ((fleet[v].Change & (right ? BlocksRight : BlocksLeft)) != 0 && inconvenience <= 1 && (prospect.ToBest || otherWay / (Math.Abs(prospect.Best) + 1) > prospect.Metres)) return true;
        var gain = (there - here) / Math.Max(there, 10);
        if (right ? WishRight(v, otherWay, ahead, here, there, gain, top, net.laneSpeed[lane], type) : WishLeft(v, otherWay, here, there, gain)) return true;
        return prospect.ToBest && prospect.Forced && gain >= 0 && (right ? fleet[v].SpeedGain < 0 : fleet[v].SpeedGain > 0);
    }

    /// <summary>On roads for more than 70 km/h nobody faster than 60 overtakes on the right: a slower vehicle ahead on the left lane is followed.</summary>
    private void StayBehind(int v, int lane, Neighbour ahead, in TypeRow type)
    {
        ref readonly var other = ref TypeOf(ahead.Vehicle);
        var (speed, leaderSpeed) = (fleet[v].Speed, fleet[ahead.Vehicle].Speed);
        if (Math.Max(LaneMax(v, lane, type) - LaneMax(ahead.Vehicle, lane + 1, other), speed - leaderSpeed) <= 0) return;
        var hardest = Math.Max(0, speed - type.Decel);
        var safe = Krauss.FollowSpeed(speed, ahead.Gap, leaderSpeed, other.Decel, type.Decel, type.EmergencyDecel, type.Tau);
        if (safe < hardest) safe = Math.Max(hardest, leaderSpeed - HelpOvertake);
        Advise(v, fleet[v].SpeedGain < SpeedGainLeft ? Math.Max(safe, leaderSpeed) : safe, type);
    }

    /// <summary>Whether the lane's way ends at a junction rather than at the trip's end.</summary>
    private bool NotLast(int v) => fleet[v].RouteAt < LastEdge(v);

    private double Anticipated(int v, Neighbour leader, double way, bool starting, in TypeRow type)
    {
        var safe = leader.Vehicle < 0 ? Krauss.StopSpeed(way, type.Decel, type.Tau) : Krauss.SafeFollowSpeed(leader.Gap, fleet[leader.Vehicle].Speed, TypeOf(leader.Vehicle).Decel, type.Decel, type.Tau);
        return starting ? Math.Min(safe, fleet[v].Speed + type.Accel) : safe;
    }

    private bool WishRight(int v, double otherWay, Neighbour ahead, double here, double there, double gain, double top, double limit, in TypeRow type)
    {
        if (here - 5 / 3.6 > there)
        {
            if (fleet[v].SpeedGain < 0) fleet[v].SpeedGain *= 0.5;
        }
        else
        {
            if (fleet[v].SpeedGain < 0 || gain > 0) fleet[v].SpeedGain -= gain;
            // The duty to keep right, the longer the right lane stays free at full speed.
            var acceptance = 7 * (top / limit) * Math.Max(1, fleet[v].Speed);
            var gap = Math.Max(0, otherWay - Krauss.BrakeGap(top, type.Decel, type.Tau));
            var seconds = Math.Min(acceptance, gap / top);
            if (ahead.Vehicle >= 0 && fleet[ahead.Vehicle].Speed < top)
            {
                gap = Math.Max(0, Math.Min(gap, ahead.Gap - Krauss.SecureGap(top, type.Decel, type.Tau, fleet[ahead.Vehicle].Speed, TypeOf(ahead.Vehicle).Decel)));
                seconds = Math.Min(seconds, gap / (top - fleet[ahead.Vehicle].Speed));
            }
            fleet[v].KeepRight -= SpeedGainRight * (seconds / acceptance) / KeepRightSeconds;
            if (fleet[v].KeepRight < -SpeedGainRight) return true;
        }
        return fleet[v].SpeedGain < -SpeedGainRight && otherWay / Math.Max(0.1, fleet[v].Speed) > 20;
    }

    private bool WishLeft(int v, double otherWay, double here, double there, double gain)
    {
        if (here > there)
        {
            if (fleet[v].SpeedGain > 0) fleet[v].SpeedGain *= 0.5;
        }
        else if (here == there)
        {
            if (fleet[v].SpeedGain > 0) fleet[v].SpeedGain *= 0.8;
        }
        else fleet[v].SpeedGain += gain;
        return fleet[v].SpeedGain > SpeedGainLeft && gain > 0.001 && otherWay / Math.Max(0.1, fleet[v].Speed) > 20;
    }

    /// <summary>An urgent change: keep room at the end of the lane for a vehicle that must come the other way, fall behind the leader beside, ask the follower to let in.</summary>
    private void MakeRoom(int v, int side, int best, double space, Neighbour ahead, Neighbour behind, int firstBlocked, int blocked, in TypeRow type)
    {
        fleet[v].LeftSpace = space;
        if (Math.Abs(best) > 1) fleet[v].BlockerLength = Math.Max(side < 0 ? 20 : 40, fleet[v].BlockerLength);
        var counter = side < 0 ? WantsLeft : WantsRight;
        KeepRoomFor(v, ahead.Vehicle, counter, space, type);
        if (firstBlocked != ahead.Vehicle) KeepRoomFor(v, firstBlocked, counter, space, type);
        var seconds = Math.Max(1, space / Math.Max(fleet[v].LookAhead, 0.001) / Math.Max(1, Math.Abs(best)) / 2);
        var plan = AfterLeader(v, ahead, space, seconds, (blocked & ByLeader) != 0, type);
        if (plan >= 0) BeforeFollower(v, side, behind, seconds, plan, blocked, type);
    }

    /// <summary>Two that must change past each other: the one who can still stop in time leaves the length of the other at the end of the lane.</summary>
    private void KeepRoomFor(int v, int blocker, byte counter, double space, in TypeRow type)
    {
        if (blocker < 0 || (fleet[blocker].Change & counter) == 0) return;
        ref readonly var other = ref TypeOf(blocker);
        if (other.Length + other.MinGap <= space - Krauss.BrakeGap(fleet[v].Speed, type.Decel, 0)) fleet[v].BlockerLength = Math.Max(other.Length + other.MinGap, fleet[v].BlockerLength);
        else fleet[blocker].BlockerLength = Math.Max(type.Length + type.MinGap, fleet[blocker].BlockerLength);
    }

    private double AfterLeader(int v, Neighbour ahead, double space, double seconds, bool blocked, in TypeRow type)
    {
        var speed = fleet[v].Speed;
        var plan = Math.Min(speed, Krauss.StopSpeed(space - fleet[v].BlockerLength, type.Decel, 1));
        if (fleet[v].Advice < plan) plan = fleet[v].Advice;
        if (ahead.Vehicle < 0) return plan;
        var leader = ahead.Vehicle;
        var leaderSpeed = fleet[leader].Speed;
        ref readonly var other = ref TypeOf(leader);
        if (!blocked)
        {
            var nextSpeed = Math.Max(0, leaderSpeed - Math.Max(1, -fleet[leader].Accel));
            var target = Math.Max(Math.Max(0, speed - type.Decel), Krauss.FollowSpeed(speed, ahead.Gap + nextSpeed - plan, nextSpeed, other.Decel, type.Decel, type.EmergencyDecel, type.Tau));
            Advise(v, target, type);
            return Math.Min(target, plan);
        }
        var difference = plan - leaderSpeed;
        var overtake = ahead.Gap + type.MinGap + other.Length + type.Length + other.MinGap;
        if (difference > 0 && overtake / difference <= seconds && space - fleet[v].BlockerLength >= overtake) return -1; // passes it first
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
        var speed = fleet[follower].Speed;
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
        else if (side < 0 && fleet[v].Speed > 0 && speed <= fleet[v].Speed + HelpOvertake) Ask(follower, Math.Max(slowed, HelpOvertake), mark, other);
        else
        {
            // The follower is too fast: it passes first, and this vehicle slows down a little for it.
            var help = Math.Max(speed, fleet[v].Speed + HelpOvertake);
            if (speed > fleet[v].Speed && (side < 0 && fleet[v].Waiting >= 0 || net.laneLength[fleet[v].Lane] > 200))
            {
                help = Math.Max(slowed, fleet[v].Speed + HelpOvertake);
                if ((speed - fleet[v].Speed) / other.Decel < seconds)
                {
                    Ask(follower, help, mark, other);
                    return;
                }
            }
            Ask(follower, help, mark, other);
            var overtake = Math.Max(0, behind.Gap + other.MinGap + type.Length + other.Length + type.MinGap);
            Advise(v, Math.Max(help - overtake / seconds, fleet[v].Speed - type.Decel), type);
        }
    }

    private void Ask(int v, double speed, byte mark, in TypeRow type)
    {
        fleet[v].Change |= mark;
        Advise(v, speed, type);
    }

    /// <summary>Notes a speed for the next step; one that would need more than the planned braking is not taken.</summary>
    private void Advise(int v, double speed, in TypeRow type)
    {
        if (speed >= Math.Max(0, fleet[v].Speed - type.Decel)) fleet[v].Advice = Math.Min(fleet[v].Advice, speed);
    }

    /// <summary>The speed after what lane changing asks of the driver.</summary>
    private double ForLaneChange(int v, double least, double wanted, double most, in TypeRow type)
    {
        var advised = double.MaxValue;
        if (fleet[v].BlockerLength > 0)
        {
            var space = fleet[v].LeftSpace - fleet[v].BlockerLength - 1 - type.MinGap;
            if (space > 0)
            {
                var hardest = Math.Max(0, fleet[v].Speed - type.EmergencyDecel);
                var safe = Krauss.StopSpeed(space, type.Decel, 1);
                most = Math.Min(most, Math.Max(safe, hardest));
                if (safe < wanted)
                {
                    if (safe < least && safe >= hardest) least = Math.Max(hardest, safe);
                    advised = Math.Max(least, safe);
                }
            }
        }
        if (fleet[v].Advice >= least && fleet[v].Advice <= most) advised = Math.Min(advised, fleet[v].Advice);
        if (advised < double.MaxValue) return Math.Min(advised, wanted);
        return (fleet[v].Change & IsBlocked) != 0 && (fleet[v].Change & (WantsRight | WantsLeft)) != 0 ? (most + wanted) / 2 : wanted;
    }
}
