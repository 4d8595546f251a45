namespace Dalgu.Hub.Access;

/// <summary>Counts failed sign-ins of each account and each address within a sliding window, and closes the door for either at the limit. Thread-safe.</summary>
public sealed class SignInLimiter(HubOptions options, TimeProvider clock)
{
    private const int MostNames = 10_000;
    private readonly Lock gate = new();
    private readonly Dictionary<string, Queue<DateTime>> failures = new(StringComparer.Ordinal);

    /// <summary>How long the door stays closed for this account or address; zero where it is open.</summary>
    public TimeSpan Closed(string account, string address)
    {
        lock (gate)
        {
            var byAccount = Wait("a:" + account);
            var byAddress = Wait("n:" + address);
            return byAccount > byAddress ? byAccount : byAddress;
        }
    }

    /// <summary>Counts a failed sign-in.</summary>
    /// <returns>True where this one closed the door.</returns>
    public bool Failed(string account, string address)
    {
        lock (gate)
        {
            var closes = Add("a:" + account);
            return Add("n:" + address) | closes;
        }
    }

    /// <summary>Forgets an account's failures after it signed in. The address keeps its count.</summary>
    public void Succeeded(string account)
    {
        lock (gate) failures.Remove("a:" + account);
    }

    private bool Add(string name)
    {
        if (!failures.TryGetValue(name, out var times))
        {
            if (failures.Count >= MostNames) Forget();
            failures[name] = times = new Queue<DateTime>();
        }
        times.Enqueue(clock.GetUtcNow().UtcDateTime);
        while (times.Count > options.SignInAttempts) times.Dequeue();
        return times.Count == options.SignInAttempts;
    }

    private TimeSpan Wait(string name)
    {
        if (!failures.TryGetValue(name, out var times)) return TimeSpan.Zero;
        var now = clock.GetUtcNow().UtcDateTime;
        while (times.Count > 0 && now - times.Peek() >= options.SignInWindow) times.Dequeue();
        if (times.Count == 0) failures.Remove(name);
        return times.Count < options.SignInAttempts ? TimeSpan.Zero : times.Peek() + options.SignInWindow - now;
    }

    // A flood of invented names must not grow without bound: what is past goes first, then the whole count starts anew.
    private void Forget()
    {
        foreach (var name in failures.Keys.ToArray()) Wait(name);
        if (failures.Count >= MostNames) failures.Clear();
    }
}
