using System.Text.Json.Nodes;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Conformance.Snapshots;

/// <summary>Clauses 5.16 (snapshots), 5.2.41 and 5.2.42 (their members), 5.5.15 and 6.3.22 (operations on one).</summary>
public sealed class SnapshotTests(City city)
{
    private const string Header = "NGSILD-Snapshot";
    private static readonly string[] Roads =
    [
        """{"id":"urn:ngsi-ld:X:fast","type":"Road","speed":{"type":"Property","value":80,"observedAt":"2026-11-23T08:00:00Z"},"name":"달구벌대로","note":{"type":"Property","value":1,"datasetId":"urn:ngsi-ld:Dataset:a"}}""",
        """{"id":"urn:ngsi-ld:X:slow","type":"Road","speed":{"type":"Property","value":30,"observedAt":"2026-11-23T08:00:00Z"}}""",
    ];
    private const string OfRoads = """ "snapshotQueries":[{"type":"Query","entities":[{"type":"Road"}]}]""";

    private static async Task<string> CreateAsync(Door door, string members, string path = "/snapshots")
    {
        var location = (await door.PostAsync(path, $$"""{"type":"Snapshot"{{(members.Length == 0 ? "" : ",")}}{{members}}}""")).Is(201).Header("Location");
        Assert.StartsWith("/ngsi-ld/v1/snapshots/urn:", location, StringComparison.Ordinal);
        return location["/ngsi-ld/v1/snapshots/".Length..];
    }

    private static async Task<JsonNode> ReadyAsync(Door door, string id)
    {
        for (var attempt = 0; ; attempt++)
        {
            var snapshot = (await door.GetAsync("/snapshots/" + id)).Is(200).Body;
            if ((string?)snapshot["snapshotStatus"] != "preparing") return snapshot;
            Assert.True(attempt < 500, "The snapshot is still being filled.");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<(string Id, Door Inside)> FrozenAsync(Door door, string members = OfRoads)
    {
        var id = await CreateAsync(door, members);
        await ReadyAsync(door, id);
        return (id, door.WithHeader(Header, id));
    }

    [Fact]
    public async Task A_snapshot_keeps_what_its_queries_found_whatever_changes_since()
    {
        var door = await city.NewDoorAsync(Roads);
        var id = await CreateAsync(door, """ "snapshotQueries":[{"type":"Query","entities":[{"type":"Road"}],"q":"speed>50"}]""");
        var status = await ReadyAsync(door, id);
        Assert.Equal(("Snapshot", "success", 5, "success"), ((string?)status["type"], (string?)status["snapshotStatus"], (int)status["snapshotPriority"]!, (string?)status["snapshotQueriesDetails"]![0]!["resultStatus"]));
        foreach (var time in new[] { "createdAt", "modifiedAt", "expiresAt", "lastUsedAt" }) Assert.NotNull(status[time]);

        var inside = door.WithHeader(Header, id);
        var before = await door.GetAsync("/entities/urn:ngsi-ld:X:fast?options=sysAttrs");
        (await door.PatchAsync("/entities/urn:ngsi-ld:X:fast/attrs", """{"speed":10}""")).Is(204);
        (await door.DeleteAsync("/entities/urn:ngsi-ld:X:slow")).Is(204);
        Assert.Equal(["fast"], await inside.IdsAsync("type=Road"));
        var frozen = (await inside.GetAsync("/entities/urn:ngsi-ld:X:fast?options=sysAttrs")).Is(200);
        Assert.Equal((id, door.Tenant), (frozen.Header(Header), frozen.Header("NGSILD-Tenant")));
        Answer.Same(before.Body, frozen.Body); // createdAt and modifiedAt are those of then
        (await inside.GetAsync("/entities/urn:ngsi-ld:X:slow")).IsProblem(404, "ResourceNotFound");
        (await inside.GetAsync("/types")).Is(200);
    }

    [Fact]
    public async Task What_is_written_in_a_snapshot_stays_in_it()
    {
        var door = await city.NewDoorAsync(Roads);
        var (id, inside) = await FrozenAsync(door);
        (await inside.PatchAsync("/entities/urn:ngsi-ld:X:fast/attrs", """{"speed":99}""")).Is(204);
        (await inside.PostAsync("/entities", """{"id":"urn:ngsi-ld:X:planned","type":"Road"}""")).Is(201);
        (await inside.PostAsync("/entityOperations/upsert", """[{"id":"urn:ngsi-ld:X:other","type":"Road"}]""")).Is(201);
        Assert.Equal(["fast", "other", "planned", "slow"], await inside.IdsAsync("type=Road"));
        Assert.Equal(["fast", "slow"], await door.IdsAsync("type=Road"));
        Assert.Equal(80, (int)(await door.EntityAsync("urn:ngsi-ld:X:fast"))["speed"]!["value"]!);
        Assert.Single((await inside.GetAsync("/temporal/entities/urn:ngsi-ld:X:planned?timerel=after&timeAt=2020-01-01T00:00:00Z&timeproperty=modifiedAt")).Is(200).Body.AsObject(), m => m.Key == "type");
        (await inside.PostAsync("/csourceRegistrations", """{"type":"ContextSourceRegistration","information":[{"entities":[{"type":"Road"}]}],"endpoint":"http://127.0.0.1:9/"}""")).IsProblem(422, "OperationNotSupported");
        await foreach (var contradiction in (await city.Hub.OpenStoreAsync(await StoreOfAsync(door, id))).VerifyAsync()) Assert.Fail(contradiction);
    }

    /// <summary>The name of the store that holds a snapshot.</summary>
    private async Task<string> StoreOfAsync(Door door, string id)
    {
        await foreach (var document in (await city.Hub.TenantAsync(door.Tenant)).DocumentsAsync("snapshots"))
            if (document.Id == id) return (string)JsonNode.Parse(document.Body!)!["store"]!;
        throw new InvalidOperationException($"There is no snapshot {id}.");
    }

    [Fact]
    public async Task A_subscription_of_a_snapshot_tells_of_the_snapshot_and_says_so()
    {
        var door = await city.NewDoorAsync(Roads);
        await using var receiver = await Receiver.StartAsync();
        var (id, inside) = await FrozenAsync(door);
        (await inside.PostAsync("/subscriptions", $$"""{"id":"urn:s:1","type":"Subscription","entities":[{"type":"Road"}],"notification":{"endpoint":{"uri":"{{receiver.Address}}/in"} } }""")).Is(201);
        (await door.GetAsync("/subscriptions/urn:s:1")).IsProblem(404, "ResourceNotFound");
        (await door.PatchAsync("/entities/urn:ngsi-ld:X:fast/attrs", """{"speed":1}""")).Is(204);
        (await inside.PatchAsync("/entities/urn:ngsi-ld:X:fast/attrs", """{"speed":2}""")).Is(204);
        var received = await receiver.NextAsync("/in");
        Assert.Equal((2, id, door.Tenant), ((int)received.Data[0]!["speed"]!["value"]!, received.Headers[Header], received.Headers["NGSILD-Tenant"]));
    }

    [Fact]
    public async Task Queries_choose_members_and_each_says_what_became_of_it()
    {
        var door = await city.NewDoorAsync(Roads);
        var (id, inside) = await FrozenAsync(door, """ "snapshotQueries":[{"type":"Query","entities":[{"type":"Road"}],"pick":["id","type","speed"]},{"type":"Query","entities":[{"type":"Tram"}]}]""");
        var status = await ReadyAsync(door, id);
        Assert.Equal(("partial", "success", "empty"), ((string?)status["snapshotStatus"], (string?)status["snapshotQueriesDetails"]![0]!["resultStatus"], (string?)status["snapshotQueriesDetails"]![1]!["resultStatus"]));
        Assert.Null((await inside.EntityAsync("urn:ngsi-ld:X:fast"))["name"]);
        var (empty, _) = await FrozenAsync(door, """ "snapshotQueries":[{"type":"Query","entities":[{"type":"Tram"}]}]""");
        Assert.Equal("empty", (string?)(await ReadyAsync(door, empty))["snapshotStatus"]);
    }

    [Fact]
    public async Task Temporal_queries_freeze_evolutions()
    {
        var door = await city.NewDoorAsync(Roads);
        (await door.PatchAsync("/entities/urn:ngsi-ld:X:fast/attrs", """{"speed":{"type":"Property","value":90,"observedAt":"2026-11-23T09:00:00Z"}}""")).Is(204);
        var (id, inside) = await FrozenAsync(door, """ "snapshotTemporalQueries":[{"type":"Query","entities":[{"type":"Road"}],"q":"speed>50","temporalQ":{"timerel":"after","timeAt":"2026-11-23T00:00:00Z"}}]""");
        Assert.Equal("success", (string?)(await ReadyAsync(door, id))["snapshotTemporalQueriesDetails"]![0]!["resultStatus"]);
        (await door.DeleteAsync("/temporal/entities/urn:ngsi-ld:X:fast")).Is(204);
        const string path = "/temporal/entities/urn:ngsi-ld:X:fast?options=temporalValues&attrs=speed";
        (await door.GetAsync(path)).Is(404);
        Answer.Same(JsonNode.Parse("""[[80,"2026-11-23T08:00:00Z"],[90,"2026-11-23T09:00:00Z"]]"""), (await inside.GetAsync(path)).Is(200).Body["speed"]!["values"]);
        (await inside.GetAsync("/temporal/entities/urn:ngsi-ld:X:slow")).Is(404);
    }

    [Theory]
    [InlineData("""{"type":"Snapshot"}""")]
    [InlineData("""{"snapshotQueries":[{"type":"Query","entities":[{"type":"Road"}]}]}""")]
    [InlineData("""{"type":"Snapshot","snapshotQueries":[]}""")]
    [InlineData("""{"type":"Snapshot","snapshotQueries":[{"type":"Query"}]}""")]
    [InlineData("""{"type":"Snapshot","snapshotQueries":[{"type":"Query","entities":[{"type":"Road"}],"q":"speed=="}]}""")]
    [InlineData("""{"type":"Snapshot","snapshotQueries":[{"type":"Query","entities":[{"type":"Road"}],"temporalQ":{"timerel":"after","timeAt":"2020-01-01T00:00:00Z"}}]}""")]
    [InlineData("""{"type":"Snapshot","snapshotTemporalQueries":[{"type":"Query","entities":[{"type":"Road"}]}]}""")]
    [InlineData("""{"type":"Snapshot","snapshotQueries":[{"type":"Query","entities":[{"type":"Road"}]}],"snapshotPriority":11}""")]
    [InlineData("""{"type":"Snapshot","snapshotQueries":[{"type":"Query","entities":[{"type":"Road"}]}],"snapshotPriority":1.5}""")]
    [InlineData("""{"type":"Snapshot","snapshotQueries":[{"type":"Query","entities":[{"type":"Road"}]}],"snapshotLifetime":"soon"}""")]
    [InlineData("""{"type":"Snapshot","snapshotQueries":[{"type":"Query","entities":[{"type":"Road"}]}],"endpoint":"nowhere"}""")]
    [InlineData("""{"type":"Snapshot","snapshotQueries":[{"type":"Query","entities":[{"type":"Road"}]}],"id":"not a uri"}""")]
    [InlineData("""{"type":"Snapshot","snapshotQueries":[{"type":"Query","entities":[{"type":"Road"}]}],"colour":"red"}""")]
    public async Task A_snapshot_that_breaks_a_rule_is_refused(string body) => (await (await city.NewDoorAsync(Roads)).PostAsync("/snapshots", body)).IsProblem(400, "BadRequestData");

    [Fact]
    public async Task What_does_not_exist_is_said_so()
    {
        var (door, other) = (await city.NewDoorAsync(Roads), await city.NewDoorAsync(Roads));
        var (id, _) = await FrozenAsync(door);
        foreach (var inside in new[] { door.WithHeader(Header, "urn:ngsi-ld:Snapshot:none"), other.WithHeader(Header, id) }) (await inside.GetAsync("/entities?type=Road")).IsProblem(404, "ResourceNotFound");
        (await door.GetAsync("/snapshots/urn:ngsi-ld:Snapshot:none")).IsProblem(404, "ResourceNotFound");
        (await other.DeleteAsync("/snapshots/" + id)).IsProblem(404, "ResourceNotFound");
        (await door.GetAsync("/snapshots/none")).IsProblem(400, "BadRequestData");
        (await door.PostAsync("/snapshots/urn:ngsi-ld:Snapshot:none/clone", """{"type":"Snapshot"}""")).IsProblem(404, "ResourceNotFound");
        (await door.PostAsync("/snapshots", $$"""{"type":"Snapshot","id":"{{id}}",{{OfRoads}}}""")).IsProblem(409, "AlreadyExists");
        (await new Door(city.Client, await StoreOfAsync(door, id)).GetAsync("/entities?type=Road")).IsProblem(400, "BadRequestData"); // what holds a snapshot is no tenant
        (await door.GetAsync("/snapshots")).IsProblem(405, "InvalidRequest");
    }

    [Fact]
    public async Task A_status_is_changed_within_what_may_be_changed()
    {
        var door = await city.NewDoorAsync(Roads);
        var (id, _) = await FrozenAsync(door, OfRoads + ""","snapshotLifetime":"PT1H" """);
        var (path, first) = ("/snapshots/" + id, (await door.GetAsync("/snapshots/" + id)).Body);
        var changed = (await door.PatchAsync(path, """{"snapshotPriority":2,"snapshotLifetime":"PT2H","snapshotStatus":"failure"}""")).Is(200).Body;
        Assert.Equal((2, "PT2H", "success"), ((int)changed["snapshotPriority"]!, (string?)changed["snapshotLifetime"], (string?)changed["snapshotStatus"]));
        Assert.True((DateTime)changed["expiresAt"]! > (DateTime)first["expiresAt"]!);
        var longest = (await door.PatchAsync(path, """{"snapshotLifetime":"P99Y"}""")).Is(200).Body;
        Assert.True((DateTime)longest["expiresAt"]! < ((DateTime)longest["modifiedAt"]!).AddDays(31)); // as long as the instance lets it, by its own clock
        (await door.PatchAsync(path, """{"snapshotQueries":[]}""")).IsProblem(400, "BadRequestData");
        (await door.PatchAsync(path, """{"id":"urn:ngsi-ld:Snapshot:other"}""")).IsProblem(400, "BadRequestData");
        (await door.PatchAsync(path, """{"snapshotPriority":0}""")).IsProblem(400, "BadRequestData");
    }

    [Fact]
    public async Task A_clone_outlives_its_snapshot_with_the_same_data()
    {
        var door = await city.NewDoorAsync(Roads);
        var (id, inside) = await FrozenAsync(door);
        (await inside.PatchAsync("/entities/urn:ngsi-ld:X:fast/attrs", """{"speed":{"type":"Property","value":81,"observedAt":"2026-11-23T10:00:00Z"}}""")).Is(204);
        var before = (await inside.GetAsync("/temporal/entities/urn:ngsi-ld:X:fast")).Is(200);
        (await door.PostAsync($"/snapshots/{id}/clone", """{"type":"Snapshot","snapshotQueries":[]}""")).IsProblem(400, "BadRequestData");
        var copy = await CreateAsync(door, """ "snapshotPriority":9""", $"/snapshots/{id}/clone");
        Assert.Equal(("success", 9), ((string?)(await ReadyAsync(door, copy))["snapshotStatus"], (int)(await door.GetAsync("/snapshots/" + copy)).Body["snapshotPriority"]!));
        var store = await StoreOfAsync(door, id);
        (await door.DeleteAsync("/snapshots/" + id)).Is(204);
        Assert.DoesNotContain(store, city.Hub.StoreNames);
        (await inside.GetAsync("/entities?type=Road")).IsProblem(404, "ResourceNotFound");
        var cloned = door.WithHeader(Header, copy);
        Assert.Equal(["fast", "slow"], await cloned.IdsAsync("type=Road"));
        Answer.Same(before.Body, (await cloned.GetAsync("/temporal/entities/urn:ngsi-ld:X:fast")).Is(200).Body);
        (await cloned.PatchAsync("/entities/urn:ngsi-ld:X:fast/attrs", """{"speed":5}""")).Is(204);
        await foreach (var contradiction in (await city.Hub.OpenStoreAsync(await StoreOfAsync(door, copy))).VerifyAsync()) Assert.Fail(contradiction);
    }

    [Fact]
    public async Task A_purge_takes_what_its_filter_over_members_finds()
    {
        var door = await city.NewDoorAsync(Roads);
        var (low, _) = await FrozenAsync(door, OfRoads + ""","snapshotPriority":2""");
        var (high, _) = await FrozenAsync(door, OfRoads + ""","snapshotPriority":8""");
        (await door.DeleteAsync("/snapshots")).IsProblem(400, "BadRequestData");
        (await door.DeleteAsync("/snapshots?q=speed>50")).IsProblem(400, "BadRequestData");
        (await door.DeleteAsync("/snapshots?q=snapshotPriority>8")).IsProblem(404, "ResourceNotFound");
        (await door.DeleteAsync("/snapshots?q=snapshotPriority<5;snapshotStatus==\"success\"")).Is(204);
        (await door.GetAsync("/snapshots/" + low)).IsProblem(404, "ResourceNotFound");
        (await door.GetAsync("/snapshots/" + high)).Is(200);
        (await door.DeleteAsync("/snapshots?q=createdAt>2020-01-01T00:00:00Z")).Is(204);
        (await door.GetAsync("/snapshots/" + high)).IsProblem(404, "ResourceNotFound");
    }

    [Fact]
    public async Task The_endpoint_is_told_when_a_snapshot_is_ready_changed_and_gone()
    {
        var door = await city.NewDoorAsync(Roads);
        await using var receiver = await Receiver.StartAsync();
        var (id, _) = await FrozenAsync(door, OfRoads + $$""","endpoint":"{{receiver.Address}}/snap","receiverInfo":[{"key":"X-Key","value":"v"}]""");
        var ready = await receiver.NextAsync("/snap");
        Assert.Equal(("SnapshotNotification", id, "success", "success", "v", door.Tenant), ((string?)ready.Body["type"], (string?)ready.Body["snapshotId"], (string?)ready.Body["snapshotStatus"],
            (string?)ready.Body["snapshotQueriesDetails"]![0]!["resultStatus"], ready.Headers["X-Key"], ready.Headers["NGSILD-Tenant"]));
        (await door.PatchAsync("/snapshots/" + id, """{"snapshotPriority":1}""")).Is(200);
        Assert.Equal(1, (int)(await receiver.NextAsync("/snap")).Body["snapshotPriority"]!);
        (await door.DeleteAsync("/snapshots/" + id)).Is(204);
        var gone = (await receiver.NextAsync("/snap")).Body;
        Assert.True((DateTime)gone["expiresAt"]! < (DateTime)gone["notifiedAt"]!); // which says that it is gone (clause 5.3.4)
    }

    [Fact]
    public async Task Snapshots_survive_a_restart_and_go_when_their_time_or_their_room_is_over()
    {
        await using var server = await TestServer.StartAsync(o => o with { Hub = o.Hub with { MaxSnapshots = 2 } });
        var door = new Door(server.Client, "t1");
        (await door.PostAsync("/entityOperations/create", $"[{string.Join(',', Roads)}]")).Is(201);
        var (id, _) = await FrozenAsync(door);
        var (brief, _) = await FrozenAsync(door, OfRoads + ""","snapshotLifetime":"PT2S","snapshotPriority":9""");
        await server.RestartAsync();
        door = new Door(server.Client, "t1");
        Assert.Equal(["fast", "slow"], await door.WithHeader(Header, id).IdsAsync("type=Road"));
        await Task.Delay(2_500, TestContext.Current.CancellationToken);
        (await door.GetAsync("/snapshots/" + brief)).IsProblem(404, "ResourceNotFound");
        var (second, _) = await FrozenAsync(door, OfRoads + ""","snapshotPriority":7""");
        var (third, _) = await FrozenAsync(door, OfRoads + ""","snapshotPriority":6""");
        foreach (var (kept, status) in new[] { (id, 404), (second, 200), (third, 200) }) Assert.Equal(status, (await door.GetAsync("/snapshots/" + kept)).Status);
        Assert.Equal(2, server.Hub.StoreNames.Count - server.Hub.Tenants.Count);
    }
}
