using Dalgu.Hub.Access;
using Dalgu.Hub.Http;

namespace Dalgu.Hub.Subscriptions;

/// <summary>How one try to send ended.</summary>
internal enum Outcome
{
    /// <summary>The receiver took it.</summary>
    Taken,
    /// <summary>Not now; another try may go better.</summary>
    Failed,
    /// <summary>The receiver will not take it, however often it is tried.</summary>
    Refused,
}

/// <summary>The ways out of an instance for notifications, shared by its tenants: endpoints, their queues and connections. Thread-safe.</summary>
internal sealed class Notifier(CityHub hub) : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, EndpointQueue> queues = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (SemaphoreSlim Room, int Users)> hosts = new(StringComparer.OrdinalIgnoreCase);
    private long waiting, sent, failed;

    /// <summary>How many changes wait in memory for any endpoint.</summary>
    public long Waiting => Interlocked.Read(ref waiting);
    /// <summary>How many notifications were taken.</summary>
    public long Sent => Interlocked.Read(ref sent);
    /// <summary>How many tries failed.</summary>
    public long Failed => Interlocked.Read(ref failed);

    /// <summary>Says who somebody is now who made a subscription then; null where the account or key is closed.</summary>
    public Func<Principal, DateTime, Principal?> Present { get; set; } = (who, _) => who;

    /// <summary>True where one more change may wait in memory for an endpoint.</summary>
    public bool HasRoom(EndpointQueue queue) => queue.Waiting < hub.Options.NotificationQueueLength && Waiting < hub.Options.MaxNotificationsWaiting;

    /// <summary>Counts changes that wait, in or out.</summary>
    public void Count(EndpointQueue queue, int change)
    {
        queue.Count(change);
        Interlocked.Add(ref waiting, change);
    }

    /// <summary>The queue of an endpoint, for one more subscription.</summary>
    public EndpointQueue Use(NotificationEndpoint endpoint)
    {
        var address = endpoint.Uri.AbsoluteUri;
        lock (gate)
        {
            if (!queues.TryGetValue(address, out var queue))
            {
                var host = endpoint.Uri.Authority;
                var (room, users) = hosts.TryGetValue(host, out var known) ? known : (new SemaphoreSlim(hub.Options.NotificationsPerHost), 0);
                hosts[host] = (room, users + 1);
                queue = new(address, room, new(hub.Options.NotificationsPerEndpoint, hub.Options.NotificationRest, hub.Options.LongestNotificationRest), hub.Clock);
                if (endpoint.Uri.Scheme.StartsWith("mqtt", StringComparison.Ordinal)) queue.Mqtt = new(hub.Outbound.Guard);
                queues[address] = queue;
            }
            queue.Use();
            return queue;
        }
    }

    /// <summary>One subscription fewer uses a queue; the last one lets it go.</summary>
    public void Leave(EndpointQueue queue)
    {
        lock (gate)
        {
            if (!queue.Leave()) return;
            queues.Remove(queue.Address);
            var host = new Uri(queue.Address).Authority;
            if (hosts.TryGetValue(host, out var known))
                if (known.Users == 1) hosts.Remove(host);
                else hosts[host] = (known.Room, known.Users - 1);
        }
        queue.Dispose();
    }

    /// <summary>Tries to send a notification once.</summary>
    public async Task<Outcome> SendAsync(EndpointQueue queue, NotificationEndpoint endpoint, NotificationMessage message, CancellationToken cancel)
    {
        await queue.Host.WaitAsync(cancel);
        try
        {
            var time = endpoint.Timeout < hub.Options.NotificationTimeout ? endpoint.Timeout.Value : hub.Options.NotificationTimeout;
            var outcome = queue.Mqtt is { } mqtt ? await mqtt.SendAsync(endpoint, message, time, cancel) : await SendHttpAsync(endpoint, message, time, cancel);
            Interlocked.Increment(ref outcome == Outcome.Taken ? ref sent : ref failed);
            return outcome;
        }
        finally
        {
            queue.Host.Release();
        }
    }

    private async Task<Outcome> SendHttpAsync(NotificationEndpoint endpoint, NotificationMessage message, TimeSpan time, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint.Uri);
        request.Content = new ReadOnlyMemoryContent(message.Body);
        request.Content.Headers.TryAddWithoutValidation("Content-Type", message.MediaType);
        if (message.Link is { } link) request.Headers.TryAddWithoutValidation("Link", link);
        if (message.Tenant.Length > 0) request.Headers.TryAddWithoutValidation("NGSILD-Tenant", message.Tenant);
        if (message.Snapshot is { } snapshot) request.Headers.TryAddWithoutValidation(Snapshots.SnapshotEndpoints.Header, snapshot);
        if (endpoint.Uri.UserInfo.Length > 0)
            request.Headers.TryAddWithoutValidation("Authorization", "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Uri.UnescapeDataString(endpoint.Uri.UserInfo))));
        foreach (var (name, value) in endpoint.ReceiverInfo) request.Headers.TryAddWithoutValidation(name, value);
        try
        {
            var answer = await hub.Outbound.SendAsync(request, new(time, MaxAnswerBytes), cancel);
            return answer.IsSuccess ? Outcome.Taken : answer.Status is 408 or 425 or 429 or >= 500 ? Outcome.Failed : Outcome.Refused;
        }
        catch (OutboundFault)
        {
            return Outcome.Failed;
        }
    }

    private const int MaxAnswerBytes = 1024 * 1024; // nobody reads it, but it must be read to use the connection again

    public void Dispose()
    {
        lock (gate)
        {
            foreach (var queue in queues.Values) queue.Dispose();
            queues.Clear();
        }
    }
}

/// <summary>A notification as it goes out.</summary>
/// <param name="Body">The notification as JSON.</param>
/// <param name="MediaType">Its media type.</param>
/// <param name="Link">The Link header that names its @context; null where the body has it.</param>
/// <param name="Tenant">The tenant; empty for the default one.</param>
internal sealed record NotificationMessage(byte[] Body, string MediaType, string? Link, string Tenant)
{
    /// <summary>The snapshot that the subscription is of; null for none.</summary>
    public string? Snapshot { get; init; }
}
