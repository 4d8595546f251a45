using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dalgu.City.DemoCity;

/// <summary>The demo's source: a plain background job that writes what its sensors measure through the same door as anyone. At the first start
/// it also fills in thirty days of the past, newest first; later it fills the gap since it stopped.</summary>
internal sealed partial class SensorSource(CityHub hub, SyntheticCity city, BackfillProgress progress, ILogger<SensorSource> log) : BackgroundService
{
    private static readonly IReadOnlyList<string> Ids = [.. DemoSensors.All.Select(s => s.Id)];
    private static readonly string DateObserved = CoreContext.Instance.ExpandAttribute("dateObserved");

    /// <summary>Writes the sensors that are absent, each with its values of now.</summary>
    public static async Task SeedAsync(CityHub hub, SyntheticCity city, CancellationToken cancel)
    {
        var tenant = await hub.TenantAsync(cancel: cancel);
        await tenant.WriteAsync(Principal.Source("demo-sensors"), "demo.sensors", Ids, scope =>
        {
            foreach (var sensor in DemoSensors.All)
                if (scope.Find(sensor.Id) is null) scope.Put(SensorEntities.With(SensorEntities.Of(sensor), SensorEntities.Instances(city, sensor, Second(scope.Now), true)));
            return true;
        }, cancel);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => hub.OnDutyAsync("city.sensors", MeasureAsync, stoppingToken);

    private async Task MeasureAsync(CancellationToken stoppingToken)
    {
        var tenant = await hub.TenantAsync(cancel: stoppingToken);
        var plan = BackfillPlan.AtStart(await StoredAsync(tenant, stoppingToken), await LastAsync(tenant, stoppingToken), Second(hub.Clock.GetUtcNow().UtcDateTime));
        progress.Plan = plan;
        await Task.WhenAll(BackfillAsync(tenant, plan, stoppingToken), LiveAsync(tenant, stoppingToken));
    }

    private async Task BackfillAsync(Tenant tenant, BackfillPlan plan, CancellationToken cancel)
    {
        // Noted before the first value, so that a kill leaves a plan and not a hole.
        await TryAsync(() => tenant.WriteAsync(Principal.Source("demo-history"), "demo.backfill", [], scope => { scope.PutDocument(BackfillPlan.Collection, BackfillPlan.Document, plan.ToJson()); return true; }, cancel), cancel);
        var (started, span) = (hub.Clock.GetTimestamp(), plan.Left);
        while (plan.Take() is { } next && !cancel.IsCancellationRequested)
        {
            var records = Records(next.Chunk);
            var stored = await TryAsync(() => tenant.WriteAsync(Principal.Source("demo-history"), "demo.backfill", Ids, scope =>
            {
                foreach (var (id, attributes) in records) if (scope.Find(id) is not null) scope.Record(id, attributes);
                scope.PutDocument(BackfillPlan.Collection, BackfillPlan.Document, next.Without.ToJson());
                return true;
            }, cancel), cancel);
            if (!stored) continue;
            progress.Plan = plan = next.Without;
            await Task.Delay(TimeSpan.FromMilliseconds(10), hub.Clock, cancel); // others write too
        }
        // A month of values passed through; the memory that it took is not needed again.
        if (span > TimeSpan.FromHours(1)) GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        if (span > TimeSpan.Zero) Filled(log, span.TotalHours, hub.Clock.GetElapsedTime(started).TotalSeconds);
    }

    /// <summary>The values of all sensors in a span: for each sensor and attribute, one instance a grid time.</summary>
    private List<(string Id, IReadOnlyList<EntityAttribute> Attributes)> Records(PastSpan span)
    {
        var records = new List<(string, IReadOnlyList<EntityAttribute>)>();
        foreach (var sensor in DemoSensors.All)
        {
            var byName = new Dictionary<string, List<AttributeInstance>>(StringComparer.Ordinal);
            foreach (var at in BackfillPlan.Times(span, sensor.Step))
                foreach (var attribute in SensorEntities.Instances(city, sensor, at, false))
                {
                    if (!byName.TryGetValue(attribute.Name, out var instances)) byName[attribute.Name] = instances = [];
                    instances.Add(attribute.Instances[0]);
                }
            if (byName.Count > 0) records.Add((sensor.Id, [.. byName.Select(p => new EntityAttribute(p.Key, p.Value))]));
        }
        return records;
    }

    private async Task LiveAsync(Tenant tenant, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), hub.Clock);
        var before = Second(hub.Clock.GetUtcNow().UtcDateTime);
        while (await timer.WaitForNextTickAsync(cancel))
        {
            var now = Second(hub.Clock.GetUtcNow().UtcDateTime);
            // A clock that was set back, or a machine that slept, does not make up for what it missed.
            if (now - before > TimeSpan.FromMinutes(2) || now < before) before = now.AddSeconds(-1);
            for (var at = before.AddSeconds(1); at <= now; at = at.AddSeconds(1))
                foreach (var sensor in Due(at)) await TryAsync(() => SendAsync(tenant, sensor, at, cancel), cancel);
            before = now;
        }
    }

    /// <summary>The sensors whose turn it is in a second: each has its own phase, so that something changes nearly every second.</summary>
    internal static IEnumerable<Sensor> Due(DateTime at)
    {
        var second = at.Ticks / TimeSpan.TicksPerSecond;
        for (var i = 0; i < DemoSensors.All.Count; i++)
        {
            var period = (long)DemoSensors.All[i].Period.TotalSeconds;
            if ((second + i * 7L) % period == 0) yield return DemoSensors.All[i];
        }
    }

    private Task SendAsync(Tenant tenant, Sensor sensor, DateTime at, CancellationToken cancel)
    {
        var values = SensorEntities.Instances(city, sensor, at, true);
        if (values.Count == 0) return Task.CompletedTask;
        return tenant.WriteAsync(Principal.Source(NameOf(sensor.Kind)), "entities.update", [sensor.Id], scope =>
        {
            if (scope.Find(sensor.Id) is { } entity) scope.Put(SensorEntities.With(entity, values));
            return true;
        }, cancel);
    }

    /// <summary>The name under which sensors of a kind send.</summary>
    internal static string NameOf(SensorKind kind) => kind switch
    {
        SensorKind.AirQualityObserved => "demo-sensors-air",
        SensorKind.WeatherObserved => "demo-sensors-weather",
        _ => "demo-sensors-traffic",
    };

    private async Task<bool> TryAsync(Func<Task> write, CancellationToken cancel)
    {
        try
        {
            await write();
            return true;
        }
        catch (Problem problem)
        {
            // The disk is full or the queue is: the sensors go on when there is room again.
            Refused(log, problem.Message);
            await Task.Delay(TimeSpan.FromSeconds(5), hub.Clock, cancel);
            return false;
        }
    }

    private static async Task<BackfillPlan?> StoredAsync(Tenant tenant, CancellationToken cancel)
    {
        await foreach (var document in tenant.DocumentsAsync(BackfillPlan.Collection, cancel))
            if (document.Id == BackfillPlan.Document && document.Body is { } body) return BackfillPlan.FromJson(body);
        return null;
    }

    private async Task<DateTime?> LastAsync(Tenant tenant, CancellationToken cancel)
    {
        DateTime? last = null;
        foreach (var id in Ids)
            if (await tenant.RetrieveAsync(id, hub.Access.For(Principal.System), cancel) is { } entity && entity.Find(DateObserved)?.Default.ObservedAt is { } at && !(at <= last)) last = at;
        return last;
    }

    private static DateTime Second(DateTime utc) => new(utc.Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, DateTimeKind.Utc);

    [LoggerMessage(Level = LogLevel.Information, Message = "The demo's past is whole: {Hours:0.0} hours filled in within {Seconds:0.0} s")]
    private static partial void Filled(ILogger log, double hours, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The demo's sensors wait: {Reason}")]
    private static partial void Refused(ILogger log, string reason);
}
