using Dalgu.Hub.Http;
using Xunit;

namespace Dalgu.Conformance.Sources;

/// <summary>Clauses 5.9 (registration) and 5.10 (discovery) of context sources, with the rules of the modes of clause 4.3.6.</summary>
public class RegistrationTests(City city)
{
    private const string Path = "/csourceRegistrations", Urn = "urn:ngsi-ld:ContextSourceRegistration:";

    private static string Body(string id, string information, string more = "") =>
        $$"""{"id":"{{Urn}}{{id}}","type":"ContextSourceRegistration","information":[{{information}}],"endpoint":"http://source.example:1026/"{{more}}}""";

    private const string Roads = """{"entities":[{"type":"Road"}],"propertyNames":["speed"],"relationshipNames":["near"]}""";

    [Fact]
    public async Task A_registration_is_created_retrieved_changed_and_deleted()
    {
        var door = city.NewDoor();
        var created = (await door.PostAsync(Path, Body("1", Roads, ""","kind":"sensor","expiresAt":"2035-01-01T00:00:00Z" """))).Is(201);
        Assert.Equal($"/ngsi-ld/v1{Path}/{Urn}1", created.Header("Location"));
        (await door.PostAsync(Path, Body("1", Roads))).IsProblem(409, "AlreadyExists");
        (await door.GetAsync($"{Path}/{Urn}1")).Is(200).Has($$"""
            {"id":"{{Urn}}1","type":"ContextSourceRegistration","information":[{{Roads}}],"endpoint":"http://source.example:1026/","kind":"sensor",
             "expiresAt":"2035-01-01T00:00:00Z","mode":"inclusive","operations":["federationOps"]}
            """);
        (await door.PatchAsync($"{Path}/{Urn}1", """{"expiresAt":null,"kind":"urn:ngsi-ld:null","endpoint":"http://other.example"}""")).Is(204);
        var changed = (await door.GetAsync($"{Path}/{Urn}1?options=sysAttrs")).Is(200).Body;
        Assert.Equal(("http://other.example", null, null), ((string?)changed["endpoint"], (string?)changed["expiresAt"], (string?)changed["kind"]));
        Assert.NotNull(changed["createdAt"]);
        (await door.PatchAsync($"{Path}/{Urn}1", """{"information":null}""")).IsProblem(400, "BadRequestData");
        (await door.DeleteAsync($"{Path}/{Urn}1")).Is(204);
        (await door.GetAsync($"{Path}/{Urn}1")).IsProblem(404, "ResourceNotFound");
        (await door.DeleteAsync($"{Path}/none")).IsProblem(400, "BadRequestData");
    }

    [Theory]
    [InlineData(""" {"entities":[{"idPattern":"a"}]} """, "")]
    [InlineData(Roads, ""","expiresAt":"2035-01-01T00:00:00+09:00" """)]
    [InlineData(""" {"entities":[]} """, "")]
    [InlineData(""" {"entities":[{"type":"Road","idPattern":"("}]} """, "")]
    [InlineData(""" {"names":["a"]} """, "")]
    [InlineData(Roads, ""","mode":"shared" """)]
    [InlineData(Roads, ""","mode":"exclusive" """)]
    [InlineData(Roads, ""","mode":"auxiliary","operations":["updateOps"] """)]
    [InlineData(Roads, ""","operations":["fly"] """)]
    [InlineData(Roads, ""","expiresAt":"2018-11-29T14:53:15Z" """)]
    [InlineData(Roads, ""","management":{"cooldown":0} """)]
    [InlineData(Roads, ""","management":{"cacheDuration":"soon"} """)]
    [InlineData(Roads, ""","contextSourceInfo":[{"key":"a","value":"b\r\nHost: c"}] """)]
    [InlineData(Roads, ""","location":{"type":"Point"} """)]
    [InlineData(Roads, ""","observationInterval":{"startAt":"2026-01-02T00:00:00Z","endAt":"2026-01-01T00:00:00Z"} """)]
    [InlineData(Roads, ""","refreshRate":"5 minutes" """)] // 5.2.9: an ISO 8601 duration
    [InlineData(Roads, ""","datasetId":["no uri"] """)]
    [InlineData(Roads, ""","datasetId":[] """)]
    [InlineData(Roads, ""","contextSourceInfo":[{"key":"accept","value":"text/html"}] """)] // 4.3.6.6
    [InlineData(Roads, ""","contextSourceInfo":[{"key":"contentType","value":"application/geo+json"}] """)]
    public async Task A_registration_that_breaks_a_rule_is_refused(string information, string more)
    {
        var door = city.NewDoor();
        (await door.PostAsync(Path, Body("bad", information, more))).IsProblem(400, "BadRequestData");
        (await door.PostAsync(Path, Body("bad", Roads))).Is(201);
    }

    [Fact]
    public async Task Registrations_are_found_by_what_their_sources_have()
    {
        var door = city.NewDoor();
        (await door.PostAsync(Path, Body("road", Roads, ""","location":{"type":"Point","coordinates":[128.6,35.87]},"scope":"/Daegu/Jung" """))).Is(201);
        (await door.PostAsync(Path, Body("one", """{"entities":[{"type":"Bus","id":"urn:ngsi-ld:Bus:1"}]}""", ""","grade":5 """))).Is(201);
        (await door.PostAsync(Path, Body("some", """{"entities":[{"type":"Bus","idPattern":".*:2$"}]}"""))).Is(201);
        (await door.PostAsync(Path, Body("any", """{"propertyNames":["colour"]}"""))).Is(201);
        (await door.PostAsync(Path, Body("past", """{"entities":[{"type":"Bus"}]}""", ""","observationInterval":{"startAt":"2020-01-01T00:00:00Z","endAt":"2021-01-01T00:00:00Z"} """))).Is(201);

        Assert.Equal(["any", "road"], await IdsAsync("type=Road"));
        Assert.Equal(["road"], await IdsAsync("type=Road&attrs=near"));
        Assert.Equal(["any", "one", "some"], await IdsAsync("type=Bus"));
        Assert.Equal(["any", "one"], await IdsAsync("type=Bus&id=urn:ngsi-ld:Bus:1"));
        Assert.Equal(["any", "some"], await IdsAsync("type=Bus&id=urn:ngsi-ld:Bus:2"));
        Assert.Equal(["any", "one", "some"], await IdsAsync("type=Bus&idPattern=.*"));
        Assert.Equal(["past"], await IdsAsync("type=Bus&timerel=before&timeAt=2020-06-01T00:00:00Z"));
        Assert.Empty(await IdsAsync("type=Bus&timerel=after&timeAt=2022-06-01T00:00:00Z"));
        Assert.Equal(["road"], await IdsAsync("georel=near;maxDistance==2000&geometry=Point&coordinates=[128.6,35.87]"));
        Assert.Equal(["road"], await IdsAsync("scopeQ=/Daegu/%23"));
        Assert.Equal(["one"], await IdsAsync("q=grade>4"));
        Assert.Equal(["any", "one", "road", "some"], await IdsAsync("csf=endpoint==\"http://source.example:1026/\""));
        var page = (await door.GetAsync($"{Path}?type=*&limit=2&offset=2&count=true")).Is(200);
        Assert.Equal(("4", 2), (page.Header("NGSILD-Results-Count"), page.Body.AsArray().Count));
        Assert.Contains("rel=\"prev\"", page.Header("Link"), StringComparison.Ordinal);
        (await door.GetAsync(Path)).IsProblem(400, "BadRequestData");

        async Task<string[]> IdsAsync(string query) =>
            [.. (await door.GetAsync($"{Path}?{query}")).Is(200).Body.AsArray().Select(r => ((string)r!["id"]!).Split(':')[^1])];
    }

    [Fact]
    public async Task What_one_source_alone_has_no_other_can_claim()
    {
        var door = city.NewDoor();
        const string Speed = """{"entities":[{"type":"Road","id":"urn:ngsi-ld:Road:1"}],"propertyNames":["speed"]}""";
        (await door.PostAsync(Path, Body("1", Speed, ""","mode":"exclusive" """))).Is(201);
        (await door.PostAsync(Path, Body("2", Speed, ""","mode":"exclusive" """))).IsProblem(409, "Conflict");
        (await door.PostAsync(Path, Body("2", Speed, ""","mode":"redirect" """))).IsProblem(409, "Conflict");
        (await door.PostAsync(Path, Body("2", Speed.Replace("speed", "name", StringComparison.Ordinal), ""","mode":"redirect" """))).Is(201);
        (await door.PostAsync(Path, Body("3", Speed.Replace("speed", "name", StringComparison.Ordinal), ""","mode":"redirect" """))).Is(201);
        (await door.PostAsync(Path, Body("4", Speed))).Is(201);
        (await door.PatchAsync($"{Path}/{Urn}4", """{"mode":"exclusive"}""")).IsProblem(409, "Conflict");
    }

    [Fact]
    public async Task What_the_broker_holds_cannot_be_registered_as_elsewhere()
    {
        var door = await city.NewDoorAsync("""{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property","value":50}}""");
        const string Road = """{"entities":[{"type":"Road","id":"urn:ngsi-ld:Road:1"}],"propertyNames":["speed"]}""";
        (await door.PostAsync(Path, Body("1", Road, ""","mode":"exclusive" """))).IsProblem(409, "Conflict");
        (await door.PostAsync(Path, Body("1", """{"entities":[{"type":"Road"}]}""", ""","mode":"redirect" """))).IsProblem(409, "Conflict");
        (await door.PostAsync(Path, Body("1", Road.Replace("speed", "name", StringComparison.Ordinal), ""","mode":"exclusive" """))).Is(201);
    }

    [Fact]
    public async Task Registrations_outlive_a_restart()
    {
        await using var server = await Testing.TestServer.StartAsync();
        var door = new Door(server.Client, "");
        (await door.PostAsync(Path, Body("1", Roads))).Is(201);
        (await door.PostAsync(Path, Body("2", Roads))).Is(201);
        (await door.DeleteAsync($"{Path}/{Urn}2")).Is(204);
        await server.RestartAsync();
        door = new Door(server.Client, "");
        Assert.Single((await door.GetAsync(Path + "?type=Road")).Is(200).Body.AsArray());
        (await door.GetAsync($"{Path}/{Urn}1")).Is(200);
    }

    [Fact]
    public async Task Registrations_are_for_operators()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, NgsiLdRoutes.Root + Path + "?type=Road");
        using var answer = await city.Anonymous.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(401, (int)answer.StatusCode);
    }
}
