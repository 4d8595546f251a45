using SQLitePCL;

namespace Dalgu.Store.Sqlite;

/// <summary>Brings what lies in the write-ahead log into the file, by a connection of its own beside the commits: none of them waits for the copying and its syncs.</summary>
/// <remarks>Used by the store's writer alone, between its transactions.</remarks>
/// <param name="file">The file.</param>
/// <param name="writer">The connection that writes.</param>
/// <param name="readers">The connections that read.</param>
/// <param name="beside">Runs something beside the commits; tests decide when it runs.</param>
internal sealed class Checkpoints(string file, SqliteConnection writer, Readers readers, Func<Action, Task> beside) : IAsyncDisposable
{
    /// <summary>So many pages are worth a checkpoint.</summary>
    private const int Pages = 4_000;

    /// <summary>So many in the log are worth a pause of the writer in which it is begun anew.</summary>
    private const int PagesOfLog = 12_000;

    /// <summary>So many more may be written beside one: where the disk is that slow, the writer waits for it.</summary>
    private const long PagesBeside = 8_192;

    /// <summary>How long the writer waits for those who read in the log; while a long query does, the log grows.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(50);

    private const int PagesWritten = raw.SQLITE_DBSTATUS_CACHE_WRITE;

    private SqliteConnection? connection; // most tenants never write so much
    private Task? running;
    private long written; // pages since a checkpoint began
    private long logged = PagesOf(file + "-wal"); // pages since the log was begun, at most: an end without a stop leaves it behind

    /// <summary>A commit is made. Returns at once, but where a checkpoint beside it cannot keep up.</summary>
    public ValueTask CommittedAsync()
    {
        var pages = writer.Status(PagesWritten);
        written += pages;
        logged += pages;
        if (running is not null) return running.IsCompleted || written >= PagesBeside ? EndAsync(running) : default;
        if (written < Pages) return default;
        written = 0;
        var isLast = logged >= PagesOfLog;
        running = beside(() => Checkpoint(isLast));
        return default;
    }

    private static long PagesOf(string log) => new FileInfo(log) is { Exists: true, Length: var bytes } ? bytes / SqliteConnection.PageBytes : 0;

    private async ValueTask EndAsync(Task checkpoint)
    {
        await checkpoint;
        running = null;
        if (logged >= PagesOfLog) BeginLogAnew();
    }

    /// <param name="isLast">True where the log is begun anew afterwards: then what came meanwhile is copied too, so that the writer has little left to copy.</param>
    private void Checkpoint(bool isLast)
    {
        try
        {
            connection ??= new SqliteConnection(file, readOnly: false, cacheKilobytes: 100);
            connection.Number("PRAGMA wal_checkpoint(PASSIVE)");
            if (isLast) connection.Number("PRAGMA wal_checkpoint(PASSIVE)");
        }
        catch (Problem)
        {
            // What is not copied stays in the log and is tried again. A disk that is full or fails refuses the commits themselves.
        }
    }

    /// <summary>While commits follow one another, a checkpoint beside them never meets the end of the log. Here the little that is missing is copied and those who still
    /// read in the log are waited for, so that the next commit begins it anew.</summary>
    private void BeginLogAnew()
    {
        try
        {
            writer.Wait(LongestWait);
            var isBusy = 0L;
            readers.Released(() => isBusy = writer.Number("PRAGMA wal_checkpoint(RESTART)")); // new readers find all in the file and do not stand in its way
            if (isBusy == 0) logged = 0;
        }
        catch (Problem)
        {
            // As above; the commit before it is made.
        }
        finally
        {
            writer.Wait(SqliteConnection.BusyWait);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (running is not null) await running;
        connection?.Dispose();
    }
}
