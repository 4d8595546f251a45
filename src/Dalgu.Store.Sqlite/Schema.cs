namespace Dalgu.Store.Sqlite;

/// <summary>The tables of a tenant's file, and how a file of an older version becomes one of this version.</summary>
internal static class Schema
{
    /// <summary>The version that this program writes, kept in user_version.</summary>
    public const int Version = 3;

    // Text keys without rowid and blobs of UTF-8. What a commit writes of outbox and history is appended, about a page a row; history is merged later
    // into blocks clustered by entity. See History/HistoryLog.cs.
    private const string Tables = """
        CREATE TABLE name (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
        CREATE TABLE entity (id TEXT PRIMARY KEY, key INTEGER NOT NULL, gone INTEGER NOT NULL, seq INTEGER NOT NULL, large INTEGER NOT NULL, large_at INTEGER NOT NULL, large_length INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE entity_type (type INTEGER NOT NULL, gone INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY (type, gone, id)) WITHOUT ROWID;
        CREATE TABLE place (key INTEGER PRIMARY KEY, cell INTEGER NOT NULL, min_x REAL NOT NULL, max_x REAL NOT NULL, min_y REAL NOT NULL, max_y REAL NOT NULL, id TEXT NOT NULL);
        CREATE INDEX place_cell ON place (cell);
        CREATE TABLE history_recent (number INTEGER PRIMARY KEY, body BLOB NOT NULL);
        CREATE TABLE history (key INTEGER NOT NULL, first_time INTEGER NOT NULL, first_seq INTEGER NOT NULL, last_time INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (key, first_time, first_seq)) WITHOUT ROWID;
        CREATE TABLE history_large (number INTEGER PRIMARY KEY, body BLOB NOT NULL);
        CREATE TABLE outbox (first_seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL, body BLOB NOT NULL);
        CREATE TABLE audit (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL, content BLOB NOT NULL, hash BLOB NOT NULL);
        CREATE INDEX audit_first_seq ON audit (first_seq) WHERE first_seq > 0;
        CREATE TABLE document (collection TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (collection, id)) WITHOUT ROWID;
        CREATE TABLE census (type INTEGER NOT NULL, attribute INTEGER NOT NULL, kind INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (type, attribute, kind)) WITHOUT ROWID;
        CREATE TABLE fact (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO fact VALUES ('last_key', 0), ('last_seq', 0), ('history_rows', 0), ('history_merging', 0), ('history_merged', 0);
        """;

    /// <summary>Makes the tables where the file is new; brings a file of an earlier version to this one, after a copy of it is put beside it.</summary>
    /// <exception cref="Problem">Where the file is of a later version.</exception>
    public static void Prepare(SqliteConnection connection, string file)
    {
        var version = connection.Number("PRAGMA user_version");
        if (version == Version) return;
        if (version > Version)
            throw new Problem(ProblemKind.Unavailable, $"The store {Path.GetFileName(file)} is of version {version}; this program knows versions up to {Version}. Start a later Dalgu.");
        if (version > 0) Migration.Run(connection, file, (int)version, Tables);
        else connection.Execute($"BEGIN IMMEDIATE; {Tables} PRAGMA user_version = {Version}; COMMIT;");
    }
}
