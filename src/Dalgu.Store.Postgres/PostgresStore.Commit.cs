using System.Buffers;
using System.Runtime.InteropServices;
using Npgsql;
using NpgsqlTypes;

namespace Dalgu.Store.Postgres;

/// <content>How a commit unit becomes one transaction in one round trip.</content>
internal sealed partial class PostgresStore
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private const int MaxChunk = 1_900; // of the outbox: what is longer, the server compresses and lays elsewhere
    private readonly ArrayBufferWriter<byte> chunkBuffer = new();
    private long version; // of the head, as this node knows it

    /// <inheritdoc/>
    public async ValueTask CommitAsync(CommitUnit unit, CancellationToken cancel = default)
    {
        var token = BitConverter.ToInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8));
        try
        {
            await using var ahead = await SentAheadAsync(unit, cancel);
            await using var own = turn is null ? await OpenForWritingAsync(cancel) : null;
            var connection = ahead ?? own ?? turn!;
            if (ahead is null && database.Partitions.Missing(unit.History) is { } missing)
            {
                await using var apart = database.NewConnection();
                await apart.OpenAsync(cancel);
                foreach (var span in missing) await database.Partitions.MakeAsync(apart, span, cancel);
            }
            await using var batch = Batch(connection, unit, token, await ErasedAsync(connection, unit, cancel), await KeptAsync(connection, unit, cancel), isBegun: ahead is not null);
            using var warnings = database.IsCitus ? new Warnings(connection) : null;
            await batch.ExecuteNonQueryAsync(cancel);
            if (warnings is { First: not null }) await AwaitWorkersAsync(cancel);
        }
        catch (InvalidOperationException e) when (turn is { State: not System.Data.ConnectionState.Open })
        {
            throw new Problem(ProblemKind.Unavailable, "The connection to the database was lost, and the writer's turn with it; send the write again.", e);
        }
        catch (Exception e) when (StoreFault.IsConnection(e))
        {
            // The server may have committed and the answer got lost.
            if (!await WasCommittedAsync(token, cancel)) throw StoreFault.Of(e)!;
            await AwaitWorkersAsync(cancel);
        }
        catch (Exception e) when (database.Forgets(e))
        {
            throw new Problem(ProblemKind.Unavailable, "The database forgot what was prepared, as after a change of its settings; send the write again.", e);
        }
        catch (Exception e) when (StoreFault.Of(e) is { } problem)
        {
            throw problem;
        }
        Moved(unit);
    }

    /// <summary>A connection of which the server has answered: one that broke while it lay in the pool must not fail a commit.</summary>
    private async ValueTask<NpgsqlConnection> OpenForWritingAsync(CancellationToken cancel)
    {
        for (var attempt = 0; ; attempt++)
        {
            var connection = await database.OpenAsync(cancel);
            try
            {
                if (attempt > 0 || !Interlocked.Exchange(ref isDoubtful, false)) return connection;
                await using var ping = new NpgsqlCommand("SELECT 1", connection);
                await ping.ExecuteNonQueryAsync(cancel);
                return connection;
            }
            catch (Exception e) when (attempt < 3 && StoreFault.IsConnection(e))
            {
                await connection.DisposeAsync();
            }
        }
    }

    private bool isDoubtful;

    /// <summary>Whether the head has moved on by the commit of a token; waits for the server to come back.</summary>
    private async Task<bool> WasCommittedAsync(long token, CancellationToken cancel)
    {
        isDoubtful = true;
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        for (; ; )
            try
            {
                await using var connection = await database.OpenAsync(cancel);
                // The transaction may still run on a connection that only this side has lost: the lock waits for its end.
                await using var command = Command(connection, Statements.LockHead, number);
                await using var reader = await command.ExecuteReaderAsync(cancel);
                return await reader.ReadAsync(cancel) && reader.GetInt64(0) == version + 1 && reader.GetInt64(1) == token;
            }
            catch (Exception e) when (StoreFault.IsConnection(e))
            {
                if (System.Diagnostics.Stopwatch.GetElapsedTime(started) > Patience) throw new Problem(ProblemKind.Unavailable,
                    "The database went away during a commit, which may or may not be stored. Reads and writes go on by themselves when it is back; look before you repeat what adds up.", e);
                await Task.Delay(TimeSpan.FromMilliseconds(200), cancel);
            }
    }

    /// <summary>Returns when what is committed is there on every worker of a Citus cluster: before, it cannot be read, and so is not acknowledged.</summary>
    private async Task AwaitWorkersAsync(CancellationToken cancel)
    {
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        for (; ; )
            try
            {
                await database.RecoverAsync(cancel);
                return;
            }
            catch (Problem e) when (e.Kind == ProblemKind.Unavailable)
            {
                if (System.Diagnostics.Stopwatch.GetElapsedTime(started) > Patience) throw new Problem(ProblemKind.Unavailable,
                    "A worker of the cluster went away during a commit, which is stored and cannot be read before the worker is back. Look before you repeat what adds up.", e);
                await Task.Delay(TimeSpan.FromMilliseconds(200), cancel);
            }
    }

    /// <summary>How many rows go with whole histories. Nobody else writes meanwhile.</summary>
    private async ValueTask<long> ErasedAsync(NpgsqlConnection connection, CommitUnit unit, CancellationToken cancel)
    {
        if (unit.ErasedHistories.Count == 0) return 0;
        await using var command = Command(connection, Statements.CountErased, number, unit.ErasedHistories.ToArray());
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    /// <summary>The rows of the outbox that stay of a chunk whose first ones go.</summary>
    private async ValueTask<List<OutboxRow>> KeptAsync(NpgsqlConnection connection, CommitUnit unit, CancellationToken cancel)
    {
        if (unit.PruneOutboxTo is not (> 0 and var to)) return [];
        await using var command = Command(connection, Statements.OutboxAcross, number, to, to - OutboxChunk.MostRows(MaxChunk));
        var across = await ListAsync(command, ReadBody, 1, cancel);
        return [.. across.SelectMany(c => OutboxChunk.Unpack(c)).Where(r => r.Seq > to)];
    }

    private NpgsqlBatch Batch(NpgsqlConnection connection, CommitUnit unit, long token, long erased, List<OutboxRow> kept, bool isBegun)
    {
        var batch = new NpgsqlBatch(connection) { Timeout = 300 };
        if (!isBegun) Add("BEGIN");
        if (database.IsCitus) Add(Statements.HoldCommit);
        AddMove(unit, token);
        if (unit.Names.Count > 0) Add(Statements.AddNames, Array(unit.Names, n => n.Number), Array(unit.Names, n => n.Name));
        AddEntities(unit.Entities);
        if (!isBegun) AddHistory(unit);
        if (unit.PruneOutboxTo > 0) Add(Statements.PruneOutbox, Value(unit.PruneOutboxTo));
        AddOutbox(kept);
        AddOutbox(unit.Outbox);
        if (unit.Audit is { Count: > 0 } a)
            Add(Statements.AddAudit, Array(a, e => e.Number), Array(a, e => e.At.Ticks), Array(a, e => e.FirstSeq), Array(a, e => e.LastSeq), Array(a, e => e.Who), Array(a, e => e.Action),
                Array(a, e => e.Target), Array(a, e => e.Content), Array(a, e => e.Hash));
        AddDocuments(unit.Documents);
        if (unit.Census.Count > 0)
        {
            var census = unit.Census.OrderBy(c => (c.Key.Type, c.Key.Attribute, c.Key.Kind)).ToList();
            Add(Statements.MoveCensus, Array(census, c => c.Key.Type), Array(census, c => c.Key.Attribute), Array(census, c => (short)c.Key.Kind), Array(census, c => (long)c.Value));
        }
        Add("COMMIT");
        return batch;

        void AddMove(CommitUnit u, long commit)
        {
            long lastKey = 0, rows = -erased;
            foreach (var e in u.Entities) lastKey = Math.Max(lastKey, e.Key);
            foreach (var h in u.History) rows += h.Body.Length > 0 ? 1 : -1;
            Add(Statements.MoveHead, Value(version), Value(commit), Value(lastKey), Value(u.Outbox.Count > 0 ? u.Outbox[^1].Seq : 0L), Value(rows));
        }

        void AddEntities(List<EntityWrite> entities)
        {
            if (entities.Count == 0) return;
            Add(Statements.PutEntities, Array(entities, e => e.Key), Array(entities, e => e.Seq), Array(entities, e => e.Gone), Array(entities, e => e.Id), Array(entities, e => e.Body));
            var turns = new TypeTurns();
            List<string>? unplaced = null;
            List<(string Id, Box Box)>? placed = null;
            foreach (var e in entities)
            {
                turns.Take(e);
                if (!e.PlaceChanged) continue;
                if (e.Place is { } box) (placed ??= []).Add((e.Id, box));
                else (unplaced ??= []).Add(e.Id);
            }
            foreach (var ((type, gone), ids) in turns.Dropped) Add(Statements.DropTypes, Value(type), Value(gone), Value(ids.ToArray()));
            if (turns.Added is { Count: > 0 } t) Add(Statements.AddTypes, Array(t, x => x.Type), Array(t, x => x.Gone), Array(t, x => x.Id));
            if (unplaced is not null) Add(Statements.DropPlaces, Value(unplaced.ToArray()));
            if (placed is { } p) Add(Statements.PutPlaces, PlaceColumns(p));
        }

        void AddOutbox(List<OutboxRow> rows)
        {
            if (rows.Count > 0) Add(Statements.AddOutbox, OutboxColumns(rows, chunkBuffer));
        }

        void AddHistory(CommitUnit u)
        {
            if (u.ErasedHistories.Count > 0) Add(Statements.EraseHistories, Value(u.ErasedHistories.ToArray()));
            var h = u.History;
            foreach (var row in h)
                if (row.Body.Length == 0) Add(Statements.DropHistoryRow, Value(row.Key), Value(row.Time), Value(row.Seq));
            if (h.Exists(r => r.Body.Length == 0)) h = h.FindAll(r => r.Body.Length > 0);
            if (h.Count > 0) Add(Statements.AddHistory, Array(h, r => r.Key), Array(h, r => r.Time), Array(h, r => r.Seq), Array(h, r => r.Recorded), Array(h, r => r.OfState), Array(h, r => r.Body));
        }

        void AddDocuments(List<DocumentWrite> documents)
        {
            if (documents.Count == 0) return;
            // The last of several writes of one document counts. A removed one stays as an empty row, so that other nodes learn of it.
            var last = documents.Count == 1 ? documents : [.. documents.GroupBy(d => (d.Collection, d.Id)).Select(g => g.Last()).OrderBy(d => d.Collection, StringComparer.Ordinal).ThenBy(d => d.Id, StringComparer.Ordinal)];
            Add(Statements.PutDocuments, Value(version + 1), Array(last, d => d.Collection), Array(last, d => d.Id),
                new NpgsqlParameter { Value = Items(last, d => (object?)d.Body ?? DBNull.Value), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        }

        void Add(string sql, params ReadOnlySpan<NpgsqlParameter> values)
        {
            var command = new NpgsqlBatchCommand(sql);
            if (sql is not ("BEGIN" or "COMMIT")) command.Parameters.Add(Value(number));
            foreach (var value in values) command.Parameters.Add(value);
            batch.BatchCommands.Add(command);
        }
    }

    /// <summary>What <see cref="Statements.PutPlaces"/> asks for beside the tenant.</summary>
    internal static NpgsqlParameter[] PlaceColumns(List<(string Id, Box Box)> places) =>
        [Array(places, p => PlaceCells.Of(p.Box)), Array(places, p => p.Id), Array(places, p => p.Box.MinX), Array(places, p => p.Box.MinY), Array(places, p => p.Box.MaxX), Array(places, p => p.Box.MaxY)];

    /// <summary>What <see cref="Statements.AddOutbox"/> asks for beside the tenant: the rows in chunks.</summary>
    internal static NpgsqlParameter[] OutboxColumns(List<OutboxRow> rows, ArrayBufferWriter<byte> buffer)
    {
        var chunks = new List<(long First, long Last, byte[] Body)>();
        OutboxChunk.Pack(CollectionsMarshal.AsSpan(rows), MaxChunk, buffer, (first, last, body) => chunks.Add((first, last, body.ToArray())));
        return [Array(chunks, c => c.First), Array(chunks, c => c.Last), Array(chunks, c => c.Body)];
    }

    private static NpgsqlParameter Array<TRow, T>(List<TRow> rows, Func<TRow, T> column) => Value(Items(rows, column));

    private static T[] Items<TRow, T>(List<TRow> rows, Func<TRow, T> column)
    {
        var items = new T[rows.Count];
        for (var i = 0; i < items.Length; i++) items[i] = column(rows[i]);
        return items;
    }

    /// <summary>How the index of types turns with the states of a unit.</summary>
    private sealed class TypeTurns
    {
        public SortedDictionary<(int Type, bool Gone), List<string>> Dropped { get; } = [];
        public List<(int Type, bool Gone, string Id)> Added { get; } = [];

        public void Take(EntityWrite e)
        {
            var turned = !e.IsNew && (e.WasGone != e.Gone || e.OldTypes is not null);
            if (turned)
                foreach (var type in e.OldTypes ?? e.Types)
                {
                    if (!Dropped.TryGetValue((type, e.WasGone), out var ids)) Dropped[(type, e.WasGone)] = ids = [];
                    ids.Add(e.Id);
                }
            if (turned || e.IsNew)
                foreach (var type in e.Types) Added.Add((type, e.Gone, e.Id));
        }
    }
}
