using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Plan.Entities;
using Dalgu.Plan.Sample;

namespace Dalgu.Plan.Endpoints;

/// <summary>What the endpoints and pages read: the plan as the hub holds it. All of it is public, so anybody's rights are enough.</summary>
internal static class PlanReading
{
    public static async Task<Programme> ReadAsync(CityHub hub, CancellationToken cancel) =>
        await ProgrammeReader.ReadAsync(await hub.TenantAsync(cancel: cancel), hub.Access.For(Principal.Anonymous), DaeguNewDeal.Programme.Head.Key, cancel)
        ?? throw new Problem(ProblemKind.ResourceNotFound, "The hub holds no plan.");
}
