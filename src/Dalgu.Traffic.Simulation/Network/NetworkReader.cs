using System.Collections.Frozen;
using System.Text;

namespace Dalgu.Traffic.Simulation.Network;

/// <summary>Reads a SUMO network (<c>.net.xml</c>, plain or gzip) in one pass.</summary>
/// <remarks>Rows are gathered as the file gives them (it names lanes before junctions, junctions before connections) and numbered at the end.</remarks>
public sealed partial class NetworkReader
{
    private string file;
    private bool allowsCrossingGreens;
    private readonly RoadNetwork network;
    private readonly List<EdgeRow> edges = [];
    private readonly List<LaneRow> lanes = [];
    private readonly List<Point> points = [];
    private readonly List<JunctionRow> junctions = [];
    private readonly List<ConnectionRow> connections = [];
    private readonly List<ProgramRow> programs = [];
    private readonly List<(string Edges, int Line)> roundabouts = [];
    private int netLine;
    private bool inProgram;

    private sealed record EdgeRow(string Id, EdgeKind Kind, string? From, string? To, int Priority, int FirstLane, int Line)
    {
        public int Lanes;
    }

    private sealed record LaneRow(string Id, int Edge, int Index, double Length, double Speed, double Width, VehicleClasses Allowed, int FirstPoint, int Points, int Line);

    private sealed record JunctionRow(string Id, JunctionKind Kind, Point At, string Incoming, string Internal, int Line)
    {
        public readonly List<(int Index, string Response, string Foes, bool Waits, int Line)> Requests = [];
    }

    private sealed record ConnectionRow(string From, string To, int FromLane, int ToLane, string? Via, string? Signal, int Index, string Direction, string State, bool KeepClear, bool Pass, double Visibility, int Line);

    private sealed record ProgramRow(string File, string Signal, string Id, string Type, double Offset, int Line)
    {
        public readonly List<PhaseRow> Phases = [];
        public readonly Dictionary<string, string> Parameters = new(StringComparer.Ordinal);
    }

    /// <summary>A phase; what follows it is said only by NEMA programs.</summary>
    private sealed record PhaseRow(SignalPhase Phase, double Yellow, double Red, int Line);

    private NetworkReader(string file)
    {
        this.file = file;
        network = new(file);
    }

    /// <summary>Reads the network of a file.</summary>
    /// <param name="file">The file: XML or gzip of it.</param>
    /// <param name="additional">Files with more programs of its signals; as in SUMO the one read last is the one that runs.</param>
    /// <param name="allowCrossingGreens">Whether a program that gives protected green to links that cross, which SUMO runs, is noted and not refused.</param>
    /// <exception cref="TrafficFileException">The file cannot be unpacked or parsed, has no connections, refers to what it does not have,
    /// or has a signal program that is shorter than its links or gives protected green to links that cross.</exception>
    public static RoadNetwork Read(string file, ReadOnlySpan<string> additional = default, bool allowCrossingGreens = false)
    {
        var reader = new NetworkReader(file) { allowsCrossingGreens = allowCrossingGreens };
        using (var source = new XmlSource(file)) reader.Gather(source);
        foreach (var more in additional)
        {
            reader.file = more;
            using var source = new XmlSource(more);
            reader.GatherPrograms(source);
        }
        reader.file = file;
        return reader.Number();
    }

    private void Gather(XmlSource source)
    {
        if (!source.Next(out _) || source.Name != "net") throw source.Bad("the root element is not <net>; give a network file.");
        netLine = source.Line;
        while (source.Next(out var starts))
        {
            if (source.Name == "tlLogic") inProgram = starts && !source.IsEmpty;
            if (!starts) continue;
            switch (source.Name)
            {
                case "edge": Edge(source); break;
                case "lane": Lane(source); break;
                case "junction": Junction(source); break;
                case "request": Request(source); break;
                case "connection": Connection(source); break;
                case "tlLogic": Program(source); break;
                case "phase": Phase(source); break;
                case "param" when inProgram: Parameter(source); break;
                case "roundabout": roundabouts.Add((source.Required("edges"), source.Line)); break;
                default: break; // geometry, types, pedestrians' and railways' details that no vehicle needs
            }
        }
    }

    private void GatherPrograms(XmlSource source)
    {
        while (source.Next(out var starts))
        {
            if (source.Name == "tlLogic") inProgram = starts && !source.IsEmpty;
            if (starts && source.Name == "tlLogic") Program(source);
            else if (starts && inProgram && source.Name == "phase") Phase(source);
            else if (starts && inProgram && source.Name == "param") Parameter(source);
        }
    }

    private void Edge(XmlSource source)
    {
        var kind = source.Text("function") switch
        {
            "internal" => EdgeKind.Internal,
            "crossing" => EdgeKind.Crossing,
            "walkingarea" => EdgeKind.WalkingArea,
            "connector" => EdgeKind.Connector,
            _ => EdgeKind.Street,
        };
        edges.Add(new(source.Required("id"), kind, source.Text("from"), source.Text("to"), source.Whole("priority", -1), lanes.Count, source.Line));
        if (kind == EdgeKind.Street && (source.Text("from") is null || source.Text("to") is null)) throw source.Bad($"edge \"{edges[^1].Id}\" lacks \"from\" or \"to\".");
    }

    private void Lane(XmlSource source)
    {
        if (edges.Count == 0) throw source.Bad("a lane stands outside of an edge.");
        var edge = edges[^1];
        var first = points.Count;
        ReadShape(source, source.Text("shape") ?? "");
        var length = source.Number("length");
        var speed = source.Number("speed");
        if (length <= 0) throw source.Bad($"lane \"{source.Text("id")}\" has the length {length}; a length is above 0 m.");
        if (speed < 0) throw source.Bad($"lane \"{source.Text("id")}\" has the speed {speed}; a speed is not below 0 m/s.");
        // Older files give every lane of an internal edge the index 0; like SUMO, take them by their order.
        var index = source.Whole("index");
        if (edge.Kind == EdgeKind.Internal) index = edge.Lanes;
        lanes.Add(new(source.Required("id"), edges.Count - 1, index, length, speed, source.Number("width", 3.2),
            VehicleClasses.Of(source.Text("allow"), source.Text("disallow")), first, points.Count - first, source.Line));
        if (lanes[^1].Index != edge.Lanes) throw source.Bad($"lane \"{lanes[^1].Id}\" has the index {lanes[^1].Index}, but it is number {edge.Lanes} of its edge.");
        edge.Lanes++;
    }

    private void ReadShape(XmlSource source, string shape)
    {
        foreach (var range in shape.AsSpan().Split(' '))
        {
            var pair = shape.AsSpan(range);
            if (pair.IsEmpty) continue;
            var comma = pair.IndexOf(',');
            if (comma <= 0) throw source.Bad($"\"{pair}\" in the shape is not a point x,y.");
            var rest = pair[(comma + 1)..];
            var second = rest.IndexOf(',');
            points.Add(new(source.Number("shape", pair[..comma].ToString()), source.Number("shape", (second < 0 ? rest : rest[..second]).ToString())));
        }
    }

    private void Junction(XmlSource source)
    {
        var kind = source.Text("type") switch
        {
            "priority" => JunctionKind.Priority,
            "traffic_light" or "traffic_light_unregulated" => JunctionKind.Signal,
            "traffic_light_right_on_red" => JunctionKind.SignalRightOnRed,
            "right_before_left" => JunctionKind.RightBeforeLeft,
            "zipper" => JunctionKind.Zipper,
            "priority_stop" => JunctionKind.PriorityStop,
            "allway_stop" => JunctionKind.AllwayStop,
            "unregulated" => JunctionKind.Unregulated,
            "dead_end" => JunctionKind.DeadEnd,
            "internal" => JunctionKind.Internal,
            "rail_signal" or "rail_crossing" => JunctionKind.Rail,
            _ => JunctionKind.Other,
        };
        junctions.Add(new(source.Required("id"), kind, new(source.Number("x", 0), source.Number("y", 0)), source.Text("incLanes") ?? "", source.Text("intLanes") ?? "", source.Line));
    }

    private void Request(XmlSource source)
    {
        if (junctions.Count == 0) throw source.Bad("a request stands outside of a junction.");
        junctions[^1].Requests.Add((source.Whole("index"), source.Required("response"), source.Required("foes"), source.Text("cont") == "1", source.Line));
    }

    private void Connection(XmlSource source)
    {
        var direction = source.Text("dir") ?? "s";
        connections.Add(new(source.Required("from"), source.Required("to"), source.Whole("fromLane"), source.Whole("toLane"), source.Text("via"), source.Text("tl"),
            source.Whole("linkIndex", -1), direction, source.Text("state") ?? "M", source.Text("keepClear") is not ("0" or "false"), source.Text("pass") is "1" or "true",
            source.Number("visibility", -1), source.Line));
    }

    private void Program(XmlSource source) =>
        programs.Add(new(file, source.Required("id"), source.Text("programID") ?? "0", source.Text("type") ?? "static", source.Time("offset", 0), source.Line));

    private void Phase(XmlSource source)
    {
        if (programs.Count == 0) throw source.Bad("a phase stands outside of a tlLogic.");
        var duration = source.Time("duration", source.Text("minDur") is null ? null : source.Time("minDur"));
        if (duration <= 0) throw source.Bad($"the phase lasts {duration} s; a duration is above 0 s.");
        var state = source.Required("state");
        foreach (var letter in state)
            if (!"GgyrusoO".Contains(letter, StringComparison.Ordinal) && letter is not ('Y' or 'R')) throw source.Bad($"the letter '{letter}' in state=\"{state}\" is no signal state; G g y r u s o O are.");
        var next = source.Text("next")?.Split(' ')[0];
        programs[^1].Phases.Add(new(new(duration, Encoding.ASCII.GetBytes(state), source.Time("minDur", duration), source.Time("maxDur", duration),
            next is null ? -1 : (int)source.Number("next", next), source.Text("name") ?? ""), source.Time("yellow", 3), source.Time("red", 0), source.Line));
    }

    private void Parameter(XmlSource source) => programs[^1].Parameters[source.Required("key")] = source.Text("value") ?? "";

    private TrafficFileException Bad(string element, int line, string fact) => new(file, element, line, fact);

    private static FrozenDictionary<string, int> Index(string[] ids)
    {
        var index = new Dictionary<string, int>(ids.Length, StringComparer.Ordinal);
        for (var i = 0; i < ids.Length; i++) index.TryAdd(ids[i], i);
        return index.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
