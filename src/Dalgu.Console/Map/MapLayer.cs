using System.Globalization;
using System.Text;
using Dalgu.Console.Components;

namespace Dalgu.Console.Map;

/// <summary>How a layer of the map is drawn.</summary>
public enum MapLayerKind
{
    /// <summary>Labelled discs at points, sized by an attribute: districts by residents.</summary>
    Marks,
    /// <summary>Points with a shape and a colour by the class of a value: sensors.</summary>
    Points,
    /// <summary>Lines and areas as they are: roads, boundaries.</summary>
    Shapes,
}

/// <summary>A class of values: all below a limit that are not in a class before it.</summary>
/// <param name="Below">The value from which the next class begins; positive infinity for the last one.</param>
/// <param name="Label">What the class is called.</param>
/// <param name="Kind">Its shape and colour.</param>
public sealed record MapClass(double Below, BilingualText Label, BadgeKind Kind);

/// <summary>A layer of the map: the entities of a type that have a place.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="Type">The type's short name or IRI; null for every type that has lines or areas and is in no other layer: what users imported.</param>
/// <param name="Kind">How it is drawn.</param>
public sealed record MapLayer(BilingualText Name, string? Type, MapLayerKind Kind)
{
    /// <summary>The attribute (short name) whose value a point shows, or a mark is sized by; null for none.</summary>
    public string? Attribute { get; init; }

    /// <summary>The classes of the value in ascending order; empty draws all alike.</summary>
    public IReadOnlyList<MapClass> Classes { get; init; } = [];

    /// <summary>True draws a ring about its points, so that they are told from those of another layer with the same classes.</summary>
    public bool Ringed { get; init; }

    /// <summary>What the legend adds to the name, such as what the size of a mark means; null adds nothing.</summary>
    public BilingualText? Note { get; init; }

    /// <summary>Types that the layer leaves out where <see cref="Type"/> is null.</summary>
    public IReadOnlyList<string> Except { get; init; } = [];

    /// <summary>The layer of what users imported: lines and areas of any type that is not in the layers given.</summary>
    public static MapLayer Imported(params IEnumerable<MapLayer> others) =>
        new(Texts.Imported, null, MapLayerKind.Shapes) { Except = [.. others.Where(o => o.Type is not null && o.Kind == MapLayerKind.Shapes).Select(o => o.Type!)] };

    /// <summary>Where the layer is served as GeoJSON.</summary>
    public string Url
    {
        get
        {
            var url = new StringBuilder("/live/map?kind=").Append(Kind.ToString().ToLowerInvariant());
            if (Type is not null) url.Append("&type=").Append(Uri.EscapeDataString(Type));
            if (Attribute is not null) url.Append("&attribute=").Append(Uri.EscapeDataString(Attribute));
            foreach (var type in Except) url.Append("&except=").Append(Uri.EscapeDataString(type));
            return url.ToString();
        }
    }

    /// <summary>The number of the class of a value; −1 where there are no classes or no value.</summary>
    public int ClassOf(double? value)
    {
        if (value is not { } v || !double.IsFinite(v)) return -1;
        for (var i = 0; i < Classes.Count; i++) if (v < Classes[i].Below) return i;
        return Classes.Count - 1;
    }

    /// <summary>The classes as the map's script reads them: limit, kind and label of each.</summary>
    internal string ClassesJson() => "[" + string.Join(",", Classes.Select(c =>
        $"{{\"below\":{(double.IsFinite(c.Below) ? c.Below.ToString("R", CultureInfo.InvariantCulture) : "null")},\"kind\":\"{BadgeKinds.Css(c.Kind)}\",\"shape\":\"{BadgeKinds.Shape(c.Kind)}\",\"label\":{System.Text.Json.JsonSerializer.Serialize(c.Label.Current)}}}")) + "]";
}
