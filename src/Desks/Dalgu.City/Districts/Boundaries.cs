using System.Text.Json;
using Dalgu.Hub.Entities;

namespace Dalgu.City.Districts;

/// <summary>An imported boundary: an area with the code of a district or a dong.</summary>
/// <param name="Id">The entity that holds it.</param>
/// <param name="Code">The code that it carries, of any system.</param>
/// <param name="Geometry">The GeoJSON Polygon or MultiPolygon, UTF-8.</param>
public sealed record Boundary(string Id, string Code, ReadOnlyMemory<byte> Geometry);

/// <summary>Which boundary is whose, and what found no partner.</summary>
/// <param name="ByDistrict">The boundary of each district that has one, by MOIS code.</param>
/// <param name="Unjoined">Boundaries that are of no district, each with the reason.</param>
/// <param name="Missing">Districts without a boundary.</param>
public sealed record BoundaryJoin(IReadOnlyDictionary<string, Boundary> ByDistrict, IReadOnlyList<(Boundary Boundary, string Reason)> Unjoined, IReadOnlyList<District> Missing);

/// <summary>Joins imported boundaries to districts by code. Boundaries are not shipped: <c>dalgu import daegu.geojson --type AdministrativeDistrictBoundary</c> brings them.</summary>
public static class Boundaries
{
    /// <summary>The types whose entities are linked to their district by the attribute <c>code</c>.</summary>
    public static IReadOnlyList<string> Types { get; } = ["AdministrativeDistrictBoundary", "AdministrativeDongBoundary"];

    /// <summary>The boundary that an entity holds; null where it has no area or no code.</summary>
    public static Boundary? Of(Entity entity)
    {
        if (CodeOf(entity) is not { } code) return null;
        foreach (var attribute in entity.Attributes)
            if (attribute.Default is { Kind: AttributeKind.GeoProperty } place && place.Value.Span.IndexOf("Polygon\""u8) >= 0) return new(entity.Id, code, place.Value);
        return null;
    }

    /// <summary>The code that an entity carries, written as text or as a number.</summary>
    public static string? CodeOf(Entity entity) => entity.Text("code")
        ?? entity.Number("code")?.ToString("0", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Joins by code. A dong's code is no district's boundary, a second boundary of one district is told, never taken.</summary>
    public static BoundaryJoin Join(IEnumerable<Boundary> boundaries)
    {
        var joined = new Dictionary<string, Boundary>(StringComparer.Ordinal);
        var unjoined = new List<(Boundary, string)>();
        foreach (var boundary in boundaries)
            if (DistrictCodes.ToMois(boundary.Code) is not { } mois) unjoined.Add((boundary, $"The code \"{boundary.Code}\" is of no district of Daegu."));
            else if (boundary.Code.Length != 5) unjoined.Add((boundary, $"The code \"{boundary.Code}\" is of a dong in {mois}, not of a district."));
            else if (!joined.TryAdd(mois, boundary)) unjoined.Add((boundary, $"The district {mois} has the boundary {joined[mois].Id} already."));
        return new(joined, unjoined, [.. DaeguDistricts.All.Where(d => !joined.ContainsKey(d.Code))]);
    }

    /// <summary>The area of a GeoJSON Polygon or MultiPolygon in square kilometres, on a sphere; holes are taken off.</summary>
    public static double AreaKm2(ReadOnlyMemory<byte> geometry)
    {
        using var json = JsonDocument.Parse(geometry);
        var coordinates = json.RootElement.GetProperty("coordinates");
        var polygons = json.RootElement.GetProperty("type").GetString() == "MultiPolygon" ? coordinates.EnumerateArray() : Enumerable.Repeat(coordinates, 1);
        var area = 0.0;
        foreach (var polygon in polygons)
        {
            var outer = true;
            foreach (var ring in polygon.EnumerateArray())
            {
                area += (outer ? 1 : -1) * Math.Abs(RingArea(ring));
                outer = false;
            }
        }
        return area;
    }

    private static double RingArea(JsonElement ring)
    {
        const double radiusKm = 6371.0088, radians = Math.PI / 180;
        double sum = 0, x0 = 0, y0 = 0;
        var first = true;
        foreach (var position in ring.EnumerateArray())
        {
            var (x, y) = (position[0].GetDouble() * radians, Math.Sin(position[1].GetDouble() * radians));
            if (!first) sum += (x - x0) * (2 + y0 + y);
            (x0, y0, first) = (x, y, false);
        }
        return sum * radiusKm * radiusKm / 2;
    }
}
