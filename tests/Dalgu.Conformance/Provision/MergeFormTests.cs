using Xunit;

namespace Dalgu.Conformance.Provision;

/// <summary>Clauses 5.6.17.4 and 6.5.3.4: what format, lang and type say of a merge.</summary>
public class MergeFormTests(City city)
{
    private const string Path = "/entities/urn:ngsi-ld:Shop:1";
    private const string Shop = """
        {"id":"urn:ngsi-ld:Shop:1","type":"Shop","rating":{"type":"Property","value":3,"unitCode":"C62"},"address":{"type":"Property","value":{"city":"Daegu","zip":"1"}},
         "near":{"type":"Relationship","object":"urn:ngsi-ld:Road:1"},"name":{"type":"LanguageProperty","languageMap":{"ko":"가게","en":"shop"}},
         "kind":{"type":"VocabProperty","vocab":"bakery"},"location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[128.6,35.8]}},
         "days":{"type":"ListProperty","valueList":[1,2]},"raw":{"type":"JsonProperty","json":{"a":1}}}
        """;

    private Task<Door> DoorAsync() => city.NewDoorAsync(Shop);

    private static async Task HasAsync(Door door, string attribute, string expected) =>
        Answer.Same(System.Text.Json.Nodes.JsonNode.Parse(expected), (await door.EntityAsync("urn:ngsi-ld:Shop:1"))[attribute]);

    [Theory]
    [InlineData("format=simplified"), InlineData("format=keyValues"), InlineData("options=keyValues"), InlineData("options=normalized&format=simplified")]
    public async Task A_simplified_merge_keeps_the_kind_that_an_attribute_has(string form)
    {
        var door = await DoorAsync();
        (await door.PatchAsync(Path + "?" + form, """
            {"rating":4,"address":{"zip":"2","type":"home"},"near":"urn:ngsi-ld:Road:2","kind":"cafe","location":{"type":"Point","coordinates":[128.7,35.9]},
             "days":[3],"raw":{"json":{"b":2}},"open":{"from":9},"name":{"languageMap":{"ja":"店"}}}
            """)).Is(204);
        await HasAsync(door, "rating", """{"type":"Property","value":4,"unitCode":"C62"}""");
        await HasAsync(door, "address", """{"type":"Property","value":{"city":"Daegu","zip":"2","type":"home"}}""");
        await HasAsync(door, "near", """{"type":"Relationship","object":"urn:ngsi-ld:Road:2"}""");
        await HasAsync(door, "kind", """{"type":"VocabProperty","vocab":"cafe"}""");
        await HasAsync(door, "location", """{"type":"GeoProperty","value":{"type":"Point","coordinates":[128.7,35.9]}}""");
        await HasAsync(door, "days", """{"type":"ListProperty","valueList":[3]}""");
        await HasAsync(door, "raw", """{"type":"JsonProperty","json":{"a":1,"b":2}}""");
        await HasAsync(door, "open", """{"type":"Property","value":{"from":9}}""");
        await HasAsync(door, "name", """{"type":"LanguageProperty","languageMap":{"ko":"가게","en":"shop","ja":"店"}}""");
    }

    [Theory]
    [InlineData("""{"rating":{"languageMap":{"ko":"셋"}}}""")]
    [InlineData("""{"rating":{"type":"Relationship","object":"urn:a:b"}}""")]
    [InlineData("""{"near":5}""")]
    [InlineData("""{"location":"here"}""")]
    [InlineData("""{"name":"a text of no language"}""")]
    public async Task A_simplified_merge_that_would_change_a_kind_is_refused_and_nothing_is_written(string body)
    {
        var door = await DoorAsync();
        var before = (await door.GetAsync(Path)).Text;
        (await door.PatchAsync(Path + "?format=simplified", body)).IsProblem(400, "BadRequestData");
        Assert.Equal(before, (await door.GetAsync(Path)).Text);
    }

    [Fact]
    public async Task A_text_with_lang_replaces_that_language_alone()
    {
        var door = await DoorAsync();
        (await door.PatchAsync(Path + "?lang=ko", """{"name":"빵집","rating":{"type":"Property","value":5}}""")).Is(204);
        await HasAsync(door, "name", """{"type":"LanguageProperty","languageMap":{"ko":"빵집","en":"shop"}}""");
        (await door.PatchAsync(Path + "?format=simplified&lang=en", """{"name":["bakery","baker"]}""")).Is(204);
        await HasAsync(door, "name", """{"type":"LanguageProperty","languageMap":{"ko":"빵집","en":["bakery","baker"]}}""");
        await HasAsync(door, "rating", """{"type":"Property","value":5,"unitCode":"C62"}""");
    }

    [Fact]
    public async Task A_batch_of_merges_takes_the_same_forms()
    {
        var door = await DoorAsync();
        (await door.PostAsync("/entityOperations/merge?format=simplified&lang=ko", """[{"id":"urn:ngsi-ld:Shop:1","near":"urn:ngsi-ld:Road:3","name":"빵집"}]""")).Is(204);
        await HasAsync(door, "near", """{"type":"Relationship","object":"urn:ngsi-ld:Road:3"}""");
        await HasAsync(door, "name", """{"type":"LanguageProperty","languageMap":{"ko":"빵집","en":"shop"}}""");
    }

    [Fact]
    public async Task Instances_of_datasets_are_merged_in_their_simplified_form()
    {
        var door = await DoorAsync();
        (await door.PatchAsync(Path + "?format=simplified", """{"rating":{"dataset":{"@none":1,"urn:d:1":2}}}""")).Is(204);
        await HasAsync(door, "rating", """[{"type":"Property","value":1,"unitCode":"C62"},{"type":"Property","value":2,"datasetId":"urn:d:1"}]""");
    }

    [Fact]
    public async Task A_write_selects_by_type_and_refuses_forms_that_it_does_not_know()
    {
        var door = await DoorAsync();
        foreach (var type in (string[])["Road", "(Road,Bridge)", "Shop;Road"])
        {
            (await door.PatchAsync($"{Path}?type={type}", """{"rating":1}""")).IsProblem(404, "ResourceNotFound");
            (await door.PutAsync($"{Path}?type={type}", Shop)).IsProblem(404, "ResourceNotFound");
            (await door.PostAsync($"{Path}/attrs?type={type}", """{"rating":1}""")).IsProblem(404, "ResourceNotFound");
            (await door.PatchAsync($"{Path}/attrs?type={type}", """{"rating":1}""")).IsProblem(404, "ResourceNotFound");
            (await door.PatchAsync($"{Path}/attrs/rating?type={type}", """{"value":1}""")).IsProblem(404, "ResourceNotFound");
            (await door.PutAsync($"{Path}/attrs/rating?type={type}", """{"type":"Property","value":1}""")).IsProblem(404, "ResourceNotFound");
            (await door.DeleteAsync($"{Path}/attrs/rating?type={type}")).IsProblem(404, "ResourceNotFound");
            (await door.DeleteAsync($"{Path}?type={type}")).IsProblem(404, "ResourceNotFound");
        }
        (await door.PatchAsync(Path + "?format=concise", """{"rating":1}""")).IsProblem(400, "BadRequestData");
        (await door.PatchAsync(Path + "?lang=ko,en", """{"name":"x"}""")).IsProblem(400, "BadRequestData");
        await HasAsync(door, "rating", """{"type":"Property","value":3,"unitCode":"C62"}""");
        (await door.PatchAsync(Path + "?type=Shop", """{"rating":1}""")).Is(204);
        (await door.DeleteAsync(Path + "?type=(Road,Shop)")).Is(204);
    }
}
