using System.Text.Json;
using CsCheck;
using Dalgu.Plan.Sample;
using Dalgu.Plan.Totals;
using Xunit;

namespace Dalgu.Plan.Tests;

public class TotalsTests
{
    private static readonly Programme Plan = DaeguNewDeal.Programme;

    [Fact]
    public void The_plan_has_3_strategies_10_fields_165_projects_12_trillion_110000_jobs_and_7_flagships()
    {
        var totals = ProgrammeTotals.Of(Plan);
        Assert.Equal((3, 10, 7), (totals.Strategies, totals.Fields, totals.Flagships));
        Assert.Equal(new Covered<long>(165, 3, 3), totals.Projects);
        Assert.Equal(new Covered<Won>(new Won(12_007_400_000_000), 3, 3), totals.Budget);
        Assert.Equal(new Covered<long>(110_000, 3, 3), totals.Jobs);
        Assert.Equal("12조 74억원", totals.Budget.Sum!.Value.ToKorean());
    }

    [Fact]
    public void The_13_items_are_43_4_percent_of_the_industrial_strategy_and_26800_eok_are_a_line_of_their_own()
    {
        var rest = Assert.Single(ProgrammeTotals.Of(Plan).Unlisted);
        Assert.Equal(("industrial", 13), (rest.Strategy, rest.ListedItems));
        Assert.Equal(Won.FromEok(20_565), rest.Listed.Sum);
        Assert.Equal(Won.FromEok(26_800), rest.Remainder);
        Assert.Equal(43.4, Math.Round(rest.Share!.Value * 100, 1));
    }

    [Fact]
    public void The_json_holds_the_figures_as_plain_numbers()
    {
        using var json = JsonDocument.Parse(TotalsJson.Write(Plan));
        var root = json.RootElement;
        Assert.Equal("12007400000000", root.GetProperty("budgetWon").GetRawText());
        Assert.Equal((3, 10, 165, 110_000, 7), (root.GetProperty("strategies").GetInt32(), root.GetProperty("fields").GetInt32(), root.GetProperty("projects").GetInt32(), root.GetProperty("jobs").GetInt32(), root.GetProperty("flagships").GetInt32()));
        var rest = root.GetProperty("unlisted")[0];
        Assert.Equal("industrial", rest.GetProperty("strategy").GetString());
        Assert.Equal((13, 2_056_500_000_000, 2_680_000_000_000), (rest.GetProperty("listedItems").GetInt32(), rest.GetProperty("listedWon").GetInt64(), rest.GetProperty("remainderWon").GetInt64()));
        Assert.Equal(43.4m, rest.GetProperty("listedSharePercent").GetDecimal());
        Assert.Equal(3, root.GetProperty("strategyList").GetArrayLength());
        Assert.Equal(5, root.GetProperty("sources").GetArrayLength());
    }

    [Fact]
    public void Missing_is_never_zero()
    {
        Assert.Equal(new Covered<long>(null, 0, 3), ProgrammeTotals.Sum([null, null, (long?)null]));
        Assert.Equal(new Covered<long>(0, 1, 2), ProgrammeTotals.Sum([0L, (long?)null]));
        Assert.Equal(new Covered<Won>(null, 0, 0), ProgrammeTotals.Sum(Array.Empty<Won?>()));
        var unknown = Plan with { Strategies = [.. Plan.Strategies.Select(s => s with { Budget = null })] };
        using var json = JsonDocument.Parse(TotalsJson.Write(unknown));
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("budgetWon").ValueKind);
        Assert.Equal(0, json.RootElement.GetProperty("unlisted").GetArrayLength());
    }

    private static readonly Gen<List<long?>> Amounts = Gen.Nullable(Gen.Long[-1_000_000_000_000, 1_000_000_000_000]).List[0, 40];

    [Fact]
    public void A_sum_is_that_of_the_known_parts_and_coverage_counts_them() => Amounts.Sample(list =>
    {
        var sum = ProgrammeTotals.Sum(list);
        var known = list.Where(v => v is not null).ToList();
        Assert.Equal(known.Count == 0 ? null : known.Sum(), sum.Sum);
        Assert.Equal((known.Count, list.Count), (sum.Known, sum.Of));
        Assert.Equal(known.Count == list.Count, sum.IsComplete);
    });

    [Fact]
    public void Sums_do_not_depend_on_the_order() => Gen.Select(Amounts, Gen.Int).Sample((list, seed) =>
    {
        var shuffled = list.ToArray();
        new Random(seed).Shuffle(shuffled);
        Assert.Equal(ProgrammeTotals.Sum(list), ProgrammeTotals.Sum(shuffled));
    });

    [Fact]
    public void Listed_and_remainder_always_add_up_to_the_budget() => Gen.Select(Gen.Long[0, 100_000], Gen.Nullable(Gen.Long[0, 10_000]).List[1, 30]).Sample((budget, items) =>
    {
        var strategy = new Strategy("s", 1, new("전략", "strategy"), null, Won.FromEok(budget), null, "x");
        var programme = Plan with { Strategies = [strategy], Items = [.. items.Select((v, i) => new Item("i" + i, "s", i, new("과제", "item"), v is { } eok ? Won.FromEok(eok) : null, "x"))] };
        var rest = ProgrammeTotals.Remainder(programme, strategy)!;
        Assert.Equal(Won.FromEok(budget), (rest.Listed.Sum ?? default) + rest.Remainder);
        Assert.Equal(items.Count, rest.ListedItems);
    });

    [Fact]
    public void The_table_says_what_is_not_published()
    {
        var text = new StringWriter();
        TotalsTable.Write(Plan with { Strategies = [.. Plan.Strategies.Select(s => s with { Jobs = null })] }, text);
        Assert.Contains("미공표", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("2조 6,800억원", text.ToString(), StringComparison.Ordinal);
    }
}
