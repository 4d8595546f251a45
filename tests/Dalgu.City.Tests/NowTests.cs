using Dalgu.City.Now;
using Dalgu.Hub.Entities;
using Xunit;

namespace Dalgu.City.Tests;

public class NowTests
{
    private static readonly DateTime At = new(2026, 11, 23, 8, 0, 0, DateTimeKind.Utc);

    [Theory]
    [InlineData(0, "좋음")]
    [InlineData(15, "좋음")]
    [InlineData(15.4, "좋음")]
    [InlineData(15.5, "보통")]
    [InlineData(35, "보통")]
    [InlineData(36, "나쁨")]
    [InlineData(75, "나쁨")]
    [InlineData(76, "매우나쁨")]
    public void Fine_dust_grades_change_at_15_35_and_75(double pm25, string grade) => Assert.Equal(grade, AirGrade.Of(pm25).Name.Korean);

    [Fact]
    public void A_mean_counts_only_fresh_values_and_says_how_many()
    {
        static Entity Station(int n, double? value, int minutesAgo)
        {
            var builder = new EntityBuilder($"urn:ngsi-ld:AirQualityObserved:{n}", "AirQualityObserved");
            return (value is { } v ? builder.Number("pm25", v, "GQ", At.AddMinutes(-minutesAgo)) : builder).Build();
        }
        var mean = StationMean.Of([Station(1, 10, 1), Station(2, 20, 2), Station(3, 900, 60), Station(4, null, 0)], "pm25", At);
        Assert.Equal((15.0, 2, 4), (mean.Mean!.Value, mean.Reporting, mean.Stations));
        Assert.Equal(20, mean.Highest!.Value.Value);
        Assert.Null(StationMean.Of([Station(1, null, 0)], "pm25", At).Mean);
    }

    [Fact]
    public void Days_are_of_three_kinds() =>
        Assert.Equal([0, 0, 0, 0, 0, 1, 2], Enumerable.Range(0, 7).Select(i => SpeedDays.KindOf(new DateOnly(2026, 11, 23).AddDays(i))));

    [Fact]
    public void A_half_hour_without_values_has_no_mean()
    {
        var day = new SpeedDay();
        day.Add(TimeSpan.FromMinutes(29.9), 20);
        day.Add(TimeSpan.FromMinutes(0), 30);
        Assert.Equal(25, day.Mean(0));
        Assert.Null(day.Mean(1));
    }
}
