using Dalgu.Traffic.Simulation.Engine;

namespace Dalgu.Traffic.Simulation;

/// <summary>Merging in turn: nobody stops at the place where two lanes become one; who comes later opens a gap for who comes first.</summary>
/// <remarks>The model is that of SUMO's zipper junctions.</remarks>
public sealed partial class TrafficSimulation
{
    /// <summary>Seconds before the place at which only ordinary braking is used for the gap; nearer, harder braking is.</summary>
    private const double ZipperHorizon = 10;

    /// <summary>The speed that opens a gap in front for all who merge first.</summary>
    private double ZipperSpeed(int v, ref Item item, double impatience, in TypeRow type)
    {
        var safe = item.Pass;
        var speed = fleet[v].Speed;
        if (item.Distance > Math.Max(Visibility(item.Link), Krauss.BrakeGap(speed, type.Decel, 0))) return safe;
        SetTimes(ref item, type);
        var leave = LeaveTime(item, type);
        for (var row = rules.YieldFirst[item.Link]; row < rules.YieldFirst[item.Link] + rules.YieldCount[item.Link]; row++)
        {
            var other = rules.Yield[row];
            if (approachStep[other] != step) continue;
            for (var at = approachHead[other]; at >= 0; at = approaches[at].Next)
            {
                ref readonly var foe = ref Timed(at);
                if (foe.Vehicle == v || !Blocks(foe, (byte)'Z', item.Arrival, leave, item.ArrivalSpeed, item.Leave, true, impatience, type.Decel) || MergesBefore(v, item, foe, type)) continue;
                safe = Math.Min(safe, GapSpeed(v, item.Distance, foe, type));
            }
        }
        return safe;
    }

    /// <summary>Whether a vehicle need not open a gap: the other comes later and is not ahead, or is behind and can brake.</summary>
    private bool MergesBefore(int v, in Item item, in Approach foe, in TypeRow type)
    {
        ref readonly var other = ref TypeOf(foe.Vehicle);
        var (speed, foeSpeed) = (fleet[v].Speed, fleet[foe.Vehicle].Speed);
        if (foe.Arrival > item.Arrival && !CanFollow(item.Distance - foe.Distance, speed - type.Decel - foeSpeed)) return true;
        if (CanFollow(foe.Distance - item.Distance, foeSpeed - other.Decel - speed)) return true;
        return foe.Arrival == item.Arrival && foe.Distance == item.Distance && laneNumber[fleet[v].Lane] < laneNumber[fleet[foe.Vehicle].Lane];
    }

    /// <summary>Whether somebody so far behind stays behind after a second of braking.</summary>
    private static bool CanFollow(double behind, double closing) => behind > 0 && behind > closing;

    /// <summary>Spreads the braking over the time that the other needs to the place: little at first, car following in the end.</summary>
    private double GapSpeed(int v, double distance, in Approach foe, in TypeRow type)
    {
        ref readonly var other = ref TypeOf(foe.Vehicle);
        var (speed, foeSpeed) = (fleet[v].Speed, fleet[foe.Vehicle].Speed);
        var foeEnd = Math.Min(LaneMax(foe.Vehicle, fleet[foe.Vehicle].Lane, other), Krauss.SpeedAfter(foe.Distance, foeSpeed, other.Accel));
        var foeMean = (foeSpeed + foeEnd) / 2;
        var foeTime = Math.Max(1, Math.Ceiling(foe.Distance / Math.Max(0.001, foeMean)));
        var end = Math.Min(Math.Min(LaneMax(v, fleet[v].Lane, type), Krauss.SpeedAfter(distance, speed, type.Accel)), Math.Max(foeEnd, Krauss.SpeedAfter(distance, speed, type.Decel)));
        var mean = (speed + end) / 2;
        var time = Math.Max(1, Math.Ceiling(distance / Math.Max(0.001, mean)));
        var gap = distance - other.Length - type.MinGap - foe.Distance;
        var missing = gap + foeTime * (foeMean - mean) - Krauss.SecureGap(end, type.Decel, type.Tau, foeEnd, other.Decel);
        var follow = Krauss.FollowSpeed(speed, gap, foeSpeed, other.Decel, type.Decel, type.EmergencyDecel, type.Tau);
        var early = Math.Min(1, time / ZipperHorizon);
        var hardest = early * type.Decel + (1 - early) * type.EmergencyDecel;
        return Math.Max(Math.Max(follow, speed - hardest), early * (speed + 2 * missing / (foeTime * foeTime)) + (1 - early) * follow);
    }
}
