namespace Dalgu.Traffic.Simulation.Network;

public sealed partial class NetworkReader
{
    private RoadNetwork Number()
    {
        if (connections.Count == 0) throw Bad("net", netLine, "the network has no connection; no vehicle can pass from one edge to another. Build it with netconvert or netedit.");
        NumberEdgesAndLanes();
        NumberJunctions();
        NumberLinks();
        NumberRequests();
        NumberSignals();
        return network;
    }

    private void NumberEdgesAndLanes()
    {
        var (e, n) = (edges.Count, lanes.Count);
        network.edgeIds = [.. edges.Select(r => r.Id)];
        network.edgesById = Unique(network.edgeIds, "edge", i => edges[i].Line);
        network.edgeKind = [.. edges.Select(r => r.Kind)];
        network.edgePriority = [.. edges.Select(r => r.Priority)];
        network.edgeFirstLane = [.. edges.Select(r => r.FirstLane)];
        network.edgeLaneCount = [.. edges.Select(r => r.Lanes)];
        network.edgeFrom = new int[e];
        network.edgeTo = new int[e];
        if (edges.FirstOrDefault(r => r.Lanes == 0) is { } empty) throw Bad("edge", empty.Line, $"edge \"{empty.Id}\" has no lane.");
        network.laneIds = [.. lanes.Select(r => r.Id)];
        network.lanesById = Unique(network.laneIds, "lane", i => lanes[i].Line);
        network.laneEdge = [.. lanes.Select(r => r.Edge)];
        network.laneLength = [.. lanes.Select(r => r.Length)];
        network.laneSpeed = [.. lanes.Select(r => r.Speed)];
        network.laneWidth = [.. lanes.Select(r => r.Width)];
        network.laneAllowed = [.. lanes.Select(r => r.Allowed)];
        network.laneFirstPoint = [.. lanes.Select(r => r.FirstPoint)];
        network.lanePointCount = [.. lanes.Select(r => r.Points)];
        network.laneFirstLink = new int[n];
        network.laneLinkCount = new int[n];
        network.points = [.. points];
        network.roundabouts = [.. roundabouts.Select(r => r.Edges.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => Edge(id, "roundabout", r.Line)).ToArray())];
    }

    private void NumberJunctions()
    {
        network.junctionIds = [.. junctions.Select(r => r.Id)];
        network.junctionsById = Unique(network.junctionIds, "junction", i => junctions[i].Line);
        network.junctionKind = [.. junctions.Select(r => r.Kind)];
        network.junctionPoint = [.. junctions.Select(r => r.At)];
        network.junctionIncoming = [.. junctions.Select(r => Lanes(r.Incoming, r.Line))];
        network.junctionInternal = [.. junctions.Select(r => Lanes(r.Internal, r.Line))];
        for (var i = 0; i < edges.Count; i++)
        {
            var row = edges[i];
            // The name of an internal edge is ":junction_number".
            var inside = row.Id.StartsWith(':') && row.Id.LastIndexOf('_') is > 0 and var cut ? row.Id[1..cut] : null;
            network.edgeFrom[i] = row.From is null ? inside is null ? -1 : network.FindJunction(inside) : Junction(row.From, row);
            network.edgeTo[i] = row.To is null ? network.edgeFrom[i] : Junction(row.To, row);
        }
    }

    private void NumberLinks()
    {
        var ordered = connections.Select(r => (Row: r, From: Lane(r.From, r.FromLane, r), To: Lane(r.To, r.ToLane, r))).OrderBy(r => r.From).ToArray(); // stable: the file's order within a lane
        var n = ordered.Length;
        network.linkFrom = new int[n];
        network.linkTo = new int[n];
        network.linkVia = new int[n];
        network.linkNext = new int[n];
        network.linkSignal = new int[n];
        network.linkSignalIndex = new int[n];
        network.linkJunction = new int[n];
        network.linkRequest = new int[n];
        network.linkDirection = new byte[n];
        network.linkState = new byte[n];
        network.linkKeepClear = new bool[n];
        network.linkPass = new bool[n];
        network.linkWaitsInside = new bool[n];
        network.linkVisibility = new double[n];
        network.signalsById = Index([.. programs.Select(p => p.Signal).Distinct(StringComparer.Ordinal)]);
        for (var i = 0; i < n; i++)
        {
            var (row, from, to) = ordered[i];
            network.linkFrom[i] = from;
            network.linkTo[i] = to;
            network.linkVia[i] = row.Via is null ? -1 : network.FindLane(row.Via) is >= 0 and var via ? via : throw Bad("connection", row.Line, $"the lane \"{row.Via}\" that \"via\" names does not exist.");
            network.linkNext[i] = network.linkVia[i] >= 0 ? network.linkVia[i] : to;
            network.linkJunction[i] = network.edgeTo[network.laneEdge[from]];
            network.linkSignal[i] = SignalOf(row, network.linkJunction[i]);
            network.linkSignalIndex[i] = network.linkSignal[i] < 0 ? -1 : row.Index;
            network.linkRequest[i] = -1;
            network.linkDirection[i] = (byte)(row.Direction.Length > 0 ? row.Direction[0] : 's');
            network.linkState[i] = (byte)(row.State.Length > 0 ? row.State[0] : 'M');
            network.linkKeepClear[i] = row.KeepClear;
            network.linkPass[i] = row.Pass;
            network.linkVisibility[i] = row.Visibility;
            if (network.laneLinkCount[from]++ == 0) network.laneFirstLink[from] = i;
        }
        NumberIncoming(n);
    }

    /// <summary>The signal of a connection; -1 where there is none, or where trains work it.</summary>
    private int SignalOf(ConnectionRow row, int junction)
    {
        if (row.Signal is null || junction >= 0 && network.junctionKind[junction] == JunctionKind.Rail) return -1;
        if (network.FindSignal(row.Signal) is not (>= 0 and var signal)) throw Bad("connection", row.Line, $"the signal \"{row.Signal}\" has no tlLogic.");
        return row.Index >= 0 ? signal : throw Bad("connection", row.Line, $"the connection of signal \"{row.Signal}\" has no \"linkIndex\".");
    }

    private void NumberIncoming(int links)
    {
        network.laneFirstIncoming = new int[lanes.Count];
        network.laneIncomingCount = new int[lanes.Count];
        network.incomingLinks = new int[links];
        for (var i = 0; i < links; i++) network.laneIncomingCount[network.linkNext[i]]++;
        for (var lane = 1; lane < lanes.Count; lane++) network.laneFirstIncoming[lane] = network.laneFirstIncoming[lane - 1] + network.laneIncomingCount[lane - 1];
        var at = (int[])network.laneFirstIncoming.Clone();
        for (var i = 0; i < links; i++) network.incomingLinks[at[network.linkNext[i]]++] = i;
    }

    /// <summary>A link's row in the matrices is the place of its path's last lane among the junction's internal lanes; in a network without internal lanes it is the link's place in the order of incoming lanes.</summary>
    private void NumberRequests()
    {
        var count = junctions.Count;
        network.junctionRequests = new int[count];
        network.junctionResponse = new ulong[count][];
        network.junctionFoes = new ulong[count][];
        for (var j = 0; j < count; j++)
        {
            var row = junctions[j];
            var size = network.junctionRequests[j] = row.Requests.Count;
            var words = RoadNetwork.Words(size);
            network.junctionResponse[j] = new ulong[size * words];
            network.junctionFoes[j] = new ulong[size * words];
            foreach (var (index, response, foes, _, line) in row.Requests)
            {
                if ((uint)index >= (uint)size || response.Length != size || foes.Length != size) throw Bad("request", line, $"the request of junction \"{row.Id}\" does not fit its {size} requests.");
                Fill(network.junctionResponse[j].AsSpan(index * words, words), response, line);
                Fill(network.junctionFoes[j].AsSpan(index * words, words), foes, line);
            }
            AssignRequests(j, row, size);
        }
    }

    private void AssignRequests(int junction, JunctionRow row, int size)
    {
        var next = 0;
        foreach (var lane in network.junctionIncoming[junction])
            for (var i = 0; i < network.laneLinkCount[lane]; i++)
            {
                var link = network.laneFirstLink[lane] + i;
                if (network.edgeKind[network.laneEdge[lane]] != EdgeKind.Street || size == 0) continue;
                var request = network.linkVia[link] < 0 ? next : Place(junction, network.linkVia[link]);
                next++;
                if (request < 0 || request >= size) continue;
                network.linkRequest[link] = request;
                network.linkWaitsInside[link] = row.Requests.Exists(r => r.Index == request && r.Waits);
            }
    }

    private int Place(int junction, int via)
    {
        var internalLanes = network.junctionInternal[junction];
        for (var hops = 0; hops < 4; hops++)
        {
            var place = Array.IndexOf(internalLanes, via);
            if (place >= 0) return place;
            if (network.laneLinkCount[via] == 0) return -1;
            via = network.linkNext[network.laneFirstLink[via]];
        }
        return -1;
    }

    private void NumberSignals()
    {
        var bySignal = programs.GroupBy(p => p.Signal, StringComparer.Ordinal).ToArray();
        network.signals = new Signal[bySignal.Length];
        var links = new List<int>[bySignal.Length];
        for (var i = 0; i < links.Length; i++) links[i] = [];
        for (var link = 0; link < network.LinkCount; link++)
            if (network.linkSignal[link] >= 0) links[network.linkSignal[link]].Add(link);
        foreach (var group in bySignal)
        {
            var signal = network.FindSignal(group.Key);
            var highest = links[signal].Count == 0 ? -1 : links[signal].Max(l => network.linkSignalIndex[l]);
            var byIndex = Enumerable.Range(0, highest + 1).Select(i => links[signal].Where(l => network.linkSignalIndex[l] == i).ToArray()).ToArray();
            foreach (var program in group) Check(program, byIndex);
            CheckCrossings(group.Last(), byIndex);
            network.signals[signal] = new(group.Key, byIndex, [.. group.Select(ReadProgram)]);
        }
    }

    private static SignalProgram ReadProgram(ProgramRow row)
    {
        if (row.Type != "NEMA" || !row.Parameters.ContainsKey("ring1") || !row.Parameters.ContainsKey("ring2")) return new(row.Id, row.Type, row.Offset, [.. row.Phases.Select(p => p.Phase)], []);
        var (phases, others) = Rings(row).Unfold();
        if (phases.Count == 0) throw new TrafficFileException(row.File, "tlLogic", row.Line, $"the rings of signal \"{row.Signal}\" have no phase that ends at a barrier; name them in barrierPhases and barrier2Phases.");
        return new(row.Id, row.Type, row.Offset, phases, others);
    }

    private static DualRing Rings(ProgramRow row)
    {
        var phases = new Dictionary<string, DualRing.Phase>(StringComparer.Ordinal);
        foreach (var p in row.Phases) phases[p.Phase.Name] = new(p.Phase.State.ToArray(), p.Phase.MinDuration, p.Phase.MaxDuration, p.Yellow, p.Red);
        foreach (var name in Names("ring1").Concat(Names("ring2")))
            if (name != "0" && !phases.ContainsKey(name)) throw new TrafficFileException(row.File, "tlLogic", row.Line, $"the rings of signal \"{row.Signal}\" name the phase \"{name}\", which there is not; give a phase that name.");
        return new DualRing(phases.GetValueOrDefault, [Names("ring1"), Names("ring2")], [Names(row.Parameters.ContainsKey("barrier2Phases") ? "barrier2Phases" : "coordinatePhases"), Names("barrierPhases")]);

        string[] Names(string key) => row.Parameters.GetValueOrDefault(key, "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }

    private void Check(ProgramRow program, int[][] links)
    {
        if (program.Phases.Count == 0) throw new TrafficFileException(program.File, "tlLogic", program.Line, $"the program \"{program.Id}\" of signal \"{program.Signal}\" has no phase.");
        foreach (var (phase, _, _, line) in program.Phases)
        {
            var state = phase.State.Span;
            if (state.Length < links.Length)
                throw new TrafficFileException(program.File, "phase", line, $"the state has {state.Length} letters, but signal \"{program.Signal}\" controls {links.Length} links; give one letter for each.");
            if (state.Length != program.Phases[0].Phase.State.Length)
                throw new TrafficFileException(program.File, "phase", line, $"the state has {state.Length} letters, but the first phase of program \"{program.Id}\" of signal \"{program.Signal}\" has {program.Phases[0].Phase.State.Length}; give each phase the same number.");
            if (phase.Next >= program.Phases.Count) throw new TrafficFileException(program.File, "phase", line, $"next=\"{phase.Next}\" names no phase; there are {program.Phases.Count}, counted from 0.");
        }
    }

    /// <summary>Networks made from other simulators give protected green to links that cross, and SUMO runs them: whoever allows it is told.</summary>
    private void CheckCrossings(ProgramRow program, int[][] links)
    {
        var pairs = new SortedSet<(int, int)>();
        foreach (var (phase, _, _, line) in program.Phases)
        {
            var state = phase.State.Span;
            for (var i = 0; i < links.Length; i++)
                for (var k = i + 1; k < links.Length && state[i] == 'G'; k++)
                {
                    if (state[k] != 'G' || !Cross(links[i], links[k]) || AreLefts(links[i]) && AreLefts(links[k])) continue;
                    if (!allowsCrossingGreens)
                        throw new TrafficFileException(program.File, "phase", line, $"links {i} and {k} of signal \"{program.Signal}\" cross, and both have protected green (G) in one phase; make one of them g or r, or allow it (--allow-crossing-greens).");
                    pairs.Add((i, k));
                }
        }
        if (pairs.Count == 0) return;
        var (first, second) = pairs.Min;
        network.notes.Add($"The program \"{program.Id}\" of signal \"{program.Signal}\" in {program.File} gives protected green (G) to links that cross in one phase, {first} and {second}{(pairs.Count > 1 ? $" and {pairs.Count - 1} other pairs" : "")}.");
    }

    /// <summary>Builders of networks give lefts that face each other green together; where their paths touch, the junction's rows say who gives way.</summary>
    private bool AreLefts(int[] links) => Array.TrueForAll(links, link => network.linkDirection[link] is (byte)'l' or (byte)'L');

    /// <summary>Links of one approach, and links that lead to one street, merge in a zip, whatever the signal: builders of networks give them green together.</summary>
    private bool Cross(int[] some, int[] others)
    {
        foreach (var a in some)
            foreach (var b in others)
                if (network.laneEdge[network.linkFrom[a]] != network.laneEdge[network.linkFrom[b]] && network.laneEdge[network.linkTo[a]] != network.laneEdge[network.linkTo[b]] && network.LinksConflict(a, b)) return true;
        return false;
    }

    private void Fill(Span<ulong> row, string bits, int line)
    {
        for (var i = 0; i < bits.Length; i++)
        {
            var bit = bits[bits.Length - 1 - i]; // the last letter is request 0
            if (bit == '1') row[i >> 6] |= 1ul << (i & 63);
            else if (bit != '0') throw Bad("request", line, $"\"{bits}\" is not made of 0 and 1.");
        }
    }

    private System.Collections.Frozen.FrozenDictionary<string, int> Unique(string[] ids, string element, Func<int, int> line)
    {
        var seen = new HashSet<string>(ids.Length, StringComparer.Ordinal);
        for (var i = 0; i < ids.Length; i++)
            if (!seen.Add(ids[i])) throw Bad(element, line(i), $"the id \"{ids[i]}\" stands twice.");
        return Index(ids);
    }

    private int Edge(string id, string element, int line) =>
        network.FindEdge(id) is >= 0 and var edge ? edge : throw Bad(element, line, $"the edge \"{id}\" does not exist in this network.");

    private int Junction(string id, EdgeRow row) =>
        network.FindJunction(id) is >= 0 and var junction ? junction : throw Bad("edge", row.Line, $"the junction \"{id}\" of edge \"{row.Id}\" does not exist.");

    private int Lane(string edgeId, int index, ConnectionRow row)
    {
        var edge = Edge(edgeId, "connection", row.Line);
        return (uint)index < (uint)edges[edge].Lanes ? edges[edge].FirstLane + index
            : throw Bad("connection", row.Line, $"the edge \"{edgeId}\" has {edges[edge].Lanes} lanes; the lane {index} does not exist.");
    }

    private int[] Lanes(string ids, int line) =>
        [.. ids.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => network.FindLane(id) is >= 0 and var lane ? lane : throw Bad("junction", line, $"the lane \"{id}\" does not exist."))];
}
