using Dalgu.Testing;
using Xunit;

namespace Dalgu.Conformance.Temporal;

/// <summary>Clauses 5.6.11 to 5.6.16: writes to the temporal evolution, and what verify says of them.</summary>
public class TemporalWriteTests(City city)
{
    private const string Id = "urn:ngsi-ld:Road:1", At = "/temporal/entities/" + Id;

    private const string Road = """
        {"id":"urn:ngsi-ld:Road:1","type":"Road",
         "speed":[{"type":"Property","value":10,"observedAt":"2026-01-01T00:00:00Z"},{"type":"Property","value":20,"observedAt":"2026-01-02T00:00:00Z"},
                  {"type":"Property","value":7,"observedAt":"2026-01-02T00:00:00Z","datasetId":"urn:d:1"}],
         "name":[{"type":"Property","value":"x","observedAt":"2026-01-01T00:00:00Z"}]}
        """;

    private async Task<Door> DoorAsync()
    {
        var door = city.NewDoor();
        var made = (await door.PostAsync("/temporal/entities", Road)).Is(201);
        Assert.Equal("/ngsi-ld/v1" + At, made.Header("Location"));
        return door;
    }

    private static async Task<string> SpeedsAsync(Door door, string query = "") =>
        (await door.GetAsync(At + query)).Is(200).Body["speed"] is { } speed ? string.Join(',', speed.AsArray().Select(s => s!["value"]!.ToJsonString())) : "";

    private async Task VerifyAsync(Door door)
    {
        var faults = new List<string>();
        await foreach (var fault in (await city.Hub.TenantAsync(door.Tenant)).VerifyAsync()) faults.Add(fault);
        Assert.Empty(faults);
    }

    [Fact]
    public async Task An_entity_made_by_its_history_has_no_present_state()
    {
        var door = await DoorAsync();
        Assert.Equal("10,20,7", await SpeedsAsync(door));
        (await door.GetAsync("/entities/" + Id)).IsProblem(404, "ResourceNotFound");
        Assert.Empty(await door.IdsAsync("type=Road"));
        Assert.Single((await door.GetAsync("/temporal/entities?type=Road&q=speed==10&timerel=after&timeAt=2025-01-01T00:00:00Z")).Is(200).Body.AsArray());
        Assert.Empty((await door.GetAsync("/temporal/entities?type=Road&q=speed==10&timerel=after&timeAt=2026-01-01T12:00:00Z")).Is(200).Body.AsArray());
        await VerifyAsync(door);
    }

    [Fact]
    public async Task A_second_write_adds_and_the_last_recorded_of_one_instant_counts()
    {
        var door = await DoorAsync();
        (await door.PostAsync("/temporal/entities", """{"id":"urn:ngsi-ld:Road:1","type":"Street","speed":{"type":"Property","value":11,"observedAt":"2026-01-01T00:00:00Z"}}""")).Is(204);
        (await door.PostAsync(At + "/attrs", """{"speed":[{"type":"Property","value":30,"observedAt":"2026-01-03T00:00:00Z"}]}""")).Is(204);
        Assert.Equal("11,20,7,30", await SpeedsAsync(door));
        Assert.Equal("10,20,7,11,30", await SpeedsAsync(door, "?timeproperty=modifiedAt"));
        Assert.Equal("30,20", await SpeedsAsync(door, "?lastN=2&datasetId=@none"));
        Assert.Single((await door.GetAsync("/temporal/entities?type=Street&timerel=after&timeAt=2025-01-01T00:00:00Z")).Is(200).Body.AsArray());
        (await door.PostAsync("/temporal/entities/urn:x:none/attrs", """{"speed":{"type":"Property","value":1}}""")).IsProblem(404, "ResourceNotFound");
        await VerifyAsync(door);
    }

    [Fact]
    public async Task The_history_of_an_entity_that_is_can_be_filled_in_and_the_entity_created_after_its_history()
    {
        var door = await DoorAsync();
        (await door.PostAsync("/entities", """{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property","value":50,"observedAt":"2026-02-01T00:00:00Z"}}""")).Is(201);
        (await door.PostAsync("/temporal/entities", """{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property","value":40,"observedAt":"2026-01-20T00:00:00Z"}}""")).Is(204);
        Assert.Equal("10,20,7,40,50", await SpeedsAsync(door));
        Assert.Equal("50", (await door.EntityAsync(Id))["speed"]!["value"]!.ToJsonString());
        await VerifyAsync(door);
    }

    [Fact]
    public async Task One_instance_is_corrected_and_one_is_deleted()
    {
        var door = await DoorAsync();
        var speeds = (await door.GetAsync(At)).Body["speed"]!.AsArray().Select(s => (string)s!["instanceId"]!).ToList();
        Assert.Equal(3, speeds.Distinct().Count());
        (await door.PatchAsync($"{At}/attrs/speed/{speeds[0]}", """{"type":"Property","value":12,"observedAt":"2026-01-05T00:00:00Z"}""")).Is(204);
        var after = (await door.GetAsync(At)).Body;
        Assert.Equal("20,7,12", await SpeedsAsync(door));
        Assert.Equal(speeds[0], (string?)after["speed"]![2]!["instanceId"]);
        Assert.Equal("x", (string?)after["name"]![0]!["value"]);
        (await door.DeleteAsync($"{At}/attrs/speed/{speeds[2]}")).Is(204);
        Assert.Equal("20,12", await SpeedsAsync(door));
        (await door.DeleteAsync($"{At}/attrs/speed/{speeds[2]}")).IsProblem(404, "ResourceNotFound");
        (await door.DeleteAsync($"{At}/attrs/speed/none")).IsProblem(400, "BadRequestData");
        (await door.PatchAsync($"{At}/attrs/speed/{speeds[0]}", """{"name":[{"type":"Property","value":1}]}""")).IsProblem(400, "BadRequestData"); // of another attribute than the address
        await VerifyAsync(door);
    }

    [Fact]
    public async Task Null_stands_in_an_instance_and_not_for_an_attribute() // clause 5.5.4
    {
        var door = await DoorAsync();
        (await door.PostAsync("/temporal/entities", """{"id":"urn:ngsi-ld:Road:2","type":"Road","speed":"urn:ngsi-ld:null"}""")).IsProblem(400, "BadRequestData");
        (await door.PostAsync(At + "/attrs", """{"speed":"urn:ngsi-ld:null"}""")).IsProblem(400, "BadRequestData");
        (await door.PostAsync(At + "/attrs", """{"speed":[{"type":"Property","value":"urn:ngsi-ld:null","observedAt":"2026-01-03T00:00:00Z"}]}""")).Is(204);
    }

    [Fact]
    public async Task An_attribute_is_deleted_by_dataset_or_whole()
    {
        var door = await DoorAsync();
        (await door.DeleteAsync(At + "/attrs/speed?datasetId=urn:d:1")).Is(204);
        Assert.Equal("10,20", await SpeedsAsync(door));
        (await door.DeleteAsync(At + "/attrs/speed?datasetId=urn:d:1")).IsProblem(404, "ResourceNotFound");
        (await door.DeleteAsync(At + "/attrs/speed?deleteAll=true")).Is(204);
        Assert.Null((await door.GetAsync(At)).Body["speed"]);
        await VerifyAsync(door);
    }

    [Fact]
    public async Task A_history_is_erased_and_may_begin_anew()
    {
        var door = await DoorAsync();
        (await door.DeleteAsync(At)).Is(204);
        (await door.GetAsync(At)).IsProblem(404, "ResourceNotFound");
        (await door.DeleteAsync(At)).IsProblem(404, "ResourceNotFound");
        Assert.Empty((await door.GetAsync("/temporal/entities?type=Road&timerel=after&timeAt=2025-01-01T00:00:00Z")).Is(200).Body.AsArray());
        (await door.PostAsync("/temporal/entities", Road)).Is(201);
        Assert.Equal("10,20,7", await SpeedsAsync(door));
        await VerifyAsync(door);
    }

    [Fact]
    public async Task The_history_of_an_entity_that_is_can_be_erased_and_verify_stays_content()
    {
        var door = await city.NewDoorAsync($$$"""{"id":"{{{Id}}}","type":"Road","speed":{"type":"Property","value":1,"observedAt":"2026-01-01T00:00:00Z"}}""");
        (await door.DeleteAsync(At)).Is(204);
        Assert.Equal("", await SpeedsAsync(door));
        Assert.Equal("1", (await door.EntityAsync(Id))["speed"]!["value"]!.ToJsonString());
        await VerifyAsync(door);
        (await door.PatchAsync($"/entities/{Id}/attrs/speed", """{"value":2,"observedAt":"2026-01-02T00:00:00Z"}""")).Is(204);
        Assert.Equal("2", await SpeedsAsync(door));
        await VerifyAsync(door);
    }

    [Fact]
    public async Task More_instances_than_an_answer_holds_are_cut_at_one_instant_for_all()
    {
        var small = await TestServer.StartAsync(defaults => defaults with { Hub = defaults.Hub with { MaxTemporalInstances = 10, Open = true } });
        try
        {
            var door = new Door(small.Client, "");
            string Series(string unit) => string.Join(',', Enumerable.Range(1, 8).Select(i => $$"""{"type":"Property","value":{{i}},"observedAt":"2026-01-0{{i}}T00:00:{{unit}}Z"}"""));
            (await door.PostAsync("/temporal/entities", $$"""{"id":"urn:x:1","type":"Road","a":[{{Series("00")}}],"b":[{{Series("30")}}]}""")).Is(201);
            var page = (await door.GetAsync("/temporal/entities/urn:x:1?timerel=after&timeAt=2025-12-31T00:00:00Z")).Is(206);
            Assert.Equal("date-time 2025-12-31T00:00:00-2026-01-05T00:00:30/*", page.Header("Content-Range"));
            Assert.Equal((5, 5), (page.Body["a"]!.AsArray().Count, page.Body["b"]!.AsArray().Count));
            var last = (await door.GetAsync("/temporal/entities?type=Road&lastN=8&timerel=after&timeAt=2025-12-31T00:00:00Z")).Is(206);
            Assert.Equal("date-time 2026-01-08T00:00:30-2026-01-04T00:00:00/8", last.Header("Content-Range"));
            (await door.GetAsync("/temporal/entities/urn:x:1?timerel=before&timeAt=2026-01-06T00:00:00Z")).Is(200);
        }
        finally
        {
            await small.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_query_may_come_as_a_body()
    {
        var door = await DoorAsync();
        var found = (await door.PostAsync("/temporal/entityOperations/query", """{"type":"Query","entities":[{"type":"Road"}],"attrs":["speed"],"temporalQ":{"timerel":"after","timeAt":"2026-01-01T12:00:00Z"}}""")).Is(200).Body.AsArray();
        Assert.Equal("20,7", string.Join(',', found.Single()!["speed"]!.AsArray().Select(s => s!["value"]!.ToJsonString())));
        (await door.PostAsync("/temporal/entityOperations/query", """{"type":"Query","entities":[{"type":"Road"}],"temporalQ":{"timerel":"between","timeAt":"2026-01-01T12:00:00Z"}}""")).IsProblem(400, "BadRequestData");
    }
}
