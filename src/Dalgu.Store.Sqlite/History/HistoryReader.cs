using System.Runtime.InteropServices;

namespace Dalgu.Store.Sqlite.History;

/// <summary>The generations of the log of recent history: one that grows, and one whose rows are being merged into the clustered ones, if any.</summary>
internal sealed record Generations(RecentIndex Growing, RecentIndex? Merging);

/// <summary>Reads the history of one entity in one transaction: the clustered blocks and the recent rows upon them.</summary>
internal static class HistoryReader
{
    /// <summary>The rows of an entity with from ≤ time &lt; to, in order or against it; bodies that lie elsewhere not yet fetched.</summary>
    public static IEnumerable<RecentRow> Rows(SqliteConnection db, Generations generations, long key, long from, long to, bool descending)
    {
        var (recent, erased) = Recent(db, generations, key);
        if (recent.Count > 0 && (recent[0].Time < from || recent[^1].Time >= to)) recent.RemoveAll(r => r.Time < from || r.Time >= to);
        if (descending) recent.Reverse();
        var at = 0;
        if (!erased)
        {
            var rows = new List<RecentRow>();
            foreach (var body in Blocks(db, key, from, to, descending))
            {
                rows.Clear();
                Block.Unpack(key, body, rows);
                for (var i = 0; i < rows.Count; i++)
                {
                    var row = rows[descending ? rows.Count - 1 - i : i];
                    if (row.Time < from || row.Time >= to) continue;
                    for (; at < recent.Count && Order(recent[at], row, descending) < 0; at++)
                        if (recent[at].Kind != RecentKind.Removed) yield return recent[at];
                    // What was written later of the same time and change stands for it.
                    if (at < recent.Count && RecentRow.InOrder(recent[at], row) == 0) row = recent[at++];
                    if (row.Kind != RecentKind.Removed) yield return row;
                }
            }
        }
        for (; at < recent.Count; at++)
            if (recent[at].Kind != RecentKind.Removed) yield return recent[at];
        if (recent.Capacity > SpareRows) yield break;
        recent.Clear();
        spare = recent;
    }

    // The list of the last reading that came to its end: a long series needs one that the collector would have to look after at each reading.
    private const int SpareRows = 1 << 16;
    private static List<RecentRow>? spare;

    private static int Order(in RecentRow a, in RecentRow b, bool descending) => descending ? RecentRow.InOrder(b, a) : RecentRow.InOrder(a, b);

    private static IEnumerable<byte[]> Blocks(SqliteConnection db, long key, long from, long to, bool descending)
    {
        // Blocks do not overlap: what holds at "from" may begin in the last block that begins before it.
        const string select = """
            SELECT body FROM history WHERE key = ?1 AND first_time < ?3
            AND first_time >= coalesce((SELECT max(first_time) FROM history WHERE key = ?1 AND first_time < ?2), ?2)
            """;
        var statement = db.Prepare(select + (descending ? " ORDER BY first_time DESC, first_seq DESC" : " ORDER BY first_time, first_seq"));
        try
        {
            statement.Bind(1, key).Bind(2, from).Bind(3, to);
            while (statement.Step()) yield return statement.Blob(0);
        }
        finally
        {
            statement.Reset();
        }
    }

    /// <summary>The recent rows of an entity in order, marks of what is taken away among them; and whether all that is clustered of it is erased.</summary>
    private static (List<RecentRow> Rows, bool Erased) Recent(SqliteConnection db, Generations generations, long key)
    {
        var rows = Interlocked.Exchange(ref spare, null) ?? [];
        var merging = db.Number("SELECT value FROM fact WHERE name = 'history_merging'");
        var isMerged = merging > 0 && key <= db.Number("SELECT value FROM fact WHERE name = 'history_merged'");
        var erased = Collect(db, generations.Growing, key, isMerged ? merging : 0, rows)
            || Collect(db, generations.Merging, key, isMerged ? merging : 0, rows);
        return (Settle(rows, null), erased);
    }

    /// <summary>Adds the rows that an index has of an entity, the latest written first, up to an erasure. True where there is one.</summary>
    private static bool Collect(SqliteConnection db, RecentIndex? index, long key, long mergedTo, List<RecentRow> rows)
    {
        if (index is null) return false;
        using var positions = index.Find(key);
        // What one commit wrote of an entity lies together: a chunk is read once for all of it.
        var (loaded, chunk) = (0L, (byte[]?)null);
        rows.EnsureCapacity(rows.Count + positions.Span.Length);
        foreach (var (number, offset) in positions.Span)
        {
            if (number <= mergedTo) break;
            if (number != loaded) (loaded, chunk) = (number, Chunk(db, number));
            if (chunk is null) continue; // of a commit after this snapshot, or clustered since
            var row = RecentRow.Read(chunk, offset);
            if (row.Kind == RecentKind.Erased) return true;
            rows.Add(row);
        }
        return false;
    }

    /// <summary>A chunk of the log; null where this snapshot has none of the number.</summary>
    public static byte[]? Chunk(SqliteConnection db, long number)
    {
        var statement = db.Prepare("SELECT body FROM history_recent WHERE number = ?").Bind(1, number);
        var body = statement.Step() ? statement.Blob(0) : null;
        statement.Reset();
        return body;
    }

    /// <summary>Rows that came the latest written first, in order of time, each time and change once: the one written last.</summary>
    public static List<RecentRow> Settle(List<RecentRow> rows, List<RecentRow>? superseded)
    {
        // The usual case, a series that was written in its order, needs neither a search nor a sort.
        if (IsLatestFirst(rows))
        {
            rows.Reverse();
            return rows;
        }
        if (rows.Exists(static r => !r.IsObservation))
        {
            var seen = new HashSet<(long, long)>();
            for (var i = 0; i < rows.Count; i++)
                if (!seen.Add((rows[i].Time, rows[i].Seq)))
                {
                    superseded?.Add(rows[i]);
                    rows.RemoveAt(i--);
                }
        }
        // A few series woven into one, each of which was written in its order.
        if (rows.Count > FewRows) rows.Sort(RecentRow.InOrder);
        else Insert(CollectionsMarshal.AsSpan(rows));
        return rows;
    }

    private const int FewRows = 32;

    /// <summary>Sorts by putting each row in its place among those behind it: of a merge's dozen rows of an entity it takes a third of what the library's sort takes.</summary>
    private static void Insert(Span<RecentRow> rows)
    {
        for (var i = rows.Length - 2; i >= 0; i--)
        {
            var (row, at) = (rows[i], i + 1);
            for (; at < rows.Length && (rows[at].Time < row.Time || rows[at].Time == row.Time && rows[at].Seq < row.Seq); at++) rows[at - 1] = rows[at];
            rows[at - 1] = row;
        }
    }

    private static bool IsLatestFirst(List<RecentRow> rows)
    {
        var span = CollectionsMarshal.AsSpan(rows);
        for (var i = 1; i < span.Length; i++)
            if (span[i].Time > span[i - 1].Time || span[i].Time == span[i - 1].Time && span[i].Seq >= span[i - 1].Seq) return false;
        return true;
    }

    /// <summary>The body of a row, fetched where it lies elsewhere; empty where it is lost.</summary>
    public static ReadOnlyMemory<byte> BodyOf(SqliteConnection db, in RecentRow row)
    {
        if (!row.IsLarge) return row.Body;
        var large = LargeBody.Read(row.Body.Span);
        var statement = db.Prepare("SELECT substr(body, ?, ?) FROM history_large WHERE number = ?").Bind(1, large.Offset + 1).Bind(2, large.Length).Bind(3, large.Number);
        var body = statement.Step() ? statement.Blob(0) : [];
        statement.Reset();
        return body;
    }
}
