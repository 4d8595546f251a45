using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text.Json;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;
using NetTopologySuite.Geometries;
using NetTopologySuite.IO.Converters;

namespace Dalgu.Hub.Query;

/// <summary>GeoJSON geometries: their boxes, their validity, their objects.</summary>
public static class Places
{
    private static readonly JsonSerializerOptions GeoJson = new() { Converters = { new GeoJsonConverterFactory() } };

    /// <summary>The box around all top-level geometries of an entity, widened to whole thousandths of a degree (about 100 m), so that what moves a
    /// little stays in its box and the index of places need not be rewritten; null where the entity has none.</summary>
    public static Box? BoxOf(Entity entity)
    {
        Box? box = null;
        if (entity.Attributes is EncodedAttributes encoded)
        {
            for (var i = 0; i < encoded.Count; i++)
                if (encoded.KindAt(i) == AttributeKind.GeoProperty) Add(encoded.ValueAt(i));
        }
        else
            for (var i = 0; i < entity.Attributes.Count; i++)
                for (var k = 0; k < entity.Attributes[i].Instances.Count; k++)
                    if (entity.Attributes[i].Instances[k] is { Kind: AttributeKind.GeoProperty } instance) Add(instance.Value.Span);
        return box is { } exact ? new(Math.Floor(exact.MinX * 1000) / 1000, Math.Floor(exact.MinY * 1000) / 1000, Math.Ceiling(exact.MaxX * 1000) / 1000, Math.Ceiling(exact.MaxY * 1000) / 1000) : null;

        void Add(ReadOnlySpan<byte> geometry)
        {
            if (BoxOf(geometry) is { } one) box = box is not { } b ? one : new(Math.Min(b.MinX, one.MinX), Math.Min(b.MinY, one.MinY), Math.Max(b.MaxX, one.MaxX), Math.Max(b.MaxY, one.MaxY));
        }
    }

    /// <summary>The box around a GeoJSON geometry, read without building it.</summary>
    public static Box? BoxOf(ReadOnlySpan<byte> geoJson)
    {
        if (TryReadPoint(geoJson, out var longitude, out var latitude)) return new(longitude, latitude, longitude, latitude);
        double minX = double.MaxValue, minY = double.MaxValue, maxX = double.MinValue, maxY = double.MinValue;
        var reader = new Utf8JsonReader(geoJson);
        var axis = 0;
        while (reader.Read())
            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray: axis = 0; break;
                case JsonTokenType.Number:
                    var value = reader.GetDouble();
                    if (axis == 0) (minX, maxX) = (Math.Min(minX, value), Math.Max(maxX, value));
                    else if (axis == 1) (minY, maxY) = (Math.Min(minY, value), Math.Max(maxY, value));
                    axis++;
                    break;
            }
        return maxX == double.MinValue || maxY == double.MinValue ? null : new(minX, minY, maxX, maxY);
    }

    /// <summary>The position in JSON that is {"type": "Point", "coordinates": [longitude, latitude]} and nothing else. Most geometries are, and each is read several times.</summary>
    internal static bool TryReadPoint(ReadOnlySpan<byte> json, out double longitude, out double latitude)
    {
        longitude = latitude = 0;
        return Take(ref json, "{"u8) && Take(ref json, "\"type\""u8) && Take(ref json, ":"u8) && Take(ref json, "\"Point\""u8) && Take(ref json, ","u8) && Take(ref json, "\"coordinates\""u8)
            && Take(ref json, ":"u8) && Take(ref json, "["u8) && TakeNumber(ref json, out longitude) && Take(ref json, ","u8) && TakeNumber(ref json, out latitude)
            && Take(ref json, "]"u8) && Take(ref json, "}"u8) && Rest(json).IsEmpty;

        static ReadOnlySpan<byte> Rest(ReadOnlySpan<byte> json) => json.IsEmpty || json[0] > ' ' ? json : json.TrimStart(" \t\r\n"u8);

        static bool Take(ref ReadOnlySpan<byte> json, ReadOnlySpan<byte> token)
        {
            var rest = Rest(json);
            if (!rest.StartsWith(token)) return false;
            json = rest[token.Length..];
            return true;
        }

        static bool TakeNumber(ref ReadOnlySpan<byte> json, out double number)
        {
            var rest = Rest(json);
            if (!Utf8Parser.TryParse(rest, out number, out var length)) return false;
            json = rest[length..];
            return true;
        }
    }

    /// <summary>Refuses JSON that is no GeoJSON geometry with possible WGS 84 coordinates (RFC 7946).</summary>
    /// <exception cref="Problem">BadRequestData.</exception>
    public static void Require(ReadOnlySpan<byte> geoJson, string what)
    {
        JsonDocument document;
        try
        {
            document = StrictJson.Parse(geoJson.ToArray());
        }
        catch (JsonException)
        {
            throw new Problem(ProblemKind.BadRequestData, $"The geometry of {what} is no JSON.");
        }
        using (document) Require(document.RootElement, what);
    }

    /// <inheritdoc cref="Require(ReadOnlySpan{byte}, string)"/>
    public static void Require(JsonElement geoJson, string what)
    {
        Check(geoJson, what);
        var box = BoxOf(JsonMarshal.GetRawUtf8Value(geoJson)) ?? throw Bad("has no coordinates");
        if (Math.Abs(box.MinX) > 180 || Math.Abs(box.MaxX) > 180 || Math.Abs(box.MinY) > 90 || Math.Abs(box.MaxY) > 90)
            throw Bad("has coordinates that are nowhere on earth; write longitude (−180…180), then latitude (−90…90)");

        Problem Bad(string why) => new(ProblemKind.BadRequestData, $"The geometry of {what} {why}.");
    }

    private static void Check(JsonElement geometry, string what)
    {
        if (geometry.ValueKind != JsonValueKind.Object || !geometry.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String) throw Bad("is no GeoJSON object with a type");
        var kind = type.GetString();
        if (kind == "GeometryCollection")
        {
            if (!geometry.TryGetProperty("geometries", out var parts) || parts.ValueKind != JsonValueKind.Array) throw Bad("has no geometries");
            foreach (var part in parts.EnumerateArray()) Check(part, what);
            return;
        }
        var depth = kind switch { "Point" => 0, "MultiPoint" or "LineString" => 1, "Polygon" or "MultiLineString" => 2, "MultiPolygon" => 3, _ => throw Bad($"is of the kind \"{Iri.Shorten(kind)}\", which GeoJSON does not know") };
        if (!geometry.TryGetProperty("coordinates", out var coordinates)) throw Bad("has no coordinates");
        var positions = Positions(coordinates, depth, what);
        if (kind == "LineString" && positions < 2) throw Bad("is a line of fewer than two positions");
        if (kind is "Polygon") foreach (var ring in coordinates.EnumerateArray()) Ring(ring, what);
        if (kind is "MultiPolygon") foreach (var polygon in coordinates.EnumerateArray()) foreach (var ring in polygon.EnumerateArray()) Ring(ring, what);

        Problem Bad(string why) => new(ProblemKind.BadRequestData, $"The geometry of {what} {why}.");
    }

    private static void Ring(JsonElement ring, string what)
    {
        var n = ring.GetArrayLength();
        if (n < 4) throw new Problem(ProblemKind.BadRequestData, $"The geometry of {what} has a ring of fewer than four positions.");
        JsonElement first = ring[0], last = ring[n - 1];
        if (first[0].GetDouble() != last[0].GetDouble() || first[1].GetDouble() != last[1].GetDouble())
            throw new Problem(ProblemKind.BadRequestData, $"The geometry of {what} has a ring that is not closed: its last position is not its first.");
    }

    private static int Positions(JsonElement coordinates, int depth, string what)
    {
        if (coordinates.ValueKind != JsonValueKind.Array) throw Bad();
        if (depth > 0)
        {
            var n = 0;
            foreach (var part in coordinates.EnumerateArray())
            {
                Positions(part, depth - 1, what);
                n++;
            }
            return n > 0 ? n : throw Bad();
        }
        var length = coordinates.GetArrayLength();
        if (length is < 2 or > 4) throw Bad();
        foreach (var number in coordinates.EnumerateArray())
            if (number.ValueKind != JsonValueKind.Number || !number.TryGetDouble(out var value) || !double.IsFinite(value)) throw Bad();
        return 1;

        Problem Bad() => new(ProblemKind.BadRequestData, $"The coordinates of {what} are not those of its kind of GeoJSON geometry.");
    }

    /// <summary>The geometry as an object, for relations and distances; null where it is none.</summary>
    public static Geometry? Read(ReadOnlySpan<byte> geoJson)
    {
        try
        {
            return JsonSerializer.Deserialize<Geometry>(geoJson, GeoJson);
        }
        catch (Exception fault) when (fault is JsonException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
