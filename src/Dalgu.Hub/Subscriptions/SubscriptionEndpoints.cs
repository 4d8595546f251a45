using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dalgu.Hub.Access;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;
using Dalgu.Hub.Registrations.Distribution;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Subscriptions;

/// <summary>The operations on subscriptions (clauses 5.8.1 to 5.8.5).</summary>
internal static class SubscriptionEndpoints
{
    private static readonly string[] Forms = [MediaTypes.Json, MediaTypes.JsonLd];

    /// <summary>POST /subscriptions</summary>
    public static async Task Create(NgsiLdCall call)
    {
        var subscription = await ReadAsync(call);
        await (await call.RequireTenantAsync()).Subscriptions.AddAsync(call.Rights.Who, subscription);
        call.Http.Response.Headers.Location = $"{NgsiLdRoutes.Root}/subscriptions/{Uri.EscapeDataString(subscription.Id).Replace("%3A", ":", StringComparison.Ordinal)}";
        call.Answer(StatusCodes.Status201Created);
    }

    /// <summary>The subscription that the body of a call states.</summary>
    /// <exception cref="Problem">LoopDetected where it is a copy of one of this broker's own.</exception>
    public static async Task<Subscription> ReadAsync(NgsiLdCall call)
    {
        call.Hub.Sources.CalledBy(call.Http.Request);
        var via = call.Http.Request.Headers["Via"].ToString();
        if (via.Length > 0 && Distribution.HasPassed(via, await call.Hub.Sources.AliasAsync(call.Http.Request.Headers["NGSILD-Tenant"].ToString())))
            throw new Problem(ProblemKind.LoopDetected, "The subscription is a copy of one of this broker's own; the registrations lead in a circle.");
        var body = await ObjectAsync(call);
        SubscriptionReader.RequireValues(body, isWhole: true);
        body["id"] ??= "urn:ngsi-ld:Subscription:" + Guid.NewGuid();
        var expanded = SubscriptionNames.Expand(body, call.Context);
        await RequireContextAsync(call, expanded);
        // Notifications name one @context: one that came in parts gets an address of this instance (clause 5.13.1).
        if (expanded["jsonldContext"] is null && call.Context.Address is null)
            expanded["jsonldContext"] = await call.Hub.Contexts.AddressOfAsync(call.Context, call.Rights.Who, $"{call.Http.Request.Scheme}://{call.Http.Request.Host}");
        var now = Timestamp.Milliseconds(call.Hub.Clock.GetUtcNow().UtcDateTime);
        var document = new SubscriptionDocument(call.Rights.Who, now, now, ContextOf(call.Context), TermsOf(expanded, call.Context), expanded) { Via = via.Length == 0 ? null : via };
        var subscription = new SubscriptionReader(call.Hub.Options, call.Hub.Outbound.Guard).Read(document);
        SubscriptionReader.RequireFuture(subscription, now);
        return subscription;
    }

    /// <summary>GET /subscriptions/{id}</summary>
    public static async Task Retrieve(NgsiLdCall call)
    {
        var media = MediaTypes.Choose(call.Http.Request.Headers.Accept, Forms);
        var id = Id(call);
        var state = call.Tenant.Subscriptions.Find(id, call.Rights.Who) ?? throw SubscriptionBook.Missing(id);
        var times = call.Options().Contains("sysAttrs");
        await call.AnswerAsync(StatusCodes.Status200OK, media, json => Write(json, call, state, times, media));
    }

    /// <summary>GET /subscriptions</summary>
    public static async Task List(NgsiLdCall call)
    {
        var media = MediaTypes.Choose(call.Http.Request.Headers.Accept, Forms);
        var page = new QueryParser(call.Context, call.Hub.Options).Parse(name => name is "limit" or "offset" ? call.Parameter(name) : null);
        var count = call.Flag("count");
        if (page.Limit == 0 && !count) throw new Problem(ProblemKind.BadRequestData, "The limit is 0; that is for counting alone, with count=true.");
        var all = call.Tenant.Subscriptions.Of(call.Rights.Who);
        var times = call.Options().Contains("sysAttrs");
        if (count) call.Http.Response.Headers["NGSILD-Results-Count"] = all.Count.ToString(CultureInfo.InvariantCulture);
        Paging.AddLinks(call, page.Limit, page.Offset, all.Count > (long)page.Offset + page.Limit);
        await call.AnswerAsync(StatusCodes.Status200OK, media, json =>
        {
            json.WriteStartArray();
            foreach (var state in all.Skip(page.Offset).Take(page.Limit)) Write(json, call, state, times, media);
            json.WriteEndArray();
        });
    }

    /// <summary>PATCH /subscriptions/{id}</summary>
    public static async Task Update(NgsiLdCall call)
    {
        var id = Id(call);
        var fragment = await FragmentAsync(call, id);
        await call.Tenant.Subscriptions.UpdateAsync(call.Rights.Who, id, fragment, (document, change) => Merge(document, change, call.Context, call.Hub.Clock.GetUtcNow().UtcDateTime));
        call.Answer(StatusCodes.Status204NoContent);
    }

    /// <summary>What the body of a call changes of a subscription, names expanded.</summary>
    public static async Task<JsonObject> FragmentAsync(NgsiLdCall call, string id)
    {
        var body = await ObjectAsync(call);
        SubscriptionReader.RequireValues(body, isWhole: false);
        var fragment = SubscriptionNames.Expand(body, call.Context);
        if (fragment["id"] is { } stated && (stated is not JsonValue value || !value.TryGetValue(out string? other) || other != id))
            throw new Problem(ProblemKind.BadRequestData, $"The body is of another subscription than the address, \"{id}\"; an id never changes.");
        await RequireContextAsync(call, fragment);
        return fragment;
    }

    /// <summary>DELETE /subscriptions/{id}</summary>
    public static async Task Delete(NgsiLdCall call)
    {
        await call.Tenant.Subscriptions.DeleteAsync(call.Rights.Who, Id(call));
        call.Answer(StatusCodes.Status204NoContent);
    }

    private static string Id(NgsiLdCall call) => Iri.Require(call.RouteValue("subscriptionId"), "The subscription id");

    private static async Task<JsonObject> ObjectAsync(NgsiLdCall call)
    {
        var body = await call.BodyAsync();
        if (body.ValueKind != JsonValueKind.Object) throw new Problem(ProblemKind.BadRequestData, "The subscription is no JSON object.");
        var copy = JsonObject.Create(body.Clone())!;
        copy.Remove("@context");
        return copy;
    }

    /// <summary>A jsonldContext must be there to be named (clause 5.2.12).</summary>
    private static async Task RequireContextAsync(NgsiLdCall call, JsonObject body)
    {
        if (body["jsonldContext"] is not JsonValue named) return;
        if (!named.TryGetValue(out string? address) || !Iri.IsAbsolute(address)) throw new Problem(ProblemKind.BadRequestData, "The jsonldContext of the subscription is no URI.");
        if (address != EntityJsonReader.Null) await call.Hub.Contexts.ResolveAsync(address, call.Http.Request.Host.Value, call.Cancel);
    }

    /// <summary>A subscription changed by what a fragment states.</summary>
    public static SubscriptionDocument Merge(SubscriptionDocument document, JsonObject fragment, LdContext context, DateTime now)
    {
        var merged = document.Body.DeepClone().AsObject();
        foreach (var (name, value) in fragment)
        {
            if (value is null || value is JsonValue text && text.TryGetValue(out string? word) && word == EntityJsonReader.Null) merged.Remove(name);
            else merged[name] = value.DeepClone();
        }
        // One that had expired is active again when it is told of a later end alone (clause 5.8.2.4).
        if (fragment.ContainsKey("expiresAt") && !fragment.ContainsKey("isActive") && SubscriptionReader.HasExpired(document.Body, now)) merged.Remove("isActive");
        return document with { Body = merged, Terms = fragment.ContainsKey("q") || fragment.ContainsKey("csf") ? TermsOf(merged, context) : document.Terms };
    }

    private static Dictionary<string, string> TermsOf(JsonObject body, LdContext context) =>
        SubscriptionNames.Terms(string.Join(' ', new[] { "q", "csf" }.Select(m => body[m] is JsonValue value && value.TryGetValue(out string? text) ? Uri.UnescapeDataString(text) : "")), context);

    private static string ContextOf(LdContext context) => System.Text.Encoding.UTF8.GetString(context.Json.Span);

    /// <summary>Writes a subscription; one to registrations has no triggers.</summary>
    public static void Write(Utf8JsonWriter json, NgsiLdCall call, SubscriptionState state, bool times, string media, bool hasTriggers = true)
    {
        var subscription = state.Definition;
        DeliveryRecord record;
        lock (state.Gate) record = state.Record;
        var body = SubscriptionNames.Compact(subscription.Document.Body, call.Context);
        if (subscription.Document.By.Name != call.Rights.Who.Name) Mask(body);
        foreach (var name in (ReadOnlySpan<string>)["createdAt", "modifiedAt", "status"]) body.Remove(name);
        json.WriteStartObject();
        foreach (var (name, value) in body)
        {
            if (name == "notification") continue;
            json.WritePropertyName(name);
            value!.WriteTo(json);
        }
        json.WriteString("status"u8, subscription.Status(call.Hub.Clock.GetUtcNow().UtcDateTime));
        if (hasTriggers && !body.ContainsKey("notificationTrigger"))
        {
            json.WriteStartArray("notificationTrigger"u8);
            json.WriteStringValue("attributeCreated"u8);
            json.WriteStringValue("attributeUpdated"u8);
            json.WriteEndArray();
        }
        json.WriteStartObject("notification"u8);
        foreach (var (name, value) in body["notification"]!.AsObject())
        {
            if (name is "status" or "timesSent" or "timesFailed" or "lastNotification" or "lastSuccess" or "lastFailure") continue;
            json.WritePropertyName(name);
            value!.WriteTo(json);
        }
        WriteRecord(json, record, hasTriggers);
        json.WriteEndObject();
        if (times)
        {
            EntityJsonWriter.WriteTime(json, "createdAt"u8, subscription.Document.CreatedAt);
            EntityJsonWriter.WriteTime(json, "modifiedAt"u8, subscription.Document.ModifiedAt);
        }
        if (media == MediaTypes.JsonLd) EntityJsonWriter.WriteContext(json, call.Context);
        json.WriteEndObject();
    }

    /// <summary>What the broker adds to notification once it sent something (clause 5.2.14.2).</summary>
    private static void WriteRecord(Utf8JsonWriter json, DeliveryRecord record, bool withZero)
    {
        if (record.TimesSent == 0 && record.TimesFailed == 0) return;
        json.WriteString("status"u8, record.Status);
        json.WriteNumber("timesSent"u8, record.TimesSent);
        if (withZero || record.TimesFailed > 0) json.WriteNumber("timesFailed"u8, record.TimesFailed);
        if (record.LastNotification is { } last) EntityJsonWriter.WriteTime(json, "lastNotification"u8, last);
        if (record.LastSuccess is { } success) EntityJsonWriter.WriteTime(json, "lastSuccess"u8, success);
        if (record.LastFailure is { } failure) EntityJsonWriter.WriteTime(json, "lastFailure"u8, failure);
    }

    /// <summary>Hides from others what its maker entrusted to the instance: passwords in the address, what the receiver is told in headers.</summary>
    private static void Mask(JsonObject body)
    {
        if (body["notification"]?["endpoint"] is not JsonObject endpoint) return;
        if (endpoint["uri"] is JsonValue text && Uri.TryCreate(text.GetValue<string>(), UriKind.Absolute, out var uri) && uri.UserInfo.Length > 0)
            endpoint["uri"] = text.GetValue<string>().Replace(uri.UserInfo + "@", "***@", StringComparison.Ordinal);
        if (endpoint["receiverInfo"] is JsonArray infos)
            foreach (var info in infos) if (info is JsonObject pair) pair["value"] = "***";
    }
}
