using Dalgu.Hub.Snapshots;

namespace Dalgu.Hub;

/// <content>Closes tenants that nobody uses, so that memory follows the tenants in use and not those that exist. The next use opens one again.</content>
public sealed partial class CityHub
{
    private const int ClosingsBetweenTrims = 64;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1), Grace = TimeSpan.FromSeconds(1);
    private readonly Dictionary<string, (Tenant Tenant, long Uses, DateTime Since)> seen = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource closing = new();
    private int closings;
    private Task looking = Task.CompletedTask, lettingGo = Task.CompletedTask;

    /// <summary>How many tenants are open now.</summary>
    internal int OpenTenants => tenants.Values.Count(t => t.IsValueCreated && t.Value.IsCompletedSuccessfully);

    /// <summary>Begins to look each second for tenants at rest. Nodes that share a store keep theirs open: they hear of each other's writes through them.</summary>
    private void CloseWhatRests()
    {
        if (!IsShared) looking = Task.Run(() => LookAsync(closing.Token));
    }

    private async Task StopClosingAsync()
    {
        await closing.CancelAsync();
        await looking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await lettingGo;
        closing.Dispose();
    }

    private async Task LookAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Look, Clock);
        while (await timer.WaitForNextTickAsync(cancel)) CloseIdle(Clock.GetUtcNow().UtcDateTime);
    }

    /// <summary>Closes what has rested long enough, and of too many open tenants those that rest longest.</summary>
    private void CloseIdle(DateTime now)
    {
        var open = 0;
        var rested = new List<(DateTime Since, string Name)>();
        foreach (var (name, lazy) in tenants)
        {
            if (name.Length == 0 || SnapshotBook.IsStore(name) || !lazy.IsValueCreated || !lazy.Value.IsCompletedSuccessfully) continue;
            open++;
            var tenant = lazy.Value.Result;
            if (!seen.TryGetValue(name, out var before) || before.Tenant != tenant || before.Uses != tenant.Uses || before.Since > now) seen[name] = (tenant, tenant.Uses, now);
            else if (tenant.IsAtRest) rested.Add((before.Since, name));
        }
        rested.Sort();
        foreach (var (since, name) in rested)
        {
            if (now - since < Options.TenantIdle && open <= Options.OpenTenants) return;
            if (Close(name)) open--;
        }
    }

    /// <summary>Lets go of a tenant. Who had it in hand has a moment to come to an end; who asks for it from now on waits until it is closed, and opens it anew.</summary>
    private bool Close(string name)
    {
        if (!seen.Remove(name, out var rests) || !tenants.TryGetValue(name, out var open)) return false;
        var isClosed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!tenants.TryUpdate(name, new Lazy<Task<Tenant>>(() => OpenAgainAsync(name, isClosed.Task)), open)) return false;
        lettingGo = Task.WhenAll(lettingGo, DisposeAsync(rests.Tenant, isClosed));
        return true;
    }

    private async Task<Tenant> OpenAgainAsync(string name, Task isClosed)
    {
        await isClosed;
        return await Tenant.OpenAsync(name, stores.Create(name), this);
    }

    private async Task DisposeAsync(Tenant tenant, TaskCompletionSource isClosed)
    {
        try
        {
            var uses = -1L;
            while (!closing.IsCancellationRequested && (uses != tenant.Uses || !tenant.IsAtRest))
            {
                uses = tenant.Uses;
                await Task.Delay(Grace, Clock, closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            await tenant.DisposeAsync();
            isClosed.SetResult();
            if (Interlocked.Increment(ref closings) % ClosingsBetweenTrims == 0) NativeHeap.Trim();
        }
        catch (Exception fault)
        {
            isClosed.SetException(fault); // whoever asks for the tenant is told
        }
    }
}
