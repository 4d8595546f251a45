using System.Globalization;
using Dalgu.Hub.Access;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub;

/// <summary>Takes away what has expired, so that whoever listens is told. What expires when stands in documents that the writes commit with it; nothing
/// runs while there are none. Readers do not wait for it: they do not see what has expired.</summary>
internal sealed class ExpirySweeper : IDisposable
{
    /// <summary>The collection of documents whose ids are an instant in ticks and an entity's id.</summary>
    public const string Collection = "expiry";
    private const int Most = 500;

    private readonly Tenant tenant;
    private readonly TimeProvider clock;
    private readonly ITimer timer;
    private readonly Lock gate = new();
    private DateTime next = DateTime.MaxValue;
    private bool isDisposed;

    public ExpirySweeper(Tenant tenant, TimeProvider clock)
    {
        this.tenant = tenant;
        this.clock = clock;
        timer = clock.CreateTimer(_ => _ = SweepAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The id of the document that says when something of an entity expires.</summary>
    public static string DocumentId(DateTime at, string entity) => $"{at.Ticks:x16} {entity}";

    /// <summary>Looks for what was due while nobody looked.</summary>
    public Task StartAsync()
    {
        tenant.Watch(Collection, document => { if (document.Body is not null) Note(TimeOf(document)); });
        return ScheduleNextAsync();
    }

    /// <summary>True where something is to expire.</summary>
    public bool Expects
    {
        get
        {
            lock (gate) return next != DateTime.MaxValue;
        }
    }

    /// <summary>Notes that something expires at an instant.</summary>
    public void Note(DateTime at)
    {
        lock (gate)
        {
            if (isDisposed || at >= next) return;
            next = at;
            var wait = at - clock.GetUtcNow().UtcDateTime;
            // A timer takes no more than 49 days; it looks again then.
            timer.Change(wait <= TimeSpan.Zero ? TimeSpan.Zero : wait > TimeSpan.FromDays(7) ? TimeSpan.FromDays(7) : wait, Timeout.InfiniteTimeSpan);
        }
    }

    private async Task SweepAsync()
    {
        try
        {
            var now = clock.GetUtcNow().UtcDateTime;
            if (!tenant.IsSweeper)
            {
                // Another node sweeps. Should it be gone, this one looks again.
                lock (gate) next = DateTime.MaxValue;
                Note(now.AddSeconds(5));
                return;
            }
            var due = new List<string>();
            await foreach (var document in tenant.DocumentsAsync(Collection))
            {
                if (TimeOf(document) > now || due.Count == Most) break;
                due.Add(document.Id);
            }
            if (due.Count > 0) await RemoveAsync(due);
            await ScheduleNextAsync();
        }
        catch (Exception fault) when (fault is Problem or ObjectDisposedException)
        {
            // The store takes no writes now; what expired stays unseen, and is taken away when it does.
            lock (gate) next = DateTime.MaxValue;
            Note(clock.GetUtcNow().UtcDateTime.AddSeconds(10));
        }
    }

    private Task<bool> RemoveAsync(List<string> due)
    {
        var ids = due.Select(d => d[17..]).Distinct(StringComparer.Ordinal).ToArray();
        return tenant.WriteAsync(Principal.System, "entities.expire", ids, scope =>
        {
            foreach (var id in ids) scope.Expire(id);
            foreach (var document in due) scope.PutDocument(Collection, document, null);
            return true;
        });
    }

    private async Task ScheduleNextAsync()
    {
        lock (gate) next = DateTime.MaxValue;
        await foreach (var document in tenant.DocumentsAsync(Collection))
        {
            Note(TimeOf(document));
            return;
        }
    }

    private static DateTime TimeOf(DocumentWrite document) => new(long.Parse(document.Id.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture), DateTimeKind.Utc);

    public void Dispose()
    {
        lock (gate) isDisposed = true;
        timer.Dispose();
    }
}
