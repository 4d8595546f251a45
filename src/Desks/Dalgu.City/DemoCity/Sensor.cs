using Dalgu.City.Districts;
using Dalgu.Console;

namespace Dalgu.City.DemoCity;

/// <summary>What a sensor of the demo city measures. The names are those of Smart Data Models.</summary>
public enum SensorKind
{
    /// <summary>Fine dust, nitrogen dioxide, ozone.</summary>
    AirQualityObserved,
    /// <summary>Temperature, humidity, wind, rain.</summary>
    WeatherObserved,
    /// <summary>Speed, flow and occupancy of a road.</summary>
    TrafficFlowObserved,
}

/// <summary>A sensor of the demo city. The place is real, the sensor and its values are not.</summary>
/// <param name="Kind">What it measures.</param>
/// <param name="District">The MOIS code of the district that it stands in.</param>
/// <param name="Number">Its number among those of its kind in the district, from 1.</param>
/// <param name="Name">Its name.</param>
/// <param name="Place">Where it stands.</param>
/// <param name="Road">The road that it watches; null where it watches none.</param>
/// <param name="Downtown">True where it counts for the downtown travel speed.</param>
public sealed record Sensor(SensorKind Kind, string District, int Number, BilingualText Name, GeoPoint Place, BilingualText? Road = null, bool Downtown = false)
{
    /// <summary>The entity id.</summary>
    public string Id => $"urn:ngsi-ld:{Kind}:daegu-{District}-{Number}";

    /// <summary>The entity id of its district.</summary>
    public string DistrictId => Districts.District.IdOf(District);

    /// <summary>How often it stores a value when its past is filled in.</summary>
    public TimeSpan Step => Kind == SensorKind.TrafficFlowObserved ? TimeSpan.FromMinutes(10) : TimeSpan.FromMinutes(30);

    /// <summary>How often it sends a value while the demo runs.</summary>
    public TimeSpan Period => Kind == SensorKind.TrafficFlowObserved ? TimeSpan.FromSeconds(40) : TimeSpan.FromSeconds(60);
}
