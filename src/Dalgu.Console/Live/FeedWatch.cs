using Dalgu.Hub;
using Microsoft.Extensions.Hosting;

namespace Dalgu.Console.Live;

/// <summary>Hands the changes of the default tenant to what the console keeps in memory of them.</summary>
internal sealed class FeedWatch(CityHub hub, RecentChanges recent, SourceHealth health) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var tenant = await hub.TenantAsync(cancel: stoppingToken);
        await foreach (var commit in tenant.Changes.ReadAsync(1_024, stoppingToken))
        {
            recent.Take(commit);
            health.Take(commit);
        }
    }
}
