using Dalgu.Hub.Access;
using Dalgu.Hub.Audit;
using Dalgu.Hub.Changes;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub;

/// <summary>An instance of an attribute as history holds it.</summary>
/// <param name="Attribute">The attribute's name, an IRI.</param>
/// <param name="Instance">The value; <see cref="AttributeInstance.Deleted"/> marks the moment of removal.</param>
/// <param name="Time">observedAt, or the recorded time where there is none; UTC.</param>
/// <param name="Recorded">When the city recorded it, UTC.</param>
/// <param name="Seq">The change that recorded it.</param>
public readonly record struct Observation(string Attribute, AttributeInstance Instance, DateTime Time, DateTime Recorded, long Seq);

/// <summary>How many entities a type has, and its attributes with their kinds and counts.</summary>
public sealed record TypeCensus(string Type, long Entities, IReadOnlyList<(string Attribute, AttributeKind Kind, long Entities)> Attributes);

/// <summary>How a tenant is doing.</summary>
/// <param name="QueueLength">Writes that wait.</param>
/// <param name="QueueCapacity">Writes that may wait.</param>
/// <param name="Commits">Commits since the start.</param>
/// <param name="Writes">Acknowledged writes since the start.</param>
/// <param name="Changes">Changes since the start.</param>
/// <param name="Reads">Reads since the start.</param>
/// <param name="LastSeq">The number of the last change.</param>
/// <param name="LastCommit">When the last commit was, UTC.</param>
/// <param name="LastCommitDuration">How long it took.</param>
/// <param name="Refusal">Why writes are refused now, or null where they are not.</param>
public sealed record TenantStatus(int QueueLength, int QueueCapacity, long Commits, long Writes, long Changes, long Reads, long LastSeq, DateTime? LastCommit, TimeSpan LastCommitDuration, string? Refusal);

/// <summary>One tenant: reads, writes and the feed of changes. The in-process door; HTTP and desks go through it alike. Thread-safe.</summary>
public sealed class Tenant
{
    /// <summary>The tenant's name; empty for the default one.</summary>
    public string Name => throw new NotImplementedException();
    /// <summary>The changes as they are committed.</summary>
    public ChangeFeed Changes { get; } = new();
    /// <summary>How the tenant is doing now.</summary>
    public TenantStatus Status => throw new NotImplementedException();
    /// <summary>The entity of an id; null where it does not exist or may not be seen.</summary>
    public ValueTask<Entity?> RetrieveAsync(string id, Rights rights, CancellationToken cancel = default) => throw new NotImplementedException();
    /// <summary>A page of the matches of a query, in its order.</summary>
    public ValueTask<EntityPage> QueryAsync(EntityQuery query, Rights rights, bool count = false, CancellationToken cancel = default) => throw new NotImplementedException();
    /// <summary>All matches of a query in ordinal order of id, as a stream.</summary>
    public IAsyncEnumerable<Entity> EnumerateAsync(EntityQuery query, Rights rights, CancellationToken cancel = default) => throw new NotImplementedException();
    /// <summary>The history of an entity with from ≤ time &lt; to, deleted entities included; empty where it may not be seen.</summary>
    /// <param name="id">The entity's id.</param>
    /// <param name="attribute">One attribute (IRI), or null for all.</param>
    /// <param name="from">The first instant, UTC; null for the beginning.</param>
    /// <param name="to">The instant after the last, UTC; null for the end.</param>
    /// <param name="descending">True for the latest first.</param>
    /// <param name="rights">Who asks.</param>
    /// <param name="cancel">Ends the read.</param>
    public IAsyncEnumerable<Observation> HistoryAsync(string id, string? attribute, DateTime? from, DateTime? to, bool descending, Rights rights, CancellationToken cancel = default) => throw new NotImplementedException();
    /// <summary>The types with their counts and attributes, as far as they may be seen.</summary>
    public ValueTask<IReadOnlyList<TypeCensus>> CensusAsync(Rights rights, CancellationToken cancel = default) => throw new NotImplementedException();
    /// <summary>Runs a write in the tenant's writer and returns when it is durable.</summary>
    /// <typeparam name="T">What the write answers.</typeparam>
    /// <param name="who">Who writes; the audit names it. Rights must have been asked for before, or inside <paramref name="apply"/>.</param>
    /// <param name="action">The operation's name for the audit, such as <c>entities.create</c>.</param>
    /// <param name="ids">The ids of every entity that <paramref name="apply"/> may look up or change.</param>
    /// <param name="apply">A pure, quick function from the present state to changes. It runs on the writer; a <see cref="Problem"/> that it throws refuses this write alone.</param>
    /// <param name="cancel">Ends the wait for a place in the queue; a queued write is carried out.</param>
    /// <exception cref="Problem">What apply refuses; Unavailable where the queue is full; StorageFull where the disk is.</exception>
    public Task<T> WriteAsync<T>(Principal who, string action, IReadOnlyList<string> ids, Func<WriteScope, T> apply, CancellationToken cancel = default) => throw new NotImplementedException();
    /// <summary>The changes after a cursor, from the durable outbox, in order.</summary>
    public IAsyncEnumerable<OutboxRow> OutboxAsync(long after, int limit, CancellationToken cancel = default) => throw new NotImplementedException();
    /// <summary>Audit entries after a number in order, or those about one entity, latest first.</summary>
    public IAsyncEnumerable<AuditEntry> AuditAsync(long after, int limit, string? entityId = null, CancellationToken cancel = default) => throw new NotImplementedException();
    /// <summary>The documents of a collection (accounts, keys, …).</summary>
    public IAsyncEnumerable<DocumentWrite> DocumentsAsync(string collection, CancellationToken cancel = default) => throw new NotImplementedException();
    /// <summary>How large the tenant's store is.</summary>
    public ValueTask<StoreSize> SizeAsync(CancellationToken cancel = default) => throw new NotImplementedException();
    /// <summary>Writes a consistent copy of the tenant into one new file while it is in use.</summary>
    public ValueTask BackupAsync(string file, CancellationToken cancel = default) => throw new NotImplementedException();
    /// <summary>Compares state, history, outbox and audit with each other; yields every contradiction.</summary>
    public IAsyncEnumerable<string> VerifyAsync(IProgress<long>? progress = null, CancellationToken cancel = default) => throw new NotImplementedException();
}

/// <summary>The present state inside a write, and the changes to it. Valid only while the write is applied.</summary>
public sealed class WriteScope
{
    /// <summary>The time of the write: createdAt and modifiedAt of what changes. UTC, whole milliseconds.</summary>
    public DateTime Now => throw new NotImplementedException();
    /// <summary>The entity of a declared id as it is now; null where it does not exist.</summary>
    public Entity? Find(string id) => throw new NotImplementedException();
    /// <summary>Sets the state of an entity. Instances that are the same objects as before count as unchanged.</summary>
    public void Put(Entity entity) => throw new NotImplementedException();
    /// <summary>Deletes an entity; its history stays.</summary>
    public void Delete(string id) => throw new NotImplementedException();
    /// <summary>Adds to the history of an entity without touching its state: a back-fill. The entity must exist.</summary>
    public void Record(string id, IReadOnlyList<EntityAttribute> attributes) => throw new NotImplementedException();
    /// <summary>Writes a document of a collection; null removes it.</summary>
    public void PutDocument(string collection, string id, byte[]? body) => throw new NotImplementedException();
}
