using System.Diagnostics;
using Xunit;

namespace Dalgu.Conformance.Common;

/// <summary>Clause 5.13: the @contexts that this instance keeps; and what a context server can do to it.</summary>
public class ContextInterfaceTests(City city)
{
    private const string Terms = """{"@context":{"speed":"https://example.org/speed","Road":"https://example.org/Road"}}""";

    private async Task<(Door Door, string Path)> HostedAsync()
    {
        var door = city.NewDoor();
        var added = (await new Door(city.Client, "").PostAsync("/jsonldContexts", Terms)).Is(201);
        Assert.Empty(added.Text);
        return (door, added.Header("Location"));
    }

    private string Absolute(string path) => city.Address.GetLeftPart(UriPartial.Authority) + path;

    [Fact]
    public async Task A_hosted_context_is_served_used_counted_and_deleted()
    {
        var (door, path) = await HostedAsync();
        var own = path["/ngsi-ld/v1".Length..];
        var plain = new Door(city.Client, "");
        (await plain.GetAsync(own)).Is(200).Has(Terms);
        (await door.With(Absolute(path)).PostAsync("/entities", """{"id":"urn:x:1","type":"Road","speed":1}""")).Is(201);
        Assert.NotNull((await door.EntityAsync("urn:x:1"))["https://example.org/speed"]);
        var details = (await plain.GetAsync(own + "?details=true")).Is(200).Body;
        Assert.Equal("Hosted", (string?)details["kind"]);
        Assert.True((int)details["numberOfHits"]! >= 1 && details["createdAt"] is not null && details["lastUsage"] is not null);
        Assert.Contains(Absolute(path), (await plain.GetAsync("/jsonldContexts?kind=Hosted")).Is(200).Body.AsArray().Select(u => (string?)u));
        (await plain.DeleteAsync(own + "?reload=true")).IsProblem(400, "BadRequestData");
        (await plain.DeleteAsync(own)).Is(204);
        (await plain.GetAsync(own)).IsProblem(404, "ResourceNotFound");
        (await plain.DeleteAsync(own)).IsProblem(404, "ResourceNotFound");
    }

    [Fact]
    public async Task A_hosted_context_is_found_in_its_own_tenant_alone()
    {
        var (owner, stranger, nobody) = (new Door(city.Client, "contextowner"), new Door(city.Client, "contextstranger"), new Door(city.Client, "never_made"));
        var path = (await owner.PostAsync("/jsonldContexts", Terms)).Is(201).Header("Location");
        var own = path["/ngsi-ld/v1".Length..];
        var id = own["/jsonldContexts/".Length..];
        (await stranger.PostAsync("/entities", """{"id":"urn:x:1","type":"Road"}""")).Is(201);
        foreach (var other in (Door[])[stranger, nobody, new Door(city.Client, "")])
        {
            (await other.GetAsync(own)).IsProblem(404, "ResourceNotFound");
            (await other.GetAsync(own + "?details=true")).IsProblem(404, "ResourceNotFound");
            Assert.DoesNotContain(id, (await other.GetAsync("/jsonldContexts")).Is(200).Text, StringComparison.Ordinal);
            Assert.DoesNotContain(id, (await other.GetAsync("/jsonldContexts?details=true")).Is(200).Text, StringComparison.Ordinal);
        }
        (await stranger.DeleteAsync(own)).IsProblem(404, "ResourceNotFound");
        (await nobody.DeleteAsync(own)).IsProblem(404, "NonexistentTenant");
        (await owner.GetAsync(own)).Is(200).Has(Terms);
        Assert.Contains(id, (await owner.GetAsync("/jsonldContexts?kind=Hosted")).Is(200).Text, StringComparison.Ordinal);
        (await stranger.With(Absolute(path)).PostAsync("/entities", """{"id":"urn:x:2","type":"Road","speed":1}""")).Is(201); // by its address
        (await owner.DeleteAsync(own)).Is(204);
        (await owner.GetAsync(own)).IsProblem(404, "ResourceNotFound");
    }

    [Fact]
    public async Task What_is_no_context_is_refused()
    {
        var plain = new Door(city.Client, "");
        (await plain.PostAsync("/jsonldContexts", """{"speed":"https://example.org/speed"}""")).IsProblem(400, "InvalidRequest");
        (await plain.PostAsync("/jsonldContexts", """{"@context":{"speed":7}}""")).IsProblem(400, "BadRequestData");
        (await plain.PostAsync("/jsonldContexts", """{"@context":7}""")).IsProblem(400, "BadRequestData");
        (await plain.GetAsync("/jsonldContexts?kind=Other")).IsProblem(400, "BadRequestData");
        (await plain.GetAsync("/jsonldContexts?details=perhaps")).IsProblem(400, "BadRequestData");
    }

    [Fact]
    public async Task A_fetched_context_is_kept_and_can_be_reloaded()
    {
        var plain = new Door(city.Client, "");
        var address = city.Contexts.Serve("reload.jsonld", Terms);
        var named = Uri.EscapeDataString(address);
        var door = city.NewDoor().With(address);
        (await door.PostAsync("/entities", """{"id":"urn:x:1","type":"Road","speed":1}""")).Is(201);
        Assert.Equal("Cached", (string?)(await plain.GetAsync($"/jsonldContexts/{named}?details=true")).Is(200).Body["kind"]);
        (await plain.GetAsync($"/jsonldContexts/{named}")).IsProblem(422, "OperationNotSupported");
        city.Contexts.Serve("reload.jsonld", """{"@context":{"speed":"https://example.org/other"}}""");
        Assert.NotNull((await door.EntityAsync("urn:x:1"))["speed"]);
        (await plain.DeleteAsync($"/jsonldContexts/{named}?reload=true")).Is(204);
        Assert.Null((await door.EntityAsync("urn:x:1"))["speed"]);
        (await plain.DeleteAsync($"/jsonldContexts/{named}")).Is(204);
        (await plain.GetAsync($"/jsonldContexts/{named}?details=true")).IsProblem(404, "ResourceNotFound");
    }

    [Fact]
    public async Task The_core_context_stays()
    {
        var plain = new Door(city.Client, "");
        var core = "/jsonldContexts/" + Uri.EscapeDataString("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld");
        (await plain.GetAsync(core + "?details=true")).Is(200);
        (await plain.DeleteAsync(core)).IsProblem(400, "BadRequestData");
        (await plain.DeleteAsync(core + "?reload=true")).Is(204);
    }

    [Fact]
    public async Task A_context_server_that_never_ends_is_cut_off_and_not_asked_again_at_once()
    {
        var door = city.NewDoor().With(city.Contexts.Address + "endless.jsonld");
        var began = Stopwatch.GetTimestamp();
        (await door.PostAsync("/entities", """{"id":"urn:x:1","type":"Road"}""")).IsProblem(504, "LdContextNotAvailable");
        (await door.PostAsync("/entities", """{"id":"urn:x:1","type":"Road"}""")).IsProblem(504, "LdContextNotAvailable");
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(30));
        Assert.Equal(1, city.Contexts.Asked("endless.jsonld"));
    }

    [Fact]
    public async Task What_many_need_at_once_is_fetched_once()
    {
        var door = (await city.NewDoorAsync("""{"id":"urn:x:0","type":"Road"}""")).With(city.Contexts.Serve("slow-1.jsonld", Terms));
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => door.GetAsync("/types")));
        Assert.All(answers, a => a.Is(200));
        Assert.Equal(1, city.Contexts.Asked("slow-1.jsonld"));
    }

    /// <summary>Clause 5.13: what is made for a subscription has not been used by anybody yet.</summary>
    [Fact]
    public async Task A_context_made_for_a_subscription_counts_uses_alone()
    {
        var door = city.NewDoor();
        (await door.PostAsync("/subscriptions", """{"id":"urn:s:uses","type":"Subscription","entities":[{"type":"Used"}],"notification":{"endpoint":{"uri":"http://127.0.0.1:9/x"}},"@context":[{"Used":"https://example.org/uses/Used"},{"u":"https://example.org/uses/u"}]}""", "application/ld+json")).Is(201);
        var address = (string)(await door.GetAsync("/subscriptions/urn:s:uses")).Is(200).Body["jsonldContext"]!;
        Assert.Equal(0, (int)(await door.GetAsync("/jsonldContexts/" + address[(address.LastIndexOf('/') + 1)..] + "?details=true")).Is(200).Body["numberOfHits"]!);
    }
}
