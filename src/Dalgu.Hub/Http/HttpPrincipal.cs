using Dalgu.Hub.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Dalgu.Hub.Http;

/// <summary>Who asks, as the access middleware found out.</summary>
public static class HttpPrincipal
{
    /// <summary>Who asks.</summary>
    public static Principal Principal(this HttpContext http) => http.Features.Get<Caller>()?.Who ?? Access.Principal.Anonymous;

    /// <summary>What who asks may do.</summary>
    public static Rights Rights(this HttpContext http)
    {
        var caller = http.Features.Get<Caller>();
        if (caller?.Rights is { } known) return known;
        var rights = http.RequestServices.GetRequiredService<CityHub>().Access.For(caller?.Who ?? Access.Principal.Anonymous);
        if (caller is not null) caller.Rights = rights;
        return rights;
    }

    /// <summary>A request like this one that outlives it: who asks, and all that it said in headers, for work that goes on when it is answered.</summary>
    internal static HttpContext InBackground(this HttpContext http, CancellationToken end)
    {
        var copy = new DefaultHttpContext { RequestAborted = end };
        copy.Features.Set(new Caller { Who = http.Principal(), Session = null, Rights = http.Rights() });
        foreach (var (name, values) in http.Request.Headers)
            if (!name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase) && name is not ("Accept" or "Prefer")) copy.Request.Headers[name] = values;
        (copy.Request.Method, copy.Request.Scheme, copy.Request.Host) = (HttpMethods.Post, http.Request.Scheme, http.Request.Host);
        return copy;
    }

    /// <summary>The session by which a browser asks; null where it asks by key or not signed in.</summary>
    public static Session? Session(this HttpContext http) => http.Features.Get<Caller>()?.Session;

    internal static void SetCaller(this HttpContext http, Principal who, Session? session) => http.Features.Set(new Caller { Who = who, Session = session });

    private sealed class Caller
    {
        public required Principal Who { get; init; }
        public required Session? Session { get; init; }
        public Rights? Rights { get; set; }
    }

    /// <summary>The address from which somebody asks, as the limits and the sessions know it.</summary>
    public static string ClientAddress(this HttpContext http) => http.Connection.RemoteIpAddress?.ToString() ?? "local";
}
