using Xunit;

namespace Dalgu.Conformance.Consumption;

/// <summary>Clauses 4.5.23 (linked entities) and 4.9 (filters over them).</summary>
public class LinkedEntityTests(City city)
{
    private const string Id = "urn:ngsi-ld:Building:1";

    private Task<Door> DoorAsync() => city.NewDoorAsync(
        """{"id":"urn:ngsi-ld:Building:1","type":"Building","name":"tower","locatedAt":{"type":"Relationship","object":"urn:ngsi-ld:City:1"}}""",
        """{"id":"urn:ngsi-ld:Building:2","type":"Building","name":"barn","locatedAt":{"type":"Relationship","object":["urn:ngsi-ld:City:2","urn:ngsi-ld:City:none"]}}""",
        """{"id":"urn:ngsi-ld:City:1","type":"City","name":"Daegu","in":{"type":"Relationship","object":"urn:ngsi-ld:Country:1"},"tallest":{"type":"Relationship","object":"urn:ngsi-ld:Building:1"}}""",
        """{"id":"urn:ngsi-ld:City:2","type":"City","name":"Busan"}""",
        """{"id":"urn:ngsi-ld:Country:1","type":"Country","name":"Korea"}""");

    [Theory]
    [InlineData("join=inline&options=keyValues", """{"id":"urn:ngsi-ld:Building:1","type":"Building","name":"tower","locatedAt":{"id":"urn:ngsi-ld:City:1","type":"City","name":"Daegu","in":"urn:ngsi-ld:Country:1","tallest":"urn:ngsi-ld:Building:1"}}""")]
    [InlineData("join=inline&joinLevel=2&options=keyValues&pick=id,locatedAt{name,in,tallest}", """{"id":"urn:ngsi-ld:Building:1","locatedAt":{"name":"Daegu","in":{"id":"urn:ngsi-ld:Country:1","type":"Country","name":"Korea"},"tallest":"urn:ngsi-ld:Building:1"}}""")]
    [InlineData("join=flat&joinLevel=2&options=keyValues&pick=id,locatedAt{name,in{name}}", """[{"id":"urn:ngsi-ld:Building:1","locatedAt":"urn:ngsi-ld:City:1"},{"name":"Daegu","in":"urn:ngsi-ld:Country:1"},{"name":"Korea"}]""")]
    [InlineData("join=inline&options=keyValues&containedBy=urn:ngsi-ld:City:1&pick=locatedAt", """{"locatedAt":"urn:ngsi-ld:City:1"}""")]
    [InlineData("join=@none&options=keyValues&pick=locatedAt", """{"locatedAt":"urn:ngsi-ld:City:1"}""")]
    [InlineData("join=inline&omit=type,name,locatedAt{type,in,tallest}&options=concise", """{"id":"urn:ngsi-ld:Building:1","locatedAt":{"object":"urn:ngsi-ld:City:1","entity":{"id":"urn:ngsi-ld:City:1","name":"Daegu"}}}""")]
    public async Task Linked_entities_come_inside_or_beside(string query, string expected) => (await (await DoorAsync()).GetAsync($"/entities/{Id}?{query}")).Is(200).Has(expected);

    [Theory]
    [InlineData("type=Building&q=locatedAt{name==\"Daegu\"}", "1")]
    [InlineData("type=Building&q=locatedAt{in{name==\"Korea\"}}", "1")]
    [InlineData("type=Building&q=locatedAt{name~=^B.*}|name==\"tower\"", "1,2")]
    [InlineData("type=Building&q=locatedAt{name==\"Seoul\"}", "")]
    [InlineData("type=City&q=tallest{locatedAt{in{name}}}", "1")]
    [InlineData("type=Building&q=locatedAt{name}==\"Daegu\"", "1")] // clause 4.9, example 13
    [InlineData("type=Building&q=locatedAt{City:name}==\"Daegu\"", "1")] // example 14
    [InlineData("type=Building&q=locatedAt{Country,City:name}~=^D", "1")]
    [InlineData("type=Building&q=locatedAt{Country:name}==\"Daegu\"", "")]
    [InlineData("type=Building&q=locatedAt{City:in{Country:name}}==\"Korea\"", "1")]
    [InlineData("type=Building&q=locatedAt{in{City:name}}==\"Korea\"", "")]
    [InlineData("type=Building&q=(locatedAt{name}==\"Seoul\"|locatedAt{name}!=\"Daegu\");name==\"barn\"", "2")]
    public async Task A_filter_may_look_at_linked_entities(string query, string found) => Assert.Equal(found, string.Join(',', await (await DoorAsync()).IdsAsync(query + "&join=inline&joinLevel=3")));

    [Theory] // clause 5.7.2.4: a query that is too deep
    [InlineData("q=locatedAt{name}==%22Daegu%22")]
    [InlineData("q=locatedAt{in{name}}==%22Korea%22&join=inline&joinLevel=1")]
    [InlineData("csf=))bad((")]
    public async Task A_filter_looks_no_deeper_than_entities_are_joined(string query) => (await (await DoorAsync()).GetAsync("/entities?type=Building&" + query)).IsProblem(400, "BadRequestData");

    [Theory]
    [InlineData("join=both")]
    [InlineData("join=inline&joinLevel=0")]
    [InlineData("pick=locatedAt{name")]
    [InlineData("pick=locatedAt{}")]
    public async Task What_cannot_be_read_is_refused(string query) => (await (await DoorAsync()).GetAsync($"/entities/{Id}?{query}")).IsProblem(400, "BadRequestData");

    [Fact]
    public async Task Lists_of_relationships_are_joined_each()
    {
        var found = (await (await DoorAsync()).GetAsync("/entities/urn:ngsi-ld:Building:2?join=inline&pick=locatedAt")).Is(200);
        found.Has("""{"locatedAt":{"type":"Relationship","object":["urn:ngsi-ld:City:2","urn:ngsi-ld:City:none"],"entityList":[{"id":"urn:ngsi-ld:City:2","type":"City","name":{"type":"Property","value":"Busan"}}]}}""");
    }
}
