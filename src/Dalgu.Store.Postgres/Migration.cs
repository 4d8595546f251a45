using System.Buffers;
using System.Runtime.InteropServices;
using Npgsql;

namespace Dalgu.Store.Postgres;

/// <summary>Brings the tables of an earlier version to the present one, in one transaction. Those that take another form stay as they were under a name of
/// their version, <c>place_v1</c>: who has looked that all is there drops them.</summary>
internal static class Migration
{
    private const int Page = 1_000;

    /// <summary>Migrates while no node works on the tables.</summary>
    /// <exception cref="Problem">Unavailable where a node of the earlier version is still there.</exception>
    public static void Run(NpgsqlConnection connection, PostgresDatabase database, int version, Statements statements, bool hasPostgis)
    {
        if (PostgresDatabase.Number(connection, $"SELECT pg_try_advisory_lock({database.Locks.Presence}, 0)::int") == 0)
            throw new Problem(ProblemKind.Unavailable, $"The store {database.Label} is of an earlier version, and another node works on it; stop every node, then start this one alone: it brings the tables to the present version.");
        try
        {
            using var transaction = connection.BeginTransaction();
            if (database.IsCitus) PostgresDatabase.Execute(connection, "SET LOCAL citus.multi_shard_modify_mode = 'sequential'");
            if (version < 2) FromVersion1(connection, database, statements, hasPostgis);
            PostgresDatabase.Execute(connection, "ALTER TABLE entity ADD COLUMN history_time bigint"); // version 2 had every state whole
            PostgresDatabase.Execute(connection, $"UPDATE version SET number = {Schema.Version}");
            transaction.Commit();
        }
        finally
        {
            PostgresDatabase.Execute(connection, $"SELECT pg_advisory_unlock({database.Locks.Presence}, 0)");
        }
    }

    /// <summary>Version 1 had the places in a tree of boxes, and a row of the outbox for each change.</summary>
    private static void FromVersion1(NpgsqlConnection connection, PostgresDatabase database, Statements statements, bool hasPostgis)
    {
        PostgresDatabase.Execute(connection, "ALTER TABLE place RENAME TO place_v1; ALTER TABLE outbox RENAME TO outbox_v1");
        foreach (var statement in Schema.Create(hasPostgis).Split(';', StringSplitOptions.TrimEntries))
            if (statement.StartsWith("CREATE TABLE place ", StringComparison.Ordinal) || statement.StartsWith("CREATE TABLE outbox ", StringComparison.Ordinal)
                || statement.StartsWith("CREATE INDEX place_cell ", StringComparison.Ordinal)) PostgresDatabase.Execute(connection, statement);
        if (database.IsCitus)
            foreach (var statement in Schema.Distribute(database.Schema, "place", "outbox")) PostgresDatabase.Execute(connection, statement);
        foreach (var tenant in Rows(connection, "SELECT number FROM tenant ORDER BY number", r => r.GetInt32(0)))
        {
            CopyPlaces(connection, tenant, statements);
            CopyOutbox(connection, tenant);
        }
    }

    private static void CopyPlaces(NpgsqlConnection connection, int tenant, Statements statements)
    {
        for (var after = ""; ;)
        {
            var places = Rows(connection, $"SELECT p.id, {statements.Edges} FROM place_v1 p WHERE p.tenant = $1 AND p.id > $2 ORDER BY p.id LIMIT {Page}",
                r => (Id: r.GetString(0), Box: new Box(r.GetDouble(1), r.GetDouble(2), r.GetDouble(3), r.GetDouble(4))), tenant, after);
            if (places.Count == 0) return;
            using var put = new NpgsqlCommand(statements.PutPlaces, connection) { Parameters = { new() { Value = tenant } } };
            foreach (var column in PostgresStore.PlaceColumns(places)) put.Parameters.Add(column);
            put.ExecuteNonQuery();
            after = places[^1].Id;
        }
    }

    private static void CopyOutbox(NpgsqlConnection connection, int tenant)
    {
        var buffer = new ArrayBufferWriter<byte>();
        for (var after = 0L; ;)
        {
            var rows = Rows(connection, $"SELECT seq, key, id, kind, recorded, attributes, digest FROM outbox_v1 WHERE tenant = $1 AND seq > $2 ORDER BY seq LIMIT {Page}",
                r => new OutboxRow(r.GetInt64(0), r.GetInt64(1), r.GetString(2), (ChangeKind)r.GetInt16(3), r.GetInt64(4), MemoryMarshal.Cast<byte, int>(r.GetFieldValue<byte[]>(5)).ToArray(), r.GetFieldValue<byte[]>(6)), tenant, after);
            if (rows.Count == 0) return;
            using var put = new NpgsqlCommand(Statements.AddOutbox, connection) { Parameters = { new() { Value = tenant } } };
            foreach (var column in PostgresStore.OutboxColumns(rows, buffer)) put.Parameters.Add(column);
            put.ExecuteNonQuery();
            after = rows[^1].Seq;
        }
    }

    private static List<T> Rows<T>(NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, params ReadOnlySpan<object> values)
    {
        using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }
}
