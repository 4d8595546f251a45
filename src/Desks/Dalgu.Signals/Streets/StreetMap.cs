using System.Text;
using Dalgu.Traffic.Simulation.Network;

namespace Dalgu.Signals.Streets;

/// <summary>The network as signals see it: lanes, links, signals, by the numbers of <see cref="RoadNetwork"/>. Immutable after reading.</summary>
internal sealed class StreetMap
{
    private const double LongestClearance = 6; // seconds; SUMO's actuation, too, leaves shorter steps as they are

    private StreetMap(RoadNetwork network) => Network = network;

    /// <summary>The network behind it.</summary>
    public RoadNetwork Network { get; }

    /// <summary>The file's name up to its first dot.</summary>
    public string Name => Path.GetFileName(Network.File).Split('.')[0];
    public Lane[] Lanes { get; private set; } = [];
    public Link[] Links { get; private set; } = [];
    public Signal[] Signals { get; private set; } = [];

    /// <summary>The lanes of each edge.</summary>
    public int[][] LanesOfEdge { get; private set; } = [];
    public Dictionary<string, int> LaneNumbers { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, int> EdgeNumbers { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads a network file, and files with more programs of its signals.</summary>
    public static StreetMap Read(string file, ReadOnlySpan<string> additional = default, bool allowCrossingGreens = false) => From(NetworkReader.Read(file, additional, allowCrossingGreens));

    /// <summary>The view of a network.</summary>
    public static StreetMap From(RoadNetwork network)
    {
        var map = new StreetMap(network);
        map.Lanes = new Lane[network.LaneCount];
        for (var l = 0; l < map.Lanes.Length; l++)
        {
            map.Lanes[l] = new Lane { Id = network.LaneId(l), Number = l, Edge = network.LaneEdge[l], Length = network.LaneLength[l], Speed = Math.Max(1, network.LaneSpeed[l]), Internal = network.EdgeKind[network.LaneEdge[l]] == EdgeKind.Internal };
            map.LaneNumbers[map.Lanes[l].Id] = l;
        }
        for (var e = 0; e < network.EdgeCount; e++) map.EdgeNumbers[network.EdgeId(e)] = e;
        map.LanesOfEdge = [.. Enumerable.Range(0, network.EdgeCount).Select(e => Enumerable.Range(network.EdgeFirstLane[e], network.EdgeLaneCount[e]).ToArray())];
        map.ReadLinks();
        map.Signals = [.. network.Signals.Select(map.ReadSignal)];
        return map;
    }

    /// <summary>A link from an edge to an edge, that from the lane where there is one; -1 where the edges do not meet.</summary>
    public int LinkBetween(int lane, int edge)
    {
        foreach (var link in Lanes[lane].Out)
            if (Links[link].ToEdge == edge) return link;
        foreach (var beside in LanesOfEdge[Lanes[lane].Edge])
            foreach (var link in Lanes[beside].Out)
                if (Links[link].ToEdge == edge) return link;
        return -1;
    }

    private void ReadLinks()
    {
        var n = Network;
        Links = new Link[n.LinkCount];
        var atJunction = new Dictionary<int, List<int>>();
        for (var i = 0; i < Links.Length; i++)
        {
            Links[i] = new Link
            {
                Number = i, From = n.LinkFrom[i], To = n.LinkTo[i], FromEdge = n.LaneEdge[n.LinkFrom[i]], ToEdge = n.LaneEdge[n.LinkTo[i]], Direction = (char)n.LinkDirection[i],
                Signal = n.LinkSignal[i], Index = n.LinkSignalIndex[i],
            };
            if (n.LinkRequest[i] < 0) continue;
            if (!atJunction.TryGetValue(n.LinkJunction[i], out var those)) atJunction[n.LinkJunction[i]] = those = [];
            those.Add(i);
        }
        for (var l = 0; l < Lanes.Length; l++)
        {
            Lanes[l].Out = [.. Enumerable.Range(n.LaneFirstLink[l], n.LaneLinkCount[l])];
            Lanes[l].In = n.IncomingLinks(l).ToArray();
        }
        foreach (var (junction, those) in atJunction)
            foreach (var link in those)
            {
                Links[link].Foes = [.. those.Where(other => other != link && n.LinksConflict(link, other))];
                Links[link].YieldsTo = [.. those.Where(other => other != link && n.Yields(junction, n.LinkRequest[link], n.LinkRequest[other]))];
            }
        for (var i = 0; i < Links.Length; i++)
        {
            if (Lanes[Links[i].From].Internal) continue;
            // A path may go through several internal lanes, where a vehicle can wait inside.
            for (var via = n.LinkVia[i]; via >= 0 && Lanes[via].Path < 0; via = n.LaneLinkCount[via] > 0 ? n.LinkVia[n.LaneFirstLink[via]] : -1)
            {
                Lanes[via].Path = i;
                Lanes[via].PathRest = -Links[i].Length - Lanes[via].Length;
                Links[i].Length += Lanes[via].Length;
            }
            for (var via = n.LinkVia[i]; via >= 0 && Lanes[via].PathRest < 0; via = n.LaneLinkCount[via] > 0 ? n.LinkVia[n.LaneFirstLink[via]] : -1) Lanes[via].PathRest += Links[i].Length;
        }
    }

    private Signal ReadSignal(Dalgu.Traffic.Simulation.Network.Signal signal, int number)
    {
        var program = signal.Program;
        int[][] links = [.. Enumerable.Range(0, program.Phases[0].State.Length).Select(i => i < signal.LinkIndexCount ? signal.Links(i).ToArray() : [])];
        var phases = program.Phases.Select(p => Encoding.ASCII.GetString(p.State.Span)).Select((state, i) => new ProgramPhase(state, Yielding(links, state), program.Phases[i].Duration)).ToArray();
        // A green phase lets someone go, and nobody is being stopped.
        var greens = phases.Where((p, i) => p.State.AsSpan().IndexOfAny('G', 'g') >= 0 && p.State.AsSpan().IndexOfAny("yYu") < 0 && !IsClearance(phases, i)).ToList();
        if (greens.Count == 0 && phases[0].State.AsSpan().IndexOfAny('o', 'O') >= 0) greens.Add(phases[0]); // it is off: the junction's rules hold
        if (greens.Count == 0) throw new Problem(ProblemKind.BadRequestData, $"{Network.File}, <tlLogic>: the program \"{program.Id}\" of signal \"{signal.Id}\" has no green phase; give it a phase with G or g and without y.");
        // What the rings of a program can show besides lasts as long as its first green.
        greens.AddRange(program.Others.Select(s => Encoding.ASCII.GetString(s.Span)).Select(state => new ProgramPhase(state, Yielding(links, state), greens[0].Duration)));
        var states = greens.Select(p => p.Lawful).Distinct(StringComparer.Ordinal).ToArray();
        return new Signal
        {
            Id = signal.Id, Number = number, Offset = program.Offset, Program = phases,
            Links = links,
            Phases = states,
            PhaseSeconds = [.. states.Select(s => greens.First(p => p.Lawful == s).Duration)],
        };
    }

    /// <summary>A short step that lets only those go who go before it and after it, and fewer than after it: a clearance with everybody else red, as programs without yellow have it.</summary>
    private static bool IsClearance(ProgramPhase[] program, int step)
    {
        if (program[step].Duration >= LongestClearance) return false;
        var (state, before, after) = (program[step].State, program[(step + program.Length - 1) % program.Length].State, program[(step + 1) % program.Length].State);
        var gains = false;
        for (var i = 0; i < Math.Min(state.Length, Math.Min(before.Length, after.Length)); i++)
        {
            var goesOn = after[i] is 'G' or 'g';
            if (state[i] is 'G' or 'g' && !(goesOn && before[i] is 'G' or 'g')) return false;
            gains |= goesOn && state[i] is not ('G' or 'g');
        }
        return gains;
    }

    /// <summary>A state in which of two links that cross and both have protected green the one that gives way by the junction's rules has yielding green.</summary>
    private string Yielding(int[][] links, string state)
    {
        var letters = state.ToCharArray();
        for (var i = 0; i < links.Length; i++)
            for (var k = i + 1; k < links.Length && letters[i] == 'G'; k++)
                if (letters[k] == 'G' && links[i].Any(a => links[k].Any(b => Cross(Links[a], Links[b])))) letters[GivesWay(links[i], links[k]) ? i : k] = 'g';
        return new string(letters);
    }

    /// <summary>Lefts that face each other and links that merge into one street are given green together by builders of networks.</summary>
    private static bool Cross(Link a, Link b) => a.FromEdge != b.FromEdge && a.ToEdge != b.ToEdge && Array.IndexOf(a.Foes, b.Number) >= 0 && !(a.Direction is 'l' or 'L' && b.Direction is 'l' or 'L');

    private bool GivesWay(int[] some, int[] others)
    {
        if (some.Any(a => others.Any(b => Links[a].YieldsTo.Contains(b)))) return true;
        if (some.Any(a => others.Any(b => Links[b].YieldsTo.Contains(a)))) return false;
        return Links[some[0]].Direction != 's' && Links[others[0]].Direction == 's';
    }
}
