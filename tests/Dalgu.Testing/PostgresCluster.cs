using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Xunit;

namespace Dalgu.Testing;

/// <summary>A PostgreSQL server of its own on loopback, with its data in a temporary folder and with fsync, which goes with the process that started it.</summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    private static readonly Lazy<Task<PostgresCluster>> one = new(StartAsync);
    private static readonly ConcurrentBag<string> schemas = []; // made in an existing database
    private static int databases; // of the process: servers that are the same one must not give a name twice
    private readonly string folder;
    private readonly string bin;

    /// <summary>The connection string of a database that is there already, such as the coordinator's of a Citus cluster: each test then has a schema of
    /// its own in it. Null where the tests start a server of their own.</summary>
    private static string? Existing => Environment.GetEnvironmentVariable("DALGU_TEST_POSTGRES") is { Length: > 0 } connection ? connection : null;

    /// <summary>The data folder, on this machine, of a worker of that Citus cluster, for tests that stop it; null where none may be stopped.</summary>
    private static string? Worker => Environment.GetEnvironmentVariable("DALGU_TEST_CITUS_WORKER") is { Length: > 0 } folder ? folder : null;

    private PostgresCluster(string folder, string bin, int port)
    {
        this.folder = folder;
        this.bin = bin;
        Port = port;
    }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>The server that the tests of this process share; it ends with the process.</summary>
    /// <remarks>Skips the test, with the reason, where PostgreSQL cannot be had.</remarks>
    public static Task<PostgresCluster> SharedAsync()
    {
        if (Missing() is { } reason) Assert.Skip(reason);
        return one.Value;
    }

    /// <summary>Why no worker of a cluster can be stopped; null where one can.</summary>
    public static string? MissingWorker() => Existing is null || Worker is null ? "No worker of a Citus cluster may be stopped: DALGU_TEST_POSTGRES names a coordinator, DALGU_TEST_CITUS_WORKER the data folder of a worker on this machine." : null;

    /// <summary>Why the server cannot be stopped; null where it can.</summary>
    public static string? MissingOwn() => Existing is null ? null : "The server that DALGU_TEST_POSTGRES names is not the tests' own to stop.";

    /// <summary>Why there can be no server; null where there can.</summary>
    public static string? Missing() =>
        Existing is not null ? null
        : BinFolder() is null ? "PostgreSQL is not here: install postgresql-15 and postgresql-15-postgis-3."
        : Environment.UserName == "root" && !HasUser("postgres") ? "PostgreSQL does not run as root, and there is no user postgres." : null;

    /// <summary>Starts a server.</summary>
    public static async Task<PostgresCluster> StartAsync()
    {
        if (Existing is not null) return new PostgresCluster("", BinFolder() ?? "", 0);
        var bin = BinFolder() ?? throw new InvalidOperationException("PostgreSQL is not here.");
        var folder = Directory.CreateTempSubdirectory("dalgu-postgres-").FullName;
        if (Environment.UserName == "root") await RunAsync("chown", "postgres", folder);
        var cluster = new PostgresCluster(folder, bin, FreePort());
        AppDomain.CurrentDomain.ProcessExit += (_, _) => cluster.DisposeAsync().AsTask().Wait(); // where nobody has ended it before
        await cluster.AsServerAsync("initdb", "-D", cluster.Data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync");
        await cluster.StartServerAsync();
        await cluster.ExecuteAsync("CREATE DATABASE cities");
        if (await cluster.ExecuteAsync("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'") is 1) await cluster.ExecuteAsync("CREATE EXTENSION postgis", "cities");
        return cluster;
    }

    private string Data => Path.Combine(folder, "data");

    /// <summary>Starts the server, where it is stopped.</summary>
    public Task StartServerAsync() => AsServerAsync("pg_ctl", "start", "-w", "-s", "-t", "30", "-D", Data, "-l", Path.Combine(folder, "log"),
        "-o", $"-p {Port} -k {folder} -h 127.0.0.1 -c max_connections=300 -c shared_buffers=128MB -c fsync=on");

    /// <summary>Stops the server.</summary>
    /// <param name="mode">smart, fast, or immediate: that is as a crash.</param>
    public Task StopServerAsync(string mode = "fast") => AsServerAsync("pg_ctl", "stop", "-w", "-s", "-m", mode, "-D", Data);

    /// <summary>Stops the worker.</summary>
    public Task StopWorkerAsync(string mode) => AsServerAsync("pg_ctl", "stop", "-w", "-s", "-m", mode, "-D", Worker!);

    /// <summary>Starts the worker, where it is stopped.</summary>
    public Task StartWorkerAsync() => AsServerAsync("pg_ctl", "start", "-w", "-s", "-t", "30", "-D", Worker!, "-l", Worker + ".log");

    /// <summary>Makes an empty database and answers its connection string.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        var name = $"test{Interlocked.Increment(ref databases)}";
        if (Existing is { } existing) return NewSchema(existing, $"dalgu_{Environment.ProcessId}_{name}");
        await ExecuteAsync($"CREATE DATABASE {name} TEMPLATE cities");
        return Connection(name);
    }

    private static string NewSchema(string existing, string name)
    {
        // Few shards, and few connections: the tests make many schemas at once.
        var settings = new NpgsqlConnectionStringBuilder(existing) { SearchPath = name, ApplicationName = name };
        settings.Options = $"{settings.Options} -c citus.shard_count=4".Trim();
        schemas.Add(name);
        return settings.ConnectionString;
    }

    /// <summary>Ends the server that tests shared, where one was asked for.</summary>
    internal static async Task EndSharedAsync()
    {
        if (one.IsValueCreated) await (await one.Value).DisposeAsync();
    }

    /// <summary>Takes the schemas away that tests made in an existing database.</summary>
    internal static async Task DropSchemasAsync()
    {
        if (schemas.IsEmpty) return;
        await using var connection = new NpgsqlConnection(Existing + ";Pooling=false;Command Timeout=60");
        await connection.OpenAsync();
        foreach (var name in schemas)
        {
            await using var drop = new NpgsqlCommand($"SET client_min_messages = error; DROP SCHEMA IF EXISTS {name} CASCADE", connection);
            await drop.ExecuteNonQueryAsync();
        }
    }

    private string Connection(string database) => $"Host=127.0.0.1;Port={Port};Database={database};Username=postgres";

    private async Task<object?> ExecuteAsync(string sql, string database = "postgres")
    {
        await using var connection = new NpgsqlConnection(Connection(database) + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>Stops the server and removes its data.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!Directory.Exists(folder)) return;
        await AsServerAsync("pg_ctl", "stop", "-w", "-s", "-m", "immediate", "-D", Data).ContinueWith(static _ => { }, TaskScheduler.Default);
        try { Directory.Delete(folder, recursive: true); } catch (IOException) { /* the server may still remove its socket */ }
    }

    private Task AsServerAsync(string program, params string[] arguments)
    {
        var file = Path.Combine(bin, program);
        return Environment.UserName == "root" ? RunAsync("setpriv", ["--reset-env", "--reuid=postgres", "--regid=postgres", "--init-groups", "--inh-caps=-all", file, .. arguments]) : RunAsync(file, arguments);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        // Its output is not read: a server keeps the pipe of the program that started it.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" </dev/null >/dev/null 2>&1", "sh", program, .. arguments]) { WorkingDirectory = "/" };
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }

    private static string? BinFolder()
    {
        const string debian = "/usr/lib/postgresql";
        if (Directory.Exists(debian))
            foreach (var version in Directory.GetDirectories(debian).OrderByDescending(d => d, StringComparer.Ordinal))
                if (File.Exists(Path.Combine(version, "bin", "initdb"))) return Path.Combine(version, "bin");
        return null;
    }

    private static bool HasUser(string name) => File.ReadLines("/etc/passwd").Any(l => l.StartsWith(name + ":", StringComparison.Ordinal));

    private static int FreePort()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        return port;
    }
}

/// <summary>For a whole test project: ends the server that its tests shared, or takes the schemas away that they made in an existing database. When the process
/// ends would be too late, since either takes seconds, and the runner then says that threads were left running.</summary>
public sealed class SharedPostgres : IAsyncDisposable
{
    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await PostgresCluster.DropSchemasAsync();
        await PostgresCluster.EndSharedAsync();
    }
}
