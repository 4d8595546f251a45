using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;

namespace Dalgu.Hub.Subscriptions;

/// <summary>Checks a subscription's body against clauses 5.2.12 to 5.2.15 and reads it into what is matched and notified.</summary>
internal sealed class SubscriptionReader(HubOptions options, AddressGuard guard)
{
    private static readonly string[] Known =
    [
        "id", "type", "subscriptionName", "description", "entities", "watchedAttributes", "notificationTrigger", "timeInterval", "q", "geoQ", "csf", "scopeQ", "isActive", "lang",
        "datasetId", "expiresAt", "throttling", "temporalQ", "jsonldContext", "splitEntities", "notification", "localOnly", "ngsildConformance", "expandValues", "jsonKeys", "createdAt", "modifiedAt", "status",
    ];
    private static readonly string[] KnownOfNotification =
        ["attributes", "pick", "omit", "sysAttrs", "format", "showChanges", "endpoint", "join", "joinLevel", "status", "timesSent", "timesFailed", "lastNotification", "lastSuccess", "lastFailure"];
    private static readonly string[] KnownOfEndpoint = ["uri", "accept", "receiverInfo", "notifierInfo", "timeout", "cooldown"];
    private const int MaxSelectors = 1_000, MaxNames = 1_000, MaxInfo = 64;

    /// <summary>Reads a document.</summary>
    /// <exception cref="Problem">BadRequestData with the rule that it breaks.</exception>
    public Subscription Read(SubscriptionDocument document)
    {
        var body = document.Body;
        // What the specification does not know, or only gives out, is left out (clause 5.2.12).
        foreach (var name in body.Select(m => m.Key).Where(n => !Known.Contains(n, StringComparer.Ordinal)).ToList()) body.Remove(name);
        if (Text(body, "type") != "Subscription") throw Bad("The type of a subscription is \"Subscription\".");
        var id = Iri.Require(Text(body, "id"), "The subscription id");
        Text(body, "subscriptionName");
        Text(body, "description");
        var watched = Names(body, "watchedAttributes")?.ToHashSet(StringComparer.Ordinal);
        var selectors = Selectors(body);
        if (selectors is null && watched is null) throw Bad("The subscription names neither entities nor watchedAttributes; name at least one.");
        var (interval, throttling) = (Seconds(body, "timeInterval"), Seconds(body, "throttling"));
        if (interval is not null && (throttling is not null || watched is not null)) throw Bad($"A subscription with a timeInterval has no {(watched is null ? "throttling" : "watchedAttributes")}; leave one of both out.");
        if (interval is not null && selectors is null) throw Bad("A subscription with a timeInterval names entities.");
        var expires = Time(body, "expiresAt");
        var parameters = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["q"] = Text(body, "q") is { } q ? Decoded(q) : null, ["scopeQ"] = Text(body, "scopeQ"), ["datasetId"] = List(body, "datasetId"),
            ["expandValues"] = List(body, "expandValues"), ["jsonKeys"] = List(body, "jsonKeys"),
        };
        if (body["geoQ"] is { } geo)
        {
            if (geo is not JsonObject place) throw Bad("The geoQ of a subscription is an object with georel, geometry and coordinates.");
            foreach (var (name, value) in place)
                parameters[name] = name is "georel" or "geometry" or "geoproperty" ? Text(place, name) : name == "coordinates" ? value is JsonValue v && v.TryGetValue(out string? c) ? c : value?.ToJsonString()
                    : throw Bad($"A geoQ has no member \"{Iri.Shorten(name)}\".");
        }
        var filter = new QueryParser(document.QContext(), options).Parse(parameters.GetValueOrDefault);
        if (Text(body, "csf") is { } csf) QExpression.Parse(Decoded(csf), document.QContext(), options);
        var notification = body["notification"] as JsonObject ?? throw Bad("The subscription has no notification, which is an object with an endpoint.");
        OnlyKnown(notification, KnownOfNotification, "notification");
        var endpoint = Endpoint(notification);
        var join = Text(notification, "join") switch { null => Join.None, "flat" => Join.Flat, "inline" => Join.Inline, _ => throw Bad("The join of a notification is \"flat\" or \"inline\".") };
        var level = Number(notification, "joinLevel");
        if (level is not null && (join == Join.None || level < 1 || level != Math.Floor(level.Value) || level > options.MaxJoinLevel)) throw Bad($"The joinLevel of a notification is a whole number from 1 to {options.MaxJoinLevel}, beside join.");
        return new Subscription
        {
            Id = id, Document = document, Selectors = selectors, Watched = watched, Filter = filter, FilterAtOnce = filter.Q?.HasLinks == true ? filter with { Q = null } : filter, Triggers = TriggersOf(body), Throttling = throttling, Interval = interval,
            ExpiresAt = expires, IsActive = Flag(body, "isActive") ?? true, Form = Form(body, notification), ShowChanges = ShowsChanges(notification), Join = join, JoinLevel = (int)(level ?? 1), Endpoint = endpoint,
            Conformance = Text(body, "ngsildConformance") is not { } stated ? null : Preferences.ParseVersion(stated) ?? throw Bad($"The ngsildConformance \"{Iri.Shorten(stated)}\" is no version of NGSI-LD; write one such as 1.5."),
        };
    }

    /// <summary>The body's own rules about what is to come, which a stored subscription need not hold any more.</summary>
    public static void RequireFuture(Subscription subscription, DateTime now)
    {
        if (subscription.ExpiresAt <= now) throw Bad($"The expiresAt {Timestamp.Format(subscription.ExpiresAt.Value)} is past; name a later one.");
    }

    /// <summary>Refuses values that say nothing in what a client sends; what is stored already stays as it is.</summary>
    /// <param name="body">The subscription, or what is to change of one.</param>
    /// <param name="isWhole">True for a subscription, in which nothing stands for null (clause 5.2.1).</param>
    public static void RequireValues(JsonObject body, bool isWhole)
    {
        foreach (var (name, value) in body)
        {
            var isNull = AsText(value) == EntityJsonReader.Null;
            if (isNull && isWhole) throw Bad($"The member {Iri.Shorten(name)} of the subscription is \"{EntityJsonReader.Null}\"; leave it out.");
            if (name is "localOnly" or "splitEntities" && !isNull) Flag(body, name);
        }
        if (body["notification"] is JsonObject { } told && told["attributes"] is JsonArray attributes)
            foreach (var name in attributes)
                if (AsText(name) is "id" or "type" or "scope") throw Bad($"The attributes of the notification name \"{AsText(name)}\", which every entity has and which is no attribute; use pick to choose members (clause 4.21).");
        if (isWhole && body["geoQ"] is JsonObject place)
            foreach (var name in (ReadOnlySpan<string>)["georel", "geometry", "coordinates"])
                if (place[name] is null) throw Bad($"The geoQ of the subscription has no {name} (clause 5.2.13).");
    }

    /// <summary>True where a subscription's time is over.</summary>
    public static bool HasExpired(JsonObject body, DateTime now) => AsText(body["expiresAt"]) is { } text && Timestamp.TryParse(text, out var end) && end <= now;

    private EntitySelector[]? Selectors(JsonObject body)
    {
        if (body["entities"] is not { } node) return null;
        if (node is not JsonArray list || list.Count is 0 or > MaxSelectors) throw Bad($"The entities of a subscription are an array of 1 to {MaxSelectors} selectors.");
        return [.. list.Select(item =>
        {
            if (item is not JsonObject one) throw Bad("A selector of entities is an object with type, id or idPattern.");
            OnlyKnown(one, ["type", "id", "idPattern"], "selector of entities");
            var type = Text(one, "type") ?? throw Bad("A selector of entities has no type; name one, or \"*\" for any.");
            var ids = one["id"] is JsonArray several ? several.Select(i => Iri.Require(AsText(i), "The id of a selector")).ToArray() : Text(one, "id") is { } single ? [Iri.Require(single, "The id of a selector")] : null;
            return new EntitySelector(type == "*" ? null : TypeSelection.Parse(type, CoreContext.Instance), ids, Text(one, "idPattern") is { } pattern ? Patterns.Compile(pattern, options) : null);
        })];
    }

    private static Triggers TriggersOf(JsonObject body)
    {
        if (Names(body, "notificationTrigger") is not { } names) return Triggers.Default;
        var triggers = Triggers.None;
        foreach (var name in names)
            triggers |= name switch
            {
                "entityCreated" => Triggers.EntityCreated, "entityUpdated" => Triggers.EntityUpdated, "entityDeleted" => Triggers.EntityDeleted,
                "attributeCreated" => Triggers.AttributeCreated, "attributeUpdated" => Triggers.AttributeUpdated, "attributeDeleted" => Triggers.AttributeDeleted,
                _ => throw Bad($"\"{Iri.Shorten(name)}\" is no notificationTrigger; those are entityCreated, entityUpdated, entityDeleted, attributeCreated, attributeUpdated, attributeDeleted."),
            };
        return triggers;
    }

    private static Representation Form(JsonObject body, JsonObject notification)
    {
        var (attributes, pick, omit) = (Names(notification, "attributes"), Names(notification, "pick"), Names(notification, "omit"));
        if (attributes is not null && (pick is not null || omit is not null)) throw Bad("The member attributes chooses attributes as pick and omit do; use attributes alone, or these.");
        if (pick is not null && omit is not null && pick.Intersect(omit, StringComparer.Ordinal).Any()) throw Bad("A member stands in pick and in omit; name it in one.");
        return new Representation
        {
            Format = Text(notification, "format") switch
            {
                null or "normalized" => EntityFormat.Normalized, "concise" => EntityFormat.Concise, "keyValues" or "simplified" => EntityFormat.Simplified,
                var other => throw Bad($"The format \"{Iri.Shorten(other)}\" of the notification is none of normalized, concise, simplified, keyValues."),
            },
            SystemAttributes = Flag(notification, "sysAttrs") ?? false,
            Language = Text(body, "lang"),
            Pick = attributes is not null ? attributes.Concat(["id", "type", "scope"]).ToHashSet(StringComparer.Ordinal) : pick?.ToHashSet(StringComparer.Ordinal),
            Omit = omit?.ToHashSet(StringComparer.Ordinal),
            DatasetIds = QueryParser.Datasets(List(body, "datasetId")),
        };
    }

    private static bool ShowsChanges(JsonObject notification)
    {
        var shows = Flag(notification, "showChanges") ?? false;
        if (shows && Text(notification, "format") is "keyValues" or "simplified") throw Bad("showChanges needs the format normalized or concise: a simplified entity has no place for previous values.");
        return shows;
    }

    private NotificationEndpoint Endpoint(JsonObject notification)
    {
        if (notification["endpoint"] is not JsonObject endpoint) throw Bad("The notification has no endpoint, which is an object with a uri.");
        OnlyKnown(endpoint, KnownOfEndpoint, "endpoint");
        var text = Text(endpoint, "uri") ?? throw Bad("The endpoint has no uri.");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https" or "mqtt" or "mqtts") || uri.Host.Length == 0)
            throw Bad($"The uri of the endpoint is no address of the scheme http, https, mqtt or mqtts.");
        var mqtt = uri.Scheme is "mqtt" or "mqtts";
        if (mqtt && (uri.AbsolutePath.Length < 2 || uri.AbsolutePath.AsSpan().IndexOfAny('+', '#') >= 0)) throw Bad("The uri of an MQTT endpoint names a topic behind the host, without wildcards: mqtt://host/topic.");
        // A name is judged when it is connected to; a plain address can be told at once.
        if (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && !guard.Allows(address))
            throw Bad("The uri of the endpoint is not at a public address; an administrator can list its network in DALGU_ALLOWED_NETWORKS.");
        var accept = Text(endpoint, "accept") ?? MediaTypes.Json;
        if (accept is not (MediaTypes.Json or MediaTypes.JsonLd or MediaTypes.GeoJson)) throw Bad($"The accept \"{Iri.Shorten(accept)}\" of the endpoint is none of {MediaTypes.Json}, {MediaTypes.JsonLd}, {MediaTypes.GeoJson}.");
        var receiver = Info(endpoint, "receiverInfo");
        if (!mqtt)
            foreach (var (name, value) in receiver)
                if (!IsHeader(name, value)) throw Bad($"The receiverInfo \"{Iri.Shorten(name)}\" cannot be sent as a header.");
        var notifier = Info(endpoint, "notifierInfo").ToDictionary(i => i.Key, i => i.Value, StringComparer.Ordinal);
        if (mqtt && notifier.GetValueOrDefault("MQTT-Version") is not (null or "mqtt3.1.1" or "mqtt5.0")) throw Bad("The MQTT-Version is \"mqtt3.1.1\" or \"mqtt5.0\".");
        if (mqtt && notifier.GetValueOrDefault("MQTT-QoS") is not (null or "0" or "1" or "2")) throw Bad("The MQTT-QoS is 0, 1 or 2.");
        return new(uri, accept, receiver, notifier, Milliseconds(endpoint, "timeout"), Milliseconds(endpoint, "cooldown"));
    }

    /// <summary>The pairs of receiverInfo or notifierInfo.</summary>
    internal static List<KeyValuePair<string, string>> Info(JsonObject endpoint, string member)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        if (endpoint[member] is not { } node) return pairs;
        if (node is not JsonArray list || list.Count > MaxInfo) throw Bad($"The {member} of the endpoint is an array of at most {MaxInfo} objects with key and value.");
        foreach (var item in list)
        {
            if (item is not JsonObject { Count: 2 } pair || AsText(pair["key"]) is not { Length: > 0 } key || AsText(pair["value"]) is not { } value) throw Bad($"A member of {member} is an object with key and value, which are strings (clause 5.2.22).");
            pairs.Add(new(key, value));
        }
        return pairs;
    }

    /// <summary>True where a pair can be sent as a header, and is the subscriber's to choose.</summary>
    internal static bool IsHeader(string name, string value)
    {
        if (name.Length > 256 || value.Length > 8_192) return false;
        foreach (var c in name) if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')) return false;
        foreach (var c in value) if (c is < ' ' or >= (char)0x7f) return false;
        // What frames the message, or says on whose behalf it comes, is not the subscriber's to choose.
        return name.ToLowerInvariant() is not ("host" or "content-length" or "transfer-encoding" or "connection" or "upgrade" or "te" or "trailer" or "expect" or "content-type" or "content-encoding" or "link" or "ngsild-tenant" or "via");
    }

    /// <summary>A q comes as it would in an address (clause 4.9), so its escapes are undone.</summary>
    private static string Decoded(string q) => q.Contains('%') ? Uri.UnescapeDataString(q) : q;

    private static void OnlyKnown(JsonObject of, string[] known, string what)
    {
        foreach (var (name, value) in of)
        {
            if (!known.Contains(name, StringComparer.Ordinal)) throw Bad($"A {what} has no member \"{Iri.Shorten(name)}\".");
            if (value is null || AsText(value) == EntityJsonReader.Null) throw Bad($"The member {name} of the {what} is null; leave it out.");
        }
    }

    private static string[]? Names(JsonObject of, string member)
    {
        if (of[member] is not { } node) return null;
        if (node is not JsonArray list || list.Count is 0 or > MaxNames) throw Bad($"The member {member} is an array of 1 to {MaxNames} names.");
        return [.. list.Select(n => AsText(n) is { Length: > 0 } name ? name : throw Bad($"The member {member} has an element that is no name."))];
    }

    private static string? List(JsonObject of, string member) => of[member] is not { } node ? null : node is JsonArray ? string.Join(',', Names(of, member)!) : AsText(node) ?? throw Bad($"The member {member} is an array of texts.");

    private static string? Text(JsonObject of, string member) => of[member] is not { } node ? null
        : AsText(node) is { Length: > 0 } text ? text : throw Bad($"The member {member} is a text that is not empty.");

    private static string? AsText(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static bool? Flag(JsonObject of, string member) => of[member] is not { } node ? null
        : node is JsonValue value && value.TryGetValue(out bool flag) ? flag : throw Bad($"The member {member} is true or false.");

    private static double? Number(JsonObject of, string member) => of[member] is not { } node ? null
        : node.GetValueKind() == JsonValueKind.Number && double.TryParse(node.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : throw Bad($"The member {member} is a number.");

    private static TimeSpan? Seconds(JsonObject of, string member) => Number(of, member) is not { } seconds ? null
        : seconds is > 0 and <= 366 * 86_400 ? TimeSpan.FromSeconds(seconds) : throw Bad($"The member {member} is a number of seconds above 0, of a year at most.");

    private static TimeSpan? Milliseconds(JsonObject of, string member) => Number(of, member) is not { } number ? null
        : number is > 0 and <= 86_400_000 ? TimeSpan.FromMilliseconds(number) : throw Bad($"The {member} of the endpoint is a number of milliseconds above 0, of a day at most.");

    private static DateTime? Time(JsonObject of, string member) => Text(of, member) is not { } text ? null
        : Timestamp.TryParse(text, out var time) ? time : throw Bad($"The member {member} is \"{Iri.Shorten(text)}\"; write an instant in UTC such as 2026-11-23T08:00:00Z.");

    private static Problem Bad(string text) => new(ProblemKind.BadRequestData, text);
}
