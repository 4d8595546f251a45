using System.Globalization;
using System.Text;

namespace Dalgu.Signals.Bench;

/// <summary>A made-up grid of crossroads with signals, as SUMO's network and demand files: 300 m apart, two lanes each way, left turns with a phase of their own. For measuring speed, not for claims about traffic.</summary>
internal static class GridNetwork
{
    private const int Apart = 300, Half = 16, Turns = 4; // links of an arm: right, straight, straight, left
    private const double LaneWidth = 3.2;

    /// <summary>The network file.</summary>
    public static string Net(int columns, int rows)
    {
        var text = new StringBuilder("<net version=\"1.16\">\n");
        var nodes = new List<(string Id, int X, int Y)>();
        for (var x = 0; x < columns; x++)
            for (var y = 0; y < rows; y++) nodes.Add(($"J{x}_{y}", x, y));
        foreach (var (id, _, _) in nodes)
            for (var link = 0; link < 4 * Turns; link++)
            {
                var path = Path(link);
                text.Append(CultureInfo.InvariantCulture, $"<edge id=\":{id}_{link}\" function=\"internal\"><lane id=\":{id}_{link}_0\" index=\"0\" speed=\"{(Kind(link) is 's' ? 13.89 : 7):0.##}\" length=\"{Length(path):0.00}\" shape=\"{Shape(path, nodes, id)}\"/></edge>\n");
            }
        foreach (var (id, x, y) in nodes)
            for (var arm = 0; arm < 4; arm++)
            {
                var other = Neighbour(x, y, arm, columns, rows);
                Edge(text, $"{other}-{id}", other, id, x, y, arm, inward: true, Apart - (other[0] == 'J' ? 2 : 1) * Half);
                if (other[0] != 'J') Edge(text, $"{id}-{other}", id, other, x, y, arm, inward: false, Apart - Half);
            }
        foreach (var (id, _, _) in nodes) text.Append(Program(id));
        foreach (var (id, x, y) in nodes)
        {
            Junction(text, id, x, y, columns, rows);
            for (var arm = 0; arm < 4; arm++)
                if (Neighbour(x, y, arm, columns, rows) is var end && end[0] != 'J')
                    text.Append(CultureInfo.InvariantCulture, $"<junction id=\"{end}\" type=\"dead_end\" x=\"{x * Apart + Dx(arm) * Apart}\" y=\"{y * Apart + Dy(arm) * Apart}\" incLanes=\"{id}-{end}_0 {id}-{end}_1\" intLanes=\"\" shape=\"0,0\"/>\n");
        }
        foreach (var (id, x, y) in nodes)
            for (var link = 0; link < 4 * Turns; link++)
            {
                var (from, to) = ($"{Neighbour(x, y, link / Turns, columns, rows)}-{id}", $"{id}-{Neighbour(x, y, Exit(link), columns, rows)}");
                text.Append(CultureInfo.InvariantCulture, $"<connection from=\"{from}\" to=\"{to}\" fromLane=\"{FromLane(link)}\" toLane=\"{ToLane(link)}\" via=\":{id}_{link}_0\" tl=\"{id}\" linkIndex=\"{link}\" dir=\"{Kind(link)}\" state=\"O\"/>\n");
                text.Append(CultureInfo.InvariantCulture, $"<connection from=\":{id}_{link}\" to=\"{to}\" fromLane=\"0\" toLane=\"{ToLane(link)}\" dir=\"{Kind(link)}\" state=\"M\"/>\n");
            }
        return text.Append("</net>\n").ToString();
    }

    /// <summary>Trips between the ends of the grid's streets.</summary>
    /// <param name="columns">Junctions across.</param>
    /// <param name="rows">Junctions up.</param>
    /// <param name="seconds">How long vehicles depart.</param>
    /// <param name="hourly">Vehicles an hour at each end.</param>
    /// <param name="random">A seeded generator.</param>
    public static string Demand(int columns, int rows, int seconds, int hourly, Random random)
    {
        var ends = new List<(string In, string Out)>();
        for (var x = 0; x < columns; x++)
            for (var y = 0; y < rows; y++)
                for (var arm = 0; arm < 4; arm++)
                    if (Neighbour(x, y, arm, columns, rows) is var end && end[0] != 'J') ends.Add(($"{end}-J{x}_{y}", $"J{x}_{y}-{end}"));
        var text = new StringBuilder("<routes>\n");
        var number = 0;
        for (var t = 0; t < seconds; t++)
            for (var e = 0; e < ends.Count; e++)
            {
                if (random.NextDouble() * 3600 >= hourly) continue;
                var to = random.Next(ends.Count - 1);
                text.Append(CultureInfo.InvariantCulture, $"<trip id=\"{number++}\" depart=\"{t}\" departLane=\"best\" departSpeed=\"max\" from=\"{ends[e].In}\" to=\"{ends[to < e ? to : to + 1].Out}\"/>\n");
            }
        return text.Append("</routes>\n").ToString();
    }

    private static void Edge(StringBuilder text, string id, string from, string to, int x, int y, int arm, bool inward, int length)
    {
        text.Append(CultureInfo.InvariantCulture, $"<edge id=\"{id}\" from=\"{from}\" to=\"{to}\" priority=\"1\">");
        for (var lane = 0; lane < 2; lane++)
        {
            // Right-hand traffic: seen from the junction the lanes in lie to the left of the arm's axis, those out to its right.
            var side = (inward ? 1 : -1) * (1.5 - lane) * LaneWidth;
            var (near, far) = (Half, Half + length);
            var (a, b) = inward ? (far, near) : (near, far);
            text.Append(CultureInfo.InvariantCulture, $"<lane id=\"{id}_{lane}\" index=\"{lane}\" speed=\"13.89\" length=\"{length}\" shape=\"{x * Apart + Dx(arm) * a - Dy(arm) * side:0.0},{y * Apart + Dy(arm) * a + Dx(arm) * side:0.0} {x * Apart + Dx(arm) * b - Dy(arm) * side:0.0},{y * Apart + Dy(arm) * b + Dx(arm) * side:0.0}\"/>");
        }
        text.Append("</edge>\n");
    }

    private static void Junction(StringBuilder text, string id, int x, int y, int columns, int rows)
    {
        var lanes = string.Join(' ', Enumerable.Range(0, 8).Select(i => $"{Neighbour(x, y, i / 2, columns, rows)}-{id}_{i % 2}"));
        text.Append(CultureInfo.InvariantCulture, $"<junction id=\"{id}\" type=\"traffic_light\" x=\"{x * Apart}\" y=\"{y * Apart}\" incLanes=\"{lanes}\" intLanes=\"{string.Join(' ', Enumerable.Range(0, 4 * Turns).Select(l => $":{id}_{l}_0"))}\" shape=\"0,0\">\n");
        for (var link = 0; link < 4 * Turns; link++)
            text.Append(CultureInfo.InvariantCulture, $"<request index=\"{link}\" response=\"{Row(link, yields: true)}\" foes=\"{Row(link, yields: false)}\" cont=\"0\"/>\n");
        text.Append("</junction>\n");
    }

    private static string Program(string id)
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"<tlLogic id=\"{id}\" type=\"static\" programID=\"0\" offset=\"0\">\n"));
        foreach (var (road, left, seconds) in ((int, bool, int)[])[(0, false, 30), (0, true, 10), (1, false, 30), (1, true, 10)])
            foreach (var letter in (char[])['G', 'y'])
                text.Append(CultureInfo.InvariantCulture, $"<phase duration=\"{(letter == 'G' ? seconds : 3)}\" state=\"{string.Concat(Enumerable.Range(0, 4 * Turns).Select(l => l / Turns % 2 == road && Kind(l) == 'l' == left ? letter : 'r'))}\"/>\n");
        return text.Append("</tlLogic>\n").ToString();
    }

    private static string Row(int link, bool yields) => string.Concat(Enumerable.Range(0, 4 * Turns).Reverse().Select(other => Crosses(link, other) && (!yields || Rank(link) > Rank(other)) ? '1' : '0'));

    /// <summary>Who goes first where signals are off: straight before right before left, north and south before east and west.</summary>
    private static int Rank(int link) => (Kind(link) == 's' ? 0 : Kind(link) == 'r' ? 2 : 4) + link / Turns % 2;

    private static bool Crosses(int a, int b)
    {
        if (a / Turns == b / Turns) return false;
        if (Exit(a) == Exit(b) && ToLane(a) == ToLane(b)) return true;
        var (p, q) = (Path(a), Path(b));
        for (var i = 0; i + 1 < p.Length; i++)
            for (var k = 0; k + 1 < q.Length; k++)
                if (Side(p[i], p[i + 1], q[k]) != Side(p[i], p[i + 1], q[k + 1]) && Side(q[k], q[k + 1], p[i]) != Side(q[k], q[k + 1], p[i + 1])) return true;
        return false;
    }

    private static bool Side((double X, double Y) a, (double X, double Y) b, (double X, double Y) p) => (b.X - a.X) * (p.Y - a.Y) - (b.Y - a.Y) * (p.X - a.X) > 0;

    /// <summary>The way over the junction around its middle, a bend of ten pieces.</summary>
    private static (double X, double Y)[] Path(int link)
    {
        var (arm, exit) = (link / Turns, Exit(link));
        var from = At(arm, Half, (1.5 - FromLane(link)) * LaneWidth);
        var to = At(exit, Half, -(1.5 - ToLane(link)) * LaneWidth);
        var bend = Kind(link) == 's' ? ((from.X + to.X) / 2, (from.Y + to.Y) / 2) : Dx(arm) == 0 ? (from.X, to.Y) : (to.X, from.Y);
        return [.. Enumerable.Range(0, 11).Select(i =>
        {
            var t = i / 10.0;
            return ((1 - t) * (1 - t) * from.X + 2 * t * (1 - t) * bend.Item1 + t * t * to.X, (1 - t) * (1 - t) * from.Y + 2 * t * (1 - t) * bend.Item2 + t * t * to.Y);
        })];
    }

    private static (double X, double Y) At(int arm, double far, double side) => (Dx(arm) * far - Dy(arm) * side, Dy(arm) * far + Dx(arm) * side);

    private static double Length((double X, double Y)[] path) => path.Zip(path.Skip(1), (a, b) => Math.Sqrt((a.X - b.X) * (a.X - b.X) + (a.Y - b.Y) * (a.Y - b.Y))).Sum();

    private static string Shape((double X, double Y)[] path, List<(string Id, int X, int Y)> nodes, string id)
    {
        var (_, x, y) = nodes.Find(n => n.Id == id);
        return string.Join(' ', new[] { path[0], path[5], path[10] }.Select(p => string.Create(CultureInfo.InvariantCulture, $"{x * Apart + p.X:0.0},{y * Apart + p.Y:0.0}")));
    }

    // Arms 0 north, 1 east, 2 south, 3 west.
    private static int Dx(int arm) => arm == 1 ? 1 : arm == 3 ? -1 : 0;
    private static int Dy(int arm) => arm == 0 ? 1 : arm == 2 ? -1 : 0;
    private static char Kind(int link) => (link % Turns) switch { 0 => 'r', 3 => 'l', _ => 's' };
    private static int FromLane(int link) => link % Turns < 2 ? 0 : 1;
    private static int ToLane(int link) => link % Turns < 2 ? 0 : 1;
    private static int Exit(int link) => (link / Turns + (Kind(link) == 'r' ? 3 : Kind(link) == 'l' ? 1 : 2)) % 4;

    private static string Neighbour(int x, int y, int arm, int columns, int rows)
    {
        var (a, b) = (x + Dx(arm), y + Dy(arm));
        return a < 0 || b < 0 || a >= columns || b >= rows ? $"E{x}_{y}_{arm}" : $"J{a}_{b}";
    }
}
