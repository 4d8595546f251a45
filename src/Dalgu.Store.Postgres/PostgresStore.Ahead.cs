using Npgsql;
using NpgsqlTypes;

namespace Dalgu.Store.Postgres;

/// <content>What of a large unit goes to the server while the unit before it is still being committed: its history, which is only added, in a transaction of
/// its own connection that the rest of the unit ends. So two processes of the server work on two units, and the head still moves unit by unit.</content>
internal sealed partial class PostgresStore
{
    private const int LeastAhead = 256; // rows: fewer are worth no round trips of their own
    // The units that were announced and are not committed yet; null for those of which nothing was sent.
    private readonly Dictionary<CommitUnit, Task<NpgsqlConnection>?> announced = [];

    /// <inheritdoc/>
    public void Announce(CommitUnit unit)
    {
        lock (announced)
            // Never past a unit that will still ask for locks of the history's table: who waits for the whole table would stand between the two.
            announced[unit] = IsOnlyAdding(unit) && !announced.ContainsValue(null) ? SendHistoryAsync(unit) : null;
    }

    private bool IsOnlyAdding(CommitUnit unit) => unit.History.Count >= LeastAhead && unit.ErasedHistories.Count == 0 && !unit.History.Exists(h => h.Body.Length == 0)
        && turn is not null && !database.IsCitus && database.Partitions.Missing(unit.History) is null; // on Citus a transaction has a connection to each shard: two at once are too many

    private async Task<NpgsqlConnection> SendHistoryAsync(CommitUnit unit)
    {
        await Task.Yield();
        var connection = await database.OpenAsync(CancellationToken.None);
        try
        {
            await using (var begin = new NpgsqlCommand("BEGIN", connection)) await begin.ExecuteNonQueryAsync();
            await using var rows = await connection.BeginBinaryImportAsync(Statements.CopyHistory);
            foreach (var row in unit.History)
            {
                await rows.StartRowAsync();
                await rows.WriteAsync(number, NpgsqlDbType.Integer);
                await rows.WriteAsync(row.Key, NpgsqlDbType.Bigint);
                await rows.WriteAsync(row.Time, NpgsqlDbType.Bigint);
                await rows.WriteAsync(row.Seq, NpgsqlDbType.Bigint);
                await rows.WriteAsync(row.Recorded, NpgsqlDbType.Bigint);
                await rows.WriteAsync(row.OfState, NpgsqlDbType.Boolean);
                await rows.WriteAsync(row.Body, NpgsqlDbType.Bytea);
            }
            await rows.CompleteAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>The connection in whose transaction the history of a unit lies already; null where nothing was sent, or what was sent is lost.</summary>
    private async ValueTask<NpgsqlConnection?> SentAheadAsync(CommitUnit unit, CancellationToken cancel)
    {
        Task<NpgsqlConnection>? sent;
        lock (announced) announced.Remove(unit, out sent);
        if (sent is null) return null;
        NpgsqlConnection connection;
        try
        {
            connection = await sent;
        }
        catch (Exception e) when (StoreFault.Of(e) is not null)
        {
            return null; // it is sent once more with the rest
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

    /// <summary>Forgets what was announced and is not committed.</summary>
    private async ValueTask ForgetAnnouncedAsync()
    {
        Task<NpgsqlConnection>?[] sent;
        lock (announced)
        {
            sent = [.. announced.Values];
            announced.Clear();
        }
        foreach (var each in sent)
            if (each is not null)
                try
                {
                    await RollBackAsync(await each);
                }
                catch (Exception e) when (StoreFault.Of(e) is not null) { /* nothing of it is there */ }
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
