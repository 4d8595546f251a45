using Dalgu.Traffic.Simulation.Network;

namespace Dalgu.Traffic.Simulation.Engine;

/// <summary>Who waits for whom, worked out once from a network: for each link the links that it gives way to, and for each internal lane the internal lanes whose vehicles stand or drive in its way.</summary>
internal sealed class RightOfWay
{
    /// <summary>The centre lines of lanes that start or end together count as one lane until they are this far apart, in metres.</summary>
    private const double Apart = 2.5;

    /// <summary>Stands for the distance to the crossing point of paths that do not cross, in metres.</summary>
    private const double Nowhere = 10_000;

    private readonly RoadNetwork net;
    private readonly List<int> yields = [], foeLane = [];
    private readonly List<double> behindOwn = [], behindFoe = [];
    private readonly List<byte> relation = [];

    /// <summary>Rows of <see cref="Yield"/> for each link.</summary>
    public readonly int[] YieldFirst, YieldCount;

    /// <summary>Links that are given way to.</summary>
    public readonly int[] Yield;

    /// <summary>Whether some other link gives way to this one, so that its approaching vehicles must be known.</summary>
    public readonly bool[] Watched;

    /// <summary>Rows of <see cref="Waiter"/> for each link.</summary>
    public readonly int[] WaiterFirst, WaiterCount;

    /// <summary>Links that give way to it.</summary>
    public readonly int[] Waiter;

    /// <summary>Rows of the foe arrays for each link that leaves an internal lane.</summary>
    public readonly int[] FoeFirst, FoeCount;

    /// <summary>The internal lane whose vehicles may be in the way.</summary>
    public readonly int[] FoeLane;

    /// <summary>Metres from the crossing point to the end of the own and of the foe lane.</summary>
    public readonly double[] BehindOwn, BehindFoe;

    /// <summary>How own and foe lane meet: see the constants below.</summary>
    public readonly byte[] Relation;

    public const byte SameTarget = 1, SameSource = 2, FoeWaitsInside = 4, MutualYield = 8, OwnYields = 16, SameLane = 32;

    /// <summary>For each link that leaves an internal lane, the link by which the junction was entered; for others the link itself.</summary>
    public readonly int[] Entry;

    /// <summary>Whether the junction of the link has any crossing paths.</summary>
    public readonly bool[] HasFoes;

    /// <summary>Whether the link joins two internal lanes: the place where a vehicle waits inside the junction.</summary>
    public readonly bool[] Inside;

    /// <summary>The length in metres of the path through the junction that begins with the link.</summary>
    public readonly double[] PathLength;

    public RightOfWay(RoadNetwork net)
    {
        this.net = net;
        var n = net.LinkCount;
        (YieldFirst, YieldCount, FoeFirst, FoeCount, Entry) = (new int[n], new int[n], new int[n], new int[n], new int[n]);
        (WaiterFirst, WaiterCount) = (new int[n], new int[n]);
        (Watched, HasFoes, Inside, PathLength) = (new bool[n], new bool[n], new bool[n], new double[n]);
        for (var link = 0; link < n; link++) Entry[link] = EntryOf(link);
        var byJunction = new List<int>[net.JunctionCount];
        for (var link = 0; link < n; link++)
            if (net.linkRequest[link] >= 0) (byJunction[net.linkJunction[link]] ??= []).Add(link);
        for (var link = 0; link < n; link++)
        {
            Inside[link] = IsInternal(net.linkFrom[link]) && net.linkVia[link] >= 0;
            PathLength[link] = LengthThrough(link);
            var entry = Entry[link];
            var peers = net.linkRequest[entry] >= 0 ? byJunction[net.linkJunction[entry]] : null;
            HasFoes[link] = (link == entry || Inside[link]) && peers is not null && net.junctionFoes[net.linkJunction[entry]].AsSpan().ContainsAnyExcept(0ul);
            YieldFirst[link] = yields.Count;
            // A link that waits inside gives way there, not at the stop line.
            var givesWay = link == entry ? !net.linkWaitsInside[link] || net.linkVia[link] < 0 : Inside[link];
            var place = PlaceInside(link);
            if (peers is not null && place >= 0)
            {
                if (Inside[link]) YieldInside(place);
            }
            else if (peers is not null && givesWay)
                foreach (var other in peers)
                    if (other != entry && net.Yields(net.linkJunction[entry], net.linkRequest[entry], net.linkRequest[other])) yields.Add(other);
            YieldCount[link] = yields.Count - YieldFirst[link];
            FoeFirst[link] = foeLane.Count;
            if (place >= 0) FindFoesInside(link, place);
            else if (IsInternal(net.linkFrom[link])) FindFoes(link, peers);
            FoeCount[link] = foeLane.Count - FoeFirst[link];
        }
        foreach (var link in yields) WaiterCount[link]++;
        for (var link = 1; link < n; link++) WaiterFirst[link] = WaiterFirst[link - 1] + WaiterCount[link - 1];
        Waiter = new int[yields.Count];
        var filled = new int[n];
        for (var link = 0; link < n; link++)
            foreach (var other in yields.GetRange(YieldFirst[link], YieldCount[link])) Waiter[WaiterFirst[other] + filled[other]++] = link;
        for (var link = 0; link < n; link++) Watched[link] = WaiterCount[link] > 0;
        (Yield, FoeLane, BehindOwn, BehindFoe, Relation) = ([.. yields], [.. foeLane], [.. behindOwn], [.. behindFoe], [.. relation]);
    }

    private bool IsInternal(int lane) => net.edgeKind[net.laneEdge[lane]] == EdgeKind.Internal;

    /// <summary>The junction that the file describes for the place at which a vehicle waits inside another one; for the link to that place and the one that leads on from it. It bears the name of the lane behind it.</summary>
    private int PlaceInside(int link)
    {
        var behind = Inside[link] ? net.linkVia[link] : net.linkFrom[link];
        return IsInternal(behind) && net.junctionsById.TryGetValue(net.laneIds[behind], out var place) && net.junctionIncoming[place].Length > 0 ? place : -1;
    }

    /// <summary>Who waits inside gives way to all that come from the named lanes by the named paths, even to those that the matrix of the junction does not name.</summary>
    private void YieldInside(int place)
    {
        foreach (var lane in net.junctionIncoming[place].AsSpan(1))
            for (var i = 0; i < net.laneLinkCount[lane]; i++)
                if (net.junctionInternal[place].AsSpan().Contains(net.linkVia[net.laneFirstLink[lane] + i])) yields.Add(net.laneFirstLink[lane] + i);
    }

    private void FindFoesInside(int link, int place)
    {
        var (own, entry) = (net.linkFrom[link], Entry[link]);
        foreach (var lane in net.junctionInternal[place])
        {
            if (net.laneLinkCount[lane] == 0) continue;
            var exit = net.laneFirstLink[lane];
            var other = Entry[exit];
            var goesFirst = net.linkRequest[entry] >= 0 && net.linkRequest[other] >= 0 && net.Yields(net.linkJunction[entry], net.linkRequest[entry], net.linkRequest[other]);
            if (net.linkVia[exit] < 0 || goesFirst) AddFoe(link, own, entry, other, lane);
            if (net.linkVia[exit] >= 0) AddFoe(link, own, entry, other, net.linkVia[exit]);
        }
        if (net.linkVia[entry] == own) AddSiblings(own, entry);
    }

    private int EntryOf(int link)
    {
        for (var hops = 0; hops < 4 && IsInternal(net.linkFrom[link]); hops++)
        {
            var incoming = net.IncomingLinks(net.linkFrom[link]);
            if (incoming.Length == 0) break;
            link = incoming[0];
        }
        return link;
    }

    private double LengthThrough(int link)
    {
        double length = 0;
        for (var hops = 0; hops < 4 && net.linkVia[link] >= 0; hops++)
        {
            length += net.laneLength[net.linkVia[link]];
            if (net.laneLinkCount[net.linkVia[link]] == 0) break;
            link = net.laneFirstLink[net.linkVia[link]];
        }
        return length;
    }

    private void FindFoes(int link, List<int>? peers)
    {
        var own = net.linkFrom[link];
        var entry = Entry[link];
        foreach (var other in peers ?? [])
        {
            if (other == entry || !net.Conflicts(net.linkJunction[entry], net.linkRequest[entry], net.linkRequest[other])) continue;
            for (var (lane, hops) = (net.linkVia[other], 0); lane >= 0 && IsInternal(lane) && hops < 3; hops++)
            {
                AddFoe(link, own, entry, other, lane);
                if (net.laneLinkCount[lane] == 0) break;
                lane = net.linkVia[net.laneFirstLink[lane]];
            }
        }
        if (net.linkFrom[entry] != net.linkFrom[link] && net.linkVia[entry] == own) AddSiblings(own, entry);
    }

    private void AddFoe(int link, int own, int entry, int otherEntry, int lane)
    {
        if (net.laneLinkCount[lane] == 0) return;
        var foeExit = net.laneFirstLink[lane];
        var sameTarget = net.linkTo[link] == net.linkTo[foeExit] && net.linkVia[link] < 0;
        var foeInside = net.linkVia[foeExit] >= 0;
        var ownCont = net.linkVia[link] >= 0 || own != net.linkVia[entry];
        var junction = net.linkJunction[entry];
        var (yieldsTo, yieldedBy) = (net.Yields(junction, net.linkRequest[entry], net.linkRequest[otherEntry]), net.Yields(junction, net.linkRequest[otherEntry], net.linkRequest[entry]));
        double own0, foe0;
        if (sameTarget && !foeInside)
        {
            own0 = foe0 = 0;
            var mine = net.LaneShape(own);
            var theirs = net.LaneShape(lane);
            if (mine.Length > 1 && theirs.Length > 1) own0 = foe0 = Math.Max(0, Shapes.JoinedLength(mine, net.laneLength[own], theirs, net.laneLength[lane], Apart, atEnd: true));
        }
        else if (Shapes.Cross(net.LaneShape(own), net.LaneShape(lane)) is { } at)
        {
            own0 = net.laneLength[own] - Math.Max(0, at.Own - net.laneWidth[lane] / 2);
            foe0 = net.laneLength[lane] - Math.Max(0, at.Foe - net.laneWidth[own] / 2);
            if (own != net.linkVia[entry]) own0 = net.laneLength[own]; // a vehicle waits at the place inside, not on the way out of it
        }
        else if (foeInside && !ownCont && yieldsTo) (own0, foe0) = (-Nowhere, 0); // goes first and is about to wait inside, though the paths meet only behind that place
        else return; // the matrix lets them meet, the geometry does not
        foeLane.Add(lane);
        behindOwn.Add(Math.Min(own0, net.laneLength[own]));
        behindFoe.Add(Math.Min(foe0, net.laneLength[lane]));
        relation.Add((byte)((sameTarget && !foeInside ? SameTarget : 0) | (foeInside && !ownCont ? FoeWaitsInside : 0) | (yieldsTo ? OwnYields : 0) | (yieldsTo && yieldedBy ? MutualYield : 0) | (net.linkFrom[entry] == net.linkFrom[otherEntry] ? SameLane : 0)));
    }

    /// <summary>Lanes that leave one lane run together until they part.</summary>
    private void AddSiblings(int own, int entry)
    {
        var from = net.linkFrom[entry];
        for (var i = 0; i < net.laneLinkCount[from]; i++)
        {
            var sibling = net.linkVia[net.laneFirstLink[from] + i];
            if (sibling < 0 || sibling == own) continue;
            var mine = net.LaneShape(own);
            var theirs = net.LaneShape(sibling);
            if (mine.Length < 2 || theirs.Length < 2) continue;
            var together = Shapes.JoinedLength(mine, net.laneLength[own], theirs, net.laneLength[sibling], Apart, atEnd: false);
            foeLane.Add(sibling);
            behindOwn.Add(Math.Max(0, net.laneLength[own] - together));
            behindFoe.Add(Math.Max(0, net.laneLength[sibling] - together));
            relation.Add(SameSource | SameLane);
        }
    }
}
