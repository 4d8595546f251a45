using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Dalgu.Hub.Access;

namespace Dalgu.Hub.Subscriptions;

/// <summary>The subscriptions of a tenant: durable as documents, in memory for every read and every change. Thread-safe.</summary>
internal sealed partial class SubscriptionBook : IAsyncDisposable
{
    /// <summary>The collection of the default tenant that names the tenants with subscriptions, so that a start need not open the others.</summary>
    public const string Tenants = "subscribed-tenants";

    private readonly Tenant tenant;
    private readonly CityHub hub;
    private readonly SubscriptionReader reader;
    private readonly ConcurrentDictionary<string, SubscriptionState> all = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim[] gates = [.. Enumerable.Range(0, 32).Select(_ => new SemaphoreSlim(1))];

    public SubscriptionBook(Tenant tenant, CityHub hub)
    {
        this.tenant = tenant;
        this.hub = hub;
        reader = new(hub.Options, hub.Outbound.Guard);
        Delivery = new(tenant, hub, this);
    }

    /// <summary>Matches and delivers.</summary>
    public TenantDelivery Delivery { get; private set; }
    /// <summary>Called after a change with what was and what is: null for none.</summary>
    public event Action<Subscription?, Subscription?>? Changed;
    /// <summary>How many there are.</summary>
    public int Count => all.Count;
    /// <summary>All of them, in no order.</summary>
    public IEnumerable<SubscriptionState> All => all.Values;

    /// <summary>How notifications are doing.</summary>
    public NotificationStatus Status()
    {
        long waiting = 0, sent = 0, failed = 0;
        DateTime? oldest = null;
        foreach (var (_, state) in all)
            lock (state.Gate)
            {
                waiting += state.Pending.Count + (state.Current?.Changes.Count ?? 0);
                (sent, failed) = (sent + state.Record.TimesSent, failed + state.Record.TimesFailed);
                var since = state.Current?.Since ?? (state.Pending.TryPeek(out var first) ? first.Change.Recorded : null);
                if (since < (oldest ?? DateTime.MaxValue)) oldest = since;
            }
        return new(all.Count, waiting, oldest, sent, failed);
    }

    /// <summary>Reads the stored subscriptions and how far each is.</summary>
    public async Task LoadAsync()
    {
        // Nobody adds one meanwhile, here or at another node: it would not be in what was read, and be taken for one that is gone.
        foreach (var gate in gates) await gate.WaitAsync();
        try
        {
            await tenant.WithoutNewsAsync(ReadAllAsync);
        }
        finally
        {
            foreach (var gate in gates) gate.Release();
        }
    }

    private async Task ReadAllAsync()
    {
        var records = new Dictionary<string, DeliveryRecord>(StringComparer.Ordinal);
        await foreach (var document in tenant.DocumentsAsync(DeliveryRecord.Collection))
            if (document.Id == DeliveryMark.Id) Delivery.Mark = JsonSerializer.Deserialize(document.Body!, DeliveryJson.Default.DeliveryMark);
            else if (JsonSerializer.Deserialize(document.Body!, DeliveryJson.Default.DeliveryRecord) is { } record) records[document.Id] = record;
        var loaded = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var document in tenant.DocumentsAsync(SubscriptionDocument.Collection))
            if (JsonSerializer.Deserialize(document.Body!, SubscriptionJson.Default.SubscriptionDocument) is { } stored && loaded.Add(document.Id))
                all[document.Id] = new(reader.Read(stored), records.GetValueOrDefault(document.Id) ?? new());
        foreach (var id in all.Keys)
            if (!loaded.Contains(id)) all.TryRemove(id, out _);
    }

    /// <summary>The subscription of an id that somebody may manage: the own ones, and an operator all; null where there is none.</summary>
    public SubscriptionState? Find(string id, Principal who) => all.TryGetValue(id, out var state) && MayManage(state.Definition, who) ? state : null;

    /// <summary>The subscriptions that somebody may manage, in ordinal order of id.</summary>
    public List<SubscriptionState> Of(Principal who)
    {
        var found = new List<SubscriptionState>();
        foreach (var (_, state) in all) if (MayManage(state.Definition, who)) found.Add(state);
        found.Sort(static (a, b) => string.CompareOrdinal(a.Definition.Id, b.Definition.Id));
        return found;
    }

    private static bool MayManage(Subscription subscription, Principal who) => who.Role >= Role.Operator || subscription.Document.By.Name == who.Name;

    /// <summary>Adds a subscription; it notifies of what changes from now on.</summary>
    /// <exception cref="Problem">AlreadyExists; BadRequestData where it breaks a rule; TooManyResults where there are too many.</exception>
    public Task<Subscription> AddAsync(Principal who, Subscription subscription) => LockedAsync(subscription.Document.Body, async () =>
    {
        var document = subscription.Document;
        if (all.ContainsKey(subscription.Id)) throw new Problem(ProblemKind.AlreadyExists, $"The subscription \"{subscription.Id}\" exists already.");
        if (all.Count >= hub.Options.MaxSubscriptions) throw new Problem(ProblemKind.TooManyResults, $"There are {all.Count} subscriptions, which is the limit; delete one first, or raise DALGU_MAX_SUBSCRIPTIONS.");
        if (all.IsEmpty && tenant.Name.Length > 0)
        {
            var home = await hub.TenantAsync();
            await home.WriteAsync(Principal.System, "subscriptions.tenant", [], scope =>
            {
                scope.Target = tenant.Name;
                scope.PutDocument(Tenants, tenant.Name, "{}"u8.ToArray());
                return true;
            });
        }
        var record = await WriteAsync(who, "subscriptions.create", document, isNew: true);
        var state = new SubscriptionState(subscription, record) { From = tenant.Status.LastSeq };
        all[subscription.Id] = state;
        Delivery.Add(state);
        Changed?.Invoke(null, subscription);
        return subscription;
    });

    /// <summary>Changes a subscription by what a fragment states; null takes a member away (clause 5.8.2).</summary>
    public Task UpdateAsync(Principal who, string id, JsonObject fragment, Func<SubscriptionDocument, JsonObject, SubscriptionDocument> merge) => LockedAsync(new JsonObject { ["id"] = id }, async () =>
    {
        var state = Find(id, who) ?? throw Missing(id);
        var before = state.Definition;
        var document = merge(before.Document, fragment) with { ModifiedAt = Now };
        var subscription = reader.Read(document);
        if (fragment.ContainsKey("expiresAt")) SubscriptionReader.RequireFuture(subscription, document.ModifiedAt);
        await WriteAsync(who, "subscriptions.update", document, isNew: false);
        Delivery.Change(state, subscription);
        Changed?.Invoke(before, subscription);
        return subscription;
    });

    /// <summary>Takes a subscription away, and what waits for it.</summary>
    public Task DeleteAsync(Principal who, string id) => LockedAsync(new JsonObject { ["id"] = id }, async () =>
    {
        var state = Find(id, who) ?? throw Missing(id);
        await tenant.WriteAsync(who, "subscriptions.delete", [], scope =>
        {
            lock (state.Gate) state.IsGone = true; // in the writer, so that no record follows
            scope.Target = id;
            scope.PutDocument(SubscriptionDocument.Collection, id, null);
            scope.PutDocument(DeliveryRecord.Collection, id, null);
            return true;
        });
        all.TryRemove(id, out _);
        Delivery.Remove(state);
        Changed?.Invoke(state.Definition, null);
        return state.Definition;
    });

    private Task<DeliveryRecord> WriteAsync(Principal who, string action, SubscriptionDocument document, bool isNew)
    {
        var id = document.Body["id"]!.GetValue<string>();
        return tenant.WriteAsync(who, action, [], scope =>
        {
            var record = new DeliveryRecord { Settled = tenant.Status.LastSeq };
            scope.Target = id;
            scope.PutDocument(SubscriptionDocument.Collection, id, JsonSerializer.SerializeToUtf8Bytes(document, SubscriptionJson.Default.SubscriptionDocument));
            if (isNew) scope.PutDocument(DeliveryRecord.Collection, id, JsonSerializer.SerializeToUtf8Bytes(record, DeliveryJson.Default.DeliveryRecord));
            return record;
        });
    }

    private async Task<Subscription> LockedAsync(JsonObject about, Func<Task<Subscription>> act)
    {
        var id = about["id"] is JsonValue value && value.TryGetValue(out string? text) ? text : "";
        var gate = gates[(string.GetHashCode(id, StringComparison.Ordinal) & int.MaxValue) % gates.Length];
        await gate.WaitAsync();
        try
        {
            return await act();
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>The refusal where there is none of an id, or none that may be seen.</summary>
    public static Problem Missing(string id) => new(ProblemKind.ResourceNotFound, $"The subscription \"{id}\" does not exist.");

    private DateTime Now => Timestamp.Milliseconds(hub.Clock.GetUtcNow().UtcDateTime);

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        if (duty is not null) await duty.ContinueWith(static _ => { }, TaskScheduler.Default);
        end.Dispose();
        await Delivery.DisposeAsync();
        foreach (var gate in gates) gate.Dispose();
    }
}

/// <summary>The stored form of subscriptions.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SubscriptionDocument))]
internal sealed partial class SubscriptionJson : JsonSerializerContext;
