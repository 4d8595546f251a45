using System.CommandLine;
using Dalgu.Console;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Contexts;
using Dalgu.Plan.Entities;
using Dalgu.Plan.Sample;
using Dalgu.Plan.Totals;
using Microsoft.AspNetCore.Routing;

namespace Dalgu.Plan;

/// <summary>The plan desk: what the city promised, for how much, by when, and where each figure was published.</summary>
/// <param name="open">Opens the hub of a data folder for <c>dalgu plan totals --data DIR</c>; null leaves the option out.</param>
public sealed class PlanDesk(Func<string, CancellationToken, Task<CityHub>>? open = null) : Desk
{
    /// <inheritdoc/>
    public override string Name => "plan";

    /// <inheritdoc/>
    public override BilingualText Title => new("뉴딜 계획", "New Deal plan");

    /// <inheritdoc/>
    public override IReadOnlyList<EntityTypeDeclaration> Types { get; } =
        [.. PlanIds.Types.Select(type => new EntityTypeDeclaration(CoreContext.Instance.ExpandType(type), Sensitivity.Public, "plan"))];

    /// <inheritdoc/>
    public override IReadOnlyList<DeskPage> Pages { get; } = [new("/plan", new("뉴딜 계획", "New Deal plan"))];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, BilingualText> Sources { get; } = new Dictionary<string, BilingualText>(StringComparer.Ordinal)
    {
        ["plan-sample"] = new("대구형 뉴딜 계획 (발표 자료)", "Daegu New Deal plan (as published)"),
    };

    /// <inheritdoc/>
    public override void Map(IEndpointRouteBuilder routes)
    {
        Endpoints.GetTotals.Map(routes);
        Endpoints.GetTree.Map(routes);
        Endpoints.GetTables.Map(routes);
    }

    /// <summary>Writes the entities of the sample that are absent, each with the history of its targets.</summary>
    public override async Task SeedAsync(CityHub hub, bool demo, CancellationToken cancel)
    {
        var tenant = await hub.TenantAsync(cancel: cancel);
        var entities = ProgrammeEntities.Of(DaeguNewDeal.Programme);
        await tenant.WriteAsync(Principal.Source("plan-sample"), "plan.seed", [.. entities.Select(e => e.Entity.Id)], scope =>
        {
            foreach (var (entity, history) in entities)
            {
                if (scope.Find(entity.Id) is not null) continue;
                scope.Put(entity);
                if (history.Count > 0) scope.Record(entity.Id, history);
            }
            return true;
        }, cancel);
    }

    /// <inheritdoc/>
    public override Command Command => new("plan", "뉴딜 계획 · the New Deal plan") { TotalsCommand.Build(open) };
}
