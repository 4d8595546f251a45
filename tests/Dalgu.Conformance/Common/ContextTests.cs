using Dalgu.Testing;
using Xunit;

namespace Dalgu.Conformance.Common;

/// <summary>Clauses 4.4 and 6.3.5: @contexts in a Link header and inside a body, from the network and of the instance itself.</summary>
public class ContextTests(City city)
{
    private const string Terms = """{"@context":{"speed":"https://example.org/speed","Road":"https://example.org/Road","ex":"https://example.org/"}}""";

    [Fact]
    public async Task A_linked_context_expands_what_is_written_and_compacts_what_is_read()
    {
        var context = city.Contexts.Serve("terms-1.jsonld", Terms);
        var door = city.NewDoor();
        var linked = door.With(context);
        (await linked.PostAsync("/entities", """{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property","value":5},"ex:lanes":{"type":"Property","value":2},"other":{"type":"Property","value":3}}""")).Is(201);
        (await door.GetAsync("/entities/urn:ngsi-ld:Road:1?options=keyValues")).Has("""{"id":"urn:ngsi-ld:Road:1","type":"https://example.org/Road","https://example.org/speed":5,"https://example.org/lanes":2,"other":3}""");
        var read = await linked.GetAsync("/entities/urn:ngsi-ld:Road:1?options=keyValues");
        read.Has("""{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":5,"ex:lanes":2,"other":3}""");
        Assert.Contains($"<{context}>; rel=\"http://www.w3.org/ns/json-ld#context\"", read.Header("Link"), StringComparison.Ordinal);
        Assert.Single((await linked.GetAsync("/entities?type=Road&q=speed==5")).Is(200).Body.AsArray());
        (await linked.GetAsync("/types")).Has("""{"id":"urn:ngsi-ld:EntityTypeList:local","type":"EntityTypeList","typeList":["Road"]}""");
        (await linked.DeleteAsync("/entities/urn:ngsi-ld:Road:1/attrs/speed")).Is(204);
        Assert.Equal(1, city.Contexts.Asked("terms-1.jsonld")); // fetched once, kept
    }

    [Fact]
    public async Task An_inline_context_does_the_same()
    {
        var door = city.NewDoor();
        (await door.PostAsync("/entities", """{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property","value":5},"@context":[{"speed":"https://example.org/speed"},"https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"]}""", Door.LdJson)).Is(201);
        Assert.NotNull((await door.EntityAsync("urn:ngsi-ld:Road:1"))["https://example.org/speed"]);
    }

    [Fact]
    public async Task An_answer_names_the_core_context_too_unless_the_users_document_brings_it()
    {
        city.Contexts.Serve("terms-2.jsonld", Terms);
        var compound = city.Contexts.Serve("compound-2.jsonld", """{"@context":["terms-2.jsonld","https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"]}""");
        var door = await city.NewDoorAsync("""{"id":"urn:ngsi-ld:Road:1","type":"Road"}""");
        Assert.Equal(compound, (string?)(await door.With(compound).GetAsync("/entities/urn:ngsi-ld:Road:1", Door.LdJson)).Body["@context"]);
        var own = (await door.With(city.Contexts.Address + "terms-2.jsonld").GetAsync("/entities/urn:ngsi-ld:Road:1", Door.LdJson)).Body["@context"]!.AsArray();
        Assert.Equal([city.Contexts.Address + "terms-2.jsonld", "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"], own.Select(c => (string)c!));
        Assert.Equal("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld", (string?)(await door.GetAsync("/entities/urn:ngsi-ld:Road:1", Door.LdJson)).Body["@context"]);
    }

    [Theory]
    [InlineData("application/json", """{"id":"urn:a:b","type":"T","@context":{}}""")] // belongs into application/ld+json
    [InlineData("application/ld+json", """{"id":"urn:a:b","type":"T"}""")] // has none
    [InlineData("application/ld+json", """{"id":"urn:a:b","type":"T","@context":5}""")]
    [InlineData("application/ld+json", """{"id":"urn:a:b","type":"T","@context":"not an address"}""")]
    [InlineData("application/ld+json", """{"id":"urn:a:b","type":"T","@context":"file:///etc/passwd"}""")]
    [InlineData("application/ld+json", """{"id":"urn:a:b","type":"T","@context":{"speed":"no iri at all "}}""")]
    public async Task A_context_in_the_wrong_place_or_shape_is_refused(string media, string body) => (await city.NewDoor().PostAsync("/entities", body, media)).IsProblem(400, "BadRequestData");

    [Fact]
    public async Task A_body_with_its_own_context_needs_no_link() =>
        (await city.NewDoor().With(city.Contexts.Serve("terms-3.jsonld", Terms)).PostAsync("/entities", """{"id":"urn:a:b","type":"T","@context":{}}""", Door.LdJson)).IsProblem(400, "BadRequestData");

    [Fact]
    public async Task A_context_that_cannot_be_had_is_said_so_and_not_asked_for_again_at_once()
    {
        var door = city.NewDoor();
        foreach (var name in new[] { "none.jsonld", "text.jsonld", "empty.jsonld", "loop.jsonld" })
        {
            if (name == "text.jsonld") city.Contexts.Serve(name, "<html>");
            if (name == "empty.jsonld") city.Contexts.Serve(name, "{}");
            if (name == "loop.jsonld") city.Contexts.Serve(name, """{"@context":"loop.jsonld"}""");
            var body = $$$"""{"id":"urn:a:b","type":"T","@context":"{{{city.Contexts.Address}}}{{{name}}}"}""";
            if (name != "none.jsonld") (await door.PostAsync("/entities", body, Door.LdJson)).IsProblem(400, "BadRequestData");
            else (await door.PostAsync("/entities", body, Door.LdJson)).IsProblem(504, "LdContextNotAvailable");
        }
        (await door.With(city.Contexts.Address + "none.jsonld").PostAsync("/entities", """{"id":"urn:a:b","type":"T"}""")).IsProblem(504, "LdContextNotAvailable");
        Assert.Equal(1, city.Contexts.Asked("none.jsonld"));
        (await door.GetAsync("/types")).IsProblem(404, "NonexistentTenant"); // nothing was written
    }

    [Fact]
    public async Task A_core_context_is_never_fetched_and_one_that_never_was_cannot_be_had()
    {
        var door = city.NewDoor();
        foreach (var version in new[] { "", "-v1.3", "-v1.6", "-v1.8", "-v1.9" })
            (await door.PostAsync("/entities", $$$"""{"id":"urn:a:b{{{version}}}","type":"T","@context":"https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context{{{version}}}.jsonld"}""", Door.LdJson)).Is(201);
        Assert.False(Dalgu.Hub.Contexts.CoreContext.IsCore("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-non-existing.jsonld"));
    }

    [Fact]
    public async Task By_default_no_private_address_is_asked_for_a_context_not_even_by_a_redirection()
    {
        await using var server = await TestServer.StartAsync();
        var door = new Door(server.Client, "");
        var terms = city.Contexts.Serve("terms-4.jsonld", Terms);
        var asked = city.Contexts.Asked("terms-4.jsonld");
        foreach (var address in new[] { terms, terms.Replace("127.0.0.1", "localhost", StringComparison.Ordinal), terms.Replace("127.0.0.1", "[::ffff:127.0.0.1]", StringComparison.Ordinal), "http://169.254.169.254/latest/meta-data" })
            (await door.With(address).GetAsync("/entities?type=T")).IsProblem(504, "LdContextNotAvailable");
        Assert.Equal(asked, city.Contexts.Asked("terms-4.jsonld"));
    }

    [Fact]
    public async Task Core_terms_cannot_be_taken_over()
    {
        var door = city.NewDoor();
        (await door.PostAsync("/entities", """{"id":"urn:a:b","type":"T","location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[1,2]}},"@context":{"location":"https://example.org/l","Property":"https://example.org/P"}}""", Door.LdJson)).Is(201);
        Assert.NotNull((await door.EntityAsync("urn:a:b"))["location"]);
    }
}
