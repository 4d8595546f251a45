using Dalgu.Traffic.Simulation.Engine;

namespace Dalgu.Traffic.Simulation;

/// <summary>What happens between vehicles at a junction: who is in the way inside of it, and who may enter.</summary>
public sealed partial class TrafficSimulation
{
    private const int SecondsOfBlockage = 5;

    /// <summary>Slows down for vehicles on paths that cross or join the one which the link ends.</summary>
    private void LinkLeaders(int v, int lane, int from, int link, double seen, int before, in TypeRow type, ref double want, ref double pass, ref double wait, ref bool request)
    {
        var end = rules.FoeFirst[link] + rules.FoeCount[link];
        for (var row = rules.FoeFirst[link]; row < end; row++)
        {
            var foeLane = rules.FoeLane[row];
            if (laneCount[foeLane] == 0 && s.LastLeft[foeLane] < 0) continue;
            var relation = rules.Relation[row];
            var sameTarget = (relation & RightOfWay.SameTarget) != 0;
            var joined = (relation & (RightOfWay.SameTarget | RightOfWay.SameSource)) != 0;
            var toCrossing = seen - rules.BehindOwn[row];
            if (toCrossing + (joined ? 0 : net.laneWidth[foeLane]) < 0 && !sameTarget) continue;
            for (var k = laneCount[foeLane] - 1; k >= 0; k--)
            {
                var foe = laneVehicles[laneFirst[foeLane] + k];
                LinkLeader(v, lane, from, link, seen, before, row, foe, fleet[foe].Position - TypeOf(foe).Length, true, toCrossing, type, ref want, ref pass, ref request);
            }
            if (Tail(foeLane, out var back) is >= 0 and var tail) LinkLeader(v, lane, from, link, seen, before, row, tail, back, false, toCrossing, type, ref want, ref pass, ref request);
        }
        wait = Math.Min(wait, want);
    }

    private void LinkLeader(int v, int lane, int from, int link, double seen, int before, int row, int foe, double back, bool frontOn, double toCrossing, in TypeRow type,
        ref double want, ref double pass, ref bool request)
    {
        if (foe == v) return;
        var relation = rules.Relation[row];
        var foeLane = rules.FoeLane[row];
        var sameTarget = (relation & RightOfWay.SameTarget) != 0;
        var sameSource = (relation & RightOfWay.SameSource) != 0;
        var waitsInside = (relation & RightOfWay.FoeWaitsInside) != 0;
        var width = sameTarget || sameSource ? 0 : net.laneWidth[from];
        var length = TypeOf(foe).Length;
        var backToCrossing = net.laneLength[foeLane] - rules.BehindFoe[row] - back;
        var passed = backToCrossing + width < 0;
        var foeExit = net.laneFirstLink[foeLane];
        var inTheWay = (!passed && toCrossing > 0 || sameTarget && toCrossing > backToCrossing - length) && backToCrossing < length && net.linkVia[foeExit] < 0;
        if (!inTheWay)
        {
            // Vehicles that wait inside on permissive green stay where they are.
            if (waitsInside && IsGreen(rules.Entry[link]) && IsGreen(rules.Entry[foeExit])) return;
            if (toCrossing < -Near) return;
            if ((!(waitsInside || sameSource) || sameTarget) && (fleet[foe].Requests & 1) == 0 && frontOn) return;
        }
        double gap;
        if (waitsInside && !sameSource) gap = double.NegativeInfinity;
        else
        {
            if (passed && !sameTarget) return;
            gap = toCrossing - type.MinGap - backToCrossing - width;
        }
        if (!IsLeader(v, lane, link, foe, relation, gap) && !inTheWay) return;
        var stopAtOnce = frontOn ? waitsInside || sameTarget || sameSource : sameTarget || sameSource;
        var safe = SafeAtCrossing(v, foe, gap, seen - net.laneLength[from] - Near, stopAtOnce ? -1 : toCrossing, type);
        if (before >= 0) items[before].Leave = Math.Min(items[before].Leave, safe);
        want = Math.Min(want, safe);
        pass = Math.Min(pass, safe);
        if (before >= 0) want = Math.Max(want, items[before].Wait);
        if (want >= Krauss.Halting) return;
        var foeFrom = Predecessor(fleet[foe].Lane);
        if (foeFrom < 0 || foeFrom != lane && foeFrom != Predecessor(lane) && fleet[foe].Waiting <= SecondsOfBlockage) return;
        request = false;
        if (before >= 0 && foeFrom == lane) items[before].Request = false;
    }

    private int Predecessor(int lane) => laneInternal[lane] && net.laneIncomingCount[lane] > 0 ? net.linkFrom[net.incomingLinks[net.laneFirstIncoming[lane]]] : -1;

    private bool IsGreen(int link) => s.LinkState[link] is (byte)'G' or (byte)'g';

    private double SafeAtCrossing(int v, int foe, double gap, double stop, double toCrossing, in TypeRow type)
    {
        var speed = fleet[v].Speed;
        var safe = gap >= 0 ? Krauss.FollowSpeed(speed, gap, fleet[foe].Speed, TypeOf(foe).Decel, type.Decel, type.EmergencyDecel, type.Tau) : Krauss.StopSpeed(stop, type.Decel, 1);
        if (toCrossing < 0) return safe;
        var halt = Krauss.StopSpeed(toCrossing - type.MinGap, type.Decel, 1);
        if (double.IsNegativeInfinity(gap)) return Math.Max(safe, halt);
        // Arrive at the crossing when the other has passed it.
        var until = Math.Max(0.001, (toCrossing - gap) / Math.Max(fleet[foe].Speed, Krauss.Halting));
        var final = Math.Max(speed, 2 * (toCrossing - type.MinGap) / until - speed);
        return Math.Max(safe, Math.Min(speed + (final - speed) / until, halt));
    }

    /// <summary>Whether the other vehicle goes first: who is not yet inside follows everybody; inside, who came first leads, counted from the conflict for whoever yields.</summary>
    private bool IsLeader(int v, int lane, int link, int foe, byte relation, double gap)
    {
        var entry = rules.Entry[link];
        var junction = net.linkJunction[entry];
        if (!laneInternal[lane] || net.edgeTo[net.laneEdge[lane]] != junction) return true;
        var foeLane = fleet[foe].Lane;
        if (!laneInternal[foeLane] || net.edgeTo[net.laneEdge[foeLane]] != junction) return true;
        int mine, theirs;
        if ((relation & RightOfWay.SameLane) != 0) (mine, theirs) = (fleet[v].EnteredFirst, fleet[foe].EnteredFirst);
        else
        {
            var (yields, mutual) = Yields(v, entry, foe, rules.Entry[net.laneFirstLink[foeLane]], relation, gap);
            mine = yields ? fleet[v].EnteredConflict : fleet[v].Entered;
            theirs = yields && !mutual ? fleet[foe].Entered : fleet[foe].EnteredConflict;
        }
        if (mine != theirs) return mine > theirs;
        var (speed, foeSpeed) = (fleet[v].Speed, fleet[foe].Speed);
        return speed == foeSpeed ? fleet[v].Trip > fleet[foe].Trip : speed < foeSpeed;
    }

    /// <summary>Whether a vehicle inside a junction yields to another, and whether both do. Whoever is stuck inside on red gets out first, unless the other comes too fast to stop.</summary>
    private (bool Yields, bool Mutual) Yields(int v, int entry, int foe, int foeEntry, byte relation, double gap)
    {
        var (state, foeState) = (s.LinkState[entry], s.LinkState[foeEntry]);
        var (red, foeRed) = (IsRed(state), IsRed(foeState));
        if (red || foeRed)
        {
            if (foeRed || fleet[foe].Speed <= Krauss.Halting || gap >= 0) return (foeRed, red && foeRed);
            ref readonly var other = ref TypeOf(foe);
            return (-gap - other.Length < Krauss.BrakeGap(fleet[foe].Speed, other.Decel, other.Tau), false);
        }
        if (HasPriority(state) != HasPriority(foeState)) return (!HasPriority(state), false);
        if (IsYellow(state) && IsYellow(foeState)) return (fleet[foe].Speed >= fleet[v].Speed, fleet[foe].Speed == fleet[v].Speed);
        return ((relation & RightOfWay.OwnYields) != 0, (relation & RightOfWay.MutualYield) != 0);
    }

    /// <summary>Whether a vehicle that arrives then may pass a link.</summary>
    private bool Opened(int v, ref Item item, double impatience, in TypeRow type)
    {
        var link = item.Link;
        var state = s.LinkState[link];
        if (IsRed(state)) return false;
        if (net.linkWaitsInside[link] && net.linkVia[link] >= 0) return true;
        if (rules.YieldCount[link] == 0) return state is not ((byte)'s' or (byte)'w') || fleet[v].Waiting > 0;
        if (HasPriority(state) && state != (byte)'Z' && !rules.Inside[link]) return true;
        var entry = rules.Inside[link] ? s.LinkState[rules.Entry[link]] : (byte)0;
        if (entry == (byte)'G') return true;
        s.AskedAt[link] = (int)s.Time;
        if (state is (byte)'s' or (byte)'w' && fleet[v].Waiting == 0) return false;
        SetTimes(ref item, type);
        var leave = LeaveTime(item, type);
        var end = rules.YieldFirst[link] + rules.YieldCount[link];
        for (var row = rules.YieldFirst[link]; row < end; row++)
        {
            var other = rules.Yield[row];
            if (approachStep[other] != step) continue;
            var sameTarget = net.linkTo[other] == net.linkTo[link];
            for (var at = approachHead[other]; at >= 0; at = approaches[at].Next)
                // Whoever has been caught inside by red leaves before those who still stand.
                if (approaches[at].Vehicle != v && (entry != (byte)'r' || fleet[approaches[at].Vehicle].Speed > Krauss.Halting) && Blocks(Timed(at), state, item.Arrival, leave, item.ArrivalSpeed, item.Leave, sameTarget, impatience, type.Decel)) return false;
        }
        return true;
    }

    private double LeaveTime(in Item item, in TypeRow type) => item.Arrival + (LinkLength(item.Link) + type.Length) / Math.Max(0.5 * (item.ArrivalSpeed + item.Leave), 0.001);

    private bool Blocks(in Approach foe, byte state, double arrival, double leave, double arrivalSpeed, double leaveSpeed, bool sameTarget, double impatience, double decel)
    {
        var margin = state == (byte)'Z' ? 4 : 1;
        var foeDecel = TypeOf(foe.Vehicle).Decel;
        if (foe.Leave < arrival) return sameTarget && (arrival - foe.Leave < margin || Faster(arrivalSpeed, decel, foe.LeaveSpeed, foeDecel));
        var (foeArrival, foeSpeed) = (foe.Arrival, foe.SpeedBraking);
        if (impatience > 0 && arrival < foe.Arrival)
        {
            (var braking, foeSpeed) = IfItBrakes(foe, arrival, impatience * foeDecel);
            foeArrival = (1 - impatience) * foe.Arrival + impatience * braking;
        }
        return foeArrival <= leave + margin || sameTarget && Faster(foeSpeed, foeDecel, leaveSpeed, decel);
    }

    /// <summary>When and how fast a vehicle comes to its link if it drives on as it does until somebody pulls out before it, and brakes from then on.
    /// Whoever is only a little impatient expects little braking of it: its speed is then that of its way until now, however far it still is.</summary>
    private (double Arrival, double Speed) IfItBrakes(in Approach foe, double pullsOut, double braking)
    {
        if (Math.Floor(pullsOut) == Math.Floor(foe.Arrival)) return (foe.Arrival, foe.SpeedBraking);
        var speed = foe.Distance / (foe.Arrival - s.Time + 1);
        var left = foe.Distance - speed * (pullsOut - s.Time);
        if (speed * speed <= 2 * braking * left) return (foe.Arrival + 30, 0); // it can stop
        // Until its time of arrival it loses braking·t²/2 of way; that it makes up at what speed is left, still braking.
        var until = foe.Arrival - pullsOut;
        var then = speed - braking * until;
        var late = (then - Math.Sqrt(Math.Max(0, then * then - braking * until * (braking * until)))) / braking;
        return (foe.Arrival + late, then - braking * late);
    }

    /// <summary>Whether the follower needs at least as long a way to stop as the leader.</summary>
    private static bool Faster(double follower, double decel, double leader, double leaderDecel) => leader * leader / leaderDecel <= follower * follower / decel;

    private double Impatience(int v, in TypeRow type) => Math.Clamp(type.Impatience + fleet[v].Waiting / options.SecondsToImpatience, 0, 1);
}
