using System.Diagnostics;
using SQLitePCL;

namespace Dalgu.Bench;

/// <summary>The floor under the store: bare SQLite upserting rows of text key and blob, with the same page size, log and sync as the product.</summary>
public sealed class SqliteProbe : IDisposable
{
    private readonly sqlite3 db;
    private readonly sqlite3_stmt put;

    /// <summary>Opens a new file.</summary>
    public SqliteProbe(string file)
    {
        Batteries_V2.Init();
        Check(raw.sqlite3_open_v2(file, out db, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE, null));
        Execute("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE entity (id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID");
        Check(raw.sqlite3_prepare_v2(db, "INSERT INTO entity VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET body = ?2", out put));
    }

    /// <summary>Upserts rows in one transaction; how long it took, the sync included.</summary>
    public TimeSpan Upsert(IReadOnlyList<(string Id, byte[] Body)> rows)
    {
        var started = Stopwatch.GetTimestamp();
        Execute("BEGIN IMMEDIATE");
        foreach (var (id, body) in rows)
        {
            raw.sqlite3_bind_text(put, 1, id);
            raw.sqlite3_bind_blob(put, 2, body);
            var code = raw.sqlite3_step(put);
            if (code != raw.SQLITE_DONE) Check(code);
            raw.sqlite3_reset(put);
        }
        Execute("COMMIT");
        return Stopwatch.GetElapsedTime(started);
    }

    private void Execute(string sql) => Check(raw.sqlite3_exec(db, sql));

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK) throw new InvalidOperationException($"SQLite answers {code}: {raw.sqlite3_errmsg(db).utf8_to_string()}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        put.Dispose();
        db.Dispose();
    }
}
