using Dalgu.Hub;
using Dalgu.Hub.Changes;
using Microsoft.Extensions.Hosting;

namespace Dalgu.Console.Live;

/// <summary>Hands the changes of the default tenant to what the console keeps in memory of them: first the last ones before the start, then each as it comes.</summary>
public sealed class FeedWatch(CityHub hub, RecentChanges recent, SourceHealth health) : BackgroundService
{
    private readonly TaskCompletionSource caughtUp = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when what was before the start has been read, or cannot be.</summary>
    public Task CaughtUp => caughtUp.Task;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await WatchAsync(stoppingToken);
        }
        finally
        {
            caughtUp.TrySetResult();
        }
    }

    private async Task WatchAsync(CancellationToken stoppingToken)
    {
        var tenant = await hub.TenantAsync(cancel: stoppingToken);
        await using var feed = tenant.Changes.ReadAsync(1_024, stoppingToken).GetAsyncEnumerator(stoppingToken);
        var next = feed.MoveNextAsync().AsTask(); // from here on nothing is missed
        try
        {
            var last = tenant.ToldFrom;
            await Lately.ReadAsync(tenant, hub, last, Take, stoppingToken);
            caughtUp.SetResult();
            while (await next)
            {
                Take(feed.Current[0].Seq > last ? feed.Current : [.. feed.Current.Where(c => c.Seq > last)]);
                next = feed.MoveNextAsync().AsTask();
            }
        }
        finally
        {
            // The feed may be let go only when nobody waits for it; what else fails here ends with the instance.
            if (stoppingToken.IsCancellationRequested) await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Take(IReadOnlyList<Change> commit)
    {
        recent.Take(commit);
        health.Take(commit);
    }
}
