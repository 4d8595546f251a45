using System.Runtime.CompilerServices;
using Dalgu.Hub.Audit;
using Dalgu.Hub.Storage;
using Dalgu.Store.Sqlite.History;

namespace Dalgu.Store.Sqlite;

/// <content>What is read in order: history, outbox, audit.</content>
public sealed partial class SqliteStore
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<HistoryRow> HistoryAsync(long key, long from, long to, bool descending, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await ValueTask.CompletedTask;
        var (connection, generations) = BeginHistory();
        try
        {
            foreach (var row in HistoryReader.Rows(connection, generations, key, from, to, descending))
            {
                cancel.ThrowIfCancellationRequested();
                yield return new(key, row.Time, row.Seq, row.Recorded, HistoryReader.BodyOf(connection, row), row.OfState);
            }
        }
        finally
        {
            readers.Give(connection);
        }
    }

    /// <inheritdoc/>
    public ValueTask VisitHistoryAsync(long key, long from, long to, HistoryVisitor visit, CancellationToken cancel = default)
    {
        var (connection, generations) = BeginHistory();
        try
        {
            foreach (var row in HistoryReader.Rows(connection, generations, key, from, to, descending: false))
            {
                cancel.ThrowIfCancellationRequested();
                visit(new(key, row.Time, row.Seq, row.Recorded, HistoryReader.BodyOf(connection, row), row.OfState));
            }
            return default;
        }
        finally
        {
            readers.Give(connection);
        }
    }

    /// <summary>A connection in a transaction, and the generations of recent history that its snapshot belongs to.</summary>
    private (SqliteConnection, Generations) BeginHistory()
    {
        var connection = readers.Take();
        while (true)
        {
            var generations = history!.Generations;
            readers.Renew(connection);
            connection.Number("SELECT value FROM fact WHERE name = 'last_seq'"); // the first read is what takes the snapshot
            if (ReferenceEquals(generations, history.Generations)) return (connection, generations);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<OutboxRow> OutboxAsync(long afterSeq, int limit, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await ValueTask.CompletedTask;
        var connection = readers.Take();
        var statement = connection.Prepare("SELECT body FROM outbox WHERE last_seq > ?1 AND first_seq > ?2 ORDER BY first_seq");
        try
        {
            statement.Bind(1, afterSeq).Bind(2, afterSeq - OutboxChunk.MostRows(MaxChunk));
            while (limit > 0 && statement.Step())
                foreach (var row in OutboxChunk.Unpack(statement.Blob(0)))
                {
                    cancel.ThrowIfCancellationRequested();
                    if (row.Seq <= afterSeq) continue;
                    if (limit-- == 0) yield break;
                    yield return row;
                }
        }
        finally
        {
            statement.Reset();
            readers.Give(connection);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<AuditEntry> AuditAsync(long after, int limit, string? entityId = null, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await ValueTask.CompletedTask;
        const string columns = "SELECT number, at, who, action, target, first_seq, last_seq, content, hash FROM audit";
        var (connection, generations) = BeginHistory();
        try
        {
            if (entityId is null)
            {
                var statement = connection.Prepare($"{columns} WHERE number > ? ORDER BY number LIMIT ?").Bind(1, after).Bind(2, limit);
                try
                {
                    while (statement.Step())
                    {
                        cancel.ThrowIfCancellationRequested();
                        yield return ReadAudit(statement);
                    }
                }
                finally
                {
                    statement.Reset();
                }
                yield break;
            }
            // About an entity: its history names its changes, and each change lies in the range of one entry.
            var last = long.MaxValue;
            foreach (var seq in ChangesOf(connection, generations, entityId))
            {
                cancel.ThrowIfCancellationRequested();
                if (limit == 0 || seq >= last) continue;
                var statement = connection.Prepare($"{columns} WHERE first_seq > 0 AND first_seq <= ? ORDER BY first_seq DESC LIMIT 1").Bind(1, seq);
                var entry = statement.Step() ? ReadAudit(statement) : null;
                statement.Reset();
                if (entry is null || entry.Number <= after) yield break;
                last = entry.FirstSeq;
                limit--;
                yield return entry;
            }
        }
        finally
        {
            readers.Give(connection);
        }
    }

    /// <summary>The numbers of the changes of an entity, the latest first.</summary>
    private static IEnumerable<long> ChangesOf(SqliteConnection connection, Generations generations, string id)
    {
        var statement = connection.Prepare("SELECT key, seq FROM entity WHERE id = ?").Bind(1, id);
        var changes = new SortedSet<long>();
        var key = 0L;
        if (statement.Step())
        {
            key = statement.Long(0);
            changes.Add(statement.Long(1));
        }
        statement.Reset();
        if (key > 0)
            foreach (var row in HistoryReader.Rows(connection, generations, key, long.MinValue, long.MaxValue, descending: true)) changes.Add(row.Seq);
        return changes.Reverse();
    }
}
