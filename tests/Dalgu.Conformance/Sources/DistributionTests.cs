using System.Text.Json.Nodes;
using Dalgu.Hub.Http;
using Xunit;

namespace Dalgu.Conformance.Sources;

/// <summary>Clause 4.3.6 and what 5.6 and 5.7 say of registered sources. The source is another tenant of the same instance, asked through its own door.</summary>
public class DistributionTests(City city)
{
    private const string Path = "/csourceRegistrations", Road = "urn:ngsi-ld:Road:1";
    private const string AllOps = """["redirectionOps","createBatch","upsertBatch","updateBatch","deleteBatch","mergeBatch","federationOps","retrieveTemporal","queryTemporal"]""";

    private static string Entity(string attributes, string id = Road) => $$"""{"id":"{{id}}","type":"Road",{{attributes}}}""";

    private static string Number(string name, double value, string more = "") => $$""" "{{name}}":{"type":"Property","value":{{value}}{{more}}} """;

    /// <summary>Registers a source at a broker.</summary>
    private async Task RegisterAsync(Door broker, Door source, string mode = "inclusive", string entities = """[{"type":"Road"}]""", string? attributes = null, string operations = AllOps, string more = "", string id = "1") =>
        (await broker.PostAsync(Path, $$"""
            {"id":"urn:ngsi-ld:ContextSourceRegistration:{{id}}","type":"ContextSourceRegistration","mode":"{{mode}}","operations":{{operations}},"endpoint":"{{city.Address.ToString().TrimEnd('/')}}","tenant":"{{source.Tenant}}",
             "information":[{"entities":{{entities}}{{(attributes is null ? "" : $",\"propertyNames\":{attributes}")}}}],
             "contextSourceInfo":[{"key":"Authorization","value":"{{city.Client.DefaultRequestHeaders.Authorization}}"}]{{more}}}
            """)).Is(201);

    private async Task<(Door Broker, Door Source)> PairAsync()
    {
        var (broker, source) = (city.NewDoor(), city.NewDoor());
        await city.Hub.TenantAsync(broker.Tenant, create: true, TestContext.Current.CancellationToken);
        await city.Hub.TenantAsync(source.Tenant, create: true, TestContext.Current.CancellationToken);
        return (broker, source);
    }

    private static double? Value(JsonNode entity, string attribute) => (double?)entity[attribute]?["value"];

    [Fact]
    public async Task A_redirected_entity_lives_at_its_source_alone()
    {
        var (broker, source) = await PairAsync();
        await RegisterAsync(broker, source, "redirect");
        Assert.Equal($"/ngsi-ld/v1/entities/{Road}", (await broker.PostAsync("/entities", Entity(Number("speed", 50)))).Is(201).Header("Location"));
        (await broker.GetAsync($"/entities/{Road}?local=true")).Is(404);
        Assert.Equal(50, Value(await source.EntityAsync(Road), "speed"));
        Assert.Equal(50, Value(await broker.EntityAsync(Road), "speed"));
        (await broker.PatchAsync($"/entities/{Road}/attrs", $"{{{Number("speed", 60)}}}")).Is(204);
        (await broker.PostAsync($"/entities/{Road}/attrs", $"{{{Number("lanes", 4)}}}")).Is(204);
        (await broker.PatchAsync($"/entities/{Road}", $"{{{Number("width", 12)}}}")).Is(204);
        (await broker.PatchAsync($"/entities/{Road}/attrs/lanes", """{"value":6}""")).Is(204);
        (await broker.PutAsync($"/entities/{Road}/attrs/width", """{"type":"Property","value":13}""")).Is(204);
        var there = await source.EntityAsync(Road);
        Assert.Equal((60, 6, 13), (Value(there, "speed"), Value(there, "lanes"), Value(there, "width")));
        (await broker.DeleteAsync($"/entities/{Road}/attrs/width")).Is(204);
        Assert.Null((await source.EntityAsync(Road))["width"]);
        (await broker.DeleteAsync($"/entities/{Road}")).Is(204);
        (await source.GetAsync($"/entities/{Road}")).Is(404);
        (await broker.GetAsync($"/entities/{Road}")).Is(404);
    }

    [Fact]
    public async Task An_attribute_that_a_source_alone_has_goes_there_and_the_rest_stays()
    {
        var (broker, source) = await PairAsync();
        await RegisterAsync(broker, source, "exclusive", $$"""[{"type":"Road","id":"{{Road}}"}]""", """["speed"]""");
        (await source.PostAsync("/entities", Entity(Number("grade", 1)))).Is(201);
        (await broker.PostAsync("/entities", Entity(Number("lanes", 4)))).Is(201);
        (await broker.PostAsync($"/entities/{Road}/attrs", $"{{{Number("speed", 70)},{Number("width", 9)}}}")).Is(204);
        var here = await broker.EntityAsync(Road, "?local=true");
        Assert.Equal((null, 9, 4), (Value(here, "speed"), Value(here, "width"), Value(here, "lanes")));
        var whole = await broker.EntityAsync(Road);
        Assert.Equal((70, 9, null), (Value(whole, "speed"), Value(whole, "width"), Value(whole, "grade")));
        // A filter over what two places have is asked of the whole entity.
        Assert.Equal(["1"], await broker.IdsAsync("type=Road&q=speed>60;lanes==4"));
        Assert.Empty(await broker.IdsAsync("type=Road&q=speed>80;lanes==4"));
    }

    [Fact]
    public async Task Of_two_values_the_newer_one_counts_and_an_auxiliary_source_only_fills_gaps()
    {
        var (broker, source) = await PairAsync();
        await RegisterAsync(broker, source, operations: """["retrieveOps"]""");
        (await broker.PostAsync("/entities", Entity(Number("speed", 1, ""","observedAt":"2026-01-01T00:00:00Z" """) + "," + Number("lanes", 4)))).Is(201);
        (await source.PostAsync("/entities", Entity(Number("speed", 2, ""","observedAt":"2026-01-02T00:00:00Z" """) + "," + Number("width", 9)))).Is(201);
        var merged = await broker.EntityAsync(Road);
        Assert.Equal((2, 4, 9), (Value(merged, "speed"), Value(merged, "lanes"), Value(merged, "width")));
        // What was observed counts before what is only recorded, be it later (clause 4.5.5.3).
        (await source.PatchAsync($"/entities/{Road}/attrs", $"{{{Number("speed", 3)}}}")).Is(204);
        Assert.Equal(1, Value(await broker.EntityAsync(Road), "speed"));
        (await broker.PatchAsync(Path + "/urn:ngsi-ld:ContextSourceRegistration:1", """{"mode":"auxiliary"}""")).Is(204);
        merged = await broker.EntityAsync(Road);
        Assert.Equal((1, 4, 9), (Value(merged, "speed"), Value(merged, "lanes"), Value(merged, "width")));
    }

    [Fact]
    public async Task A_source_that_does_not_offer_the_operation_is_not_asked()
    {
        var (broker, source) = await PairAsync();
        await RegisterAsync(broker, source, "redirect", operations: """["retrieveOps"]""");
        (await broker.PostAsync("/entities", Entity(Number("speed", 50)))).IsProblem(409, "Conflict");
        (await source.GetAsync($"/entities/{Road}")).Is(404);
        (await broker.GetAsync($"/entities/{Road}?local=true")).Is(404);
    }

    [Fact]
    public async Task What_one_place_cannot_do_is_told_and_what_another_did_stays()
    {
        var (broker, source) = await PairAsync();
        (await source.PostAsync("/entities", Entity(Number("speed", 1)))).Is(201);
        await RegisterAsync(broker, source);
        var answer = (await broker.PostAsync("/entities", Entity(Number("speed", 2)))).Is(207).Body;
        Assert.Equal((409, "urn:ngsi-ld:ContextSourceRegistration:1"), ((int?)answer["errors"]![0]!["error"]!["status"], (string?)answer["errors"]![0]!["registrationId"]));
        (await broker.GetAsync($"/entities/{Road}?local=true")).Is(200);
        var changed = (await broker.PatchAsync($"/entities/{Road}/attrs", """{"none":"urn:ngsi-ld:null"}""")).Is(207).Body;
        Assert.Equal(2, changed["notUpdated"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_batch_goes_to_each_place_in_parts()
    {
        var (broker, source) = await PairAsync();
        await RegisterAsync(broker, source, "redirect", """[{"type":"Road","idPattern":".*:1$"}]""");
        (await broker.PostAsync("/entityOperations/create", $"[{Entity(Number("speed", 1))},{Entity(Number("speed", 2), "urn:ngsi-ld:Road:2")}]")).Is(201);
        Assert.Equal(["1"], await source.IdsAsync("type=Road"));
        Assert.Equal(["2"], await broker.IdsAsync("type=Road&local=true"));
        (await broker.PostAsync("/entityOperations/upsert?options=update", $"[{Entity(Number("lanes", 3))}]")).Is(204);
        Assert.Equal((1, 3), (Value(await source.EntityAsync(Road), "speed"), Value(await source.EntityAsync(Road), "lanes")));
        var deleted = (await broker.PostAsync("/entityOperations/delete", $"[\"{Road}\",\"urn:ngsi-ld:Road:2\",\"urn:ngsi-ld:Road:3\"]")).Is(207).Body;
        Assert.Equal(2, deleted["success"]!.AsArray().Count);
        Assert.Empty(await broker.IdsAsync("type=Road"));
    }

    [Fact]
    public async Task A_query_is_a_union_in_pages_and_a_map_keeps_it()
    {
        var (broker, source) = await PairAsync();
        await RegisterAsync(broker, source);
        (await broker.PostAsync("/entities?local=true", Entity(Number("speed", 1)))).Is(201);
        for (var i = 1; i < 4; i++) (await source.PostAsync("/entities", Entity(Number("lanes", i), $"urn:ngsi-ld:Road:{i}"))).Is(201);
        var page = (await broker.GetAsync("/entities?type=Road&limit=2&count=true")).Is(200);
        Assert.Equal(("3", 2), (page.Header("NGSILD-Results-Count"), page.Body.AsArray().Count));
        Assert.Contains("rel=\"next\"", page.Header("Link"), StringComparison.Ordinal);
        var mapped = (await broker.GetAsync("/entities?type=Road&entityMap=true")).Is(201).Header("NGSILD-EntityMap");
        var map = (await broker.GetAsync(mapped[NgsiLdRoutes.Root.Length..])).Is(200).Body["entityMap"]!;
        Assert.Equal("""["@none","urn:ngsi-ld:ContextSourceRegistration:1"]""", map[Road]!.ToJsonString());
        Assert.Equal("""["urn:ngsi-ld:ContextSourceRegistration:1"]""", map["urn:ngsi-ld:Road:3"]!.ToJsonString());
        (await broker.GetAsync("/entities?type=Road&orderBy=speed")).IsProblem(400, "BadRequestData");
        Assert.Equal(["1"], await broker.IdsAsync("type=Road&local=true"));
    }

    [Fact]
    public async Task Histories_types_and_attributes_are_gathered_too()
    {
        var (broker, source) = await PairAsync();
        await RegisterAsync(broker, source);
        (await broker.PostAsync("/temporal/entities?local=true", Entity(Number("speed", 1, ""","observedAt":"2026-01-01T00:00:00Z" """)))).Is(201);
        (await source.PostAsync("/temporal/entities", Entity(Number("speed", 2, ""","observedAt":"2026-01-02T00:00:00Z" """)))).Is(201);
        (await source.PostAsync("/entities", """{"id":"urn:ngsi-ld:Bus:1","type":"Bus","line":{"type":"Property","value":7}}""")).Is(201);
        var values = (await broker.GetAsync($"/temporal/entities/{Road}?timerel=after&timeAt=2020-01-01T00:00:00Z&options=temporalValues")).Is(200).Body["speed"]!["values"]!;
        Assert.Equal("""[[1,"2026-01-01T00:00:00Z"],[2,"2026-01-02T00:00:00Z"]]""", values.ToJsonString());
        var last = (await broker.GetAsync("/temporal/entities?type=Road&timerel=after&timeAt=2020-01-01T00:00:00Z&lastN=1")).Is(200).Body[0]!["speed"]!.AsArray();
        Assert.Equal(2, (double?)Assert.Single(last)!["value"]);
        Assert.Contains("Bus", (await broker.GetAsync("/types")).Is(200).Body["typeList"]!.AsArray().Select(t => (string)t!));
        Assert.Contains("line", (await broker.GetAsync("/attributes")).Is(200).Body["attributeList"]!.AsArray().Select(t => (string)t!));
    }

    [Theory] // clauses 5.6.11.4 to 5.6.16.4
    [InlineData("redirect"), InlineData("inclusive")]
    public async Task Histories_are_written_where_they_belong(string mode)
    {
        const string operations = """["upsertTemporal","appendAttrsTemporal","deleteAttrsTemporal","updateAttrInstanceTemporal","deleteAttrInstanceTemporal","deleteTemporal","retrieveTemporal"]""";
        const string at = "/temporal/entities/" + Road;
        var (broker, source) = await PairAsync();
        var isBoth = mode == "inclusive";
        await RegisterAsync(broker, source, mode, operations: operations);
        static int Count(Answer answer, string attribute) => answer.Status == 404 || answer.Body[attribute] is not JsonArray instances ? 0 : instances.Count;
        async Task HaveAsync(string attribute, int there)
        {
            Assert.Equal(there, Count(await source.GetAsync(at), attribute));
            Assert.Equal(isBoth ? there : 0, Count(await broker.GetAsync(at + "?local=true"), attribute));
        }

        string Speed(int day) => Number("speed", day, $",\"observedAt\":\"2026-01-0{day}T00:00:00Z\" ");
        Assert.Equal("/ngsi-ld/v1" + at, (await broker.PostAsync("/temporal/entities", Entity(Speed(1)))).Is(201).Header("Location"));
        (await broker.PostAsync("/temporal/entities", Entity(Speed(2)))).Is(204);
        (await broker.PostAsync(at + "/attrs", $"{{{Speed(3)},{Number("lanes", 4, ",\"observedAt\":\"2026-01-01T00:00:00Z\" ")}}}")).Is(204);
        await HaveAsync("speed", 3);
        await HaveAsync("lanes", 1);
        (await broker.DeleteAsync(at + "/attrs/lanes")).Is(204);
        await HaveAsync("lanes", 0);
        if (!isBoth) // of an instance that has a name of its own in each place one place alone knows it
        {
            var instance = (string)(await source.GetAsync(at)).Body["speed"]![0]!["instanceId"]!;
            (await broker.PatchAsync($"{at}/attrs/speed/{instance}", """{"speed":[{"type":"Property","value":9,"observedAt":"2026-01-01T00:00:00Z"}]}""")).Is(204);
            Assert.Equal(9, (double)(await source.GetAsync(at)).Body["speed"]![0]!["value"]!);
            (await broker.DeleteAsync($"{at}/attrs/speed/{instance}")).Is(204);
            await HaveAsync("speed", 2);
        }
        (await broker.DeleteAsync(at)).Is(204);
        await HaveAsync("speed", 0);
        (await broker.GetAsync(at)).Is(404);
    }

    [Fact]
    public async Task A_history_that_a_source_alone_has_is_not_written_where_it_does_not_offer_that()
    {
        var (broker, source) = await PairAsync();
        await RegisterAsync(broker, source, "redirect", operations: """["retrieveTemporal"]""");
        var speed = Number("speed", 1, ",\"observedAt\":\"2026-01-01T00:00:00Z\" ");
        (await broker.PostAsync("/temporal/entities", Entity(speed))).IsProblem(409, "Conflict");
        (await broker.PostAsync($"/temporal/entities/{Road}/attrs", $"{{{speed}}}")).IsProblem(409, "Conflict");
        (await broker.DeleteAsync($"/temporal/entities/{Road}/attrs/speed")).IsProblem(409, "Conflict");
    }

    [Fact]
    public async Task A_circle_of_registrations_is_not_followed()
    {
        var (broker, other) = await PairAsync();
        await RegisterAsync(broker, other, "redirect");
        await RegisterAsync(other, broker, "redirect");
        (await broker.PatchAsync($"/entities/{Road}/attrs", $"{{{Number("speed", 1)}}}")).IsProblem(508, "LoopDetected");
        var read = (await broker.GetAsync("/entities?type=Road")).Is(200);
        Assert.Equal("[]", read.Text);
        Assert.StartsWith("199 ", read.Header("NGSILD-Warning"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_that_is_gone_costs_a_warning_and_no_more()
    {
        var (broker, _) = await PairAsync();
        (await broker.PostAsync(Path, """{"type":"ContextSourceRegistration","information":[{"entities":[{"type":"Road"}]}],"endpoint":"http://127.0.0.1:9"}""")).Is(201);
        (await broker.PostAsync("/entities?local=true", Entity(Number("speed", 1)))).Is(201);
        var read = (await broker.GetAsync("/entities?type=Road")).Is(200);
        Assert.Single(read.Body.AsArray());
        Assert.StartsWith("199 ", read.Header("NGSILD-Warning"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_may_not_see_a_type_does_not_see_it_at_a_source()
    {
        await using var server = await Testing.TestServer.StartAsync(o => o with { Hub = o.Hub with { AllowPrivateAddresses = true } });
        var (broker, source) = (new Door(server.Client, ""), new Door(server.Client, "source"));
        (await source.PostAsync("/entities", Entity(Number("speed", 1)))).Is(201);
        (await broker.PostAsync(Path, $$"""
            {"type":"ContextSourceRegistration","information":[{"entities":[{"type":"Road"}]}],"endpoint":"{{server.Address.ToString().TrimEnd('/')}}","tenant":"source",
             "contextSourceInfo":[{"key":"Authorization","value":"{{server.Client.DefaultRequestHeaders.Authorization}}"}]}
            """)).Is(201);
        (await broker.GetAsync($"/entities/{Road}")).Is(200);
        var anonymous = new Door(server.Anonymous, "");
        (await anonymous.GetAsync($"/entities/{Road}")).Is(404);
        Assert.Equal("[]", (await anonymous.GetAsync("/entities?type=Road")).Is(200).Text);
    }

    [Fact]
    public async Task An_instance_says_who_it_is_for_each_tenant()
    {
        var (one, other) = await PairAsync();
        var (a, b) = ((await one.GetAsync("/info/sourceIdentity")).Is(200).Body, (await other.GetAsync("/info/sourceIdentity")).Is(200).Body);
        Assert.Equal("ContextSourceIdentity", (string?)a["type"]);
        Assert.NotEqual((string?)a["contextSourceAlias"], (string?)b["contextSourceAlias"]);
        Assert.Equal((string?)a["contextSourceAlias"], (string?)(await one.GetAsync("/info/sourceIdentity")).Body["contextSourceAlias"]);
    }
}
