using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Http;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Console;

/// <summary>One visit to a page: who asks, with which rights, as of when. Scoped to the request; pages and components inject it.</summary>
public sealed class Visit(IHttpContextAccessor accessor, CityHub hub)
{
    private DateTime? asOf;

    /// <summary>The request.</summary>
    public HttpContext Http => accessor.HttpContext ?? throw new InvalidOperationException("A page is rendered outside of a request.");

    /// <summary>The path that was asked for, also where the page shown is the one about a refusal.</summary>
    public string Path => Http.Features.Get<IStatusCodeReExecuteFeature>()?.OriginalPath ?? Http.Request.Path.Value ?? "/";

    /// <summary>The path with its query string: where to come back to.</summary>
    public string Address => Path + (Http.Features.Get<IStatusCodeReExecuteFeature>() is { } refused ? refused.OriginalQueryString : Http.Request.QueryString.Value);

    /// <summary>Who asks.</summary>
    public Principal Who => accessor.HttpContext?.Principal() ?? Principal.Anonymous;

    /// <summary>What the visitor may do.</summary>
    public Rights Rights => hub.Access.For(Who);

    /// <summary>The moment of the visit, UTC: the same for everything on the page.</summary>
    public DateTime AsOf => asOf ??= hub.Clock.GetUtcNow().UtcDateTime;

    /// <summary>The hub.</summary>
    public CityHub Hub => hub;

    /// <summary>The tenant that the pages show: the default one.</summary>
    public ValueTask<Tenant> TenantAsync() => hub.TenantAsync(cancel: Cancel);

    /// <summary>Ends with the request.</summary>
    public CancellationToken Cancel => accessor.HttpContext?.RequestAborted ?? CancellationToken.None;

    /// <summary>A value of the request's query string; null where it is absent or empty.</summary>
    public string? Query(string name) => accessor.HttpContext?.Request.Query[name].ToString() is { Length: > 0 } value ? value : null;

    /// <summary>True where the visitor's role is at least this one.</summary>
    public bool IsAtLeast(Role role) => Who.Role >= role;
}
