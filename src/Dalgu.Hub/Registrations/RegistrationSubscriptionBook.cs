using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dalgu.Hub.Access;
using Dalgu.Hub.Query;
using Dalgu.Hub.Subscriptions;
using Dalgu.Hub.Temporal;

namespace Dalgu.Hub.Registrations;

/// <summary>A subscription to registrations at work: what it asks, which registrations its receiver knows of, how its deliveries went.</summary>
internal sealed class RegistrationSubscription(SubscriptionState state, RegistrationQuestion question) : IDisposable
{
    private Task last = Task.CompletedTask;

    /// <summary>The definition and the statistics.</summary>
    public SubscriptionState State => state;
    /// <summary>Which registrations it is about.</summary>
    public RegistrationQuestion Question => question;
    /// <summary>The registrations that match as far as the receiver was told. Guarded by the state's gate.</summary>
    public HashSet<string> Told { get; } = new(StringComparer.Ordinal);
    /// <summary>Wakes it where it notifies by time.</summary>
    public ITimer? Timer { get; set; }

    /// <summary>Runs something after what was asked for before.</summary>
    public Task After(Func<Task> act)
    {
        lock (state.Gate) return last = RunAsync(last, act);

        static async Task RunAsync(Task before, Func<Task> act)
        {
            await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
            await act();
        }
    }

    public void Dispose() => Timer?.Dispose();
}

/// <summary>The subscriptions of a tenant to registrations (clause 5.11): durable as documents, notified when a registration comes, changes or goes. Thread-safe.</summary>
internal sealed class RegistrationSubscriptionBook : IDisposable
{
    internal const string Collection = "registration-subscriptions";
    private readonly Tenant tenant;
    private readonly CityHub hub;
    private readonly SubscriptionReader reader;
    private readonly ConcurrentDictionary<string, RegistrationSubscription> all = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim gate = new(1);
    private readonly CancellationTokenSource end = new();

    public RegistrationSubscriptionBook(Tenant tenant, CityHub hub)
    {
        (this.tenant, this.hub) = (tenant, hub);
        reader = new(hub.Options, hub.Outbound.Guard);
        tenant.Registrations.Changed += OnChange;
        tenant.Registrations.Learned += OnLearned;
    }

    /// <summary>Reads the stored subscriptions; registrations that match now count as told.</summary>
    public async Task LoadAsync()
    {
        tenant.Watch(Collection, Take);
        await foreach (var document in tenant.DocumentsAsync(Collection)) Take(document);
    }

    private void Take(Storage.DocumentWrite document)
    {
        if (all.TryRemove(document.Id, out var known)) known.Dispose();
        if (document.Body is not { } body || JsonSerializer.Deserialize(body, SubscriptionJson.Default.SubscriptionDocument) is not { } stored) return;
        var subscription = Make(reader.Read(stored), known?.State.Record ?? new());
        foreach (var registration in tenant.Registrations.Matching(subscription.Question)) subscription.Told.Add(registration.Id);
        all[document.Id] = subscription;
        Schedule(subscription);
    }

    /// <summary>The subscription of an id; null where there is none.</summary>
    public RegistrationSubscription? Find(string id) => all.GetValueOrDefault(id);

    /// <summary>True where there is none.</summary>
    public bool IsEmpty => all.IsEmpty;

    /// <summary>All, in ordinal order of id.</summary>
    public List<RegistrationSubscription> All()
    {
        var found = all.Values.ToList();
        found.Sort(static (a, b) => string.CompareOrdinal(a.State.Definition.Id, b.State.Definition.Id));
        return found;
    }

    /// <summary>Adds a subscription and tells it what matches.</summary>
    public async Task AddAsync(Principal who, Subscription definition)
    {
        var subscription = Make(definition, new());
        await gate.WaitAsync();
        try
        {
            if (all.ContainsKey(definition.Id)) throw new Problem(ProblemKind.AlreadyExists, $"The subscription \"{definition.Id}\" exists already.");
            if (all.Count >= hub.Options.MaxSubscriptions) throw new Problem(ProblemKind.TooManyResults, $"There are {all.Count} subscriptions to registrations, which is the limit; delete one first.");
            await WriteAsync(who, "registration-subscription.create", definition.Id, definition.Document);
            all[definition.Id] = subscription;
        }
        finally
        {
            gate.Release();
        }
        Begin(subscription);
    }

    /// <summary>Changes a subscription by what a fragment states and tells it what matches.</summary>
    public async Task UpdateAsync(Principal who, string id, JsonObject fragment, Func<SubscriptionDocument, JsonObject, SubscriptionDocument> merge)
    {
        RegistrationSubscription changed;
        await gate.WaitAsync();
        try
        {
            var current = Find(id) ?? throw SubscriptionBook.Missing(id);
            var now = Timestamp.Milliseconds(hub.Clock.GetUtcNow().UtcDateTime);
            var document = merge(current.State.Definition.Document, fragment) with { ModifiedAt = now };
            var definition = reader.Read(document);
            if (fragment.ContainsKey("expiresAt")) SubscriptionReader.RequireFuture(definition, now);
            await WriteAsync(who, "registration-subscription.update", id, document);
            changed = Make(definition, current.State.Record);
            all[id] = changed;
            current.Dispose();
        }
        finally
        {
            gate.Release();
        }
        Begin(changed);
    }

    /// <summary>Takes a subscription away.</summary>
    public async Task DeleteAsync(Principal who, string id)
    {
        await gate.WaitAsync();
        try
        {
            if (Find(id) is not { } known) throw SubscriptionBook.Missing(id);
            await WriteAsync(who, "registration-subscription.delete", id, null);
            all.TryRemove(id, out _);
            known.Dispose();
        }
        finally
        {
            gate.Release();
        }
    }

    private Task WriteAsync(Principal who, string action, string id, SubscriptionDocument? document) => tenant.WriteAsync(who, action, [], scope =>
    {
        scope.Target = id;
        scope.PutDocument(Collection, id, document is null ? null : JsonSerializer.SerializeToUtf8Bytes(document, SubscriptionJson.Default.SubscriptionDocument));
        return true;
    });

    private RegistrationSubscription Make(Subscription definition, DeliveryRecord record)
    {
        var body = definition.Document.Body;
        var time = body["temporalQ"] as JsonObject;
        return new(new SubscriptionState(definition, record), new RegistrationQuestion
        {
            Selectors = definition.Selectors ?? [],
            Attributes = definition.Watched,
            Geo = definition.Filter.Geo,
            Scopes = definition.Filter.Scopes,
            Csf = body["csf"] is JsonValue csf && csf.TryGetValue(out string? text) ? QExpression.Parse(Uri.UnescapeDataString(text), definition.Document.QContext(), hub.Options) : null,
            Time = time is null ? null : TemporalQuery.Parse(name => time[name] is JsonValue value && value.TryGetValue(out string? said) ? said : null, aggregated: false, hub.Options),
        });
    }

    private void Begin(RegistrationSubscription subscription)
    {
        _ = subscription.After(() => TellAllAsync(subscription, TriggerReason.NewlyMatching));
        Schedule(subscription);
    }

    private void Schedule(RegistrationSubscription subscription)
    {
        if (subscription.State.Definition.Interval is not { } interval) return;
        subscription.Timer = hub.Clock.CreateTimer(_ =>
        {
            // Of several nodes the one that delivers for the tenant.
            if (!hub.IsShared || tenant.Subscriptions.Delivery.IsOnDuty) _ = subscription.After(() => TellAllAsync(subscription, TriggerReason.Updated));
        }, null, interval, interval);
    }

    private async Task TellAllAsync(RegistrationSubscription subscription, TriggerReason reason)
    {
        var matching = tenant.Registrations.Matching(subscription.Question);
        lock (subscription.State.Gate)
        {
            subscription.Told.Clear();
            foreach (var registration in matching) subscription.Told.Add(registration.Id);
        }
        if (matching.Count > 0) await SendAsync(subscription, matching, reason);
    }

    private void OnChange(Registration? before, Registration? after)
    {
        foreach (var subscription in all.Values)
            if (subscription.State.Definition.Interval is null) _ = subscription.After(() => TellAsync(subscription, before, after));
    }

    /// <summary>Another node told the receivers.</summary>
    private void OnLearned(Registration? before, Registration? after)
    {
        var id = (after ?? before)!.Id;
        foreach (var subscription in all.Values)
            lock (subscription.State.Gate)
                if (after is not null && RegistrationMatch.Matches(after, subscription.Question)) subscription.Told.Add(id);
                else subscription.Told.Remove(id);
    }

    private Task TellAsync(RegistrationSubscription subscription, Registration? before, Registration? after)
    {
        var id = (after ?? before)!.Id;
        var matches = after is not null && RegistrationMatch.Matches(after, subscription.Question);
        bool wasTold;
        lock (subscription.State.Gate) wasTold = matches ? !subscription.Told.Add(id) : subscription.Told.Remove(id);
        return matches ? SendAsync(subscription, [after!], wasTold ? TriggerReason.Updated : TriggerReason.NewlyMatching)
            : wasTold ? SendAsync(subscription, [after ?? before!], TriggerReason.NoLongerMatching) : Task.CompletedTask;
    }

    private async Task SendAsync(RegistrationSubscription subscription, IReadOnlyList<Registration> registrations, TriggerReason reason)
    {
        var (state, definition) = (subscription.State, subscription.State.Definition);
        var now = Timestamp.Milliseconds(hub.Clock.GetUtcNow().UtcDateTime);
        if (definition.Status(now) != "active" || end.IsCancellationRequested) return;
        var queue = hub.Notifier.Use(definition.Endpoint);
        var outcome = Outcome.Failed;
        try
        {
            var context = await hub.Contexts.ResolveAsync(JsonDocument.Parse(definition.Document.Context).RootElement, null, end.Token);
            Note(r => r with { TimesSent = r.TimesSent + 1, LastNotification = now });
            outcome = await hub.Notifier.SendAsync(queue, definition.Endpoint, RegistrationNotification.Write(tenant.Name, subscription, registrations, reason, now, context), end.Token);
        }
        catch (Exception fault) when (fault is Problem or OperationCanceledException or ObjectDisposedException)
        {
            // Nobody can be told now; the receiver hears of the next change.
        }
        finally
        {
            hub.Notifier.Leave(queue);
        }
        var then = Timestamp.Milliseconds(hub.Clock.GetUtcNow().UtcDateTime);
        Note(r => outcome == Outcome.Taken ? r with { LastSuccess = then } : r with { TimesFailed = r.TimesFailed + 1, LastFailure = then });

        void Note(Func<DeliveryRecord, DeliveryRecord> change)
        {
            lock (state.Gate) state.Record = change(state.Record);
        }
    }

    public void Dispose()
    {
        end.Cancel();
        foreach (var subscription in all.Values) subscription.Dispose();
        gate.Dispose();
        end.Dispose();
    }
}
