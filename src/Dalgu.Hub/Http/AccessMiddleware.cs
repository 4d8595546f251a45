using Dalgu.Hub.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;

namespace Dalgu.Hub.Http;

/// <summary>Finds out who asks and lets nobody past who may not. Stands between routing and the endpoints: deny by default on every path.</summary>
public sealed class AccessMiddleware(RequestDelegate next, AccessBook book, HubOptions options, IReadOnlySet<string>? hosts)
{
    private static readonly Principal Laboratory = new("laboratory", Role.Administrator, []);

    /// <summary>The name of the session cookie: bound to the host where the connection is encrypted.</summary>
    public static string CookieName(bool https) => https ? "__Host-dalgu" : "dalgu-session";

    /// <summary>Answers one request, or passes it on.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        SecurityHeaders.Set(http);
        // Where several nodes share a store, a key that was closed at another one is closed here.
        if (http.Request.Headers.Authorization.Count > 0 || http.Request.Cookies.Count > 0) await book.FreshAsync();
        if (Refusal(http) is { } problem)
        {
            if (problem.Kind == ProblemKind.Unauthorized && ProblemResponse.IsPageRequest(http.Request) && HttpMethods.IsGet(http.Request.Method))
                http.Response.Redirect("/sign-in?return=" + Uri.EscapeDataString(http.Request.Path + http.Request.QueryString));
            else await ProblemResponse.WriteAsync(http, problem);
            return;
        }
        if (http.Session() is { } session)
        {
            http.Response.Headers.CacheControl = "no-store";
            book.Sessions.Touch(session);
        }
        await next(http);
    }

    private Problem? Refusal(HttpContext http)
    {
        var request = http.Request;
        if (hosts is not null && !hosts.Contains(request.Host.Host))
            return new(ProblemKind.InvalidRequest, $"The host \"{Iri.Shorten(request.Host.Host)}\" is none of this instance's; call it by {string.Join(", ", hosts.Order(StringComparer.Ordinal))}, or add the name with DALGU_HOSTS.");

        var (who, byKey, session, unknown) = Who(http);
        if (unknown is not null) return unknown;
        http.SetCaller(who, session);
        if (!byKey && ChangesState(request) && IsFromElsewhere(request, session is not null))
            return new(ProblemKind.Forbidden, "The request comes from another site; send it from a page of this instance, or with an API key.");

        if (http.GetEndpoint() is not { } endpoint) return null; // nothing is there to protect: the answer is 404
        var needs = endpoint.Metadata.GetMetadata<NeedsAttribute>();
        var least = needs?.Least ?? Role.Administrator;
        if (who.Role < least)
            return who.Role == Role.Anonymous
                ? new(ProblemKind.Unauthorized, $"{request.Method} {Iri.Shorten(request.Path)} needs a known caller; sign in, or send an API key as \"Authorization: Bearer …\".")
                : new(ProblemKind.Forbidden, $"{request.Method} {Iri.Shorten(request.Path)} needs the role {least.ToString().ToLowerInvariant()}; {who.Name} is {who.Role.ToString().ToLowerInvariant()}.");
        if (needs?.Desk is { } desk && who.Role == Role.Official && !who.Desks.Contains(desk, StringComparer.Ordinal))
            return new(ProblemKind.Forbidden, $"{request.Method} {Iri.Shorten(request.Path)} is for officials of the desk \"{desk}\"; {who.Name} is of {string.Join(", ", who.Desks)}.");
        return null;
    }

    private (Principal Who, bool ByKey, Session? Session, Problem? Unknown) Who(HttpContext http)
    {
        var headers = http.Request.Headers;
        var secret = headers["X-API-Key"].ToString();
        if (headers.Authorization.ToString() is { Length: > 0 } authorization)
        {
            if (!authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
                return (Principal.Anonymous, false, null, new(ProblemKind.Unauthorized, "The Authorization scheme is not Bearer; send the API key as \"Authorization: Bearer …\"."));
            secret = authorization[7..].Trim();
        }
        if (secret.Length > 0)
        {
            if (book.Keys.Find(secret) is not { } key)
                return (Principal.Anonymous, false, null, new(ProblemKind.Unauthorized, "The API key is unknown, expired or disabled; ask an administrator for another one."));
            var tenant = headers["NGSILD-Tenant"].ToString();
            if (key.Tenants.Count > 0 && !key.Tenants.Contains(tenant, StringComparer.Ordinal))
                return (Principal.Anonymous, false, null, new(ProblemKind.Forbidden, $"The API key \"{key.Name}\" is not for the tenant \"{Iri.Shorten(tenant)}\"; ask an administrator for one that is."));
            book.Keys.Touch(key);
            return (key.Principal, true, null, null);
        }
        if (options.Open) return (Laboratory, false, null, null);
        if (book.Sessions.Find(http.Request.Cookies[CookieName(http.Request.IsHttps)]) is not { } session
            || book.Accounts.Find(session.Account) is not { Disabled: false } account) return (Principal.Anonymous, false, null, null);
        return (account.Principal(), false, session, null);
    }

    // A WebSocket is opened by GET and then carries anything, so it counts.
    private static bool ChangesState(HttpRequest request) =>
        !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)) || request.Headers.ContainsKey(HeaderNames.Upgrade)
        || HttpMethods.IsConnect(request.Method);

    /// <summary>True where the browser says that another site sent the request, or, with a cookie, where it does not say.</summary>
    private static bool IsFromElsewhere(HttpRequest request, bool withCookie)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        var origin = request.Headers.Origin.ToString();
        if (site.Length > 0 && site != "same-origin") return true;
        if (origin.Length > 0) return !string.Equals(origin, $"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase);
        return withCookie && site.Length == 0;
    }
}

/// <summary>Puts access control into the pipeline of an instance.</summary>
public static class AccessMiddlewareExtensions
{
    /// <summary>Adds <see cref="AccessMiddleware"/>; after routing, before the endpoints.</summary>
    /// <param name="app">The pipeline.</param>
    /// <param name="hosts">The host names that it answers to; null for any.</param>
    public static IApplicationBuilder UseDalguAccess(this IApplicationBuilder app, IReadOnlySet<string>? hosts)
    {
        var book = app.ApplicationServices.GetRequiredService<AccessBook>();
        var options = app.ApplicationServices.GetRequiredService<HubOptions>();
        return app.Use(next => new AccessMiddleware(next, book, options, hosts).InvokeAsync);
    }
}
