using Microsoft.Extensions.DependencyInjection;

namespace Dalgu.Hub.Access;

/// <summary>Who has an account, a session, a key or a link: loaded from the default tenant at the start.</summary>
public sealed class AccessBook(Accounts accounts, Sessions sessions, ApiKeys keys, SignInLinks links, SignInLimiter limiter)
{
    private Tenant? home;

    /// <summary>The accounts.</summary>
    public Accounts Accounts { get; } = accounts;
    /// <summary>The sessions.</summary>
    public Sessions Sessions { get; } = sessions;
    /// <summary>The API keys.</summary>
    public ApiKeys Keys { get; } = keys;
    /// <summary>The one-time links.</summary>
    public SignInLinks Links { get; } = links;
    /// <summary>The count of failed sign-ins.</summary>
    public SignInLimiter Limiter { get; } = limiter;

    /// <summary>A book over an instance's options and clock.</summary>
    public static AccessBook Of(HubOptions options, TimeProvider clock) =>
        new(new Accounts(clock), new Sessions(options, clock), new ApiKeys(clock), new SignInLinks(clock), new SignInLimiter(options, clock));

    /// <summary>Signs somebody in and returns the token for the cookie.</summary>
    /// <exception cref="Problem">TooManyRequests where the door is closed; Unauthorized where name and password do not fit.</exception>
    public async Task<string> SignInAsync(string name, string password, string address, string client, CancellationToken cancel = default)
    {
        var known = Accounts.Find(name)?.Name;
        var counted = known ?? name.Trim().ToLowerInvariant();
        if (counted.Length > 64) counted = counted[..64];
        if (Limiter.Closed(counted, address) is { Ticks: > 0 } wait)
            throw new Problem(ProblemKind.TooManyRequests, $"Sign-ins failed too often; try again in {Math.Ceiling(wait.TotalMinutes)} min.");
        if (await Accounts.SignInAsync(name, password, cancel) is not { } account)
        {
            // What was typed as a name may be a password: the audit names only accounts that exist.
            var closes = Limiter.Failed(counted, address);
            await Accounts.RecordAsync(Principal.Anonymous, closes ? "access.sign-in-closed" : "access.sign-in-failed", known ?? "unknown");
            throw new Problem(ProblemKind.Unauthorized, "Name and password do not fit together; check both.");
        }
        Limiter.Succeeded(account.Name);
        return await Sessions.BeginAsync(account, address, client);
    }

    /// <summary>Returns when this node knows what other nodes changed before: a session that ended there has ended here.</summary>
    internal ValueTask FreshAsync() => home?.FreshAsync() ?? default;

    /// <summary>Who somebody is now who acted at an earlier time: the account or key of the name, with the rights that it has today. Null where it is
    /// closed, has expired, or is a later one of the same name.</summary>
    public Principal? Present(Principal who, DateTime then)
    {
        if (ReferenceEquals(who, Principal.System) || who.Name == Principal.System.Name) return Principal.System;
        if (who.Name.StartsWith("key:", StringComparison.Ordinal)) return Keys.Present(who.Name[4..], then)?.Principal;
        return Accounts.Find(who.Name) is { Disabled: false } account && account.Created <= then ? account.Principal() : null;
    }

    /// <summary>Reads everything from the default tenant.</summary>
    public async Task LoadAsync(CityHub hub, CancellationToken cancel = default)
    {
        var tenant = home = await hub.TenantAsync("", create: true, cancel);
        await Accounts.LoadAsync(tenant, cancel);
        await Sessions.LoadAsync(tenant, cancel);
        await Keys.LoadAsync(tenant, cancel);
        await Links.LoadAsync(tenant, cancel);
    }
}

/// <summary>Adds what access needs to the services of an instance.</summary>
public static class AccessServices
{
    /// <summary>Adds <see cref="AccessBook"/> and its parts.</summary>
    public static IServiceCollection AddDalguAccess(this IServiceCollection services, HubOptions options, TimeProvider clock)
    {
        var book = AccessBook.Of(options, clock);
        return services.AddSingleton(book).AddSingleton(book.Accounts).AddSingleton(book.Sessions).AddSingleton(book.Keys).AddSingleton(book.Links).AddSingleton(book.Limiter);
    }
}
