using Dalgu.Hub.Entities;
using Dalgu.Plan.Entities;
using Dalgu.Plan.Sample;
using Xunit;

namespace Dalgu.Plan.Tests;

public class EntitiesTests
{
    private static readonly IReadOnlyList<PlanEntity> All = ProgrammeEntities.Of(DaeguNewDeal.Programme);

    private static PlanEntity One(string id) => Assert.Single(All, e => e.Entity.Id == id);

    [Fact]
    public void Ids_are_stable_and_unique()
    {
        Assert.Equal(All.Count, All.Select(e => e.Entity.Id).Distinct().Count());
        Assert.Equal(1 + 3 + 10 + 13 + 7 + 9 + 5, All.Count);
        var industrial = One("urn:ngsi-ld:NewDealStrategy:daegu-2021:industrial").Entity;
        Assert.Equal(4_736_500_000_000, industrial.Number("budget"));
        Assert.Equal("KRW", industrial.Instance("budget")!.UnitCode);
        Assert.Equal("대구시 「대구형 뉴딜」 발표문", industrial.Instance("budget")!.SubText("source"));
    }

    [Fact]
    public void A_targets_versions_are_the_temporal_evolution_of_one_attribute()
    {
        var (jobs, history) = One("urn:ngsi-ld:KeyPerformanceIndicator:daegu-2021:jobs");
        Assert.Equal(110_000, jobs.Number("target"));
        Assert.Equal(new DateTime(2021, 1, 27, 15, 0, 0, DateTimeKind.Utc), jobs.ObservedAt("target"));
        var earlier = Assert.Single(history);
        Assert.Equal(jobs.Instance("target")!.Kind, earlier.Default.Kind);
        Assert.Equal(114_000, earlier.Default.Number());
        Assert.Equal(new DateTime(2021, 1, 16, 15, 0, 0, DateTimeKind.Utc), earlier.Default.ObservedAt);
        Assert.Equal(290_000, jobs.Number("targetHeadline"));
    }

    [Fact]
    public void A_field_has_no_money_because_none_was_published() =>
        Assert.All(All.Where(e => e.Entity.Id.Contains(":NewDealField:", StringComparison.Ordinal)), e => Assert.Null(e.Entity.Number("budget")));

    [Fact]
    public void A_flagship_is_no_child_of_a_strategy() =>
        Assert.All(All.Where(e => e.Entity.Id.Contains(":NewDealFlagship:", StringComparison.Ordinal)), e => Assert.Null(e.Entity.Text("refStrategy")));

    [Fact]
    public void Every_relationship_leads_to_an_entity_of_the_plan()
    {
        var ids = All.Select(e => e.Entity.Id).ToHashSet();
        foreach (var name in new[] { "refPlan", "refStrategy", "refField" })
            Assert.All(All.Select(e => e.Entity.Text(name)).OfType<string>(), id => Assert.Contains(id, ids));
    }
}
