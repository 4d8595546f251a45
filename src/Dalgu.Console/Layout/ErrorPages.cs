using Dalgu.Hub.Http;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Dalgu.Console.Layout;

/// <summary>Shows a refusal as a page of the console where a person asks. What answers a refusal without a body leaves the page to this;
/// the reason is the <see cref="Problem"/> noted under <see cref="ProblemResponse.ProblemItem"/>.</summary>
internal static class ErrorPages
{
    /// <summary>The item of a request that holds the reason, in the language of the page, where a page itself found nothing to show.</summary>
    public const string ReasonItem = "dalgu.reason";

    internal static async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        http.Items[ProblemResponse.PagesItem] = true;
        await next(http);
        var response = http.Response;
        if (response.HasStarted || response.StatusCode < 400 || response.ContentLength > 0 || response.ContentType is not null || !ProblemResponse.IsPageRequest(http.Request)) return;
        var (path, query, method) = (http.Request.Path, http.Request.QueryString, http.Request.Method);
        // The refused page may have used its services already; the page about it gets its own.
        var services = http.RequestServices;
        await using var scope = services.CreateAsyncScope();
        try
        {
            http.RequestServices = scope.ServiceProvider;
            http.Features.Set<IStatusCodeReExecuteFeature>(new StatusCodeReExecuteFeature { OriginalPath = path, OriginalPathBase = http.Request.PathBase, OriginalQueryString = query.Value });
            http.SetEndpoint(null);
            http.Request.RouteValues.Clear();
            http.Request.Path = "/error";
            http.Request.QueryString = default;
            http.Request.Method = HttpMethods.IsHead(method) ? method : HttpMethods.Get;
            await next(http);
        }
        finally
        {
            http.RequestServices = services;
            (http.Request.Path, http.Request.QueryString, http.Request.Method) = (path, query, method);
        }
    }
}
