using System.Buffers;
using System.Runtime.InteropServices;

namespace Dalgu.Store.Sqlite.History;

/// <summary>The clustered history of each entity: blocks in order of time that do not overlap. Not thread-safe.</summary>
/// <param name="db">The writer.</param>
internal sealed class HistoryBlocks(SqliteConnection db)
{
    private const string Which = "key = ?1 AND first_time = ?2 AND first_seq = ?3";

    /// <summary>A block of more bytes is not added to: what follows it begins one of its own.</summary>
    private const int FullBytes = Block.MaxBytes * 3 / 4;

    // Used again for each entity: a merge runs in every commit.
    private readonly ArrayBufferWriter<byte> packed = new(Block.MaxBytes + 512);
    private readonly ArrayBufferWriter<byte> bodies = new(Block.MaxBytes + 512);
    private readonly List<RecentRow> stored = [], merged = [];
    private readonly List<Head> heads = [];

    /// <summary>A block that was found: where its body begins among the bodies, and how long it is.</summary>
    private readonly record struct Head(long Time, long Seq, long LastTime, int Body, int Length);

    /// <summary>Takes all blocks of an entity away.</summary>
    /// <param name="key">The entity.</param>
    /// <param name="gone">Receives their rows.</param>
    public void Erase(long key, List<RecentRow> gone)
    {
        var blocks = db.Prepare("SELECT body FROM history WHERE key = ?").Bind(1, key);
        while (blocks.Step()) Block.Unpack(key, blocks.Blob(0), gone);
        blocks.Reset();
        db.Prepare("DELETE FROM history WHERE key = ?").Bind(1, key).Run();
    }

    /// <summary>Puts rows in their places among the blocks, and takes away what they take away.</summary>
    /// <param name="key">The entity.</param>
    /// <param name="rows">Rows in order, marks of what is taken away among them.</param>
    /// <param name="gone">Receives the rows that they replace or take away.</param>
    public void Merge(long key, List<RecentRow> rows, List<RecentRow> gone)
    {
        if (rows.Count == 0) return;
        Find(key, rows[0].Time, rows[^1].Time);
        if (heads.Count == 0)
        {
            Insert(key, Kept(rows));
            return;
        }
        var next = 0;
        for (var i = 0; i < heads.Count && next < rows.Count; i++)
        {
            // A block takes what comes before the next one begins; the first one also what comes before itself.
            var first = next;
            while (next < rows.Count && (i + 1 == heads.Count || (rows[next].Time, rows[next].Seq).CompareTo((heads[i + 1].Time, heads[i + 1].Seq)) < 0)) next++;
            if (next > first) MergeInto(key, heads[i], CollectionsMarshal.AsSpan(rows)[first..next], gone);
        }
    }

    /// <summary>Finds the blocks from the one in which a time may lie to the last that begins up to another: the last one alone where rows follow all that there is, as nearly all do.</summary>
    private void Find(long key, long from, long to)
    {
        heads.Clear();
        bodies.ResetWrittenCount();
        var statement = db.Prepare("""
            SELECT first_time, first_seq, last_time, body FROM history WHERE key = ?1 AND first_time <= ?3
            AND first_time >= coalesce((SELECT max(first_time) FROM history WHERE key = ?1 AND first_time < ?2), ?2) ORDER BY first_time, first_seq
            """).Bind(1, key).Bind(2, from).Bind(3, to);
        while (statement.Step())
        {
            var body = statement.Bytes(3);
            heads.Add(new(statement.Long(0), statement.Long(1), statement.Long(2), bodies.WrittenCount, body.Length));
            bodies.Write(body);
        }
        statement.Reset();
    }

    private void MergeInto(long key, Head head, ReadOnlySpan<RecentRow> rows, List<RecentRow> gone)
    {
        stored.Clear();
        merged.Clear();
        var isApart = rows[0].Time > head.LastTime && head.Length > FullBytes;
        if (!isApart) Block.Unpack(key, bodies.WrittenMemory.Slice(head.Body, head.Length), stored);
        var at = 0;
        foreach (var row in rows)
        {
            while (at < stored.Count && RecentRow.InOrder(stored[at], row) < 0) merged.Add(stored[at++]);
            if (at < stored.Count && RecentRow.InOrder(stored[at], row) == 0) gone.Add(stored[at++]);
            if (row.Kind != RecentKind.Removed) merged.Add(row);
        }
        for (; at < stored.Count; at++) merged.Add(stored[at]);
        // Usually the block begins as before, and stays where it is.
        var stays = !isApart && merged.Count > 0 && (merged[0].Time, merged[0].Seq) == (head.Time, head.Seq);
        if (!isApart && !stays) db.Prepare($"DELETE FROM history WHERE {Which}").Bind(1, key).Bind(2, head.Time).Bind(3, head.Seq).Run();
        Write(key, merged, stays);
    }

    private static List<RecentRow> Kept(List<RecentRow> rows)
    {
        rows.RemoveAll(r => r.Kind == RecentKind.Removed);
        return rows;
    }

    /// <summary>Writes rows as blocks.</summary>
    public void Insert(long key, List<RecentRow> rows) => Write(key, rows, stays: false);

    /// <summary>Writes rows as blocks; where the first one stays, it is there and gets a new body.</summary>
    private void Write(long key, List<RecentRow> rows, bool stays)
    {
        foreach (var (first, lastTime, body) in Block.Pack(rows, packed))
        {
            db.Prepare(stays ? $"UPDATE history SET last_time = ?4, body = ?5 WHERE {Which}" : "INSERT INTO history VALUES (?1, ?2, ?3, ?4, ?5)")
                .Bind(1, key).Bind(2, first.Time).Bind(3, first.Seq).Bind(4, lastTime).Bind(5, body.Span).Run();
            stays = false;
        }
    }

    /// <summary>Overwrites a body that history no longer has.</summary>
    public void Blank(LargeBody large)
    {
        var statement = db.Prepare("SELECT body FROM history_large WHERE number = ?").Bind(1, large.Number);
        var body = statement.Step() ? statement.Blob(0) : [];
        statement.Reset();
        if (large.Offset < 0 || large.Length < 0 || (long)large.Offset + large.Length > body.Length) return;
        body.AsSpan(large.Offset, large.Length).Clear();
        db.Prepare("UPDATE history_large SET body = ? WHERE number = ?").Bind(1, body.AsSpan()).Bind(2, large.Number).Run();
    }
}
