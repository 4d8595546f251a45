using Dalgu.Traffic.Simulation.Engine;

namespace Dalgu.Traffic.Simulation;

/// <summary>Keeping junctions clear: nobody enters one beyond which there is no room.</summary>
public sealed partial class TrafficSimulation
{
    /// <summary>Takes back the wish to enter a junction beyond which there is no room.</summary>
    private void KeepClear(int v, int lane, double inFront, in TypeRow type)
    {
        var n = itemCount[v];
        if (n < 2 || edgeRoundabout[net.laneEdge[lane]]) return;
        var at = v * MostItems;
        var space = -inFront; // those in front on the own lane take their share
        var stopped = false;
        for (var i = 0; i < n; i++)
        {
            ref var item = ref items[at + i];
            if (item.Link < 0 || stopped)
            {
                item.Space = stopped ? space : item.Space + space;
                continue;
            }
            var via = net.linkVia[item.Link];
            if (via >= 0)
            {
                if (rules.HasFoes[item.Link] && net.linkKeepClear[item.Link]) space -= Occupied(via);
                else space += SpaceBehindStanding(via, ref stopped);
                item.Space = space;
                continue;
            }
            var to = net.linkTo[item.Link];
            if (laneCount[to] == 0 && Tail(to, out _) < 0)
            {
                if (net.laneLength[to] > type.Length || rules.HasFoes[item.Link] && net.linkKeepClear[item.Link]) space += net.laneLength[to];
            }
            else
            {
                var standing = false;
                space += SpaceBehindStanding(to, ref standing);
                var rear = laneCount[to] > 0 ? laneVehicles[laneFirst[to]] : s.LastLeft[to];
                if (standing || (fleet[rear].Flags & HasToWait) != 0) stopped = item.Stopped = true;
            }
            item.Space = space;
        }
        PassOnSpace(v, at, n, ref stopped, type);
        if (stopped) TakeBack(v, lane, at, n, type);
    }

    private double Occupied(int lane)
    {
        double sum = 0;
        for (var k = 0; k < laneCount[lane]; k++)
        {
            ref readonly var type = ref TypeOf(laneVehicles[laneFirst[lane] + k]);
            sum += type.Length + type.MinGap;
        }
        return sum;
    }

    /// <summary>The room on a lane behind the first vehicle from its start that stands; without one, what the vehicles on it leave over. Worked out once in a step: nobody moves while all plan.</summary>
    private double SpaceBehindStanding(int lane, ref bool standing)
    {
        ref var known = ref spaces[lane];
        if (known.Step != step) known = SpaceBehindStanding(lane);
        standing |= known.Standing;
        return known.Metres;
    }

    private LaneSpace SpaceBehindStanding(int lane)
    {
        double lengths = 0;
        for (var k = 0; k < laneCount[lane]; k++)
        {
            ref readonly var vehicle = ref fleet[laneVehicles[laneFirst[lane] + k]];
            ref readonly var type = ref types[vehicle.Type];
            if (vehicle.Speed < Krauss.Halting) return new(step, true, vehicle.Position - type.Length - lengths);
            lengths += type.Length + type.MinGap;
        }
        return new(step, false, net.laneLength[lane] - lengths);
    }

    private void PassOnSpace(int v, int at, int n, ref bool stopped, in TypeRow type)
    {
        for (var i = n - 1; i > 0; i--)
        {
            ref var item = ref items[at + i - 1];
            ref var after = ref items[at + i];
            if (item.Link < 0) continue;
            var leaves = net.linkVia[item.Link] < 0 || after.Link < 0 || after.Request;
            var opened = leaves && (HasPriority(s.LinkState[item.Link]) || i == 1 || Opened(v, ref item, Impatience(v, type), type));
            var goesOn = (net.linkWaitsInside[item.Link] && !laneInternal[net.linkFrom[item.Link]] || opened) && !item.Stopped;
            if (!opened)
            {
                stopped = true;
                if (i > 1 && items[at + i - 2].Link is >= 0 and var earlier && net.linkWaitsInside[earlier]) goesOn = true;
            }
            if (goesOn) item.Space = after.Space;
        }
    }

    private void TakeBack(int v, int lane, int at, int n, in TypeRow type)
    {
        for (var i = 0; i < n; i++)
        {
            var link = items[at + i].Link;
            if (link < 0 || items[at + i].Space - (type.Length + type.MinGap) >= 0 || !rules.HasFoes[link] || !net.linkKeepClear[link]) continue;
            if (i == 0 && laneInternal[lane]) return;
            var brake = Krauss.BrakeGap(fleet[v].Speed, type.Decel, 0);
            for (; i < n && items[at + i].Link >= 0; i++)
            {
                ref var item = ref items[at + i];
                item.Pass = item.Wait;
                var isExit = laneInternal[net.linkFrom[item.Link]] && net.linkVia[item.Link] < 0;
                if (item.Distance >= brake + Near && !(isExit && i > 0 && items[at + i - 1].Request)) item.Request = false;
            }
            return;
        }
    }
}
