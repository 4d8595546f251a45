using Dalgu.Console.Display;
using Xunit;

namespace Dalgu.Console.Tests;

public class FiguresTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(2_367_183, "2,367,183")]
    [InlineData(27.4, "27.4")]
    [InlineData(0.021, "0.021")]
    [InlineData(0.000123456, "0.000123")]
    [InlineData(12345.678, "12,346")]
    [InlineData(-3.14159, "-3.142")]
    [InlineData(double.NaN, "–")]
    public void A_figure_is_grouped_and_has_no_more_digits_than_a_reader_needs(double value, string text) => Assert.Equal(text, Figures.Number(value));

    [Theory]
    [InlineData(9_999, "9,999", "9,999")]
    [InlineData(110_000, "11만", "110,000")]
    [InlineData(2_367_183, "236.7만", "2.367 million")]
    [InlineData(12_007_400_000_000, "12.01조", "12.01 trillion")]
    [InlineData(473_640_000_000, "4,736억", "473.6 billion")]
    public void A_large_figure_is_told_in_the_units_of_the_language(double value, string korean, string english)
    {
        Assert.Equal(korean, Figures.Large(value));
        Assert.Equal(english, Page.InEnglish(() => Figures.Large(value)));
    }

    [Theory]
    [InlineData(0.3, "0초", "0 s")]
    [InlineData(12, "12초", "12 s")]
    [InlineData(42 * 60, "42분", "42 min")]
    [InlineData(3 * 3600, "3시간", "3 h")]
    [InlineData(47 * 3600, "47시간", "47 h")]
    [InlineData(5 * 86400, "5일", "5 d")]
    public void A_length_of_time_is_told_by_its_largest_unit(double seconds, string korean, string english)
    {
        Assert.Equal(korean, Figures.Span(TimeSpan.FromSeconds(seconds)));
        Assert.Equal(english, Page.InEnglish(() => Figures.Span(TimeSpan.FromSeconds(seconds))));
    }

    [Theory]
    [InlineData("GQ", "µg/m³")]
    [InlineData("KMH", "km/h")]
    [InlineData("CEL", "°C")]
    [InlineData("P1", "%")]
    [InlineData("C62", "")]
    [InlineData("ZZ9", "ZZ9")]
    [InlineData(null, "")]
    public void A_unit_code_of_recommendation_20_is_printed_as_its_symbol(string? code, string symbol) => Assert.Equal(symbol, Units.Symbol(code));

    [Fact]
    public void Times_are_those_of_Korea()
    {
        var asOf = new DateTime(2026, 11, 23, 8, 4, 10, DateTimeKind.Utc);
        Assert.Equal("2026-11-23 17:04:10", Times.Full(asOf));
        Assert.Equal("17:04:10", Times.Short(asOf, asOf));
        Assert.Equal("00:30:00", Times.Short(new(2026, 11, 22, 15, 30, 0, DateTimeKind.Utc), asOf)); // the same day in Korea, not in UTC
        Assert.Equal("11-22 23:30", Times.Short(new(2026, 11, 22, 14, 30, 0, DateTimeKind.Utc), asOf));
        Assert.Equal("2025-11-23", Times.Short(asOf.AddYears(-1), asOf));
        Assert.Equal(asOf.Date.AddHours(-9), Times.Midnight(asOf));
        Assert.Equal(asOf, Times.Parse("2026-11-23T17:04:10"));
        Assert.Equal(asOf, Times.Parse("2026-11-23T08:04:10Z"));
        Assert.Null(Times.Parse("yesterday"));
    }

    [Theory]
    [InlineData("/plan?tab=1", "/plan?tab=1")]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("https://evil.example", "/")]
    [InlineData("/a\r\nSet-Cookie: x", "/")]
    [InlineData("/a/\\..", "/")]
    [InlineData(null, "/")]
    public void The_switch_of_language_comes_back_to_this_instance_alone(string? back, string to) => Assert.Equal(to, Layout.Language.Within(back));
}
