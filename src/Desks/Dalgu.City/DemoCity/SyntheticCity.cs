using Dalgu.Console.Display;

namespace Dalgu.City.DemoCity;

/// <summary>A value of a sensor: the attribute's short name, the value rounded as instruments print it, its UN/CEFACT unit. An intensity, in vehicles an hour, has no code.</summary>
public readonly record struct Reading(string Attribute, double Value, string? UnitCode);

/// <summary>The weather of the whole city at an instant, from which all its sensors derive, so that they go together.</summary>
/// <param name="Temperature">°C at the city's mean.</param>
/// <param name="Wetness">0 dry … 1 heavy rain.</param>
/// <param name="Stagnation">How still the air is: about −1 … 1.</param>
/// <param name="Sun">Sunshine, 0 … 1.</param>
internal readonly record struct CitySky(double Temperature, double Wetness, double Stagnation, double Sun);

/// <summary>An invented city with the levels and rhythms of Daegu: hot summers, dusty springs, two rushes on weekdays. Every value is a pure
/// function of seed, sensor and time.</summary>
/// <remarks>Levels after published normals: yearly mean temperature 14.5 °C with a span of about 26 K between January and August;
/// PM2.5 about 17–20 µg/m³ in the yearly mean, highest in winter and spring; downtown speed on a weekday about 20–30 km/h.</remarks>
public sealed class SyntheticCity(ulong seed)
{
    private static readonly TimeSpan Week = TimeSpan.FromHours(60), HalfDay = TimeSpan.FromHours(11), Hour = TimeSpan.FromHours(1), Minutes = TimeSpan.FromMinutes(12), DropoutSlot = TimeSpan.FromHours(3);
    private readonly SmoothNoise noise = new(seed);

    /// <summary>The values of a sensor at an instant (UTC); none where it is out of order then.</summary>
    public IReadOnlyList<Reading> At(Sensor sensor, DateTime at)
    {
        var stream = SmoothNoise.Stream(sensor.Id);
        if (noise.Chance(stream ^ 1, at, DropoutSlot) < 0.004) return [];
        return sensor.Kind switch
        {
            SensorKind.AirQualityObserved => Air(sensor, stream, at),
            SensorKind.WeatherObserved => Weather(sensor, stream, at),
            _ => Traffic(sensor, stream, at),
        };
    }

    internal CitySky Sky(DateTime at)
    {
        var local = Times.Local(at);
        var hour = local.TimeOfDay.TotalHours;
        var summer = Math.Cos((local.DayOfYear - 208) * (2 * Math.PI / 365.25));
        var spell = noise.At(11, at, HalfDay) * 0.6 + noise.At(12, at, Week) * 0.5;
        var wetness = Math.Clamp((spell - (0.46 - 0.16 * summer)) / 0.45, 0, 1);
        var dayLight = Math.Max(0, Math.Sin((hour - 6 + 0.8 * summer) / (12 + 1.6 * summer) * Math.PI));
        var sun = hour is > 4 and < 21 ? dayLight * (1 - 0.8 * wetness) * (0.75 + 0.25 * noise.At(13, at, Hour)) : 0;
        var temperature = 14.5 + 12.6 * summer + 4.4 * (1 - 0.6 * wetness) * Math.Cos((hour - 15) * (2 * Math.PI / 24)) + 3.2 * noise.At(14, at, Week) + 0.9 * noise.At(15, at, HalfDay) - 1.5 * wetness;
        return new(temperature, wetness, noise.At(16, at, Week) * 0.75 + noise.At(17, at, HalfDay) * 0.35, Math.Max(0, sun));
    }

    /// <summary>How much the city wants to drive, 0 … 1, by the hour of a weekday, Saturday or Sunday.</summary>
    internal static double Demand(DateTime local)
    {
        var hour = local.TimeOfDay.TotalHours;
        static double Peak(double hour, double at, double width)
        {
            var d = Math.Abs(hour - at);
            d = Math.Min(d, 24 - d) / width;
            return Math.Exp(-d * d);
        }
        return local.DayOfWeek switch
        {
            DayOfWeek.Saturday => 0.10 + 0.58 * Peak(hour, 14.5, 4.6) + 0.20 * Peak(hour, 19, 2.5),
            DayOfWeek.Sunday => 0.10 + 0.50 * Peak(hour, 15.5, 4.4) + 0.12 * Peak(hour, 19, 2.5),
            _ => Math.Min(1, 0.08 + 0.60 * Peak(hour, 8.2, 1.4) + 0.46 * Peak(hour, 13, 3.6) + 0.70 * Peak(hour, 18.4, 1.9) + 0.12 * Peak(hour, 21.5, 1.8) + (local.DayOfWeek == DayOfWeek.Friday ? 0.06 * Peak(hour, 18.4, 2.4) : 0)),
        };
    }

    private Reading[] Traffic(Sensor sensor, ulong stream, DateTime at)
    {
        var sky = Sky(at);
        var own = noise.At(stream, DateTime.UnixEpoch, Week); // the road's own character, the same for all time
        var free = (sensor.Downtown ? 41 : sensor.District is "27710" or "27720" ? 62 : 49) + 4 * own;
        var share = sensor.District switch { "27720" => 0.25, "27710" => 0.62, _ => sensor.Downtown ? 1.0 : 0.88 };
        var jam = Math.Max(0, noise.At(stream ^ 2, at, Hour) - 0.72) * 0.9;
        var demand = Math.Clamp(Demand(Times.Local(at)) * share * (1 + 0.10 * own + 0.11 * noise.At(21, at, HalfDay) + 0.08 * noise.At(22, at, Week)) + 0.05 * noise.At(stream ^ 3, at, Minutes) + jam, 0.02, 1.15);
        var ratio = Math.Clamp(1 - 0.54 * Math.Pow(demand, 1.35), 0.14, 1) * (1 - 0.10 * sky.Wetness) * (1 + 0.03 * noise.At(stream ^ 4, at, TimeSpan.FromSeconds(50)));
        var speed = Math.Max(4, free * ratio);
        var capacity = sensor.District == "27720" ? 1_500 : sensor.Road?.Korean == "달구벌대로" ? 4_200 : 2_800;
        var flow = capacity * Math.Min(1, demand * 0.92) * (demand > 1 ? 0.9 : 1);
        var occupancy = Math.Clamp(0.015 + 0.36 * demand * free / Math.Max(speed, 8) * 0.6, 0.01, 0.95);
        return [new("averageVehicleSpeed", Math.Round(speed, 1), "KMH"), new("intensity", Math.Round(flow / 10) * 10, null), new("occupancy", Math.Round(occupancy, 3), "C62")];
    }

    private Reading[] Weather(Sensor sensor, ulong stream, DateTime at)
    {
        var sky = Sky(at);
        var place = sensor.District switch { "27720" => -1.8, "27110" => 0.6, "27710" => -0.8, _ => 0.0 } + 0.5 * noise.At(stream, DateTime.UnixEpoch, Week);
        var temperature = sky.Temperature + place + 0.25 * noise.At(stream ^ 2, at, Minutes);
        var hour = Times.Local(at).TimeOfDay.TotalHours;
        var humidity = Math.Clamp(0.60 - 0.14 * Math.Cos((hour - 15) * (2 * Math.PI / 24)) + 0.08 * (sky.Temperature - 14.5) / 12.6 + 0.30 * sky.Wetness + 0.10 * noise.At(31, at, Week) + 0.015 * noise.At(stream ^ 3, at, Minutes), 0.15, 0.99);
        var wind = Math.Max(0.1, 1.7 - 0.9 * sky.Stagnation + 0.8 * Math.Max(0, Math.Cos((hour - 15) * (2 * Math.PI / 24))) + 0.5 * noise.At(stream ^ 4, at, Minutes));
        var rain = sky.Wetness <= 0 ? 0 : Math.Max(0, 9 * Math.Pow(sky.Wetness, 1.6) * (0.8 + 0.4 * noise.At(stream ^ 5, at, Minutes)));
        return [new("temperature", Math.Round(temperature, 1), "CEL"), new("relativeHumidity", Math.Round(humidity, 2), "C62"), new("windSpeed", Math.Round(wind, 1), "MTS"), new("precipitation", Math.Round(rain, 1), "MMT")];
    }

    private Reading[] Air(Sensor sensor, ulong stream, DateTime at)
    {
        var sky = Sky(at);
        var local = Times.Local(at);
        var hour = local.TimeOfDay.TotalHours;
        var winter = Math.Cos((local.DayOfYear - 40) * (2 * Math.PI / 365.25)); // highest in early February
        var place = (sensor.District switch { "27170" => 1.12, "27290" => 1.06, "27720" => 0.78, "27710" => 0.95, _ => 1.0 }) * (1 + 0.05 * noise.At(stream, DateTime.UnixEpoch, Week));
        var rhythm = 1 + 0.14 * Math.Cos((hour - 9.5) * (2 * Math.PI / 24)) + 0.06 * Math.Cos((hour - 22) * (4 * Math.PI / 24));
        var pm25 = (16.5 + 5.5 * winter) * Math.Exp(0.62 * sky.Stagnation) * rhythm * place * (1 - 0.45 * sky.Wetness) * (1 + 0.05 * noise.At(stream ^ 2, at, Minutes));
        var dust = local.Month is >= 3 and <= 5 ? Math.Max(0, noise.At(41, at, Week) - 0.6) * 160 : 0;
        var pm10 = pm25 * (1.75 + 0.25 * noise.At(42, at, HalfDay)) + dust;
        var traffic = Demand(local);
        var no2 = (0.011 + 0.005 * winter + 0.011 * traffic) * Math.Exp(0.35 * sky.Stagnation) * (sensor.District == "27720" ? 0.45 : place) * (1 + 0.06 * noise.At(stream ^ 3, at, Minutes));
        var o3 = Math.Max(0.003, 0.026 - 0.010 * winter + 0.034 * sky.Sun * (1 - 0.45 * winter) - 0.35 * no2 + 0.003 * noise.At(stream ^ 4, at, Hour));
        return [new("pm25", Math.Round(pm25), "GQ"), new("pm10", Math.Round(pm10), "GQ"), new("no2", Math.Round(no2, 4), "59"), new("o3", Math.Round(o3, 4), "59")];
    }
}
