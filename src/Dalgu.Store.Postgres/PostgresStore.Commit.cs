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
            if (ahead is null) await MakePartitionsAsync(unit, cancel);
            var (erased, kept, turns) = (await ErasedAsync(connection, unit, cancel), await KeptAsync(connection, unit, cancel), new IndexTurns(unit));
            await using var commands = new Commands(connection, number);
            if (ahead is null) commands.AddBare("BEGIN");
            if (database.IsCitus) commands.Add(Statements.HoldCommit);
            AddHead(commands, unit, token, erased);
            AddRemovals(commands, unit, turns, kept);
            if (ahead is null)
            {
                AddRows(commands, unit, turns);
                AddHistory(commands, unit);
            }
            commands.AddBare("COMMIT");
            using var warnings = database.IsCitus ? new Warnings(connection) : null;
            await commands.RunAsync(cancel);
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
        finally
        {
            Withdraw(unit);
        }
        Moved(unit);
    }

    private async ValueTask MakePartitionsAsync(CommitUnit unit, CancellationToken cancel)
    {
        if (database.Partitions.Missing(unit.History) is not { } missing) return;
        await using var apart = database.NewConnection();
        await apart.OpenAsync(cancel);
        foreach (var span in missing) await database.Partitions.MakeAsync(apart, span, cancel);
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
    private Task<bool> WasCommittedAsync(long token, CancellationToken cancel)
    {
        isDoubtful = true;
        return PatientlyAsync(async () =>
        {
            await using var connection = await database.OpenAsync(cancel);
            // The transaction may still run on a connection that only this side has lost: the lock waits for its end.
            await using var command = Command(connection, Statements.LockHead, number);
            await using var reader = await command.ExecuteReaderAsync(cancel);
            return await reader.ReadAsync(cancel) && reader.GetInt64(0) == version + 1 && reader.GetInt64(1) == token;
        }, StoreFault.IsConnection, "The database went away during a commit, which may or may not be stored. Reads and writes go on by themselves when it is back; look before you repeat what adds up.", cancel);
    }

    /// <summary>Returns when what is committed is there on every worker of a Citus cluster: before, it cannot be read, and so is not acknowledged.</summary>
    private Task<bool> AwaitWorkersAsync(CancellationToken cancel) => PatientlyAsync(async () =>
    {
        await database.RecoverAsync(cancel);
        return true;
    }, e => e is Problem { Kind: ProblemKind.Unavailable }, "A worker of the cluster went away during a commit, which is stored and cannot be read before the worker is back. Look before you repeat what adds up.", cancel);

    /// <summary>Asks until what is asked is there, for a while.</summary>
    private static async Task<T> PatientlyAsync<T>(Func<Task<T>> ask, Func<Exception, bool> isAway, string complaint, CancellationToken cancel)
    {
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        for (; ; )
            try
            {
                return await ask();
            }
            catch (Exception e) when (isAway(e))
            {
                if (System.Diagnostics.Stopwatch.GetElapsedTime(started) > Patience) throw new Problem(ProblemKind.Unavailable, complaint, e);
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

    /// <summary>What of a unit adds rows or overwrites those of its entities: the outbox, states, types and places.</summary>
    private void AddRows(Commands commands, CommitUnit unit, IndexTurns turns)
    {
        if (unit.Outbox.Count > 0) commands.Add(Statements.AddOutbox, OutboxColumns(unit.Outbox, new()));
        AddEntities(commands, unit);
        if (turns.Types is { Count: > 0 } t) commands.Add(Statements.AddTypes, Array(t, x => x.Type), Array(t, x => x.Gone), Array(t, x => x.Id));
        if (turns.Places.Count > 0) commands.Add(Statements.PutPlaces, PlaceColumns(turns.Places));
    }

    /// <summary>What takes rows away that other statements of the unit do not overwrite.</summary>
    private void AddRemovals(Commands commands, CommitUnit unit, IndexTurns turns, List<OutboxRow> kept)
    {
        AddParting(commands, unit);
        foreach (var ((type, gone), ids) in turns.DroppedTypes) commands.Add(Statements.DropTypes, Value(type), Value(gone), Value(ids.ToArray()));
        if (turns.DroppedPlaces.Count > 0) commands.Add(Statements.DropPlaces, Value(turns.DroppedPlaces.ToArray()));
        if (unit.ErasedHistories.Count > 0) commands.Add(Statements.EraseHistories, Value(unit.ErasedHistories.ToArray()));
        foreach (var row in unit.History)
            if (row.Body.Length == 0) commands.Add(Statements.DropHistoryRow, Value(row.Key), Value(row.Time), Value(row.Seq));
        if (unit.PruneOutboxTo > 0) commands.Add(Statements.PruneOutbox, Value(unit.PruneOutboxTo));
        if (kept.Count > 0) commands.Add(Statements.AddOutbox, OutboxColumns(kept, new()));
    }

    private static void AddHistory(Commands commands, CommitUnit unit)
    {
        var h = unit.History.Exists(r => r.Body.Length == 0) ? unit.History.FindAll(r => r.Body.Length > 0) : unit.History;
        if (h.Count > 0) commands.Add(Statements.AddHistory, Array(h, r => r.Key), Array(h, r => r.Time), Array(h, r => r.Seq), Array(h, r => r.Recorded), Array(h, r => r.OfState), Array(h, r => r.Body));
    }

    /// <summary>The head, and what units write in the order in which they move it.</summary>
    private void AddHead(Commands commands, CommitUnit unit, long token, long erased)
    {
        long lastKey = 0, rows = -erased;
        foreach (var e in unit.Entities) lastKey = Math.Max(lastKey, e.Key);
        foreach (var h in unit.History) rows += h.Body.Length > 0 ? 1 : -1;
        commands.Add(Statements.MoveHead, Value(version), Value(token), Value(lastKey), Value(unit.Outbox.Count > 0 ? unit.Outbox[^1].Seq : 0L), Value(rows));
        if (unit.Names.Count > 0) commands.Add(Statements.AddNames, Array(unit.Names, n => n.Number), Array(unit.Names, n => n.Name));
        if (unit.Audit is { Count: > 0 } a)
            commands.Add(Statements.AddAudit, Array(a, e => e.Number), Array(a, e => e.At.Ticks), Array(a, e => e.FirstSeq), Array(a, e => e.LastSeq), Array(a, e => e.Who), Array(a, e => e.Action),
                Array(a, e => e.Target), Array(a, e => e.Content), Array(a, e => e.Hash));
        AddDocuments(commands, unit.Documents);
        if (unit.Census.Count == 0) return;
        var census = unit.Census.OrderBy(c => (c.Key.Type, c.Key.Attribute, c.Key.Kind)).ToList();
        commands.Add(Statements.MoveCensus, Array(census, c => c.Key.Type), Array(census, c => c.Key.Attribute), Array(census, c => (short)c.Key.Kind), Array(census, c => (long)c.Value));
    }

    private void AddDocuments(Commands commands, List<DocumentWrite> documents)
    {
        if (documents.Count == 0) return;
        // The last of several writes of one document counts. A removed one stays as an empty row, so that other nodes learn of it.
        var last = documents.Count == 1 ? documents : [.. documents.GroupBy(d => (d.Collection, d.Id)).Select(g => g.Last()).OrderBy(d => d.Collection, StringComparer.Ordinal).ThenBy(d => d.Id, StringComparer.Ordinal)];
        commands.Add(Statements.PutDocuments, Value(version + 1), Array(last, d => d.Collection), Array(last, d => d.Id),
            new NpgsqlParameter { Value = Items(last, d => (object?)d.Body ?? DBNull.Value), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
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

    /// <summary>Statements about one tenant that go to the server in one round trip.</summary>
    private sealed class Commands(NpgsqlConnection connection, int tenant) : IAsyncDisposable
    {
        private readonly NpgsqlBatch batch = new(connection) { Timeout = 300 };

        /// <summary>Adds a statement whose first parameter is the tenant.</summary>
        public void Add(string sql, params ReadOnlySpan<NpgsqlParameter> values)
        {
            var command = new NpgsqlBatchCommand(sql) { Parameters = { Value(tenant) } };
            foreach (var value in values) command.Parameters.Add(value);
            batch.BatchCommands.Add(command);
        }

        /// <summary>Adds a word that begins or ends the transaction.</summary>
        public void AddBare(string sql) => batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));

        public Task<int> RunAsync(CancellationToken cancel) => batch.BatchCommands.Count == 0 ? Task.FromResult(0) : batch.ExecuteNonQueryAsync(cancel);

        public ValueTask DisposeAsync() => batch.DisposeAsync();
    }

    /// <summary>How the indexes of types and places turn with the states of a unit.</summary>
    private sealed class IndexTurns
    {
        public SortedDictionary<(int Type, bool Gone), List<string>> DroppedTypes { get; } = [];
        public List<(int Type, bool Gone, string Id)> Types { get; } = [];
        public List<string> DroppedPlaces { get; } = [];
        public List<(string Id, Box Box)> Places { get; } = [];

        public IndexTurns(CommitUnit unit)
        {
            foreach (var e in unit.Entities) Take(e);
        }

        private void Take(EntityWrite e)
        {
            var turned = !e.IsNew && (e.WasGone != e.Gone || e.OldTypes is not null);
            if (turned)
                foreach (var type in e.OldTypes ?? e.Types)
                {
                    if (!DroppedTypes.TryGetValue((type, e.WasGone), out var ids)) DroppedTypes[(type, e.WasGone)] = ids = [];
                    ids.Add(e.Id);
                }
            if (turned || e.IsNew)
                foreach (var type in e.Types) Types.Add((type, e.Gone, e.Id));
            if (!e.PlaceChanged) return;
            if (e.Place is { } box) Places.Add((e.Id, box));
            else DroppedPlaces.Add(e.Id);
        }
    }
}
