using System.Text.Json.Nodes;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Conformance.Subscriptions;

/// <summary>The members ngsildConformance, expandValues and jsonKeys of a subscription (clauses 5.2.12 and 5.8.6), csf and temporalQ of one to registrations (5.11.2).</summary>
public sealed class ConformanceOfNotificationsTests(City city) : IAsyncLifetime
{
    private Receiver receiver = null!;
    private Door door = null!;

    public async ValueTask InitializeAsync() => (receiver, door) = (await Receiver.StartAsync(), await city.NewDoorAsync("""{"id":"urn:b:0","type":"Unrelated"}"""));

    public ValueTask DisposeAsync() => receiver.DisposeAsync();

    private string Subscription(string path, string members, string notification = "", string endpoint = "") => $$"""
        {"id":"urn:s:{{path.TrimStart('/')}}","type":"Subscription","entities":[{"type":"Shop"}]{{members}},"notification":{"endpoint":{"uri":"{{receiver.Address}}{{path}}"{{endpoint}} }{{notification}} } }
        """;

    private const string Shop = """
        {"id":"urn:b:1","type":"Shop","scope":"/Daegu","expiresAt":"2040-01-01T00:00:00Z","name":{"type":"LanguageProperty","languageMap":{"ko":"가게"}},
         "days":{"type":"ListProperty","valueList":[1,2]},"rating":{"type":"Property","value":4,"unitCode":"C62","observedAt":"2026-11-23T08:00:00Z"}}
        """;

    [Fact]
    public async Task A_notification_follows_the_version_that_its_subscription_names()
    {
        foreach (var (path, members, notification, endpoint) in ((string, string, string, string)[])
            [("/old", ""","ngsildConformance":"1.2" """, "", ""), ("/simple", ""","ngsildConformance":"1.3" """, ""","format":"simplified" """, ""),
             ("/geo", ""","ngsildConformance":"1.3" """, "", ""","accept":"application/geo+json" """), ("/now", ""","ngsildConformance":"1.9" """, "", "")])
            (await door.PostAsync("/subscriptions", Subscription(path, members, notification, endpoint))).Is(201);
        (await door.PostAsync("/entities", Shop)).Is(201);

        Answer.Same(JsonNode.Parse("""
            [{"id":"urn:b:1","type":"Shop","name":{"type":"Property","value":{"ko":"가게"}},"days":{"type":"Property","value":[1,2]},"rating":{"type":"Property","value":4}}]
            """), (await receiver.NextAsync("/old")).Data);
        Answer.Same(JsonNode.Parse("""{"ko":"가게"}"""), (await receiver.NextAsync("/simple")).Data[0]!["name"]);
        var feature = (await receiver.NextAsync("/geo")).Body["data"]!["features"]![0]!;
        Answer.Same(JsonNode.Parse("""{"type":"Property","value":{"ko":"가게"}}"""), feature["properties"]!["name"]);
        Assert.Null(feature["properties"]!["scope"]);
        var now = (await receiver.NextAsync("/now")).Data[0]!;
        Assert.Equal(("LanguageProperty", "/Daegu"), ((string?)now["name"]!["type"], (string?)now["scope"]));
        Assert.Equal("1.2", (string?)(await door.GetAsync("/subscriptions/urn:s:old")).Is(200).Body["ngsildConformance"]);
    }

    [Fact]
    public async Task Values_in_q_are_terms_where_expandValues_says_so_and_jsonKeys_does_not()
    {
        var context = city.Contexts.Serve("kinds.jsonld", """{"@context":{"Shop":"https://example.org/Shop","kind":"https://example.org/kind","bakery":"https://example.org/bakery"}}""");
        var named = door.With(context);
        (await named.PostAsync("/subscriptions", Subscription("/terms", ""","q":"kind==\"bakery\"","expandValues":"kind" """))).Is(201);
        (await named.PostAsync("/subscriptions", Subscription("/plain", ""","q":"kind==\"bakery\"","expandValues":"kind","jsonKeys":"kind" """))).Is(201);
        (await named.PostAsync("/subscriptions", Subscription("/text", ""","q":"kind==\"bakery\"" """))).Is(201);
        (await named.PostAsync("/entities", """{"id":"urn:b:1","type":"Shop","kind":{"type":"VocabProperty","vocab":"bakery"}}""")).Is(201);
        (await named.PostAsync("/entities", """{"id":"urn:b:2","type":"Shop","kind":{"type":"Property","value":"bakery"}}""")).Is(201);
        Assert.Equal("urn:b:1", (string?)(await receiver.NextAsync("/terms")).Data[0]!["id"]);
        Assert.Equal("urn:b:2", (string?)(await receiver.NextAsync("/plain")).Data[0]!["id"]);
        Assert.Equal("urn:b:2", (string?)(await receiver.NextAsync("/text")).Data[0]!["id"]);
        Assert.Equal("kind", (string?)(await named.GetAsync("/subscriptions/urn:s:terms")).Is(200).Body["expandValues"]);
        Assert.Equal("https://example.org/kind", (string?)(await door.GetAsync("/subscriptions/urn:s:terms")).Is(200).Body["expandValues"]);
    }

    [Theory]
    [InlineData(""","ngsildConformance":"latest" """), InlineData(""","ngsildConformance":1.5 """), InlineData(""","expandValues":5 """), InlineData(""","csf":"a>>" """)]
    public async Task What_cannot_be_read_is_refused(string member) => (await door.PostAsync("/subscriptions", Subscription("/bad", member))).IsProblem(400, "BadRequestData");

    [Fact]
    public async Task A_subscription_to_registrations_is_told_of_those_that_csf_and_temporalQ_choose()
    {
        (await door.PostAsync("/csourceSubscriptions", Subscription("/csf", ""","csf":"grade>4" """))).Is(201);
        (await door.PostAsync("/csourceSubscriptions", Subscription("/past", ""","temporalQ":{"timerel":"before","timeAt":"2021-01-01T00:00:00Z"} """))).Is(201);
        (await door.PostAsync("/csourceSubscriptions", Subscription("/bad", ""","csf":"grade>>" """))).IsProblem(400, "BadRequestData");
        (await door.PostAsync("/csourceSubscriptions", Subscription("/bad", ""","temporalQ":{"timerel":"sometime"} """))).IsProblem(400, "BadRequestData");
        foreach (var (id, more) in ((string, string)[])[("low", ""","grade":3"""), ("high", ""","grade":5"""), ("old", ""","grade":1,"observationInterval":{"startAt":"2019-01-01T00:00:00Z","endAt":"2020-01-01T00:00:00Z"}"""), ("last", ""","grade":9""")])
            (await door.PostAsync("/csourceRegistrations", $$"""{"id":"urn:r:{{id}}","type":"ContextSourceRegistration","information":[{"entities":[{"type":"Shop"}]}],"endpoint":"http://source.example:1026"{{more}}}""")).Is(201);
        Assert.Equal(["urn:r:high", "urn:r:last"], [(string?)(await receiver.NextAsync("/csf")).Data[0]!["id"], (string?)(await receiver.NextAsync("/csf")).Data[0]!["id"]]);
        Assert.Equal("urn:r:old", (string?)(await receiver.NextAsync("/past")).Data[0]!["id"]);
        Assert.Empty(receiver.Waiting("/past"));
    }
}
