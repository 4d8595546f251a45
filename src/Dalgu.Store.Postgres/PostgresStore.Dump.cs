using System.Data;
using System.Runtime.CompilerServices;
using Npgsql;

namespace Dalgu.Store.Postgres;

/// <content>All that a tenant holds, as units, and the file of a backup.</content>
internal sealed partial class PostgresStore
{
    private const int DumpPage = 500;

    /// <inheritdoc/>
    public async IAsyncEnumerable<CommitUnit> DumpAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        await using var snapshot = new Snapshot(database);
        var dump = new DumpBuilder();
        await foreach (var full in PartsAsync(snapshot, dump, cancel))
            if (full) yield return dump.Take();
        if (!dump.IsEmpty) yield return dump.Take();
    }

    private async IAsyncEnumerable<bool> PartsAsync(Snapshot snapshot, DumpBuilder dump, [EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var name in await snapshot.ReadAsync(BatchCommand(Statements.Names, number, 0), r => (r.GetInt32(0), r.GetString(1)), 1_024, cancel))
        {
            dump.Unit.Names.Add(name);
            yield return dump.Counted(0);
        }
        await foreach (var entity in RowsAsync("dump_entities", Statements.DumpEntities(database.IsCitus), ReadEntityWrite))
        {
            dump.Unit.Entities.Add(entity);
            yield return dump.Counted(entity.Body.Length);
        }
        await foreach (var row in RowsAsync("dump_history", Statements.DumpHistory, ReadHistory))
        {
            dump.Unit.History.Add(row);
            yield return dump.Counted(row.Body.Length);
        }
        await foreach (var chunk in RowsAsync("dump_outbox", Statements.DumpOutbox, ReadBody))
            foreach (var row in OutboxChunk.Unpack(chunk))
            {
                dump.Unit.Outbox.Add(row);
                yield return dump.Counted(64);
            }
        await foreach (var entry in RowsAsync("dump_audit", Statements.DumpAudit, ReadAudit))
        {
            dump.Unit.Audit.Add(entry);
            yield return dump.Counted(128);
        }
        await foreach (var document in RowsAsync("dump_documents", Statements.DumpDocuments, r => new DocumentWrite(r.GetString(0), r.GetString(1), r.GetFieldValue<byte[]>(2))))
        {
            dump.Unit.Documents.Add(document);
            yield return dump.Counted(document.Body!.Length);
        }
        foreach (var (key, count) in (await snapshot.ReadAsync(BatchCommand(Statements.Census, number), ReadCensus, 1_024, cancel)).OrderBy(c => (c.Item1.Type, c.Item1.Attribute, c.Item1.Kind)))
        {
            dump.Unit.Census[key] = checked((int)count);
            yield return dump.Counted(0);
        }

        // A cursor's name stands for the shape of its rows: statements are prepared by their text.
        async IAsyncEnumerable<T> RowsAsync<T>(string cursor, string sql, Func<NpgsqlDataReader, T> read)
        {
            await snapshot.DeclareAsync(BatchCommand($"DECLARE {cursor} NO SCROLL CURSOR FOR " + sql, number), cancel);
            for (; ; )
            {
                var page = await snapshot.ReadAsync(new NpgsqlBatchCommand($"FETCH {DumpPage} FROM {cursor}"), read, DumpPage, cancel);
                foreach (var row in page) yield return row;
                if (page.Count < DumpPage) break;
            }
            await snapshot.DeclareAsync(new NpgsqlBatchCommand($"CLOSE {cursor}"), cancel);
        }
    }

    /// <inheritdoc/>
    public async ValueTask BackupAsync(string file, CancellationToken cancel = default)
    {
        await using var target = fileStore(file);
        if (!StoreCopy.IsEmpty(await target.OpenAsync(cancel))) throw new Problem(ProblemKind.AlreadyExists, $"The file {Path.GetFileName(file)} holds a store already.");
        await StoreCopy.RunAsync(this, target, cancel: cancel);
    }

    private static EntityWrite ReadEntityWrite(NpgsqlDataReader r)
    {
        var types = r.IsDBNull(6) ? [] : r.GetFieldValue<int[]>(6);
        Box? place = r.IsDBNull(7) ? null : new Box(r.GetDouble(7), r.GetDouble(8), r.GetDouble(9), r.GetDouble(10));
        return new(r.GetInt64(0), r.GetString(1), true, r.GetBoolean(2), types, null, false, place, place is not null, r.GetInt64(3), ReadWholeBody(r));
    }

    private static (CensusKey, long) ReadCensus(NpgsqlDataReader r) => (new CensusKey(r.GetInt32(0), r.GetInt32(1), (byte)r.GetInt16(2)), r.GetInt64(3));
}
