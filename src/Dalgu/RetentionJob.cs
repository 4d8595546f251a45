using Dalgu.Hub;
using Dalgu.Hub.Temporal;

namespace Dalgu;

/// <summary>Cuts history by the setting <see cref="HubOptions.HistoryKept"/>, each hour, of every tenant; of several nodes one does it.</summary>
internal sealed partial class RetentionJob(CityHub hub, ILogger<RetentionJob> log) : BackgroundService
{
    private static readonly TimeSpan First = TimeSpan.FromMinutes(5), Pause = TimeSpan.FromHours(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var retention = HistoryRetention.Parse(hub.Options.HistoryKept);
        return retention.IsEmpty ? Task.CompletedTask : hub.OnDutyAsync("hub.retention", cancel => RunAsync(retention, cancel), stoppingToken);
    }

    private async Task RunAsync(HistoryRetention retention, CancellationToken cancel)
    {
        for (var wait = First; ; wait = Pause)
        {
            await Task.Delay(wait, hub.Clock, cancel);
            foreach (var name in hub.Tenants)
                try
                {
                    var gone = await retention.ApplyAsync(await hub.TenantAsync(name, cancel: cancel), hub.Clock.GetUtcNow().UtcDateTime, cancel);
                    if (gone > 0) Forgotten(log, gone, name);
                }
                catch (Problem problem)
                {
                    Waits(log, name, problem.Message); // the next hour tries again
                }
        }
    }

    [LoggerMessage(LogLevel.Information, "{Rows} rows of history of the tenant \"{Tenant}\" were older than they are kept")]
    private static partial void Forgotten(ILogger log, long rows, string tenant);

    [LoggerMessage(LogLevel.Warning, "The history of the tenant \"{Tenant}\" waits to be cut: {Reason}")]
    private static partial void Waits(ILogger log, string tenant, string reason);
}
