using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Http;

namespace Dalgu;

/// <summary>What runs the instance from outside, under <c>/api/hub</c>.</summary>
internal static class HubEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var hub = routes.MapGroup("/api/hub").WithTags("Hub");
        hub.MapGet("/version", () => Results.Text(CityVersion.Text)).Needs(Role.Reader).WithSummary("The version of the program");
        ChangesEndpoint.Map(hub, routes.ServiceProvider);
        hub.MapPost("/backup", BackupAsync).Needs(Role.Administrator).WithSummary("Every tenant in one file, as it is now");
        hub.MapGet("/export", ExportAsync).Needs(Role.Reader).WithSummary("The entities that the caller may read, as a stream");
    }

    private static async Task BackupAsync(HttpContext http, CityHub hub, CityHostOptions options)
    {
        http.Response.ContentType = "application/x-tar";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"dalgu-{hub.Clock.GetUtcNow():yyyyMMdd-HHmmss}.tar\"";
        await (await hub.TenantAsync("", create: false, http.RequestAborted)).WriteAsync(http.Principal(), "hub.backup", [], scope => scope.Target = "every tenant", http.RequestAborted);
        await BackupArchive.WriteAsync(hub, http.Response.Body, options.DataDir, http.RequestAborted);
    }

    private static async Task ExportAsync(HttpContext http, CityHub hub, string? type = null, bool array = false, bool history = false)
    {
        var cancel = http.RequestAborted;
        var tenant = await hub.TenantAsync(http.Request.Headers["NGSILD-Tenant"].ToString(), create: false, cancel);
        var rights = http.Rights();
        await tenant.WriteAsync(http.Principal(), "hub.export", [], scope => scope.Target = Iri.Shorten(type is null ? "every type" : $"type {type}"), cancel); // a whole city read is written down, sensitive or not
        http.Response.ContentType = array ? "application/json" : "application/x-ndjson";
        await EntityExport.WriteAsync(tenant, rights, http.Response.BodyWriter, type, array, history, cancel);
    }
}
