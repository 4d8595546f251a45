using Npgsql;

namespace Dalgu.Store.Postgres;

/// <summary>Reads that see the database as it was at the first of them. The transaction begins in the same round trip as the first read.</summary>
internal sealed class Snapshot(PostgresDatabase database) : IAsyncDisposable
{
    private NpgsqlConnection? connection;

    /// <summary>The rows of one command.</summary>
    public Task<List<T>> ReadAsync<T>(NpgsqlBatchCommand command, Func<NpgsqlDataReader, T> read, int capacity, CancellationToken cancel) => SendAsync([command], read, Math.Min(capacity, 1_024), cancel);

    /// <summary>The rows of several commands, one after the other, in one round trip.</summary>
    public Task<List<T>> ReadEachAsync<T>(List<NpgsqlBatchCommand> commands, Func<NpgsqlDataReader, T> read, CancellationToken cancel) =>
        commands.Count == 0 ? Task.FromResult(new List<T>()) : SendAsync(commands, read, commands.Count, cancel);

    /// <summary>Runs a command that answers no rows.</summary>
    public Task DeclareAsync(NpgsqlBatchCommand command, CancellationToken cancel) => SendAsync([command], static r => r.FieldCount, 0, cancel);

    private async Task<List<T>> SendAsync<T>(List<NpgsqlBatchCommand> commands, Func<NpgsqlDataReader, T> read, int capacity, CancellationToken cancel)
    {
        for (var attempt = 0; ; attempt++)
        {
            var isFirst = connection is null;
            try
            {
                connection ??= await database.OpenAsync(cancel);
                await using var batch = new NpgsqlBatch(connection);
                if (isFirst) batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
                foreach (var command in commands) batch.BatchCommands.Add(command);
                await using var reader = await batch.ExecuteReaderAsync(cancel);
                var rows = new List<T>(capacity);
                do
                    while (await reader.ReadAsync(cancel)) rows.Add(read(reader));
                while (await reader.NextResultAsync(cancel));
                return rows;
            }
            catch (Exception e) when (attempt == 0 && isFirst && (StoreFault.IsConnection(e) || database.Forgets(e)))
            {
                if (connection is not null) await connection.DisposeAsync();
                connection = null;
            }
            catch (Exception e) when (StoreFault.Of(e) is { } problem)
            {
                throw problem;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (connection is null) return;
        try
        {
            await using var end = new NpgsqlCommand("ROLLBACK", connection);
            await end.ExecuteNonQueryAsync();
        }
        catch (Exception e) when (StoreFault.Of(e) is not null || e is InvalidOperationException) { /* the connection is broken: its transaction is over */ }
        await connection.DisposeAsync();
    }
}
