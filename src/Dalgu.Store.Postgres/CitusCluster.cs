using System.Text.Json;
using Npgsql;

namespace Dalgu.Store.Postgres;

/// <summary>A machine that carries shards.</summary>
/// <param name="Name">Host and port.</param>
/// <param name="Silence">Why it does not answer the coordinator; null where it does.</param>
/// <param name="Available">The extensions whose files are there.</param>
/// <param name="Installed">The extensions that the database has there.</param>
internal sealed record CitusWorker(string Name, string? Silence, IReadOnlyList<string> Available, IReadOnlyList<string> Installed);

/// <summary>Whether a Citus cluster is whole: the extension alone spreads nothing. What is asked of the database is apart from what follows from it.</summary>
internal static class CitusCluster
{
    /// <summary>The extensions that the tables use, where they can be had.</summary>
    private static readonly string[] Extensions = ["postgis"];

    /// <summary>Refuses workers that cannot carry tables.</summary>
    /// <param name="connection">A session of the coordinator.</param>
    /// <param name="installed">True where the coordinator has its extensions already; false before they are made.</param>
    /// <param name="label">The database, for the message.</param>
    public static void RequireWorkers(NpgsqlConnection connection, bool installed, string label)
    {
        // Those that the coordinator has, or would make by the next statement on every machine.
        var wanted = Names(connection, $"SELECT {(installed ? "extname FROM pg_extension WHERE extname" : "name FROM pg_available_extensions WHERE name")} IN ('{string.Join("', '", Extensions)}')");
        Refuse(label, MissingWorker(Workers(connection), [.. wanted], installed));
        if (PostgresDatabase.Number(connection, "SELECT has_function_privilege('recover_prepared_transactions()', 'execute')::int") == 0)
            Refuse(label, "this user may not end what a lost worker left half-way; run GRANT EXECUTE ON FUNCTION recover_prepared_transactions() TO its role on the coordinator, and start again.");
    }

    /// <summary>Refuses tables that are not spread as they should be.</summary>
    public static void RequireTables(NpgsqlConnection connection, string schema, string label)
    {
        using var command = new NpgsqlCommand($"SELECT c.relname, t.distribution_column FROM citus_tables t JOIN pg_class c ON c.oid = t.table_name::oid WHERE c.relnamespace = '{schema}'::regnamespace AND t.citus_table_type = 'distributed'", connection);
        using var reader = command.ExecuteReader();
        var found = new HashSet<(string, string)>();
        while (reader.Read()) found.Add((reader.GetString(0), reader.GetString(1)));
        Refuse(label, MissingTable(found));
    }

    private static void Refuse(string label, string? reason)
    {
        if (reason is not null) throw new Problem(ProblemKind.Unavailable, $"The database {label} has the extension citus, but {reason}");
    }

    /// <summary>What its workers lack, and the way out; null where they lack nothing. Tables spread over no worker cannot be moved to the first one while they are written.</summary>
    internal static string? MissingWorker(IReadOnlyList<CitusWorker> workers, IReadOnlyList<string> extensions, bool installed)
    {
        if (workers.Count == 0) return "no active worker; add the workers with citus_add_node, or drop the extension, and start again.";
        foreach (var worker in workers)
            if (worker.Silence is { } silence) return $"its worker {worker.Name} does not answer: {silence.Trim().TrimEnd('.')}. Start it, or take it out of the cluster, and start again.";
        foreach (var worker in workers)
            foreach (var extension in extensions)
                if (!worker.Available.Contains(extension)) return $"its worker {worker.Name} has no files of the extension {extension}; install them there as on the coordinator, and start again.";
                else if (installed && !worker.Installed.Contains(extension)) return $"its worker {worker.Name} lacks the extension {extension}, which the coordinator has; run CREATE EXTENSION {extension} in the same database there, and start again.";
        return null;
    }

    /// <summary>Which tables are not spread, and the way out; null where all are.</summary>
    internal static string? MissingTable(IReadOnlySet<(string Table, string Column)> found)
    {
        var missing = Schema.Distributed.Where(t => !found.Contains((t.Table, t.Column))).Select(t => $"{t.Table} by {t.Column}").ToList();
        if (missing.Count == 0) return null;
        return missing.Count == Schema.Distributed.Count
            ? "its tables are older than that and lie on the coordinator alone; drop the extension there, move the city with \"dalgu copy\" into an empty database of the cluster, and start over that."
            : $"these tables are not distributed: {string.Join(", ", missing)}. Distribute them with create_distributed_table while no node runs, and start again.";
    }

    private static List<CitusWorker> Workers(NpgsqlConnection connection)
    {
        const string extensions = "SELECT json_build_array((SELECT json_agg(name) FROM pg_available_extensions), (SELECT json_agg(extname) FROM pg_extension))";
        using var command = new NpgsqlCommand($"SELECT nodename || ':' || nodeport, success, result FROM run_command_on_workers($${extensions}$$) w JOIN pg_dist_node n USING (nodename, nodeport) WHERE n.shouldhaveshards ORDER BY 1", connection);
        using var reader = command.ExecuteReader();
        var workers = new List<CitusWorker>();
        while (reader.Read())
            workers.Add(reader.GetBoolean(1) ? Answered(reader.GetString(0), reader.GetString(2)) : new(reader.GetString(0), reader.GetString(2), [], []));
        return workers;
    }

    private static CitusWorker Answered(string name, string answer)
    {
        using var lists = JsonDocument.Parse(answer);
        return new(name, null, List(0), List(1));

        List<string> List(int index) => [.. lists.RootElement[index].EnumerateArray().Select(e => e.GetString()!)];
    }

    private static List<string> Names(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        using var reader = command.ExecuteReader();
        var names = new List<string>();
        while (reader.Read()) names.Add(reader.GetString(0));
        return names;
    }
}
