using System.Text.Json;

namespace Dalgu.City.Tests;

/// <summary>Whether a point lies in an area: even–odd rule over all rings.</summary>
internal static class Geo
{
    public static bool Contains(ReadOnlyMemory<byte> multiPolygon, GeoPoint point)
    {
        using var json = JsonDocument.Parse(multiPolygon);
        var inside = false;
        foreach (var ring in json.RootElement.GetProperty("coordinates").EnumerateArray().SelectMany(p => p.EnumerateArray()))
        {
            var n = ring.GetArrayLength();
            for (var i = 1; i < n; i++)
            {
                var (x0, y0, x1, y1) = (ring[i - 1][0].GetDouble(), ring[i - 1][1].GetDouble(), ring[i][0].GetDouble(), ring[i][1].GetDouble());
                if (y0 > point.Latitude != y1 > point.Latitude && point.Longitude < (x1 - x0) * (point.Latitude - y0) / (y1 - y0) + x0) inside = !inside;
            }
        }
        return inside;
    }
}
