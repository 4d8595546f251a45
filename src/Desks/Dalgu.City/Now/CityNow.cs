using Dalgu.City.DemoCity;
using Dalgu.City.Districts;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;

namespace Dalgu.City.Now;

/// <summary>A mean over stations that tells how many of them it rests on, and which are its ends.</summary>
/// <param name="Mean">The mean; null where no station reports.</param>
/// <param name="Reporting">How many stations report a value not older than <see cref="CityNow.Fresh"/>.</param>
/// <param name="Stations">How many stations there are.</param>
/// <param name="Lowest">The station with the lowest value.</param>
/// <param name="Highest">The station with the highest value.</param>
public sealed record StationMean(double? Mean, int Reporting, int Stations, (Entity Entity, double Value)? Lowest, (Entity Entity, double Value)? Highest)
{
    /// <summary>The mean of an attribute over stations.</summary>
    /// <param name="stations">The stations.</param>
    /// <param name="attribute">The attribute's short name.</param>
    /// <param name="now">Now, UTC: an older value does not count, a missing one is no zero.</param>
    public static StationMean Of(IReadOnlyList<Entity> stations, string attribute, DateTime now)
    {
        var values = new List<(Entity Entity, double Value)>();
        foreach (var station in stations)
            if (station.Instance(attribute) is { } instance && instance.Number() is { } value && now - (instance.ObservedAt ?? instance.ModifiedAt) <= CityNow.Fresh) values.Add((station, value));
        return values.Count == 0 ? new(null, 0, stations.Count, null, null)
            : new(values.Average(v => v.Value), values.Count, stations.Count, values.MinBy(v => v.Value), values.MaxBy(v => v.Value));
    }
}

/// <summary>The city's present state, as far as somebody may see it.</summary>
/// <param name="Speed">The downtown travel speed in km/h: the plain mean over stations whose <c>areaServed</c> is downtown.</param>
/// <param name="Pm25">Fine dust in µg/m³.</param>
/// <param name="Temperature">Temperature in °C.</param>
/// <param name="Downtown">The stations of the downtown speed.</param>
/// <param name="Sensors">How many stations of air, weather and traffic there are.</param>
/// <param name="AnySynthetic">True where any of the stations is a generator's.</param>
public sealed record CityState(StationMean Speed, StationMean Pm25, StationMean Temperature, IReadOnlyList<Entity> Downtown, int Sensors, bool AnySynthetic);

/// <summary>Reads the city's present state.</summary>
public sealed class CityNow(CityHub hub)
{
    /// <summary>How old a value may be to count as now.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);

    /// <summary>The state now.</summary>
    public async Task<CityState> ReadAsync(Rights rights, CancellationToken cancel)
    {
        var tenant = await hub.TenantAsync(cancel: cancel);
        var now = hub.Clock.GetUtcNow().UtcDateTime;
        var traffic = await AllAsync(tenant, SensorKind.TrafficFlowObserved, rights, cancel);
        var air = await AllAsync(tenant, SensorKind.AirQualityObserved, rights, cancel);
        var weather = await AllAsync(tenant, SensorKind.WeatherObserved, rights, cancel);
        var downtown = traffic.Where(e => e.Text("areaServed") == "downtown").ToList();
        return new(StationMean.Of(downtown, "averageVehicleSpeed", now), StationMean.Of(air, "pm25", now), StationMean.Of(weather, "temperature", now), downtown, traffic.Count + air.Count + weather.Count,
            traffic.Concat(air).Concat(weather).Any(Console.Display.Names.IsSynthetic));
    }

    /// <summary>What the district of a station is called; null where the station names none.</summary>
    public static District? DistrictOf(Entity station) => station.Text("refDistrict") is { } id ? DaeguDistricts.All.FirstOrDefault(d => d.Id == id) : null;

    private static async Task<List<Entity>> AllAsync(Tenant tenant, SensorKind kind, Rights rights, CancellationToken cancel)
    {
        var list = new List<Entity>();
        await foreach (var entity in tenant.EnumerateAsync(EntityQuery.OfType(CoreContext.Instance.ExpandType(kind.ToString())) with { Limit = 5_000 }, rights, cancel)) list.Add(entity);
        return list;
    }
}
