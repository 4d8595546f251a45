using CsCheck;
using Dalgu.City.DemoCity;
using Dalgu.City.Districts;
using Dalgu.Console.Display;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.City.Tests;

public class DemoCityTests
{
    private static readonly SyntheticCity City = new(20210128);
    private static readonly Gen<DateTime> Instants = Gen.Long[0, 3L * 365 * 86_400].Select(s => new DateTime(2025, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(s));
    private static readonly Gen<Sensor> Sensors = Gen.Int[0, 59].Select(i => DemoSensors.All[i]);

    private static double Mean(SensorKind kind, string attribute, DateTime from, TimeSpan step, int steps, Func<DateTime, bool>? when = null, Func<Sensor, bool>? which = null)
    {
        var values = new List<double>();
        for (var i = 0; i < steps; i++)
        {
            var at = from + i * step;
            if (when?.Invoke(Times.Local(at)) == false) continue;
            foreach (var sensor in DemoSensors.Of(kind).Where(which ?? (_ => true)))
                values.AddRange(City.At(sensor, at).Where(r => r.Attribute == attribute).Select(r => r.Value));
        }
        return values.Average();
    }

    [Fact]
    public void There_are_60_sensors_of_three_kinds_in_nine_districts_with_unique_ids()
    {
        Assert.Equal(60, DemoSensors.All.Count);
        Assert.Equal(60, DemoSensors.All.Select(s => s.Id).Distinct().Count());
        foreach (var kind in Enum.GetValues<SensorKind>()) Assert.Equal(9, DemoSensors.Of(kind).Select(s => s.District).Distinct().Count());
        Assert.Contains(DemoSensors.All, s => s.Id == "urn:ngsi-ld:AirQualityObserved:daegu-27170-1");
    }

    [Fact]
    public void Every_sensor_stands_in_the_district_that_it_names()
    {
        var areas = DistrictTests.Import("daegu-gu-gun-2018.geojson").ToDictionary(b => DistrictCodes.ToMois(b.Code)!, b => b.Geometry);
        Assert.All(DemoSensors.All, s => Assert.True(Geo.Contains(areas[s.District], s.Place), $"{s.Name.Korean} is not in {s.District}"));
    }

    [Fact]
    public void Named_junctions_stand_within_150_m_of_the_bus_stops_of_that_name()
    {
        var stops = Referee.Table("platforms/daegu-junctions-from-stops.csv").ToDictionary(r => r["name"], r => new GeoPoint(double.Parse(r["lon"], System.Globalization.CultureInfo.InvariantCulture), double.Parse(r["lat"], System.Globalization.CultureInfo.InvariantCulture)));
        var checked_ = DemoSensors.Of(SensorKind.TrafficFlowObserved).Where(s => stops.ContainsKey(s.Name.Korean)).ToList();
        Assert.True(checked_.Count >= 15);
        Assert.All(checked_, s => Assert.InRange(s.Place.DistanceTo(stops[s.Name.Korean]), 0, 150));
    }

    [Fact]
    public void A_value_is_a_function_of_seed_sensor_and_time() => Gen.Select(Sensors, Instants).Sample((sensor, at) =>
        Assert.Equal(City.At(sensor, at), new SyntheticCity(20210128).At(sensor, at)));

    [Fact]
    public void Values_stay_within_what_can_be() => Gen.Select(Sensors, Instants).Sample((sensor, at) =>
    {
        foreach (var r in City.At(sensor, at))
        {
            var (least, most) = r.Attribute switch
            {
                "pm25" => (1.0, 150.0), "pm10" => (1, 400), "no2" => (0.001, 0.12), "o3" => (0.002, 0.15),
                "temperature" => (-22.0, 43.0), "relativeHumidity" => (0.1, 1.0), "windSpeed" => (0.0, 12.0), "precipitation" => (0.0, 30.0),
                "averageVehicleSpeed" => (4.0, 80.0), "intensity" => (0.0, 5_000.0), _ => (0.0, 1.0),
            };
            Assert.InRange(r.Value, least, most);
        }
    });

    [Fact]
    public void A_day_and_a_week_have_their_shape()
    {
        var monday = new DateTime(2026, 3, 1, 15, 0, 0, DateTimeKind.Utc); // Monday 2 March 2026, midnight in Korea
        double Speed(Func<DateTime, bool> when) => Mean(SensorKind.TrafficFlowObserved, "averageVehicleSpeed", monday, TimeSpan.FromMinutes(30), 48 * 28, when, s => s.Downtown);
        var rush = Speed(t => t.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) && t.Hour is 8 or 18);
        var night = Speed(t => t.Hour is 3 or 4);
        var sundayMorning = Speed(t => t.DayOfWeek == DayOfWeek.Sunday && t.Hour == 8);
        Assert.InRange(rush, 14, 27);
        Assert.InRange(night, 35, 46);
        Assert.True(sundayMorning > rush + 5);
    }

    [Fact]
    public void Seasons_have_the_levels_of_Daegu()
    {
        double Year(SensorKind kind, string attribute, params int[] months) =>
            Mean(kind, attribute, new DateTime(2025, 12, 31, 15, 0, 0, DateTimeKind.Utc), TimeSpan.FromHours(5), 365 * 24 / 5, t => months.Contains(t.Month));
        Assert.InRange(Year(SensorKind.WeatherObserved, "temperature", 1), -3, 5);
        Assert.InRange(Year(SensorKind.WeatherObserved, "temperature", 8), 23, 30);
        var pm25 = Year(SensorKind.AirQualityObserved, "pm25", [.. Enumerable.Range(1, 12)]);
        Assert.InRange(pm25, 13, 23);
        Assert.True(Year(SensorKind.AirQualityObserved, "pm25", 1, 2, 3) > Year(SensorKind.AirQualityObserved, "pm25", 7, 8, 9) + 5);
        Assert.True(Year(SensorKind.AirQualityObserved, "o3", 6) > Year(SensorKind.AirQualityObserved, "o3", 12));
    }

    [Fact]
    public void A_sensor_is_out_of_order_now_and_then_but_rarely()
    {
        var from = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var silent = DemoSensors.All.Sum(s => Enumerable.Range(0, 240).Count(i => City.At(s, from.AddHours(3 * i)).Count == 0));
        Assert.InRange(silent / (60.0 * 240), 0.0005, 0.01);
    }

    [Fact]
    public void Something_changes_nearly_every_second_and_every_sensor_within_its_minute()
    {
        var from = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var seconds = Enumerable.Range(0, 120).Select(i => SensorSource.Due(from.AddSeconds(i)).ToList()).ToList();
        Assert.True(seconds.Count(s => s.Count > 0) > 80);
        Assert.All(DemoSensors.All, s => Assert.True(seconds.Count(due => due.Contains(s)) >= 2));
    }

    private static readonly DateTime Now = new(2026, 11, 23, 8, 17, 23, DateTimeKind.Utc);

    [Fact]
    public void The_first_start_fills_30_days_newest_first_without_gap_or_overlap()
    {
        var plan = BackfillPlan.AtStart(null, null, Now);
        Assert.Equal(BackfillPlan.Reach, plan.Left);
        var expected = Now;
        while (plan.Take() is { } next)
        {
            Assert.Equal(expected, next.Chunk.To);
            Assert.True(next.Chunk.To - next.Chunk.From <= BackfillPlan.Chunk);
            expected = next.Chunk.From;
            plan = BackfillPlan.FromJson(next.Without.ToJson());
        }
        Assert.Equal(Now - BackfillPlan.Reach, expected);
    }

    [Fact]
    public void A_later_start_goes_on_with_what_was_left_and_fills_the_gap()
    {
        var left = new BackfillPlan([new(Now.AddDays(-30), Now.AddDays(-12))]);
        var plan = BackfillPlan.AtStart(left, Now.AddHours(-5), Now);
        Assert.Equal([new(Now.AddDays(-30), Now.AddDays(-12)), new(Now.AddHours(-5), Now)], plan.Remaining);
        Assert.Equal(new PastSpan(Now.AddHours(-5), Now).From, plan.Take()!.Value is var t && t.Chunk.From > Now.AddHours(-5) ? t.Without.Remaining[^1].From : t.Chunk.From);
        Assert.Empty(BackfillPlan.AtStart(new([]), Now.AddSeconds(-30), Now).Remaining);
        Assert.Equal([new(Now.AddDays(-30), Now)], BackfillPlan.AtStart(new([]), Now.AddDays(-90), Now).Remaining);
    }

    [Fact]
    public void Grid_times_of_neighbouring_chunks_are_those_of_the_whole() => Gen.Int[1, 100_000].Sample(cut =>
    {
        var whole = new PastSpan(Now.AddDays(-2), Now);
        var middle = whole.From.AddSeconds(cut);
        var step = TimeSpan.FromMinutes(10);
        Assert.Equal(BackfillPlan.Times(whole, step), BackfillPlan.Times(whole with { To = middle }, step).Concat(BackfillPlan.Times(whole with { From = middle }, step)));
    });
}
