using Xunit;

namespace Dalgu.Conformance.Provision;

/// <summary>Clauses 5.6.1 (create), 5.6.6 (delete), 5.6.17 (merge) and 5.6.18 (replace).</summary>
public class EntityTests(City city)
{
    private const string Road = """{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property","value":50,"unitCode":"KMH"},"name":{"type":"Property","value":"달구벌대로"}}""";
    private const string Path = "/entities/urn:ngsi-ld:Road:1";

    [Fact]
    public async Task A_created_entity_has_an_address_and_reads_back()
    {
        var door = city.NewDoor();
        var created = (await door.PostAsync("/entities", Road)).Is(201);
        Assert.Equal("/ngsi-ld/v1/entities/urn:ngsi-ld:Road:1", created.Header("Location"));
        Assert.Equal("", created.Text);
        (await door.GetAsync(Path)).Is(200).Has(Road);
    }

    [Fact]
    public async Task An_entity_that_exists_is_not_created_again()
    {
        var door = await city.NewDoorAsync(Road);
        (await door.PostAsync("/entities", Road.Replace("50", "60", StringComparison.Ordinal))).IsProblem(409, "AlreadyExists");
        (await door.GetAsync(Path)).Has(Road);
    }

    [Fact] // clause 4.5.2.2, annex C.11
    public async Task What_a_proof_seals_and_types_of_values_are_values_alone()
    {
        const string sealedRoad = """
            {"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property","value":5,"valueType":"xsd:double"},
             "name":{"type":"LanguageProperty","languageMap":{"ko":"길"},"valueType":"langString"},
             "ngsildproof":{"type":"Property","value":{"type":"DataIntegrityProof","proofValue":"z1"},"entityIdSealed":"urn:ngsi-ld:Road:1","entityTypeSealed":"Road"}}
            """;
        var door = await city.NewDoorAsync(sealedRoad);
        (await door.GetAsync(Path)).Is(200).Has(sealedRoad);
        (await door.PatchAsync(Path + "/attrs/speed", """{"valueType":"urn:ngsi-ld:null"}""")).Is(204);
        Assert.Equal("""{"type":"Property","value":5}""", (await door.EntityAsync("urn:ngsi-ld:Road:1"))["speed"]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"id":"urn:ngsi-ld:null","type":"Road"}""")]
    [InlineData("""{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property","value":1,"entityIdSealed":"urn:ngsi-ld:Road:1"}}""")]
    [InlineData("""{"id":"urn:ngsi-ld:Road:1","type":"Road","ngsildproof":{"type":"Property","value":"no proof"}}""")]
    [InlineData("""{"id":"urn:ngsi-ld:Road:1","type":"Road","ngsildproof":{"type":"Property","value":{},"entityTypeSealed":42}}""")]
    [InlineData("""{"id":"urn:ngsi-ld:Road:1","type":"Road","name":{"type":"LanguageProperty","languageMap":{"en":"x"},"valueType":"xsd:string"}}""")]
    [InlineData("""{"type":"Road"}""")]
    [InlineData("""{"id":"urn:ngsi-ld:Road:1"}""")]
    [InlineData("""{"id":"road 1","type":"Road"}""")]
    [InlineData("""{"id":"urn:ngsi-ld:Road:1","type":[]}""")]
    [InlineData("""{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property"}}""")]
    [InlineData("""{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property","value":null}}""")]
    [InlineData("""{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":null}""")]
    [InlineData("""{"id":"urn:ngsi-ld:Road:1","type":"Road","near":{"type":"Relationship","object":"road 2"}}""")]
    [InlineData("""{"id":"urn:ngsi-ld:Road:1","type":"Road","near":{"type":"Relationship","value":"urn:a:b"}}""")]
    [InlineData("""{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property","value":1,"observedAt":"yesterday"}}""")]
    [InlineData("""{"id":"urn:ngsi-ld:Road:1","type":"Road","name":{"type":"LanguageProperty","languageMap":"x"}}""")]
    [InlineData("""{"id":"urn:ngsi-ld:Road:1","type":"Road","location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[200,35]}}}""")]
    [InlineData("""{"id":"urn:ngsi-ld:Road:1","type":"Road","location":{"type":"GeoProperty","value":{"type":"Polygon","coordinates":[[[1,1],[2,2],[3,1],[1,2]]]}}}""")]
    [InlineData("""{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Speed","value":1}}""")]
    [InlineData("""{"id":"urn:ngsi-ld:Road:1","type":"Road","sp eed":{"type":"Property","value":1}}""")]
    [InlineData("""{"id":"urn:ngsi-ld:Road:1","type":"Road","scope":"no/slash at all?"}""")]
    public async Task Data_that_break_the_model_are_refused_and_nothing_is_written(string body)
    {
        var door = city.NewDoor();
        (await door.PostAsync("/entities", body)).IsProblem(400, "BadRequestData");
        (await door.GetAsync("/entities?type=Road")).IsProblem(404, "NonexistentTenant"); // not even the tenant came to be
    }

    [Theory]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"id":"urn:a:b","id":"urn:a:c","type":"Road"}""")]
    [InlineData("""{"id":"urn:a:b","type":"Road","name":{"value":"\ud800"}}""")]
    public async Task A_body_that_is_no_json_object_is_refused(string body) => (await city.NewDoor().PostAsync("/entities", body)).IsProblem(400, "InvalidRequest");

    [Fact]
    public async Task Replacing_leaves_what_the_new_entity_states_and_the_time_of_creation()
    {
        var door = await city.NewDoorAsync(Road);
        var before = await door.EntityAsync("urn:ngsi-ld:Road:1", "?options=sysAttrs");
        (await door.PutAsync(Path, """{"id":"urn:ngsi-ld:Road:1","type":"Road","lanes":{"type":"Property","value":6}}""")).Is(204);
        (await door.GetAsync(Path)).Has("""{"id":"urn:ngsi-ld:Road:1","type":"Road","lanes":{"type":"Property","value":6}}""");
        Assert.Equal((string?)before["createdAt"], (string?)(await door.EntityAsync("urn:ngsi-ld:Road:1", "?options=sysAttrs"))["createdAt"]);
        (await door.PutAsync("/entities/urn:ngsi-ld:Road:9", """{"type":"Road"}""")).IsProblem(404, "ResourceNotFound");
        (await door.PutAsync(Path, """{"id":"urn:ngsi-ld:Road:2","type":"Road"}""")).IsProblem(400, "BadRequestData");
    }

    [Fact]
    public async Task Merging_changes_what_is_stated_and_urn_null_takes_away()
    {
        var door = await city.NewDoorAsync(Road);
        (await door.PatchAsync(Path, """{"speed":{"type":"Property","value":60},"name":"urn:ngsi-ld:null","lanes":{"type":"Property","value":6}}""")).Is(204);
        (await door.GetAsync(Path)).Has("""{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property","value":60,"unitCode":"KMH"},"lanes":{"type":"Property","value":6}}""");
        (await door.PatchAsync(Path, """{"lanes":{"type":"Property","value":8}}""", Door.MergePatch)).Is(204);
        (await door.PatchAsync("/entities/urn:ngsi-ld:Road:9", "{}")).IsProblem(404, "ResourceNotFound");
    }

    [Fact]
    public async Task Merging_with_a_time_of_observation_gives_it_to_what_had_one()
    {
        var door = await city.NewDoorAsync("""{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property","value":50,"observedAt":"2026-01-01T00:00:00Z"},"lanes":{"type":"Property","value":6}}""");
        (await door.PatchAsync(Path + "?observedAt=2026-11-23T08:00:00Z", """{"speed":{"value":55},"lanes":{"value":8}}""")).Is(204);
        (await door.GetAsync(Path)).Has("""{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property","value":55,"observedAt":"2026-11-23T08:00:00Z"},"lanes":{"type":"Property","value":8}}""");
    }

    [Fact]
    public async Task A_deleted_entity_is_gone_but_for_its_history()
    {
        var door = await city.NewDoorAsync(Road);
        (await door.DeleteAsync(Path)).Is(204);
        (await door.GetAsync(Path)).IsProblem(404, "ResourceNotFound");
        (await door.DeleteAsync(Path)).IsProblem(404, "ResourceNotFound");
        Assert.Equal(50, (int?)(await door.GetAsync("/temporal" + Path + "?attrs=speed")).Is(200).Body["speed"]![0]!["value"]);
        (await door.PostAsync("/entities", Road)).Is(201);
    }

    [Theory]
    [InlineData("GET", "/entities/road")]
    [InlineData("DELETE", "/entities/road")]
    [InlineData("PUT", "/entities/road")]
    [InlineData("PATCH", "/entities/road/attrs")]
    [InlineData("PATCH", "/entities/")]
    [InlineData("POST", "/entities//attrs")]
    public async Task An_address_without_a_valid_id_is_refused(string method, string path)
    {
        var door = await city.NewDoorAsync(Road);
        (await door.SendAsync(new HttpMethod(method), path, method is "GET" or "DELETE" ? null : "{}", Door.Json)).IsProblem(400, "BadRequestData");
    }

    [Fact]
    public async Task An_id_with_a_slash_or_a_percent_sign_is_addressed_by_its_escapes()
    {
        var door = await city.NewDoorAsync("""{"id":"https://example.org/roads/1","type":"Road"}""", """{"id":"https://example.org/roads%2F1","type":"Track"}""");
        Assert.Equal("Road", (string?)(await door.EntityAsync("https:%2F%2Fexample.org%2Froads%2F1"))["type"]);
        Assert.Equal("Track", (string?)(await door.EntityAsync("https:%2F%2Fexample.org%2Froads%252F1"))["type"]);
    }

    [Fact]
    public async Task An_entity_of_several_types_in_several_scopes_reads_back_so()
    {
        const string body = """{"id":"urn:ngsi-ld:Road:1","type":["Road","Bridge"],"scope":["/대구/중구","/대구/동구"]}""";
        var door = await city.NewDoorAsync(body);
        (await door.GetAsync(Path)).Has(body);
    }

    [Fact]
    public async Task A_merge_goes_into_compound_values_and_takes_away_what_stands_for_null()
    {
        var door = await city.NewDoorAsync("""{"id":"urn:ngsi-ld:Road:1","type":"Road","address":{"type":"Property","value":{"street":"중앙대로","city":"대구","country":"KR","at":{"no":1,"floor":2}},"by":{"type":"Property","value":{"a":1,"b":2}}}}""");
        (await door.PatchAsync(Path, """{"address":{"value":{"street":"동성로","country":"urn:ngsi-ld:null","at":{"floor":"urn:ngsi-ld:null","room":3}},"by":{"value":{"b":"urn:ngsi-ld:null"}}},"fresh":{"value":{"x":1,"y":"urn:ngsi-ld:null"}}}""", Door.MergePatch)).Is(204);
        (await door.GetAsync(Path)).Has("""
            {"id":"urn:ngsi-ld:Road:1","type":"Road",
             "address":{"type":"Property","value":{"street":"동성로","city":"대구","at":{"no":1,"room":3}},"by":{"type":"Property","value":{"a":1}}},
             "fresh":{"type":"Property","value":{"x":1}}}
            """);
        (await door.PatchAsync(Path, """{"address":{"value":"one line"}}""")).Is(204);
        Assert.Equal("one line", (string?)(await door.EntityAsync("urn:ngsi-ld:Road:1"))["address"]!["value"]);
    }

    [Fact]
    public async Task Only_a_merge_knows_null_inside_a_value()
    {
        var door = await city.NewDoorAsync(Road);
        const string bad = """{"speed":{"type":"Property","value":{"a":"urn:ngsi-ld:null"}}}""";
        (await door.PatchAsync(Path + "/attrs", bad)).IsProblem(400, "BadRequestData");
        (await door.PostAsync(Path + "/attrs", bad)).IsProblem(400, "BadRequestData");
        (await door.PatchAsync(Path + "/attrs/speed", """{"value":{"a":"urn:ngsi-ld:null"}}""")).IsProblem(400, "BadRequestData");
        (await door.PutAsync(Path + "/attrs/speed", """{"type":"Property","value":{"a":"urn:ngsi-ld:null"}}""")).IsProblem(400, "BadRequestData");
        (await door.GetAsync(Path)).Has(Road);
    }

    [Fact]
    public async Task A_partial_update_replaces_what_it_states_and_a_merge_joins_it()
    {
        var door = await city.NewDoorAsync("""{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property","value":{"a":1},"how":{"type":"Property","value":1,"unitCode":"C62"}}}""");
        (await door.PatchAsync(Path + "/attrs/speed", """{"value":{"b":2},"how":{"type":"Property","value":2}}""")).Is(204);
        (await door.GetAsync(Path)).Has("""{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property","value":{"b":2},"how":{"type":"Property","value":2}}}""");
        (await door.PatchAsync(Path, """{"speed":{"value":{"c":3}}}""")).Is(204);
        (await door.GetAsync(Path)).Has("""{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property","value":{"b":2,"c":3},"how":{"type":"Property","value":2}}}""");
    }
}
