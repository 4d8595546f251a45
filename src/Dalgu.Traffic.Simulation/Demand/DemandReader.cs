using System.Globalization;
using Dalgu.Traffic.Simulation.Network;

namespace Dalgu.Traffic.Simulation.Demand;

/// <summary>Reads SUMO demand (<c>.rou.xml</c>, plain or gzip) in one pass: vehicles with a route inside or by name, trips (routed by shortest time in the empty network), flows, vehicle types, distributions of types and of routes.</summary>
public sealed partial class DemandReader
{
    private string file = "";
    private readonly RoadNetwork network;
    private readonly ulong seed;
    private readonly ShortestTime router;
    private readonly Dictionary<string, int> typeNumbers = new(StringComparer.Ordinal);
    private readonly List<VehicleType> types = [];
    private readonly Dictionary<string, (int Type, double Weight)[]> distributions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> routeNumbers = new(StringComparer.Ordinal);
    private readonly List<int[]> routes = [];
    private readonly List<TripRow> trips = [];
    private readonly HashSet<string> ids = new(StringComparer.Ordinal), flowIds = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> leftOut = new(StringComparer.Ordinal);
    private readonly List<string> notes = [], otherModels = [];
    private readonly Dictionary<string, List<(int Route, double Weight)>> routeChoices = new(StringComparer.Ordinal);
    private List<(int Route, double Weight)>? openRoutes; // of the distribution that is being read
    private readonly (double Begin, double End) span; // of the simulation
    private double begin, end; // of a flow that says none: the interval's in which it stands, else the simulation's
    private bool isOpen;
    private readonly HashSet<string> drawnFlows = new(StringComparer.Ordinal);
    private const int LeftOut = -1; // the number of a type whose vehicles are not simulated: trains, ships
    private string? openDistribution;
    private readonly List<(int Type, double Weight)> distribution = [];

    private readonly record struct TripRow(string Id, double Depart, int Type, int Route, int Lane, float Position, float Speed, float Arrival, bool Routed = false);

    private DemandReader(RoadNetwork network, ulong seed, double begin, double end)
    {
        this.network = network;
        this.seed = seed;
        (this.begin, this.end) = span = (begin, end);
        router = new(network);
    }

    /// <summary>The files of a list with commas, as SUMO takes them.</summary>
    public static string[] Files(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Reads the demand of a file, or of several.</summary>
    /// <param name="file">The file, XML or gzip of it; several with commas, read in turn.</param>
    /// <param name="network">The network that its routes run on.</param>
    /// <param name="seed">Decides what the file leaves to chance: types from a distribution, flows with a probability.</param>
    /// <param name="additional">Files that are read before it, with commas: types and routes that it names.</param>
    /// <param name="begin">The first second of the simulation: where a flow begins that says nothing and stands in no interval, as in SUMO.</param>
    /// <param name="end">The last, likewise.</param>
    /// <exception cref="TrafficFileException">A file cannot be unpacked or parsed, or a route names a missing edge, does not hang together or is closed to the vehicle.</exception>
    public static TrafficDemand Read(string file, RoadNetwork network, ulong seed = 0, string additional = "", double begin = 0, double end = 86400)
    {
        var reader = new DemandReader(network, seed, begin, end);
        foreach (var one in Files(additional)) reader.Gather(one, isAdditional: true);
        foreach (var one in Files(file)) reader.Gather(one, isAdditional: false);
        return reader.Number(file);
    }

    private void Gather(string one, bool isAdditional)
    {
        file = one;
        using var source = new XmlSource(one);
        Gather(source, isAdditional);
        NoteLeftOut();
    }

    private void Gather(XmlSource source, bool isAdditional)
    {
        // An additional file may call its root as it likes, and what it has besides traffic is not missed.
        if (!source.Next(out _) || !isAdditional && source.Name is not ("routes" or "additional" or "trips")) throw source.Bad("the root element is not <routes>; give a demand file.");
        while (source.Next(out var starts))
        {
            if (!starts)
            {
                if (source.Name == "vTypeDistribution") CloseDistribution(source);
                if (source.Name == "routeDistribution") openRoutes = null;
                if (source.Name == "interval") (begin, end) = span;
                continue;
            }
            switch (source.Name)
            {
                case "vType": Type(source); break;
                case "vTypeDistribution": OpenDistribution(source); break;
                case "route" when openRoutes is not null || source.Text("id") is not null: Route(source); break;
                case "vehicle": Vehicle(source); break;
                case "trip": Trip(source); break;
                case "flow": Flow(source); break;
                case "interval" when !isAdditional: (begin, end) = (source.Time("begin", span.Begin), source.Time("end", span.End)); break;
                case "param" or "rerouter" or "interval" or "flows" or "vehicles": break;
                case "routeDistribution": OpenRoutes(source); break;
                case "person" or "personFlow" or "container" or "containerFlow": LeaveOut(source); break;
                default:
                    if (!isAdditional) leftOut[source.Name] = leftOut.GetValueOrDefault(source.Name) + 1;
                    break;
            }
        }
    }

    private void Vehicle(XmlSource source)
    {
        var (id, line, type) = (Fresh(source), source.Line, TypeOf(source, source.Required("id")));
        if (type == LeftOut || IsTriggered(source))
        {
            LeaveOut(source);
            return;
        }
        var row = Attributes(source, id, Depart(source), type);
        var route = source.Text("route") is { } name ? Chosen(Named(source, name), id) : Chosen(Inner(source, id, line), id);
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

    /// <summary>The route that stands inside of a vehicle or flow, or several of which one is drawn; other children are counted as left out.</summary>
    private (int Route, double Weight)[] Inner(XmlSource source, string id, int line)
    {
        var element = source.Name;
        var found = new List<(int, double)>();
        if (!source.IsEmpty)
            while (source.Next(out var starts) && (starts || source.Name != element))
            {
                if (!starts) continue;
                if (source.Name == "route") found.Add((Add(Edges(source)), source.Number("probability", 1)));
                else if (source.Name is not ("param" or "routeDistribution")) leftOut[source.Name] = leftOut.GetValueOrDefault(source.Name) + 1;
            }
        return found.Count > 0 ? [.. found] : throw new TrafficFileException(file, element, line, $"\"{id}\" has no route.");
    }

    private void Trip(XmlSource source)
    {
        var id = Fresh(source);
        if (TypeOf(source, id) is var type && type == LeftOut || IsTriggered(source))
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
        string[] places = [source.Required("from").Trim(), .. (source.Text("via") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries), source.Required("to").Trim()];
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

    private (int Route, double Weight)[] Named(XmlSource source, string name) => routeNumbers.TryGetValue(name, out var route) ? [(route, 1)]
        : routeChoices.TryGetValue(name, out var choice) ? choice.Count > 0 ? [.. choice] : throw source.Bad($"the distribution \"{name}\" has no route.")
        : throw source.Bad($"the route \"{name}\" is not defined before it is used.");

    /// <summary>One of several routes, by weight; which is decided by the vehicle's name and the seed.</summary>
    private int Chosen((int Route, double Weight)[] choice, string vehicle)
    {
        if (choice.Length == 1) return choice[0].Route;
        var at = SeededRandom.UnitOf(SeededRandom.Mix(seed, SeededRandom.Hash(vehicle + " route"))) * choice.Sum(c => c.Weight);
        foreach (var (route, weight) in choice)
            if ((at -= weight) < 0) return route;
        return choice[^1].Route;
    }

    /// <summary>A route by itself, or one of an open distribution.</summary>
    private void Route(XmlSource source)
    {
        var route = source.Text("refId") is { } other ? Named(source, other)[0].Route : Add(Edges(source));
        if (source.Text("id") is { } id) routeNumbers[id] = route;
        openRoutes?.Add((route, source.Number("probability", 1)));
    }

    /// <summary>A distribution of routes: those that stand in it, or those that it names.</summary>
    private void OpenRoutes(XmlSource source)
    {
        var list = routeChoices[source.Required("id")] = [];
        var weights = source.Text("probabilities")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        var names = source.Text("routes")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        for (var i = 0; i < names.Length; i++) list.Add((Named(source, names[i])[0].Route, i < weights.Length ? source.Number("probabilities", weights[i]) : 1));
        if (!source.IsEmpty) openRoutes = list;
    }

    private int Add(int[] edges)
    {
        routes.Add(edges);
        return routes.Count - 1;
    }

    /// <summary>The id of an element, which no other has: vehicles and trips among each other, flows among each other.</summary>
    private string Fresh(XmlSource source)
    {
        var id = source.Required("id");
        return (source.Name == "flow" ? flowIds : ids).Add(id) ? id : throw source.Bad($"the id \"{id}\" stands twice.");
    }

    private static double Depart(XmlSource source) => source.Time("depart");

    /// <summary>Whether it departs when somebody has boarded or a train is split, which is not simulated.</summary>
    private static bool IsTriggered(XmlSource source) => source.Text("depart") is "triggered" or "containerTriggered" or "split";

    private void NoteLeftOut()
    {
        notes.AddRange(leftOut.Select(pair => $"{pair.Value} <{pair.Key}> in {file} are left out; they are not simulated."));
        leftOut.Clear();
    }

    private TrafficDemand Number(string file)
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
            notes = [.. notes, .. otherModels],
            HasOpenFlows = isOpen,
            DrawnFlows = drawnFlows,
        };
        for (var i = 1; i < routes.Count; i++) demand.routeFirst[i] = demand.routeFirst[i - 1] + demand.routeLength[i - 1];
        return demand;
    }
}
