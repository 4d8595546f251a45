using System.Buffers;

namespace Dalgu.Store.Sqlite.History;

/// <summary>Finds what the merge of a generation of the log does to the clustered blocks, some entities at a time, by a connection of its own beside the
/// commits. What it reads stays as it is meanwhile: the generation is closed, and an entity's blocks change only by its own merge.</summary>
/// <param name="file">The file.</param>
internal sealed class GenerationMerge(string file) : IDisposable
{
    private const int ReadsAtOnce = 256; // so many, and a checkpoint that waits for readers may go on

    private SqliteConnection? connection;
    private HistoryBlocks? blocks;
    private int reads;

    // Used again for each batch. The rows of an entity lie together, the latest written first.
    private readonly List<(long Chunk, int Offset)> positions = [];
    private readonly List<int> ends = [];
    private readonly List<RecentRow> ordered = [], superseded = [];
    private readonly ArrayBufferWriter<byte> rows = new();
    private int[] begins = []; // of each position's row
    private long[] byChunk = [];
    private byte[] chunk = [];

    /// <summary>Finds what is to be done for the entities from one on, until they have so many rows.</summary>
    /// <param name="generation">Where the rows lie.</param>
    /// <param name="keys">The entities, in order.</param>
    /// <param name="from">The first of them.</param>
    /// <param name="atLeast">So many rows, or all that there are.</param>
    /// <param name="to">Receives it; one part for each entity.</param>
    public void Prepare(RecentIndex generation, long[] keys, int from, int atLeast, BlockWrites to)
    {
        to.Clear();
        positions.Clear();
        ends.Clear();
        for (var i = from; i < keys.Length && positions.Count < atLeast; i++)
        {
            using var found = generation.Find(keys[i]);
            positions.AddRange(found.Span);
            ends.Add(positions.Count);
        }
        connection ??= new SqliteConnection(file, readOnly: true, cacheKilobytes: 1_000);
        blocks ??= new HistoryBlocks(connection);
        connection.Begin(0);
        try
        {
            ReadRows();
            // Most merges of a city that grows are of entities that came later than all that have blocks.
            var lastWithBlocks = connection.Number("SELECT coalesce(max(key), 0) FROM history");
            for (int i = 0, begin = 0; i < ends.Count; begin = ends[i++]) Merge(keys[from + i], begins.AsSpan(begin, ends[i] - begin), keys[from + i] <= lastWithBlocks, to);
        }
        finally
        {
            connection.End();
        }
    }

    /// <summary>Reads the rows in the order in which they lie: a chunk once, however many entities have rows in it.</summary>
    private void ReadRows()
    {
        var count = positions.Count;
        if (begins.Length < count) (begins, byChunk) = (new int[count + count / 2], new long[count + count / 2]);
        var first = long.MaxValue;
        foreach (var (number, _) in positions) first = Math.Min(first, number);
        for (var i = 0; i < count; i++) byChunk[i] = positions[i].Chunk - first << 32 | (uint)i;
        Array.Sort(byChunk, 0, count);
        rows.ResetWrittenCount();
        var (loaded, length) = (-1L, 0);
        for (var i = 0; i < count; i++)
        {
            var row = (int)(uint)byChunk[i];
            var (number, offset) = positions[row];
            if (number != loaded) length = Load(loaded = number);
            begins[row] = rows.WrittenCount;
            rows.Write(chunk.AsSpan(offset, RecentRow.Read(chunk.AsMemory(0, length), offset).Length));
        }
    }

    private int Load(long number)
    {
        Breathe();
        var statement = connection!.Prepare("SELECT body FROM history_recent WHERE number = ?").Bind(1, number);
        if (!statement.Step()) throw new InvalidDataException("A chunk of recent history is missing.");
        var body = statement.Bytes(0);
        if (chunk.Length < body.Length) chunk = new byte[body.Length];
        body.CopyTo(chunk);
        statement.Reset();
        return body.Length;
    }

    private void Merge(long key, ReadOnlySpan<int> latestFirst, bool hasBlocks, BlockWrites to)
    {
        ordered.Clear();
        superseded.Clear();
        var erased = false;
        foreach (var begin in latestFirst)
        {
            var row = RecentRow.Read(rows.WrittenMemory, begin);
            if (!erased && row.Kind == RecentKind.Erased) erased = true;
            else (erased ? superseded : ordered).Add(row);
        }
        var settled = HistoryReader.Settle(ordered, superseded);
        if (hasBlocks) Breathe();
        if (erased && hasBlocks) blocks!.Erase(key, to);
        blocks!.Merge(key, settled, hasBlocks && !erased, to);
        foreach (var row in superseded) to.Lose(row);
        to.End(key, latestFirst.Length);
    }

    /// <summary>Lets go of the transaction now and then.</summary>
    private void Breathe()
    {
        if (++reads % ReadsAtOnce != 0) return;
        connection!.End();
        connection.Begin(0);
    }

    public void Dispose() => connection?.Dispose();
}
