using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Guard;

/// <summary>Two rings with barriers over the phases of a signal's program. Each of the eight NEMA phases is the straight-ahead or the left turn of one arm: ring 1 has the left of an arm and
/// the straight of the one across, ring 2 the other two, and a barrier separates the two roads. A phase of the program is one phase of each ring on one side of the barrier.
/// Rings go forward on their own; both cross the barrier in the same moment.</summary>
/// <remarks>NEMA TS 2, section 3; FHWA Traffic Signal Timing Manual (2008), chapter 4. Korean controllers have the same two rings: docs/desks/signals/guard.md.</remarks>
internal sealed class RingBarrier : IPhaseOrder
{
    /// <summary>The place of a ring that has no green: it waits at the barrier.</summary>
    private const int Waiting = 2;
    private static readonly int[] Outside = [-1, -1];
    private readonly bool[][,][] links; // by side, ring and place: the indices of the ring's phase
    private readonly Signal signal;

    private RingBarrier(int[] side, int[][] place, bool[][,][] links, Signal signal)
    {
        this.signal = signal;
        Side = side;
        Place = place;
        this.links = links;
    }

    /// <summary>The side of the barrier of each phase of the program: 0 or 1.</summary>
    public int[] Side { get; }

    /// <summary>By phase of the program and ring: 0 for the first phase of the side, 1 for the second, 2 where the ring waits.</summary>
    public int[][] Place { get; }

    /// <summary>The side of the barrier on which a ring has an index; -1 where no ring has it, as right turns.</summary>
    public int SideOf(int index)
    {
        for (var side = 0; side < 2; side++)
            foreach (var indices in links[side])
                if (indices[index]) return side;
        return -1;
    }

    /// <summary>The rings of a signal; null where its arms or phases do not form two rings, as at junctions of three roads.</summary>
    public static RingBarrier? Of(StreetMap map, Signal signal)
    {
        var arms = Arms(map, signal);
        if (arms is null) return null;
        var n = signal.Phases.Length;
        var side = new int[n];
        var turns = new (bool Left, bool Straight)[n][];
        for (var p = 0; p < n; p++)
        {
            turns[p] = [.. arms.Select(arm => (Protected(map, signal, p, arm, 'l'), Protected(map, signal, p, arm, 's')))];
            var (first, second) = (Any(turns[p], 0), Any(turns[p], 1));
            if (first == second) return null; // nobody, or both roads
            side[p] = second ? 1 : 0;
            // Ring r has the left of arm r and the straight of the one across.
            for (var ring = 0; ring < 2; ring++)
                if (turns[p][Arm(side[p], ring)].Left && turns[p][Arm(side[p], 1 - ring)].Straight) return null;
        }
        // Left before straight where the program has it so, else after it: lead and lag by ring and side.
        var leads = new bool[2, 2];
        for (var b = 0; b < 2; b++)
            for (var ring = 0; ring < 2; ring++) leads[b, ring] = First(b, ring, left: true) < First(b, ring, left: false);
        var place = new int[n][];
        for (var p = 0; p < n; p++)
            place[p] = [.. Enumerable.Range(0, 2).Select(ring => HasLeft(p, side[p], ring) ? (leads[side[p], ring] ? 0 : 1) : HasStraight(p, side[p], ring) ? (leads[side[p], ring] ? 1 : 0) : Waiting)];
        var links = new bool[2][,][];
        for (var b = 0; b < 2; b++)
        {
            links[b] = new bool[2, 2][];
            for (var ring = 0; ring < 2; ring++)
                for (var at = 0; at < 2; at++)
                {
                    var left = leads[b, ring] == (at == 0);
                    links[b][ring, at] = Indices(map, signal, arms[Arm(b, left ? ring : 1 - ring)], left ? 'l' : 's');
                }
        }
        return new RingBarrier(side, place, links, signal);

        int First(int b, int ring, bool left)
        {
            for (var p = 0; p < n; p++)
                if (side[p] == b && (left ? HasLeft(p, b, ring) : HasStraight(p, b, ring))) return p;
            return n;
        }

        bool HasLeft(int p, int b, int ring) => turns[p][Arm(b, ring)].Left;
        bool HasStraight(int p, int b, int ring) => turns[p][Arm(b, 1 - ring)].Straight;
    }

    /// <summary>The phase that may follow: the wanted one where the rings admit it, else one on the way to it. Nobody who is called is passed over.</summary>
    public int Next(int from, int wanted, ReadOnlySpan<bool> calls)
    {
        var side = Side[from];
        if (IsForward(from, wanted) && !Skips(side, Place[from], wanted, calls)) return wanted;
        if (Best(side, Place[from], from, calls) is var ahead and >= 0) return ahead;
        // Over the barrier. Back again on this side goes round, over the other where somebody is called there.
        var entered = Side[wanted] != side || Best(1 - side, Outside, from, calls) >= 0 ? 1 - side : side;
        if (Side[wanted] == entered && !Skips(entered, Outside, wanted, calls)) return wanted;
        return Best(entered, Outside, from, calls) is var entry and >= 0 ? entry : wanted;
    }

    /// <summary>Phases that follow a phase round the rings and pass over nobody, whoever is called: the last of its side, the first and the last of the other, the first of its own.
    /// Null where the program has no such phases: a ring waits in some, or no one phase is the first, or the last, of both rings.</summary>
    public int[]? Round(int phase)
    {
        if (Place.Any(p => p.Contains(Waiting))) return null;
        var (own, other) = (Side[phase], 1 - Side[phase]);
        int[] round = [End(own, last: true), End(other, last: false), End(other, last: true), End(own, last: false)];
        if (round.Contains(-1)) return null;
        return [.. (IsForward(phase, round[0]) ? round : round[1..]).Distinct().Where(p => p != phase)];
    }

    private int End(int side, bool last)
    {
        var all = Enumerable.Range(0, Side.Length).Where(p => Side[p] == side).ToArray();
        foreach (var p in all)
            if (all.All(q => last ? IsNoFurther(q, p) : IsNoFurther(p, q))) return p;
        return -1;
    }

    /// <summary>A round ends when both rings cross the barrier back to the first side, or go back on their own.</summary>
    public bool BeginsRound(int from, int to) => !IsForward(from, to) && (Side[from], Side[to]) != (0, 1);

    /// <summary>How many changes of phase may still come before both rings are back at the beginning of the first side.</summary>
    public int Left(int phase) => Steps(phase) + (Side[phase] == 0 ? 4 : 0);

    private int Steps(int phase) => Math.Max(0, 1 - Place[phase][0]) + Math.Max(0, 1 - Place[phase][1]);

    /// <summary>The phase of a side, forward from a place of the rings, that serves most of those called; -1 where nobody is.</summary>
    private int Best(int side, int[] places, int except, ReadOnlySpan<bool> calls)
    {
        var (best, most) = (-1, 0);
        for (var p = 0; p < Side.Length; p++)
        {
            if (p == except || Side[p] != side || Place[p][0] < places[0] || Place[p][1] < places[1] || Place[p].AsSpan().SequenceEqual(places)) continue;
            var served = signal.Serves(p, calls) ? 1 : 0;
            for (var ring = 0; ring < 2; ring++)
                if (Place[p][ring] != places[ring] && Place[p][ring] < Waiting && IsCalled(links[side][ring, Place[p][ring]], calls)) served += 4;
            if (served > 0 && !Skips(side, places, p, calls)) served += 2;
            if (served > most) (most, best) = (served, p);
        }
        return best;
    }

    /// <summary>Whether both are on one side of the barrier, a ring goes forward and none goes back. Between two phases of one place, that differ in turns that yield or go to the right,
    /// none goes forward: they could follow each other for ever.</summary>
    public bool IsForward(int from, int to) => IsNoFurther(from, to) && !IsNoFurther(to, from);

    private bool IsNoFurther(int phase, int other) => Side[phase] == Side[other] && Place[phase][0] <= Place[other][0] && Place[phase][1] <= Place[other][1];

    /// <summary>Whether a ring would pass over a phase that is called.</summary>
    private bool Skips(int side, int[] places, int to, ReadOnlySpan<bool> calls)
    {
        for (var ring = 0; ring < 2; ring++)
            for (var at = places[ring] + 1; at < Place[to][ring]; at++)
                if (at < Waiting && IsCalled(links[side][ring, at], calls)) return true;
        return false;
    }

    private static bool IsCalled(bool[] indices, ReadOnlySpan<bool> calls)
    {
        for (var i = 0; i < indices.Length; i++)
            if (indices[i] && calls[i]) return true;
        return false;
    }

    private static int Arm(int side, int ring) => side * 2 + ring;

    private static bool Any((bool Left, bool Straight)[] turns, int side) => turns[Arm(side, 0)] is { Left: true } or { Straight: true } || turns[Arm(side, 1)] is { Left: true } or { Straight: true };

    private static bool Protected(StreetMap map, Signal signal, int phase, int arm, char direction)
    {
        var indices = Indices(map, signal, arm, direction);
        for (var i = 0; i < indices.Length; i++)
            if (indices[i] && signal.Phases[phase][i] == 'G') return true;
        return false;
    }

    private static bool[] Indices(StreetMap map, Signal signal, int arm, char direction) =>
        [.. signal.Links.Select(those => those.Any(l => map.Links[l].FromEdge == arm && char.ToLowerInvariant(map.Links[l].Direction) == direction))];

    /// <summary>The four arms by the edges that come in: two that face each other, then the two of the other road; null where it is no crossing of two roads.</summary>
    private static int[]? Arms(StreetMap map, Signal signal)
    {
        var edges = signal.Links.SelectMany(l => l).Select(l => map.Links[l].FromEdge).Distinct().Order().ToArray();
        if (edges.Length != 4) return null;
        var angles = edges.Select(e =>
        {
            var shape = map.Network.LaneShape(map.Network.EdgeFirstLane[e]);
            return Math.Atan2(shape[^1].Y - shape[^2].Y, shape[^1].X - shape[^2].X);
        }).ToArray();
        for (var k = 1; k < 4; k++)
        {
            var rest = Enumerable.Range(1, 3).Where(i => i != k).ToArray();
            if (Faces(angles[0], angles[k]) && Faces(angles[rest[0]], angles[rest[1]])) return [edges[0], edges[k], edges[rest[0]], edges[rest[1]]];
        }
        return null;
    }

    private static bool Faces(double a, double b) => Math.Cos(a - b) < -0.7; // within 45 degrees
}
