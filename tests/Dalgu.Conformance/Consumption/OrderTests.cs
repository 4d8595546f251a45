using System.Text.Json.Nodes;
using Xunit;

namespace Dalgu.Conformance.Consumption;

/// <summary>Clauses 4.23 (order), 5.2.43 (its parameters in a body) and 4.9 (expandValues, jsonKeys).</summary>
public class OrderTests(City city)
{
    private static readonly string[] Places =
    [
        """{"id":"urn:ngsi-ld:X:near","type":"Stop","name":"Zebra","rank":5,"location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[128.61,35.87]}}}""",
        """{"id":"urn:ngsi-ld:X:mid","type":"Stop","name":"Ähre","rank":"x","location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[128.7,35.87]}}}""",
        """{"id":"urn:ngsi-ld:X:far","type":"Stop","name":"apfel","location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[129.4,35.2]}}}""",
    ];

    [Theory]
    [InlineData("orderBy=location;dist-asc&orderFrom=[128.6,35.87]", "near,mid,far")]
    [InlineData("orderBy=location;dist-desc&orderFrom=[128.6,35.87]", "far,mid,near")]
    [InlineData("orderBy=location;dist-asc&orderFrom=[[129.4,35.1],[129.4,35.3]]&orderGeometry=LineString", "far,mid,near")]
    [InlineData("orderBy=rank", "near,mid,far")] // numbers, texts, nothing (4.23.2)
    [InlineData("orderBy=rank;desc", "mid,near,far")]
    [InlineData("orderBy=name", "mid,far,near")] // the root collation: Ä beside a (4.23.1)
    [InlineData("orderBy=name&collation=de-u-co-phonebk", "mid,far,near")] // Ä as Ae
    [InlineData("orderBy=name&collation=sv", "far,near,mid")] // Ä behind Z
    [InlineData("orderBy=name;desc&collation=und-u-ks-level2", "near,far,mid")]
    public async Task Entities_come_in_the_order_asked_for(string order, string expected) =>
        Assert.Equal(expected.Split(','), await (await city.NewDoorAsync(Places)).IdsAsync("type=Stop&" + order.Replace(";", "%3B", StringComparison.Ordinal)));

    [Theory]
    [InlineData("kind", "text,object,array,yes,time,date,instant,none")]
    [InlineData("kind;desc", "instant,date,time,yes,array,object,text,none")]
    public async Task Values_of_several_kinds_come_in_the_order_of_the_kinds(string order, string expected)
    {
        var door = await city.NewDoorAsync(
            """{"id":"urn:ngsi-ld:X:instant","type":"T","kind":"2026-11-23T08:00:00Z"}""", """{"id":"urn:ngsi-ld:X:date","type":"T","kind":"2026-11-23"}""",
            """{"id":"urn:ngsi-ld:X:time","type":"T","kind":"08:00:00Z"}""", """{"id":"urn:ngsi-ld:X:yes","type":"T","kind":true}""",
            """{"id":"urn:ngsi-ld:X:array","type":"T","kind":[1]}""", """{"id":"urn:ngsi-ld:X:object","type":"T","kind":{"type":"Property","value":{"a":1}}}""",
            """{"id":"urn:ngsi-ld:X:text","type":"T","kind":"x"}""", """{"id":"urn:ngsi-ld:X:none","type":"T"}""");
        Assert.Equal(expected.Split(','), await door.IdsAsync("type=T&orderBy=" + order.Replace(";", "%3B", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("orderBy=location;dist-asc")]
    [InlineData("orderBy=location;dist-asc&orderFrom=8")]
    [InlineData("orderBy=location;dist-asc&orderFrom=[8,40]&orderGeometry=Blob")]
    [InlineData("orderBy=name&collation=!!nope")]
    [InlineData("orderBy=name&collation=und-u-zz-level1")]
    [InlineData("orderBy=name;up")]
    public async Task An_order_that_cannot_be_given_is_refused(string order) =>
        (await (await city.NewDoorAsync(Places)).GetAsync("/entities?type=Stop&" + order.Replace(";", "%3B", StringComparison.Ordinal))).IsProblem(400, "BadRequestData");

    [Theory]
    [InlineData("""{"orderBy":["location;dist-desc"],"coordinates":[128.6,35.87]}""", 200, "far,mid,near")]
    [InlineData("""{"orderBy":["name"],"collation":"sv"}""", 200, "far,near,mid")]
    [InlineData("""{"orderBy":["location;dist-asc"]}""", 400, "")]
    [InlineData("""{"orderBy":["location;dist-asc"],"coordinates":"8,40"}""", 400, "")]
    [InlineData("""{"orderBy":["id"],"geometry":5}""", 400, "")]
    public async Task A_query_in_a_body_says_its_order_there(string ordering, int status, string expected)
    {
        var answer = await (await city.NewDoorAsync(Places)).PostAsync("/entityOperations/query", $$"""{"type":"Query","entities":[{"type":"Stop"}],"ordering":{{ordering}}}""");
        if (status != 200) answer.IsProblem(400, "BadRequestData");
        else Assert.Equal(expected.Split(','), answer.Is(200).Body.AsArray().Select(e => ((string)e!["id"]!).Split(':')[^1]));
    }

    [Theory]
    [InlineData("q=gender==Male", "")]
    [InlineData("q=gender==Male&expandValues=gender", "v")]
    [InlineData("q=gender!=Male&expandValues=gender", "p")] // the Property's text is no term
    [InlineData("q=gender==Male&expandValues=other", "")]
    [InlineData("q=gender==Male&expandValues=gender&jsonKeys=gender", "")]
    [InlineData("q=tickets[value]==\"late\"&jsonKeys=tickets", "v")]
    public async Task A_filter_expands_the_values_of_those_attributes_alone_that_it_names(string query, string expected)
    {
        var door = await city.NewDoorAsync(
            """{"id":"urn:ngsi-ld:X:v","type":"Person","gender":{"type":"VocabProperty","vocab":"Male"},"tickets":{"type":"JsonProperty","json":{"id":"8","value":"late"}}}""",
            """{"id":"urn:ngsi-ld:X:p","type":"Person","gender":"Other"}""");
        Assert.Equal(expected.Length == 0 ? [] : expected.Split(','), await door.IdsAsync("type=Person&" + query));
        var body = new JsonObject { ["type"] = "Query", ["entities"] = new JsonArray(new JsonObject { ["type"] = "Person" }) };
        foreach (var part in query.Split('&')) body[part[..part.IndexOf('=', StringComparison.Ordinal)]] = part[(part.IndexOf('=', StringComparison.Ordinal) + 1)..];
        Assert.Equal(expected.Length == 0 ? [] : expected.Split(','), (await door.PostAsync("/entityOperations/query", body.ToJsonString())).Is(200).Body.AsArray().Select(e => ((string)e!["id"]!).Split(':')[^1]));
    }
}
