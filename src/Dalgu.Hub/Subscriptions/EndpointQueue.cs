namespace Dalgu.Hub.Subscriptions;

/// <summary>The subscriptions that have something for one endpoint, in the order in which they got it. Works on a few at a time; after a failure it
/// rests, longer each time, and then tries one alone. No other endpoint waits for it.</summary>
internal sealed class EndpointQueue(string address, SemaphoreSlim host, NotificationLimits limits, TimeProvider clock) : IDisposable
{
    private readonly Lock gate = new();
    private readonly LinkedList<(SubscriptionState State, TenantDelivery Delivery)> ready = new();
    private ITimer? timer;
    private int running, failures, users;
    private long waiting;
    private DateTimeOffset restsUntil;

    /// <summary>The address, which may hold a password.</summary>
    public string Address => address;
    /// <summary>The room of the host that the endpoint shares with others of it.</summary>
    public SemaphoreSlim Host => host;
    /// <summary>How many changes wait for it in memory.</summary>
    public long Waiting => Interlocked.Read(ref waiting);
    /// <summary>The connection of an MQTT endpoint; used by one notification at a time.</summary>
    public MqttConnection? Mqtt { get; set; }

    /// <summary>Counts changes in or out.</summary>
    public void Count(int change) => Interlocked.Add(ref waiting, change);

    /// <summary>Adds a subscription that has something to send.</summary>
    public void Add(SubscriptionState state, TenantDelivery delivery, bool first = false)
    {
        lock (gate)
        {
            if (first) ready.AddFirst((state, delivery));
            else ready.AddLast((state, delivery));
        }
        Work();
    }

    /// <summary>Notes that the endpoint took something.</summary>
    public void Succeeded()
    {
        lock (gate) (failures, restsUntil) = (0, default);
    }

    /// <summary>Notes a failure that another try may cure.</summary>
    /// <param name="cooldown">The least rest that the subscription asks for.</param>
    public void Failed(TimeSpan? cooldown)
    {
        lock (gate)
        {
            var rest = TimeSpan.FromTicks(Math.Min(limits.LongestRest.Ticks, limits.FirstRest.Ticks << Math.Min(failures++, 20)));
            var until = clock.GetUtcNow() + (cooldown > rest ? cooldown.Value : rest);
            if (until > restsUntil) restsUntil = until;
        }
    }

    private void Work()
    {
        lock (gate)
        {
            var most = failures > 0 ? 1 : Mqtt is null ? limits.PerEndpoint : 1;
            var rest = restsUntil - clock.GetUtcNow();
            if (rest > TimeSpan.Zero)
            {
                if (ready.Count > 0 && timer is null) timer = clock.CreateTimer(static queue => ((EndpointQueue)queue!).Wake(), this, rest, Timeout.InfiniteTimeSpan);
                return;
            }
            while (running < most && ready.First is { } next)
            {
                ready.RemoveFirst();
                running++;
                _ = RunAsync(next.Value.State, next.Value.Delivery);
            }
        }
    }

    private void Wake()
    {
        lock (gate)
        {
            timer?.Dispose();
            timer = null;
        }
        Work();
    }

    private async Task RunAsync(SubscriptionState state, TenantDelivery delivery)
    {
        await Task.Yield(); // not under the caller's locks
        try
        {
            await delivery.DeliverAsync(state, this);
        }
        finally
        {
            lock (gate) running--;
            Work();
        }
    }

    /// <summary>One more subscription uses it.</summary>
    public void Use() => users++;

    /// <summary>One fewer; true where none is left.</summary>
    public bool Leave() => --users == 0;

    public void Dispose()
    {
        lock (gate)
        {
            timer?.Dispose();
            timer = null;
        }
        Mqtt?.Dispose();
    }
}

/// <summary>How notifications are tried, as the settings say.</summary>
internal readonly record struct NotificationLimits(int PerEndpoint, TimeSpan FirstRest, TimeSpan LongestRest);
