using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Http;

namespace Dalgu;

/// <summary>Says to a supervisor whether the instance lives and whether it takes work.</summary>
public sealed class Health(CityHub hub)
{
    /// <summary>True once every desk found its facts in the hub.</summary>
    public bool IsSeeded { get; set; }

    /// <summary>Maps <c>/health/live</c> and <c>/health/ready</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => Results.Text("live")).Needs(Role.Anonymous).WithTags("Health").WithSummary("Whether the process answers");
        routes.MapGet("/health/ready", (Health health, CancellationToken cancel) => health.ReadyAsync(cancel)).Needs(Role.Anonymous).WithTags("Health").WithSummary("Whether it takes work");
    }

    private async Task<IResult> ReadyAsync(CancellationToken cancel)
    {
        if (!IsSeeded) return Results.Text("starting", statusCode: 503);
        var status = (await hub.TenantAsync("", create: false, cancel)).Status;
        return status.Refusal is null ? Results.Text("ready") : Results.Text("refuses writes", statusCode: 503); // why is for /status: this page is public
    }
}
