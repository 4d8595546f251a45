using System.Text;
using SQLitePCL;

namespace Dalgu.Store.Sqlite;

/// <summary>One connection to a database file and its prepared statements. Not thread-safe: one user at a time.</summary>
internal sealed class SqliteConnection : IDisposable
{
    private readonly sqlite3 db;
    private readonly Dictionary<string, Statement> prepared = new(StringComparer.Ordinal);

    /// <summary>How long a connection waits for a lock.</summary>
    public static readonly TimeSpan BusyWait = TimeSpan.FromSeconds(5);

    /// <summary>The bytes of a page.</summary>
    public const int PageBytes = 8192;

    /// <summary>What the file of the write-ahead log is cut to when it is begun anew, in bytes.</summary>
    public const long LogBytes = 128 << 20;

    static SqliteConnection()
    {
        Batteries_V2.Init();
        LogVfs.Register();
    }

    /// <summary>The number of the commit on which the open transaction reads; -1 where none is open.</summary>
    public long Snapshot { get; private set; } = -1;

    public SqliteConnection(string file, bool readOnly, int cacheKilobytes)
    {
        var flags = (readOnly ? raw.SQLITE_OPEN_READONLY : raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE) | raw.SQLITE_OPEN_NOMUTEX;
        Check(raw.sqlite3_open_v2(file, out db, flags, readOnly ? null : LogVfs.Name));
        raw.sqlite3_extended_result_codes(db, 1);
        Wait(BusyWait);
        if (!readOnly) Execute($"PRAGMA page_size = {PageBytes}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = {LogBytes}");
        Execute($"PRAGMA cache_size = -{cacheKilobytes}; PRAGMA temp_store = MEMORY");
    }

    /// <summary>Sets how long it waits for a lock of another connection.</summary>
    public void Wait(TimeSpan longest) => raw.sqlite3_busy_timeout(db, (int)longest.TotalMilliseconds);

    /// <summary>Begins a transaction that reads.</summary>
    public void Begin(long snapshot)
    {
        Prepare("BEGIN").Run();
        Snapshot = snapshot;
    }

    /// <summary>Ends the transaction that reads, where one is open.</summary>
    public void End()
    {
        if (Snapshot < 0) return;
        Snapshot = -1;
        Prepare("COMMIT").Run();
    }

    /// <summary>The statement of a text, ready to bind. Prepared once.</summary>
    public Statement Prepare(string sql)
    {
        if (prepared.TryGetValue(sql, out var known)) return known;
        Check(raw.sqlite3_prepare_v3(db, sql, raw.SQLITE_PREPARE_PERSISTENT, out var handle));
        return prepared[sql] = new Statement(this, handle);
    }

    /// <summary>Runs statements that bind nothing and answer nothing.</summary>
    public void Execute(string sql) => Check(raw.sqlite3_exec(db, sql));

    /// <summary>How many rows the last statement wrote.</summary>
    public int Changes => raw.sqlite3_changes(db);

    /// <summary>A count of SQLite's about this connection, which begins anew.</summary>
    public int Status(int what)
    {
        Check(raw.sqlite3_db_status(db, what, out var now, out _, 1));
        return now;
    }

    /// <summary>The single number that a statement answers.</summary>
    public long Number(string sql)
    {
        var statement = Prepare(sql);
        try
        {
            return statement.Step() ? statement.Long(0) : 0;
        }
        finally
        {
            statement.Reset();
        }
    }

    /// <summary>Turns an error code into a refusal.</summary>
    /// <exception cref="Problem">StorageFull where the disk is full; Unavailable where another process holds the file; else InternalError.</exception>
    public void Check(int code)
    {
        if (code is raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE) return;
        var text = db is null ? raw.sqlite3_errstr(code).utf8_to_string() : raw.sqlite3_errmsg(db).utf8_to_string();
        // The index of the write-ahead log grows in a file of its own, whose want of room has its own code.
        var full = (code & 0xff) == raw.SQLITE_FULL || code == raw.SQLITE_IOERR_SHMSIZE;
        throw full ? new Problem(ProblemKind.StorageFull, "The disk of the store is full: writes are refused, reads go on. Make room; writes go on by themselves.")
            : (code & 0xff) == raw.SQLITE_BUSY ? new Problem(ProblemKind.Unavailable, "Another process uses the store.")
            : new Problem(ProblemKind.InternalError, $"The store answers {code}: {text}.");
    }

    public void Dispose()
    {
        foreach (var statement in prepared.Values) statement.Dispose();
        db.Dispose();
    }
}

/// <summary>A prepared statement. Bind from 1, step, read columns from 0, reset.</summary>
internal sealed unsafe class Statement(SqliteConnection connection, sqlite3_stmt owner) : IDisposable
{
    private nint handle = owner.DangerousGetHandle(); // valid as long as its owner; none is an error to SQLite, not a fault

    public Statement Bind(int index, long value) => Checked(Native.Bind(handle, index, value));

    public Statement Bind(int index, double value) => Checked(Native.Bind(handle, index, value));

    public Statement Bind(int index, string value)
    {
        Span<byte> utf8 = value.Length <= 256 ? stackalloc byte[768] : new byte[Encoding.UTF8.GetMaxByteCount(value.Length)];
        var length = Encoding.UTF8.GetBytes(value, utf8);
        fixed (byte* at = utf8) return Checked(Native.BindText(handle, index, at, length, Native.Copy));
    }

    public Statement Bind(int index, ReadOnlySpan<byte> value)
    {
        byte nothing = 0; // no address would bind a null
        fixed (byte* at = value) return Checked(Native.BindBlob(handle, index, at is null ? &nothing : at, value.Length, Native.Copy));
    }

    private Statement Checked(int code)
    {
        if (code != raw.SQLITE_OK) connection.Check(code);
        return this;
    }

    /// <summary>True where there is a row.</summary>
    public bool Step()
    {
        var code = Native.Step(handle);
        if (code == raw.SQLITE_ROW) return true;
        if (code != raw.SQLITE_DONE)
        {
            Reset();
            connection.Check(code);
        }
        return false;
    }

    /// <summary>Steps to the end and resets.</summary>
    public void Run()
    {
        Step();
        Reset();
    }

    public void Reset() => Native.Reset(handle);
    public long Long(int column) => Native.Long(handle, column);
    public double Double(int column) => Native.Double(handle, column);
    public string Text(int column) => raw.sqlite3_column_text(owner, column).utf8_to_string();
    public byte[] Blob(int column) => Bytes(column).ToArray();

    /// <summary>The bytes of a column where they lie: valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> Bytes(int column)
    {
        var at = Native.Blob(handle, column);
        return new(at, Native.Length(handle, column)); // in this order: the first may bring the column into its form
    }

    public bool IsNull(int column) => raw.sqlite3_column_type(owner, column) == raw.SQLITE_NULL;

    public void Dispose()
    {
        handle = 0;
        owner.Dispose();
    }
}
