using System.Buffers;

namespace Dalgu.Store.Sqlite.History;

/// <summary>What a merge does to the clustered blocks, entity by entity in order of key: found beside the commits, done by them. Not thread-safe.</summary>
internal sealed class BlockWrites
{
    private const string Which = "key = ?1 AND first_time = ?2 AND first_seq = ?3";

    private readonly ArrayBufferWriter<byte> bodies = new();
    private readonly List<Step> steps = [];
    private readonly List<LargeBody> lost = [];
    private readonly List<Part> parts = [];
    private int removed;

    private enum Act : byte
    {
        Insert,
        Update,
        Delete,
        Erase,
    }

    private readonly record struct Step(Act Act, long Time, long Seq, long LastTime, int Body, int Length);

    /// <summary>An entity: how many rows of the log it stands for, and where what is done for it ends.</summary>
    private readonly record struct Part(long Key, int Rows, int Steps, int Lost, int Removed);

    /// <summary>How many entities there are.</summary>
    public int Entities => parts.Count;

    /// <summary>The key of an entity.</summary>
    public long KeyOf(int entity) => parts[entity].Key;

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        bodies.ResetWrittenCount();
        steps.Clear();
        lost.Clear();
        parts.Clear();
        removed = 0;
    }

    /// <summary>Adds rows, in order, as new blocks.</summary>
    public void Insert(ReadOnlySpan<RecentRow> rows)
    {
        while (!rows.IsEmpty) rows = Put(Act.Insert, rows);
    }

    /// <summary>Replaces what a block says by rows that begin as it does; what it does not take becomes blocks behind it.</summary>
    public void Replace(ReadOnlySpan<RecentRow> rows) => Insert(Put(Act.Update, rows));

    /// <summary>Adds rows behind the last row of a block; what it does not take becomes blocks behind it.</summary>
    /// <param name="time">The time of the block's first row.</param>
    /// <param name="seq">The change of the block's first row.</param>
    /// <param name="body">The block.</param>
    /// <param name="last">The block's last row.</param>
    /// <param name="rows">Rows that come after it, in order.</param>
    public void Extend(long time, long seq, ReadOnlySpan<byte> body, in RecentRow last, ReadOnlySpan<RecentRow> rows)
    {
        var start = bodies.WrittenCount;
        bodies.Write(body);
        var taken = Block.Pack(rows, last, body.Length, bodies);
        if (taken > 0) steps.Add(new(Act.Update, time, seq, rows[taken - 1].Time, start, bodies.WrittenCount - start));
        Insert(rows[taken..]);
    }

    /// <summary>Takes a block away.</summary>
    public void Delete(long time, long seq) => steps.Add(new(Act.Delete, time, seq, 0, 0, 0));

    /// <summary>Takes all blocks of the entity away.</summary>
    public void Erase() => steps.Add(new(Act.Erase, 0, 0, 0, 0, 0));

    /// <summary>An observation that history no longer has.</summary>
    public void Lose(in RecentRow row)
    {
        if (!row.IsObservation) return;
        removed++;
        if (row.IsLarge) lost.Add(LargeBody.Read(row.Body.Span));
    }

    /// <summary>What was added since the last call is all of an entity.</summary>
    /// <param name="key">The entity.</param>
    /// <param name="rows">The rows of the log that it stands for.</param>
    public void End(long key, int rows) => parts.Add(new(key, rows, steps.Count, lost.Count, removed));

    /// <summary>Does what is to be done for the entities from one on, until about so many rows of the log are done.</summary>
    /// <returns>The first entity that is left, and how many observations history no longer has.</returns>
    public (int Next, int Removed) Apply(SqliteConnection db, int from, int rows)
    {
        var before = from == 0 ? default : parts[from - 1];
        var (step, blank, next) = (before.Steps, before.Lost, from);
        for (; next < parts.Count && rows > 0; next++)
        {
            var part = parts[next];
            for (; step < part.Steps; step++) Do(db, part.Key, steps[step]);
            for (; blank < part.Lost; blank++) Blank(db, lost[blank]);
            rows -= part.Rows;
        }
        return (next, next == from ? 0 : parts[next - 1].Removed - before.Removed);
    }

    private ReadOnlySpan<RecentRow> Put(Act act, ReadOnlySpan<RecentRow> rows)
    {
        var start = bodies.WrittenCount;
        var taken = Block.Pack(rows, default, 0, bodies);
        steps.Add(new(act, rows[0].Time, rows[0].Seq, rows[taken - 1].Time, start, bodies.WrittenCount - start));
        return rows[taken..];
    }

    private void Do(SqliteConnection db, long key, in Step step)
    {
        var statement = db.Prepare(step.Act switch
        {
            Act.Insert => "INSERT INTO history VALUES (?1, ?2, ?3, ?4, ?5)",
            Act.Update => $"UPDATE history SET last_time = ?4, body = ?5 WHERE {Which}",
            Act.Delete => $"DELETE FROM history WHERE {Which}",
            _ => "DELETE FROM history WHERE key = ?1",
        }).Bind(1, key);
        if (step.Act != Act.Erase) statement.Bind(2, step.Time).Bind(3, step.Seq);
        if (step.Act <= Act.Update) statement.Bind(4, step.LastTime).Bind(5, bodies.WrittenSpan.Slice(step.Body, step.Length));
        statement.Run();
    }

    /// <summary>Overwrites a body that history no longer has.</summary>
    private static void Blank(SqliteConnection db, LargeBody large)
    {
        var statement = db.Prepare("SELECT body FROM history_large WHERE number = ?").Bind(1, large.Number);
        var body = statement.Step() ? statement.Blob(0) : [];
        statement.Reset();
        if (large.Offset < 0 || large.Length < 0 || (long)large.Offset + large.Length > body.Length) return;
        body.AsSpan(large.Offset, large.Length).Clear();
        db.Prepare("UPDATE history_large SET body = ? WHERE number = ?").Bind(1, body.AsSpan()).Bind(2, large.Number).Run();
    }
}
