using System.Globalization;
using Dalgu.Plan.Sample;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Plan.Tests;

/// <summary>The typed sample against the tables of the referee folder <c>programme/plan</c>.</summary>
public class SampleTests
{
    private static readonly Programme Plan = DaeguNewDeal.Programme;

    [Fact]
    public void Strategies_equal_the_published_table()
    {
        var expected = Referee.Table("programme/plan/strategies.csv")
            .Select(r => (r["strategy_ko"], r["strategy_en"], int.Parse(r["fields"], CultureInfo.InvariantCulture), (int?)int.Parse(r["projects"], CultureInfo.InvariantCulture), (Won?)Won.FromEok(long.Parse(r["budget_eok_won"], CultureInfo.InvariantCulture)), (long?)long.Parse(r["jobs"], CultureInfo.InvariantCulture)));
        Assert.Equal(expected, Plan.Strategies.Select(s => (s.Name.Korean, s.Name.English, Plan.Fields.Count(f => f.Strategy == s.Key), s.Projects, s.Budget, s.Jobs)));
    }

    [Fact]
    public void Fields_equal_the_published_table()
    {
        var names = Plan.Strategies.ToDictionary(s => s.Key, s => s.Name.Korean);
        Assert.Equal(Referee.Table("programme/plan/fields.csv").Select(r => (r["strategy_ko"], r["order"], r["field_ko"], r["field_en"])),
            Plan.Fields.Select(f => (names[f.Strategy], f.Order.ToString(CultureInfo.InvariantCulture), f.Name.Korean, f.Name.English)));
    }

    [Fact]
    public void The_thirteen_industrial_items_equal_the_published_table() =>
        Assert.Equal(Referee.Table("programme/plan/industrial_items.csv").Select(r => (r["item_ko"], (Won?)Won.FromEok(long.Parse(r["budget_eok_won"], CultureInfo.InvariantCulture)))),
            Plan.Items.Select(i => (i.Name.Korean, i.Budget)));

    [Fact]
    public void The_seven_flagships_equal_the_published_table_and_name_at_least_its_systems()
    {
        var rows = Referee.Table("programme/plan/flagships.csv");
        Assert.Equal(rows.Select(r => (r["no"], r["flagship_ko"])), Plan.Flagships.Select(f => (f.Number.ToString(CultureInfo.InvariantCulture), f.Name.Korean)));
        foreach (var (row, flagship) in rows.Zip(Plan.Flagships)) Assert.True(flagship.Systems.Count >= 2 && flagship.Systems.Count + 1 >= row["named_parts"].Split(';').Length, flagship.Name.Korean);
    }

    [Fact]
    public void Every_published_target_is_a_version_with_the_day_of_its_publication()
    {
        foreach (var row in Referee.Table("programme/plan/targets.csv"))
        {
            var name = row["kpi_ko"].Replace(" (사전보도)", "", StringComparison.Ordinal);
            var indicator = Assert.Single(Plan.Indicators, i => i.Name.Korean == name);
            Assert.Contains(indicator.Targets, t => t.Value == double.Parse(row["target_2025"], CultureInfo.InvariantCulture)
                && Plan.Source(t.Source).Published == DateOnly.Parse(row["as_of"], CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public void The_jobs_target_moved_from_114000_to_110000_and_its_headline_said_290000()
    {
        var jobs = Plan.Indicators.Single(i => i.Key == "jobs");
        Assert.Equal([114_000, 110_000], jobs.Targets.Select(t => t.Value));
        Assert.Equal(290_000, jobs.Headline!.Value);
        Assert.Equal(new DateOnly(2021, 1, 17), Plan.Source(jobs.Headline.Source).Published);
    }

    [Fact]
    public void Five_indicators_of_17_January_are_not_in_the_text_of_28_January() =>
        Assert.Equal(["future-car-firms", "social-ventures", "electricity", "eco-cars", "urban-forests"], Plan.Indicators.Where(i => !Plan.IsStated(i)).Select(i => i.Key));

    [Fact]
    public void Every_key_is_unique_and_every_figure_names_a_known_source()
    {
        var sources = Plan.Sources.Select(s => s.Key).ToHashSet();
        Assert.Equal(Plan.Sources.Count, sources.Count);
        Assert.All(Plan.Strategies.Select(s => s.Source).Concat(Plan.Fields.Select(f => f.Source)).Concat(Plan.Items.Select(i => i.Source)).Concat(Plan.Flagships.Select(f => f.Source))
            .Concat(Plan.Indicators.SelectMany(i => i.Targets).Select(t => t.Source)), s => Assert.Contains(s, sources));
        Assert.Equal(Plan.Items.Count, Plan.Items.Select(i => i.Key).Distinct().Count());
    }
}
