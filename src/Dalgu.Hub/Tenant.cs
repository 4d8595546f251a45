using System.Runtime.CompilerServices;
using Dalgu.Hub.Access;
using Dalgu.Hub.Audit;
using Dalgu.Hub.Changes;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub;

/// <summary>One tenant: reads, writes and the feed of changes. The in-process door; HTTP and desks go through it alike. Thread-safe.</summary>
public sealed partial class Tenant : IAsyncDisposable
{
    private const string SnapshotMark = "snapshot-of"; // the collection of the one document that says whose snapshot this holds
    private readonly IStore store;
    private readonly CityHub hub;
    private readonly NameTable names;
    private readonly EntityCache cache;
    private readonly TenantWriter writer;
    private readonly ExpirySweeper sweeper;
    private long reads;
    private long uses;
    private int enumerations;

    private Tenant(string name, IStore store, StoreState state, CityHub hub)
    {
        Name = name;
        this.store = store;
        this.hub = hub;
        names = new NameTable(state.Names, hub.Options.MaxNumberedNames);
        cache = new EntityCache(hub.Options.CachedEntities, hub.CacheRoom);
        sweeper = new ExpirySweeper(this, hub.Clock);
        writer = new TenantWriter(this, store, state, names, cache, hub) { Expires = sweeper.Note };
        if (Shared is { } shared) shared.Committed += OnCommitted;
        Registrations = new(this, hub);
        Subscriptions = new(this, hub);
        RegistrationSubscriptions = new(this, hub);
        EntityMaps = new(this, hub);
        Relay = new(this, hub);
        Snapshots = new(this, hub);
    }

    internal static async Task<Tenant> OpenAsync(string name, IStore store, CityHub hub)
    {
        var tenant = new Tenant(name, store, await store.OpenAsync(), hub);
        await tenant.Registrations.LoadAsync();
        await tenant.RegistrationSubscriptions.LoadAsync();
        tenant.Subscriptions.Listen();
        await tenant.Subscriptions.LoadAsync();
        await tenant.sweeper.StartAsync();
        await tenant.Relay.LoadAsync();
        await tenant.EntityMaps.LoadAsync();
        await tenant.Snapshots.LoadAsync();
        await foreach (var document in store.DocumentsAsync(SnapshotMark)) tenant.SnapshotOf = (System.Text.Encoding.UTF8.GetString(document.Body!), document.Id);
        if (hub.Delivers) tenant.Subscriptions.Begin();
        return tenant;
    }

    /// <summary>The tenant's name; empty for the default one.</summary>
    public string Name { get; }

    /// <summary>The sources registered for this tenant.</summary>
    internal Registrations.RegistrationBook Registrations { get; }

    /// <summary>The subscriptions to those.</summary>
    internal Registrations.RegistrationSubscriptionBook RegistrationSubscriptions { get; }

    /// <summary>What stands of this tenant's subscriptions at sources.</summary>
    internal Registrations.SubscriptionRelay Relay { get; }

    /// <summary>What queries of this tenant matched when they were first asked.</summary>
    internal Registrations.EntityMapBook EntityMaps { get; }

    /// <summary>The snapshots of this tenant.</summary>
    internal Snapshots.SnapshotBook Snapshots { get; }

    /// <summary>Where this holds a snapshot: of which tenant, and its id.</summary>
    internal (string Owner, string Id)? SnapshotOf { get; private set; }

    /// <summary>The subscriptions of this tenant.</summary>
    internal Subscriptions.SubscriptionBook Subscriptions { get; }

    /// <summary>The changes as they are committed.</summary>
    public ChangeFeed Changes { get; } = new();

    /// <summary>The number from which on a reader of <see cref="Changes"/> that has begun to read is told of every change; up to it the outbox has them.</summary>
    public long ToldFrom => writer.CommittedSeq;

    /// <summary>How the tenant is doing now.</summary>
    public TenantStatus Status => new(writer.Waiting, hub.Options.WriteQueueLength, writer.Commits, writer.Writes, writer.LastSeq, Volatile.Read(ref reads),
        writer.LastSeq, writer.LastCommit, writer.LastDuration, writer.Refusal);

    /// <summary>How the tenant's notifications are doing now.</summary>
    public NotificationStatus Notifications => Subscriptions.Status();

    /// <summary>Grows with each use. Counted without care: whoever compares it later wants to know whether there was any.</summary>
    internal long Uses => uses + reads + writer.Commits;

    /// <summary>Notes that somebody is about to use the tenant.</summary>
    internal void Use() => uses++;

    /// <summary>True where the tenant does nothing by itself and nobody reads or writes it just now, so that it can be closed.</summary>
    internal bool IsAtRest => enumerations == 0 && writer.Waiting == 0 && Changes.Readers == 0 && Subscriptions.Count == 0 && RegistrationSubscriptions.IsEmpty && Registrations.IsEmpty && Snapshots.IsEmpty && !sweeper.Expects;

    /// <summary>The entity of an id; null where it does not exist or may not be seen.</summary>
    public ValueTask<Entity?> RetrieveAsync(string id, Rights rights, CancellationToken cancel = default)
    {
        Interlocked.Increment(ref reads);
        if (cache.Find(id) is not { } known) return LoadAsync(id, rights, cancel);
        return Visible(known.Entity, rights) is { } entity ? rights.IsNoted(entity.Types) ? NotedAsync(entity, rights) : new(entity) : default;
    }

    private async ValueTask<Entity?> LoadAsync(string id, Rights rights, CancellationToken cancel)
    {
        var version = cache.Version;
        var stored = await store.ReadAsync(id, cancel);
        if (stored is null) return null;
        var entity = EntityCodec.Read(id, stored.Body, names);
        if (cache.Admits(id)) cache.Add(id, CachedEntity.Of(stored, entity), version);
        return stored.Gone || Visible(entity, rights) is not { } visible ? null : rights.IsNoted(entity.Types) ? await NotedAsync(visible, rights) : visible;
    }

    /// <summary>The entity, after it is written down that it was read.</summary>
    private async ValueTask<Entity?> NotedAsync(Entity entity, Rights rights)
    {
        await NoteReadAsync(rights, entity.Id);
        return entity;
    }

    /// <summary>Writes into the audit chain that somebody read something sensitive; returns when that is durable.</summary>
    internal Task NoteReadAsync(Rights rights, string target) => WriteAsync(rights.Who, "read.sensitive", [], scope => scope.Target = Iri.Shorten(target));

    /// <summary>Writes down that somebody read entities, where one is sensitive.</summary>
    internal Task NoteReadAsync(Rights rights, IReadOnlyList<Entity> entities)
    {
        var noted = entities.Where(e => rights.IsNoted(e.Types)).ToList();
        return noted.Count == 0 ? Task.CompletedTask : NoteReadAsync(rights, noted.Count == 1 ? noted[0].Id : $"{noted.Count} entities from {noted[0].Id} to {noted[^1].Id}");
    }

    private Entity? Visible(Entity? entity, Rights rights) =>
        entity is null || !rights.MayRead(entity) ? null
        : entity.ExpiresAt is null && !entity.MayExpire ? entity : Transience.At(entity, hub.Clock.GetUtcNow().UtcDateTime);

    /// <summary>All matches of a query in ordinal order of id, as a stream.</summary>
    public async IAsyncEnumerable<Entity> EnumerateAsync(EntityQuery query, Rights rights, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        var isNoted = false;
        await foreach (var entity in MatchesAsync(query, rights, cancel))
        {
            if (!isNoted && rights.IsNoted(entity.Types))
            {
                isNoted = true; // once for a stream, before its first
                await NoteReadAsync(rights, $"a stream of entities from {entity.Id}");
            }
            yield return entity;
        }
    }

    private async IAsyncEnumerable<Entity> MatchesAsync(EntityQuery query, Rights rights, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (Narrow(query, includeGone: false) is not { } narrowing) yield break;
        var links = query.Q?.HasLinks == true ? query with { Q = null } : null;
        Interlocked.Increment(ref enumerations);
        try
        {
            await foreach (var stored in store.ScanAsync(narrowing with { Known = Kept }, cancel))
            {
                if (Visible(stored.Known ?? EntityCodec.Read(stored.Id, stored.Body, names), rights) is not { } entity) continue;
                if (links is null ? Evaluator.Matches(entity, query) : Evaluator.Matches(entity, links) && query.Q!.Matches(entity, await LinkedAsync(entity, query.Q, rights, cancel))) yield return entity;
            }
        }
        finally
        {
            Interlocked.Decrement(ref enumerations);
        }
    }

    /// <summary>The state of an entity as a change left it, where it is kept here.</summary>
    private Entity? Kept(string id, long seq) => cache.Find(id) is { } kept && kept.Seq == seq ? kept.Entity : null;

    /// <summary>A page of the matches of a query, in its order.</summary>
    public async ValueTask<EntityPage> QueryAsync(EntityQuery query, Rights rights, bool count = false, CancellationToken cancel = default)
    {
        Interlocked.Increment(ref reads);
        var page = new List<Entity>();
        if (query.Order.IsStated) return await OrderedAsync(query, rights, cancel);
        var exact = count && rights.ReadsAll && Evaluator.IsDecidedByNarrowing(query) && Narrow(query, false) is { } n ? await store.CountAsync(n, cancel) : (long?)null;
        long matches = 0;
        var more = false;
        await foreach (var entity in MatchesAsync(query, rights, cancel))
        {
            if (matches++ < query.Offset) continue;
            if (page.Count < query.Limit) page.Add(entity);
            else
            {
                more = true;
                if (!count || exact is not null) break;
            }
        }
        await NoteReadAsync(rights, page);
        return new(page, count ? exact ?? matches : null, more);
    }

    private async ValueTask<EntityPage> OrderedAsync(EntityQuery query, Rights rights, CancellationToken cancel)
    {
        var all = new List<Entity>();
        await foreach (var entity in MatchesAsync(query, rights, cancel)) all.Add(entity);
        var sorted = query.Order.Sort(all);
        List<Entity> page = [.. sorted.Skip(query.Offset).Take(query.Limit)];
        await NoteReadAsync(rights, page);
        return new(page, all.Count, all.Count > (long)query.Offset + query.Limit);
    }

    /// <summary>What SQL can narrow; null where nothing can match.</summary>
    private Narrowing? Narrow(EntityQuery query, bool includeGone)
    {
        var mentioned = query.Types is { } selection ? selection.Mentioned
            : query.AnyOf is { } selectors && selectors.All(s => s.Types is not null) ? selectors.SelectMany(s => s.Types!.Mentioned) : null;
        int[]? types = mentioned is null ? null : [.. mentioned.Select(names.NumberOf).Distinct()];
        // A type without a number is stored nowhere, or, where the table is full, anywhere.
        if (types?.Contains(0) == true) types = names.IsFull ? null : [.. types.Where(n => n > 0)];
        if (types is []) return null;
        return new Narrowing { Types = types, Ids = query.Ids, Place = query.Geo?.Narrowing, IncludeGone = includeGone };
    }

    /// <summary>The types with their counts and attributes, as far as they may be seen, in ordinal order.</summary>
    public async ValueTask<IReadOnlyList<TypeCensus>> CensusAsync(Rights rights, CancellationToken cancel = default)
    {
        var census = await store.CensusAsync(cancel);
        var attributes = census.Where(c => c.Key.Attribute != 0).ToLookup(c => c.Key.Type);
        return [.. census.Where(c => c.Key.Attribute == 0 && rights.MayRead(names[c.Key.Type]))
            .Select(c => new TypeCensus(names[c.Key.Type], c.Count, [.. attributes[c.Key.Type]
                .Select(a => (names[a.Key.Attribute], (AttributeKind)a.Key.Kind, a.Count)).OrderBy(a => a.Item1, StringComparer.Ordinal)]))
            .OrderBy(t => t.Type, StringComparer.Ordinal)];
    }

    /// <summary>Runs a write in the tenant's writer and returns when it is durable.</summary>
    /// <typeparam name="T">What the write answers.</typeparam>
    /// <param name="who">Who writes; the audit names it. Rights must have been asked for before, or inside <paramref name="apply"/>.</param>
    /// <param name="action">The operation's name for the audit, such as <c>entities.create</c>.</param>
    /// <param name="ids">The ids of every entity that <paramref name="apply"/> may look up or change.</param>
    /// <param name="apply">A pure, quick function from the present state to changes. It runs on the writer; a <see cref="Problem"/> that it throws refuses this write alone.</param>
    /// <param name="cancel">Refuses a write that is not queued yet; a queued write is carried out.</param>
    /// <exception cref="Problem">What apply refuses; Unavailable where the queue is full; StorageFull where the disk is.</exception>
    public Task<T> WriteAsync<T>(Principal who, string action, IReadOnlyList<string> ids, Func<WriteScope, T> apply, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        return writer.WriteAsync(who, action, ids, apply);
    }

    /// <summary>The changes after a cursor, from the durable outbox, in order.</summary>
    public IAsyncEnumerable<OutboxRow> OutboxAsync(long after, int limit, CancellationToken cancel = default) => store.OutboxAsync(after, limit, cancel);

    /// <summary>Audit entries after a number in order, or those about one entity, latest first.</summary>
    public IAsyncEnumerable<AuditEntry> AuditAsync(long after, int limit, string? entityId = null, CancellationToken cancel = default) => store.AuditAsync(after, limit, entityId, cancel);

    /// <summary>The documents of a collection (accounts, keys, …).</summary>
    public IAsyncEnumerable<DocumentWrite> DocumentsAsync(string collection, CancellationToken cancel = default) => store.DocumentsAsync(collection, cancel);

    /// <summary>How large the tenant's store is.</summary>
    public ValueTask<StoreSize> SizeAsync(CancellationToken cancel = default) => store.SizeAsync(cancel);

    /// <summary>Writes a consistent copy of the tenant into one new file while it is in use.</summary>
    public ValueTask BackupAsync(string file, CancellationToken cancel = default) => store.BackupAsync(file, cancel);

    /// <summary>All that the tenant holds, as units that rebuild it in an empty store.</summary>
    internal IAsyncEnumerable<CommitUnit> DumpAsync(CancellationToken cancel) => store.DumpAsync(cancel);

    /// <summary>Writes down that this holds a snapshot.</summary>
    internal async Task BecomeSnapshotAsync(string owner, string id)
    {
        SnapshotOf = (owner, id);
        await WriteAsync(Principal.System, "snapshots.open", [], scope =>
        {
            scope.PutDocument(SnapshotMark, id, System.Text.Encoding.UTF8.GetBytes(owner));
            return true;
        });
    }

    /// <summary>The names of an outbox row's attributes.</summary>
    public IReadOnlyList<string> NamesOf(OutboxRow row) => [.. row.Attributes.Where(a => a > 0).Select(a => names[a])];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Shared is { } shared) shared.Committed -= OnCommitted;
        Snapshots.Dispose();
        await Subscriptions.DisposeAsync();
        sweeper.Dispose();
        await writer.DisposeAsync();
        Relay.Dispose();
        RegistrationSubscriptions.Dispose();
        Registrations.Dispose();
        await store.DisposeAsync();
        cache.Clear();
        corrections.Dispose();
    }
}
