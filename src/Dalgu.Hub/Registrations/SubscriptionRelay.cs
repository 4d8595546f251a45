using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Dalgu.Hub.Access;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;
using Dalgu.Hub.Registrations.Distribution;
using Dalgu.Hub.Subscriptions;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Registrations;

/// <summary>A copy of a subscription that stands at a source; its id there is known to nobody else.</summary>
internal sealed record PlantedSubscription(string Subscription, string Registration, string Endpoint, string? SourceTenant);

/// <summary>The stored form of planted copies.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PlantedSubscription))]
internal sealed partial class PlantedJson : JsonSerializerContext;

/// <summary>Plants copies of a tenant's subscriptions at the sources that may have what they are about, and relays what these notify (clauses 5.8.1.4 to
/// 5.8.6.4). Thread-safe; works after the request that caused it.</summary>
internal sealed class SubscriptionRelay : IDisposable
{
    /// <summary>Where sources send their notifications.</summary>
    public const string Path = "/ngsi-ld/ex/remote-notify";

    private const string Collection = "planted-subscriptions";
    private readonly Tenant tenant;
    private readonly CityHub hub;
    private readonly ConcurrentDictionary<string, PlantedSubscription> planted = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim gate = new(1);
    private readonly CancellationTokenSource end = new();

    public SubscriptionRelay(Tenant tenant, CityHub hub)
    {
        (this.tenant, this.hub) = (tenant, hub);
        tenant.Subscriptions.Changed += (before, after) => Start(() => FollowAsync(before, after));
        tenant.Registrations.Changed += (before, after) => Start(() => FollowAsync(before, after));
    }

    /// <summary>Reads which copies stand where.</summary>
    public async Task LoadAsync()
    {
        tenant.Watch(Collection, Take);
        await foreach (var document in tenant.DocumentsAsync(Collection)) Take(document);
    }

    private void Take(Storage.DocumentWrite document)
    {
        if (document.Body is { } body && JsonSerializer.Deserialize(body, PlantedJson.Default.PlantedSubscription) is { } copy) planted[document.Id] = copy;
        else planted.TryRemove(document.Id, out _);
    }

    /// <summary>The subscriptions to registrations that the planted copies stand for (clause 5.11.2): one for each subscription that has a copy.</summary>
    public List<SubscriptionState> Watches()
    {
        var watches = new List<SubscriptionState>();
        foreach (var id in planted.Values.Select(p => p.Subscription).Distinct(StringComparer.Ordinal))
        {
            if (tenant.Subscriptions.Find(id, Principal.System) is not { } state) continue;
            var body = new JsonObject { ["id"] = id + ":sources", ["type"] = "Subscription" };
            foreach (var member in (ReadOnlySpan<string>)["entities", "watchedAttributes", "geoQ", "csf", "scopeQ"])
                if (state.Definition.Document.Body[member] is { } value) body[member] = value.DeepClone();
            body["notification"] = new JsonObject { ["endpoint"] = new JsonObject { ["uri"] = hub.Sources.OwnAddress + Path } };
            watches.Add(new(state.Definition with { Id = id + ":sources", Document = state.Definition.Document with { Body = body } }, new()));
        }
        return watches;
    }

    private void Start(Func<Task> follow)
    {
        if (tenant.Registrations.IsEmpty && planted.IsEmpty) return;
        _ = Task.Run(async () =>
        {
            try
            {
                await gate.WaitAsync(end.Token);
                try
                {
                    await follow();
                }
                finally
                {
                    gate.Release();
                }
            }
            catch (Exception fault) when (fault is Problem or OperationCanceledException or ObjectDisposedException)
            {
                // What could not be planted now is planted when its subscription or registration changes.
            }
        });
    }

    private async Task FollowAsync(Subscription? before, Subscription? after)
    {
        if (before is not null) await RemoveAsync(p => p.Subscription == before.Id);
        if (after is null || IsLocal(after)) return;
        foreach (var registration in tenant.Registrations.Matching(Question(after))) await PlantAsync(after, registration);
    }

    private async Task FollowAsync(Registration? before, Registration? after)
    {
        if (before is not null) await RemoveAsync(p => p.Registration == before.Id, before);
        if (after is null) return;
        foreach (var state in tenant.Subscriptions.All)
            if (!IsLocal(state.Definition) && RegistrationMatch.Matches(after, Question(state.Definition))) await PlantAsync(state.Definition, after);
    }

    private static bool IsLocal(Subscription subscription) => subscription.Document.Body["localOnly"] is JsonValue local && local.TryGetValue(out bool isLocal) && isLocal;

    private static bool IsSplit(Subscription subscription) => subscription.Document.Body["splitEntities"] is JsonValue split && split.TryGetValue(out bool isSplit) && isSplit;

    private RegistrationQuestion Question(Subscription subscription) => new()
    {
        Selectors = subscription.Selectors ?? [],
        Attributes = subscription.Watched,
        Csf = subscription.Document.Body["csf"] is JsonValue csf && csf.TryGetValue(out string? text) ? QExpression.Parse(text, subscription.Document.QContext(), hub.Options) : null,
    };

    private async Task PlantAsync(Subscription subscription, Registration registration)
    {
        if (!registration.Supports(SourceOperations.CreateSubscription) || registration.Mode == RegistrationMode.Auxiliary || hub.Sources.OwnAddress.Length == 0) return;
        var alias = await hub.Sources.AliasAsync(tenant.Name);
        var chain = subscription.Document.Via;
        if (registration.Alias is { } source && (chain ?? "").Contains(" " + source, StringComparison.Ordinal)) return;
        var id = "urn:ngsi-ld:Subscription:distsub-" + Guid.NewGuid();
        var copy = new PlantedSubscription(subscription.Id, registration.Id, registration.Endpoint, registration.Tenant);
        await KeepAsync(id, copy); // first, so that nothing stands at a source that nobody knows of
        planted[id] = copy;
        var answer = await SendAsync(registration, HttpMethod.Post, "/subscriptions", string.IsNullOrEmpty(chain) ? $"1.1 {alias}" : $"{chain}, 1.1 {alias}", Body(id, subscription, registration));
        if (answer.IsSuccess) return;
        planted.TryRemove(id, out _);
        await KeepAsync(id, null);
    }

    private ReadOnlyMemory<byte> Body(string id, Subscription subscription, Registration registration)
    {
        var own = subscription.Document.Body;
        var body = new JsonObject { ["id"] = id, ["type"] = "Subscription" };
        string[] members = IsSplit(subscription) ? ["notificationTrigger", "timeInterval", "expiresAt", "throttling", "isActive", "splitEntities"]
            : ["notificationTrigger", "timeInterval", "expiresAt", "throttling", "isActive", "splitEntities", "q", "geoQ", "scopeQ"];
        foreach (var member in members) if (own[member] is { } value) body[member] = value.DeepClone();
        var narrowed = SourceQuestion.Of(registration, Question(subscription));
        body["entities"] = new JsonArray([.. narrowed.Selectors.SelectMany(s => s.Ids is { } ids ? ids.Select(i => Selector(s, i)) : [Selector(s, null)])]);
        if (narrowed.Selectors.Count == 0) body.Remove("entities");
        if (subscription.Interval is null && narrowed.Attributes is { Count: > 0 } watched) body["watchedAttributes"] = new JsonArray([.. watched.Select(a => JsonValue.Create(a))]);
        var notification = new JsonObject
        {
            ["format"] = "normalized",
            ["sysAttrs"] = true,
            ["endpoint"] = new JsonObject { ["uri"] = hub.Sources.OwnAddress + Path + (tenant.Name.Length == 0 ? "" : "?tenant=" + tenant.Name), ["accept"] = MediaTypes.Json },
        };
        if (narrowed.Attributes is { Count: > 0 } attributes) notification["attributes"] = new JsonArray([.. attributes.Select(a => JsonValue.Create(a))]);
        body["notification"] = notification;
        body["@context"] = JsonNode.Parse(subscription.Document.Context);
        return JsonSerializer.SerializeToUtf8Bytes(body, PlainJson.Options);
    }

    private static JsonObject Selector(EntitySelector selector, string? id)
    {
        var one = new JsonObject { ["type"] = selector.Types?.ToText(static n => n) ?? "*" };
        if (id is not null) one["id"] = id;
        if (selector.IdPattern is { } pattern) one["idPattern"] = pattern.ToString();
        return one;
    }

    private async Task RemoveAsync(Predicate<PlantedSubscription> which, Registration? gone = null)
    {
        foreach (var (id, copy) in planted)
        {
            if (!which(copy)) continue;
            planted.TryRemove(id, out _);
            await KeepAsync(id, null);
            if ((gone ?? tenant.Registrations.Find(copy.Registration)) is { } registration)
                await SendAsync(registration, HttpMethod.Delete, "/subscriptions/" + DistributedReads.Escape(id), $"1.1 {await hub.Sources.AliasAsync(tenant.Name)}", null);
        }
    }

    private Task<SourceAnswer> SendAsync(Registration registration, HttpMethod method, string path, string via, ReadOnlyMemory<byte>? body)
    {
        var headers = new List<(string, string)> { ("Via", via), ("Accept", MediaTypes.Json) };
        if (registration.Tenant is { } at) headers.Add(("NGSILD-Tenant", at));
        foreach (var (key, value) in registration.Info)
            if (value != "urn:ngsi-ld:request" && !Distribution.Distribution.IsOwnHeader(key)) headers.Add((key, value));
        return hub.Sources.SendAsync(new(registration, method, Distribution.Distribution.RootOf(registration) + path, headers, body, body is null ? null : MediaTypes.JsonLd), end.Token);
    }

    private Task KeepAsync(string id, PlantedSubscription? copy) => tenant.WriteAsync(Principal.System, copy is null ? "subscription.uproot" : "subscription.plant", [], scope =>
    {
        scope.Target = id;
        scope.PutDocument(Collection, id, copy is null ? null : JsonSerializer.SerializeToUtf8Bytes(copy, PlantedJson.Default.PlantedSubscription));
        return true;
    });

    /// <summary>POST /ngsi-ld/ex/remote-notify: what a source notifies. Who knows the id of a planted copy is the source that has it.</summary>
    public static async Task Receive(NgsiLdCall call)
    {
        var body = await call.BodyAsync();
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("subscriptionId", out var named) || named.ValueKind != JsonValueKind.String
            || !body.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Array)
            throw new Problem(ProblemKind.BadRequestData, "The body is no notification: it needs subscriptionId and data.");
        var tenant = await call.Hub.TenantAsync(call.Parameter("tenant") ?? "", create: false, call.Cancel);
        var id = named.GetString()!;
        if (!tenant.Relay.planted.TryGetValue(id, out var copy) || tenant.Subscriptions.Find(copy.Subscription, Principal.System) is not { } state)
            throw new Problem(ProblemKind.ResourceNotFound, $"No subscription stands at a source as \"{Iri.Shorten(id)}\".");
        var entities = await SourceEntities.ReadAsync(Encoding.UTF8.GetBytes(data.GetRawText()), call.Context, call.Hub, call.Cancel);
        var gone = data.EnumerateArray().Where(e => e.TryGetProperty("deletedAt", out _)).Select(e => e.GetProperty("id").GetString()!).ToHashSet(StringComparer.Ordinal);
        await tenant.Relay.TellAsync(state, copy.Registration, entities, gone, call.Cancel);
        call.Answer(StatusCodes.Status200OK);
    }

    /// <summary>Tells a subscriber what a source notified, under the subscription's own id and in its own form.</summary>
    private async Task TellAsync(SubscriptionState state, string from, List<Entity> entities, HashSet<string> gone, CancellationToken cancel)
    {
        var subscription = state.Definition;
        var now = Timestamp.Milliseconds(hub.Clock.GetUtcNow().UtcDateTime);
        if (subscription.Status(now) != "active" || hub.Notifier.Present(subscription.Document.By, subscription.Document.CreatedAt) is not { } who) return;
        var rights = hub.Access.For(who);
        var filter = subscription.Filter with { AnyOf = subscription.Selectors };
        var told = new List<NotifiedEntity>();
        foreach (var entity in entities)
        {
            if (gone.Contains(entity.Id))
            {
                if (rights.MayRead(entity)) told.Add(new(entity with { Attributes = [], Scopes = [] }, new ChangeMarks(now) { IsEntityDeleted = true }));
                continue;
            }
            var whole = IsSplit(subscription) ? await WholeAsync(entity, from, cancel) : entity;
            if (rights.MayRead(whole) && Evaluator.Matches(whole, IsSplit(subscription) ? filter : new EntityQuery { AnyOf = subscription.Selectors })) told.Add(new(whole, null));
        }
        if (told.Count == 0) return;
        await tenant.NoteReadAsync(rights, [.. told.Select(t => t.Entity)]);
        var context = await hub.Contexts.ResolveAsync(JsonDocument.Parse(subscription.Document.Context).RootElement, null, cancel);
        var message = NotificationWriter.Write(tenant.Name, subscription, "urn:ngsi-ld:Notification:" + Guid.NewGuid(), now, told, subscription.Form, context);
        _ = SendAsync(state, subscription, message, now);
    }

    /// <summary>The entity with what is held of it here and at all sources but the one that told of it.</summary>
    private async Task<Entity> WholeAsync(Entity entity, string from, CancellationToken cancel)
    {
        var whole = await tenant.RetrieveAsync(entity.Id, hub.Access.For(Principal.System), cancel) is { } own ? EntityMerge.Merge(own, entity, fillOnly: false) : entity;
        var via = $"1.1 {await hub.Sources.AliasAsync(tenant.Name)}";
        var question = new RegistrationQuestion { Selectors = [new EntitySelector(TypeSelection.AnyOf(entity.Types), [entity.Id], null)] };
        var others = tenant.Registrations.Matching(question).Where(r => r.Id != from && r.Supports(SourceOperations.RetrieveEntity));
        foreach (var answer in await Task.WhenAll(others.Select(r => SendAsync(r, HttpMethod.Get, $"/entities/{DistributedReads.Escape(entity.Id)}?options=sysAttrs", via, null))))
        {
            if (!answer.IsSuccess) continue;
            try
            {
                foreach (var part in await SourceEntities.ReadAsync(answer.Body, Contexts.CoreContext.Instance, hub, cancel))
                    if (part.Id == entity.Id) whole = EntityMerge.Merge(whole, part, answer.Registration.Mode == RegistrationMode.Auxiliary);
            }
            catch (Exception fault) when (fault is JsonException or Problem)
            {
                // A source that cannot be understood adds nothing.
            }
        }
        return whole;
    }

    private async Task SendAsync(SubscriptionState state, Subscription subscription, NotificationMessage message, DateTime now)
    {
        var queue = hub.Notifier.Use(subscription.Endpoint);
        var outcome = Outcome.Failed;
        try
        {
            outcome = await hub.Notifier.SendAsync(queue, subscription.Endpoint, message, end.Token);
        }
        catch (Exception fault) when (fault is OperationCanceledException or ObjectDisposedException)
        {
            // The instance stops.
        }
        finally
        {
            hub.Notifier.Leave(queue);
        }
        lock (state.Gate)
        {
            var record = state.Record with { TimesSent = state.Record.TimesSent + 1, LastNotification = now };
            state.Record = outcome == Outcome.Taken ? record with { LastSuccess = now } : record with { TimesFailed = record.TimesFailed + 1, LastFailure = now };
        }
    }

    public void Dispose()
    {
        end.Cancel();
        gate.Dispose();
        end.Dispose();
    }
}
