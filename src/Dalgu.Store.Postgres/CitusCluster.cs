using Npgsql;

namespace Dalgu.Store.Postgres;

/// <summary>Whether a Citus cluster is whole: the extension alone spreads nothing.</summary>
internal static class CitusCluster
{
    /// <summary>Refuses a cluster without workers: tables spread over none cannot be moved to the first worker while they are written.</summary>
    public static void RequireWorkers(NpgsqlConnection connection, string label)
    {
        if (PostgresDatabase.Number(connection, "SELECT count(*) FROM pg_dist_node WHERE noderole = 'primary' AND isactive AND shouldhaveshards") == 0)
            throw new Problem(ProblemKind.Unavailable, $"The database {label} has the extension citus, but no active worker; add the workers with citus_add_node, or drop the extension, and start again.");
    }

    /// <summary>Refuses a cluster that is half set up.</summary>
    public static void Require(NpgsqlConnection connection, string schema, string label)
    {
        RequireWorkers(connection, label);
        using var command = new NpgsqlCommand($"SELECT c.relname, t.distribution_column FROM citus_tables t JOIN pg_class c ON c.oid = t.table_name::oid WHERE c.relnamespace = '{schema}'::regnamespace AND t.citus_table_type = 'distributed'", connection);
        using var reader = command.ExecuteReader();
        var found = new HashSet<(string, string)>();
        while (reader.Read()) found.Add((reader.GetString(0), reader.GetString(1)));
        var missing = Schema.Distributed.Where(t => !found.Contains((t.Table, t.Column))).Select(t => $"{t.Table} by {t.Column}").ToList();
        if (missing.Count > 0)
            throw new Problem(ProblemKind.Unavailable, $"The database {label} has the extension citus, but these tables are not distributed: {string.Join(", ", missing)}. Distribute them with create_distributed_table, or move the city into a fresh database with \"dalgu copy\".");
    }
}
