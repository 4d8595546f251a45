using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Dalgu.Hub.Access;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Http;
using Dalgu.Hub.Snapshots;
using Dalgu.Hub.Storage;
using Dalgu.Hub.Subscriptions;

namespace Dalgu.Hub;

/// <summary>The kernel of one instance: its tenants, its @contexts, its access policy. Thread-safe.</summary>
public sealed partial class CityHub : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Task<Tenant>>> tenants = new(StringComparer.Ordinal);
    private readonly IStoreFactory stores;
    private readonly ConcurrentDictionary<string, RequestCounts> requests = new(StringComparer.Ordinal);
    private HubMetrics? metrics;

    /// <summary>A hub over the stores of its tenants.</summary>
    public CityHub(IStoreFactory stores, HubOptions options, AccessPolicy access, TimeProvider clock)
    {
        this.stores = stores;
        (Options, Access, Clock) = (options, access, clock);
        if (IsShared) CacheRoom = new(options.CachedOverDatabase);
        Outbound = new(options);
        Sources = new(this);
        Contexts = new(options, clock, Outbound, () => TenantAsync());
        Notifier = new(this);
    }

    /// <summary>Offers the hub's measurements to whoever listens.</summary>
    public void Measure() => metrics ??= new HubMetrics(() => tenants.Values.Where(t => t.IsValueCreated && t.Value.IsCompletedSuccessfully).Select(t => t.Value.Result).Where(t => t.SnapshotOf is null), () => requests.Values, Notifier, Clock);

    /// <summary>What is counted of the requests of an operation.</summary>
    internal RequestCounts RequestsOf(string operation) => requests.GetOrAdd(operation, name => new(name));

    /// <summary>The limits and switches.</summary>
    public HubOptions Options { get; }
    /// <summary>Who may do what.</summary>
    public AccessPolicy Access { get; }
    /// <summary>The clock of this instance.</summary>
    public TimeProvider Clock { get; }
    /// <summary>The @contexts that this instance knows.</summary>
    public ContextRegistry Contexts { get; }
    /// <summary>The ways out for notifications.</summary>
    internal Notifier Notifier { get; }
    /// <summary>True from when notifications are delivered.</summary>
    internal bool Delivers { get; private set; }
    /// <summary>The guarded way out by HTTP.</summary>
    internal OutboundHttp Outbound { get; }
    /// <summary>Asks context sources.</summary>
    internal Registrations.Distribution.SourceClient Sources { get; }
    /// <summary>The tenants that exist; the default one's name is empty.</summary>
    public IReadOnlyList<string> Tenants => [.. stores.Tenants().Where(t => !SnapshotBook.IsStore(t))];
    /// <summary>The tenants that exist, and what holds their snapshots.</summary>
    public IReadOnlyList<string> StoreNames => stores.Tenants();

    /// <summary>The tenant of a name, opened.</summary>
    /// <param name="name">The name; empty for the default tenant.</param>
    /// <param name="create">True makes it where it does not exist.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="Problem">NonexistentTenant where there is none; BadRequestData where the name cannot be one.</exception>
    public ValueTask<Tenant> TenantAsync(string name = "", bool create = false, CancellationToken cancel = default)
    {
        if (name is ['_', ..]) throw BadName(name); // what holds a snapshot is entered by its id alone
        if (tenants.TryGetValue(name, out var known) && known.IsValueCreated && known.Value.IsCompletedSuccessfully) return Fresh(known.Value.Result);
        return OpenAsync(name, create, cancel);
    }

    /// <summary>The tenant, once it knows what other nodes committed before.</summary>
    private static ValueTask<Tenant> Fresh(Tenant tenant)
    {
        tenant.Use();
        var fresh = tenant.FreshAsync();
        return fresh.IsCompletedSuccessfully ? new(tenant) : WaitAsync(tenant, fresh);

        static async ValueTask<Tenant> WaitAsync(Tenant tenant, ValueTask fresh)
        {
            await fresh;
            return tenant;
        }
    }

    /// <summary>True where several nodes may share the store.</summary>
    internal bool IsShared => stores is ISharedStores;
    /// <summary>The room that the caches of tenants share over a database; null where the store is of files.</summary>
    internal CacheRoom? CacheRoom { get; }

    /// <summary>True where this node has a duty: work that one node at a time does. Ask each second, and let the work rest where the answer is no.
    /// Where no node but this one is, the answer is yes.</summary>
    public ValueTask<bool> HasDutyAsync(string duty, CancellationToken cancel = default) => stores is ISharedStores shared ? shared.HasDutyAsync(duty, cancel) : new(true);

    /// <summary>Carries out a duty while this node has it: the work is cancelled when the duty is lost, and begins again when it comes back.</summary>
    /// <param name="duty">The duty's name.</param>
    /// <param name="work">The work; one that returns is done for good.</param>
    /// <param name="cancel">Ends the duty.</param>
    public async Task OnDutyAsync(string duty, Func<CancellationToken, Task> work, CancellationToken cancel)
    {
        if (stores is not ISharedStores shared)
        {
            await work(cancel);
            return;
        }
        var second = TimeSpan.FromSeconds(1);
        try
        {
            while (true)
            {
                while (!await shared.HasDutyAsync(duty, cancel)) await Task.Delay(second, cancel);
                using var lost = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                var working = work(lost.Token);
                try
                {
                    while (!working.IsCompleted && await shared.HasDutyAsync(duty, cancel)) await Task.WhenAny(working, Task.Delay(second, cancel));
                }
                catch (OperationCanceledException) { /* the duty ends, once the work has */ }
                var isDone = working.IsCompleted && !cancel.IsCancellationRequested;
                await lost.CancelAsync();
                await working.ContinueWith(static _ => { }, TaskScheduler.Default);
                cancel.ThrowIfCancellationRequested();
                if (!isDone) continue;
                await working;
                return;
            }
        }
        finally
        {
            await shared.LeaveDutyAsync(duty);
        }
    }

    /// <summary>A tenant by the name of its store, or what holds a snapshot: nobody can name that by the header NGSILD-Tenant.</summary>
    /// <param name="name">One of <see cref="StoreNames"/>.</param>
    /// <param name="create">True makes it where it does not exist.</param>
    /// <param name="cancel">Ends the wait.</param>
    public ValueTask<Tenant> OpenStoreAsync(string name, bool create = false, CancellationToken cancel = default) => SnapshotBook.IsStore(name) ? OpenAsync(name, create, cancel) : TenantAsync(name, create, cancel);

    /// <summary>Lets go of what holds a snapshot.</summary>
    internal async Task CloseStoreAsync(string name)
    {
        if (tenants.TryRemove(name, out var open) && open.IsValueCreated) await (await open.Value).DisposeAsync();
    }

    /// <summary>Takes away what holds a snapshot.</summary>
    internal async Task RemoveStoreAsync(string name)
    {
        await CloseStoreAsync(name);
        await stores.RemoveAsync(name);
        var home = await TenantAsync();
        await home.WriteAsync(Dalgu.Hub.Access.Principal.System, "snapshots.remove", [], scope =>
        {
            scope.Target = name;
            scope.PutDocument(SubscriptionBook.Tenants, name, null);
            return true;
        });
    }

    /// <summary>Copies the entities of a snapshot and their history into a store that is none yet; subscriptions stay behind.</summary>
    internal async Task CloneStoreAsync(string from, string to, CancellationToken cancel)
    {
        var source = await OpenStoreAsync(from, create: true, cancel);
        await using var target = stores.Create(to);
        await target.OpenAsync(cancel);
        await foreach (var unit in source.DumpAsync(cancel))
        {
            unit.Documents.RemoveAll(d => d.Collection is not (ExpirySweeper.Collection or WriteScope.CorrectedCollection));
            await target.CommitAsync(unit, cancel);
        }
    }

    private async ValueTask<Tenant> OpenAsync(string name, bool create, CancellationToken cancel)
    {
        if (name.Length > 0 && !SnapshotBook.IsStore(name))
        {
            if (!TenantName().IsMatch(name)) throw BadName(name);
            if (!create && !tenants.ContainsKey(name) && !stores.Tenants().Contains(name))
                throw new Problem(ProblemKind.NonexistentTenant, $"The tenant \"{name}\" does not exist.");
        }
        var opening = tenants.GetOrAdd(name, n => new Lazy<Task<Tenant>>(() => Tenant.OpenAsync(n, stores.Create(n), this)));
        try
        {
            return await Fresh(await opening.Value.WaitAsync(cancel));
        }
        catch when (opening.Value.IsFaulted)
        {
            tenants.TryRemove(KeyValuePair.Create(name, opening)); // the next call tries again
            throw;
        }
    }

    private static Problem BadName(string name) =>
        new(ProblemKind.BadRequestData, $"The tenant name \"{Iri.Shorten(name)}\" is not valid; use 1 to 50 of a–z, 0–9, '_' and '-', beginning with a letter or digit.");

    /// <summary>Begins to deliver notifications, of this tenant and of every one that is opened. A process that only looks into a store never calls it.</summary>
    /// <param name="present">Says who somebody is now who made a subscription at a time; null where the account or key is closed.</param>
    /// <param name="cancel">Ends the opening of tenants.</param>
    public async Task DeliverAsync(Func<Principal, DateTime, Principal?> present, CancellationToken cancel = default)
    {
        Notifier.Present = present;
        Delivers = true;
        CloseWhatRests();
        foreach (var tenant in tenants.Values)
            if (tenant.IsValueCreated && tenant.Value.IsCompletedSuccessfully) tenant.Value.Result.Subscriptions.Begin();
        var home = await TenantAsync("", create: true, cancel);
        home.Watch(SubscriptionBook.Tenants, document => _ = document.Body is null ? null : OpenStoreAsync(document.Id, create: SnapshotBook.IsStore(document.Id), CancellationToken.None).AsTask().ContinueWith(static t => _ = t.Exception, TaskScheduler.Default));
        var subscribed = new List<string>();
        await foreach (var document in home.DocumentsAsync(SubscriptionBook.Tenants, cancel)) subscribed.Add(document.Id);
        foreach (var name in subscribed) await OpenStoreAsync(name, create: SnapshotBook.IsStore(name), cancel);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        metrics?.Dispose();
        await StopClosingAsync();
        foreach (var tenant in tenants.Values)
            if (tenant.IsValueCreated && tenant.Value.IsCompletedSuccessfully) await (await tenant.Value).DisposeAsync();
        tenants.Clear();
        Sources.Dispose();
        Notifier.Dispose();
        Outbound.Dispose();
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9_-]{0,49}$")]
    private static partial Regex TenantName();
}
