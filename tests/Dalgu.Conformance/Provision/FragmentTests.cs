using Xunit;

namespace Dalgu.Conformance.Provision;

/// <summary>What a fragment may leave out, take away and not change (clauses 5.2.1, 5.5.4, 5.5.8 and 5.5.12).</summary>
public class FragmentTests(City city)
{
    private const string Id = "urn:ngsi-ld:Road:1", Path = "/entities/" + Id;
    private const string Road = """
        {"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property","value":50,"unitCode":"KMH","accuracy":{"type":"Property","value":1},"by":{"type":"Relationship","object":"urn:a:1"}},
         "near":{"type":"Relationship","object":"urn:ngsi-ld:Road:2"},"name":{"type":"LanguageProperty","languageMap":{"ko":"길","en":"road"}}}
        """;

    private static async Task HasAsync(Door door, string attribute, string expected) =>
        Answer.Same(System.Text.Json.Nodes.JsonNode.Parse(expected), (await door.EntityAsync(Id))[attribute]);

    [Theory]
    [InlineData("""{"observedAt":"2026-11-23T08:00:00Z"}""", """{"type":"Property","value":50,"unitCode":"KMH","observedAt":"2026-11-23T08:00:00Z","accuracy":{"type":"Property","value":1},"by":{"type":"Relationship","object":"urn:a:1"}}""")]
    [InlineData("""{"type":"Property","unitCode":"MTS"}""", """{"type":"Property","value":50,"unitCode":"MTS","accuracy":{"type":"Property","value":1},"by":{"type":"Relationship","object":"urn:a:1"}}""")]
    [InlineData("""{"accuracy":{"value":2},"by":"urn:ngsi-ld:null"}""", """{"type":"Property","value":50,"unitCode":"KMH","accuracy":{"type":"Property","value":2}}""")]
    [InlineData("""{"accuracy":{"unitCode":"P1"},"unitCode":"urn:ngsi-ld:null"}""", """{"type":"Property","value":50,"accuracy":{"type":"Property","value":1,"unitCode":"P1"},"by":{"type":"Relationship","object":"urn:a:1"}}""")]
    [InlineData("""{"grade":{"value":"A","note":"urn:ngsi-ld:null"}}""", """{"type":"Property","value":50,"unitCode":"KMH","accuracy":{"type":"Property","value":1},"by":{"type":"Relationship","object":"urn:a:1"},"grade":{"type":"Property","value":"A"}}""")]
    [InlineData("""{"by":{"objectType":"Road"}}""", """{"type":"Property","value":50,"unitCode":"KMH","accuracy":{"type":"Property","value":1},"by":{"type":"Relationship","object":"urn:a:1","objectType":"Road"}}""")]
    [InlineData("""{"by":{"objectType":"urn:ngsi-ld:null"}}""", """{"type":"Property","value":50,"unitCode":"KMH","accuracy":{"type":"Property","value":1},"by":{"type":"Relationship","object":"urn:a:1"}}""")]
    [InlineData("{}", """{"type":"Property","value":50,"unitCode":"KMH","accuracy":{"type":"Property","value":1},"by":{"type":"Relationship","object":"urn:a:1"}}""")]
    public async Task A_merge_goes_into_an_attribute_of_which_it_states_no_value(string speed, string expected)
    {
        foreach (var batch in (bool[])[false, true])
        {
            var door = await city.NewDoorAsync(Road);
            if (batch) (await door.PostAsync("/entityOperations/merge", $$$"""[{"id":"{{{Id}}}","speed":{{{speed}}}}]""")).Is(204);
            else (await door.PatchAsync(Path, $$"""{"speed":{{speed}}}""")).Is(204);
            await HasAsync(door, "speed", expected);
        }
    }

    [Theory]
    [InlineData("""{"lanes":{"observedAt":"2026-11-23T08:00:00Z"}}""")] // it would have no value
    [InlineData("""{"lanes":{"unitCode":"C62"}}""")]
    [InlineData("""{"lanes":{"value":1,"grade":{"unitCode":"C62"}}}""")]
    [InlineData("""{"near":{"unitCode":"C62"}}""")] // a Relationship has none
    [InlineData("""{"speed":{"objectType":"Road"}}""")]
    [InlineData("""{"type":"urn:ngsi-ld:null"}""")]
    [InlineData("""{"speed":{"type":"Relationship","object":"urn:a:b"}}""")] // the kind of an attribute never changes by a merge
    [InlineData("""{"speed":{"object":"urn:a:b"}}""")]
    [InlineData("""{"near":"urn:a:b"}""")]
    [InlineData("""{"name":"a text of no language"}""")]
    [InlineData("""{"speed":{"accuracy":{"object":"urn:a:b"}}}""")]
    public async Task A_merge_that_would_change_a_kind_or_leave_no_value_is_refused_and_nothing_is_written(string body)
    {
        var door = await city.NewDoorAsync(Road);
        var before = (await door.GetAsync(Path)).Text;
        (await door.PatchAsync(Path, body)).IsProblem(400, "BadRequestData");
        (await door.PostAsync("/entityOperations/merge", $"[{body.Insert(1, $"\"id\":\"{Id}\",")}]")).Is(207);
        Assert.Equal(before, (await door.GetAsync(Path)).Text);
    }

    [Theory]
    [InlineData("speed", """{"object":"urn:a:b"}""")]
    [InlineData("name", """{"value":"x"}""")]
    [InlineData("near", """{"languageMap":{"ko":"길"}}""")]
    public async Task A_partial_update_never_changes_the_kind_that_a_value_says(string attribute, string body)
    {
        var door = await city.NewDoorAsync(Road);
        (await door.PatchAsync($"{Path}/attrs/{attribute}", body)).IsProblem(400, "BadRequestData");
    }

    [Theory]
    [InlineData("POST", "/attrs", """{"speed":"urn:ngsi-ld:null"}""")]
    [InlineData("POST", "/attrs", """{"speed":{"type":"Property","value":"urn:ngsi-ld:null"}}""")]
    [InlineData("POST", "/attrs", """{"speed":{"type":"Property","value":1,"accuracy":"urn:ngsi-ld:null"}}""")]
    [InlineData("POST", "/attrs", """{"scope":"urn:ngsi-ld:null"}""")]
    [InlineData("PUT", "/attrs/speed", """{"type":"Property","value":"urn:ngsi-ld:null"}""")]
    [InlineData("PUT", "/attrs/speed", "\"urn:ngsi-ld:null\"")]
    [InlineData("PUT", "/attrs/near", """{"type":"Relationship","object":"urn:ngsi-ld:null"}""")]
    [InlineData("PUT", "/attrs/speed", """{"type":"Property","value":1,"accuracy":"urn:ngsi-ld:null"}""")]
    [InlineData("PUT", "/attrs/speed", """{"type":"Property","value":1,"unitCode":"urn:ngsi-ld:null"}""")]
    public async Task Only_an_update_and_a_merge_take_away_by_null(string method, string at, string body)
    {
        var door = await city.NewDoorAsync(Road);
        var before = (await door.GetAsync(Path)).Text;
        (await door.SendAsync(new HttpMethod(method), Path + at, body, Door.Json)).IsProblem(400, "BadRequestData");
        if (method == "POST")
            foreach (var batch in (string[])["update", "upsert?options=update", "upsert"])
                (await door.PostAsync("/entityOperations/" + batch, $"[{body.Insert(1, $"\"id\":\"{Id}\",\"type\":\"Road\",")}]")).Is(207);
        Assert.Equal(before, (await door.GetAsync(Path)).Text);
    }

    [Theory]
    [InlineData(""" "a":{"type":"LanguageProperty","languageMap":{"en_US":"x"}} """)]
    [InlineData(""" "a":{"type":"LanguageProperty","languageMap":{"123":"x"}} """)]
    [InlineData(""" "a":{"type":"LanguageProperty","languageMap":{"e":"x"}} """)]
    [InlineData(""" "a":{"type":"LanguageProperty","languageMap":{"en-":"x"}} """)]
    [InlineData(""" "a":{"type":"LanguageProperty","languageMap":{"a whole sentence":"x"}} """)]
    [InlineData(""" "a":{"type":"Property","value":1,"objectType":"Road"} """)]
    [InlineData(""" "a":{"type":"GeoProperty","value":{"type":"Point","coordinates":[1,2]},"unitCode":"MTR"} """)]
    [InlineData(""" "a":{"type":"Relationship","object":"urn:a:b","valueType":"Road"} """)]
    [InlineData(""" "a":[{"type":"Property","value":1},{"type":"Relationship","object":"urn:a:b","datasetId":"urn:d:1"}] """)]
    [InlineData(""" "@id":"urn:x:1","a":1 """)]
    [InlineData(""" "@type":"T","a":1 """)]
    [InlineData(""" "a":{"type":"Property","value":1,"observedAt":"2026-11-23T08:00:00.Z"} """)]
    [InlineData(""" "a":{"type":"Property","value":1,"unitCode":"urn:ngsi-ld:null"} """)]
    public async Task What_the_data_model_does_not_know_is_refused(string members)
    {
        var door = city.NewDoor();
        (await door.PostAsync("/entities", "{\"id\":\"urn:x:1\",\"type\":\"T\"," + members + "}")).IsProblem(400, "BadRequestData");
    }

    [Theory]
    [InlineData("ko"), InlineData("en-GB"), InlineData("zh-Hans-CN"), InlineData("@none"), InlineData("x-own"), InlineData("de-1996")]
    public async Task A_languageMap_takes_every_language_tag(string tag) => // RFC 5646
        (await city.NewDoor().PostAsync("/entities", "{\"id\":\"urn:x:1\",\"type\":\"T\",\"a\":{\"type\":\"LanguageProperty\",\"languageMap\":{\"" + tag + "\":\"x\"}}}")).Is(201);
}
