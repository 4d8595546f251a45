using System.Runtime.CompilerServices;
using Dalgu.Hub.Audit;
using Dalgu.Hub.Entities;

namespace Dalgu.Hub.Storage;

/// <summary>What a store held when it was opened.</summary>
/// <param name="Names">Every numbered name; index is the number, 0 is unused.</param>
/// <param name="LastKey">The highest entity number in use.</param>
/// <param name="LastSeq">The number of the last change.</param>
/// <param name="LastAudit">The last audit entry, or null.</param>
public sealed record StoreState(IReadOnlyList<string> Names, long LastKey, long LastSeq, AuditEntry? LastAudit);

/// <summary>An entity as it is stored.</summary>
/// <param name="Key">The store's number for it.</param>
/// <param name="Id">Its id.</param>
/// <param name="Gone">True where it is deleted.</param>
/// <param name="Seq">The change that made its state.</param>
/// <param name="Body">The state in its stored form.</param>
/// <param name="Known">The state that <see cref="Narrowing.Known"/> answered: then it was not read, and the body is empty. Else null.</param>
public sealed record StoredEntity(long Key, string Id, bool Gone, long Seq, byte[] Body, Entity? Known = null);

/// <summary>What SQL can narrow a query by. It never decides: the hub's evaluator looks at every candidate.</summary>
public sealed record Narrowing
{
    /// <summary>Numbers of types, of which an entity has at least one; null for any.</summary>
    public int[]? Types { get; init; }
    /// <summary>Ids, of which the entity's is one; null for any.</summary>
    public IReadOnlyList<string>? Ids { get; init; }
    /// <summary>A box that an entity's box touches; null for anywhere.</summary>
    public Box? Place { get; init; }
    /// <summary>True to see deleted entities too, for their history.</summary>
    public bool IncludeGone { get; init; }
    /// <summary>Only ids after this one in ordinal order; null from the first.</summary>
    public string? After { get; init; }
    /// <summary>Answers the state of an id as a change left it, where who asks has it; a store may then leave its body unread.</summary>
    public Func<string, long, Entity?>? Known { get; init; }
}

/// <summary>How large a store is.</summary>
/// <param name="Entities">Living entities.</param>
/// <param name="HistoryRows">Rows of history.</param>
/// <param name="Bytes">Bytes on disk.</param>
/// <param name="OutboxRows">Rows that the outbox keeps.</param>
public sealed record StoreSize(long Entities, long HistoryRows, long Bytes, long OutboxRows);

/// <summary>The store contract: applies commit units of one tenant and answers reads of what is committed.
/// Every method may be called from any thread, but for <see cref="CommitAsync"/> and <see cref="SyncAsync"/>, which have one caller each at a time.</summary>
/// <remarks>Enumerations hold a snapshot of the store until they are disposed of.</remarks>
public interface IStore : IAsyncDisposable
{
    /// <summary>Opens the store, makes or migrates its schema.</summary>
    /// <exception cref="Problem">Where the schema is of a later version than this program knows, or another process has the store.</exception>
    ValueTask<StoreState> OpenAsync(CancellationToken cancel = default);

    /// <summary>Commits a unit whole: readers see it, and no end of the process loses it. On an exception nothing of it is stored.</summary>
    /// <exception cref="Problem">StorageFull where the disk is full.</exception>
    ValueTask CommitAsync(CommitUnit unit, CancellationToken cancel = default);

    /// <summary>Makes durable what is committed, so that no loss of power loses it either. Runs beside the next commit; a store whose commits are durable already has nothing to do.</summary>
    /// <exception cref="Problem">Where the disk fails: what is not known to be durable may be lost, and the store takes nothing more.</exception>
    ValueTask SyncAsync(CancellationToken cancel = default) => default;

    /// <summary>The entity of an id, deleted ones included; null where the store has no row.</summary>
    ValueTask<StoredEntity?> ReadAsync(string id, CancellationToken cancel = default);

    /// <summary>The entities of ids that the store has rows of, deleted ones included, all of one snapshot.</summary>
    /// <param name="ids">The ids, in ordinal order, each once.</param>
    /// <param name="cancel">Ends the read.</param>
    ValueTask<IReadOnlyList<StoredEntity>> ReadManyAsync(IReadOnlyList<string> ids, CancellationToken cancel = default);

    /// <summary>The candidates of a query in ordinal order of id.</summary>
    IAsyncEnumerable<StoredEntity> ScanAsync(Narrowing narrowing, CancellationToken cancel = default);

    /// <summary>How many candidates a narrowing has; exact for types, ids and gone.</summary>
    ValueTask<long> CountAsync(Narrowing narrowing, CancellationToken cancel = default);

    /// <summary>The history rows of an entity with from ≤ time &lt; to, by time and seq.</summary>
    /// <param name="key">The entity's number.</param>
    /// <param name="from">The first tick.</param>
    /// <param name="to">The tick after the last.</param>
    /// <param name="descending">True for the latest first.</param>
    /// <param name="cancel">Ends the read.</param>
    IAsyncEnumerable<HistoryRow> HistoryAsync(long key, long from, long to, bool descending, CancellationToken cancel = default);

    /// <summary>Shows the rows of <see cref="HistoryAsync"/> one after the other, ascending: for who adds up many and keeps few.</summary>
    async ValueTask VisitHistoryAsync(long key, long from, long to, HistoryVisitor visit, CancellationToken cancel = default)
    {
        await foreach (var row in HistoryAsync(key, from, to, false, cancel)) visit(row);
    }

    /// <summary>The histories of several entities, whole, one after the other in the order in which they are named, each by time and seq: for who reads all of the store.
    /// A row that cannot be read any more ends the history of its entity alone.</summary>
    async IAsyncEnumerable<HistoryRow> HistoriesAsync(IReadOnlyList<long> keys, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        foreach (var key in keys)
            await foreach (var row in HistoryAsync(key, long.MinValue, long.MaxValue, false, cancel).UntilDamage()) yield return row;
    }

    /// <summary>The changes after a cursor, in order.</summary>
    IAsyncEnumerable<OutboxRow> OutboxAsync(long afterSeq, int limit, CancellationToken cancel = default);

    /// <summary>The audit entries after a number, in order; or, where an entity id is given, those about it, latest first.</summary>
    IAsyncEnumerable<AuditEntry> AuditAsync(long after, int limit, string? entityId = null, CancellationToken cancel = default);

    /// <summary>The documents of a collection in ordinal order of id.</summary>
    IAsyncEnumerable<DocumentWrite> DocumentsAsync(string collection, CancellationToken cancel = default);

    /// <summary>The counts of types and attributes, all above zero.</summary>
    ValueTask<IReadOnlyList<(CensusKey Key, long Count)>> CensusAsync(CancellationToken cancel = default);

    /// <summary>How large the store is.</summary>
    ValueTask<StoreSize> SizeAsync(CancellationToken cancel = default);

    /// <summary>All that the store holds, of one snapshot, as units that rebuild it in an empty store of any kind. Two stores that hold the same yield the same.</summary>
    IAsyncEnumerable<CommitUnit> DumpAsync(CancellationToken cancel = default);

    /// <summary>Gives numbered names others, all or none, and durably: what refers to them by number means the new ones from the next opening on. Only while nobody else uses the store.</summary>
    ValueTask RenameAsync(IReadOnlyList<(int Number, string Name)> names, CancellationToken cancel = default);

    /// <summary>Writes a consistent copy into one new file while the store is in use.</summary>
    ValueTask BackupAsync(string file, CancellationToken cancel = default);

    /// <summary>Asks the store to check its own files; yields what it finds wrong.</summary>
    IAsyncEnumerable<string> CheckAsync(CancellationToken cancel = default);
}

/// <summary>Opens the stores of tenants. The default tenant's name is empty.</summary>
public interface IStoreFactory
{
    /// <summary>The store of a tenant, made at once where it does not exist; not yet opened.</summary>
    IStore Create(string tenant);

    /// <summary>The tenants that exist, the default one included.</summary>
    IReadOnlyList<string> Tenants();

    /// <summary>Takes away a tenant's store with all that it holds; nothing where there is none. It is not open here.</summary>
    ValueTask RemoveAsync(string tenant, CancellationToken cancel = default);
}
