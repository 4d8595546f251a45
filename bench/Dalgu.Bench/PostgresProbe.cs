using System.Diagnostics;
using Npgsql;

namespace Dalgu.Bench;

/// <summary>The floor under the store on PostgreSQL: bare upserts by <c>unnest</c> of rows of text key and bytes, prepared, a batch a transaction.</summary>
public sealed class PostgresProbe : IDisposable
{
    private readonly NpgsqlConnection connection;
    private readonly NpgsqlCommand put;

    /// <summary>Makes the table in a database, spread over the workers where it is a Citus cluster's.</summary>
    public PostgresProbe(string database)
    {
        connection = new(database);
        connection.Open();
        IsSpread = HasCitus(connection);
        using (var make = new NpgsqlCommand("CREATE TABLE probe (id text COLLATE \"C\" PRIMARY KEY, body bytea NOT NULL) WITH (fillfactor = 70)", connection)) make.ExecuteNonQuery();
        if (IsSpread)
            using (var spread = new NpgsqlCommand("SELECT create_distributed_table('probe', 'id')", connection)) spread.ExecuteNonQuery();
        put = new("INSERT INTO probe SELECT * FROM unnest($1::text[], $2::bytea[]) ON CONFLICT (id) DO UPDATE SET body = excluded.body", connection)
        {
            Parameters = { new NpgsqlParameter<string[]>(), new NpgsqlParameter<byte[][]>() },
        };
        put.Prepare();
    }

    /// <summary>True where the table is spread over the workers of a Citus cluster.</summary>
    public bool IsSpread { get; }

    private static bool HasCitus(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand("SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')", connection);
        return command.ExecuteScalar() is true;
    }

    /// <summary>Upserts rows in one transaction; how long it took, the sync included.</summary>
    public TimeSpan Upsert(IReadOnlyList<(string Id, byte[] Body)> rows)
    {
        var started = Stopwatch.GetTimestamp();
        ((NpgsqlParameter<string[]>)put.Parameters[0]).TypedValue = [.. rows.Select(r => r.Id)];
        ((NpgsqlParameter<byte[][]>)put.Parameters[1]).TypedValue = [.. rows.Select(r => r.Body)];
        put.ExecuteNonQuery();
        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>Makes a database for a measurement beside the one that a connection string names, and answers its own connection string and what drops it.
    /// In a database of a Citus cluster it is a schema: a new database would have neither the extension nor workers.</summary>
    public static (string Database, Action Drop) NewDatabase(string store)
    {
        var name = "dalgu_bench_" + Environment.ProcessId;
        using (var named = new NpgsqlConnection(store))
        {
            named.Open();
            if (HasCitus(named))
            {
                Execute($"CREATE SCHEMA {name}");
                return (new NpgsqlConnectionStringBuilder(store) { SearchPath = name }.ConnectionString, () => Execute($"SET client_min_messages = error; DROP SCHEMA {name} CASCADE"));
            }
        }
        Execute($"CREATE DATABASE {name}");
        return (new NpgsqlConnectionStringBuilder(store) { Database = name }.ConnectionString, () =>
        {
            NpgsqlConnection.ClearAllPools();
            Execute($"DROP DATABASE {name} WITH (FORCE)");
        });

        void Execute(string sql)
        {
            using var admin = new NpgsqlConnection(store);
            admin.Open();
            using var command = new NpgsqlCommand(sql, admin);
            command.ExecuteNonQuery();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        put.Dispose();
        connection.Dispose();
    }
}
