namespace Dalgu.Hub.Storage;

/// <summary>Numbers for places, so that an ordinary index finds those near one another: a box belongs to one cell of a grid whose cells are at least as
/// large as itself. To move one costs two steps in an index, where a tree of boxes turns many of its nodes over.</summary>
public static class PlaceCells
{
    /// <summary>The grids: each has cells an eighth as wide as the one before, from 360° to about 150 m.</summary>
    private const int Levels = 7, Halvings = 3;
    private const long X = 1, Y = 1L << 24, Level = 1L << 48;

    /// <summary>The cell in which a box has its lower left corner, of the finest grid whose cells hold it.</summary>
    public static long Of(in Box box)
    {
        var extent = Math.Max(box.MaxX - box.MinX, box.MaxY - box.MinY);
        var level = Levels - 1;
        while (level > 0 && Width(level) < extent) level--;
        return level * Level + Index(box.MinY + 90, level) * Y + Index(box.MinX + 180, level) * X;
    }

    /// <summary>The ranges of cells, first and last, that hold every box that meets this one. No two of them share a cell.</summary>
    /// <param name="box">The box asked for.</param>
    /// <param name="maxRows">More rows of a grid than this are looked through as one band, whole around the earth.</param>
    public static List<(long First, long Last)> Ranges(in Box box, int maxRows = 256)
    {
        var ranges = new List<(long, long)>();
        for (var level = 0; level < Levels; level++)
        {
            // What begins a cell before may reach in here: no box is wider than its cell.
            long left = Math.Max(0, Index(box.MinX + 180, level) - 1), right = Index(box.MaxX + 180, level);
            long bottom = Math.Max(0, Index(box.MinY + 90, level) - 1), top = Index(box.MaxY + 90, level);
            if (top - bottom >= maxRows) ranges.Add((level * Level + bottom * Y, level * Level + top * Y + Y - 1));
            else for (var row = bottom; row <= top; row++) ranges.Add((level * Level + row * Y + left * X, level * Level + row * Y + right * X));
        }
        return ranges;
    }

    private static double Width(int level) => 360.0 / (1L << (Halvings * level));

    private static long Index(double degrees, int level) => (long)(Math.Clamp(degrees, 0, 360) / Width(level));
}
