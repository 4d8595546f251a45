using System.Text.Json.Nodes;
using Dalgu.Hub.Http;
using Dalgu.Hub.Subscriptions;

namespace Dalgu.Hub.Snapshots;

/// <summary>Tells the endpoint of a snapshot how it is (clauses 5.3.4 and 5.16.6). It is tried three times; the status itself can always be asked for.</summary>
internal static class SnapshotNotification
{
    private const int Tries = 3;

    public static async Task SendAsync(CityHub hub, string tenant, Snapshot snapshot)
    {
        var now = Timestamp.Milliseconds(hub.Clock.GetUtcNow().UtcDateTime);
        var json = new JsonObject
        {
            ["id"] = "urn:ngsi-ld:SnapshotNotification:" + Guid.NewGuid(), ["type"] = "SnapshotNotification", ["snapshotId"] = snapshot.Id,
            ["notifiedAt"] = Timestamp.Format(now), ["expiresAt"] = Timestamp.Format(snapshot.ExpiresAt), ["snapshotPriority"] = snapshot.Priority, ["snapshotStatus"] = snapshot.Status,
        };
        if (snapshot.Details is { } details) json["snapshotQueriesDetails"] = Snapshot.Written(details);
        if (snapshot.TemporalDetails is { } temporal) json["temporalSnapshotQueriesDetails"] = Snapshot.Written(temporal);
        var body = System.Text.Encoding.UTF8.GetBytes(json.ToJsonString());
        var receiver = snapshot.ReceiverInfo is { } info ? SubscriptionReader.Info(new JsonObject { ["receiverInfo"] = info.DeepClone() }, "receiverInfo") : [];
        for (var attempt = 1; attempt <= Tries; attempt++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, snapshot.Endpoint);
            request.Content = new ReadOnlyMemoryContent(body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", MediaTypes.Json);
            if (tenant.Length > 0) request.Headers.TryAddWithoutValidation("NGSILD-Tenant", tenant);
            foreach (var (name, value) in receiver) request.Headers.TryAddWithoutValidation(name, value);
            try
            {
                if ((await hub.Outbound.SendAsync(request, new(hub.Options.NotificationTimeout, 64 * 1024), CancellationToken.None)).Status is not (408 or 425 or 429 or >= 500)) return;
            }
            catch (OutboundFault)
            {
                // Tried again below, or left: nobody waits for it.
            }
            catch (ObjectDisposedException)
            {
                return; // the instance ends
            }
            await Task.Delay(hub.Options.NotificationRest * attempt, hub.Clock);
        }
    }
}
