using System.Data;
using System.Runtime.CompilerServices;
using Npgsql;

namespace Dalgu.Store.Postgres;

/// <summary>A tenant's store in a PostgreSQL database.</summary>
internal sealed partial class PostgresStore(PostgresDatabase database, string tenant, Func<string, IStore> fileStore) : ISharedStore
{
    private int number; // the tenant's

    private Statements Statements => database.Statements;

    /// <inheritdoc/>
    public async ValueTask<StoreState> OpenAsync(CancellationToken cancel = default)
    {
        _ = Statements;
        await database.Node.JoinAsync();
        await database.RecoverAsync(cancel); // the state that is read here must be whole
        var state = await WithAsync(async connection =>
        {
            await using (var add = Command(connection, Statements.AddTenant, tenant)) await add.ExecuteNonQueryAsync(cancel);
            await using (var find = Command(connection, Statements.FindTenant, tenant)) number = (int)(await find.ExecuteScalarAsync(cancel))!;
            await using (var add = Command(connection, Statements.AddHead, number)) await add.ExecuteNonQueryAsync(cancel);
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel);
            var head = await HeadAsync(connection, cancel);
            var names = new List<string> { "" };
            await foreach (var (_, name) in NamesAsync(connection, 0, cancel)) names.Add(name);
            AuditEntry? last = null;
            await using (var command = Command(connection, Statements.LastAudit, number))
            await using (var reader = await command.ExecuteReaderAsync(cancel))
                if (await reader.ReadAsync(cancel)) last = ReadAudit(reader);
            await transaction.CommitAsync(cancel);
            (version, this.names, lastSeq, lastAudit) = (head.Version, names.Count, head.LastSeq, last?.Number ?? 0);
            return new StoreState(names, head.LastKey, head.LastSeq, last);
        }, cancel);
        database.Node.Add(this);
        return state;
    }

    /// <inheritdoc/>
    public ValueTask<StoredEntity?> ReadAsync(string id, CancellationToken cancel = default) => WithAsync(async connection =>
    {
        await using var command = Command(connection, Statements.Read(database.IsCitus), number, id);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? ReadEntity(reader) : null;
    }, cancel);

    /// <inheritdoc/>
    public async ValueTask RenameAsync(IReadOnlyList<(int Number, string Name)> names, CancellationToken cancel = default) => await WithAsync(async connection =>
    {
        await using var command = Command(connection, Statements.Rename, number, names.Select(n => n.Number).ToArray(), names.Select(n => n.Name).ToArray());
        return await command.ExecuteNonQueryAsync(cancel);
    }, cancel);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StoredEntity>> ReadManyAsync(IReadOnlyList<string> ids, CancellationToken cancel = default)
    {
        var wanted = ids as string[] ?? [.. ids];
        var rows = await WithAsync(async connection =>
        {
            await using var command = Command(connection, Statements.ReadMany(database.IsCitus), number, wanted);
            return await ListAsync(command, r => ReadRow(r, known: null), wanted.Length, cancel);
        }, cancel);
        if (!rows.Exists(r => r.HistoryTime is not null)) return rows.ConvertAll(r => r.Entity);
        await using var snapshot = new Snapshot(database); // what two statements read must be of one
        return await ReadStatesAsync(snapshot, BatchCommand(Statements.ReadMany(database.IsCitus), number, wanted), wanted.Length, cancel);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredEntity> ScanAsync(Narrowing narrowing, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        if (narrowing is { Types: [] } or { Ids: [] }) yield break;
        await using var snapshot = new Snapshot(database);
        var after = narrowing.After ?? "";
        if (narrowing is { Place: { } box, Ids: null })
        {
            await foreach (var ids in IdsOfPlaceAsync(snapshot, box, narrowing, after, cancel))
                foreach (var entity in await InOrderAsync(ids)) yield return entity;
            yield break;
        }
        if (database.IsCitus && narrowing is { Types: { } types, Ids: null })
        {
            // The ids first, by a statement of their own: joined with the entities in one, they would go to every worker.
            for (var size = Statements.FirstPage; ; size = Statements.NextPage)
            {
                var ids = await IdsOfTypesAsync(snapshot, types, narrowing.IncludeGone, after, size, cancel);
                foreach (var entity in await InOrderAsync(ids)) yield return entity;
                if (ids.Length < size) yield break;
                after = ids[^1];
            }
        }
        for (var size = Statements.FirstPage; ; size = Statements.NextPage)
        {
            var page = await ReadStatesAsync(snapshot, Bind(new NpgsqlBatchCommand(Statements.Page(narrowing, size)), narrowing, after), size, cancel, narrowing.Known);
            foreach (var entity in page) yield return entity;
            if (page.Count < size) yield break;
            after = page[^1].Id;
        }

        async ValueTask<List<StoredEntity>> InOrderAsync(string[] ids)
        {
            if (ids.Length == 0) return [];
            var found = await ReadStatesAsync(snapshot, BatchCommand(Statements.ReadMany(database.IsCitus), number, ids), ids.Length, cancel, narrowing.Known);
            if (!narrowing.IncludeGone) found.RemoveAll(e => e.Gone);
            found.Sort(static (a, b) => string.CompareOrdinal(a.Id, b.Id));
            return found;
        }
    }

    /// <summary>The ids of those at a place, page by page. Their order comes from a sort: after the first page what is left is sorted once.</summary>
    private async IAsyncEnumerable<string[]> IdsOfPlaceAsync(Snapshot snapshot, Box box, Narrowing narrowing, string after, [EnumeratorCancellation] CancellationToken cancel)
    {
        var first = await snapshot.ReadAsync(Bind(new NpgsqlBatchCommand(Statements.IdsOfPlace(box, Statements.FirstPage)), narrowing, after), r => r.GetString(0), Statements.FirstPage, cancel);
        yield return [.. first];
        if (first.Count < Statements.FirstPage) yield break;
        await snapshot.DeclareAsync(Bind(new NpgsqlBatchCommand("DECLARE rest_of_place NO SCROLL CURSOR FOR " + Statements.IdsOfPlace(box, 0)), narrowing, first[^1]), cancel);
        for (; ; )
        {
            var page = await snapshot.ReadAsync(new NpgsqlBatchCommand($"FETCH {Statements.NextPage} FROM rest_of_place"), r => r.GetString(0), Statements.NextPage, cancel);
            yield return [.. page];
            if (page.Count < Statements.NextPage) yield break;
        }
    }

    /// <summary>The next ids of types. Each type is a range of the index; one that an entity has beside another repeats its id.</summary>
    private async Task<string[]> IdsOfTypesAsync(Snapshot snapshot, int[] types, bool alsoGone, string after, int size, CancellationToken cancel)
    {
        var ranges = new List<NpgsqlBatchCommand>();
        foreach (var type in types)
        {
            ranges.Add(BatchCommand(Statements.IdsOfType, number, type, false, after, size));
            if (alsoGone) ranges.Add(BatchCommand(Statements.IdsOfType, number, type, true, after, size));
        }
        var ids = await snapshot.ReadEachAsync(ranges, r => r.GetString(0), cancel);
        return ranges.Count == 1 ? [.. ids] : [.. ids.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(size)];
    }

    /// <inheritdoc/>
    public ValueTask<long> CountAsync(Narrowing narrowing, CancellationToken cancel = default) => narrowing is { Types: [] } or { Ids: [] } ? new(0) : WithAsync(async connection =>
    {
        // One type, or all: the index of types answers without touching entities.
        var one = narrowing is { Types: [_], Place: null, IncludeGone: false, After: null, Ids: null };
        await using var command = one ? Command(connection, Statements.CountType, number, narrowing.Types![0]) : new NpgsqlCommand(Statements.Count(narrowing), connection);
        if (!one) Bind(command.Parameters, narrowing, narrowing.After ?? "");
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }, cancel);

    private NpgsqlBatchCommand Bind(NpgsqlBatchCommand command, Narrowing narrowing, string after)
    {
        Bind(command.Parameters, narrowing, after);
        return command;
    }

    private void Bind(NpgsqlParameterCollection parameters, Narrowing narrowing, string after)
    {
        parameters.Add(Value(number));
        parameters.Add(Value(after));
        if (narrowing.Ids is { } ids) parameters.Add(Value(ids as string[] ?? [.. ids]));
        else if (narrowing.Place is { } box)
            foreach (var edge in (ReadOnlySpan<double>)[box.MinX, box.MinY, box.MaxX, box.MaxY]) parameters.Add(Value(edge));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<DocumentWrite> DocumentsAsync(string collection, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await using var snapshot = new Snapshot(database);
        var after = "";
        for (var size = Statements.FirstPage; ; size = Statements.NextPage)
        {
            var page = await snapshot.ReadAsync(BatchCommand(Statements.Documents, number, collection, after, size), r => new DocumentWrite(collection, r.GetString(0), r.GetFieldValue<byte[]>(1)), size, cancel);
            foreach (var document in page) yield return document;
            if (page.Count < size) yield break;
            after = page[^1].Id;
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<(CensusKey Key, long Count)>> CensusAsync(CancellationToken cancel = default) => WithAsync<IReadOnlyList<(CensusKey, long)>>(async connection =>
    {
        await using var command = Command(connection, Statements.Census, number);
        return await ListAsync(command, ReadCensus, 64, cancel);
    }, cancel);

    /// <inheritdoc/>
    public ValueTask<StoreSize> SizeAsync(CancellationToken cancel = default) => WithAsync(async connection =>
    {
        await using var command = Command(connection, Statements.OutboxSize, number);
        var outbox = (long)(await command.ExecuteScalarAsync(cancel))!;
        await using var size = Command(connection, Statements.Size(database.IsCitus), number);
        await using var reader = await size.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return new StoreSize(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), outbox);
    }, cancel);

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> CheckAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        var faults = await WithAsync(async connection =>
        {
            var found = new List<string>();
            foreach (var setting in (string[])["fsync", "full_page_writes", "synchronous_commit"])
            {
                await using var command = new NpgsqlCommand($"SHOW {setting}", connection);
                if ((string?)await command.ExecuteScalarAsync(cancel) == "off") found.Add($"the server has {setting} off: what is acknowledged may be lost when it crashes");
            }
            await foreach (var line in ContradictionsAsync(connection, cancel)) found.Add(line);
            return found;
        }, cancel);
        foreach (var fault in faults) yield return fault;
    }

    /// <summary>The tables that are searched by say the same as the entities do, and history has what the entities leave to it.</summary>
    private async IAsyncEnumerable<string> ContradictionsAsync(NpgsqlConnection connection, [EnumeratorCancellation] CancellationToken cancel)
    {
        IEnumerable<(string, string)> checks = database.IsCitus ? Statements.Checks : [.. Statements.Checks, (SharedBodies.Check, "history lacks the row that has the end of the state of an entity")];
        foreach (var (sql, text) in checks)
        {
            await using var command = Command(connection, sql, number);
            command.CommandTimeout = 0;
            foreach (var id in await ListAsync(command, r => r.GetString(0), 0, cancel)) yield return $"{text}: \"{id}\"";
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (number != 0) database.Node.Remove(this);
        await EndTurnAsync();
    }

    /// <summary>Reads on a connection of the pool; once more on another one where the first was broken, as after a restart of the server.</summary>
    private async ValueTask<T> WithAsync<T>(Func<NpgsqlConnection, Task<T>> read, CancellationToken cancel)
    {
        for (var attempt = 0; ; attempt++)
            try
            {
                await using var connection = await database.OpenAsync(cancel);
                return await read(connection);
            }
            catch (Exception e) when (attempt == 0 && (StoreFault.IsConnection(e) || database.Forgets(e))) { }
            catch (Exception e) when (StoreFault.Of(e) is { } problem)
            {
                throw problem;
            }
    }

    private async Task<(long Version, long Token, long LastKey, long LastSeq)> HeadAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = Command(connection, Statements.Head, number);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3))
            : throw new Problem(ProblemKind.InternalError, $"The tenant \"{tenant}\" has gone from the database {database.Label}.");
    }

    private async IAsyncEnumerable<(int Number, string Name)> NamesAsync(NpgsqlConnection connection, int after, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using var command = Command(connection, Statements.Names, number, after);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) yield return (reader.GetInt32(0), reader.GetString(1));
    }

    internal static async Task<List<T>> ListAsync<T>(NpgsqlCommand command, Func<NpgsqlDataReader, T> read, int capacity, CancellationToken cancel)
    {
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<T>(capacity);
        while (await reader.ReadAsync(cancel)) rows.Add(read(reader));
        return rows;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }

    private static NpgsqlBatchCommand BatchCommand(string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }

    private static NpgsqlParameter<T> Value<T>(T value) => new() { TypedValue = value };

    private static StoredEntity ReadEntity(NpgsqlDataReader r) => new(r.GetInt64(0), r.GetString(1), r.GetBoolean(2), r.GetInt64(3), ReadWholeBody(r));

    private static byte[] ReadWholeBody(NpgsqlDataReader r) => r.IsDBNull(5) ? r.GetFieldValue<byte[]>(4) : [.. r.GetFieldValue<byte[]>(4), .. r.GetFieldValue<byte[]>(5)];

    private static HistoryRow ReadHistory(NpgsqlDataReader r) => new(r.GetInt64(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3), r.GetFieldValue<byte[]>(4), r.GetBoolean(5));

    private static byte[] ReadBody(NpgsqlDataReader r) => r.GetFieldValue<byte[]>(0);

    private static AuditEntry ReadAudit(NpgsqlDataReader r) => new(r.GetInt64(0), new DateTime(r.GetInt64(1), DateTimeKind.Utc), r.GetString(2), r.GetString(3), r.GetString(4),
        r.GetInt64(5), r.GetInt64(6), r.GetFieldValue<byte[]>(7), r.GetFieldValue<byte[]>(8));
}
