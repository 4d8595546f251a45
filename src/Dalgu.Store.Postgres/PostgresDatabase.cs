using System.Text.RegularExpressions;
using Npgsql;

namespace Dalgu.Store.Postgres;

/// <summary>One database: its connections, its tables, and what its server can do. Thread-safe.</summary>
internal sealed partial class PostgresDatabase : IAsyncDisposable
{
    private readonly NpgsqlDataSource source;
    private readonly NpgsqlDataSource turns;
    private readonly int mostTurns;
    private int heldTurns;
    private readonly Lock gate = new();
    private volatile Statements? statements;

    /// <summary>A database that is reached by a connection string of Npgsql's form.</summary>
    /// <exception cref="ArgumentException">Where the text is none.</exception>
    public PostgresDatabase(string connection)
    {
        NpgsqlConnectionStringBuilder settings;
        try
        {
            settings = new(connection);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            // The text may hold a password: the message must not repeat it.
            throw new ArgumentException("The store's connection string cannot be read; write one such as \"Host=db.example.org;Database=dalgu;Username=dalgu;Password=…\".");
        }
        if (string.IsNullOrEmpty(settings.Host)) throw new ArgumentException("The store's connection string names no host; write one such as \"Host=db.example.org;Database=dalgu;Username=dalgu;Password=…\".");
        settings.ApplicationName ??= "dalgu";
        Schema = string.IsNullOrWhiteSpace(settings.SearchPath) ? Postgres.Schema.Name : settings.SearchPath.Trim();
        if (!SchemaName().IsMatch(Schema)) throw new ArgumentException("The store's connection string names as Search Path what is no name of one schema; write one of small letters, digits and _, or leave it out.");
        settings.SearchPath = $"{Schema},public";
        Locks = new(Schema);
        settings.MaxAutoPrepare = 200;
        settings.AutoPrepareMinUsages = 2;
        settings.NoResetOnClose = true; // no connection goes back with a state of its own
        settings.IncludeErrorDetail = false;
        var defaults = new NpgsqlConnectionStringBuilder();
        if (settings.Timeout == defaults.Timeout) settings.Timeout = 5;
        if (settings.CommandTimeout == defaults.CommandTimeout) settings.CommandTimeout = 60;
        if (settings.MaxPoolSize == defaults.MaxPoolSize) settings.MaxPoolSize = 50;
        // A node whose machine has gone must not keep its locks: the server asks after 3 s and gives up after 9.
        settings.Options = $"{settings.Options} -c tcp_keepalives_idle=3 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c tcp_user_timeout=9000".Trim();
        Label = $"{settings.Host}:{settings.Port}/{settings.Database ?? settings.Username}";
        Connection = settings.ConnectionString;
        source = NpgsqlDataSource.Create(settings);
        turns = NpgsqlDataSource.Create(settings); // apart from those that read: who has a turn must not wait for who waits for one
        mostTurns = settings.MaxPoolSize;
        Partitions = new(Locks);
        Node = new(this);
        Duties = new(this);
    }

    /// <summary>The schema that holds the tables: the connection string's Search Path. What shares a database and not a schema knows nothing of each other.</summary>
    public string Schema { get; }
    /// <summary>The advisory locks of this schema.</summary>
    public Locks Locks { get; }
    /// <summary>Host, port and database, for messages.</summary>
    public string Label { get; }
    /// <summary>The whole connection string, password included.</summary>
    public string Connection { get; }
    /// <summary>This node among the others.</summary>
    public PostgresNode Node { get; }
    /// <summary>The duties of this node.</summary>
    public PostgresDuties Duties { get; }
    /// <summary>The months of history that have a table.</summary>
    public HistoryPartitions Partitions { get; }
    /// <summary>The statements for this server.</summary>
    public Statements Statements => statements ?? Prepare();
    /// <summary>True where the tables are spread over the workers of a Citus cluster.</summary>
    public bool IsCitus { get; internal set; }

    /// <summary>A connection from the pool.</summary>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancel) => source.OpenConnectionAsync(cancel);

    /// <summary>Lets go of pooled connections that no longer know what they prepared; true where a fault says so.</summary>
    public bool Forgets(Exception fault)
    {
        if (fault is not PostgresException { SqlState: PostgresErrorCodes.InvalidSqlStatementName }) return false;
        source.Clear();
        turns.Clear();
        return true;
    }

    /// <summary>A connection for the turn of a tenant.</summary>
    public ValueTask<NpgsqlConnection> OpenTurnAsync(CancellationToken cancel) => turns.OpenConnectionAsync(cancel);

    /// <summary>Has every connection for a turn closed when it is given back.</summary>
    public void CloseTurns() => turns.Clear();

    /// <summary>Counts a turn that was taken.</summary>
    public void TurnTaken() => Interlocked.Increment(ref heldTurns);

    /// <summary>Counts a turn that was given back.</summary>
    public void TurnLeft() => Interlocked.Decrement(ref heldTurns);

    /// <summary>True while tenants may keep their turns without need.</summary>
    public bool HasRoomForTurns => Volatile.Read(ref heldTurns) <= mostTurns / 2;

    /// <summary>A connection of its own, outside the pool: whose session means something, or which changes tables and so had better prepare nothing.</summary>
    public NpgsqlConnection NewConnection() => new(new NpgsqlConnectionStringBuilder(Connection) { Pooling = false, MaxAutoPrepare = 0 }.ConnectionString);

    /// <summary>On Citus: ends what a lost worker or coordinator left half-way, a commit that is one on the coordinator and only prepared on a worker, where it
    /// cannot be read and locks its rows. Citus does so by itself, but only each minute.</summary>
    /// <exception cref="Problem">Unavailable where a worker cannot be asked.</exception>
    public async ValueTask RecoverAsync(CancellationToken cancel)
    {
        if (!IsCitus) return;
        try
        {
            await using var connection = await OpenAsync(cancel);
            using var warnings = new Warnings(connection);
            await using var command = new NpgsqlCommand(Statements.Recover, connection);
            await command.ExecuteNonQueryAsync(cancel);
            if (warnings.First is { } warning) throw new Problem(ProblemKind.Unavailable, $"A worker of the cluster cannot be reached ({warning}); send the request again. Reads and writes go on by themselves when it is back.");
        }
        catch (Exception e) when (StoreFault.Of(e) is { } problem)
        {
            throw problem;
        }
    }

    /// <summary>The names of the tenants.</summary>
    public IReadOnlyList<string> Tenants()
    {
        for (var attempt = 0; ; attempt++)
            try
            {
                _ = Statements;
                using var command = source.CreateCommand(Statements.Tenants);
                using var reader = command.ExecuteReader();
                var names = new List<string>();
                while (reader.Read()) names.Add(reader.GetString(0));
                return names is ["", ..] ? names : ["", .. names];
            }
            catch (Exception e) when (attempt == 0 && StoreFault.IsConnection(e)) { }
            catch (Exception e) when (StoreFault.Of(e) is { } problem)
            {
                throw problem;
            }
    }

    /// <summary>Takes away every row of a tenant.</summary>
    public async ValueTask RemoveAsync(string tenant, CancellationToken cancel)
    {
        try
        {
            _ = Statements;
            await using var connection = await OpenAsync(cancel);
            await using var find = new NpgsqlCommand(Statements.FindTenant, connection) { Parameters = { new() { Value = tenant } } };
            if (await find.ExecuteScalarAsync(cancel) is not int number) return;
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            foreach (var statement in Statements.Remove)
            {
                await using var command = new NpgsqlCommand(statement, connection, transaction) { CommandTimeout = 0, Parameters = { new() { Value = number } } };
                await command.ExecuteNonQueryAsync(cancel);
            }
            await transaction.CommitAsync(cancel);
        }
        catch (Exception e) when (StoreFault.Of(e) is { } problem)
        {
            throw problem;
        }
    }

    /// <summary>Makes the tables where there are none, and learns what the server can do.</summary>
    private Statements Prepare()
    {
        lock (gate)
        {
            if (statements is { } known) return known;
            try
            {
                using var connection = NewConnection();
                connection.Open();
                return statements = Prepare(connection);
            }
            catch (Exception e) when (StoreFault.Of(e) is { } problem)
            {
                // Who starts a node wants to know what keeps it from its database, not that it goes on by itself later.
                throw StoreFault.IsConnection(e) ? new Problem(ProblemKind.Unavailable, $"The database {Label} cannot be reached, or its tables cannot be looked at: {e.Message}", e) : problem;
            }
        }
    }

    private Statements Prepare(NpgsqlConnection connection)
    {
        if (connection.PostgreSqlVersion.Major < 14) throw new Problem(ProblemKind.Unavailable, $"The server of {Label} is PostgreSQL {connection.PostgreSqlVersion}; Dalgu needs 14 or later.");
        // Nodes that start at once make the tables one after the other.
        Execute(connection, $"SELECT pg_advisory_lock({Locks.Schema}, 0)");
        try
        {
            IsCitus = Number(connection, "SELECT count(*) FROM pg_extension WHERE extname = 'citus'") > 0;
            var isEmpty = Number(connection, $"SELECT count(*) FROM pg_tables WHERE schemaname = '{Schema}' AND tablename = 'version'") == 0;
            if (IsCitus) CitusCluster.RequireWorkers(connection, installed: false, Label);
            if (isEmpty) Create(connection);
            var version = Number(connection, "SELECT number FROM version");
            if (version > Postgres.Schema.Version)
                throw new Problem(ProblemKind.Unavailable, $"The store {Label} is of version {version}; this program knows versions up to {Postgres.Schema.Version}. Start a later Dalgu.");
            if (IsCitus) CitusCluster.RequireWorkers(connection, installed: true, Label);
            var hasPostgis = Number(connection, $"SELECT count(*) FROM information_schema.columns WHERE table_schema = '{Schema}' AND table_name = 'place' AND udt_name = 'geometry'") > 0;
            var made = new Statements(hasPostgis, Locks);
            if (version < Postgres.Schema.Version) Migration.Run(connection, this, (int)version, made, hasPostgis);
            if (IsCitus) CitusCluster.RequireTables(connection, Schema, Label);
            Partitions.Load(connection);
            return made;
        }
        finally
        {
            Execute(connection, $"SELECT pg_advisory_unlock({Locks.Schema}, 0)");
        }
    }

    private void Create(NpgsqlConnection connection)
    {
        var hasPostgis = TryExtension(connection, "postgis");
        if (IsCitus) CitusCluster.RequireWorkers(connection, installed: true, Label);
        using var transaction = connection.BeginTransaction();
        Execute(connection, $"CREATE SCHEMA IF NOT EXISTS {Schema}");
        Execute(connection, Postgres.Schema.Create(hasPostgis));
        if (IsCitus)
            foreach (var statement in Postgres.Schema.Distribute(Schema)) Execute(connection, statement);
        transaction.Commit();
    }

    private static bool TryExtension(NpgsqlConnection connection, string name)
    {
        if (Number(connection, $"SELECT count(*) FROM pg_extension WHERE extname = '{name}'") > 0) return true;
        if (Number(connection, $"SELECT count(*) FROM pg_available_extensions WHERE name = '{name}'") == 0) return false;
        try
        {
            Execute(connection, $"CREATE EXTENSION IF NOT EXISTS {name}");
            connection.ReloadTypes();
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            return false;
        }
    }

    internal static void Execute(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        command.ExecuteNonQuery();
    }

    internal static long Number(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        return Convert.ToInt64(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("^[a-z_][a-z0-9_]{0,40}$")]
    private static partial Regex SchemaName();

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        await Duties.DisposeAsync();
        await source.DisposeAsync();
        await turns.DisposeAsync();
    }
}

/// <summary>The advisory locks that nodes take, by class; those of another schema of the same database are others.</summary>
internal sealed class Locks(string schema)
{
    private readonly int first = schema == Postgres.Schema.Name ? 0x64_61_6c_00 : BitConverter.ToInt32(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(schema))) & 0x7f_ff_ff_00;

    /// <summary>Whoever makes or changes tables.</summary>
    public int Schema => first + 1;
    /// <summary>Whoever is there; shared.</summary>
    public int Presence => first + 2;
    /// <summary>Whoever has the writer's turn of a tenant.</summary>
    public int Turn => first + 3;
    /// <summary>Whoever has a duty.</summary>
    public int Duty => first + 4;
    /// <summary>Whoever commits to a tenant on a Citus cluster; shared by who must not see half of it.</summary>
    public int Commit => first + 5;
}
