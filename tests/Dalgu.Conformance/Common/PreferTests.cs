using System.Net;
using System.Text;
using Xunit;

namespace Dalgu.Conformance.Common;

/// <summary>Clauses 4.3.6.8 (earlier versions), 6.3.4 (Content-Length) and 6.3.6 (Prefer).</summary>
public class PreferTests(City city)
{
    private const string Path = "/entities/urn:ngsi-ld:Shop:1";
    private const string Shop = """
        {"id":"urn:ngsi-ld:Shop:1","type":["Shop","Cafe"],"scope":"/대구","expiresAt":"2099-01-01T00:00:00Z",
         "name":{"type":"LanguageProperty","languageMap":{"ko":"가게"}},
         "category":{"type":"VocabProperty","vocab":"food"},
         "note":{"type":"JsonProperty","json":{"a":1}},
         "hours":{"type":"ListProperty","valueList":[9,18]},
         "staff":{"type":"ListRelationship","objectList":[{"object":"urn:ngsi-ld:Person:1"}]},
         "seats":[{"type":"Property","value":4,"unitCode":"C62","observedAt":"2026-11-23T08:00:00Z"},{"type":"Property","value":5,"datasetId":"urn:ngsi-ld:Dataset:a"}],
         "location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[128.6,35.87]}}}
        """;

    [Fact]
    public async Task An_earlier_version_is_written_as_it_knew_things_and_said_so()
    {
        var door = await city.NewDoorAsync(Shop);
        var answer = (await door.WithHeader("Prefer", "ngsi-ld=1.5").GetAsync(Path + "?options=sysAttrs&pick=id,type,scope,category,note,hours,staff,name")).Is(203);
        Assert.Equal("ngsi-ld=1.5", answer.Header("Preference-Applied"));
        Assert.Null(answer.Body["expiresAt"]);
        Answer.Same(System.Text.Json.Nodes.JsonNode.Parse("""{"type":"Property","value":"food"}"""), Plain(answer.Body["category"]));
        Answer.Same(System.Text.Json.Nodes.JsonNode.Parse("""{"type":"Property","value":{"a":1}}"""), Plain(answer.Body["note"]));
        Answer.Same(System.Text.Json.Nodes.JsonNode.Parse("""{"type":"Property","value":[9,18]}"""), Plain(answer.Body["hours"]));
        Answer.Same(System.Text.Json.Nodes.JsonNode.Parse("""{"type":"Relationship","object":["urn:ngsi-ld:Person:1"]}"""), Plain(answer.Body["staff"]));
        Answer.Same(System.Text.Json.Nodes.JsonNode.Parse("""{"type":"LanguageProperty","languageMap":{"ko":"가게"}}"""), Plain(answer.Body["name"]));
        Assert.Equal("/대구", (string?)answer.Body["scope"]);
    }

    private static System.Text.Json.Nodes.JsonNode Plain(System.Text.Json.Nodes.JsonNode? attribute)
    {
        foreach (var name in new[] { "createdAt", "modifiedAt" }) attribute!.AsObject().Remove(name);
        return attribute!;
    }

    [Fact]
    public async Task The_first_version_has_one_type_one_instance_and_no_times()
    {
        var door = (await city.NewDoorAsync(Shop)).WithHeader("Prefer", "ngsi-ld=1.0");
        var body = (await door.GetAsync("/entities?type=Shop&pick=id,type,seats,name")).Is(203).Body[0]!;
        Answer.Same(System.Text.Json.Nodes.JsonNode.Parse("""{"id":"urn:ngsi-ld:Shop:1","type":"Shop","name":{"type":"Property","value":{"ko":"가게"}},"seats":{"type":"Property","value":4}}"""), body);
        (await door.GetAsync("/entities?type=Shop&pick=id,category,note&options=keyValues")).Is(203).Has("""[{"id":"urn:ngsi-ld:Shop:1","category":"food","note":{"a":1}}]""");
    }

    [Theory]
    [InlineData("ngsi-ld=1.9", "ngsi-ld=1.9")]
    [InlineData("NGSI-LD=\"1.9\"", "ngsi-ld=1.9")]
    [InlineData("respond-async, ngsi-ld=1.9;q=0.1", "ngsi-ld=1.9")]
    [InlineData("ngsi-ld=2.0", "ngsi-ld=1.9")]
    [InlineData("respond-async", "")]
    [InlineData("ngsi-ld=new", "")]
    public async Task What_is_as_preferred_stays_as_it_is(string prefer, string applied)
    {
        var door = await city.NewDoorAsync(Shop);
        var (plain, preferred) = (await door.GetAsync(Path), await door.WithHeader("Prefer", prefer).GetAsync(Path));
        Assert.Equal((200, plain.Text, applied), (preferred.Status, preferred.Text, preferred.Header("Preference-Applied")));
    }

    [Fact]
    public async Task GeoJson_has_its_context_inside_unless_it_is_preferred_in_a_header()
    {
        var door = await city.NewDoorAsync(Shop);
        foreach (var path in new[] { Path, "/entities?type=Shop" })
        {
            Assert.NotNull((await door.GetAsync(path, Door.GeoJson)).Is(200).Body["@context"]);
            Assert.NotNull((await door.WithHeader("Prefer", "body=ld+json").GetAsync(path, Door.GeoJson)).Is(200).Body["@context"]);
            var plain = (await door.WithHeader("Prefer", "body=json").GetAsync(path, Door.GeoJson)).Is(200);
            Assert.Null(plain.Body["@context"]);
            Assert.Contains("json-ld#context", plain.Header("Link"), StringComparison.Ordinal);
            Assert.Equal(Door.GeoJson, plain.Header("Content-Type"));
        }
    }

    [Theory]
    [InlineData("POST", "/entities")]
    [InlineData("PATCH", Path + "/attrs")]
    [InlineData("PUT", Path)]
    [InlineData("POST", "/subscriptions")]
    public async Task A_body_of_unknown_length_is_refused_without_a_word(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/ngsi-ld/v1" + path) { Content = new Chunked(), Headers = { TransferEncodingChunked = true } };
        request.Headers.Add("NGSILD-Tenant", "no-such-tenant");
        using var answer = await city.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.LengthRequired, ""), (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task Links_between_pages_are_of_the_type_of_the_answer()
    {
        var door = await city.NewDoorAsync(Shop, Shop.Replace(":1\"", ":2\"", StringComparison.Ordinal));
        foreach (var media in new[] { Door.Json, Door.LdJson, Door.GeoJson })
            Assert.Contains($"</ngsi-ld/v1/entities?idPattern=urn:ngsi-ld:.*&limit=1&offset=1&type=Shop>;rel=\"next\";type=\"{media}\"", (await door.GetAsync("/entities?type=Shop&limit=1&idPattern=urn:ngsi-ld:.*", media)).Is(200).Header("Link"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_retrieval_names_a_map_of_its_entity_where_one_is_asked_for()
    {
        var door = await city.NewDoorAsync(Shop);
        Assert.Equal("", (await door.GetAsync(Path)).Is(200).Header("NGSILD-EntityMap"));
        var made = (await door.GetAsync(Path + "?entityMap=true")).Is(200).Header("NGSILD-EntityMap");
        Assert.Equal("@none", (string?)(await door.GetAsync(made["/ngsi-ld/v1".Length..])).Is(200).Body["entityMap"]!["urn:ngsi-ld:Shop:1"]![0]);
        Assert.Equal(made, (await door.WithHeader("NGSILD-EntityMap", made).GetAsync(Path)).Is(200).Header("NGSILD-EntityMap"));
        var fresh = (await door.WithHeader("NGSILD-EntityMap", "urn:ngsi-ld:EntityMap:gone").GetAsync(Path)).Is(200).Header("NGSILD-EntityMap");
        Assert.False(fresh.Length == 0 || fresh.Contains("gone", StringComparison.Ordinal) || fresh == made, fresh);
    }

    private sealed class Chunked : HttpContent
    {
        public Chunked() => Headers.ContentType = new("application/json");
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(Encoding.UTF8.GetBytes(Shop)).AsTask();
        protected override bool TryComputeLength(out long length) => (length = 0) > 0;
    }
}
