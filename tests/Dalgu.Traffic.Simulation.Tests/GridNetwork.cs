using System.Globalization;
using System.Text;

namespace Dalgu.Traffic.Simulation.Tests;

/// <summary>Writes a signalised grid of our own making as a SUMO network: streets of two lanes (right and straight on, left), four stages at every junction.
/// One row makes a corridor.</summary>
internal static class GridNetwork
{
    private const double Half = 12, Spacing = 200;
    private static readonly (int X, int Y)[] Ways = [(0, 1), (1, 0), (0, -1), (-1, 0)]; // north, east, south, west

    private sealed record Movement(int From, int FromLane, int To, int ToLane, char Direction, (double X, double Y)[] Shape)
    {
        public int Rank => Direction == 's' ? 2 + (From & 1) : Direction == 'r' ? 1 : 0;
    }

    public static string Network(int columns, int rows, bool permissiveLeft = false)
    {
        var moves = Movements();
        var (edges, inner, junctions, connections, programs) = (new StringBuilder(), new StringBuilder(), new StringBuilder(), new StringBuilder(), new StringBuilder());
        for (var x = 0; x < columns; x++)
            for (var y = 0; y < rows; y++)
            {
                for (var way = 0; way < 4; way++)
                {
                    var (nx, ny) = (x + Ways[way].X, y + Ways[way].Y);
                    Edge(edges, (x, y), (nx, ny), Inside(nx, ny));
                    if (Inside(nx, ny)) continue;
                    Edge(edges, (nx, ny), (x, y), false);
                    junctions.Append(CultureInfo.InvariantCulture, $"<junction id=\"{Name(nx, ny)}\" type=\"dead_end\" x=\"{nx * Spacing}\" y=\"{ny * Spacing}\" incLanes=\"{Lanes(x, y, nx, ny)}\" intLanes=\"\"/>\n");
                }
                Junction(moves, x, y, inner, junctions, connections);
                programs.Append(Program(moves, Name(x, y), permissiveLeft));
            }
        return $"<net version=\"1.9\">\n{inner}{edges}{programs}{junctions}{connections}</net>\n";

        bool Inside(int x, int y) => x >= 0 && y >= 0 && x < columns && y < rows;
    }

    /// <summary>Trips between random ends of the grid, one every so many seconds.</summary>
    public static string Demand(int columns, int rows, int seconds, double every, int seed, string attributes = "departLane=\"best\" departSpeed=\"max\"")
    {
        var random = new SeededRandom((ulong)seed);
        var ends = new List<(string In, string Out)>();
        for (var x = 0; x < columns; x++) ends.AddRange([(Between(x, -1, x, 0), Between(x, 0, x, -1)), (Between(x, rows, x, rows - 1), Between(x, rows - 1, x, rows))]);
        for (var y = 0; y < rows; y++) ends.AddRange([(Between(-1, y, 0, y), Between(0, y, -1, y)), (Between(columns, y, columns - 1, y), Between(columns - 1, y, columns, y))]);
        var text = new StringBuilder("<routes>\n<vType id=\"bus\" vClass=\"bus\"/>\n");
        var (time, n) = (0.0, 0);
        while (time < seconds)
        {
            var (from, to) = ((int)(random.NextUnit() * ends.Count), (int)(random.NextUnit() * ends.Count));
            if (from == to) to = (to + 1) % ends.Count;
            text.Append(CultureInfo.InvariantCulture, $"<trip id=\"t{n}\" {(n % 15 == 7 ? "type=\"bus\" " : "")}depart=\"{time:F1}\" from=\"{ends[from].In}\" to=\"{ends[to].Out}\" {attributes}/>\n");
            n++;
            time += every;
        }
        return text.Append("</routes>\n").ToString();
    }

    private static string Name(int x, int y) => FormattableString.Invariant($"J{x}.{y}");

    private static string Between(int x, int y, int nx, int ny) => FormattableString.Invariant($"{Name(x, y)}to{Name(nx, ny)}");

    private static string Lanes(int x, int y, int nx, int ny) => $"{Between(x, y, nx, ny)}_0 {Between(x, y, nx, ny)}_1";

    private static void Edge(StringBuilder to, (int X, int Y) from, (int X, int Y) end, bool both)
    {
        var (dx, dy) = (end.X - from.X, end.Y - from.Y);
        var id = Between(from.X, from.Y, end.X, end.Y);
        to.Append(CultureInfo.InvariantCulture, $"<edge id=\"{id}\" from=\"{Name(from.X, from.Y)}\" to=\"{Name(end.X, end.Y)}\" priority=\"1\">");
        for (var lane = 0; lane < 2; lane++)
        {
            var side = lane == 0 ? 4.8 : 1.6;
            var (ox, oy) = (dy * side, -dx * side);
            to.Append(CultureInfo.InvariantCulture, $"<lane id=\"{id}_{lane}\" index=\"{lane}\" speed=\"13.89\" length=\"{Spacing - 2 * Half}\" shape=\"{from.X * Spacing + dx * Half + ox:F2},{from.Y * Spacing + dy * Half + oy:F2} {end.X * Spacing - dx * Half + ox:F2},{end.Y * Spacing - dy * Half + oy:F2}\"/>");
        }
        to.Append("</edge>\n");
    }

    private static List<Movement> Movements()
    {
        var all = new List<Movement>();
        for (var from = 0; from < 4; from++) // comes from that side, so it drives the other way
            foreach (var (lane, turn, direction) in ((int, int, char)[])[(0, 3, 'r'), (0, 2, 's'), (1, 1, 'l')])
            {
                var to = (from + turn) % 4;
                var (start, end) = (Gate(from, lane, true), Gate(to, lane, false));
                var middle = direction == 's' ? ((start.X + end.X) / 2, (start.Y + end.Y) / 2) : ((start.X + end.X) / 3, (start.Y + end.Y) / 3);
                all.Add(new(from, lane, to, lane, direction, [start, middle, end]));
            }
        return all;
    }

    private static (double X, double Y) Gate(int side, int lane, bool arriving)
    {
        var (dx, dy) = Ways[side];
        var offset = (lane == 0 ? 4.8 : 1.6) * (arriving ? -1 : 1);
        return (dx * Half + dy * offset, dy * Half - dx * offset);
    }

    private static void Junction(List<Movement> moves, int x, int y, StringBuilder inner, StringBuilder junctions, StringBuilder connections)
    {
        var name = Name(x, y);
        var incoming = string.Join(' ', Enumerable.Range(0, 4).Select(side => Lanes(x + Ways[side].X, y + Ways[side].Y, x, y)));
        junctions.Append(CultureInfo.InvariantCulture, $"<junction id=\"{name}\" type=\"traffic_light\" x=\"{x * Spacing}\" y=\"{y * Spacing}\" incLanes=\"{incoming}\" intLanes=\"{string.Join(' ', moves.Select((_, i) => $":{name}_{i}_0"))}\">\n");
        for (var i = 0; i < moves.Count; i++)
        {
            var m = moves[i];
            var shape = string.Join(' ', m.Shape.Select(p => FormattableString.Invariant($"{x * Spacing + p.X:F2},{y * Spacing + p.Y:F2}")));
            var length = Math.Sqrt(Square(m.Shape[0], m.Shape[1])) + Math.Sqrt(Square(m.Shape[1], m.Shape[2]));
            inner.Append(CultureInfo.InvariantCulture, $"<edge id=\":{name}_{i}\" function=\"internal\"><lane id=\":{name}_{i}_0\" index=\"0\" speed=\"{(m.Direction == 's' ? 13.89 : 7):F2}\" length=\"{length:F2}\" shape=\"{shape}\"/></edge>\n");
            var (from, to) = (Between(x + Ways[m.From].X, y + Ways[m.From].Y, x, y), Between(x, y, x + Ways[m.To].X, y + Ways[m.To].Y));
            connections.Append(CultureInfo.InvariantCulture, $"<connection from=\"{from}\" to=\"{to}\" fromLane=\"{m.FromLane}\" toLane=\"{m.ToLane}\" via=\":{name}_{i}_0\" tl=\"{name}\" linkIndex=\"{i}\" dir=\"{m.Direction}\" state=\"o\"/>\n");
            connections.Append(CultureInfo.InvariantCulture, $"<connection from=\":{name}_{i}\" to=\"{to}\" fromLane=\"0\" toLane=\"{m.ToLane}\" dir=\"{m.Direction}\" state=\"M\"/>\n");
            var foes = moves.Select((other, k) => k != i && Meet(m, other)).ToArray();
            var yields = moves.Select((other, k) => foes[k] && other.Rank > m.Rank).ToArray();
            junctions.Append(CultureInfo.InvariantCulture, $"<request index=\"{i}\" response=\"{Bits(yields)}\" foes=\"{Bits(foes)}\" cont=\"0\"/>\n");
        }
        junctions.Append("</junction>\n");
    }

    private static double Square((double X, double Y) a, (double X, double Y) b) => (a.X - b.X) * (a.X - b.X) + (a.Y - b.Y) * (a.Y - b.Y);

    private static string Bits(bool[] bits) => new([.. bits.Reverse().Select(b => b ? '1' : '0')]);

    private static bool Meet(Movement a, Movement b)
    {
        if (a.From == b.From) return false;
        if (a.To == b.To && a.ToLane == b.ToLane) return true;
        Traffic.Simulation.Network.Point[] Points(Movement m) => [.. m.Shape.Select(p => new Traffic.Simulation.Network.Point(p.X, p.Y))];
        return Traffic.Simulation.Engine.Shapes.Cross(Points(a), Points(b)) is not null;
    }

    private static string Program(List<Movement> moves, string name, bool permissiveLeft)
    {
        var text = new StringBuilder($"<tlLogic id=\"{name}\" type=\"static\" programID=\"0\" offset=\"0\">\n");
        for (var stage = 0; stage < 4; stage++)
        {
            bool Runs(Movement m) => (m.From & 1) == stage >> 1 && m.Direction == 'l' == ((stage & 1) == 1);
            bool Gives(Movement m) => permissiveLeft && (m.From & 1) == stage >> 1 && m.Direction == 'l';
            text.Append(CultureInfo.InvariantCulture, $"<phase duration=\"{((stage & 1) == 0 ? 27 : 12)}\" state=\"{new string([.. moves.Select(m => Runs(m) ? 'G' : Gives(m) ? 'g' : 'r')])}\"/>\n");
            text.Append(CultureInfo.InvariantCulture, $"<phase duration=\"3\" state=\"{new string([.. moves.Select(m => Runs(m) || Gives(m) ? 'y' : 'r')])}\"/>\n");
        }
        return text.Append("</tlLogic>\n").ToString();
    }
}
