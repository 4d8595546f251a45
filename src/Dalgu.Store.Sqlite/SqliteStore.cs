using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Dalgu.Hub.Audit;
using Dalgu.Hub.Storage;

namespace Dalgu.Store.Sqlite;

/// <summary>A tenant's store in one SQLite file: a connection that writes, and as many that read as there are readers at a time.</summary>
/// <remarks>Write-ahead log with full sync: a commit that returned is on the disk. Readers see the last commit and wait for nobody.</remarks>
public sealed partial class SqliteStore(string file) : IStore
{
    private const string EntityColumns = "e.key, e.id, e.gone, e.seq, e.body";
    private readonly ConcurrentBag<SqliteConnection> idle = [];
    private SqliteConnection? writer;

    /// <summary>The file.</summary>
    public string File => file;

    /// <inheritdoc/>
    public ValueTask<StoreState> OpenAsync(CancellationToken cancel = default)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        writer = new SqliteConnection(file, readOnly: false, cacheKilobytes: 8_000);
        Schema.Prepare(writer, file);
        var names = new List<string> { "" };
        var statement = writer.Prepare("SELECT number, name FROM name ORDER BY number");
        while (statement.Step()) names.Add(statement.Text(1));
        statement.Reset();
        AuditEntry? last = null;
        statement = writer.Prepare("SELECT number, at, who, action, target, first_seq, last_seq, content, hash FROM audit ORDER BY number DESC LIMIT 1");
        if (statement.Step()) last = ReadAudit(statement);
        statement.Reset();
        return new(new StoreState(names, Fact("last_key"), Fact("last_seq"), last));
    }

    private long Fact(string name) => writer!.Number($"SELECT value FROM fact WHERE name = '{name}'");

    /// <inheritdoc/>
    public ValueTask<StoredEntity?> ReadAsync(string id, CancellationToken cancel = default)
    {
        var connection = Rent();
        try
        {
            var statement = connection.Prepare($"SELECT {EntityColumns} FROM entity e WHERE e.id = ?");
            var found = statement.Bind(1, id).Step() ? ReadEntity(statement) : null;
            statement.Reset();
            return new(found);
        }
        finally
        {
            idle.Add(connection);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredEntity>> ReadManyAsync(IReadOnlyList<string> ids, CancellationToken cancel = default)
    {
        var connection = Rent();
        try
        {
            // One transaction: the file is locked and its log looked at once for all.
            connection.Execute("BEGIN");
            var found = new List<StoredEntity>(ids.Count);
            var statement = connection.Prepare($"SELECT {EntityColumns} FROM entity e WHERE e.id = ?");
            foreach (var id in ids)
            {
                if (statement.Bind(1, id).Step()) found.Add(ReadEntity(statement));
                statement.Reset();
            }
            return new(found);
        }
        finally
        {
            connection.Execute("COMMIT");
            idle.Add(connection);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredEntity> ScanAsync(Narrowing narrowing, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        if (narrowing.Ids is { } ids)
        {
            foreach (var id in ids.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
                if ((narrowing.After is null || string.CompareOrdinal(id, narrowing.After) > 0) && await ReadAsync(id, cancel) is { } found && (narrowing.IncludeGone || !found.Gone))
                    yield return found;
            yield break;
        }
        var connection = Rent();
        var (sql, bind) = Plan(narrowing, EntityColumns);
        var statement = connection.Prepare(sql + " ORDER BY e.id");
        try
        {
            bind(statement);
            while (statement.Step())
            {
                cancel.ThrowIfCancellationRequested();
                yield return ReadEntity(statement);
            }
        }
        finally
        {
            statement.Reset();
            idle.Add(connection);
        }
    }

    /// <inheritdoc/>
    public ValueTask<long> CountAsync(Narrowing narrowing, CancellationToken cancel = default)
    {
        var connection = Rent();
        try
        {
            // One type, or all: the index of types answers without touching entities.
            if (narrowing is { Types: [var type], Place: null, IncludeGone: false, After: null, Ids: null })
            {
                var byType = connection.Prepare("SELECT count(*) FROM entity_type WHERE type = ? AND gone = 0").Bind(1, type);
                byType.Step();
                var n = byType.Long(0);
                byType.Reset();
                return new(n);
            }
            var (sql, bind) = Plan(narrowing, "count(*)");
            var statement = connection.Prepare(sql);
            bind(statement);
            statement.Step();
            var count = statement.Long(0);
            statement.Reset();
            return new(count);
        }
        finally
        {
            idle.Add(connection);
        }
    }

    private static (string Sql, Action<Statement> Bind) Plan(Narrowing narrowing, string columns)
    {
        var gone = narrowing.IncludeGone ? "" : " AND e.gone = 0";
        var after = narrowing.After is null ? "" : " AND e.id > ?9";
        if (narrowing.Place is { } box)
            return ($"SELECT {columns} FROM place p JOIN entity e ON e.id = p.id WHERE p.max_x >= ?1 AND p.min_x <= ?2 AND p.max_y >= ?3 AND p.min_y <= ?4{gone}{after}", s =>
            {
                s.Bind(1, box.MinX).Bind(2, box.MaxX).Bind(3, box.MinY).Bind(4, box.MaxY);
                if (narrowing.After is not null) s.Bind(9, narrowing.After);
            });
        if (narrowing is { Types: [var only], IncludeGone: false })
            return ($"SELECT {columns} FROM entity_type t CROSS JOIN entity e ON e.id = t.id WHERE t.type = ?1 AND t.gone = 0{after.Replace("e.id", "t.id", StringComparison.Ordinal)}", s =>
            {
                s.Bind(1, only);
                if (narrowing.After is not null) s.Bind(9, narrowing.After);
            });
        var types = narrowing.Types is null ? "" : $" AND e.id IN (SELECT id FROM entity_type WHERE type IN ({string.Join(',', narrowing.Types)}))";
        return ($"SELECT {columns} FROM entity e WHERE 1{gone}{types}{after}", s =>
        {
            if (narrowing.After is not null) s.Bind(9, narrowing.After);
        });
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<HistoryRow> HistoryAsync(long key, long from, long to, bool descending, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await ValueTask.CompletedTask;
        var connection = Rent();
        const string select = "SELECT h.key, h.time, h.seq, h.recorded, CASE h.large WHEN 0 THEN h.body ELSE (SELECT l.body FROM history_large l WHERE l.number = h.large) END FROM history h WHERE h.key = ? AND h.time >= ? AND h.time < ?";
        var statement = connection.Prepare(select + (descending ? " ORDER BY h.time DESC, h.seq DESC" : " ORDER BY h.time, h.seq"));
        try
        {
            statement.Bind(1, key).Bind(2, from).Bind(3, to);
            while (statement.Step())
            {
                cancel.ThrowIfCancellationRequested();
                yield return new(statement.Long(0), statement.Long(1), statement.Long(2), statement.Long(3), statement.Blob(4));
            }
        }
        finally
        {
            statement.Reset();
            idle.Add(connection);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<OutboxRow> OutboxAsync(long afterSeq, int limit, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await ValueTask.CompletedTask;
        var connection = Rent();
        var statement = connection.Prepare("SELECT seq, key, id, kind, recorded, attributes, digest FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?");
        try
        {
            statement.Bind(1, afterSeq).Bind(2, limit);
            while (statement.Step())
            {
                cancel.ThrowIfCancellationRequested();
                yield return new(statement.Long(0), statement.Long(1), statement.Text(2), (ChangeKind)statement.Long(3), statement.Long(4),
                    MemoryMarshal.Cast<byte, int>(statement.Blob(5)).ToArray(), statement.Blob(6));
            }
        }
        finally
        {
            statement.Reset();
            idle.Add(connection);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<AuditEntry> AuditAsync(long after, int limit, string? entityId = null, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await ValueTask.CompletedTask;
        const string columns = "a.number, a.at, a.who, a.action, a.target, a.first_seq, a.last_seq, a.content, a.hash";
        var connection = Rent();
        // About an entity: its history names its changes, and each change lies in the range of one entry.
        var statement = connection.Prepare(entityId is null
            ? $"SELECT {columns} FROM audit a WHERE a.number > ? ORDER BY a.number LIMIT ?"
            : $"""
              SELECT {columns} FROM audit a WHERE a.number > ?1 AND a.number IN (
                SELECT (SELECT b.number FROM audit b WHERE b.first_seq > 0 AND b.first_seq <= s.seq ORDER BY b.first_seq DESC LIMIT 1)
                FROM (SELECT DISTINCT h.seq FROM entity e JOIN history h ON h.key = e.key WHERE e.id = ?3 UNION SELECT seq FROM entity WHERE id = ?3 ORDER BY 1 DESC LIMIT ?2) s)
              ORDER BY a.number DESC LIMIT ?2
              """);
        try
        {
            statement.Bind(1, after).Bind(2, limit);
            if (entityId is not null) statement.Bind(3, entityId);
            while (statement.Step())
            {
                cancel.ThrowIfCancellationRequested();
                yield return ReadAudit(statement);
            }
        }
        finally
        {
            statement.Reset();
            idle.Add(connection);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<DocumentWrite> DocumentsAsync(string collection, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await ValueTask.CompletedTask;
        var connection = Rent();
        var statement = connection.Prepare("SELECT id, body FROM document WHERE collection = ? ORDER BY id");
        try
        {
            statement.Bind(1, collection);
            while (statement.Step())
            {
                cancel.ThrowIfCancellationRequested();
                yield return new(collection, statement.Text(0), statement.Blob(1));
            }
        }
        finally
        {
            statement.Reset();
            idle.Add(connection);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<(CensusKey Key, long Count)>> CensusAsync(CancellationToken cancel = default)
    {
        var connection = Rent();
        try
        {
            var census = new List<(CensusKey, long)>();
            var statement = connection.Prepare("SELECT type, attribute, kind, count FROM census WHERE count > 0");
            while (statement.Step()) census.Add((new((int)statement.Long(0), (int)statement.Long(1), (byte)statement.Long(2)), statement.Long(3)));
            statement.Reset();
            return new(census);
        }
        finally
        {
            idle.Add(connection);
        }
    }

    /// <inheritdoc/>
    public ValueTask<StoreSize> SizeAsync(CancellationToken cancel = default)
    {
        var connection = Rent();
        try
        {
            var entities = connection.Number("SELECT coalesce(sum(count), 0) FROM census WHERE attribute = 0");
            var history = connection.Number("SELECT count(*) FROM history");
            var outbox = connection.Number("SELECT coalesce(max(seq) - min(seq) + 1, 0) FROM outbox");
            var bytes = new[] { file, file + "-wal" }.Where(System.IO.File.Exists).Sum(f => new FileInfo(f).Length);
            return new(new StoreSize(entities, history, bytes, outbox));
        }
        finally
        {
            idle.Add(connection);
        }
    }

    /// <inheritdoc/>
    public ValueTask BackupAsync(string target, CancellationToken cancel = default)
    {
        var connection = Rent();
        try
        {
            connection.Prepare("VACUUM INTO ?").Bind(1, target).Run();
            return default;
        }
        finally
        {
            idle.Add(connection);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> CheckAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        await ValueTask.CompletedTask;
        var connection = Rent();
        var statement = connection.Prepare("PRAGMA quick_check");
        try
        {
            while (statement.Step())
                if (statement.Text(0) is var line and not "ok") yield return line;
        }
        finally
        {
            statement.Reset();
            idle.Add(connection);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        while (idle.TryTake(out var reader)) reader.Dispose();
        writer?.Dispose();
        writer = null;
        return default;
    }

    private SqliteConnection Rent() => idle.TryTake(out var reader) ? reader : new SqliteConnection(file, readOnly: true, cacheKilobytes: 2_000);

    private static StoredEntity ReadEntity(Statement s) => new(s.Long(0), s.Text(1), s.Long(2) != 0, s.Long(3), s.Blob(4));

    private static AuditEntry ReadAudit(Statement s) =>
        new(s.Long(0), new DateTime(s.Long(1), DateTimeKind.Utc), s.Text(2), s.Text(3), s.Text(4), s.Long(5), s.Long(6), s.Blob(7), s.Blob(8));
}
