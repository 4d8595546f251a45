using System.Buffers;
using System.Runtime.InteropServices;
using Dalgu.Hub.Storage;
using Dalgu.Store.Sqlite.History;

namespace Dalgu.Store.Sqlite;

/// <summary>Brings a file of an earlier version to the present one. A copy of the file as it was stands beside it first: <c>city.db.v1</c>.</summary>
internal static class Migration
{
    /// <summary>Migrates in one transaction: a fault leaves the file as it was.</summary>
    public static void Run(SqliteConnection db, string file, int version, string tables)
    {
        var copy = $"{file}.v{version}";
        if (!File.Exists(copy)) db.Prepare("VACUUM INTO ?").Bind(1, copy).Run();
        db.Execute("BEGIN IMMEDIATE");
        try
        {
            if (version == 1) FromVersion1(db, tables);
            FromVersion2(db, tables);
            db.Execute($"PRAGMA user_version = {Schema.Version}; COMMIT");
        }
        catch
        {
            db.Execute("ROLLBACK");
            throw;
        }
    }

    /// <summary>Version 1 had a row for each change in the outbox, one for each observation in history, and all states inside their rows.</summary>
    private static void FromVersion1(SqliteConnection db, string tables)
    {
        string[] kept = ["name", "entity_type", "place", "history_large", "audit", "document", "census"];
        db.Execute("""
            ALTER TABLE entity RENAME TO entity_1; ALTER TABLE history RENAME TO history_1; ALTER TABLE outbox RENAME TO outbox_1; ALTER TABLE fact RENAME TO fact_1;
            """);
        foreach (var statement in tables.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            if (!statement.StartsWith("CREATE INDEX", StringComparison.Ordinal)
                && !Array.Exists(kept, t => statement.StartsWith($"CREATE TABLE {t} ", StringComparison.Ordinal))) db.Execute(statement);
        db.Execute("""
            INSERT INTO entity SELECT id, key, gone, seq, 0, 0, 0, body FROM entity_1;
            UPDATE fact SET value = f.value FROM fact_1 f WHERE f.name = fact.name;
            UPDATE fact SET value = (SELECT count(*) FROM history_1) WHERE name = 'history_rows';
            """);
        CopyHistory(db);
        CopyOutbox(db);
        db.Execute("DROP TABLE entity_1; DROP TABLE history_1; DROP TABLE outbox_1; DROP TABLE fact_1");
    }

    /// <summary>Version 2 had the places in a tree of boxes.</summary>
    private static void FromVersion2(SqliteConnection db, string tables)
    {
        var places = new List<(long Key, Box Box, string Id)>();
        var old = db.Prepare("SELECT key, min_x, min_y, max_x, max_y, id FROM place");
        while (old.Step()) places.Add((old.Long(0), new(old.Double(1), old.Double(2), old.Double(3), old.Double(4)), old.Text(5)));
        old.Dispose();
        db.Execute("DROP TABLE place");
        foreach (var statement in tables.Split(';', StringSplitOptions.TrimEntries))
            if (statement.StartsWith("CREATE TABLE place ", StringComparison.Ordinal) || statement.StartsWith("CREATE INDEX place_cell ", StringComparison.Ordinal)) db.Execute(statement);
        foreach (var (key, box, id) in places) SqliteStore.PutPlace(db, key, box, id);
    }

    private static void CopyHistory(SqliteConnection db)
    {
        var blocks = new BlockWrites();
        var rows = new List<RecentRow>();
        var old = db.Prepare("SELECT key, time, seq, recorded, large, CASE large WHEN 0 THEN body ELSE (SELECT length(l.body) FROM history_large l WHERE l.number = large) END FROM history_1 ORDER BY key, time, seq");
        while (old.Step())
        {
            var (key, large) = (old.Long(0), old.Long(4));
            if (rows.Count > 0 && rows[0].Key != key) Flush();
            var body = old.Blob(5);
            if (large > 0)
            {
                var length = (int)old.Long(5);
                body = new byte[LargeBody.Bytes];
                new LargeBody(large, 0, length).Write(body);
            }
            rows.Add(new(key, old.Long(1), old.Long(2), old.Long(3), large > 0 ? RecentKind.Large : RecentKind.Inline, body));
        }
        old.Dispose();
        Flush();

        void Flush()
        {
            if (rows.Count == 0) return;
            blocks.Insert(CollectionsMarshal.AsSpan(rows));
            blocks.End(rows[0].Key, rows.Count);
            blocks.Apply(db, 0, rows.Count);
            blocks.Clear();
            rows.Clear();
        }
    }

    private static void CopyOutbox(SqliteConnection db)
    {
        const int atATime = 1_000;
        var buffer = new ArrayBufferWriter<byte>();
        var rows = new List<OutboxRow>(atATime);
        var old = db.Prepare("SELECT seq, key, id, kind, recorded, attributes, digest FROM outbox_1 ORDER BY seq");
        while (old.Step())
        {
            rows.Add(new(old.Long(0), old.Long(1), old.Text(2), (ChangeKind)old.Long(3), old.Long(4), MemoryMarshal.Cast<byte, int>(old.Blob(5)).ToArray(), old.Blob(6)));
            if (rows.Count == atATime) Flush();
        }
        old.Dispose();
        Flush();

        void Flush()
        {
            SqliteStore.PutOutbox(db, CollectionsMarshal.AsSpan(rows), buffer);
            rows.Clear();
        }
    }
}
