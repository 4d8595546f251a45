using Dalgu.Hub.Contexts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Dalgu.Hub.Http;

/// <summary>Maps the operations of NGSI-LD under <c>/ngsi-ld/v1</c>, and the @contexts of this instance under <c>/contexts</c>.</summary>
public static class NgsiLdRoutes
{
    /// <summary>The root of the interface.</summary>
    public const string Root = "/ngsi-ld/v1";

    /// <summary>True where a request is one to this interface, whose answers are data and never pages.</summary>
    public static bool Covers(HttpRequest request) => request.Path.Value is { } path && path.StartsWith("/ngsi-ld/", StringComparison.Ordinal);

    /// <summary>Maps every operation of the table.</summary>
    public static void MapNgsiLd(this IEndpointRouteBuilder routes)
    {
        var hub = routes.ServiceProvider.GetRequiredService<CityHub>();
        foreach (var operation in Operations.All) Map(routes, hub, operation, Root + operation.Route);
        Map(routes, hub, Operations.Relay, Registrations.SubscriptionRelay.Path);
        foreach (var route in Operations.All.GroupBy(o => o.Route, StringComparer.Ordinal))
        {
            var allowed = string.Join(", ", route.Select(o => o.Method).Distinct());
            var known = allowed + (route.Any(o => o.Method == "GET") ? ", HEAD, OPTIONS" : ", OPTIONS");
            routes.MapMethods(Root + route.Key, ["OPTIONS"], http =>
            {
                http.Response.StatusCode = StatusCodes.Status204NoContent;
                http.Response.Headers.Allow = known;
                return Task.CompletedTask;
            }).Needs(Access.Role.Anonymous).ExcludeFromDescription().WithDisplayName("methods");
            routes.Map(Root + route.Key, http =>
            {
                // PATCH /entities/ is meant for an entity whose id was left out.
                if (http.Request.Path.Value == Root + "/entities/")
                    return ProblemResponse.WriteAsync(http, new Problem(ProblemKind.BadRequestData, $"The address {http.Request.Path} ends where an entity id should stand."));
                if (DotSegment(http) is { } dot) return ProblemResponse.WriteAsync(http, dot);
                http.Response.Headers.Allow = allowed;
                return ProblemResponse.WriteAsync(http, new Problem(ProblemKind.MethodNotAllowed, $"{http.Request.Method} is not one of the methods of {http.Request.Path}; those are {allowed}."));
            }).Needs(Access.Role.Anonymous).WithOrder(1).WithDisplayName("method not allowed");
        }
        routes.Map(Root + "/{**rest}", http => ProblemResponse.WriteAsync(http, IsInstanceOfNoAttribute(http)
                ? new Problem(ProblemKind.MethodNotAllowed, $"The address {Iri.Shorten(http.Request.Path)} names no attribute; without one it is that of an attribute, which {http.Request.Method} is not for.")
                : http.Request.Path.Value!.Contains("//", StringComparison.Ordinal) ? new Problem(ProblemKind.BadRequestData, $"The address {Iri.Shorten(http.Request.Path)} has nothing where an id or a name should stand.")
                : new Problem(ProblemKind.ResourceNotFound, $"The interface has no resource at {Iri.Shorten(http.Request.Path)}.")))
            .Needs(Access.Role.Anonymous).WithOrder(2).WithDisplayName("no such resource");
        routes.MapGet(ContextRegistry.Path + "{file}", (HttpContext http, string file) =>
            hub.Contexts.Pinned.TryGetValue(file, out var json) ? Results.Text(json, MediaTypes.JsonLd)
            : throw new Problem(ProblemKind.ResourceNotFound, $"This instance has no @context \"{Iri.Shorten(file)}\".")).Needs(Access.Role.Anonymous);
    }

    /// <summary>PATCH of an instance whose attribute was left out: what is left of the address is that of an attribute, which has DELETE alone.</summary>
    private static bool IsInstanceOfNoAttribute(HttpContext http)
    {
        if (http.Request.Method != "PATCH" || !http.Request.Path.Value!.StartsWith(Root + "/temporal/entities/", StringComparison.Ordinal) || !http.Request.Path.Value.Contains("/attrs//", StringComparison.Ordinal)) return false;
        http.Response.Headers.Allow = "DELETE";
        return true;
    }

    private static void Map(IEndpointRouteBuilder routes, CityHub hub, Operation operation, string route)
    {
        var counts = hub.RequestsOf(operation.Name);
        routes.MapMethods(route, operation.Method == "GET" ? ["GET", "HEAD"] : [operation.Method], http => RunAsync(http, hub, operation, counts))
            .Needs(operation.Least).WithMetadata(operation).WithDisplayName(operation.Name);
    }

    /// <summary>Refuses an address with a "." or ".." in the place of a name, however often it is encoded: the server resolved it to another address.</summary>
    private static Problem? DotSegment(HttpContext http)
    {
        var target = http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()?.RawTarget ?? "";
        if (!target.Contains("%2", StringComparison.OrdinalIgnoreCase) && !target.Contains("/.", StringComparison.Ordinal)) return null;
        foreach (var segment in target.Split('?')[0].Split('/'))
            if (Uri.UnescapeDataString(Uri.UnescapeDataString(segment)) is "." or "..")
                return new(ProblemKind.BadRequestData, $"The address has \"{Iri.Shorten(segment)}\" where a name should stand.");
        return null;
    }

    private static async Task RunAsync(HttpContext http, CityHub hub, Operation operation, RequestCounts counts)
    {
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        try
        {
            if (DotSegment(http) is { } dot) throw dot;
            if (operation.Bodies.Count > 0 && http.Request.ContentLength is null) throw new Problem(ProblemKind.LengthRequired, "The request has no Content-Length.");
            using var call = new NgsiLdCall(http, hub, operation);
            var begun = call.BeginAsync();
            if (!begun.IsCompletedSuccessfully) await begun;
            await operation.Handle(call);
        }
        catch (Problem problem)
        {
            await ProblemResponse.WriteAsync(http, problem);
        }
        counts.Answered(began, http.Response.StatusCode);
    }
}
