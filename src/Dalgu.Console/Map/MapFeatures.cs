using System.Text;
using System.Text.Json;
using Dalgu.Console.Display;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;

namespace Dalgu.Console.Map;

/// <summary>An entity on the map.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Type">Its first type, an IRI.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Geometry">Its GeoJSON geometry, UTF-8.</param>
/// <param name="Value">The number of the layer's attribute; null where there is none.</param>
/// <param name="Text">The value with its unit; empty where there is none.</param>
/// <param name="Synthetic">True where a generator made it.</param>
public sealed record MapFeature(string Id, string Type, string Name, ReadOnlyMemory<byte> Geometry, double? Value, string Text, bool Synthetic);

/// <summary>Reads the entities of a layer, as far as they may be seen.</summary>
public sealed class MapFeatures
{
    /// <summary>The most entities of one layer.</summary>
    public const int MaxFeatures = 5_000;

    private static readonly string Location = Names.Expand("location");

    /// <summary>The entities of a layer, in ordinal order of id.</summary>
    public async Task<IReadOnlyList<MapFeature>> OfAsync(Tenant tenant, MapLayer layer, Rights rights, CancellationToken cancel)
    {
        var features = new List<MapFeature>();
        foreach (var type in await TypesAsync(tenant, layer, rights, cancel))
            await foreach (var entity in tenant.EnumerateAsync(EntityQuery.OfType(type), rights, cancel))
            {
                if (Feature(entity, type, layer) is { } feature) features.Add(feature);
                if (features.Count == MaxFeatures) return features;
            }
        return features;
    }

    private static async Task<IReadOnlyList<string>> TypesAsync(Tenant tenant, MapLayer layer, Rights rights, CancellationToken cancel)
    {
        if (layer.Type is not null) return [Names.Expand(layer.Type)];
        var except = layer.Except.Select(Names.Expand).ToHashSet(StringComparer.Ordinal);
        var census = await tenant.CensusAsync(rights, cancel);
        return [.. census.Where(c => !except.Contains(c.Type) && c.Attributes.Any(a => a.Kind == AttributeKind.GeoProperty)).Select(c => c.Type).Order(StringComparer.Ordinal)];
    }

    internal static MapFeature? Feature(Entity entity, string type, MapLayer layer)
    {
        var geometry = Geometry(entity, layer.Kind);
        if (geometry is null) return null;
        var attribute = layer.Attribute is null ? null : entity.Find(Names.Expand(layer.Attribute));
        var text = attribute is null ? default : AttributeText.Of(attribute.Default);
        return new(entity.Id, type, Names.Of(entity), geometry.Value, text.Number, attribute is null ? "" : (text.Text + " " + text.Unit).TrimEnd(), Names.IsSynthetic(entity));
    }

    private static ReadOnlyMemory<byte>? Geometry(Entity entity, MapLayerKind kind)
    {
        ReadOnlyMemory<byte>? found = null;
        foreach (var attribute in entity.Attributes)
        {
            var instance = attribute.Default;
            if (instance.Kind != AttributeKind.GeoProperty) continue;
            var point = IsPoint(instance.Value.Span);
            if (kind == MapLayerKind.Shapes ? point : kind == MapLayerKind.Points && !point) continue;
            if (found is null || attribute.Name == Location || kind == MapLayerKind.Marks && point) found = instance.Value;
        }
        return found;
    }

    private static bool IsPoint(ReadOnlySpan<byte> geometry) => geometry.IndexOf("\"Point\""u8) >= 0;

    /// <summary>A layer as a GeoJSON FeatureCollection, UTF-8.</summary>
    public static byte[] GeoJson(IReadOnlyList<MapFeature> features)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("type", "FeatureCollection");
            json.WriteBoolean("truncated", features.Count == MaxFeatures);
            json.WriteStartArray("features");
            foreach (var feature in features)
            {
                json.WriteStartObject();
                json.WriteString("type", "Feature");
                json.WritePropertyName("geometry");
                json.WriteRawValue(feature.Geometry.Span);
                json.WriteStartObject("properties");
                json.WriteString("id", feature.Id);
                json.WriteString("type", Names.Short(feature.Type));
                json.WriteString("name", feature.Name);
                json.WriteString("href", EntityLinks.Page(feature.Id));
                if (feature.Value is { } value) json.WriteNumber("value", value);
                json.WriteString("text", feature.Text);
                json.WriteEndObject();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }
}
