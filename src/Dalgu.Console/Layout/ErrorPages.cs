using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Console.Layout;

/// <summary>Shows a refusal as a page of the console where a person asks. What answers a refusal without a body leaves the page to this;
/// the reason is the <see cref="Problem"/> noted under <see cref="ProblemItem"/>.</summary>
public static class ErrorPages
{
    /// <summary>The item of a request that holds its <see cref="Problem"/>.</summary>
    public const string ProblemItem = "dalgu.problem";

    internal static async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        await next(http);
        var response = http.Response;
        if (response.HasStarted || response.StatusCode < 400 || response.ContentLength > 0 || response.ContentType is not null || !IsPage(http.Request)) return;
        var (path, query, method) = (http.Request.Path, http.Request.QueryString, http.Request.Method);
        try
        {
            http.Features.Set<IStatusCodeReExecuteFeature>(new StatusCodeReExecuteFeature { OriginalPath = path, OriginalPathBase = http.Request.PathBase, OriginalQueryString = query.Value, OriginalStatusCode = response.StatusCode });
            http.SetEndpoint(null);
            http.Request.RouteValues.Clear();
            http.Request.Path = "/error";
            http.Request.QueryString = default;
            http.Request.Method = HttpMethods.IsHead(method) ? method : HttpMethods.Get;
            await next(http);
        }
        finally
        {
            (http.Request.Path, http.Request.QueryString, http.Request.Method) = (path, query, method);
        }
    }

    private static bool IsPage(HttpRequest request) =>
        !request.Path.StartsWithSegments("/ngsi-ld") && !request.Path.StartsWithSegments("/live") && !request.Path.StartsWithSegments("/health")
        && !(request.Path.StartsWithSegments("/api", out var rest) && rest.Value is { Length: > 1 })
        && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
}
