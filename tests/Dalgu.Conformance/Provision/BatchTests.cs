using System.Text.Json.Nodes;
using Xunit;

namespace Dalgu.Conformance.Provision;

/// <summary>Clauses 5.6.7 to 5.6.10 and 5.6.20: many entities at once, with what became of each.</summary>
public class BatchTests(City city)
{
    private static string Road(int n, int speed) => $$$"""{"id":"urn:ngsi-ld:Road:{{{n}}}","type":"Road","speed":{"type":"Property","value":{{{speed}}}}}""";
    private static string Batch(params string[] entities) => $"[{string.Join(',', entities)}]";
    private static string[] Strings(JsonNode? array) => [.. array!.AsArray().Select(n => (string)n!)];
    private static async Task<int?> SpeedAsync(Door door, int n) => (int?)(await door.GetAsync($"/entities/urn:ngsi-ld:Road:{n}?options=keyValues")).Body["speed"];

    private static void IsPartly(Answer answer, string[] success, params (string Id, string Type)[] errors)
    {
        answer.Is(207);
        Assert.Equal(success, Strings(answer.Body["success"]));
        Assert.Equal(errors.Select(e => (e.Id, "https://uri.etsi.org/ngsi-ld/errors/" + e.Type)), answer.Body["errors"]!.AsArray().Select(e => ((string)e!["entityId"]!, (string)e["error"]!["type"]!)));
    }

    [Fact]
    public async Task Creating_names_the_created_and_the_refused()
    {
        var door = city.NewDoor();
        var all = (await door.PostAsync("/entityOperations/create", Batch(Road(1, 10), Road(2, 20)))).Is(201);
        Assert.Equal(["urn:ngsi-ld:Road:1", "urn:ngsi-ld:Road:2"], Strings(all.Body));
        IsPartly(await door.PostAsync("/entityOperations/create", Batch(Road(2, 99), Road(3, 30), """{"id":"urn:ngsi-ld:Road:4"}""")), ["urn:ngsi-ld:Road:3"],
            ("urn:ngsi-ld:Road:2", "AlreadyExists"), ("urn:ngsi-ld:Road:4", "BadRequestData"));
        Assert.Equal((20, 30), (await SpeedAsync(door, 2), await SpeedAsync(door, 3)));
        IsPartly(await door.PostAsync("/entityOperations/create", Batch(Road(5, 1), Road(5, 2))), ["urn:ngsi-ld:Road:5"], ("urn:ngsi-ld:Road:5", "AlreadyExists"));
    }

    [Fact]
    public async Task Upserting_replaces_or_updates_and_names_what_is_new()
    {
        var door = await city.NewDoorAsync("""{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property","value":1},"name":{"type":"Property","value":"x"}}""");
        var created = (await door.PostAsync("/entityOperations/upsert?options=update", Batch(Road(1, 11), Road(2, 22)))).Is(201);
        Assert.Equal(["urn:ngsi-ld:Road:2"], Strings(created.Body));
        (await door.GetAsync("/entities/urn:ngsi-ld:Road:1?options=keyValues")).Has("""{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":11,"name":"x"}""");
        (await door.PostAsync("/entityOperations/upsert", Batch(Road(1, 12), Road(2, 23)))).Is(204);
        (await door.GetAsync("/entities/urn:ngsi-ld:Road:1?options=keyValues")).Has("""{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":12}""");
        IsPartly(await door.PostAsync("/entityOperations/upsert", Batch(Road(1, 13), """{"id":"urn:ngsi-ld:Road:9","type":"Road","speed":{"type":"Property"}}""")), ["urn:ngsi-ld:Road:1"], ("urn:ngsi-ld:Road:9", "BadRequestData"));
    }

    [Fact]
    public async Task Updating_needs_entities_and_may_not_overwrite()
    {
        var door = await city.NewDoorAsync(Road(1, 10));
        IsPartly(await door.PostAsync("/entityOperations/update", Batch(Road(1, 11), Road(2, 22))), ["urn:ngsi-ld:Road:1"], ("urn:ngsi-ld:Road:2", "ResourceNotFound"));
        IsPartly(await door.PostAsync("/entityOperations/update?options=noOverwrite", Batch(Road(1, 12))), [], ("urn:ngsi-ld:Road:1", "BadRequestData"));
        Assert.Equal(11, await SpeedAsync(door, 1));
        (await door.PostAsync("/entityOperations/update?options=noOverwrite", Batch("""{"id":"urn:ngsi-ld:Road:1","type":"Road","lanes":{"type":"Property","value":4}}"""))).Is(204);
    }

    [Fact]
    public async Task Merging_works_on_each()
    {
        var door = await city.NewDoorAsync(Road(1, 10), Road(2, 20));
        (await door.PostAsync("/entityOperations/merge", Batch("""{"id":"urn:ngsi-ld:Road:1","speed":{"type":"Property","value":11}}""", """{"id":"urn:ngsi-ld:Road:2","speed":"urn:ngsi-ld:null"}"""))).Is(204);
        Assert.Equal((11, null), (await SpeedAsync(door, 1), await SpeedAsync(door, 2)));
        IsPartly(await door.PostAsync("/entityOperations/merge", Batch("""{"id":"urn:ngsi-ld:Road:1","lanes":{"type":"Property","value":1}}""", """{"id":"urn:ngsi-ld:Road:7"}""")), ["urn:ngsi-ld:Road:1"], ("urn:ngsi-ld:Road:7", "ResourceNotFound"));
    }

    [Fact]
    public async Task Deleting_names_what_was_not_there()
    {
        var door = await city.NewDoorAsync(Road(1, 10), Road(2, 20), Road(3, 30), Road(4, 40));
        (await door.PostAsync("/entityOperations/delete", """["urn:ngsi-ld:Road:1"]""")).Is(204);
        IsPartly(await door.PostAsync("/entityOperations/delete", """["urn:ngsi-ld:Road:1","urn:ngsi-ld:Road:2"]"""), ["urn:ngsi-ld:Road:2"], ("urn:ngsi-ld:Road:1", "ResourceNotFound"));
        IsPartly(await door.PostAsync("/entityOperations/delete", """["urn:ngsi-ld:Road:3","urn:ngsi-ld:Road:3"]"""), ["urn:ngsi-ld:Road:3"], ("urn:ngsi-ld:Road:3", "ResourceNotFound"));
        IsPartly(await door.PostAsync("/entityOperations/delete", """["no id","urn:ngsi-ld:Road:4"]"""), ["urn:ngsi-ld:Road:4"], ("no id", "BadRequestData")); // 5.6.6.4 for each
        (await door.PostAsync("/entityOperations/delete", """["urn:ngsi-ld:Road:3",5]""")).IsProblem(400, "BadRequestData");
    }

    [Theory]
    [InlineData("create", "[]", "BadRequestData")]
    [InlineData("upsert", "{}", "BadRequestData")]
    [InlineData("delete", "5", "BadRequestData")]
    [InlineData("update", "[", "InvalidRequest")]
    public async Task A_batch_is_a_filled_array(string operation, string body, string error) =>
        (await (await city.NewDoorAsync(Road(1, 1))).PostAsync("/entityOperations/" + operation, body)).IsProblem(400, error);

    [Fact]
    public async Task Each_member_may_have_its_own_context()
    {
        var door = city.NewDoor();
        const string own = """{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property","value":1},"@context":{"speed":"https://example.org/speed"}}""";
        const string core = """{"id":"urn:ngsi-ld:Road:2","type":"Road","speed":{"type":"Property","value":2},"@context":"https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"}""";
        (await door.PostAsync("/entityOperations/create", Batch(own, core), Door.LdJson)).Is(201);
        Assert.NotNull((await door.EntityAsync("urn:ngsi-ld:Road:1"))["https://example.org/speed"]);
        Assert.NotNull((await door.EntityAsync("urn:ngsi-ld:Road:2"))["speed"]);
    }
}
