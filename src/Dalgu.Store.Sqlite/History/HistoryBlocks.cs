using System.Buffers;
using System.Runtime.InteropServices;

namespace Dalgu.Store.Sqlite.History;

/// <summary>Finds what a merge has to do to the clustered history of an entity: blocks in order of time that do not overlap. Not thread-safe.</summary>
/// <param name="db">A connection that reads them.</param>
internal sealed class HistoryBlocks(SqliteConnection db)
{
    /// <summary>A block of more bytes is not added to: what follows it begins one of its own.</summary>
    private const int FullBytes = Block.MaxBytes * 3 / 4;

    // Used again for each entity: there are many in a merge.
    private readonly ArrayBufferWriter<byte> bodies = new(Block.MaxBytes + 512);
    private readonly List<RecentRow> stored = [], merged = [];
    private readonly List<Head> heads = [];

    /// <summary>A block that was found: where its body begins among the bodies, and how long it is.</summary>
    private readonly record struct Head(long Time, long Seq, long LastTime, int Body, int Length);

    /// <summary>Takes all blocks of an entity away.</summary>
    public void Erase(long key, BlockWrites to)
    {
        var found = new List<byte[]>();
        var blocks = db.Prepare("SELECT body FROM history WHERE key = ?").Bind(1, key);
        while (blocks.Step()) found.Add(blocks.Blob(0));
        blocks.Reset();
        stored.Clear();
        foreach (var body in found) Block.Unpack(key, body, stored);
        foreach (var row in stored) to.Lose(row);
        to.Erase();
    }

    /// <summary>Puts rows in their places among the blocks, and takes away what they take away.</summary>
    /// <param name="key">The entity.</param>
    /// <param name="rows">Rows in order, marks of what is taken away among them.</param>
    /// <param name="hasBlocks">False where it is known to have none.</param>
    /// <param name="to">Receives what is to be done.</param>
    public void Merge(long key, List<RecentRow> rows, bool hasBlocks, BlockWrites to)
    {
        if (rows.Count == 0) return;
        heads.Clear();
        if (hasBlocks) Find(key, rows[0].Time, rows[^1].Time);
        if (heads.Count == 0)
        {
            rows.RemoveAll(static r => r.Kind == RecentKind.Removed);
            to.Insert(CollectionsMarshal.AsSpan(rows));
            return;
        }
        var next = 0;
        for (var i = 0; i < heads.Count && next < rows.Count; i++)
        {
            // A block takes what comes before the next one begins; the first one also what comes before itself.
            var first = next;
            while (next < rows.Count && (i + 1 == heads.Count || (rows[next].Time, rows[next].Seq).CompareTo((heads[i + 1].Time, heads[i + 1].Seq)) < 0)) next++;
            if (next > first) MergeInto(key, heads[i], CollectionsMarshal.AsSpan(rows)[first..next], to);
        }
    }

    /// <summary>Finds the blocks from the one in which a time may lie to the last that begins up to another: the last one alone where rows follow all that there is, as nearly all do.</summary>
    private void Find(long key, long from, long to)
    {
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

    private void MergeInto(long key, Head head, ReadOnlySpan<RecentRow> rows, BlockWrites to)
    {
        var follows = rows[0].Time > head.LastTime && !HasMarks(rows);
        if (follows && head.Length > FullBytes)
        {
            to.Insert(rows);
            return;
        }
        var body = bodies.WrittenMemory.Slice(head.Body, head.Length);
        if (follows)
        {
            to.Extend(head.Time, head.Seq, body.Span, Block.Last(body.Span), rows);
            return;
        }
        stored.Clear();
        merged.Clear();
        Block.Unpack(key, body, stored);
        var at = 0;
        foreach (var row in rows)
        {
            while (at < stored.Count && RecentRow.InOrder(stored[at], row) < 0) merged.Add(stored[at++]);
            if (at < stored.Count && RecentRow.InOrder(stored[at], row) == 0) to.Lose(stored[at++]);
            if (row.Kind != RecentKind.Removed) merged.Add(row);
        }
        for (; at < stored.Count; at++) merged.Add(stored[at]);
        var all = CollectionsMarshal.AsSpan(merged);
        // Usually the block begins as before, and stays where it is.
        if (!all.IsEmpty && (all[0].Time, all[0].Seq) == (head.Time, head.Seq)) to.Replace(all);
        else
        {
            to.Delete(head.Time, head.Seq);
            to.Insert(all);
        }
    }

    private static bool HasMarks(ReadOnlySpan<RecentRow> rows)
    {
        foreach (var row in rows) if (!row.IsObservation) return true;
        return false;
    }
}
