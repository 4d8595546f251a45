using System.Runtime.CompilerServices;
using Npgsql;

namespace Dalgu.Store.Postgres;

/// <content>What is stored in the order of time or of commits: history, outbox and audit.</content>
internal sealed partial class PostgresStore
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<HistoryRow> HistoryAsync(long key, long from, long to, bool descending, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        if (from >= to) yield break;
        await using var snapshot = new Snapshot(database);
        // Pages go on from the last row. Forwards the first one begins before every change of the first tick, backwards after every one of the last.
        var (time, seq, end) = descending ? (to - 1, long.MaxValue, from) : (from, -1L, to);
        for (var size = Statements.FirstPage; ; size = 8 * Statements.NextPage)
        {
            var page = await snapshot.ReadAsync(HistoryPage(descending, key, time, seq, end, size), ReadHistory, size, cancel);
            foreach (var row in page) yield return row;
            if (page.Count < size) yield break;
            (time, seq) = (page[^1].Time, page[^1].Seq);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<HistoryRow> HistoriesAsync(IReadOnlyList<long> keys, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await using var snapshot = new Snapshot(database);
        foreach (var some in keys.Chunk(Statements.FirstPage))
        {
            var first = await snapshot.ReadEachAsync([.. some.Select(key => HistoryPage(descending: false, key, long.MinValue, -1, long.MaxValue, Statements.FirstPage))], ReadHistory, cancel);
            foreach (var history in first.GroupBy(r => r.Key))
            {
                var page = history.ToList();
                for (var size = Statements.FirstPage; ; size = 8 * Statements.NextPage)
                {
                    foreach (var row in page) yield return row;
                    if (page.Count < size) break;
                    page = await snapshot.ReadAsync(HistoryPage(descending: false, history.Key, page[^1].Time, page[^1].Seq, long.MaxValue, 8 * Statements.NextPage), ReadHistory, 8 * Statements.NextPage, cancel);
                }
            }
        }
    }

    private NpgsqlBatchCommand HistoryPage(bool descending, long key, long time, long seq, long end, int size) => BatchCommand(Statements.History(descending), number, key, time, seq, end, size);

    /// <inheritdoc/>
    public async IAsyncEnumerable<OutboxRow> OutboxAsync(long afterSeq, int limit, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await using var snapshot = new Snapshot(database);
        for (var most = Statements.FirstPage; limit > 0; most = Statements.NextPage)
        {
            most = Math.Min(most, limit);
            var chunks = await snapshot.ReadAsync(ChunksAfter(afterSeq, most), ReadBody, most, cancel);
            foreach (var row in chunks.SelectMany(c => OutboxChunk.Unpack(c)))
            {
                if (row.Seq <= afterSeq) continue;
                if (limit-- == 0) yield break;
                yield return row;
                afterSeq = row.Seq;
            }
            if (chunks.Count < most) yield break;
        }
    }

    /// <summary>The chunks of the outbox that hold rows after a number.</summary>
    private NpgsqlBatchCommand ChunksAfter(long seq, int most) => BatchCommand(Statements.Outbox, number, seq, seq - OutboxChunk.MostRows(MaxChunk), most);

    /// <inheritdoc/>
    public async IAsyncEnumerable<AuditEntry> AuditAsync(long after, int limit, string? entityId = null, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await foreach (var entry in entityId is null ? AuditAsync(after, limit, cancel) : AuditOfAsync(entityId, after, limit, cancel)) yield return entry;
    }

    private async IAsyncEnumerable<AuditEntry> AuditAsync(long after, int limit, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using var snapshot = new Snapshot(database);
        for (var left = limit; left > 0;)
        {
            var size = Math.Min(left, left == limit ? Math.Max(Statements.FirstPage, Math.Min(limit, Statements.NextPage)) : 4 * Statements.NextPage);
            var page = await snapshot.ReadAsync(BatchCommand(Statements.Audit, number, after, size), ReadAudit, size, cancel);
            foreach (var entry in page) yield return entry;
            if (page.Count < size) yield break;
            left -= page.Count;
            after = page[^1].Number;
        }
    }

    /// <summary>About an entity: its history names its changes, and each change lies in the range of one entry.</summary>
    private async IAsyncEnumerable<AuditEntry> AuditOfAsync(string id, long after, int limit, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using var snapshot = new Snapshot(database);
        var found = await snapshot.ReadAsync(BatchCommand(Statements.KeyOf, number, id), r => (Key: r.GetInt64(0), Seq: r.GetInt64(1)), 1, cancel);
        if (found.Count == 0) yield break;
        var (key, yielded, previous, first) = (found[0].Key, 0, long.MaxValue, true);
        for (var before = long.MaxValue; yielded < limit;)
        {
            var seqs = await snapshot.ReadAsync(BatchCommand(Statements.ChangesOfEntity, number, key, before), r => r.GetInt64(0), 50, cancel);
            var more = seqs.Count == 50;
            if (more) before = seqs[^1];
            if (first && (seqs.Count == 0 || seqs[0] != found[0].Seq)) // a change without history, such as of a scope, is told by the state
                seqs.Insert(seqs.FindIndex(s => s < found[0].Seq) is var at and >= 0 ? at : seqs.Count, found[0].Seq);
            first = false;
            foreach (var entry in await snapshot.ReadEachAsync(seqs.ConvertAll(s => BatchCommand(Statements.AuditOfChange, number, s)), ReadAudit, cancel))
            {
                if (entry.Number >= previous || entry.Number <= after || yielded == limit) continue;
                previous = entry.Number;
                yielded++;
                yield return entry;
            }
            if (!more) yield break;
        }
    }
}
