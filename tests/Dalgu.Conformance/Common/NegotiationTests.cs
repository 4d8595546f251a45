using Dalgu.Hub.Access;
using Dalgu.Testing.Hostile;
using Xunit;

namespace Dalgu.Conformance.Common;

/// <summary>Clauses 6.3.3 to 6.3.6 and 5.5.2: media types, methods, error types; 4.14: tenants.</summary>
public class NegotiationTests(City city)
{
    private const string Road = """{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property","value":5}}""";

    [Theory]
    [InlineData(null, "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData("application/*", "application/json")]
    [InlineData("application/ld+json", "application/ld+json")]
    [InlineData("application/geo+json", "application/geo+json")]
    [InlineData("application/ld+json,application/json", "application/json")]
    [InlineData("application/json;q=0,*/*", "application/ld+json")]
    [InlineData("application/json;q=0.5,application/ld+json;q=0.9", "application/ld+json")]
    [InlineData("application/json;q=0.9, application/ld+json;q=0.5", "application/json")]
    [InlineData("text/html,application/geo+json;q=0.1", "application/geo+json")]
    [InlineData("text/html, */*;q=0.1", "application/json")]
    [InlineData("APPLICATION/LD+JSON", "application/ld+json")]
    [InlineData("application/ld+json;q=0, application/json", "application/json")]
    public async Task The_answer_is_of_the_type_liked_best(string? accept, string type)
    {
        var door = await city.NewDoorAsync(Road);
        Assert.Equal(type, (await door.GetAsync("/entities/urn:ngsi-ld:Road:1", accept)).Is(200).Header("Content-Type"));
        Assert.Equal(type, (await door.GetAsync("/entities?type=Road", accept)).Is(200).Header("Content-Type"));
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/xml;q=0.9,image/png")]
    [InlineData("application/ld+json;q=0")]
    public async Task A_type_that_cannot_be_written_is_said_so(string accept)
    {
        var door = await city.NewDoorAsync(Road);
        foreach (var path in new[] { "/entities/urn:ngsi-ld:Road:1", "/entities?type=Road", "/types", "/attributes/speed", "/temporal/entities?type=Road" })
            (await door.GetAsync(path, accept)).IsProblem(406, "InvalidRequest");
        (await door.GetAsync("/temporal/entities?type=Road", Door.GeoJson)).IsProblem(406, "InvalidRequest");
    }

    [Theory]
    [InlineData("POST", "/entities", "text/plain")]
    [InlineData("POST", "/entities", "application/merge-patch+json")]
    [InlineData("POST", "/entities", null)]
    [InlineData("PATCH", "/entities/urn:ngsi-ld:Road:1", "application/xml")]
    [InlineData("PUT", "/entities/urn:ngsi-ld:Road:1", "application/geo+json")]
    [InlineData("POST", "/entityOperations/delete", "text/json")]
    [InlineData("POST", "/entityOperations/query", "application/x-www-form-urlencoded")]
    public async Task A_body_of_another_type_is_not_taken(string method, string path, string? media) =>
        (await (await city.NewDoorAsync(Road)).SendAsync(new HttpMethod(method), path, Road, media)).IsProblem(415, "InvalidRequest");

    [Theory] // clauses 5.5.4 and 6.3.4
    [InlineData("PATCH", "/csourceSubscriptions/urn:ngsi-ld:Subscription:1")]
    [InlineData("POST", "/entities")]
    public async Task A_body_that_is_no_json_is_told_so_even_where_it_has_no_type(string method, string path) =>
        (await (await city.NewDoorAsync(Road)).SendAsync(new HttpMethod(method), path, """{"id": """, null)).IsProblem(400, "InvalidRequest");

    [Theory]
    [InlineData("DELETE", "/types", "GET")]
    [InlineData("PUT", "/entities", "GET, POST, DELETE")]
    [InlineData("POST", "/entities/urn:ngsi-ld:Road:1", "GET, PUT, PATCH, DELETE")]
    [InlineData("GET", "/entities/urn:ngsi-ld:Road:1/attrs", "POST, PATCH")]
    [InlineData("GET", "/entityOperations/create", "POST")]
    public async Task A_method_that_is_not_offered_is_refused_with_those_that_are(string method, string path, string allow)
    {
        var answer = await (await city.NewDoorAsync(Road)).SendAsync(new HttpMethod(method), path, null, null);
        answer.IsProblem(405, "InvalidRequest");
        Assert.Equal(allow.Split(", ").Order(), answer.Header("Allow").Split(", ").Order());
    }

    [Theory]
    [InlineData("/nothing")]
    [InlineData("/entities/urn:a:b/attrs/x/y/z")]
    public async Task An_address_that_is_none_is_said_so(string path) => (await (await city.NewDoorAsync(Road)).GetAsync(path)).IsProblem(404, "ResourceNotFound");

    [Fact]
    public async Task Head_answers_as_get_does_but_for_the_body()
    {
        var door = await city.NewDoorAsync(Road);
        foreach (var path in new[] { "/entities/urn:ngsi-ld:Road:1", "/entities?type=Road&count=true", "/types" })
        {
            var (get, head) = (await door.GetAsync(path), await door.SendAsync(HttpMethod.Head, path, null, null));
            Assert.Equal((200, "", get.Header("Content-Type"), get.Header("Content-Length"), get.Header("Link")), (head.Status, head.Text, head.Header("Content-Type"), head.Header("Content-Length"), head.Header("Link")));
        }
        Assert.Equal(404, (await door.SendAsync(HttpMethod.Head, "/entities/urn:ngsi-ld:Road:9", null, null)).Status);
    }

    [Fact]
    public async Task Tenants_see_nothing_of_each_other()
    {
        var (one, two) = (await city.NewDoorAsync(Road), await city.NewDoorAsync());
        (await two.PostAsync("/entities", Road.Replace("5", "6", StringComparison.Ordinal))).Is(201);
        var read = await one.GetAsync("/entities/urn:ngsi-ld:Road:1?options=keyValues");
        Assert.Equal((5, one.Tenant), ((int)read.Body["speed"]!, read.Header("NGSILD-Tenant")));
        (await one.DeleteAsync("/entities/urn:ngsi-ld:Road:1")).Is(204);
        Assert.Equal(["1"], await two.IdsAsync("type=Road"));
    }

    [Fact]
    public async Task A_tenant_comes_to_be_by_its_first_entity_and_by_nothing_else()
    {
        var door = city.NewDoor();
        (await door.GetAsync("/entities?type=Road")).IsProblem(404, "NonexistentTenant");
        (await door.PatchAsync("/entities/urn:ngsi-ld:Road:1", "{}")).IsProblem(404, "NonexistentTenant");
        (await door.DeleteAsync("/entities/urn:ngsi-ld:Road:1")).IsProblem(404, "NonexistentTenant");
        (await door.PostAsync("/entities", "{")).IsProblem(400, "InvalidRequest");
        (await door.GetAsync("/types")).IsProblem(404, "NonexistentTenant");
        (await door.PostAsync("/entityOperations/upsert", $"[{Road}]")).Is(201);
        (await door.GetAsync("/types")).Is(200);
        foreach (var bad in new[] { "A", "../x", "a b", "-a", new string('a', 51) })
            (await new Door(city.Client, bad).PostAsync("/entities", Road)).IsProblem(400, "BadRequestData");
    }

    [Fact]
    public async Task Who_is_not_known_or_may_not_is_told_so_and_nothing_is_written()
    {
        var door = await city.NewDoorAsync(Road);
        var anonymous = await new Door(city.Anonymous, door.Tenant).PostAsync("/entities", Road.Replace(":1", ":2", StringComparison.Ordinal));
        anonymous.IsProblem(401, "InvalidRequest");
        using var reader = await city.AsAsync(Role.Reader);
        (await new Door(reader, door.Tenant).DeleteAsync("/entities/urn:ngsi-ld:Road:1")).IsProblem(403, "InvalidRequest");
        (await new Door(reader, door.Tenant).GetAsync("/entities/urn:ngsi-ld:Road:1")).Is(200);
        (await new Door(city.Anonymous, door.Tenant).GetAsync("/entities/urn:ngsi-ld:Road:1")).Is(404); // what may not be seen does not exist
        Assert.Empty((await new Door(city.Anonymous, door.Tenant).GetAsync("/entities?type=Road")).Is(200).Body.AsArray());
        (await door.GetAsync("/entities/urn:ngsi-ld:Road:2")).IsProblem(404, "ResourceNotFound");
    }

    [Fact]
    public async Task OPTIONS_tells_the_methods_of_a_resource() // RFC 9110, 9.3.7
    {
        var answer = (await city.NewDoor().SendAsync(HttpMethod.Options, "/entities/urn:a:b", null, null)).Is(204);
        Assert.Equal(("GET, PUT, PATCH, DELETE, HEAD, OPTIONS", ""), (answer.Header("Allow"), answer.Text));
        Assert.Equal("POST, OPTIONS", (await city.NewDoor().SendAsync(HttpMethod.Options, "/entityOperations/create", null, null)).Is(204).Header("Allow"));
        (await city.NewDoor().SendAsync(HttpMethod.Options, "/nothing", null, null)).IsProblem(404, "ResourceNotFound");
    }

    [Theory]
    [InlineData("/entities?type=Road&local=maybe"), InlineData("/entities?type=Road&splitEntities=maybe"), InlineData("/entities/urn:ngsi-ld:Road:1?local=1"), InlineData("/types?local=maybe")]
    public async Task A_flag_is_true_or_false_also_where_no_source_is_asked(string path) =>
        (await (await city.NewDoorAsync(Road)).GetAsync(path)).IsProblem(400, "BadRequestData");

    [Fact]
    public async Task A_body_beyond_the_limit_is_refused_before_it_is_read()
    {
        var door = await city.NewDoorAsync(Road);
        var (_, key) = await city.Access.Keys.AddAsync(Principal.System, "large-body", Role.Operator, [], [], null);
        await using var connection = new RawConnection(city.Address);
        var large = new HostileRequest { Method = "POST", Path = "/entities", Headers = [("Content-Type", Door.Json)], DeclaredLength = 16 * 1024 * 1024 + 1, Body = [] };
        var answer = (await connection.SendAsync(large.ToBytes(city.Address.Authority, key), isHead: false, TestContext.Current.CancellationToken))!;
        new Answer(answer.Status, answer.Headers, System.Text.Encoding.UTF8.GetString(answer.Body)).IsProblem(413, "InvalidRequest");
        (await door.PostAsync("/entities", "{\"id\":\"urn:a:b\",\"type\":\"T\",\"v\":" + new string('[', 100) + new string(']', 100) + "}")).IsProblem(400, "InvalidRequest");
    }
}
