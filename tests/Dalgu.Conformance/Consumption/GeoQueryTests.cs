using Xunit;

namespace Dalgu.Conformance.Consumption;

/// <summary>Clause 4.10. Distances are great circles; the expected ones were computed by the haversine formula on a sphere of 6,371,008.8 m.</summary>
public class GeoQueryTests(City city)
{
    private static string Place(string id, string type, string coordinates, string property = "location") =>
        $$$$"""{"id":"urn:ngsi-ld:G:{{{{id}}}}","type":"G","{{{{property}}}}":{"type":"GeoProperty","value":{"type":"{{{{type}}}}","coordinates":{{{{coordinates}}}}}}}""";

    private static readonly string[] Stock =
    [
        Place("point", "Point", "[128.6,35.87]"), // 0 m from the centre
        Place("near", "Point", "[128.61,35.87]"), // 900.97 m east of it
        Place("far", "Point", "[129.6,35.87]"), // 90.1 km east of it
        Place("line", "LineString", "[[128.59,35.80],[128.59,35.95]]"), // 900.97 m west of it
        Place("square", "Polygon", "[[[128.5,35.8],[128.7,35.8],[128.7,35.95],[128.5,35.95],[128.5,35.8]]]"),
        Place("shifted", "Polygon", "[[[128.65,35.8],[128.85,35.8],[128.85,35.95],[128.65,35.95],[128.65,35.8]]]"),
        Place("other", "Point", "[128.6,35.87]", "area"),
        Place("west", "Point", "[-179.99,0]"),
        """{"id":"urn:ngsi-ld:G:nowhere","type":"G"}""",
    ];

    [Theory]
    [InlineData("near;maxDistance==0.001", "Point", "[128.6,35.87]", "point square")]
    [InlineData("near;maxDistance==900", "Point", "[128.6,35.87]", "point square")]
    [InlineData("near;maxDistance==902", "Point", "[128.6,35.87]", "line near point square")]
    [InlineData("near;maxDistance==91000", "Point", "[128.6,35.87]", "far line near point shifted square")]
    [InlineData("near;minDistance==80000", "Point", "[128.6,35.87]", "far west")]
    [InlineData("near;maxDistance==2300", "Point", "[179.99,0]", "west")] // over the date line: 2.2 km
    [InlineData("within", "Polygon", "[[[128.4,35.7],[128.75,35.7],[128.75,36],[128.4,36],[128.4,35.7]]]", "line near point square")]
    [InlineData("contains", "Point", "[128.55,35.9]", "square")]
    [InlineData("contains", "Polygon", "[[[128.66,35.85],[128.69,35.85],[128.69,35.9],[128.66,35.85]]]", "shifted square")]
    [InlineData("intersects", "LineString", "[[128.58,35.87],[128.62,35.87]]", "line near point square")]
    [InlineData("disjoint", "Polygon", "[[[128.4,35.7],[129,35.7],[129,36],[128.4,36],[128.4,35.7]]]", "far west")]
    [InlineData("equals", "Point", "[128.6,35.87]", "point")]
    [InlineData("equals", "Polygon", "[[[128.7,35.8],[128.7,35.95],[128.5,35.95],[128.5,35.8],[128.7,35.8]]]", "square")] // the same ring from another corner
    [InlineData("overlaps", "Polygon", "[[[128.65,35.8],[128.85,35.8],[128.85,35.95],[128.65,35.95],[128.65,35.8]]]", "square")]
    public async Task A_relation_finds_what_stands_in_it(string georel, string geometry, string coordinates, string found) =>
        Assert.Equal(found.Split(' '), await (await city.NewDoorAsync(Stock)).IdsAsync($"georel={georel}&geometry={geometry}&coordinates={coordinates}"));

    [Fact]
    public async Task Another_geoproperty_can_be_asked_for() =>
        Assert.Equal(["other"], await (await city.NewDoorAsync(Stock)).IdsAsync("georel=near;maxDistance==1&geometry=Point&coordinates=[128.6,35.87]&geoproperty=area"));

    [Fact]
    public async Task A_collection_of_geometries_is_no_value_of_a_GeoProperty() => (await city.NewDoor().PostAsync("/entities",
        """{"id":"urn:x:1","type":"G","location":{"type":"GeoProperty","value":{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[128.6,35.87]}]}}}""")).IsProblem(400, "BadRequestData");

    [Theory]
    [InlineData("georel=near&geometry=Point&coordinates=[1,2]")]
    [InlineData("georel=near;maxDistance=5&geometry=Point&coordinates=[1,2]")]
    [InlineData("georel=near;maxDistance==-5&geometry=Point&coordinates=[1,2]")]
    [InlineData("georel=near;maxDistance==1e999&geometry=Point&coordinates=[1,2]")]
    [InlineData("georel=beside&geometry=Point&coordinates=[1,2]")]
    [InlineData("georel=within&geometry=Circle&coordinates=[1,2]")]
    [InlineData("georel=within&geometry=Polygon&coordinates=[1,2]")]
    [InlineData("georel=within&geometry=Point&coordinates=[181,2]")]
    [InlineData("georel=within&geometry=Point&coordinates=1,2")]
    [InlineData("georel=within&geometry=Point")]
    [InlineData("geometry=Point&coordinates=[1,2]")]
    [InlineData("type=G&geoproperty=area")]
    public async Task A_relation_that_is_none_is_refused(string query) => (await (await city.NewDoorAsync(Stock)).GetAsync("/entities?" + query)).IsProblem(400, "BadRequestData");
}
