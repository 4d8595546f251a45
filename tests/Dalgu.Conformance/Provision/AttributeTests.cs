using Xunit;

namespace Dalgu.Conformance.Provision;

/// <summary>Clauses 5.6.2 (update), 5.6.3 (append), 5.6.4 (partial update), 5.6.5 (delete) and 5.6.19 (replace) of attributes.</summary>
public class AttributeTests(City city)
{
    private const string Path = "/entities/urn:ngsi-ld:Road:1";
    private const string Road = """{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property","value":50,"unitCode":"KMH"},"near":{"type":"Relationship","object":"urn:ngsi-ld:Road:2"}}""";

    private async Task<Door> DoorAsync() => await city.NewDoorAsync(Road);

    private static async Task HasAsync(Door door, string members) => (await door.GetAsync(Path)).Is(200).Has("{\"id\":\"urn:ngsi-ld:Road:1\",\"type\":\"Road\"," + members + "}");

    [Fact]
    public async Task Appending_adds_and_overwrites()
    {
        var door = await DoorAsync();
        (await door.PostAsync(Path + "/attrs", """{"speed":{"type":"Property","value":60},"lanes":{"type":"Property","value":6}}""")).Is(204);
        await HasAsync(door, """ "speed":{"type":"Property","value":60},"near":{"type":"Relationship","object":"urn:ngsi-ld:Road:2"},"lanes":{"type":"Property","value":6} """);
    }

    [Fact]
    public async Task Appending_without_overwriting_says_what_it_left_alone()
    {
        var door = await DoorAsync();
        var answer = (await door.PostAsync(Path + "/attrs?options=noOverwrite", """{"speed":{"type":"Property","value":60},"lanes":{"type":"Property","value":6}}""")).Is(207);
        Assert.Equal("https://uri.etsi.org/ngsi-ld/default-context/lanes", (string?)answer.Body["updated"]![0]);
        Assert.Equal("https://uri.etsi.org/ngsi-ld/default-context/speed", (string?)answer.Body["notUpdated"]![0]!["attributeName"]);
        await HasAsync(door, """ "speed":{"type":"Property","value":50,"unitCode":"KMH"},"near":{"type":"Relationship","object":"urn:ngsi-ld:Road:2"},"lanes":{"type":"Property","value":6} """);
    }

    [Fact]
    public async Task Updating_replaces_whole_instances_and_may_change_their_kind()
    {
        var door = await DoorAsync();
        (await door.PatchAsync(Path + "/attrs", """{"speed":{"type":"Relationship","object":"urn:a:b"},"near":"urn:ngsi-ld:null"}""")).Is(204);
        await HasAsync(door, """ "speed":{"type":"Relationship","object":"urn:a:b"} """);
        (await door.PatchAsync("/entities/urn:ngsi-ld:Road:9/attrs", "{}")).IsProblem(404, "ResourceNotFound");
        (await door.PatchAsync(Path + "/attrs", """{"none":"urn:ngsi-ld:null"}""")).Is(207);
    }

    [Fact]
    public async Task A_partial_update_changes_what_it_states_and_keeps_the_rest()
    {
        var door = await DoorAsync();
        (await door.PatchAsync(Path + "/attrs/speed", """{"value":70,"accuracy":{"type":"Property","value":1}}""")).Is(204);
        (await door.PatchAsync(Path + "/attrs/speed", """{"observedAt":"2026-11-23T08:00:00Z"}""")).Is(204);
        await HasAsync(door, """ "speed":{"type":"Property","value":70,"unitCode":"KMH","observedAt":"2026-11-23T08:00:00Z","accuracy":{"type":"Property","value":1}},"near":{"type":"Relationship","object":"urn:ngsi-ld:Road:2"} """);
        (await door.PatchAsync(Path + "/attrs/none", """{"value":1}""")).IsProblem(404, "ResourceNotFound");
        (await door.PatchAsync(Path + "/attrs/speed", """{"type":"Relationship","object":"urn:a:b"}""")).IsProblem(400, "BadRequestData");
    }

    [Fact]
    public async Task An_attribute_is_replaced_where_it_is()
    {
        var door = await DoorAsync();
        (await door.PutAsync(Path + "/attrs/speed", """{"type":"Property","value":80}""")).Is(204);
        await HasAsync(door, """ "speed":{"type":"Property","value":80},"near":{"type":"Relationship","object":"urn:ngsi-ld:Road:2"} """);
        (await door.PutAsync(Path + "/attrs/none", """{"type":"Property","value":80}""")).IsProblem(404, "ResourceNotFound");
        (await door.PutAsync(Path + "/attrs/@bad", """{"type":"Property","value":80}""")).IsProblem(400, "BadRequestData");
    }

    [Fact]
    public async Task An_attribute_is_deleted_by_term_or_by_iri()
    {
        var door = await DoorAsync();
        (await door.DeleteAsync(Path + "/attrs/speed")).Is(204);
        (await door.DeleteAsync(Path + "/attrs/https:%2F%2Furi.etsi.org%2Fngsi-ld%2Fdefault-context%2Fnear")).Is(204);
        (await door.GetAsync(Path)).Has("""{"id":"urn:ngsi-ld:Road:1","type":"Road"}""");
        (await door.DeleteAsync(Path + "/attrs/speed")).IsProblem(404, "ResourceNotFound");
    }

    [Fact]
    public async Task Instances_are_told_apart_by_their_dataset()
    {
        var door = await DoorAsync();
        const string a = """{"type":"Property","value":51,"datasetId":"urn:ngsi-ld:Dataset:a"}""", b = """{"type":"Property","value":52,"datasetId":"urn:ngsi-ld:Dataset:b"}""";
        (await door.PostAsync(Path + "/attrs", $$$"""{"speed":[{{{a}}},{{{b}}}]}""")).Is(204);
        const string one = """{"type":"Property","value":50,"unitCode":"KMH"}""", near = """ "near":{"type":"Relationship","object":"urn:ngsi-ld:Road:2"} """;
        await HasAsync(door, $"\"speed\":[{one},{a},{b}],{near}");
        (await door.GetAsync(Path + "?datasetId=urn:ngsi-ld:Dataset:a&attrs=speed")).Has($$$"""{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{{{a}}}}""");
        (await door.GetAsync(Path + "?datasetId=@none&attrs=speed")).Has($$$"""{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{{{one}}}}""");
        (await door.GetAsync(Path + "?options=keyValues&attrs=speed")).Has("""{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"dataset":{"@none":50,"urn:ngsi-ld:Dataset:a":51,"urn:ngsi-ld:Dataset:b":52}}}""");
        (await door.PatchAsync(Path + "/attrs/speed", """{"value":53,"datasetId":"urn:ngsi-ld:Dataset:a"}""")).Is(204);
        (await door.DeleteAsync(Path + "/attrs/speed?datasetId=urn:ngsi-ld:Dataset:b")).Is(204);
        await HasAsync(door, $$$""" "speed":[{{{one}}},{"type":"Property","value":53,"datasetId":"urn:ngsi-ld:Dataset:a"}],{{{near}}} """);
        (await door.DeleteAsync(Path + "/attrs/speed?datasetId=urn:ngsi-ld:Dataset:b")).IsProblem(404, "ResourceNotFound");
        (await door.DeleteAsync(Path + "/attrs/speed?deleteAll=true")).Is(204);
        await HasAsync(door, near);
        (await door.PostAsync(Path + "/attrs", $$$"""{"speed":[{{{a}}},{{{a}}}]}""")).IsProblem(400, "BadRequestData");
    }

    [Fact]
    public async Task A_scope_is_handled_like_an_attribute()
    {
        var door = await DoorAsync();
        (await door.PatchAsync(Path + "/attrs", """{"scope":"/a"}""")).Is(207);
        (await door.PostAsync(Path + "/attrs", """{"scope":"/a"}""")).Is(204);
        (await door.PostAsync(Path + "/attrs?options=noOverwrite", """{"scope":"/b"}""")).Is(204);
        Answer.Same(System.Text.Json.Nodes.JsonNode.Parse("""["/a","/b"]"""), (await door.EntityAsync("urn:ngsi-ld:Road:1"))["scope"]);
        (await door.DeleteAsync(Path + "/attrs/scope")).Is(204);
        Assert.Null((await door.EntityAsync("urn:ngsi-ld:Road:1"))["scope"]);
    }

    [Fact]
    public async Task The_body_of_an_attribute_may_bring_its_context_and_one_inside_an_entity_may_not()
    {
        var door = await city.NewDoorAsync("""{"id":"urn:x:1","type":"Road","speed":1}""");
        const string core = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld";
        (await door.PatchAsync("/entities/urn:x:1/attrs/speed", $$"""{"type":"Property","value":2,"@context":"{{core}}"}""", Door.LdJson)).Is(204);
        (await door.PutAsync("/entities/urn:x:1/attrs/speed", $$"""{"type":"Property","value":3,"@context":"{{core}}"}""", Door.LdJson)).Is(204);
        (await door.PatchAsync("/entities/urn:x:1/attrs", $$$"""{"speed":{"type":"Property","value":4,"@context":"{{{core}}}"}}""")).IsProblem(400, "BadRequestData");
        Assert.Equal("3", (await door.EntityAsync("urn:x:1"))["speed"]!["value"]!.ToJsonString());
    }
}
