using System.Net;

namespace Dalgu.Hub;

/// <summary>The limits and switches of the hub. Each has a default that suits a city of a million entities on two cores.</summary>
public sealed record HubOptions
{
    /// <summary>The largest request body, in bytes.</summary>
    public long MaxBodyBytes { get; init; } = 16 * 1024 * 1024;
    /// <summary>How deep JSON may nest.</summary>
    public int MaxJsonDepth { get; init; } = 64;
    /// <summary>How many entities one batch may hold.</summary>
    public int MaxBatchSize { get; init; } = 10_000;
    /// <summary>How many attributes one entity may have.</summary>
    public int MaxAttributes { get; init; } = 1_000;
    /// <summary>The page size of a query that names none.</summary>
    public int DefaultPageSize { get; init; } = 20;
    /// <summary>The largest page of a query.</summary>
    public int MaxPageSize { get; init; } = 1_000;
    /// <summary>The most instances of one entity that a temporal answer holds, and a tenth of the most in all; more are cut at one instant, and the answer says where (clause 6.3.10).</summary>
    public int MaxTemporalInstances { get; init; } = 100_000;
    /// <summary>How many characters a q, scopeQ, type or pattern expression may have.</summary>
    public int MaxExpressionLength { get; init; } = 4_096;
    /// <summary>How many terms a q expression may have.</summary>
    public int MaxExpressionTerms { get; init; } = 128;
    /// <summary>How long one pattern that backtracks may try to match one text. One that need not has twenty times as long: its work grows with the text alone.</summary>
    public TimeSpan PatternTimeout { get; init; } = TimeSpan.FromMilliseconds(50);
    /// <summary>How many linked entities one answer may join.</summary>
    public int MaxLinkedEntities { get; init; } = 1_000;
    /// <summary>How many writes may wait for the writer of a tenant; more get 503 with Retry-After.</summary>
    public int WriteQueueLength { get; init; } = 8_192;
    /// <summary>How many writes one commit may group.</summary>
    public int MaxCommitGroup { get; init; } = 1_024;
    /// <summary>How long a node that shares a database writes before another node that waits gets the writer's turn of the tenant.</summary>
    public TimeSpan WriterTurn { get; init; } = TimeSpan.FromMilliseconds(25);
    /// <summary>How many entities the cache of a tenant keeps decoded.</summary>
    public int CachedEntities { get; init; } = 4_096;
    /// <summary>How many more the caches of all tenants together may keep where the store is a database: about 3 kB each.</summary>
    public int CachedOverDatabase { get; init; } = 100_000;
    /// <summary>How many attribute and type names a tenant may number; later names are stored in full.</summary>
    public int MaxNumberedNames { get; init; } = 100_000;
    /// <summary>How many changes the outbox keeps behind the newest one.</summary>
    public long OutboxKept { get; init; } = 1_000_000;
    /// <summary>How long the history of types is kept, such as <c>AirQualityObserved=90.00:00:00,*=3650.00:00:00</c>; empty keeps all for ever. The present state stays.</summary>
    public string HistoryKept { get; init; } = "";
    /// <summary>How long a tenant stays open without use; the next use opens it again. The default tenant stays open, and so does one with subscriptions, registrations or expiries.</summary>
    public TimeSpan TenantIdle { get; init; } = TimeSpan.FromMinutes(10);
    /// <summary>How many tenants stay open at a time; of more, those that rest longest are closed first.</summary>
    public int OpenTenants { get; init; } = 100;
    /// <summary>The largest @context document, in bytes.</summary>
    public int MaxContextBytes { get; init; } = 1024 * 1024;
    /// <summary>How long fetching an @context may take.</summary>
    public TimeSpan ContextTimeout { get; init; } = TimeSpan.FromSeconds(5);
    /// <summary>How many fetched @contexts are kept.</summary>
    public int MaxContexts { get; init; } = 1_000;
    /// <summary>True lets @contexts be fetched from, and notifications be sent to, loopback and private addresses. Link-local and metadata addresses are not among them.</summary>
    public bool AllowPrivateAddresses { get; init; }
    /// <summary>Networks that may be called whatever kind they are, such as <c>10.7.0.0/16,192.0.2.10/32</c>.</summary>
    public IReadOnlyList<IPNetwork> AllowedNetworks { get; init; } = [];
    /// <summary>The name under which this instance shows itself to other brokers (in Via); empty makes one up and keeps it.</summary>
    public string SourceAlias { get; init; } = "";
    /// <summary>How long a request to a context source may take, where its registration does not say.</summary>
    public TimeSpan SourceTimeout { get; init; } = TimeSpan.FromSeconds(5);
    /// <summary>How long a source that three times in a row did not answer in time is left alone, where its registration does not say.</summary>
    public TimeSpan SourceCooldown { get; init; } = TimeSpan.FromSeconds(2);
    /// <summary>The largest answer of a context source, in bytes.</summary>
    public int MaxSourceAnswerBytes { get; init; } = 16 * 1024 * 1024;
    /// <summary>How many requests to context sources may be under way at once.</summary>
    public int MaxSourceRequests { get; init; } = 64;
    /// <summary>How many entities a source is asked for at once.</summary>
    public int SourcePageSize { get; init; } = 100;
    /// <summary>How many entities one distributed query may gather before it pages them.</summary>
    public int MaxGatheredEntities { get; init; } = 10_000;
    /// <summary>How many entity maps a tenant keeps.</summary>
    public int MaxEntityMaps { get; init; } = 1_000;
    /// <summary>How long an entity map lives where a query does not say.</summary>
    public TimeSpan EntityMapLifetime { get; init; } = TimeSpan.FromHours(1);
    /// <summary>The longest that an entity map lives.</summary>
    public TimeSpan LongestEntityMapLifetime { get; init; } = TimeSpan.FromDays(1);
    /// <summary>How many snapshots a tenant keeps; one more takes the place of the one of the least priority.</summary>
    public int MaxSnapshots { get; init; } = 100;
    /// <summary>How many entities the queries of one snapshot may find together.</summary>
    public int MaxSnapshotEntities { get; init; } = 1_000_000;
    /// <summary>How long a snapshot lives where it does not say.</summary>
    public TimeSpan SnapshotLifetime { get; init; } = TimeSpan.FromDays(1);
    /// <summary>The longest that a snapshot lives.</summary>
    public TimeSpan LongestSnapshotLifetime { get; init; } = TimeSpan.FromDays(30);
    /// <summary>The address at which other brokers reach this instance, such as <c>https://hub.daegu.example</c>; empty takes the one that it was last called by.</summary>
    public string PublicUrl { get; init; } = "";
    /// <summary>How many answers of sources are kept for registrations with a cacheDuration.</summary>
    public int MaxCachedAnswers { get; init; } = 1_000;
    /// <summary>How many subscriptions a tenant may have.</summary>
    public int MaxSubscriptions { get; init; } = 200_000;
    /// <summary>How long the receiver of a notification may take to answer; a subscription may ask for less.</summary>
    public TimeSpan NotificationTimeout { get; init; } = TimeSpan.FromSeconds(10);
    /// <summary>How long an endpoint rests after a failure; twice as long after each further one.</summary>
    public TimeSpan NotificationRest { get; init; } = TimeSpan.FromSeconds(1);
    /// <summary>The longest that an endpoint rests between two tries.</summary>
    public TimeSpan LongestNotificationRest { get; init; } = TimeSpan.FromMinutes(1);
    /// <summary>How long a notification is tried before it is given up.</summary>
    public TimeSpan NotificationLife { get; init; } = TimeSpan.FromHours(1);
    /// <summary>How many notifications one endpoint gets at a time.</summary>
    public int NotificationsPerEndpoint { get; init; } = 4;
    /// <summary>How many notifications the endpoints of one host get at a time.</summary>
    public int NotificationsPerHost { get; init; } = 32;
    /// <summary>How many changes wait in memory for one endpoint; what is beyond waits in the outbox.</summary>
    public int NotificationQueueLength { get; init; } = 10_000;
    /// <summary>How many changes wait in memory for all endpoints together; what is beyond waits in the outbox.</summary>
    public int MaxNotificationsWaiting { get; init; } = 200_000;
    /// <summary>How many entities one notification tells at most.</summary>
    public int MaxNotificationEntities { get; init; } = 100;
    /// <summary>Where the MQTT broker inside listens, such as <c>0.0.0.0:1883</c>; nothing listens where it is empty.</summary>
    public string MqttListen { get; init; } = "";
    /// <summary>Topics of simple JSON messages, separated by commas; their levels name tenant, type, id and attribute.</summary>
    public string MqttTopics { get; init; } = "devices/{type}/{id},devices/{type}/{id}/{attr}";
    /// <summary>How many programs may read the changes at a time.</summary>
    public int MaxChangeReaders { get; init; } = 500;
    /// <summary>How many links away a linked entity may be that comes along with another.</summary>
    public int MaxJoinLevel { get; init; } = 10;
    /// <summary>True switches access control off: everybody is administrator. Only for loopback.</summary>
    public bool Open { get; init; }
    /// <summary>True makes a tenant at its first write; false asks an administrator to make it.</summary>
    public bool TenantsByFirstUse { get; init; } = true;
    /// <summary>How many failed sign-ins of one account or address within <see cref="SignInWindow"/> close the door for it.</summary>
    public int SignInAttempts { get; init; } = 10;
    /// <summary>The time in which failed sign-ins are counted.</summary>
    public TimeSpan SignInWindow { get; init; } = TimeSpan.FromMinutes(15);
    /// <summary>How long a session lives without use.</summary>
    public TimeSpan SessionIdle { get; init; } = TimeSpan.FromHours(12);
}
