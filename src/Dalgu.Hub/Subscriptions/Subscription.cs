using Dalgu.Hub.Access;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;

namespace Dalgu.Hub.Subscriptions;

/// <summary>What makes a notification (clause 5.2.12, notificationTrigger).</summary>
[Flags]
internal enum Triggers
{
    None = 0,
    EntityCreated = 1,
    EntityUpdated = 2,
    EntityDeleted = 4,
    AttributeCreated = 8,
    AttributeUpdated = 16,
    AttributeDeleted = 32,
    /// <summary>What counts where a subscription says nothing.</summary>
    Default = AttributeCreated | AttributeUpdated,
    /// <summary>Those that look at single attributes.</summary>
    OfAttributes = AttributeCreated | AttributeUpdated | AttributeDeleted,
}

/// <summary>How linked entities come along (clause 4.5.23).</summary>
internal enum Join { None, Flat, Inline }

/// <summary>Where notifications go (clause 5.2.15).</summary>
/// <param name="Uri">The address; may hold a user and a password, so it is never logged.</param>
/// <param name="Accept">The media type of the body.</param>
/// <param name="ReceiverInfo">Headers, or members of the MQTT metadata, for the receiver.</param>
/// <param name="NotifierInfo">Settings of the way there, such as MQTT-QoS.</param>
/// <param name="Timeout">How long an answer may take; null for the setting.</param>
/// <param name="Cooldown">How long to wait after a failure at least; null for the setting.</param>
internal sealed record NotificationEndpoint(Uri Uri, string Accept, IReadOnlyList<KeyValuePair<string, string>> ReceiverInfo, IReadOnlyDictionary<string, string> NotifierInfo, TimeSpan? Timeout, TimeSpan? Cooldown);

/// <summary>A subscription as it is matched and notified: everything read, nothing left to parse. Immutable, thread-safe.</summary>
internal sealed record Subscription
{
    /// <summary>The id.</summary>
    public required string Id { get; init; }
    /// <summary>What is stored of it.</summary>
    public required SubscriptionDocument Document { get; init; }
    /// <summary>Selects entities; null where watched attributes alone do.</summary>
    public IReadOnlyList<EntitySelector>? Selectors { get; init; }
    /// <summary>The attributes (IRIs) watched; null for all.</summary>
    public IReadOnlySet<string>? Watched { get; init; }
    /// <summary>The filters over attributes, places and scopes.</summary>
    public EntityQuery Filter { get; init; } = new();

    /// <summary>What of the filter can be decided from the change alone. What looks at linked entities is decided when the notification is made.</summary>
    internal EntityQuery FilterAtOnce { get; init; } = new();
    /// <summary>What makes a notification.</summary>
    public Triggers Triggers { get; init; } = Triggers.Default;
    /// <summary>How far apart notifications are at least.</summary>
    public TimeSpan? Throttling { get; init; }
    /// <summary>How often a notification goes out whatever changes.</summary>
    public TimeSpan? Interval { get; init; }
    /// <summary>When it ceases to notify.</summary>
    public DateTime? ExpiresAt { get; init; }
    /// <summary>False where it is paused.</summary>
    public bool IsActive { get; init; } = true;
    /// <summary>How entities are written.</summary>
    public Representation Form { get; init; } = Representation.Default;
    /// <summary>True adds the values before the change.</summary>
    public bool ShowChanges { get; init; }
    /// <summary>How linked entities come along.</summary>
    public Join Join { get; init; }
    /// <summary>How many links away they may be.</summary>
    public int JoinLevel { get; init; } = 1;
    /// <summary>The version of the specification that notifications follow; null for that of this interface.</summary>
    public (int Major, int Minor)? Conformance { get; init; }
    /// <summary>Where notifications go.</summary>
    public required NotificationEndpoint Endpoint { get; init; }

    /// <summary>active, paused or expired.</summary>
    public string Status(DateTime now) => ExpiresAt <= now ? "expired" : IsActive ? "active" : "paused";
}

/// <summary>A subscription as it is stored: names are IRIs, so that any @context can write them.</summary>
/// <param name="By">Who made it, with whose rights it reads.</param>
/// <param name="CreatedAt">When it was made, UTC.</param>
/// <param name="ModifiedAt">When it was last changed, UTC.</param>
/// <param name="Context">The @context of notifications, as JSON.</param>
/// <param name="Terms">What the names in q and csf stand for.</param>
/// <param name="Body">The subscription's members.</param>
internal sealed record SubscriptionDocument(Principal By, DateTime CreatedAt, DateTime ModifiedAt, string Context, IReadOnlyDictionary<string, string> Terms, System.Text.Json.Nodes.JsonObject Body)
{
    /// <summary>The brokers that the subscription passed, where it is a copy that one of them planted.</summary>
    public string? Via { get; init; }

    /// <summary>The collection that holds subscriptions.</summary>
    public const string Collection = "subscriptions";

    /// <summary>A context that knows the names in q and nothing else, so that q can be read when the @context cannot be had.</summary>
    public LdContext QContext() => Terms.Count == 0 ? CoreContext.Instance : new LdContext(Terms, null, CoreContext.Instance, default);
}
