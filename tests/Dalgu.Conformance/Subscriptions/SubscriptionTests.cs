using Dalgu.Hub.Access;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Conformance.Subscriptions;

/// <summary>The operations on subscriptions (ETSI GS CIM 009, clauses 5.8.1 to 5.8.5 and 5.2.12 to 5.2.15).</summary>
public class SubscriptionTests(City city)
{
    private const string Id = "urn:ngsi-ld:Subscription:1";

    private static string Body(string members = "", string id = Id, string notification = "", string endpoint = "") =>
        $$"""{"id":"{{id}}","type":"Subscription","entities":[{"type":"Building"}]{{members}},"notification":{"endpoint":{"uri":"http://127.0.0.1:9/n"{{endpoint}} }{{notification}} } }""";

    [Fact]
    public async Task A_subscription_comes_back_as_it_was_sent_with_its_status_and_its_triggers()
    {
        var door = city.NewDoor();
        var created = (await door.PostAsync("/subscriptions", Body(""","description":"d","throttling":5,"q":"speed>1","notificationTrigger":["entityDeleted"]"""))).Is(201);
        Assert.Equal("/ngsi-ld/v1/subscriptions/" + Id, created.Header("Location"));
        (await door.GetAsync("/subscriptions/" + Id)).Is(200).Has("""
            {"id":"urn:ngsi-ld:Subscription:1","type":"Subscription","entities":[{"type":"Building"}],"description":"d","throttling":5,"q":"speed>1","notificationTrigger":["entityDeleted"],
            "status":"active","notification":{"endpoint":{"uri":"http://127.0.0.1:9/n"}}}
            """);
        var second = (await door.PostAsync("/subscriptions", """{"type":"Subscription","watchedAttributes":["speed"],"isActive":false,"notification":{"endpoint":{"uri":"http://127.0.0.1:9/n"}}}""")).Is(201);
        var paused = (await door.GetAsync(second.Header("Location")["/ngsi-ld/v1".Length..] + "?options=sysAttrs")).Is(200).Body;
        Assert.Equal("paused", (string?)paused["status"]);
        Assert.Equal(2, paused["notificationTrigger"]!.AsArray().Count);
        Assert.NotNull(paused["createdAt"]);
        Assert.Equal("2", (await door.GetAsync("/subscriptions?limit=1&count=true")).Is(200).Header("NGSILD-Results-Count"));
        (await door.DeleteAsync("/subscriptions/" + Id)).Is(204);
        (await door.GetAsync("/subscriptions/" + Id)).IsProblem(404, "ResourceNotFound");
        (await door.DeleteAsync("/subscriptions/" + Id)).IsProblem(404, "ResourceNotFound");
    }

    [Fact]
    public async Task Names_are_kept_as_IRIs_and_written_by_the_context_of_whoever_asks()
    {
        var context = city.Contexts.Serve("sub.jsonld", """{"@context":{"Building":"https://example.org/Building","Tower":"https://example.org/Tower","level":"https://example.org/level"}}""");
        var door = city.NewDoor();
        (await door.With(context).PostAsync("/subscriptions", """
            {"id":"urn:s:1","type":"Subscription","entities":[{"type":"(Building|Tower)"}],"watchedAttributes":["level"],"notification":{"attributes":["level"],"endpoint":{"uri":"http://127.0.0.1:9/n"}}}
            """)).Is(201);
        var plain = (await door.GetAsync("/subscriptions/urn:s:1")).Is(200).Body;
        Assert.Equal("(https://example.org/Building|https://example.org/Tower)", (string?)plain["entities"]![0]!["type"]);
        Assert.Equal("https://example.org/level", (string?)plain["watchedAttributes"]![0]);
        var named = (await door.With(context).GetAsync("/subscriptions/urn:s:1")).Is(200).Body;
        Assert.Equal("(Building|Tower)", (string?)named["entities"]![0]!["type"]);
        Assert.Equal("level", (string?)named["notification"]!["attributes"]![0]);
    }

    [Theory]
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}]}""")] // 5.2.12: notification is mandatory
    [InlineData("""{"type":"Sub","entities":[{"type":"B"}],"notification":{"endpoint":{"uri":"http://x/"}}}""")]
    [InlineData("""{"type":"Subscription","notification":{"endpoint":{"uri":"http://x/"}}}""")] // neither entities nor watchedAttributes
    [InlineData("""{"type":"Subscription","entities":[],"notification":{"endpoint":{"uri":"http://x/"}}}""")]
    [InlineData("""{"type":"Subscription","entities":[{"id":"urn:a:b"}],"notification":{"endpoint":{"uri":"http://x/"}}}""")] // 5.2.33: type is mandatory
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"notification":{"endpoint":{"uri":"ftp://x/"}}}""")]
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"notification":{"endpoint":{"uri":"mqtt://x"}}}""")] // no topic
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"notification":{"endpoint":{"uri":"mqtt://x/a","notifierInfo":[{"key":"MQTT-QoS","value":"3"}]}}}""")]
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"notification":{"endpoint":{"uri":"http://x/","accept":"text/html"}}}""")]
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"notification":{"endpoint":{"uri":"http://x/","receiverInfo":[{"key":"Host","value":"y"}]}}}""")]
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"notification":{"endpoint":{"uri":"http://x/","receiverInfo":[{"key":"A","value":"b\r\nC: d"}]}}}""")]
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"notification":{"endpoint":{"uri":"http://169.254.169.254/"}}}""")] // metadata, even where private addresses are allowed
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"notification":{"format":"xml","endpoint":{"uri":"http://x/"}}}""")]
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"notification":{"attributes":["a"],"pick":["a"],"endpoint":{"uri":"http://x/"}}}""")]
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"notification":{"omit":["a"],"pick":["a"],"endpoint":{"uri":"http://x/"}}}""")]
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"notification":{"joinLevel":2,"endpoint":{"uri":"http://x/"}}}""")]
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"timeInterval":5,"throttling":5,"notification":{"endpoint":{"uri":"http://x/"}}}""")]
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"timeInterval":5,"watchedAttributes":["a"],"notification":{"endpoint":{"uri":"http://x/"}}}""")]
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"throttling":-1,"notification":{"endpoint":{"uri":"http://x/"}}}""")]
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"expiresAt":"2020-01-01T00:00:00Z","notification":{"endpoint":{"uri":"http://x/"}}}""")]
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"q":"a>","notification":{"endpoint":{"uri":"http://x/"}}}""")]
    [InlineData("""{"type":"Subscription","entities":[{"type":"B","idPattern":"["}],"notification":{"endpoint":{"uri":"http://x/"}}}""")]
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"geoQ":{"georel":"near"},"notification":{"endpoint":{"uri":"http://x/"}}}""")]
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"notificationTrigger":["sometimes"],"notification":{"endpoint":{"uri":"http://x/"}}}""")]
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"jsonldContext":"nowhere","notification":{"endpoint":{"uri":"http://x/"}}}""")]
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"isActive":"yes","notification":{"endpoint":{"uri":"http://x/"}}}""")]
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"notification":{"endpoint":{"uri":"http://x/","receiverInfo":[{"key":"A","value":42}]}}}""")] // clause 5.2.22
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"geoQ":{},"notification":{"endpoint":{"uri":"http://x/"}}}""")] // 5.2.13
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"description":"urn:ngsi-ld:null","notification":{"endpoint":{"uri":"http://x/"}}}""")] // 5.2.1
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"localOnly":"yes","notification":{"endpoint":{"uri":"http://x/"}}}""")]
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"splitEntities":1,"notification":{"endpoint":{"uri":"http://x/"}}}""")]
    [InlineData("""{"type":"Subscription","entities":[{"type":"B"}],"notification":{"attributes":["a","scope"],"endpoint":{"uri":"http://x/"}}}""")]
    [InlineData("""{"id":"no uri","type":"Subscription","entities":[{"type":"B"}],"notification":{"endpoint":{"uri":"http://x/"}}}""")]
    [InlineData("""[]""")]
    public async Task A_subscription_that_breaks_a_rule_is_refused(string body)
    {
        var door = city.NewDoor();
        (await door.PostAsync("/subscriptions", body)).IsProblem(400, "BadRequestData");
        (await door.GetAsync("/subscriptions")).IsProblem(404, "NonexistentTenant"); // nothing of it is there, not even its tenant
    }

    [Fact]
    public async Task A_later_end_alone_makes_an_expired_subscription_active() // clause 5.8.2.4
    {
        var clock = new ShiftedClock();
        await using var server = await TestServer.StartAsync(o => o with { Clock = clock, Hub = o.Hub with { AllowPrivateAddresses = true } });
        var door = new Door(server.Client, "");
        (await door.PostAsync("/subscriptions", Body($""","expiresAt":"{Timestamp.Format(clock.GetUtcNow().UtcDateTime.AddHours(1))}" """))).Is(201);
        Assert.Equal("active", (string?)(await door.GetAsync("/subscriptions/" + Id)).Is(200).Body["status"]);
        clock.Shift = TimeSpan.FromHours(2);
        foreach (var (change, status) in ((string, string)[])[("""{"isActive":true}""", "expired"), ("""{"isActive":false}""", "expired"), ("""{"expiresAt":"2099-01-01T00:00:00Z"}""", "active")])
        {
            (await door.PatchAsync("/subscriptions/" + Id, change)).Is(204);
            Assert.Equal(status, (string?)(await door.GetAsync("/subscriptions/" + Id)).Is(200).Body["status"]);
        }
    }

    [Fact]
    public async Task A_change_replaces_members_null_takes_them_away_and_what_breaks_a_rule_changes_nothing()
    {
        var door = city.NewDoor();
        (await door.PostAsync("/subscriptions", Body(""","throttling":5,"description":"d" """))).Is(201);
        (await door.PostAsync("/subscriptions", Body())).IsProblem(409, "AlreadyExists");
        (await door.PatchAsync("/subscriptions/" + Id, """{"throttling":null,"description":"e","isActive":false}""")).Is(204);
        var changed = (await door.GetAsync("/subscriptions/" + Id)).Is(200).Body;
        Assert.Equal(("e", "paused", false), ((string?)changed["description"], (string?)changed["status"], changed.AsObject().ContainsKey("throttling")));
        (await door.PatchAsync("/subscriptions/" + Id, """{"notification":{"format":"keyValues"}}""")).IsProblem(400, "BadRequestData");
        (await door.PatchAsync("/subscriptions/" + Id, """{"notification":null}""")).IsProblem(400, "BadRequestData");
        (await door.PatchAsync("/subscriptions/" + Id, """{"id":"urn:other:1"}""")).IsProblem(400, "BadRequestData");
        (await door.PatchAsync("/subscriptions/" + Id, """{"expiresAt":"2020-01-01T00:00:00Z"}""")).IsProblem(400, "BadRequestData");
        (await door.PatchAsync("/subscriptions/urn:none:1", "{}")).IsProblem(404, "ResourceNotFound");
        Answer.Same(changed, (await door.GetAsync("/subscriptions/" + Id)).Is(200).Body);
    }

    [Fact]
    public async Task Whoever_may_not_write_manages_none_and_officials_see_their_own_alone()
    {
        using var reader = await city.AsAsync(Role.Reader);
        using var one = await city.AsAsync(Role.Official, "city");
        using var other = await city.AsAsync(Role.Official, "city");
        (await new Door(city.Anonymous, "").PostAsync("/subscriptions", Body())).Is(401);
        (await new Door(reader, "").PostAsync("/subscriptions", Body())).Is(403);
        var id = "urn:ngsi-ld:Subscription:own";
        (await new Door(one, "").PostAsync("/subscriptions", Body(id: id, endpoint: ""","receiverInfo":[{"key":"Authorization","value":"Bearer secret"}]"""))).Is(201);
        Assert.Contains("Bearer secret", (await new Door(one, "").GetAsync("/subscriptions/" + id)).Is(200).Text, StringComparison.Ordinal);
        (await new Door(other, "").GetAsync("/subscriptions/" + id)).IsProblem(404, "ResourceNotFound");
        (await new Door(other, "").DeleteAsync("/subscriptions/" + id)).IsProblem(404, "ResourceNotFound");
        Assert.DoesNotContain("secret", (await new Door(city.Client, "").GetAsync("/subscriptions/" + id)).Is(200).Text, StringComparison.Ordinal);
        (await new Door(city.Client, "").DeleteAsync("/subscriptions/" + id)).Is(204);
    }
}
