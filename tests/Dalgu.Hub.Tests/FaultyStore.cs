using System.Runtime.CompilerServices;
using Dalgu.Hub.Audit;
using Dalgu.Hub.Storage;
using Dalgu.Store.Sqlite;

namespace Dalgu.Hub.Tests;

/// <summary>A store that refuses when it is told to, over a true one.</summary>
internal sealed class FaultyStore(string folder) : IStoreFactory, IStore
{
    private readonly SqliteStoreFactory factory = new(folder);
    private IStore inner = null!;

    /// <summary>What the next commits, or reads of an entity, throw; null lets them through.</summary>
    public Exception? CommitFault { get; set; }
    public Exception? ReadFault { get; set; }
    /// <summary>What the next syncs throw; null lets them through.</summary>
    public Exception? SyncFault { get; set; }
    /// <summary>What is done when a collection has been read to its end, before its reader knows; null for nothing.</summary>
    public Func<string, Task>? AfterDocuments { get; set; }
    /// <summary>What a sync waits for; null for nothing. <see cref="SyncBegan"/> tells that one waits.</summary>
    public Task? SyncHold { get; set; }
    public TaskCompletionSource SyncBegan { get; } = new();
    /// <summary>Every commit, or every read of entities for the writer, of a number that this divides fails; 0 for none.</summary>
    public int CommitFaultEvery { get; set; }
    public int ReadFaultEvery { get; set; }
    private int commits, reads;

    public IStore Create(string tenant)
    {
        inner = factory.Create(tenant);
        return this;
    }

    public IReadOnlyList<string> Tenants() => factory.Tenants();
    public ValueTask RemoveAsync(string tenant, CancellationToken cancel) => factory.RemoveAsync(tenant, cancel);
    public ValueTask<StoreState> OpenAsync(CancellationToken cancel) => inner.OpenAsync(cancel);
    public ValueTask CommitAsync(CommitUnit unit, CancellationToken cancel) => CommitFault is not null ? throw CommitFault : CommitFaultEvery > 0 && ++commits % CommitFaultEvery == 0 ? throw new IOException("the disk hiccups") : inner.CommitAsync(unit, cancel);

    public async ValueTask SyncAsync(CancellationToken cancel)
    {
        if (SyncFault is not null) throw SyncFault;
        if (SyncHold is { } hold)
        {
            SyncBegan.TrySetResult();
            await hold;
        }
        await inner.SyncAsync(cancel);
    }

    public ValueTask<StoredEntity?> ReadAsync(string id, CancellationToken cancel) => ReadFault is null ? inner.ReadAsync(id, cancel) : throw ReadFault;
    public ValueTask<IReadOnlyList<StoredEntity>> ReadManyAsync(IReadOnlyList<string> ids, CancellationToken cancel) => ReadFault is not null ? throw ReadFault : ReadFaultEvery > 0 && ++reads % ReadFaultEvery == 0 ? throw new IOException("the disk hiccups") : inner.ReadManyAsync(ids, cancel);
    public IAsyncEnumerable<StoredEntity> ScanAsync(Narrowing narrowing, CancellationToken cancel) => inner.ScanAsync(narrowing, cancel);
    public ValueTask<long> CountAsync(Narrowing narrowing, CancellationToken cancel) => inner.CountAsync(narrowing, cancel);
    public IAsyncEnumerable<HistoryRow> HistoryAsync(long key, long from, long to, bool descending, CancellationToken cancel) => inner.HistoryAsync(key, from, to, descending, cancel);
    public IAsyncEnumerable<OutboxRow> OutboxAsync(long afterSeq, int limit, CancellationToken cancel) => inner.OutboxAsync(afterSeq, limit, cancel);
    public IAsyncEnumerable<AuditEntry> AuditAsync(long after, int limit, string? entityId, CancellationToken cancel) => inner.AuditAsync(after, limit, entityId, cancel);

    public async IAsyncEnumerable<DocumentWrite> DocumentsAsync(string collection, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await foreach (var document in inner.DocumentsAsync(collection, cancel)) yield return document;
        if (AfterDocuments is { } act) await act(collection);
    }

    public ValueTask<IReadOnlyList<(CensusKey Key, long Count)>> CensusAsync(CancellationToken cancel) => inner.CensusAsync(cancel);
    public ValueTask<StoreSize> SizeAsync(CancellationToken cancel) => inner.SizeAsync(cancel);
    public IAsyncEnumerable<CommitUnit> DumpAsync(CancellationToken cancel) => inner.DumpAsync(cancel);
    public ValueTask RenameAsync(IReadOnlyList<(int Number, string Name)> names, CancellationToken cancel) => inner.RenameAsync(names, cancel);
    public ValueTask BackupAsync(string file, CancellationToken cancel) => inner.BackupAsync(file, cancel);
    public IAsyncEnumerable<string> CheckAsync(CancellationToken cancel) => inner.CheckAsync(cancel);
    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
