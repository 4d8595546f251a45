using System.Text;
using System.Text.Json;
using Dalgu.Console.Components;
using Dalgu.Console.Display;
using Dalgu.Console.Map;
using Dalgu.Hub.Entities;
using Xunit;

namespace Dalgu.Console.Tests;

public class MapTests
{
    private static readonly MapLayer Air = new(new("PM2.5", "PM2.5"), "AirQualityObserved", MapLayerKind.Points)
    {
        Attribute = "pm25",
        Classes = [new(16, new("좋음", "good"), BadgeKind.Good), new(36, new("보통", "fair"), BadgeKind.Plain), new(double.PositiveInfinity, new("나쁨", "poor"), BadgeKind.Bad)],
    };

    [Theory]
    [InlineData(15.9, 0)]
    [InlineData(16d, 1)]
    [InlineData(400d, 2)]
    [InlineData(null, -1)]
    public void A_class_holds_what_is_below_its_limit(double? value, int number) => Assert.Equal(number, Air.ClassOf(value));

    [Fact]
    public void Every_class_of_the_map_has_a_shape_of_its_own()
    {
        var shapes = new[] { BadgeKind.Good, BadgeKind.Plain, BadgeKind.Warn, BadgeKind.Bad, BadgeKind.Unknown }.Select(BadgeKinds.Shape);
        Assert.Distinct(shapes);
        using var json = JsonDocument.Parse(Air.ClassesJson());
        Assert.Equal(JsonValueKind.Null, json.RootElement[2].GetProperty("below").ValueKind);
    }

    [Fact]
    public void A_layer_is_served_under_its_own_words() =>
        Assert.Equal("/live/map?kind=points&type=AirQualityObserved&attribute=pm25", Air.Url);

    [Fact]
    public void A_sensor_becomes_a_point_with_value_and_a_row_of_the_table()
    {
        var entity = new EntityBuilder("urn:ngsi-ld:AirQualityObserved:1", "AirQualityObserved").Text("name", "평리동").Number("pm25", 24, "GQ").Point("location", new(128.55, 35.87)).Build();
        var feature = MapFeatures.Feature(entity, entity.Types[0], Air)!;
        Assert.Equal(("평리동", 24d, "24 µg/m³", false), (feature.Name, feature.Value, feature.Text, feature.Synthetic));
        var drawing = MapDrawing.Of([(Air, [feature])]);
        Assert.Equal(("○", "plain"), (drawing.Points[0].Shape, drawing.Points[0].Css));
        var row = Assert.Single(drawing.Rows);
        Assert.Equal(("24 µg/m³", "보통", "128.5500, 35.8700"), (row.Text, row.Class!.Label.Korean, row.Place));
        using var json = JsonDocument.Parse(MapFeatures.GeoJson([feature]));
        Assert.Equal("Point", json.RootElement.GetProperty("features")[0].GetProperty("geometry").GetProperty("type").GetString());
    }

    [Fact]
    public void A_district_is_marked_by_a_disc_whose_area_is_its_residents()
    {
        // Residents of June 2024: Dalseo-gu 524,284, Gunwi-gun 22,707 (data/platforms).
        var layer = new MapLayer(new("구·군", "Districts"), "District", MapLayerKind.Marks) { Attribute = "population" };
        var drawing = MapDrawing.Of([(layer, [Feature("달서구", 524_284, 128.53, 35.83), Feature("군위군", 22_707, 128.65, 36.17)])]);
        var (large, small) = (drawing.Marks[0], drawing.Marks[1]);
        Assert.Equal(524_284d / 22_707, large.Radius * large.Radius / (small.Radius * small.Radius), 1);
        Assert.True(small.Y < large.Y && small.X > large.X, "Gunwi lies north-east of Dalseo");
        Assert.InRange(large.X, 0, MapDrawing.Width);
    }

    [Fact]
    public void Areas_are_closed_and_their_middle_is_their_centroid()
    {
        var layer = new MapLayer(new("x", "x"), "Boundary", MapLayerKind.Shapes);
        var square = new MapFeature("urn:a:b", "t", "네모", Encoding.ASCII.GetBytes("""{"type":"MultiPolygon","coordinates":[[[[128,35],[129,35],[129,36],[128,36],[128,35]]]]}"""), null, "", false);
        var drawing = MapDrawing.Of([(layer, [square])]);
        Assert.EndsWith("Z", drawing.Shapes[0].Path, StringComparison.Ordinal);
        Assert.Equal("128.5000, 35.5000", drawing.Rows[0].Place);
    }

    [Fact]
    public void An_area_is_a_shape_and_not_a_point()
    {
        var area = new EntityBuilder("urn:ngsi-ld:Boundary:1", "Boundary").Geometry("location", """{"type":"Polygon","coordinates":[[[128,35],[129,35],[129,36],[128,35]]]}"""u8.ToArray()).Build();
        Assert.Null(MapFeatures.Feature(area, "t", Air));
        Assert.NotNull(MapFeatures.Feature(area, "t", MapLayer.Imported(Air)));
    }

    private static MapFeature Feature(string name, double residents, double lon, double lat) =>
        new("urn:ngsi-ld:District:" + name, Names.Expand("District"), name, Encoding.ASCII.GetBytes(FormattableString.Invariant($"{{\"type\":\"Point\",\"coordinates\":[{lon},{lat}]}}")), residents, "", false);
}
