using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;
using Dalgu.Hub.Subscriptions;
using Dalgu.Hub.Temporal;

namespace Dalgu.Hub.Snapshots;

/// <summary>Checks what a request says of a snapshot against clause 5.2.41.</summary>
internal sealed class SnapshotReader(NgsiLdCall call)
{
    private const int MaxQueries = 100;
    private static readonly string[] Stated = ["id", "type", "snapshotQueries", "snapshotTemporalQueries", "snapshotLifetime", "snapshotPriority", "endpoint", "receiverInfo", "@context"];

    /// <summary>The members that the broker alone writes; a request that has them is not refused, they count for nothing.</summary>
    private static readonly string[] Output = ["snapshotStatus", "snapshotQueriesDetails", "snapshotTemporalQueriesDetails", "createdAt", "modifiedAt", "expiresAt", "lastUsedAt"];

    /// <summary>Every member of a snapshot, by which purges choose.</summary>
    public static IEnumerable<string> Members => Stated.Where(m => m != "@context").Concat(Output);

    /// <summary>The snapshot that a body states.</summary>
    /// <param name="body">The body.</param>
    /// <param name="of">The snapshot that is cloned; null where one is made by queries.</param>
    public Snapshot Read(JsonElement body, Snapshot? of)
    {
        Check(body, needsType: true);
        var now = Timestamp.Milliseconds(call.Hub.Clock.GetUtcNow().UtcDateTime);
        var id = Text(body, "id") is { } stated ? Iri.Require(stated, "The snapshot id") : "urn:ngsi-ld:Snapshot:" + Guid.NewGuid();
        if (of is not null)
        {
            RefuseQueries(body, "A clone has the data of its snapshot and no queries of its own");
            RefuseDetails(body);
        }
        var queries = of is null ? Queries(body, "snapshotQueries", isTemporal: false) : null;
        var temporal = of is null ? Queries(body, "snapshotTemporalQueries", isTemporal: true) : null;
        if (of is null && queries is null && temporal is null) throw Bad("The snapshot has neither snapshotQueries nor snapshotTemporalQueries; name at least one query.");
        return With(new Snapshot(id, SnapshotBook.NewStore(), call.Rights.Who, now) { ModifiedAt = now, LastUsedAt = now, ExpiresAt = Until(null, now), Queries = queries, TemporalQueries = temporal }, body, now);
    }

    /// <summary>A snapshot with what a fragment changes of it: how long it lives, its priority, who is told.</summary>
    public Snapshot Update(Snapshot snapshot, JsonElement body)
    {
        Check(body, needsType: false);
        if (body.TryGetProperty("id", out var id) && !(id.ValueKind == JsonValueKind.String && id.ValueEquals(snapshot.Id))) throw Bad($"The body is of another snapshot than the address, \"{snapshot.Id}\"; an id never changes.");
        RefuseQueries(body, "The queries of a snapshot are read-only once it is made");
        var now = Timestamp.Milliseconds(call.Hub.Clock.GetUtcNow().UtcDateTime);
        return With(snapshot, body, now) with { ModifiedAt = now };
    }

    private Snapshot With(Snapshot snapshot, JsonElement body, DateTime now)
    {
        if (body.TryGetProperty("snapshotPriority", out var priority))
            snapshot = snapshot with { Priority = IsNull(priority) ? 5 : priority.ValueKind == JsonValueKind.Number && priority.TryGetInt32(out var p) && p is >= 1 and <= 10 ? p : throw Bad("The snapshotPriority is a whole number from 1 to 10.") };
        if (body.TryGetProperty("snapshotLifetime", out var lifetime))
        {
            var text = IsNull(lifetime) ? null : Text(body, "snapshotLifetime");
            snapshot = snapshot with { Lifetime = text, ExpiresAt = Until(text, now) };
        }
        if (body.TryGetProperty("endpoint", out var endpoint)) snapshot = snapshot with { Endpoint = IsNull(endpoint) ? null : Endpoint(Text(body, "endpoint")!) };
        if (body.TryGetProperty("receiverInfo", out var info)) snapshot = snapshot with { ReceiverInfo = IsNull(info) ? null : ReceiverInfo(info) };
        return snapshot;
    }

    private static void Check(JsonElement body, bool needsType)
    {
        if (body.ValueKind != JsonValueKind.Object) throw Bad("The snapshot is no JSON object.");
        foreach (var member in body.EnumerateObject())
            if (!Stated.Contains(member.Name) && !Output.Contains(member.Name)) throw Bad($"A snapshot has no member \"{Iri.Shorten(member.Name)}\".");
            else if (member.Value.ValueKind == JsonValueKind.Null) throw Bad($"The member {member.Name} of the snapshot is null; leave it out.");
        if (body.TryGetProperty("type", out var type) ? !(type.ValueKind == JsonValueKind.String && type.ValueEquals("Snapshot"u8)) : needsType) throw Bad("The type of a snapshot is \"Snapshot\".");
    }

    private static void RefuseQueries(JsonElement body, string why)
    {
        if (body.TryGetProperty("snapshotQueries", out _) || body.TryGetProperty("snapshotTemporalQueries", out _)) throw Bad(why + "; leave snapshotQueries and snapshotTemporalQueries out.");
    }

    /// <summary>A clone is not told what became of queries that it does not run (clause 5.16.2.4).</summary>
    private static void RefuseDetails(JsonElement body)
    {
        if (body.TryGetProperty("snapshotQueriesDetails", out _) || body.TryGetProperty("snapshotTemporalQueriesDetails", out _)) throw Bad("A clone has no queries of its own; leave snapshotQueriesDetails and snapshotTemporalQueriesDetails out.");
    }

    private JsonArray? Queries(JsonElement body, string member, bool isTemporal)
    {
        if (!body.TryGetProperty(member, out var list)) return null;
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > MaxQueries) throw Bad($"The member {member} is an array of 1 to {MaxQueries} queries.");
        foreach (var query in list.EnumerateArray())
        {
            if (isTemporal && !(query.ValueKind == JsonValueKind.Object && query.TryGetProperty("temporalQ", out _))) throw Bad("A query of snapshotTemporalQueries has no temporalQ.");
            using var asked = call.InBackground(isTemporal ? "temporal.batch.query" : "batch.query", CancellationToken.None);
            var read = new QueryBody(asked, QueryBody.Require(query));
            read.Read();
            if (isTemporal) _ = new TemporalForm(asked, read.Parameter);
            else asked.Form(read.Parameter);
        }
        return JsonArray.Create(list.Clone());
    }

    private DateTime Until(string? lifetime, DateTime now)
    {
        var options = call.Hub.Options;
        if (lifetime is null) return now + options.SnapshotLifetime;
        var duration = Duration.Parse(lifetime);
        var wanted = duration.Months > 1_000 ? options.LongestSnapshotLifetime : duration.Rest + TimeSpan.FromDays(30d * duration.Months);
        return wanted <= TimeSpan.Zero ? throw Bad("The snapshotLifetime is no time at all; write a duration such as PT1H.") : now + (wanted < options.LongestSnapshotLifetime ? wanted : options.LongestSnapshotLifetime);
    }

    private string Endpoint(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0) throw Bad("The endpoint of a snapshot is no address of the scheme http or https.");
        if (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && !call.Hub.Outbound.Guard.Allows(address))
            throw Bad("The endpoint is not at a public address; an administrator can list its network in DALGU_ALLOWED_NETWORKS.");
        return text;
    }

    private static JsonArray ReceiverInfo(JsonElement info)
    {
        var array = info.ValueKind == JsonValueKind.Array ? JsonArray.Create(info.Clone())! : throw Bad("The receiverInfo is an array of objects with key and value.");
        foreach (var (name, value) in SubscriptionReader.Info(new JsonObject { ["receiverInfo"] = array.DeepClone() }, "receiverInfo"))
            if (!SubscriptionReader.IsHeader(name, value)) throw Bad($"The receiverInfo \"{Iri.Shorten(name)}\" cannot be sent as a header.");
        return array;
    }

    private static bool IsNull(JsonElement value) => value.ValueKind == JsonValueKind.String && value.ValueEquals("urn:ngsi-ld:null"u8);

    private static string? Text(JsonElement body, string name) => !body.TryGetProperty(name, out var value) ? null
        : value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : throw Bad($"The member {name} is a text that is not empty.");

    private static Problem Bad(string text) => new(ProblemKind.BadRequestData, text);
}
