using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Dalgu.Hub.Access;
using Dalgu.Hub.Registrations.Distribution;

namespace Dalgu.Hub.Snapshots;

/// <summary>What became of one query of a snapshot (clause 5.2.42).</summary>
/// <param name="Status">success, empty or failure.</param>
/// <param name="Problem">The problem of a failure; null for none.</param>
internal sealed record QueryDetails(string Status, JsonObject? Problem);

/// <summary>A snapshot as it is stored: what queries found at one time, frozen in a store of its own (clauses 4.3.7 and 5.2.41). Immutable.</summary>
/// <param name="Id">The id, a URI.</param>
/// <param name="Store">The name of the store that holds its entities.</param>
/// <param name="By">Who made it.</param>
/// <param name="CreatedAt">When it was made, UTC.</param>
internal sealed record Snapshot(string Id, string Store, Principal By, DateTime CreatedAt)
{
    /// <summary>The collection that holds snapshots.</summary>
    public const string Collection = "snapshots";

    /// <summary>When it was last changed, UTC.</summary>
    public DateTime ModifiedAt { get; init; }
    /// <summary>When it ceases to be, UTC.</summary>
    public DateTime ExpiresAt { get; init; }
    /// <summary>When it was last asked, UTC.</summary>
    public DateTime LastUsedAt { get; init; }
    /// <summary>preparing, success, partial, empty or failure.</summary>
    public string Status { get; init; } = "preparing";
    /// <summary>From 1, the first to go, to 10.</summary>
    public int Priority { get; init; } = 5;
    /// <summary>The queries that fill it; null for none.</summary>
    public JsonArray? Queries { get; init; }
    /// <summary>The temporal queries that fill it; null for none.</summary>
    public JsonArray? TemporalQueries { get; init; }
    /// <summary>What became of the queries.</summary>
    public IReadOnlyList<QueryDetails>? Details { get; init; }
    /// <summary>What became of the temporal queries.</summary>
    public IReadOnlyList<QueryDetails>? TemporalDetails { get; init; }
    /// <summary>How long it was wanted, as it was written; null where nothing was said.</summary>
    public string? Lifetime { get; init; }
    /// <summary>Who is told of its status; null for nobody.</summary>
    public string? Endpoint { get; init; }
    /// <summary>Headers for who is told.</summary>
    public JsonArray? ReceiverInfo { get; init; }

    /// <summary>True while it is being filled.</summary>
    [JsonIgnore]
    public bool IsPreparing => Status == "preparing";

    /// <summary>The status after its queries (clause 5.16.1.4).</summary>
    public static string StatusOf(IEnumerable<QueryDetails> details)
    {
        var (all, some, any) = (true, false, false);
        foreach (var one in details)
        {
            all &= one.Status == "success";
            some |= one.Status == "success";
            any |= one.Status == "empty";
        }
        return all && some ? "success" : some ? "partial" : any ? "empty" : "failure";
    }

    /// <summary>The refusal of a query as its details.</summary>
    public static QueryDetails Failure(Problem problem) =>
        new("failure", new JsonObject { ["type"] = problem.Type, ["title"] = problem.Title, ["status"] = problem.Status, ["detail"] = problem.Message });

    /// <summary>The members as NGSI-LD names them.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["id"] = Id, ["type"] = "Snapshot" };
        if (Queries is not null) json["snapshotQueries"] = Queries.DeepClone();
        if (TemporalQueries is not null) json["snapshotTemporalQueries"] = TemporalQueries.DeepClone();
        if (Lifetime is not null) json["snapshotLifetime"] = Lifetime;
        json["snapshotPriority"] = Priority;
        if (Endpoint is not null) json["endpoint"] = Endpoint;
        if (ReceiverInfo is not null) json["receiverInfo"] = ReceiverInfo.DeepClone();
        json["snapshotStatus"] = Status;
        if (Details is not null) json["snapshotQueriesDetails"] = Written(Details);
        if (TemporalDetails is not null) json["snapshotTemporalQueriesDetails"] = Written(TemporalDetails);
        json["createdAt"] = Timestamp.Format(CreatedAt);
        json["modifiedAt"] = Timestamp.Format(ModifiedAt);
        json["expiresAt"] = Timestamp.Format(ExpiresAt);
        json["lastUsedAt"] = Timestamp.Format(LastUsedAt);
        return json;
    }

    /// <summary>The details of queries as NGSI-LD writes them.</summary>
    public static JsonArray Written(IReadOnlyList<QueryDetails> details) => [.. details.Select(d =>
    {
        var json = new JsonObject { ["resultStatus"] = d.Status };
        if (d.Problem is not null) json["problemDetails"] = d.Problem.DeepClone();
        return (JsonNode)json;
    })];
}

/// <summary>The stored form of snapshots.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Snapshot))]
internal sealed partial class SnapshotJson : JsonSerializerContext;
