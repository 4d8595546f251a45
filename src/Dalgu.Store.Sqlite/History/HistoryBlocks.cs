namespace Dalgu.Store.Sqlite.History;

/// <summary>The clustered history of one entity: blocks in order of time that do not overlap.</summary>
internal static class HistoryBlocks
{
    /// <summary>A block of more bytes is not added to: what follows it begins one of its own.</summary>
    private const int FullBytes = Block.MaxBytes * 3 / 4;

    private readonly record struct Head(long Time, long Seq, long LastTime, int Length);

    /// <summary>Takes all blocks of an entity away.</summary>
    /// <param name="db">The writer.</param>
    /// <param name="key">The entity.</param>
    /// <param name="gone">Receives their rows.</param>
    public static void Erase(SqliteConnection db, long key, List<RecentRow> gone)
    {
        var blocks = db.Prepare("SELECT body FROM history WHERE key = ?").Bind(1, key);
        while (blocks.Step()) Block.Unpack(key, blocks.Blob(0), gone);
        blocks.Reset();
        db.Prepare("DELETE FROM history WHERE key = ?").Bind(1, key).Run();
    }

    /// <summary>Puts rows in their places among the blocks, and takes away what they take away.</summary>
    /// <param name="db">The writer.</param>
    /// <param name="key">The entity.</param>
    /// <param name="rows">Rows in order, marks of what is taken away among them.</param>
    /// <param name="gone">Receives the rows that they replace or take away.</param>
    public static void Merge(SqliteConnection db, long key, List<RecentRow> rows, List<RecentRow> gone)
    {
        if (rows.Count == 0 || AppendTo(db, key, rows)) return;
        var heads = Heads(db, key, rows[0].Time, rows[^1].Time);
        if (heads.Count == 0)
        {
            Insert(db, key, Kept(rows));
            return;
        }
        var next = 0;
        for (var i = 0; i < heads.Count && next < rows.Count; i++)
        {
            // A block takes what comes before the next one begins; the first one also what comes before itself.
            var first = next;
            while (next < rows.Count && (i + 1 == heads.Count || (rows[next].Time, rows[next].Seq).CompareTo((heads[i + 1].Time, heads[i + 1].Seq)) < 0)) next++;
            if (next > first) MergeInto(db, key, heads[i], rows[first..next], gone);
        }
    }

    /// <summary>Adds rows that follow all that there is, as nearly all do. False where they do not, and nothing is done.</summary>
    private static bool AppendTo(SqliteConnection db, long key, List<RecentRow> rows)
    {
        if (rows.Exists(r => !r.IsObservation)) return false;
        var last = db.Prepare("SELECT first_time, first_seq, last_time, body FROM history WHERE key = ? ORDER BY first_time DESC, first_seq DESC LIMIT 1").Bind(1, key);
        var stored = new List<RecentRow>();
        long time = 0, seq = 0;
        try
        {
            if (last.Step())
            {
                if (last.Long(2) >= rows[0].Time) return false;
                (time, seq) = (last.Long(0), last.Long(1));
                if (last.Bytes(3).Length <= FullBytes) Block.Unpack(key, last.Blob(3), stored);
            }
        }
        finally
        {
            last.Reset();
        }
        var isFirst = stored.Count > 0;
        stored.AddRange(rows);
        foreach (var (first, lastTime, body) in Block.Pack(stored))
        {
            if (isFirst) db.Prepare("UPDATE history SET last_time = ?4, body = ?5 WHERE key = ?1 AND first_time = ?2 AND first_seq = ?3")
                .Bind(1, key).Bind(2, time).Bind(3, seq).Bind(4, lastTime).Bind(5, body.AsSpan()).Run();
            else Insert(db, key, first, lastTime, body);
            isFirst = false;
        }
        return true;
    }

    /// <summary>The blocks from the one in which a time may lie to the last that begins up to another.</summary>
    private static List<Head> Heads(SqliteConnection db, long key, long from, long to)
    {
        var heads = new List<Head>();
        var statement = db.Prepare("""
            SELECT first_time, first_seq, last_time, length(body) FROM history WHERE key = ?1 AND first_time <= ?3
            AND first_time >= coalesce((SELECT max(first_time) FROM history WHERE key = ?1 AND first_time < ?2), ?2) ORDER BY first_time, first_seq
            """).Bind(1, key).Bind(2, from).Bind(3, to);
        while (statement.Step()) heads.Add(new(statement.Long(0), statement.Long(1), statement.Long(2), (int)statement.Long(3)));
        statement.Reset();
        return heads;
    }

    private static void MergeInto(SqliteConnection db, long key, Head head, List<RecentRow> rows, List<RecentRow> gone)
    {
        if (rows[0].Time > head.LastTime && head.Length > FullBytes)
        {
            Insert(db, key, Kept(rows));
            return;
        }
        const string which = "key = ? AND first_time = ? AND first_seq = ?";
        var block = db.Prepare($"SELECT body FROM history WHERE {which}").Bind(1, key).Bind(2, head.Time).Bind(3, head.Seq);
        var stored = new List<RecentRow>();
        if (block.Step()) Block.Unpack(key, block.Blob(0), stored);
        block.Reset();
        db.Prepare($"DELETE FROM history WHERE {which}").Bind(1, key).Bind(2, head.Time).Bind(3, head.Seq).Run();
        var merged = new List<RecentRow>(stored.Count + rows.Count);
        var at = 0;
        foreach (var row in rows)
        {
            while (at < stored.Count && RecentRow.InOrder(stored[at], row) < 0) merged.Add(stored[at++]);
            if (at < stored.Count && RecentRow.InOrder(stored[at], row) == 0) gone.Add(stored[at++]);
            merged.Add(row);
        }
        merged.AddRange(stored[at..]);
        Insert(db, key, Kept(merged));
    }

    private static List<RecentRow> Kept(List<RecentRow> rows)
    {
        rows.RemoveAll(r => r.Kind == RecentKind.Removed);
        return rows;
    }

    /// <summary>Writes rows as blocks.</summary>
    public static void Insert(SqliteConnection db, long key, IReadOnlyList<RecentRow> rows)
    {
        foreach (var (first, lastTime, body) in Block.Pack(rows)) Insert(db, key, first, lastTime, body);
    }

    private static void Insert(SqliteConnection db, long key, in RecentRow first, long lastTime, ReadOnlySpan<byte> body) =>
        db.Prepare("INSERT INTO history VALUES (?, ?, ?, ?, ?)").Bind(1, key).Bind(2, first.Time).Bind(3, first.Seq).Bind(4, lastTime).Bind(5, body).Run();

    /// <summary>Overwrites a body that history no longer has.</summary>
    public static void Blank(SqliteConnection db, LargeBody large)
    {
        var statement = db.Prepare("SELECT body FROM history_large WHERE number = ?").Bind(1, large.Number);
        var body = statement.Step() ? statement.Blob(0) : [];
        statement.Reset();
        if (large.Offset < 0 || large.Length < 0 || (long)large.Offset + large.Length > body.Length) return;
        body.AsSpan(large.Offset, large.Length).Clear();
        db.Prepare("UPDATE history_large SET body = ? WHERE number = ?").Bind(1, body.AsSpan()).Bind(2, large.Number).Run();
    }
}
