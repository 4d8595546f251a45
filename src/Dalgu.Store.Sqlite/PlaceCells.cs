using System.Globalization;
using System.Text;
using Dalgu.Hub.Storage;

namespace Dalgu.Store.Sqlite;

/// <summary>Numbers for places, so that an ordinary index finds those near one another: a box belongs to one cell of a grid whose cells are at least as
/// large as itself. To move one costs two steps in an index, where a tree of boxes turns many of its nodes over.</summary>
internal static class PlaceCells
{
    /// <summary>The grids: each has cells an eighth as wide as the one before, from 360° to about 150 m.</summary>
    private const int Levels = 7, Halvings = 3;
    private const long X = 1, Y = 1L << 24, Level = 1L << 48;

    /// <summary>More rows of cells than this are looked through as one band.</summary>
    private const int MaxRows = 256;

    /// <summary>The cell in which a box has its lower left corner, of the finest grid whose cells hold it.</summary>
    public static long Of(in Box box)
    {
        var extent = Math.Max(box.MaxX - box.MinX, box.MaxY - box.MinY);
        var level = Levels - 1;
        while (level > 0 && Width(level) < extent) level--;
        return level * Level + Index(box.MinY + 90, level) * Y + Index(box.MinX + 180, level) * X;
    }

    /// <summary>The ranges of cells that hold every box that meets this one, as a JSON array of pairs: from, to.</summary>
    public static string Ranges(in Box box)
    {
        var json = new StringBuilder("[");
        for (var level = 0; level < Levels; level++)
        {
            // What begins a cell before may reach in here: no box is wider than its cell.
            long left = Math.Max(0, Index(box.MinX + 180, level) - 1), right = Index(box.MaxX + 180, level);
            long bottom = Math.Max(0, Index(box.MinY + 90, level) - 1), top = Index(box.MaxY + 90, level);
            if (top - bottom >= MaxRows) Add(level, bottom, 0, top, Y - 1);
            else for (var row = bottom; row <= top; row++) Add(level, row, left, row, right);
        }
        return json.Append(']').ToString();

        void Add(int level, long fromRow, long from, long toRow, long to) =>
            json.Append(json.Length > 1 ? "," : "").Append(CultureInfo.InvariantCulture, $"[{level * Level + fromRow * Y + from * X},{level * Level + toRow * Y + to * X}]");
    }

    private static double Width(int level) => 360.0 / (1L << (Halvings * level));

    private static long Index(double degrees, int level) => (long)(Math.Clamp(degrees, 0, 360) / Width(level));
}
