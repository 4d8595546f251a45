using System.Text.Json.Nodes;
using Xunit;

namespace Dalgu.Conformance.Consumption;

/// <summary>Clauses 4.5.1 to 4.5.4 and 4.5.16: the forms of an entity; 4.15 languages; 4.21 pick and omit; 4.8 system attributes.</summary>
public class RepresentationTests(City city)
{
    private const string Id = "urn:ngsi-ld:Road:1";
    private const string Road = """
        {"id":"urn:ngsi-ld:Road:1","type":"Road","scope":"/대구",
         "speed":{"type":"Property","value":50,"unitCode":"KMH","observedAt":"2026-11-23T08:00:00Z","accuracy":{"type":"Property","value":0.5}},
         "lanes":{"type":"Property","value":6},
         "near":{"type":"Relationship","object":"urn:ngsi-ld:Road:2","objectType":"Road"},
         "beside":{"type":"Relationship","object":["urn:ngsi-ld:Road:3","urn:ngsi-ld:Road:4"]},
         "location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[128.6,35.87]}},
         "end":{"type":"GeoProperty","value":{"type":"Point","coordinates":[128.7,35.9]}},
         "name":{"type":"LanguageProperty","languageMap":{"ko":"달구벌대로","en":"Dalgubeol-daero"}},
         "category":{"type":"VocabProperty","vocab":["road","ngsi-ld:Street"]},
         "levels":{"type":"ListProperty","valueList":[1,2.5,"x"]},
         "ends":{"type":"ListRelationship","objectList":[{"object":"urn:a:b"},{"object":"urn:a:c"}]},
         "raw":{"type":"JsonProperty","json":{"type":"Property","@id":"x","n":[1,{"a":null}]}},
         "address":{"type":"Property","value":{"city":"Daegu","no":7}}}
        """;

    [Fact]
    public async Task Normalized_reads_back_as_it_was_written() => (await (await city.NewDoorAsync(Road)).GetAsync($"/entities/{Id}")).Is(200).Has(Road.Replace("ngsi-ld:Street", "ngsi-ld:Street", StringComparison.Ordinal));

    [Fact]
    public async Task Simplified_has_the_values_alone() => (await (await city.NewDoorAsync(Road)).GetAsync($"/entities/{Id}?options=keyValues")).Has("""
        {"id":"urn:ngsi-ld:Road:1","type":"Road","scope":"/대구","speed":50,"lanes":6,"near":"urn:ngsi-ld:Road:2","beside":["urn:ngsi-ld:Road:3","urn:ngsi-ld:Road:4"],
         "location":{"type":"Point","coordinates":[128.6,35.87]},"end":{"type":"Point","coordinates":[128.7,35.9]},"name":{"languageMap":{"ko":"달구벌대로","en":"Dalgubeol-daero"}},
         "category":{"vocab":["road","ngsi-ld:Street"]},"levels":[1,2.5,"x"],"ends":["urn:a:b","urn:a:c"],"raw":{"json":{"type":"Property","@id":"x","n":[1,{"a":null}]}},"address":{"city":"Daegu","no":7}}
        """);

    [Fact]
    public async Task Concise_leaves_out_what_can_be_inferred_and_can_be_written_back()
    {
        var door = await city.NewDoorAsync(Road);
        var concise = (await door.GetAsync($"/entities/{Id}?options=concise")).Has("""
            {"id":"urn:ngsi-ld:Road:1","type":"Road","scope":"/대구","speed":{"value":50,"unitCode":"KMH","observedAt":"2026-11-23T08:00:00Z","accuracy":0.5},"lanes":6,
             "near":{"object":"urn:ngsi-ld:Road:2","objectType":"Road"},"beside":{"object":["urn:ngsi-ld:Road:3","urn:ngsi-ld:Road:4"]},"location":{"type":"Point","coordinates":[128.6,35.87]},"end":{"type":"Point","coordinates":[128.7,35.9]},
             "name":{"languageMap":{"ko":"달구벌대로","en":"Dalgubeol-daero"}},"category":{"vocab":["road","ngsi-ld:Street"]},"levels":{"valueList":[1,2.5,"x"]},"ends":{"objectList":[{"object":"urn:a:b"},{"object":"urn:a:c"}]},
             "raw":{"json":{"type":"Property","@id":"x","n":[1,{"a":null}]}},"address":{"value":{"city":"Daegu","no":7}}}
            """);
        (await door.PutAsync($"/entities/{Id}", concise.Text)).Is(204);
        (await door.GetAsync($"/entities/{Id}")).Has(Road);
    }

    [Fact]
    public async Task A_feature_has_the_geometry_and_the_rest_as_properties()
    {
        var door = await city.NewDoorAsync(Road);
        var feature = (await door.GetAsync($"/entities/{Id}?options=keyValues&attrs=speed,location", Door.GeoJson)).Is(200);
        Assert.Equal(Door.GeoJson, feature.Header("Content-Type"));
        feature.Has("""
            {"id":"urn:ngsi-ld:Road:1","type":"Feature","geometry":{"type":"Point","coordinates":[128.6,35.87]},"properties":{"type":"Road","scope":"/대구","speed":50,"location":{"type":"Point","coordinates":[128.6,35.87]}},
             "@context":"https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"}
            """);
        Assert.Equal(128.7, (double?)(await door.GetAsync($"/entities/{Id}?geometryProperty=end", Door.GeoJson)).Body["geometry"]!["coordinates"]![0]);
        Assert.Null((await door.GetAsync($"/entities/{Id}?geometryProperty=none", Door.GeoJson)).Body["geometry"]);
        var collection = (await door.GetAsync("/entities?type=Road", Door.GeoJson)).Is(200).Body;
        Assert.Equal(("FeatureCollection", 1), ((string?)collection["type"], collection["features"]!.AsArray().Count));
    }

    [Theory]
    [InlineData("ko", "달구벌대로", "ko")]
    [InlineData("en", "Dalgubeol-daero", "en")]
    [InlineData("fr,en;q=0.5", "Dalgubeol-daero", "en")]
    [InlineData("en;q=0.2,ko;q=0.9", "달구벌대로", "ko")]
    [InlineData("en-GB", "Dalgubeol-daero", "en")]
    public async Task A_language_is_chosen(string wanted, string text, string tag)
    {
        var door = await city.NewDoorAsync(Road);
        var name = (await door.EntityAsync(Id, "?lang=" + wanted))["name"]!;
        Assert.Equal(("Property", text, tag), ((string?)name["type"], (string?)name["value"], (string?)name["lang"]));
        Assert.Equal(text, (string?)(await door.EntityAsync(Id, "?options=keyValues&lang=" + wanted))["name"]);
    }

    [Theory]
    [InlineData("attrs=speed", "id,type,scope,speed")]
    [InlineData("pick=id,speed", "id,speed")]
    [InlineData("pick=type,name", "type,name")]
    [InlineData("omit=speed,near,beside,location,end,category,levels,ends,raw,address", "id,type,scope,lanes,name")]
    [InlineData("omit=id,type,scope&attrs=", "")]
    public async Task Members_are_picked_and_omitted(string query, string members)
    {
        var door = await city.NewDoorAsync(Road);
        var answer = await door.GetAsync($"/entities/{Id}?{query}");
        if (members.Length == 0) answer.IsProblem(400, "BadRequestData");
        else Assert.Equal(members.Split(','), answer.Is(200).Body.AsObject().Select(m => m.Key));
    }

    [Theory]
    [InlineData("pick=speed&attrs=speed", 400)]
    [InlineData("omit=speed&attrs=speed", 400)]
    [InlineData("pick=speed&omit=speed", 400)]
    [InlineData("pick=speed,,name", 400)]
    [InlineData("pick=near%7Bspeed", 400)]
    [InlineData("pick=none", 404)]
    [InlineData("attrs=none", 404)]
    [InlineData("options=keyvalues", 400)]
    [InlineData("verbose=true", 400)]
    public async Task A_choice_that_cannot_be_made_is_refused(string query, int status) =>
        Assert.Equal(status, (await (await city.NewDoorAsync(Road)).GetAsync($"/entities/{Id}?{query}")).Status);

    [Fact]
    public async Task System_attributes_are_shown_where_asked_for_at_every_level()
    {
        var door = await city.NewDoorAsync(Road);
        var entity = await door.EntityAsync(Id, "?options=sysAttrs");
        foreach (var node in new[] { entity, entity["speed"]!, entity["speed"]!["accuracy"]! })
            Assert.True(Timestamp.TryParse((string?)node["createdAt"], out _) && Timestamp.TryParse((string?)node["modifiedAt"], out _), node.ToJsonString());
        (await door.PatchAsync($"/entities/{Id}/attrs", """{"lanes":{"type":"Property","value":8}}""")).Is(204);
        var after = await door.EntityAsync(Id, "?options=sysAttrs");
        Assert.Equal((string?)entity["createdAt"], (string?)after["createdAt"]);
        Assert.Equal((string?)entity["speed"]!["modifiedAt"], (string?)after["speed"]!["modifiedAt"]);
        Assert.Equal((string?)after["lanes"]!["modifiedAt"], (string?)after["modifiedAt"]);
        Assert.Null((await door.EntityAsync(Id))["createdAt"]);
    }

    [Fact]
    public async Task Json_ld_has_its_context_inside_and_json_in_a_link()
    {
        var door = await city.NewDoorAsync(Road);
        var plain = await door.GetAsync($"/entities/{Id}");
        Assert.Null(plain.Body["@context"]);
        Assert.Contains("<https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld>; rel=\"http://www.w3.org/ns/json-ld#context\"", plain.Header("Link"), StringComparison.Ordinal);
        var linked = await door.GetAsync($"/entities/{Id}", Door.LdJson);
        Assert.NotNull(linked.Body["@context"]);
        Assert.DoesNotContain("json-ld#context", linked.Header("Link"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_expires_is_gone_when_its_time_is_over()
    {
        var door = await city.NewDoorAsync("""{"id":"urn:ngsi-ld:Road:1","type":"Road","expiresAt":"2020-01-01T00:00:00Z"}""", """{"id":"urn:ngsi-ld:Road:2","type":"Road","expiresAt":"2999-01-01T00:00:00Z"}""");
        (await door.GetAsync("/entities/urn:ngsi-ld:Road:1")).IsProblem(404, "ResourceNotFound");
        Assert.Equal(["2"], await door.IdsAsync("type=Road"));
        Assert.Equal(JsonValue.Create("2999-01-01T00:00:00Z").ToJsonString(), (await door.EntityAsync("urn:ngsi-ld:Road:2", "?options=sysAttrs"))["expiresAt"]!.ToJsonString());
    }
}
