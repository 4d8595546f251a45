namespace Dalgu.Store.Sqlite;

/// <summary>The connections that read a file: as many as there are readers at a time.</summary>
/// <remarks>A connection stays in its transaction until something is committed: to lock the file and to look at the log for each read costs more than to read.
/// The writer ends the transactions of idle ones before it begins, so that none keeps the log from being emptied.</remarks>
internal sealed class Readers(string file) : IDisposable
{
    private const int CacheKilobytes = 8_000; // each: room for the index of some 100,000 ids, so that a look-up reads one page of the file instead of two
    private readonly Lock gate = new();
    private readonly Stack<SqliteConnection> idle = new();
    private long commits; // odd while one is being made
    private bool closed, releasing;

    /// <summary>A connection whose next reads see the last commit.</summary>
    public SqliteConnection Take()
    {
        SqliteConnection? connection;
        lock (gate) idle.TryPop(out connection);
        connection ??= new SqliteConnection(file, readOnly: true, CacheKilobytes);
        // While a commit is made, some may see it already: nobody may then see less than who asked before.
        if (connection.Snapshot != Volatile.Read(ref commits) || long.IsOddInteger(connection.Snapshot)) Renew(connection);
        return connection;
    }

    /// <summary>Begins a transaction on the last commit, whichever one the connection had.</summary>
    public void Renew(SqliteConnection connection)
    {
        var last = Volatile.Read(ref commits); // a commit between this and the first read is seen, and once more looked for
        connection.End();
        connection.Begin(last);
    }

    /// <summary>Gives a connection back, all its statements reset.</summary>
    public void Give(SqliteConnection connection)
    {
        lock (gate)
            if (!closed)
            {
                if (releasing) connection.End();
                idle.Push(connection);
                return;
            }
        connection.Dispose();
    }

    /// <summary>A commit begins.</summary>
    public void BeginCommit()
    {
        Interlocked.Increment(ref commits);
        Release();
    }

    /// <summary>Does something while no connection stays in a transaction that nobody uses.</summary>
    public void Released(Action act)
    {
        lock (gate) releasing = true;
        Release();
        try
        {
            act();
        }
        finally
        {
            lock (gate) releasing = false;
        }
    }

    private void Release()
    {
        lock (gate)
            foreach (var connection in idle) connection.End();
    }

    /// <summary>The commit is made, or undone.</summary>
    public void EndCommit() => Interlocked.Increment(ref commits);

    public void Dispose()
    {
        lock (gate)
        {
            closed = true;
            while (idle.TryPop(out var connection)) connection.Dispose();
        }
    }
}
