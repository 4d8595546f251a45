using System.Runtime.CompilerServices;
using Dalgu.Hub.Audit;
using Dalgu.Hub.Storage;
using Dalgu.Store.Sqlite.History;

namespace Dalgu.Store.Sqlite;

/// <summary>A tenant's store in one SQLite file: a connection that writes, and as many that read as there are readers at a time.</summary>
/// <remarks>Write-ahead log. A commit writes into it, a sync of its own brings it to the disk while the next commit is made (ADR 0012). Readers see the last commit and wait for nobody.</remarks>
public sealed partial class SqliteStore : IStore
{
    private const string EntityColumns = """
        e.key, e.id, e.gone, e.seq, CASE e.large WHEN 0 THEN e.body ELSE (SELECT substr(l.body, e.large_at + 1, e.large_length) FROM history_large l WHERE l.number = e.large) END
        """;
    private const string OneEntity = $"SELECT {EntityColumns} FROM entity e WHERE e.id = ?";
    private readonly string file;
    private readonly int generationRows;
    private readonly Func<Action, Task> beside;
    private readonly Readers readers;
    private SqliteConnection? writer;
    private HistoryLog? history;
    private Checkpoints? checkpoints;

    /// <summary>The store of a file.</summary>
    public SqliteStore(string file) : this(file, HistoryLog.GenerationRows)
    {
    }

    /// <summary>The store of a file whose recent history is merged when it has so many rows; what runs beside commits runs as it is let.</summary>
    internal SqliteStore(string file, int generationRows, Func<Action, Task>? beside = null) => (this.file, this.generationRows, this.beside, readers) = (file, generationRows, beside ?? Task.Run, new(file));

    /// <summary>The file.</summary>
    public string File => file;

    /// <inheritdoc/>
    public ValueTask<StoreState> OpenAsync(CancellationToken cancel = default)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        writer = new SqliteConnection(file, readOnly: false, cacheKilobytes: 8_000);
        Schema.Prepare(writer, file);
        history = new HistoryLog(writer, file, generationRows, beside);
        checkpoints = new Checkpoints(file, writer, readers, beside);
        writer.Execute("PRAGMA shrink_memory"); // the log was read once, from end to end
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
        var connection = readers.Take();
        try
        {
            var statement = connection.Prepare(OneEntity);
            var found = statement.Bind(1, id).Step() ? ReadEntity(statement) : null;
            statement.Reset();
            return new(found);
        }
        finally
        {
            readers.Give(connection);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredEntity>> ReadManyAsync(IReadOnlyList<string> ids, CancellationToken cancel = default)
    {
        var connection = readers.Take();
        try
        {
            var found = new List<StoredEntity>(ids.Count);
            using var states = new StateCursor(connection);
            foreach (var id in ids)
                if (states.Find(id) is { } state) found.Add(state);
            return new(found);
        }
        finally
        {
            readers.Give(connection);
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
        var connection = readers.Take();
        // Of a place the ids alone are sorted, and a state is read when its turn comes: who wants twenty does not pay for all that lie there.
        var byPlace = narrowing.Place is not null;
        var (sql, leading, bind) = Plan(narrowing, byPlace ? "p.id" : EntityColumns);
        var statement = connection.Prepare($"{sql} ORDER BY {leading}");
        var one = byPlace ? connection.Prepare(OneEntity) : statement;
        try
        {
            bind(statement);
            while (statement.Step())
            {
                cancel.ThrowIfCancellationRequested();
                var found = !byPlace || one.Bind(1, statement.Text(0)).Step() ? ReadEntity(one) : null;
                if (byPlace) one.Reset();
                if (found is not null && (narrowing.IncludeGone || !found.Gone)) yield return found;
            }
        }
        finally
        {
            one.Reset();
            statement.Reset();
            readers.Give(connection);
        }
    }

    /// <inheritdoc/>
    public ValueTask<long> CountAsync(Narrowing narrowing, CancellationToken cancel = default)
    {
        var connection = readers.Take();
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
            var (sql, _, bind) = Plan(narrowing, "count(*)");
            var statement = connection.Prepare(sql);
            bind(statement);
            statement.Step();
            var count = statement.Long(0);
            statement.Reset();
            return new(count);
        }
        finally
        {
            readers.Give(connection);
        }
    }

    /// <summary>The statement that narrows, and the id in the table that leads it: in its order the index's own order serves, and nothing is sorted.</summary>
    private static (string Sql, string Id, Action<Statement> Bind) Plan(Narrowing narrowing, string columns)
    {
        var (box, only, after) = (narrowing.Place, narrowing is { Types: [var one], IncludeGone: false } ? one : (int?)null, narrowing.After);
        var id = box is not null ? "p.id" : only is not null ? "t.id" : "e.id";
        var gone = narrowing.IncludeGone ? "" : " AND e.gone = 0";
        var rest = after is null ? "" : $" AND {id} > ?9";
        if (box is not null)
            return ($"""
                SELECT {columns} FROM json_each(?5) r CROSS JOIN place p ON p.cell BETWEEN r.value ->> 0 AND r.value ->> 1
                WHERE p.max_x >= ?1 AND p.min_x <= ?2 AND p.max_y >= ?3 AND p.min_y <= ?4{rest}
                """, id, s => After(s).Bind(1, box.Value.MinX).Bind(2, box.Value.MaxX).Bind(3, box.Value.MinY).Bind(4, box.Value.MaxY).Bind(5, "[" + string.Join(',', PlaceCells.Ranges(box.Value).Select(r => $"[{r.First},{r.Last}]")) + "]"));
        if (only is { } type) return ($"SELECT {columns} FROM entity_type t CROSS JOIN entity e ON e.id = t.id WHERE t.type = ?1 AND t.gone = 0{rest}", id, s => After(s).Bind(1, type));
        var types = narrowing.Types is null ? "" : $" AND e.id IN (SELECT id FROM entity_type WHERE type IN ({string.Join(',', narrowing.Types)}))";
        return ($"SELECT {columns} FROM entity e WHERE 1{gone}{types}{rest}", id, s => After(s));

        Statement After(Statement s) => after is null ? s : s.Bind(9, after);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<DocumentWrite> DocumentsAsync(string collection, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await ValueTask.CompletedTask;
        var connection = readers.Take();
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
            readers.Give(connection);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<(CensusKey Key, long Count)>> CensusAsync(CancellationToken cancel = default)
    {
        var connection = readers.Take();
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
            readers.Give(connection);
        }
    }

    /// <inheritdoc/>
    public ValueTask<StoreSize> SizeAsync(CancellationToken cancel = default)
    {
        var connection = readers.Take();
        try
        {
            var entities = connection.Number("SELECT coalesce(sum(count), 0) FROM census WHERE attribute = 0");
            var rows = connection.Number("SELECT value FROM fact WHERE name = 'history_rows'");
            var outbox = connection.Number("SELECT coalesce(max(last_seq) - min(first_seq) + 1, 0) FROM outbox");
            var bytes = new[] { file, file + "-wal" }.Where(System.IO.File.Exists).Sum(f => new FileInfo(f).Length);
            return new(new StoreSize(entities, rows, bytes, outbox));
        }
        finally
        {
            readers.Give(connection);
        }
    }

    /// <inheritdoc/>
    public ValueTask BackupAsync(string target, CancellationToken cancel = default)
    {
        // Outside of any transaction, or it is refused.
        using var connection = new SqliteConnection(file, readOnly: true, cacheKilobytes: 2_000);
        connection.Prepare("VACUUM INTO ?").Bind(1, target).Run();
        return default;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> CheckAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        await ValueTask.CompletedTask;
        var connection = readers.Take();
        var statement = connection.Prepare("PRAGMA quick_check");
        try
        {
            while (statement.Step())
                if (statement.Text(0) is var line and not "ok") yield return line;
        }
        finally
        {
            statement.Reset();
            readers.Give(connection);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        readers.Dispose();
        if (checkpoints is not null) await checkpoints.DisposeAsync();
        if (history is not null) await history.DisposeAsync();
        writer?.Dispose();
        log?.Dispose();
        writer = null;
    }

    private static StoredEntity ReadEntity(Statement s) => new(s.Long(0), s.Text(1), s.Long(2) != 0, s.Long(3), s.Blob(4));

    private static AuditEntry ReadAudit(Statement s) =>
        new(s.Long(0), new DateTime(s.Long(1), DateTimeKind.Utc), s.Text(2), s.Text(3), s.Text(4), s.Long(5), s.Long(6), s.Blob(7), s.Blob(8));
}
