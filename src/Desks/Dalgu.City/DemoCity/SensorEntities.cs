using System.Globalization;
using System.Text;
using System.Text.Json;
using Dalgu.Console.Display;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;

namespace Dalgu.City.DemoCity;

/// <summary>Sensors and their readings as entities and attribute instances. Every sensor says <c>dataProvider: synthetic</c>.</summary>
internal static class SensorEntities
{
    private static readonly string DateObserved = CoreContext.Instance.ExpandAttribute("dateObserved"), Congested = CoreContext.Instance.ExpandAttribute("congested");
    private static readonly Dictionary<string, string> Iris = new(StringComparer.Ordinal);

    /// <summary>The entity of a sensor without values.</summary>
    public static Entity Of(Sensor sensor)
    {
        var entity = new EntityBuilder(sensor.Id, sensor.Kind.ToString())
            .Language("name", sensor.Name.Korean, sensor.Name.English)
            .Text("dataProvider", Names.SyntheticProvider)
            .Relationship("refDistrict", sensor.DistrictId)
            .Point("location", sensor.Place);
        if (sensor.Road is { } road) entity.Language("roadName", road.Korean, road.English);
        if (sensor.Downtown) entity.Text("areaServed", "downtown");
        return entity.Build();
    }

    /// <summary>The instances of a reading at an instant; none where the sensor is out of order.</summary>
    public static IReadOnlyList<EntityAttribute> Instances(SyntheticCity city, Sensor sensor, DateTime at, bool dateObserved)
    {
        var readings = city.At(sensor, at);
        if (readings.Count == 0) return [];
        var attributes = new List<EntityAttribute>(readings.Count + 2);
        if (dateObserved) attributes.Add(Instance(DateObserved, JsonSerializer.SerializeToUtf8Bytes(Timestamp.Format(at)), null, at));
        foreach (var reading in readings)
            attributes.Add(Instance(Iri(reading.Attribute), Encoding.ASCII.GetBytes(reading.Value.ToString("R", CultureInfo.InvariantCulture)), reading.UnitCode, at));
        if (sensor.Kind == SensorKind.TrafficFlowObserved)
            attributes.Add(Instance(Congested, readings[0].Value < (sensor.Downtown ? 15 : 20) ? "true"u8.ToArray() : "false"u8.ToArray(), null, at));
        return attributes;
    }

    /// <summary>The entity with new instances in the place of those of the same names.</summary>
    public static Entity With(Entity entity, IReadOnlyList<EntityAttribute> news)
    {
        var attributes = new List<EntityAttribute>(entity.Attributes.Count + news.Count);
        foreach (var old in entity.Attributes) if (!news.Any(n => n.Name == old.Name)) attributes.Add(old);
        attributes.AddRange(news);
        return entity with { Attributes = attributes };
    }

    private static EntityAttribute Instance(string iri, byte[] value, string? unit, DateTime at) =>
        new(iri, [new AttributeInstance { Kind = AttributeKind.Property, Value = value, UnitCode = unit, ObservedAt = at }]);

    private static string Iri(string name)
    {
        lock (Iris)
        {
            if (!Iris.TryGetValue(name, out var iri)) Iris[name] = iri = CoreContext.Instance.ExpandAttribute(name);
            return iri;
        }
    }
}
