using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Http;
using Dalgu.Plan.Totals;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dalgu.Plan.Endpoints;

/// <summary><c>GET /api/plan/totals</c>: the roll-up, as the command prints it. Anybody may ask.</summary>
internal static class GetTotals
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/plan/totals", async (CityHub hub, CancellationToken cancel) =>
                Results.Bytes(TotalsJson.Write(await PlanReading.ReadAsync(hub, cancel)), "application/json"))
            .Needs(Role.Anonymous).WithName("plan.totals").WithTags("plan").WithSummary("Totals of the plan: strategies, fields, projects, money, jobs, flagships; what is not listed is a line of its own.");
}
