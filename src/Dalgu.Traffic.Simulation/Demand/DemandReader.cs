using System.Globalization;
using Dalgu.Traffic.Simulation.Network;

namespace Dalgu.Traffic.Simulation.Demand;

/// <summary>Reads SUMO demand (<c>.rou.xml</c>, plain or gzip) in one pass: vehicles with a route inside or by name, trips (routed by shortest time in the empty network), flows, vehicle types and their distributions.</summary>
public sealed partial class DemandReader
{
    private readonly string file;
    private readonly RoadNetwork network;
    private readonly ulong seed;
    private readonly ShortestTime router;
    private readonly Dictionary<string, int> typeNumbers = new(StringComparer.Ordinal);
    private readonly List<VehicleType> types = [];
    private readonly Dictionary<string, (int Type, double Weight)[]> distributions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> routeNumbers = new(StringComparer.Ordinal);
    private readonly List<int[]> routes = [];
    private readonly List<TripRow> trips = [];
    private readonly HashSet<string> ids = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> leftOut = new(StringComparer.Ordinal);
    private readonly List<string> otherModels = [];
    private const int LeftOut = -1; // the number of a type whose vehicles are not simulated: trains, ships
    private string? openDistribution;
    private readonly List<(int Type, double Weight)> distribution = [];

    private readonly record struct TripRow(string Id, double Depart, int Type, int Route, int Lane, float Position, float Speed, float Arrival, bool Routed = false);

    private DemandReader(string file, RoadNetwork network, ulong seed)
    {
        this.file = file;
        this.network = network;
        this.seed = seed;
        router = new(network);
    }

    /// <summary>Reads the demand of a file.</summary>
    /// <param name="file">The file: XML or gzip of it.</param>
    /// <param name="network">The network that its routes run on.</param>
    /// <param name="seed">Decides what the file leaves to chance: types from a distribution, flows with a probability.</param>
    /// <exception cref="TrafficFileException">The file cannot be unpacked or parsed, or a route names a missing edge, does not hang together or is closed to the vehicle.</exception>
    public static TrafficDemand Read(string file, RoadNetwork network, ulong seed = 0)
    {
        var reader = new DemandReader(file, network, seed);
        using (var source = new XmlSource(file)) reader.Gather(source);
        return reader.Number();
    }

    private void Gather(XmlSource source)
    {
        if (!source.Next(out _) || source.Name is not ("routes" or "additional" or "trips")) throw source.Bad("the root element is not <routes>; give a demand file.");
        while (source.Next(out var starts))
        {
            if (!starts)
            {
                if (source.Name == "vTypeDistribution") CloseDistribution(source);
                continue;
            }
            switch (source.Name)
            {
                case "vType": Type(source); break;
                case "vTypeDistribution": OpenDistribution(source); break;
                case "route" when source.Text("id") is { } id: routeNumbers[id] = Add(Edges(source)); break;
                case "vehicle": Vehicle(source); break;
                case "trip": Trip(source); break;
                case "flow": Flow(source); break;
                case "param" or "rerouter" or "interval": break;
                case "routeDistribution": throw source.Bad("route distributions are not read; give each vehicle its route.");
                default:
                    leftOut[source.Name] = leftOut.GetValueOrDefault(source.Name) + 1;
                    break;
            }
        }
    }

    private void Vehicle(XmlSource source)
    {
        var (id, depart, line, type) = (Fresh(source), Depart(source), source.Line, TypeOf(source, source.Required("id")));
        if (type == LeftOut)
        {
            LeaveOut(source);
            return;
        }
        var row = Attributes(source, id, depart, type);
        var route = source.Text("route") is { } name ? Named(source, name) : Add(Inner(source, id, line));
        trips.Add(row with { Route = route });
        CheckOpen(route, row.Type, id, "vehicle", line);
    }

    /// <summary>Counts what is not simulated, and goes on behind it.</summary>
    private void LeaveOut(XmlSource source)
    {
        var element = source.Name;
        leftOut[element] = leftOut.GetValueOrDefault(element) + 1;
        if (source.IsEmpty) return;
        while (source.Next(out var starts) && (starts || source.Name != element)) { }
    }

    /// <summary>The route that stands inside of a vehicle or flow; other children are counted as left out.</summary>
    private int[] Inner(XmlSource source, string id, int line)
    {
        var element = source.Name;
        int[]? edges = null;
        if (!source.IsEmpty)
            while (source.Next(out var starts) && (starts || source.Name != element))
            {
                if (!starts) continue;
                if (source.Name == "route") edges = Edges(source);
                else if (source.Name != "param") leftOut[source.Name] = leftOut.GetValueOrDefault(source.Name) + 1;
            }
        return edges ?? throw new TrafficFileException(file, element, line, $"\"{id}\" has no route.");
    }

    private void Trip(XmlSource source)
    {
        var id = Fresh(source);
        if (TypeOf(source, id) is var type && type == LeftOut)
        {
            LeaveOut(source);
            return;
        }
        var row = Attributes(source, id, Depart(source), type);
        trips.Add(row with { Route = Routed(source, id, row.Type), Routed = source.Text("via") is null });
    }

    private int Routed(XmlSource source, string id, int type)
    {
        if (source.Text("from") is null || source.Text("to") is null) throw source.Bad($"\"{id}\" lacks \"from\" or \"to\".");
        string[] places = [source.Required("from"), .. (source.Text("via") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries), source.Required("to")];
        var key = types[type].Class.Bits.ToString(CultureInfo.InvariantCulture) + "|" + types[type].MaxSpeed.ToString(CultureInfo.InvariantCulture) + "|" + string.Join(' ', places);
        if (routeNumbers.TryGetValue(key, out var known)) return known;
        var edges = new List<int>();
        for (var i = 1; i < places.Length; i++)
        {
            var found = router.Find(Edge(source, places[i - 1]), Edge(source, places[i]), types[type]);
            if (found is null) throw source.Bad($"\"{id}\": no way that a {types[type].Id} may use leads from \"{places[i - 1]}\" to \"{places[i]}\".");
            edges.AddRange(i == 1 ? found : found.AsSpan(1));
        }
        return routeNumbers[key] = Add([.. edges]);
    }

    private int[] Edges(XmlSource source)
    {
        var names = source.Required("edges").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (names.Length == 0) throw source.Bad("the route has no edge.");
        var edges = new int[names.Length];
        for (var i = 0; i < names.Length; i++)
        {
            edges[i] = Edge(source, names[i]);
            if (i > 0 && !router.Connected(edges[i - 1], edges[i])) throw source.Bad($"the route goes from edge \"{names[i - 1]}\" to \"{names[i]}\", but no connection leads there.");
        }
        return edges;
    }

    private int Edge(XmlSource source, string id)
    {
        var edge = network.FindEdge(id);
        if (edge < 0) throw source.Bad($"the edge \"{id}\" of the route does not exist in {network.File}.");
        return network.EdgeKind[edge] is EdgeKind.Street or EdgeKind.Connector ? edge : throw source.Bad($"the edge \"{id}\" of the route lies inside a junction.");
    }

    private void CheckOpen(int route, int type, string id, string element, int line)
    {
        foreach (var edge in routes[route])
            if (!router.Open(edge, types[type].Class))
                throw new TrafficFileException(file, element, line, $"\"{id}\" may not use the edge \"{network.EdgeId(edge)}\" of its route; no lane is open to a {types[type].Id}.");
    }

    private int Named(XmlSource source, string name) => routeNumbers.TryGetValue(name, out var route) ? route : throw source.Bad($"the route \"{name}\" is not defined before it is used.");

    private int Add(int[] edges)
    {
        routes.Add(edges);
        return routes.Count - 1;
    }

    private string Fresh(XmlSource source)
    {
        var id = source.Required("id");
        return ids.Add(id) ? id : throw source.Bad($"the id \"{id}\" stands twice.");
    }

    private static double Depart(XmlSource source)
    {
        if (source.Text("depart") is "triggered" or "containerTriggered" or "split") throw source.Bad("a departure by trigger is not simulated; give a time.");
        return source.Time("depart");
    }

    private TrafficDemand Number()
    {
        var order = Enumerable.Range(0, trips.Count).OrderBy(i => trips[i].Depart).ToArray(); // stable: the file's order at one time
        var demand = new TrafficDemand(file)
        {
            ids = [.. order.Select(i => trips[i].Id)],
            depart = [.. order.Select(i => trips[i].Depart)],
            type = [.. order.Select(i => trips[i].Type)],
            routeOf = [.. order.Select(i => trips[i].Route)],
            departLane = [.. order.Select(i => trips[i].Lane)],
            departPosition = [.. order.Select(i => trips[i].Position)],
            departSpeed = [.. order.Select(i => trips[i].Speed)],
            arrivalPosition = [.. order.Select(i => trips[i].Arrival)],
            routed = [.. order.Select(i => trips[i].Routed)],
            types = [.. types],
            routeFirst = new int[routes.Count],
            routeLength = [.. routes.Select(r => r.Length)],
            routeEdges = [.. routes.SelectMany(r => r)],
            notes = [.. leftOut.Select(pair => $"{pair.Value} <{pair.Key}> in {file} are left out; they are not simulated."), .. otherModels],
        };
        for (var i = 1; i < routes.Count; i++) demand.routeFirst[i] = demand.routeFirst[i - 1] + demand.routeLength[i - 1];
        return demand;
    }
}
