using System.Globalization;
using System.Text;
using System.Text.Json;
using Dalgu.Console.Components;
using Dalgu.Console.Display;

namespace Dalgu.Console.Map;

/// <summary>The map as it is printed: every feature of every layer placed on a sheet by an equirectangular projection about the middle latitude,
/// which at the size of a city differs from Mercator by less than a pixel. Also the rows of the table below it.</summary>
public sealed class MapDrawing
{
    /// <summary>The sheet's width in pixels.</summary>
    public const double Width = 800;
    /// <summary>The sheet's height in pixels.</summary>
    public const double Height = 520;
    private const double Margin = 44, LargestMark = 24;
    private readonly HashSet<MapLayer> filled = [];

    /// <summary>A line or an area.</summary>
    public sealed record Shape(string Name, string Path, string Css);
    /// <summary>A labelled disc.</summary>
    public sealed record Mark(string Id, string Name, string Text, double X, double Y, double Radius);
    /// <summary>A point with the shape of its class.</summary>
    public sealed record Point(string Id, string Name, string Text, double X, double Y, string Shape, string Css, bool Ringed);
    /// <summary>A row of the table.</summary>
    public sealed record Row(string Layer, string Id, string Name, string Text, MapClass? Class, string Place);

    /// <summary>Nothing.</summary>
    public static readonly MapDrawing Empty = new();
    /// <summary>Lines and areas, from the bottom up.</summary>
    public List<Shape> Shapes { get; } = [];
    /// <summary>Labelled discs.</summary>
    public List<Mark> Marks { get; } = [];
    /// <summary>Points.</summary>
    public List<Point> Points { get; } = [];
    /// <summary>Marks beyond the edge of the sheet, each at the place of the edge that is nearest to it.</summary>
    public List<Mark> Beyond { get; } = [];
    /// <summary>The corners of what the sheet frames: west, south, east, north in degrees. Empty where there is nothing.</summary>
    public string Frame { get; private set; } = "";
    /// <summary>The same as a table.</summary>
    public List<Row> Rows { get; } = [];

    /// <summary>True where a layer has anything to show.</summary>
    public bool Has(MapLayer layer) => filled.Contains(layer);

    /// <summary>The drawing of layers, from the bottom up.</summary>
    public static MapDrawing Of(IReadOnlyList<(MapLayer Layer, IReadOnlyList<MapFeature> Features)> layers)
    {
        var read = layers.Select(l => (l.Layer, Features: l.Features.Select(f => (Feature: f, Rings: RingsOf(f.Geometry))).Where(f => f.Rings.Count > 0).ToList())).ToList();
        // The sheet holds the marks and points that lie together; areas may run over its edge, as the districts at a city's rim do. Where there are areas alone it holds them.
        var places = read.Where(l => l.Layer.Kind != MapLayerKind.Shapes).SelectMany(l => l.Features).Select(f => Middle(f.Rings)).ToList();
        if (places.Count < 2) places = [.. read.SelectMany(l => l.Features).SelectMany(f => f.Rings).SelectMany(r => r.Points)];
        var drawing = new MapDrawing();
        if (places.Count == 0) return drawing;
        places = Together(Together(places, p => p.Latitude), p => p.Longitude);
        var sheet = Sheet.Around(places);
        drawing.Frame = string.Create(CultureInfo.InvariantCulture, $"{places.Min(p => p.Longitude)},{places.Min(p => p.Latitude)},{places.Max(p => p.Longitude)},{places.Max(p => p.Latitude)}");
        foreach (var (layer, features) in read)
        {
            if (features.Count == 0) continue;
            drawing.filled.Add(layer);
            var largest = features.Max(f => f.Feature.Value ?? 0);
            foreach (var (feature, rings) in features)
            {
                var middle = Middle(rings);
                var (x, y) = sheet.Place(middle);
                var step = layer.ClassOf(feature.Value);
                var kind = step < 0 ? layer.Classes.Count > 0 ? BadgeKind.Unknown : BadgeKind.Plain : layer.Classes[step].Kind;
                drawing.Rows.Add(new(layer.Name.Current, feature.Id, feature.Name, feature.Text, step < 0 ? null : layer.Classes[step],
                    string.Create(CultureInfo.InvariantCulture, $"{middle.Longitude:0.0000}, {middle.Latitude:0.0000}")));
                switch (layer.Kind)
                {
                    case MapLayerKind.Marks:
                        var mark = new Mark(feature.Id, feature.Name, feature.Text, x, y, largest > 0 && feature.Value is { } v ? Math.Max(4, LargestMark * Math.Sqrt(Math.Max(0, v) / largest)) : 8);
                        if (x is >= 0 and <= Width && y is >= 0 and <= Height) drawing.Marks.Add(mark);
                        else drawing.Beyond.Add(mark with { Name = Arrow(x, y) + " " + mark.Name, X = Math.Clamp(x, Margin, Width - Margin), Y = Math.Clamp(y, 14, Height - 14) });
                        break;
                    case MapLayerKind.Points:
                        drawing.Points.Add(new(feature.Id, feature.Name, feature.Text, x, y, BadgeKinds.Shape(kind), BadgeKinds.Css(kind), layer.Ringed));
                        break;
                    default:
                        drawing.Shapes.Add(new(feature.Name, Path(rings, sheet), rings[0].Closed ? "area" : "way"));
                        break;
                }
            }
        }
        return drawing;
    }

    /// <summary>The places without those few that lie apart: beyond a gap of a fifth of the whole extent, and at most a fifth of all.
    /// One county in the far north would else press a whole city into the middle of the sheet.</summary>
    private static List<GeoPoint> Together(List<GeoPoint> places, Func<GeoPoint, double> along)
    {
        var sorted = places.OrderBy(along).ToList();
        var extent = along(sorted[^1]) - along(sorted[0]);
        var (first, last) = (0, sorted.Count - 1);
        for (var i = 1; i < sorted.Count; i++)
        {
            if (along(sorted[i]) - along(sorted[i - 1]) < extent / 5) continue;
            if (i <= sorted.Count / 5) first = i;
            else if (sorted.Count - i <= sorted.Count / 5 && last == sorted.Count - 1) last = i - 1;
        }
        return sorted[first..(last + 1)];
    }

    private static string Arrow(double x, double y) => y < 0 ? "↑" : y > Height ? "↓" : x < 0 ? "←" : "→";

    private static string Path(List<Ring> rings, Sheet sheet)
    {
        var path = new StringBuilder();
        foreach (var ring in rings)
        {
            var (lastX, lastY) = (double.NaN, double.NaN);
            for (var i = 0; i < ring.Points.Count; i++)
            {
                var (x, y) = sheet.Place(ring.Points[i]);
                // What is nearer than a pixel to the point before cannot be seen; the last point always stays.
                if (i > 0 && i < ring.Points.Count - 1 && Math.Abs(x - lastX) < 1 && Math.Abs(y - lastY) < 1) continue;
                path.Append(i == 0 ? 'M' : 'L').Append(x.ToString("0.#", CultureInfo.InvariantCulture)).Append(' ').Append(y.ToString("0.#", CultureInfo.InvariantCulture));
                (lastX, lastY) = (x, y);
            }
            if (ring.Closed) path.Append('Z');
        }
        return path.ToString();
    }

    private static GeoPoint Middle(List<Ring> rings)
    {
        var longest = rings[0];
        foreach (var ring in rings) if (ring.Points.Count > longest.Points.Count) longest = ring;
        if (!longest.Closed) return longest.Points[longest.Points.Count / 2];
        // The centroid of the area (shoelace); of a ring without area the mean of its corners.
        double area = 0, x = 0, y = 0;
        for (int i = 0, j = longest.Points.Count - 1; i < longest.Points.Count; j = i++)
        {
            var (a, b) = (longest.Points[j], longest.Points[i]);
            var cross = a.Longitude * b.Latitude - b.Longitude * a.Latitude;
            area += cross;
            x += (a.Longitude + b.Longitude) * cross;
            y += (a.Latitude + b.Latitude) * cross;
        }
        return Math.Abs(area) > 1e-12 ? new(x / (3 * area), y / (3 * area)) : new(longest.Points.Average(p => p.Longitude), longest.Points.Average(p => p.Latitude));
    }

    private sealed record Ring(List<GeoPoint> Points, bool Closed);

    private static List<Ring> RingsOf(ReadOnlyMemory<byte> geometry)
    {
        using var document = JsonDocument.Parse(geometry);
        var rings = new List<Ring>();
        Collect(document.RootElement, rings);
        return rings;
    }

    private static void Collect(JsonElement geometry, List<Ring> rings)
    {
        if (geometry.ValueKind != JsonValueKind.Object || !geometry.TryGetProperty("type", out var type)) return;
        if (geometry.TryGetProperty("geometries", out var parts))
        {
            foreach (var part in parts.EnumerateArray()) Collect(part, rings);
            return;
        }
        if (!geometry.TryGetProperty("coordinates", out var at)) return;
        var closed = type.GetString() is "Polygon" or "MultiPolygon";
        if (type.GetString() == "Point") rings.Add(new([Position(at)], false));
        else Lines(at, closed, rings);
    }

    private static void Lines(JsonElement at, bool closed, List<Ring> rings)
    {
        if (at.ValueKind != JsonValueKind.Array || at.GetArrayLength() == 0 || at[0].ValueKind != JsonValueKind.Array || at[0].GetArrayLength() == 0) return;
        if (at[0][0].ValueKind == JsonValueKind.Number) rings.Add(new([.. at.EnumerateArray().Select(Position)], closed));
        else foreach (var part in at.EnumerateArray()) Lines(part, closed, rings);
    }

    private static GeoPoint Position(JsonElement at) => new(at[0].GetDouble(), at[1].GetDouble());

    private readonly record struct Sheet(double West, double North, double Scale, double Shrink, double OffsetX, double OffsetY)
    {
        public static Sheet Around(List<GeoPoint> points)
        {
            var (west, east) = (points.Min(p => p.Longitude), points.Max(p => p.Longitude));
            var (south, north) = (points.Min(p => p.Latitude), points.Max(p => p.Latitude));
            var shrink = Math.Cos((south + north) / 2 * Math.PI / 180);
            var (wide, high) = (Math.Max((east - west) * shrink, 1e-4), Math.Max(north - south, 1e-4));
            var scale = Math.Min((Width - 2 * Margin) / wide, (Height - 2 * Margin) / high);
            return new(west, north, scale, shrink, (Width - wide * scale) / 2, (Height - high * scale) / 2);
        }

        public (double X, double Y) Place(GeoPoint point) => (OffsetX + (point.Longitude - West) * Shrink * Scale, OffsetY + (North - point.Latitude) * Scale);
    }
}
