using Dalgu.Signals.Control;
using Dalgu.Signals.Guard;
using Dalgu.Signals.Measures;
using Dalgu.Signals.Plans;
using Dalgu.Signals.Study;
using Xunit;

namespace Dalgu.Signals.Tests;

public class StudyTest
{
    [Theory]
    [InlineData(0.15, true)]
    [InlineData(0.0, false)]
    public void A_planted_effect_is_recovered_and_an_absent_one_is_not_found(double effect, bool found)
    {
        var result = BeforeAfter.Estimate(Field(effect, 11));
        Assert.Equal(effect, result.EffectShare, 0.03);
        Assert.InRange(effect, result.Low, result.High);
        Assert.Equal(found, result.Found);
    }

    [Fact]
    public void An_interval_of_95_percent_misses_an_absent_effect_about_one_time_in_twenty()
    {
        var wrong = 0;
        for (var seed = 0; seed < 100; seed++)
            if (BeforeAfter.Estimate(Field(0, seed)).Found) wrong++;
        Assert.InRange(wrong, 0, 14);
    }

    /// <summary>40 days on 12 treated and 20 control links: each link has its own level, each day its own weather, which all share, and readings scatter.</summary>
    private static List<(string, string, bool, bool, double)> Field(double effect, int seed)
    {
        var random = new Random(seed);
        var rows = new List<(string, string, bool, bool, double)>();
        for (var day = 0; day < 40; day++)
        {
            var weather = 0.2 * (random.NextDouble() - 0.5);
            for (var link = 0; link < 32; link++)
            {
                var (treated, after) = (link < 12, day >= 20);
                var change = treated && after ? Math.Log(1 + effect) : 0;
                rows.Add(($"{day}", $"{link}", treated, after, Math.Log(20 + link) + weather + change + 0.15 * (random.NextDouble() - 0.5)));
            }
        }
        return rows;
    }

    [Fact]
    public void The_bootstrap_interval_holds_the_mean_and_repeats()
    {
        var a = Bootstrap.Mean([1, 2, 3, 4, 5]);
        Assert.Equal(3, a.Mean);
        Assert.InRange(a.Low, 1, 3);
        Assert.InRange(a.High, 3, 5);
        Assert.Equal(a, Bootstrap.Mean([1, 2, 3, 4, 5]));
    }

    [Fact]
    public void A_plan_table_reads_back_as_it_was_written_and_refuses_a_green_that_is_too_short()
    {
        var map = Crossroads.Map();
        var limits = new SignalGuard(map, GuardProfile.Korea).Limits;
        var plan = SignalPlan.OfProgram(map.Signals[0], limits[0]);
        Assert.Equal([30, 8, 30, 8], plan.Green);
        Assert.Equal(30 + 3 + 8 + 4 + 30 + 3 + 8 + 4, plan.Cycle(limits[0]));
        var file = Path.GetTempFileName();
        try
        {
            var text = PlanTable.Write([(25200, [plan])], map, limits);
            File.WriteAllText(file, text);
            var (begin, plans) = Assert.Single(PlanTable.Read(file, map, limits));
            Assert.Equal(25200, begin);
            Assert.Equal(plan.Green, plans[0].Green);
            File.WriteAllText(file, text.Replace(",0,30,", ",0,3,", StringComparison.Ordinal));
            Assert.Contains("line 2", Assert.Throws<Problem>(() => PlanTable.Read(file, map, limits)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_plan_as_a_program_of_SUMO_has_each_green_its_yellow_and_its_all_red()
    {
        var map = Crossroads.Map();
        var limits = new SignalGuard(map, GuardProfile.Korea).Limits;
        var text = PlanPrograms.Write([SignalPlan.OfProgram(map.Signals[0], limits[0])], map, limits, "tod");
        Assert.Equal(10, text.Split("<phase").Length - 1);
        Assert.Contains("duration=\"3\" state=\"ygrrygrr\"", text, StringComparison.Ordinal);
    }

    /// <summary>The limits of both manuals: a delay at the limit still has the better grade.</summary>
    [Theory]
    [InlineData(15, "A", "B")]
    [InlineData(35, "C", "C")]
    [InlineData(71, "E", "E")]
    [InlineData(400, "FFF", "F")]
    public void Levels_of_service_follow_the_tables(double delay, string korean, string hcm) =>
        Assert.Equal((korean, hcm), (LevelOfService.Korean(delay), LevelOfService.Hcm(delay)));
}
