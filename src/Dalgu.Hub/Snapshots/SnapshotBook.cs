using System.Collections.Concurrent;
using System.Text.Json;
using Dalgu.Hub.Access;

namespace Dalgu.Hub.Snapshots;

/// <summary>The snapshots of a tenant: durable as documents, in memory for every read; each has its entities in a store of its own. Thread-safe.</summary>
internal sealed class SnapshotBook : IDisposable
{
    /// <summary>What the names of their stores begin with; no tenant has such a name.</summary>
    private const string Prefix = "_snapshot-";
    private static readonly TimeSpan UseNoted = TimeSpan.FromMinutes(1); // how exact the stored lastUsedAt is

    private readonly Tenant tenant;
    private readonly CityHub hub;
    private readonly ConcurrentDictionary<string, Snapshot> all = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource end = new();
    private readonly SemaphoreSlim gate = new(1);
    private readonly ITimer timer;

    public SnapshotBook(Tenant tenant, CityHub hub)
    {
        (this.tenant, this.hub) = (tenant, hub);
        timer = hub.Clock.CreateTimer(_ => _ = SweepAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Ends what is under way.</summary>
    public CancellationToken End => end.Token;

    private DateTime Now => Timestamp.Milliseconds(hub.Clock.GetUtcNow().UtcDateTime);

    /// <summary>The name of a store that is none yet.</summary>
    public static string NewStore() => Prefix + Guid.NewGuid().ToString("N");

    /// <summary>True for the store of a snapshot.</summary>
    public static bool IsStore(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Reads what is stored. What was being filled when the instance ended has failed.</summary>
    public async Task LoadAsync()
    {
        await foreach (var document in tenant.DocumentsAsync(Snapshot.Collection))
            if (document.Body is { } body && JsonSerializer.Deserialize(body, SnapshotJson.Default.Snapshot) is { } stored) all[document.Id] = stored;
        tenant.Watch(Snapshot.Collection, document =>
        {
            if (document.Body is { } body && JsonSerializer.Deserialize(body, SnapshotJson.Default.Snapshot) is { } stored) all[document.Id] = stored;
            else if (all.TryRemove(document.Id, out var gone)) _ = hub.CloseStoreAsync(gone.Store);
            Schedule();
        });
        if (!hub.IsShared)
            foreach (var snapshot in all.Values)
                if (snapshot.IsPreparing)
                    await StoreAsync(Principal.System, "snapshots.fill", snapshot with { Status = "failure", ModifiedAt = Now });
        Schedule();
    }

    /// <summary>True where there is none.</summary>
    public bool IsEmpty => all.IsEmpty;

    /// <summary>The living snapshot of an id; null where there is none.</summary>
    public Snapshot? Find(string id) => all.TryGetValue(id, out var snapshot) && snapshot.ExpiresAt > Now ? snapshot : null;

    /// <summary>The living snapshots that somebody may manage: the own ones, and an operator all; in ordinal order of id.</summary>
    public List<Snapshot> Of(Principal who) => [.. all.Values.Where(s => s.ExpiresAt > Now && MayManage(s, who)).OrderBy(s => s.Id, StringComparer.Ordinal)];

    /// <summary>True for who made a snapshot, and for operators.</summary>
    public static bool MayManage(Snapshot snapshot, Principal who) => who.Role >= Role.Operator || snapshot.By.Name == who.Name;

    /// <summary>Keeps a snapshot that is to be filled. Where there are as many as may be, one that has expired goes, else the one of the least priority that would go first.</summary>
    /// <exception cref="Problem">AlreadyExists where the id is taken.</exception>
    public async Task AddAsync(Snapshot snapshot)
    {
        await gate.WaitAsync();
        try
        {
            if (Find(snapshot.Id) is not null) throw new Problem(ProblemKind.AlreadyExists, $"The snapshot \"{snapshot.Id}\" exists already.");
            while (all.Count >= hub.Options.MaxSnapshots)
                await RemoveAsync(Principal.System, "snapshots.evict", all.Values.OrderBy(s => s.ExpiresAt > Now).ThenBy(s => s.Priority).ThenBy(s => s.ExpiresAt).ThenBy(s => s.Id, StringComparer.Ordinal).First());
            await StoreAsync(snapshot.By, "snapshots.create", snapshot);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Stores a changed snapshot; one that is gone meanwhile stays gone.</summary>
    /// <returns>False where it is gone.</returns>
    public async Task<bool> ChangeAsync(Principal who, string action, string id, Func<Snapshot, Snapshot> change)
    {
        await gate.WaitAsync();
        try
        {
            if (!all.TryGetValue(id, out var current)) return false;
            await StoreAsync(who, action, change(current));
            return true;
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task StoreAsync(Principal who, string action, Snapshot snapshot)
    {
        await tenant.WriteAsync(who, action, [], scope =>
        {
            scope.Target = snapshot.Id;
            scope.PutDocument(Snapshot.Collection, snapshot.Id, JsonSerializer.SerializeToUtf8Bytes(snapshot, SnapshotJson.Default.Snapshot));
            return true;
        });
        all[snapshot.Id] = snapshot;
        Schedule();
    }

    /// <summary>Takes a snapshot away with all that it holds; who is to be told is told.</summary>
    public async Task RemoveAsync(Principal who, string action, Snapshot snapshot)
    {
        await tenant.WriteAsync(who, action, [], scope =>
        {
            scope.Target = snapshot.Id;
            scope.PutDocument(Snapshot.Collection, snapshot.Id, null);
            return true;
        });
        all.TryRemove(snapshot.Id, out _);
        await hub.RemoveStoreAsync(snapshot.Store);
        // An expiry before the notification says that it is gone (clause 5.3.4).
        if (snapshot.Endpoint is not null) _ = SnapshotNotification.SendAsync(hub, tenant.Name, snapshot with { ExpiresAt = snapshot.ExpiresAt < Now ? snapshot.ExpiresAt : Now.AddMilliseconds(-1) });
    }

    /// <summary>Notes that a snapshot is used.</summary>
    public void Touch(Snapshot snapshot)
    {
        var now = Now;
        var used = snapshot with { LastUsedAt = now };
        if (!all.TryUpdate(snapshot.Id, used, snapshot) || now - snapshot.LastUsedAt < UseNoted) return;
        _ = ChangeAsync(Principal.System, "snapshots.use", snapshot.Id, s => s with { LastUsedAt = now }).ContinueWith(static t => _ = t.Exception, TaskScheduler.Default); // the next use notes it again
    }

    private void Schedule()
    {
        if (all.IsEmpty || end.IsCancellationRequested) return;
        var wait = all.Values.Min(s => s.ExpiresAt) - Now;
        timer.Change(wait < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : wait > TimeSpan.FromDays(7) ? TimeSpan.FromDays(7) : wait, Timeout.InfiniteTimeSpan);
    }

    private async Task SweepAsync()
    {
        try
        {
            if (tenant.IsSweeper)
                foreach (var snapshot in all.Values)
                    if (snapshot.ExpiresAt <= Now) await RemoveAsync(Principal.System, "snapshots.expire", snapshot);
        }
        catch (Problem)
        {
            // The store takes no writes now; what has expired is not found all the same, and goes the next time.
        }
        catch (ObjectDisposedException)
        {
            return; // the tenant ends
        }
        Schedule();
    }

    public void Dispose()
    {
        end.Cancel();
        timer.Dispose();
        gate.Dispose();
    }
}
