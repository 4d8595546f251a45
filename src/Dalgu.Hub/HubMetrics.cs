using System.Diagnostics.Metrics;
using Dalgu.Hub.Http;

namespace Dalgu.Hub;

/// <summary>The hub's measurements under the meter <c>Dalgu.Hub</c>, by tenant. They are taken when somebody asks; nobody listening, nothing is done.</summary>
internal sealed class HubMetrics : IDisposable
{
    private readonly Meter meter = new("Dalgu.Hub");

    public HubMetrics(Func<IEnumerable<Tenant>> tenants, Func<IEnumerable<RequestCounts>> requests, Subscriptions.Notifier notifier, TimeProvider clock)
    {
        meter.CreateObservableCounter("dalgu.requests", () => requests().SelectMany(r => r.Answers().Select(a => new Measurement<long>(a.Count, new("operation", r.Operation), new("status", a.Class)))),
            "{request}", "Answered requests by operation and class of status");
        meter.CreateObservableCounter("dalgu.requests.time", () => requests().Select(r => new Measurement<double>(r.Seconds, new KeyValuePair<string, object?>("operation", r.Operation))), "s",
            "How long the answered requests took together");
        meter.CreateObservableGauge("dalgu.writes.waiting", () => Of(tenants, s => s.QueueLength), "{write}", "Writes that wait for the writer");
        meter.CreateObservableCounter("dalgu.writes", () => Of(tenants, s => s.Writes), "{write}", "Acknowledged writes");
        meter.CreateObservableCounter("dalgu.commits", () => Of(tenants, s => s.Commits), "{commit}", "Commits");
        meter.CreateObservableCounter("dalgu.changes", () => Of(tenants, s => s.LastSeq), "{change}", "Changes of entities");
        meter.CreateObservableCounter("dalgu.reads", () => Of(tenants, s => s.Reads), "{read}", "Reads");
        meter.CreateObservableGauge("dalgu.commit.duration", () => Of(tenants, s => s.LastCommitDuration.TotalSeconds), "s", "How long the last commit took, from the first of its writes on");
        meter.CreateObservableGauge("dalgu.subscriptions", () => tenants().Select(t => Measured(t, t.Subscriptions.Count)), "{subscription}", "Subscriptions");
        meter.CreateObservableGauge("dalgu.notifications.waiting", () => tenants().Select(t => Measured(t, t.Notifications.Waiting)), "{change}", "Changes that wait in memory to be told");
        meter.CreateObservableGauge("dalgu.notifications.oldest", () => tenants().Select(t => Measured(t, t.Notifications.Oldest is { } oldest ? Math.Max(0, (clock.GetUtcNow().UtcDateTime - oldest).TotalSeconds) : 0)), "s", "How long the oldest of these waits");
        meter.CreateObservableCounter("dalgu.notifications.delivered", () => notifier.Sent, "{notification}", "Notifications that their receivers took");
        meter.CreateObservableCounter("dalgu.notifications.failed", () => notifier.Failed, "{try}", "Tries to send a notification that failed");
    }

    private static Measurement<T> Measured<T>(Tenant tenant, T value) where T : struct => new(value, new KeyValuePair<string, object?>("tenant", tenant.Name));

    private static IEnumerable<Measurement<T>> Of<T>(Func<IEnumerable<Tenant>> tenants, Func<TenantStatus, T> value) where T : struct =>
        tenants().Select(t => new Measurement<T>(value(t.Status), new KeyValuePair<string, object?>("tenant", t.Name)));

    public void Dispose() => meter.Dispose();
}
