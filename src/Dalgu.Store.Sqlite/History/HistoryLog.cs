using Dalgu.Hub.Storage;

namespace Dalgu.Store.Sqlite.History;

/// <summary>Writes history. A commit appends its rows to a log, a few full pages however many entities it touches; an index in memory finds them. When the
/// log has grown, each commit merges a few entities' rows of it into the clustered blocks, so that a page of those is written once for many observations
/// and a series is read in one sweep.</summary>
/// <remarks>Used by the store's writer alone; <see cref="Generations"/> by readers at any time. What a merge does is found beside the commits.</remarks>
internal sealed class HistoryLog : IAsyncDisposable
{
    /// <summary>So many rows make a generation, or several times as many where that pays: see <see cref="IsFull"/>. It is merged while the next one grows.
    /// Small enough that finding them again at start takes no time.</summary>
    internal const int GenerationRows = 131_072;

    private const int RowsPerEntity = 16, MostGenerations = 4;
    private const int MergedPerWritten = 2, MergedAtLeast = 32;
    private const int PreparedAtLeast = 8_192; // rows: enough that a chunk is read for many of them, and few that are found while commits wait for them
    private const int LargeBytes = 300; // a body of more stays where it is written first: copying it in a merge would cost more than finding it
    private const int ChunkBytes = 7_900; // what fits a page with its row's head

    private readonly Dictionary<long, (long Seq, LargeBody Body)> states = [];

    /// <summary>What a transaction that is undone gives back.</summary>
    /// <param name="Generations">What readers look rows up in.</param>
    /// <param name="NextChunk">The number of the next chunk.</param>
    /// <param name="NextLarge">The number of the next row of large bodies.</param>
    /// <param name="MergingTo">The last chunk of the generation that is merged; 0 for none.</param>
    /// <param name="Keys">The entities of that generation.</param>
    /// <param name="Found">So many of them are done, or among <see cref="found"/>.</param>
    /// <param name="Done">So many of those among <see cref="found"/> are done.</param>
    /// <param name="Growing">How many rows the generation that grows has.</param>
    private readonly record struct State(Generations Generations, long NextChunk, long NextLarge, long MergingTo, long[] Keys, int Found, int Done, int Growing);

    private readonly byte[] chunk = new byte[ChunkBytes], large = new byte[ChunkBytes];
    private readonly int generationRows;
    private readonly string file;
    private readonly Func<Action, Task> beside;
    private GenerationMerge? merge; // while there is one
    private BlockWrites found = new(), finding = new();
    private Task? search; // that fills the second of them
    private InvalidDataException? damage;
    private State state, before;
    private int chunkUsed, largeUsed, quota;

    /// <summary>The log of a file.</summary>
    /// <param name="db">The connection that writes.</param>
    /// <param name="file">The file.</param>
    /// <param name="generationRows">So many rows make a generation.</param>
    /// <param name="beside">Runs something beside the commits; tests decide when it runs.</param>
    public HistoryLog(SqliteConnection db, string file, int generationRows, Func<Action, Task> beside)
    {
        (this.file, this.generationRows, this.beside) = (file, generationRows, beside);
        var growing = new RecentIndex();
        var merging = new RecentIndex();
        var mergingTo = db.Number("SELECT value FROM fact WHERE name = 'history_merging'");
        var mergedKey = db.Number("SELECT value FROM fact WHERE name = 'history_merged'");
        var last = 0L;
        // Into one buffer and an index of the size that it will have: a start should leave nothing behind to be collected.
        growing.Reserve((int)Math.Min(db.Number("SELECT coalesce(sum(length(body)), 0) FROM history_recent WHERE number > (SELECT value FROM fact WHERE name = 'history_merging')") / 128, MostGenerations * generationRows));
        var stored = db.Prepare("SELECT number, body FROM history_recent ORDER BY number");
        while (stored.Step())
        {
            var body = stored.Bytes(1);
            if (body.Length > ChunkBytes) continue; // none is so long
            body.CopyTo(chunk);
            Index(chunk.AsMemory(0, body.Length), last = stored.Long(0));
        }
        stored.Reset();
        var keys = merging.Keys();
        state = before = new(new(growing, mergingTo > 0 ? merging : null), Math.Max(last, mergingTo) + 1,
            db.Number("SELECT coalesce(max(number), 0) FROM history_large") + 1, mergingTo, keys, 0, 0, growing.Count);
        Generations = state.Generations;

        void Index(ReadOnlyMemory<byte> body, long number)
        {
            try
            {
                for (var at = 0; at < body.Length;)
                {
                    var row = RecentRow.Read(body, at);
                    if (number > mergingTo) growing.Add(row.Key, number, at);
                    else if (row.Key > mergedKey) merging.Add(row.Key, number, at);
                    at += row.Length;
                }
            }
            catch (InvalidDataException)
            {
                // The rest of a damaged chunk is lost; verify tells of which entities.
            }
        }
    }

    /// <summary>What readers look recent rows up in. Valid for a snapshot that began while it is the present one.</summary>
    public volatile Generations Generations;

    /// <summary>Begins a transaction's writes.</summary>
    /// <exception cref="InvalidDataException">Where a generation cannot be merged, since the file is damaged.</exception>
    public void Begin()
    {
        before = state with { Growing = state.Generations.Growing.Count };
        if (damage is not null) throw damage;
    }

    /// <summary>The transaction is committed.</summary>
    public void Commit() => Generations = state.Generations;

    /// <summary>Between transactions, so that one that is undone finds what it began with: takes over what was found beside them, and looks for more.
    /// Returns at once, but where the next generation is full before anything is found.</summary>
    public async ValueTask GoOnAsync()
    {
        if (search is not null && state.Done == found.Entities && (search.IsCompleted || IsFull(state.Generations.Growing)))
        {
            try
            {
                await search;
                (found, finding) = (finding, found);
                state = state with { Found = state.Found + found.Entities, Done = 0 };
            }
            catch (Problem)
            {
                // Looked for again; a disk that is full or fails refuses the commits by itself.
            }
            catch (InvalidDataException fault)
            {
                damage = fault; // this transaction is made: the next one is refused
            }
            search = null;
        }
        Search();
    }

    /// <summary>Begins to find what is to be done next, where that is not known or looked for.</summary>
    private void Search()
    {
        if (state.Generations.Merging is not { } merging)
        {
            if (merge is null) return;
            merge.Dispose();
            (merge, found, finding) = (null, new(), new());
            return;
        }
        if (search is not null || state.Found == state.Keys.Length) return;
        merge ??= new GenerationMerge(file);
        var (keys, from, rows, to) = (state.Keys, state.Found, Math.Max(PreparedAtLeast, quota), finding);
        search = beside(() => merge.Prepare(merging, keys, from, rows, to));
    }

    /// <summary>The transaction is undone.</summary>
    public void Rollback()
    {
        state = before;
        state.Generations.Growing.Truncate(state.Growing);
        (chunkUsed, largeUsed) = (0, 0);
        states.Clear();
    }

    /// <summary>Puts a state where history keeps it, if it is large and its history is to say the same: the bytes are written once for both.</summary>
    public LargeBody PutState(SqliteConnection db, EntityWrite entity)
    {
        if (!entity.IsRecorded || entity.Body.Length <= LargeBytes) return default;
        var body = PutLarge(db, entity.Body.Span);
        states[entity.Key] = (entity.Seq, body);
        return body;
    }

    /// <summary>Writes the history of a unit, after its states.</summary>
    public void Write(SqliteConnection db, CommitUnit unit)
    {
        if (unit.History.Count == 0 && unit.ErasedHistories.Count == 0 && largeUsed == 0) return;
        var added = 0L;
        var removes = unit.ErasedHistories.Count > 0;
        foreach (var key in unit.ErasedHistories) Append(db, key, 0, 0, 0, RecentKind.Erased, default);
        foreach (var row in unit.History)
        {
            if (row.Body.Length == 0)
            {
                Append(db, row.Key, row.Time, row.Seq, row.Recorded, RecentKind.Removed, default);
                removes = true;
                continue;
            }
            added++;
            var kind = row.OfState ? RecentKind.InlineState : RecentKind.Inline;
            if (row.OfState && states.TryGetValue(row.Key, out var state) && state.Seq == row.Seq) AppendLarge(db, row, kind, state.Body.End(row.Body.Length));
            else if (row.Body.Length > LargeBytes) AppendLarge(db, row, kind, PutLarge(db, row.Body.Span));
            else Append(db, row.Key, row.Time, row.Seq, row.Recorded, kind, row.Body.Span);
        }
        FlushChunk(db);
        FlushLarge(db);
        states.Clear();
        if (removes) Separate(db, unit);
        var removed = Merge(db, quota = MergedAtLeast + MergedPerWritten * unit.History.Count);
        db.Prepare("UPDATE fact SET value = value + ? WHERE name = 'history_rows'").Bind(1, added - removed).Run();
    }

    private void Append(SqliteConnection db, long key, long time, long seq, long recorded, RecentKind kind, ReadOnlySpan<byte> body)
    {
        var length = RecentRow.HeadBytes + body.Length;
        if (chunkUsed + length > ChunkBytes) FlushChunk(db);
        RecentRow.Write(chunk.AsSpan(chunkUsed), key, time, seq, recorded, kind, body);
        state.Generations.Growing.Add(key, state.NextChunk, chunkUsed);
        chunkUsed += length;
    }

    private void AppendLarge(SqliteConnection db, in HistoryRow row, RecentKind kind, LargeBody body)
    {
        Span<byte> where = stackalloc byte[LargeBody.Bytes];
        body.Write(where);
        Append(db, row.Key, row.Time, row.Seq, row.Recorded, kind | RecentKind.Large, where);
    }

    /// <summary>Puts a body beside the others of the transaction: about a page of them makes a row.</summary>
    private LargeBody PutLarge(SqliteConnection db, ReadOnlySpan<byte> body)
    {
        if (largeUsed + body.Length > ChunkBytes) FlushLarge(db);
        var put = new LargeBody(state.NextLarge, largeUsed, body.Length);
        if (body.Length > ChunkBytes) WriteLarge(db, body);
        else
        {
            body.CopyTo(large.AsSpan(largeUsed));
            largeUsed += body.Length;
        }
        return put;
    }

    /// <summary>Gives the states of entities whose history is touched bytes of their own, so that what history loses can be overwritten.</summary>
    private static void Separate(SqliteConnection db, CommitUnit unit)
    {
        var separate = db.Prepare("""
            UPDATE entity SET body = (SELECT substr(l.body, large_at + 1, large_length) FROM history_large l WHERE l.number = large), large = 0, large_at = 0, large_length = 0
            WHERE id = ? AND large > 0
            """);
        foreach (var change in unit.Outbox)
            if (change.Kind == ChangeKind.History) separate.Bind(1, change.Id).Run();
    }

    private void FlushChunk(SqliteConnection db)
    {
        if (chunkUsed == 0) return;
        db.Prepare("INSERT INTO history_recent VALUES (?, ?)").Bind(1, state.NextChunk).Bind(2, chunk.AsSpan(0, chunkUsed)).Run();
        state = state with { NextChunk = state.NextChunk + 1 };
        chunkUsed = 0;
    }

    private void FlushLarge(SqliteConnection db)
    {
        if (largeUsed == 0) return;
        WriteLarge(db, large.AsSpan(0, largeUsed));
        largeUsed = 0;
    }

    private void WriteLarge(SqliteConnection db, ReadOnlySpan<byte> body)
    {
        db.Prepare("INSERT INTO history_large VALUES (?, ?)").Bind(1, state.NextLarge).Bind(2, body).Run();
        state = state with { NextLarge = state.NextLarge + 1 };
    }

    /// <summary>True where a generation is worth merging. An entity's blocks are read and written once in a merge, however many rows it has there: so a
    /// generation waits until it has many of each, as long as the index of it stays small.</summary>
    private bool IsFull(RecentIndex growing) => growing.Count >= generationRows
        && (growing.Count >= (long)RowsPerEntity * growing.Entities || growing.Count >= MostGenerations * generationRows || growing.Entities >= generationRows);

    /// <summary>Merges about so many rows into the blocks, where it is known how; how many observations history no longer has.</summary>
    private int Merge(SqliteConnection db, int rows)
    {
        if (state.Generations.Merging is null)
        {
            if (!IsFull(state.Generations.Growing)) return 0;
            var full = state.Generations.Growing;
            state = state with { Generations = new(new RecentIndex(), full), MergingTo = state.NextChunk - 1, Keys = full.Keys(), Found = 0, Done = 0 };
            SetFact(db, "history_merging", state.MergingTo);
            return 0;
        }
        var (done, removed) = found.Apply(db, state.Done, rows);
        var isAll = done == found.Entities && state.Found == state.Keys.Length;
        if (done > state.Done && !isAll) SetFact(db, "history_merged", found.KeyOf(done - 1));
        state = state with { Done = done };
        if (!isAll) return removed;
        db.Prepare("DELETE FROM history_recent WHERE number <= ?").Bind(1, state.MergingTo).Run();
        SetFact(db, "history_merging", 0);
        SetFact(db, "history_merged", 0);
        state = state with { Generations = new(state.Generations.Growing, null), MergingTo = 0, Keys = [], Found = 0, Done = 0 };
        return removed;
    }

    private static void SetFact(SqliteConnection db, string name, long value) => db.Prepare("UPDATE fact SET value = ? WHERE name = ?").Bind(1, value).Bind(2, name).Run();

    public async ValueTask DisposeAsync()
    {
        if (search is not null) await search.ContinueWith(static _ => { }, TaskScheduler.Default); // a fault of it is told by the next commit, and there is none
        merge?.Dispose();
    }
}
