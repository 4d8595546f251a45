using Xunit;

namespace Dalgu.Conformance.Consumption;

/// <summary>Clauses 5.7.5 to 5.7.10: which types and attributes there are.</summary>
public class DiscoveryTests(City city)
{
    private static readonly string[] Stock =
    [
        """{"id":"urn:ngsi-ld:X:a","type":"Road","speed":{"type":"Property","value":50},"near":{"type":"Relationship","object":"urn:ngsi-ld:X:b"}}""",
        """{"id":"urn:ngsi-ld:X:b","type":["Road","Bridge"],"speed":{"type":"Relationship","object":"urn:a:b"}}""",
        """{"id":"urn:ngsi-ld:X:c","type":"Tower","height":{"type":"Property","value":202}}""",
    ];

    [Fact]
    public async Task Types_are_listed_with_and_without_their_attributes()
    {
        var door = await city.NewDoorAsync(Stock);
        (await door.GetAsync("/types")).Is(200).Has("""{"id":"urn:ngsi-ld:EntityTypeList:local","type":"EntityTypeList","typeList":["Bridge","Road","Tower"]}""");
        (await door.GetAsync("/types?details=true")).Is(200).Has("""
            [{"id":"https://uri.etsi.org/ngsi-ld/default-context/Bridge","type":"EntityType","typeName":"Bridge","attributeNames":["speed"]},
             {"id":"https://uri.etsi.org/ngsi-ld/default-context/Road","type":"EntityType","typeName":"Road","attributeNames":["near","speed","speed"]},
             {"id":"https://uri.etsi.org/ngsi-ld/default-context/Tower","type":"EntityType","typeName":"Tower","attributeNames":["height"]}]
            """.Replace("\"speed\",\"speed\"", "\"speed\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Road")]
    [InlineData("https:%2F%2Furi.etsi.org%2Fngsi-ld%2Fdefault-context%2FRoad")]
    public async Task A_type_tells_how_many_entities_and_which_attributes_it_has(string name) => (await (await city.NewDoorAsync(Stock)).GetAsync("/types/" + name)).Is(200).Has("""
        {"id":"https://uri.etsi.org/ngsi-ld/default-context/Road","type":"EntityTypeInfo","typeName":"Road","entityCount":2,"attributeDetails":[
          {"id":"https://uri.etsi.org/ngsi-ld/default-context/near","type":"Attribute","attributeName":"near","attributeTypes":["Relationship"]},
          {"id":"https://uri.etsi.org/ngsi-ld/default-context/speed","type":"Attribute","attributeName":"speed","attributeTypes":["Property","Relationship"]}]}
        """);

    [Fact]
    public async Task Attributes_are_listed_and_told_of()
    {
        var door = await city.NewDoorAsync(Stock);
        (await door.GetAsync("/attributes")).Is(200).Has("""{"id":"urn:ngsi-ld:AttributeList:local","type":"AttributeList","attributeList":["height","near","speed"]}""");
        (await door.GetAsync("/attributes/height")).Is(200).Has("""{"id":"https://uri.etsi.org/ngsi-ld/default-context/height","type":"Attribute","attributeName":"height","attributeCount":1,"attributeTypes":["Property"],"typeNames":["Tower"]}""");
        Assert.Equal(["Bridge", "Road"], (await door.GetAsync("/attributes/speed")).Body["typeNames"]!.AsArray().Select(n => (string)n!));
    }

    [Fact]
    public async Task What_no_entity_has_any_more_is_not_there()
    {
        var door = await city.NewDoorAsync(Stock);
        (await door.DeleteAsync("/entities/urn:ngsi-ld:X:c")).Is(204);
        (await door.DeleteAsync("/entities/urn:ngsi-ld:X:a/attrs/near")).Is(204);
        (await door.GetAsync("/types")).Has("""{"id":"urn:ngsi-ld:EntityTypeList:local","type":"EntityTypeList","typeList":["Bridge","Road"]}""");
        (await door.GetAsync("/types/Tower")).IsProblem(404, "ResourceNotFound");
        (await door.GetAsync("/attributes")).Has("""{"id":"urn:ngsi-ld:AttributeList:local","type":"AttributeList","attributeList":["speed"]}""");
        (await door.GetAsync("/attributes/near")).IsProblem(404, "ResourceNotFound");
    }
}
