using System.Text.Json.Nodes;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Conformance.Subscriptions;

/// <summary>What makes a notification, and what it says (ETSI GS CIM 009, clauses 5.8.6 and 5.3.1).</summary>
public sealed class NotificationTests(City city) : IAsyncLifetime
{
    private Receiver receiver = null!;
    private Door door = null!;

    public async ValueTask InitializeAsync() => (receiver, door) = (await Receiver.StartAsync(), await city.NewDoorAsync("""{"id":"urn:b:0","type":"Unrelated"}"""));

    public ValueTask DisposeAsync() => receiver.DisposeAsync();

    private async Task SubscribeAsync(string path, string members = "", string notification = "", string endpoint = "") =>
        (await door.PostAsync("/subscriptions", $$"""
            {"id":"urn:s:{{path.TrimStart('/')}}","type":"Subscription","entities":[{"type":"Building"}]{{members}},"notification":{"endpoint":{"uri":"{{receiver.Address}}{{path}}"{{endpoint}} }{{notification}} } }
            """)).Is(201);

    /// <summary>What came to a path, up to and with the one that a last change makes.</summary>
    private async Task<List<Received>> UpToAsync(string path, string marker)
    {
        var all = new List<Received>();
        do all.Add(await receiver.NextAsync(path));
        while (!all[^1].Body.ToJsonString().Contains(marker, StringComparison.Ordinal));
        return all;
    }

    private Task<Answer> CreateAsync(string id, string members) => door.PostAsync("/entities", $$"""{"id":"{{id}}","type":"Building"{{members}} }""");

    [Fact]
    public async Task A_notification_names_its_subscription_and_holds_the_entity()
    {
        await SubscribeAsync("/a", endpoint: ""","receiverInfo":[{"key":"X-Key","value":"v"}]""");
        (await CreateAsync("urn:b:1", ""","speed":7""")).Is(201);
        var received = await receiver.NextAsync("/a");
        Assert.Equal(("Notification", "urn:s:a"), ((string?)received.Body["type"], (string?)received.Body["subscriptionId"]));
        Assert.StartsWith("urn:", received.Id, StringComparison.Ordinal);
        Answer.Same(JsonNode.Parse("""[{"id":"urn:b:1","type":"Building","speed":{"type":"Property","value":7}}]"""), received.Data);
        Assert.Equal(("application/json", "v", door.Tenant), (received.Headers["Content-Type"], received.Headers["X-Key"], received.Headers["NGSILD-Tenant"]));
        Assert.Contains("rel=\"http://www.w3.org/ns/json-ld#context\"", received.Headers["Link"], StringComparison.Ordinal);
        await Task.Delay(100, TestContext.Current.CancellationToken);
        var told = (await door.GetAsync("/subscriptions/urn:s:a")).Is(200).Body["notification"]!;
        Assert.Equal((1, 0, "ok"), ((int)told["timesSent"]!, (int)told["timesFailed"]!, (string)told["status"]!));
        Assert.NotNull(told["lastSuccess"]);
    }

    [Fact] // clause 5.2.12
    public async Task Members_that_a_subscription_does_not_have_are_left_out()
    {
        await SubscribeAsync("/a", ""","__context":"http://localhost:1111/x.jsonld","status":"expired" """, ""","timesSent":42""");
        var told = (await door.GetAsync("/subscriptions/urn:s:a")).Is(200);
        Assert.DoesNotContain("__context", told.Text, StringComparison.Ordinal);
        Assert.Equal("active", (string)told.Body["status"]!);
    }

    [Fact] // clause 4.9
    public async Task A_filter_may_look_at_linked_entities()
    {
        await SubscribeAsync("/a", ""","q":"near{level}<0.5" """);
        (await door.PostAsync("/entities", """{"id":"urn:d:full","type":"Device","level":0.9}""")).Is(201);
        (await door.PostAsync("/entities", """{"id":"urn:d:low","type":"Device","level":0.3}""")).Is(201);
        (await CreateAsync("urn:b:1", ""","near":{"type":"Relationship","object":"urn:d:full"}""")).Is(201);
        (await CreateAsync("urn:b:2", ""","near":{"type":"Relationship","object":"urn:d:low"}""")).Is(201);
        Assert.Equal("urn:b:2", (string)(await receiver.NextAsync("/a")).Data[0]!["id"]!);
    }

    [Fact] // clause 4.5.18
    public async Task A_language_property_that_went_is_a_map_of_null()
    {
        await SubscribeAsync("/a", ""","notificationTrigger":["entityDeleted"]""", ""","showChanges":true""");
        (await CreateAsync("urn:b:1", ""","street":{"type":"LanguageProperty","languageMap":{"ko":"길"}}""")).Is(201);
        (await door.DeleteAsync("/entities/urn:b:1")).Is(204);
        Answer.Same(JsonNode.Parse("""{"@none":"urn:ngsi-ld:null"}"""), (await receiver.NextAsync("/a")).Data[0]!["street"]!["languageMap"]);
    }

    [Fact]
    public async Task Triggers_choose_what_is_told()
    {
        foreach (var trigger in new[] { "entityCreated", "entityUpdated", "entityDeleted", "attributeCreated", "attributeUpdated", "attributeDeleted" })
            await SubscribeAsync("/" + trigger, $$""","notificationTrigger":["{{trigger}}"]""");
        await SubscribeAsync("/default");
        (await CreateAsync("urn:b:1", ""","speed":1""")).Is(201);
        (await door.PatchAsync("/entities/urn:b:1/attrs", """{"speed":2}""")).Is(204);
        (await door.PostAsync("/entities/urn:b:1/attrs", """{"name":"n"}""")).Is(204);
        (await door.DeleteAsync("/entities/urn:b:1/attrs/name")).Is(204);
        (await door.DeleteAsync("/entities/urn:b:1")).Is(204);
        (await CreateAsync("urn:b:2", ""","last":0""")).Is(201);
        (await door.PatchAsync("/entities/urn:b:2/attrs", """{"last":1}""")).Is(204);
        (await door.DeleteAsync("/entities/urn:b:2")).Is(204);
        foreach (var (path, expected) in new[] { ("/entityCreated", 2), ("/entityUpdated", 4), ("/entityDeleted", 2), ("/attributeCreated", 3), ("/attributeUpdated", 2), ("/attributeDeleted", 3), ("/default", 5) })
        {
            var told = 0; // changes of several entities may come together
            while (told < expected) told += (await receiver.NextAsync(path)).Data.Count;
            Assert.True(told == expected && receiver.Waiting(path).Count == 0, $"{path}: {told}");
        }
    }

    [Fact]
    public async Task Filters_decide_by_attribute_value_place_scope_id_and_pattern()
    {
        await SubscribeAsync("/watched", ""","watchedAttributes":["speed"]""");
        await SubscribeAsync("/q", ""","q":"speed>10;name==\"n%20m\"" """);
        await SubscribeAsync("/geo", ""","geoQ":{"georel":"near;maxDistance==1000","geometry":"Point","coordinates":[128.6,35.87]}""");
        await SubscribeAsync("/scope", ""","scopeQ":"/Daegu/#" """);
        (await door.PostAsync("/subscriptions", $$"""{"id":"urn:s:id","type":"Subscription","entities":[{"type":"Building","id":"urn:b:2"},{"type":"Building","idPattern":"^urn:b:9"}],"notification":{"endpoint":{"uri":"{{receiver.Address}}/id"} } }""")).Is(201);
        (await CreateAsync("urn:b:1", ""","speed":5,"name":"n m","location":{"type":"Point","coordinates":[128.6,35.8701]}""")).Is(201);
        (await CreateAsync("urn:b:2", ""","speed":11,"name":"n m","scope":"/Daegu/Junggu","location":{"type":"Point","coordinates":[128.7,35.87]}""")).Is(201);
        (await CreateAsync("urn:b:90", ""","name":"n m","scope":"/Busan" """)).Is(201);
        (await CreateAsync("urn:b:93", ""","speed":99,"name":"n m","scope":"/Daegu/last","location":{"type":"Point","coordinates":[128.6,35.87]}""")).Is(201);
        static string[] Ids(List<Received> all) => [.. all.SelectMany(r => r.Data).Select(e => ((string)e!["id"]!)[6..]).Order(StringComparer.Ordinal)];
        Assert.Equal(["1", "2", "93"], Ids(await UpToAsync("/watched", "urn:b:93")));
        Assert.Equal(["2", "93"], Ids(await UpToAsync("/q", "urn:b:93")));
        Assert.Equal(["1", "93"], Ids(await UpToAsync("/geo", "urn:b:93")));
        Assert.Equal(["2", "93"], Ids(await UpToAsync("/scope", "urn:b:93")));
        Assert.Equal(["2", "90", "93"], Ids(await UpToAsync("/id", "urn:b:93")));
    }

    [Fact]
    public async Task Formats_members_languages_and_datasets_are_as_asked_for()
    {
        var context = city.Contexts.Serve("n.jsonld", """{"@context":{"Building":"https://example.org/Building","speed":"https://example.org/speed"}}""");
        await SubscribeAsync("/simple", notification: ""","format":"keyValues","pick":["id","speed","name"]""", members: ""","lang":"ko" """);
        await SubscribeAsync("/concise", notification: ""","format":"concise","omit":["name"]""");
        await SubscribeAsync("/times", notification: ""","sysAttrs":true,"attributes":["speed"]""");
        await SubscribeAsync("/dataset", members: ""","datasetId":["urn:d:1"]""");
        await SubscribeAsync("/ld", endpoint: ""","accept":"application/ld+json" """);
        await SubscribeAsync("/geo", endpoint: ""","accept":"application/geo+json" """);
        await SubscribeAsync("/named", members: $$""","jsonldContext":"{{context}}" """);
        (await CreateAsync("urn:b:1", """
            ,"speed":[{"type":"Property","value":1},{"type":"Property","value":2,"datasetId":"urn:d:1"}],"name":{"type":"LanguageProperty","languageMap":{"ko":"가","en":"a"}},
            "location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[1,2]}}
            """)).Is(201);
        Answer.Same(JsonNode.Parse("""[{"id":"urn:b:1","speed":{"dataset":{"@none":1,"urn:d:1":2}},"name":"가"}]"""), (await receiver.NextAsync("/simple")).Data);
        Answer.Same(JsonNode.Parse("""[{"id":"urn:b:1","type":"Building","speed":[1,{"value":2,"datasetId":"urn:d:1"}],"location":{"type":"Point","coordinates":[1,2]}}]"""), (await receiver.NextAsync("/concise")).Data);
        var times = (await receiver.NextAsync("/times")).Data[0]!;
        Assert.True(times["createdAt"] is not null && times["speed"]![0]!["modifiedAt"] is not null && times["name"] is null);
        Answer.Same(JsonNode.Parse("""{"type":"Property","value":2,"datasetId":"urn:d:1"}"""), (await receiver.NextAsync("/dataset")).Data[0]!["speed"]);
        var ld = await receiver.NextAsync("/ld");
        Assert.True(ld.Headers["Content-Type"] == "application/ld+json" && !ld.Headers.ContainsKey("Link") && ld.Data[0]!["@context"] is not null);
        var geo = await receiver.NextAsync("/geo");
        Assert.Equal(("application/geo+json", "FeatureCollection", "Point"), (geo.Headers["Content-Type"], (string?)geo.Body["data"]!["type"], (string?)geo.Body["data"]!["features"]![0]!["geometry"]!["type"]));
        var named = await receiver.NextAsync("/named");
        Assert.Contains(context, named.Headers["Link"], StringComparison.Ordinal);
        Assert.NotEqual("Building", (string?)named.Data[0]!["type"]); // the named context knows another Building
    }

    [Fact]
    public async Task Changes_are_shown_with_what_was_before_and_what_is_gone()
    {
        (await CreateAsync("urn:b:1", ""","speed":1,"at":{"type":"Relationship","object":"urn:c:1"},"name":{"type":"LanguageProperty","languageMap":{"ko":"가"}},"kind":{"type":"VocabProperty","vocab":"museum"}""")).Is(201);
        await SubscribeAsync("/changes", ""","notificationTrigger":["attributeCreated","attributeUpdated","attributeDeleted"]""", ""","showChanges":true""");
        await SubscribeAsync("/gone", ""","notificationTrigger":["entityDeleted"]""");
        (await door.PatchAsync("/entities/urn:b:1/attrs", """{"speed":2,"at":{"type":"Relationship","object":"urn:c:2"}}""")).Is(204);
        (await door.DeleteAsync("/entities/urn:b:1/attrs/name")).Is(204);
        (await door.DeleteAsync("/entities/urn:b:1")).Is(204);
        Answer.Same(JsonNode.Parse("""
            {"id":"urn:b:1","type":"Building","speed":{"type":"Property","value":2,"previousValue":1},"at":{"type":"Relationship","object":"urn:c:2","previousObject":"urn:c:1"},
            "name":{"type":"LanguageProperty","languageMap":{"ko":"가"}},"kind":{"type":"VocabProperty","vocab":"museum"}}
            """), (await receiver.NextAsync("/changes")).Data[0]);
        Answer.Same(JsonNode.Parse("""{"type":"LanguageProperty","languageMap":{"@none":"urn:ngsi-ld:null"},"previousLanguageMap":{"ko":"가"}}"""), (await receiver.NextAsync("/changes")).Data[0]!["name"]);
        var last = (await receiver.NextAsync("/changes")).Data[0]!;
        Answer.Same(JsonNode.Parse("""{"type":"VocabProperty","vocab":"urn:ngsi-ld:null","previousVocab":"museum"}"""), last["kind"]);
        Assert.NotNull(last["deletedAt"]);
        Assert.Equal(["deletedAt", "id", "type"], (await receiver.NextAsync("/gone")).Data[0]!.AsObject().Select(m => m.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Linked_entities_come_beside_or_inside()
    {
        (await door.PostAsync("/entities", """{"id":"urn:c:1","type":"City","name":"Daegu"}""")).Is(201);
        await SubscribeAsync("/flat", notification: ""","join":"flat","format":"simplified" """);
        await SubscribeAsync("/inline", notification: ""","join":"inline","joinLevel":1""");
        (await CreateAsync("urn:b:1", ""","in":{"type":"Relationship","object":"urn:c:1"}""")).Is(201);
        Answer.Same(JsonNode.Parse("""[{"id":"urn:b:1","type":"Building","in":"urn:c:1"},{"id":"urn:c:1","type":"City","name":"Daegu"}]"""), (await receiver.NextAsync("/flat")).Data);
        Answer.Same(JsonNode.Parse("""{"type":"Relationship","object":"urn:c:1","entity":{"id":"urn:c:1","type":"City","name":{"type":"Property","value":"Daegu"}}}"""), (await receiver.NextAsync("/inline")).Data[0]!["in"]);
    }

    [Fact]
    public async Task A_paused_an_expired_and_a_deleted_one_do_not_notify_and_a_new_one_tells_nothing_older()
    {
        (await CreateAsync("urn:b:1", ""","speed":1""")).Is(201);
        await SubscribeAsync("/paused", ""","isActive":false""");
        await SubscribeAsync("/deleted");
        await SubscribeAsync("/expired", $$""","expiresAt":"{{Timestamp.Format(DateTimeOffset.UtcNow.UtcDateTime.AddMilliseconds(300))}}" """);
        await SubscribeAsync("/live");
        (await door.DeleteAsync("/subscriptions/urn:s:deleted")).Is(204);
        await Task.Delay(400, TestContext.Current.CancellationToken);
        Assert.Equal("expired", (string?)(await door.GetAsync("/subscriptions/urn:s:expired")).Is(200).Body["status"]);
        (await door.PatchAsync("/entities/urn:b:1/attrs", """{"speed":2}""")).Is(204);
        Assert.Contains("\"value\":2", (await receiver.NextAsync("/live")).Body.ToJsonString(), StringComparison.Ordinal);
        (await door.PatchAsync("/subscriptions/urn:s:paused", """{"isActive":true}""")).Is(204);
        (await door.PatchAsync("/entities/urn:b:1/attrs", """{"speed":3}""")).Is(204);
        Assert.Contains("\"value\":3", (await receiver.NextAsync("/paused")).Body.ToJsonString(), StringComparison.Ordinal);
        Assert.True(receiver.Waiting("/deleted").Count == 0 && receiver.Waiting("/expired").Count == 0);
    }

    [Fact]
    public async Task Throttling_tells_the_first_change_at_once_and_the_last_state_afterwards()
    {
        await SubscribeAsync("/slow", ""","throttling":1""");
        (await CreateAsync("urn:b:1", ""","speed":0""")).Is(201);
        Assert.Equal(0, (int)(await receiver.NextAsync("/slow")).Data[0]!["speed"]!["value"]!);
        for (var i = 1; i <= 20; i++) (await door.PatchAsync("/entities/urn:b:1/attrs", $$"""{"speed":{{i}}}""")).Is(204);
        var tail = await UpToAsync("/slow", "\"value\":20");
        Assert.True(tail.Count <= 3, $"{tail.Count} notifications came within the throttling of a second.");
    }

    [Fact]
    public async Task An_interval_tells_what_matches_again_and_again_whatever_changes()
    {
        (await CreateAsync("urn:b:1", ""","speed":4""")).Is(201);
        await SubscribeAsync("/clock", ""","timeInterval":0.3,"q":"speed>3" """);
        var (first, second) = (await receiver.NextAsync("/clock"), await receiver.NextAsync("/clock"));
        Assert.NotEqual(first.Id, second.Id);
        Answer.Same(first.Data, second.Data);
        (await door.PatchAsync("/entities/urn:b:1/attrs", """{"speed":1}""")).Is(204);
        await Task.Delay(500, TestContext.Current.CancellationToken);
        receiver.Waiting("/clock");
        await Task.Delay(700, TestContext.Current.CancellationToken);
        Assert.Empty(receiver.Waiting("/clock")); // nothing matches, nothing is told
    }
}
