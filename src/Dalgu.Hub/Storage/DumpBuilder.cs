namespace Dalgu.Hub.Storage;

/// <summary>Gathers rows into units of a bounded size, for <see cref="IStore.DumpAsync"/>.</summary>
public sealed class DumpBuilder
{
    private const int MostRows = 5_000;
    private const long MostBytes = 16 * 1024 * 1024;
    private CommitUnit unit = new();
    private int rows;
    private long bytes;

    /// <summary>The unit that is gathered.</summary>
    public CommitUnit Unit => unit;

    /// <summary>Counts a row that was added; true where the unit is full.</summary>
    public bool Counted(long length)
    {
        bytes += length + 64;
        return ++rows >= MostRows || bytes >= MostBytes;
    }

    /// <summary>Hands the unit out and begins the next.</summary>
    public CommitUnit Take()
    {
        var full = unit;
        (unit, rows, bytes) = (new(), 0, 0);
        return full;
    }

    /// <summary>True where nothing is gathered.</summary>
    public bool IsEmpty => rows == 0;
}
