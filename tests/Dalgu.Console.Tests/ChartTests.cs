using CsCheck;
using Dalgu.Console.Charts;
using Dalgu.Console.Components;
using Xunit;

namespace Dalgu.Console.Tests;

public class ChartTests
{
    private static readonly DateTime Noon = new(2026, 11, 23, 3, 0, 0, DateTimeKind.Utc); // 12:00 in Korea

    [Theory]
    [InlineData(12, 38, 0, 40, 10)]
    [InlineData(95, 103, 94, 104, 2)]
    [InlineData(0.009, 0.032, 0, 0.04, 0.01)]
    [InlineData(-7, 12, -10, 15, 5)]
    [InlineData(25, 25, 22, 28, 2)]
    public void An_axis_ends_on_round_ticks(double low, double high, double min, double max, double step)
    {
        var scale = ChartScale.Of(low, high);
        Assert.Equal((min, max, step), (scale.Min, scale.Max, Math.Round(scale.Step, 12)));
    }

    [Fact]
    public void An_axis_holds_every_value_with_few_ticks() =>
        Gen.Select(Gen.Double[-1e9, 1e9], Gen.Double[1e-6, 1e9]).Sample((low, width) =>
        {
            var scale = ChartScale.Of(low, low + width);
            var slack = scale.Step * 1e-6 + (Math.Abs(low) + width) * 4e-16; // and the last binary digits of a large value
            Assert.InRange(low, scale.Min - slack, scale.Max);
            Assert.InRange(low + width, scale.Min, scale.Max + slack);
            Assert.InRange(scale.Ticks().Count(), 2, 12);
        });

    [Fact]
    public void Marks_of_time_are_round_on_the_Korean_clock()
    {
        Assert.Equal(["15:00", "18:00", "21:00", "11-24", "03:00", "06:00", "09:00", "12:00"], TimeAxis.Marks(Noon.AddMinutes(10), Noon.AddHours(24)).Select(m => m.Label));
        Assert.Equal(["11-24", "11-25"], TimeAxis.Marks(Noon, Noon.AddDays(2), 3).Select(m => m.Label));
        Assert.Empty(TimeAxis.Marks(Noon, Noon));
    }

    [Fact]
    public void A_line_breaks_where_there_is_no_value()
    {
        ChartPoint[] points = [new(Noon, 1), new(Noon.AddMinutes(1), 2), new(Noon.AddMinutes(2), double.NaN), new(Noon.AddMinutes(3), 4)];
        Assert.Equal("M0 1L10 2M30 4", ChartPath.Line(points, t => (t - Noon).TotalMinutes * 10, v => v));
    }

    [Fact]
    public void A_million_points_draw_no_more_than_four_a_pixel_and_keep_the_peak()
    {
        var points = Enumerable.Range(0, 1_000_000).Select(i => new ChartPoint(Noon.AddSeconds(i), i == 567_890 ? 99 : i % 10)).ToList();
        var path = ChartPath.Line(points, t => (t - Noon).TotalSeconds / 1_000_000 * 600, v => v);
        Assert.InRange(path.Count(c => c is 'L' or 'M'), 600, 2400);
        Assert.Contains(" 99", path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chart_has_a_label_a_table_twin_and_no_inline_style()
    {
        var html = await Page.Render<LineChart>(("Label", "pm25, 오늘"), ("Unit", "µg/m³"), ("Csv", "/history.csv?id=x"),
            ("Series", new ChartSeries[] { new("오늘", [new(Noon, 18), new(Noon.AddHours(1), 24)]), new("기준", [new(Noon, 20), new(Noon.AddHours(1), 21)], ChartStyle.Dashed) }),
            ("References", new ChartReference[] { new(35, "한도") }));
        Assert.Contains("aria-label=\"pm25, 오늘\"", html, StringComparison.Ordinal);
        Assert.Equal(2, html.Split("<tr><td>").Length - 1);
        Assert.Contains("class=\"narrow\" viewBox=\"0 0 360 240\"", html, StringComparison.Ordinal); // a telephone's own layout
        Assert.Contains("<td class=\"num\">24</td><td class=\"num\">21</td>", html, StringComparison.Ordinal);
        Assert.Contains("line dashed", html, StringComparison.Ordinal);
        Assert.Contains("한도 35", html, StringComparison.Ordinal);
        Assert.DoesNotContain("style=", html, StringComparison.Ordinal);
        Assert.DoesNotContain("@", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chart_without_values_says_so() =>
        Assert.Contains("이 기간에 기록된 값이 없습니다.", await Page.Render<LineChart>(("Label", "x"), ("Series", new ChartSeries[] { new("x", []) })), StringComparison.Ordinal);

    [Fact]
    public async Task A_sparkline_says_in_words_what_it_draws()
    {
        ChartPoint[] points = [new(Noon, 18), new(Noon.AddHours(1), 31), new(Noon.AddHours(2), 24)];
        Assert.Contains("aria-label=\"최저 18, 최고 31, 마지막 24\"", await Page.Render<Sparkline>(("Points", points)), StringComparison.Ordinal);
        Assert.Equal("", (await Page.Render<Sparkline>(("Points", points[..1]))).Trim());
    }

    [Fact]
    public async Task A_figure_that_nobody_reported_is_said_to_be_so()
    {
        Assert.Contains("미보고", await Page.Render<Kpi>(("Title", "일자리"), ("Unit", "개")), StringComparison.Ordinal);
        var half = await Page.Render<Kpi>(("Title", "x"), ("Value", "1"), ("Share", 0.5));
        Assert.Contains("<rect width=\"50\"", half, StringComparison.Ordinal);
    }
}
