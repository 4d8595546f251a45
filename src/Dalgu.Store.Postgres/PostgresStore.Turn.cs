using System.Diagnostics;
using Npgsql;

namespace Dalgu.Store.Postgres;

/// <content>The writer's turn: a lock of the tenant that lives as long as the session in which the commits run.</content>
internal sealed partial class PostgresStore
{
    private const int MostNews = 5_000;
    private static readonly TimeSpan Trusted = TimeSpan.FromSeconds(3); // less than the server takes to give up on a session that it no longer hears of
    private volatile NpgsqlConnection? turn;
    private TaskCompletionSource wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long heard; // when the turn's session last answered
    private int names = 1;
    private long lastSeq, lastAudit;

    /// <inheritdoc/>
    public bool IsAlone => database.Node.IsAlone;

    /// <inheritdoc/>
    public bool HoldsTurn => turn is not null && Stopwatch.GetElapsedTime(Volatile.Read(ref heard)) < Trusted;

    /// <inheritdoc/>
    public Task TurnWanted => database.Node.IsListening && database.HasRoomForTurns ? Volatile.Read(ref wanted).Task : Task.CompletedTask;

    /// <inheritdoc/>
    public TimeSpan LongestTurn => database.Node.IsAlone ? TimeSpan.FromSeconds(10) : TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    public event Action? Committed;

    /// <summary>The tenant's number; 0 before the store is opened.</summary>
    internal int Number => number;

    internal void Want() => Volatile.Read(ref wanted).TrySetResult();

    internal void Hear() => Committed?.Invoke();

    /// <summary>The version of the head that this node knows.</summary>
    internal long Version => Volatile.Read(ref version);

    /// <inheritdoc/>
    public async ValueTask BeginTurnAsync(CancellationToken cancel = default)
    {
        for (var attempt = 0; ; attempt++)
        {
            NpgsqlConnection? connection = null;
            try
            {
                await database.Node.JoinAsync();
                connection = await database.OpenTurnAsync(cancel);
                if (!await TryTakeAsync(connection, cancel))
                {
                    await using var wait = new NpgsqlBatch(connection) { BatchCommands = { new("SELECT set_config('lock_timeout', '15s', true)"), BatchCommand(Statements.AwaitTurn, number) } };
                    var waiting = wait.ExecuteNonQueryAsync(cancel);
                    // Asked while this node stands in the queue already: whoever gives the turn back cannot overtake it.
                    while (!waiting.IsCompleted)
                    {
                        await database.Node.AskForTurnAsync(number);
                        await Task.WhenAny(waiting, Task.Delay(50, cancel));
                    }
                    await waiting;
                }
                Volatile.Write(ref heard, Stopwatch.GetTimestamp());
                turn = connection;
                database.TurnTaken();
                return;
            }
            catch (Exception e) when (StoreFault.Of(e) is { } problem)
            {
                if (connection is not null) await connection.DisposeAsync();
                if (attempt > 0 || !StoreFault.IsConnection(e)) throw e is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable }
                    ? new Problem(ProblemKind.Unavailable, "Another node has kept the writer's turn of the tenant for 15 s; send the write again.", e) : problem;
            }
        }
    }

    private async Task<bool> TryTakeAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = Command(connection, Statements.TryTurn, number);
        return await command.ExecuteScalarAsync(cancel) is true;
    }

    /// <inheritdoc/>
    public async ValueTask EndTurnAsync()
    {
        if (turn is not { } connection) return;
        await WithdrawAllAsync();
        turn = null;
        database.TurnLeft();
        Volatile.Write(ref wanted, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            await using var command = Command(connection, Statements.EndTurn, number);
            await command.ExecuteNonQueryAsync();
        }
        catch (Exception e) when (e is InvalidOperationException || StoreFault.Of(e) is not null)
        {
            // The session is broken, and the lock with it. One that is not, as after a commit that the server refused, must not go back to the pool with the lock.
            database.CloseTurns();
        }
        await connection.DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask<StoreNews?> NewsAsync(CancellationToken cancel = default)
    {
        if (await WithAsync(async connection => (await HeadAsync(connection, cancel)).Version, cancel) == version) return null;
        // On Citus the head moves on the coordinator before the rows are there on the workers: what is read here must be whole, or it would be missed for good.
        await using var quiet = database.IsCitus ? await database.OpenAsync(cancel) : null;
        await using var held = quiet is null ? null : await quiet.BeginTransactionAsync(cancel);
        if (quiet is not null)
            await using (var wait = Command(quiet, Statements.AwaitCommit, number)) await wait.ExecuteNonQueryAsync(cancel);
        await database.RecoverAsync(cancel); // a worker may have been lost in the middle of what the lock has waited for
        await using var snapshot = new Snapshot(database);
        var head = (await snapshot.ReadAsync(BatchCommand(Statements.Head, number), r => (Version: r.GetInt64(0), LastKey: r.GetInt64(2), LastSeq: r.GetInt64(3)), 1, cancel))[0];
        var added = await snapshot.ReadAsync(BatchCommand(Statements.Names, number, names - 1), r => (r.GetInt32(0), r.GetString(1)), 16, cancel);
        var documents = await snapshot.ReadAsync(BatchCommand(Statements.DocumentsSince, number, version), r => new DocumentWrite(r.GetString(0), r.GetString(1), r.IsDBNull(2) ? null : r.GetFieldValue<byte[]>(2)), 16, cancel);
        var last = await snapshot.ReadAsync(BatchCommand(Statements.LastAudit, number), ReadAudit, 1, cancel);
        List<StoredEntity> states = [];
        List<AuditEntry> audit = [];
        var hasGap = head.LastSeq - lastSeq > MostNews;
        var after = hasGap ? head.LastSeq - 1 : lastSeq;
        var outbox = (await snapshot.ReadAsync(ChunksAfter(after, MostNews), ReadBody, 64, cancel)).SelectMany(c => OutboxChunk.Unpack(c)).Where(r => r.Seq > after).ToList();
        if (outbox.Count > 0)
        {
            states = await ReadStatesAsync(snapshot, BatchCommand(Statements.ReadMany(database.IsCitus), number, outbox.Select(o => o.Id).Distinct(StringComparer.Ordinal).ToArray()), 64, cancel);
            if (!hasGap) audit = await snapshot.ReadAsync(BatchCommand(Statements.Audit, number, lastAudit, MostNews), ReadAudit, 64, cancel);
        }
        version = head.Version;
        names += added.Count;
        lastSeq = head.LastSeq;
        if (last.Count > 0) lastAudit = last[0].Number;
        return new(added, head.LastKey, head.LastSeq, last.Count > 0 ? last[0] : null, outbox, hasGap, states, audit, documents);
    }

    /// <summary>Notes what a commit of this node moved on.</summary>
    private void Moved(CommitUnit unit)
    {
        version++;
        names += unit.Names.Count;
        if (unit.Outbox.Count > 0) lastSeq = unit.Outbox[^1].Seq;
        if (unit.Audit.Count > 0) lastAudit = unit.Audit[^1].Number;
        Volatile.Write(ref heard, Stopwatch.GetTimestamp());
        database.Node.Tell(number);
    }
}
