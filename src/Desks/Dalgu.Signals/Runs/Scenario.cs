using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dalgu.Signals.Streets;
using Dalgu.Traffic.Simulation.Demand;

namespace Dalgu.Signals.Runs;

/// <summary>A network, a demand and a window of the day. Read once, shared by runs.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Net">The network file.</param>
/// <param name="Routes">The demand file, or several with commas.</param>
/// <param name="Begin">First second.</param>
/// <param name="End">The second at which a run ends.</param>
internal sealed record Scenario(string Name, string Net, string Routes, double Begin, double End)
{
    public required StreetMap Map { get; init; }
    public required TrafficDemand Demand { get; init; }

    /// <summary>Additional files of SUMO with commas: types, routes and programs that network and demand lack. Empty where there are none.</summary>
    public string Additional { get; init; } = "";

    /// <summary>Whether programs that give protected green to links that cross are driven and not refused.</summary>
    public bool AllowsCrossingGreens { get; init; }

    /// <summary>When each trip of the window is planned to depart. Those before the first second are never inserted, by SUMO either.</summary>
    public required IReadOnlyDictionary<string, double> Planned { get; init; }

    private const double WholeDay = 86400;

    /// <summary>Reads the files. Without a window it is the hour that begins with the first trip, rounded down to a minute.</summary>
    public static Scenario Read(string net, string routes, double? begin, double? end, string? name = null, string additional = "", bool allowCrossingGreens = false)
    {
        var map = StreetMap.Read(net, DemandReader.Files(additional), allowCrossingGreens);
        var demand = DemandReader.Read(routes, map.Network, additional: additional, begin: begin ?? 0, end: end ?? WholeDay);
        if (demand.Count == 0) throw new Problem(ProblemKind.BadRequestData, $"{routes}: the demand has no trip; there is nothing to simulate.");
        var first = begin ?? Math.Floor(demand.Depart[0] / 60) * 60;
        var last = end ?? first + 3600;
        if (demand.HasOpenFlows && (begin is null || end is null)) demand = DemandReader.Read(routes, map.Network, additional: additional, begin: first, end: last);
        if (last <= first) throw new ArgumentException($"--end {last} is not after --begin {first}.");
        var planned = new Dictionary<string, double>(StringComparer.Ordinal);
        for (var i = 0; i < demand.Count; i++)
            if (demand.Depart[i] >= first && demand.Depart[i] < last) planned[demand.Id(i)] = demand.Depart[i];
        return new Scenario(name ?? map.Name, net, routes, first, last) { Map = map, Demand = demand, Planned = planned, Additional = additional, AllowsCrossingGreens = allowCrossingGreens };
    }

    /// <summary>The same network and demand in another window.</summary>
    public Scenario During(double begin, double end) => Read(Net, Routes, begin, end, Name, Additional, AllowsCrossingGreens);

    /// <summary>What tells it from another network, demand or window under the same name.</summary>
    /// <param name="more">What else it is told by.</param>
    public string Hash(string more = "") => Convert.ToHexStringLower(SHA256.HashData([.. new[] { Net }.Concat(DemandReader.Files(Routes)).Concat(DemandReader.Files(Additional)).SelectMany(f => SHA256.HashData(File.ReadAllBytes(f))),
        .. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Begin} {End} {more}"))]).AsSpan(0, 4));

    /// <summary>The scenarios of a folder: each subfolder, or the folder itself, with one network and one demand.</summary>
    public static IReadOnlyList<Scenario> ReadFolder(string folder, bool allowCrossingGreens = false)
    {
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"The folder {folder} does not exist.");
        var found = new List<Scenario>();
        foreach (var place in Directory.GetDirectories(folder).Append(folder).Order(StringComparer.Ordinal))
        {
            var nets = Directory.GetFiles(place, "*.net.xml*");
            var routes = Directory.GetFiles(place, "*.rou.xml*");
            if (nets.Length != 1 || routes.Length != 1) continue;
            var scenario = Read(nets[0], routes[0], null, null, Path.GetFileName(Path.TrimEndingDirectorySeparator(place)), allowCrossingGreens: allowCrossingGreens);
            found.Add(WithWindow(scenario, Path.Combine(place, "window.txt")));
        }
        if (found.Count == 0) throw new Problem(ProblemKind.BadRequestData, $"The folder {folder} has no scenario; a scenario is a folder with one *.net.xml[.gz] and one *.rou.xml[.gz].");
        return found;
    }

    /// <summary>A file window.txt beside the network may say begin and end; else the window is the hour in which most trips begin, on full hours.</summary>
    private static Scenario WithWindow(Scenario scenario, string file)
    {
        if (File.Exists(file))
        {
            var parts = File.ReadAllText(file).Split((char[])[' ', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length == 2 && double.TryParse(parts[0], CultureInfo.InvariantCulture, out var b) && double.TryParse(parts[1], CultureInfo.InvariantCulture, out var e) && e > b)
                return scenario.During(b, e);
            throw new Problem(ProblemKind.BadRequestData, $"{file} is not two numbers, begin and end in seconds of the day.");
        }
        var hours = new Dictionary<int, int>();
        foreach (var depart in scenario.Demand.Depart) hours[(int)(depart / 3600)] = hours.GetValueOrDefault((int)(depart / 3600)) + 1;
        var hour = hours.OrderByDescending(h => h.Value).ThenBy(h => h.Key).First().Key;
        return scenario.During(hour * 3600, hour * 3600 + 3600);
    }
}
