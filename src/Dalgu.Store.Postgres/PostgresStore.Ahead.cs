using Npgsql;

namespace Dalgu.Store.Postgres;

/// <content>What of a large unit goes to the server while the units before it are still being committed: what it adds and overwrites, in a transaction of
/// a connection of its own that the rest of the unit ends. So two processes of the server work on two units, and the head still moves unit by unit.
/// <para>A transaction sent ahead may wait for rows that one before it has written, never the other way round: the states of a unit go when those of the one
/// before it are there, and after a unit that cannot be sent ahead, since it takes rows away, nothing goes before that is committed.</para></content>
internal sealed partial class PostgresStore
{
    private const int LeastAhead = 256; // rows of history: a smaller unit is worth no round trips of its own
    private readonly Dictionary<CommitUnit, Announced> announced = [];
    private Announced? lastAnnounced;

    /// <param name="Sent">Completes with the connection in whose transaction the rows are; null where nothing is sent before the commit.</param>
    /// <param name="Done">Completes when the unit is committed or given up.</param>
    private sealed record Announced(Task<NpgsqlConnection>? Sent, TaskCompletionSource Done);

    /// <inheritdoc/>
    public void Announce(CommitUnit unit)
    {
        lock (announced)
        {
            var sent = unit.History.Count >= LeastAhead && new IndexTurns(unit) is var turns && CanGoAhead(unit, turns) ? SendAsync(unit, turns, lastAnnounced) : null;
            lastAnnounced = new(sent, new(TaskCreationOptions.RunContinuationsAsynchronously));
            announced[unit] = lastAnnounced;
        }
    }

    // On Citus a transaction has a connection to each shard that it writes: two at once are too many.
    private bool CanGoAhead(CommitUnit unit, IndexTurns turns) => turns is { DroppedTypes.Count: 0, DroppedPlaces.Count: 0 } && unit.ErasedHistories.Count == 0 && !unit.History.Exists(h => h.Body.Length == 0) && turn is not null && !database.IsCitus && database.Partitions.Missing(unit.History) is null;

    private async Task<NpgsqlConnection> SendAsync(CommitUnit unit, IndexTurns turns, Announced? before)
    {
        await Task.Yield();
        if (before is { Sent: null }) await before.Done.Task;
        var connection = await database.OpenAsync(CancellationToken.None);
        try
        {
            await using (var begin = new NpgsqlCommand("BEGIN", connection)) await begin.ExecuteNonQueryAsync();
            await SendHistoryAsync(connection, unit.History);
            if (before?.Sent is { } sent) await sent;
            await using var commands = new Commands(connection, number);
            AddRows(commands, unit, turns);
            await commands.RunAsync(CancellationToken.None);
            return connection;
        }
        catch
        {
            await RollBackAsync(connection);
            throw;
        }
    }

    private async Task SendHistoryAsync(NpgsqlConnection connection, List<HistoryRow> history)
    {
        await using var to = await connection.BeginRawBinaryCopyAsync(Statements.CopyHistory);
        var rows = new BinaryCopy();
        foreach (var row in history)
        {
            rows.Row(7);
            rows.Int(number);
            rows.Long(row.Key);
            rows.Long(row.Time);
            rows.Long(row.Seq);
            rows.Long(row.Recorded);
            rows.Bool(row.OfState);
            rows.Bytes(row.Body.Span);
            if (rows.IsFull) await rows.SendAsync(to);
        }
        rows.End();
        await rows.SendAsync(to);
    }

    /// <summary>The connection in whose transaction the rows of a unit lie already; null where nothing was sent, or what was sent is lost.</summary>
    private async ValueTask<NpgsqlConnection?> SentAheadAsync(CommitUnit unit, CancellationToken cancel)
    {
        Task<NpgsqlConnection>? sent;
        lock (announced) sent = announced.GetValueOrDefault(unit)?.Sent;
        if (sent is null) return null;
        NpgsqlConnection connection;
        try
        {
            connection = await sent;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return null; // it is sent once more with the rest, which meets the fault if it is still there
        }
        try
        {
            // The commit is not of the session that has the turn: that must still be there.
            await using var ping = new NpgsqlCommand("SELECT 1", turn);
            await ping.ExecuteNonQueryAsync(cancel);
            return connection;
        }
        catch
        {
            await RollBackAsync(connection);
            throw;
        }
    }

    /// <summary>Forgets a unit that is committed or failed.</summary>
    private void Withdraw(CommitUnit unit)
    {
        lock (announced)
            if (announced.Remove(unit, out var known)) known.Done.TrySetResult();
    }

    /// <summary>Gives up what was announced and is not committed.</summary>
    private async ValueTask WithdrawAllAsync()
    {
        List<Announced> all;
        lock (announced)
        {
            all = [.. announced.Values];
            announced.Clear();
            lastAnnounced = null;
        }
        foreach (var each in all) each.Done.TrySetResult();
        foreach (var each in all)
            if (each.Sent is { } sent)
                try
                {
                    await RollBackAsync(await sent);
                }
                catch (Exception e) when (e is not OperationCanceledException) { /* nothing of it is there */ }
    }

    private static async ValueTask RollBackAsync(NpgsqlConnection connection)
    {
        try
        {
            await using var end = new NpgsqlCommand("ROLLBACK", connection);
            await end.ExecuteNonQueryAsync();
        }
        catch (Exception e) when (e is InvalidOperationException || StoreFault.Of(e) is not null) { /* the connection is broken: its transaction is over */ }
        await connection.DisposeAsync();
    }
}
