using System.Globalization;
using System.Text.Json.Nodes;
using Xunit;

namespace Dalgu.Conformance.Temporal;

/// <summary>Clauses 5.7.3 and 5.7.4 (retrieve and query the evolution), 4.11 (temporal query), 4.5.7 to 4.5.9 and 4.5.19 (forms, aggregates).</summary>
public class TemporalTests(City city)
{
    private const string Id = "urn:ngsi-ld:Road:1";

    /// <summary>A road with the speeds 10, 20, 30 … at midnight of the days given.</summary>
    private async Task<Door> DoorAsync(params string[] days)
    {
        var door = await city.NewDoorAsync($$$"""{"id":"{{{Id}}}","type":"Road","name":{"type":"Property","value":"x"}}""");
        for (var i = 0; i < days.Length; i++)
            (await door.PostAsync($"/entities/{Id}/attrs", $$$"""{"speed":{"type":"Property","value":{{{(i + 1) * 10}}},"observedAt":"{{{days[i]}}}T00:00:00Z"}}""")).Is(204);
        return door;
    }

    private Task<Door> FiveDaysAsync() => DoorAsync("2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05");

    private static string Speeds(JsonNode body) => body["speed"] is { } speed ? string.Join(',', speed.AsArray().Select(s => s!["value"]!.ToJsonString())) : "";

    [Theory]
    [InlineData("", "10,20,30,40,50")]
    [InlineData("timerel=after&timeAt=2026-01-03T00:00:00Z", "30,40,50")]
    [InlineData("timerel=before&timeAt=2026-01-03T00:00:00Z", "10,20")]
    [InlineData("timerel=between&timeAt=2026-01-02T00:00:00Z&endTimeAt=2026-01-04T00:00:00Z", "20,30")]
    [InlineData("lastN=2", "50,40")]
    [InlineData("lastN=2&timerel=before&timeAt=2026-01-04T00:00:00Z", "30,20")]
    [InlineData("timerel=after&timeAt=2027-01-01T00:00:00Z", "")]
    [InlineData("timerel=after&timeAt=2020-01-01T00:00:00Z&timeproperty=modifiedAt", "10,20,30,40,50")]
    [InlineData("timerel=before&timeAt=2020-01-01T00:00:00Z&timeproperty=modifiedAt", "")]
    public async Task A_span_of_time_chooses_instances(string query, string speeds)
    {
        var door = await FiveDaysAsync();
        Assert.Equal(speeds, Speeds((await door.GetAsync($"/temporal/entities/{Id}?{query}")).Is(200).Body));
    }

    [Fact]
    public async Task Every_instance_has_its_times_and_a_name_of_its_own()
    {
        var door = await FiveDaysAsync();
        var speeds = (await door.GetAsync($"/temporal/entities/{Id}?options=sysAttrs")).Body["speed"]!.AsArray();
        Assert.Equal(5, speeds.Select(s => (string?)s!["instanceId"]).Distinct().Count());
        Assert.All(speeds, s => Assert.True(Uri.IsWellFormedUriString((string?)s!["instanceId"], UriKind.Absolute) && s["createdAt"] is not null && s["modifiedAt"] is not null));
        Assert.Equal("2026-01-01T00:00:00Z", (string?)speeds[0]!["observedAt"]);
    }

    [Fact]
    public async Task Values_come_with_their_times() => (await (await FiveDaysAsync()).GetAsync($"/temporal/entities/{Id}?options=temporalValues&attrs=speed&timerel=before&timeAt=2026-01-03T00:00:00Z"))
        .Is(200).Has("""{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property","values":[[10,"2026-01-01T00:00:00Z"],[20,"2026-01-02T00:00:00Z"]]}}""");

    [Fact]
    public async Task A_removed_attribute_and_a_removed_entity_stay_in_history_as_removed()
    {
        var door = await FiveDaysAsync();
        (await door.DeleteAsync($"/entities/{Id}/attrs/speed")).Is(204);
        var removed = Assert.Single((await door.GetAsync($"/temporal/entities/{Id}?attrs=speed&timeproperty=deletedAt")).Body["speed"]!.AsArray());
        Assert.Equal(("urn:ngsi-ld:null", true), ((string?)removed!["value"], removed["deletedAt"] is not null));
        (await door.DeleteAsync($"/entities/{Id}")).Is(204);
        Assert.Equal(5, (await door.GetAsync($"/temporal/entities/{Id}?attrs=speed")).Is(200).Body["speed"]!.AsArray().Count);
        Assert.Single((await door.GetAsync("/temporal/entities?type=Road&timerel=before&timeAt=2099-01-01T00:00:00Z")).Is(200).Body.AsArray());
        (await door.GetAsync("/temporal/entities/urn:ngsi-ld:Road:9")).IsProblem(404, "ResourceNotFound");
    }

    private static readonly string[] Months = ["2026-01-31", "2026-02-01", "2026-02-28", "2026-03-15", "2026-05-01"];

    /// <summary>Speeds 10 to 50; the expected figures were worked out by hand. A month is a calendar month from the start of the span.</summary>
    [Theory]
    [InlineData("P1M", "totalCount", "1 2026-01-01 2026-02-01,2 2026-02-01 2026-03-01,1 2026-03-01 2026-04-01,1 2026-05-01 2026-06-01")]
    [InlineData("P1M", "sum", "10 2026-01-01 2026-02-01,50 2026-02-01 2026-03-01,40 2026-03-01 2026-04-01,50 2026-05-01 2026-06-01")]
    [InlineData("P1M", "avg", "10 2026-01-01 2026-02-01,25 2026-02-01 2026-03-01,40 2026-03-01 2026-04-01,50 2026-05-01 2026-06-01")]
    [InlineData("P1M", "stddev", "0 2026-01-01 2026-02-01,5 2026-02-01 2026-03-01,0 2026-03-01 2026-04-01,0 2026-05-01 2026-06-01")]
    [InlineData("P1M", "sumsq", "100 2026-01-01 2026-02-01,1300 2026-02-01 2026-03-01,1600 2026-03-01 2026-04-01,2500 2026-05-01 2026-06-01")]
    [InlineData("P1Y", "min", "10 2026-01-01 2027-01-01")]
    [InlineData("P1Y", "max", "50 2026-01-01 2027-01-01")]
    [InlineData("P1Y", "distinctCount", "5 2026-01-01 2027-01-01")]
    [InlineData("P30D", "sum", "0 2026-01-01 2026-01-31,60 2026-01-31 2026-03-02,40 2026-03-02 2026-04-01,50 2026-05-01 2026-05-31")]
    [InlineData("PT0S", "sum", "150 2026-01-01 2026-12-01")]
    public async Task Aggregates_are_exact(string period, string method, string expected)
    {
        var door = await DoorAsync(Months);
        var answer = (await door.GetAsync($"/temporal/entities/{Id}?attrs=speed&options=aggregatedValues&aggrMethods={method}&aggrPeriodDuration={period}&timerel=between&timeAt=2026-01-01T00:00:00Z&endTimeAt=2026-12-01T00:00:00Z")).Is(200);
        var buckets = answer.Body["speed"]![method]!.AsArray().Select(b => $"{b![0]!.ToJsonString()} {((string)b[1]!)[..10]} {((string)b[2]!)[..10]}");
        Assert.Equal(expected.Split(',').Where(e => !e.StartsWith("0 2026-01-01 2026-01-31", StringComparison.Ordinal)), buckets);
    }

    [Fact]
    public async Task Several_methods_come_together()
    {
        var answer = (await (await FiveDaysAsync()).GetAsync($"/temporal/entities/{Id}?attrs=speed&format=aggregatedValues&aggrMethods=min,max&aggrPeriodDuration=P3D&timerel=after&timeAt=2025-12-31T00:00:00Z")).Is(200);
        answer.Has("""
            {"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property",
              "min":[[10,"2025-12-31T00:00:00Z","2026-01-03T00:00:00Z"],[30,"2026-01-03T00:00:00Z","2026-01-06T00:00:00Z"]],
              "max":[[20,"2025-12-31T00:00:00Z","2026-01-03T00:00:00Z"],[50,"2026-01-03T00:00:00Z","2026-01-06T00:00:00Z"]]}}
            """);
    }

    [Fact]
    public async Task Each_value_counts_once_at_its_own_time_however_many_were_written_together()
    {
        var door = await city.NewDoorAsync($$$"""
            {"id":"{{{Id}}}","type":"Road","speed":[{"type":"Property","value":10,"observedAt":"2026-01-01T00:00:00Z"},{"type":"Property","value":30,"observedAt":"2026-01-02T00:00:00Z","datasetId":"urn:ngsi-ld:Lane:2"}],
             "count":{"type":"Property","value":7,"observedAt":"2026-01-03T00:00:00Z"},"name":{"type":"Property","value":"x"}}
            """);
        var road = (await door.GetAsync($"/temporal/entities/{Id}?options=aggregatedValues&aggrMethods=totalCount,sum")).Is(200).Body;
        Assert.Equal((2, 40, 1, 1), ((int)road["speed"]!["totalCount"]![0]![0]!, (int)road["speed"]!["sum"]![0]![0]!, (int)road["count"]!["totalCount"]![0]![0]!, (int)road["name"]!["totalCount"]![0]![0]!));
        var second = (await door.GetAsync($"/temporal/entities/{Id}?attrs=speed&options=aggregatedValues&aggrMethods=sum&timerel=after&timeAt=2026-01-01T12:00:00Z")).Is(200).Body;
        Assert.Equal(30, (int)second["speed"]!["sum"]![0]![0]!);
    }

    [Fact]
    public async Task Numbers_that_no_sum_can_hold_are_null_and_no_fault()
    {
        var door = await city.NewDoorAsync($$$"""{"id":"{{{Id}}}","type":"Road","v":{"type":"Property","value":1e308,"observedAt":"2026-01-01T00:00:00Z"}}""");
        (await door.PostAsync($"/entities/{Id}/attrs", """{"v":{"type":"Property","value":1e308,"observedAt":"2026-01-01T01:00:00Z"}}""")).Is(204);
        (await door.PostAsync($"/entities/{Id}/attrs", """{"v":{"type":"Property","value":1e999,"observedAt":"2026-01-01T02:00:00Z"}}""")).Is(204);
        var v = (await door.GetAsync($"/temporal/entities/{Id}?attrs=v&options=aggregatedValues&aggrMethods=sum,max,totalCount")).Is(200).Body["v"]!;
        Assert.Equal((null, 1e308, 3), (v["sum"]![0]![0], (double)v["max"]![0]![0]!, (int)v["totalCount"]![0]![0]!));
    }

    [Fact]
    public async Task A_query_finds_entities_with_what_happened_in_the_span_page_by_page()
    {
        var door = await city.NewDoorAsync([.. Enumerable.Range(1, 5).Select(i => string.Create(CultureInfo.InvariantCulture, $$$"""{"id":"urn:ngsi-ld:Road:{{{i}}}","type":"Road","speed":{"type":"Property","value":{{{i}}},"observedAt":"2026-01-0{{{i}}}T00:00:00Z"}}"""))]);
        var all = (await door.GetAsync("/temporal/entities?type=Road&timerel=after&timeAt=2026-01-02T12:00:00Z&count=true")).Is(200);
        Assert.Equal(("3,4,5", "3"), (string.Join(',', all.Body.AsArray().Select(e => Speeds(e!))), all.Header("NGSILD-Results-Count")));
        var page = (await door.GetAsync("/temporal/entities?type=Road&timerel=after&timeAt=2026-01-02T12:00:00Z&limit=2")).Is(200);
        Assert.Equal("3,4", string.Join(',', page.Body.AsArray().Select(e => Speeds(e!))));
        Assert.Contains("rel=\"next\"", page.Header("Link"), StringComparison.Ordinal);
        Assert.Equal("5", string.Join(',', (await door.GetAsync("/temporal/entities?type=Road&timerel=after&timeAt=2026-01-02T12:00:00Z&limit=2&offset=2")).Body.AsArray().Select(e => Speeds(e!))));
        Assert.Equal("2", string.Join(',', (await door.GetAsync("/temporal/entities?type=Road&q=speed==2&timerel=before&timeAt=2099-01-01T00:00:00Z")).Body.AsArray().Select(e => Speeds(e!))));
        Assert.Equal("5,4,3,2,1", string.Join(',', (await door.GetAsync("/temporal/entities?type=Road&orderBy=id;desc&timerel=before&timeAt=2099-01-01T00:00:00Z")).Body.AsArray().Select(e => Speeds(e!))));
    }

    [Theory] // clause 5.7.4.4
    [InlineData("orderBy=speed")]
    [InlineData("orderBy=createdAt;desc")]
    [InlineData("orderBy=id,speed.createdAt")]
    [InlineData("q=near{name}==%22x%22")]
    [InlineData("csf=))bad((")]
    public async Task An_order_by_more_than_ids_linked_entities_and_broken_filters_are_refused(string query) =>
        (await (await FiveDaysAsync()).GetAsync("/temporal/entities?type=Road&timerel=after&timeAt=2026-01-01T00:00:00Z&" + query)).IsProblem(400, "BadRequestData");

    [Theory] // clauses 4.18 and 5.7.4.4
    [InlineData("/A", "1:before,1:after")]
    [InlineData("/M", "2:after")]
    [InlineData("/R", "3:before")]
    [InlineData("/S", "3:after")]
    [InlineData("/Z", "")]
    [InlineData("/%23", "1:before,1:after,2:after,3:before,3:after,5:before,5:after")]
    [InlineData("/P", "5:before,5:after")]
    public async Task A_scope_counts_for_as_long_as_it_held(string scope, string expected)
    {
        const string speed = """ "speed":[{"type":"Property","value":"before","observedAt":"2026-03-01T12:05:00Z"},{"type":"Property","value":"after","observedAt":"2026-03-01T12:45:00Z"}]""";
        var door = city.NewDoor();
        foreach (var (id, scopes) in new[] { (1, Set("/A", "10:00")), (2, Set("/M", "12:10")), (3, Set("/R", "10:00") + "," + Set("/S", "12:30")), (4, Set("/Z", "14:00")), (6, "") })
            (await door.PostAsync("/temporal/entities", $$"""{"id":"urn:ngsi-ld:Road:{{id}}","type":"Road",{{(scopes.Length == 0 ? "" : $"\"scope\":[{scopes}],")}}{{speed}}}""")).Is(201);
        (await door.PostAsync("/temporal/entities", $$"""{"id":"urn:ngsi-ld:Road:5","type":"Road","scope":"/P",{{speed}}}""")).Is(201);
        var found = (await door.GetAsync($"/temporal/entities?type=Road&scopeQ={scope}&timerel=between&timeAt=2026-03-01T12:00:00Z&endTimeAt=2026-03-01T13:00:00Z")).Is(200).Body.AsArray();
        Assert.Equal(expected, string.Join(',', found.SelectMany(e => (e!["speed"] as JsonArray ?? [e["speed"]!.DeepClone()]).Select(s => $"{((string)e["id"]!)[^1]}:{(string)s!["value"]!}"))));

        static string Set(string scope, string at) => $$"""{"type":"Property","value":"{{scope}}","observedAt":"2026-03-01T{{at}}:00Z"}""";
    }

    [Fact] // clause 5.7.3.4
    public async Task A_retrieval_names_a_map_where_one_is_asked_for()
    {
        var door = await city.NewDoorAsync($$$"""{"id":"{{{Id}}}","type":"Road","speed":{"type":"Property","value":1,"observedAt":"2026-01-01T00:00:00Z"}}""");
        var map = (await door.GetAsync($"/temporal/entities/{Id}?entityMap=true")).Is(200).Header("NGSILD-EntityMap");
        Assert.Equal("@none", (string)(await door.GetAsync(map["/ngsi-ld/v1".Length..])).Is(200).Body["entityMap"]![Id]![0]!);
    }

    [Theory]
    [InlineData("aggrMethods=bogus", "aggrMethods")]
    [InlineData("aggrMethods=avg&aggrPeriodDuration=bogus", "aggrPeriodDuration")]
    public async Task A_refused_aggregation_names_its_parameter(string query, string name) =>
        Assert.Contains(name, (await (await FiveDaysAsync()).GetAsync($"/temporal/entities?type=Road&options=aggregatedValues&{query}")).Is(400).Text, StringComparison.Ordinal);

    [Theory]
    [InlineData("timerel=after")]
    [InlineData("timeAt=2026-01-01T00:00:00Z")]
    [InlineData("timerel=since&timeAt=2026-01-01T00:00:00Z")]
    [InlineData("timerel=after&timeAt=yesterday")]
    [InlineData("timerel=between&timeAt=2026-01-01T00:00:00Z")]
    [InlineData("timerel=between&timeAt=2026-01-02T12:00:00Z&endTimeAt=2026-01-01T00:00:00Z")]
    [InlineData("timerel=after&timeAt=2026-01-01T00:00:00Z&endTimeAt=2026-01-02T00:00:00Z")]
    [InlineData("timeproperty=knownAt")]
    [InlineData("lastN=0")]
    [InlineData("lastN=x")]
    [InlineData("options=aggregatedValues")]
    [InlineData("options=aggregatedValues&aggrMethods=median")]
    [InlineData("options=aggregatedValues&aggrMethods=avg&aggrPeriodDuration=5 minutes")]
    [InlineData("options=aggregatedValues,temporalValues&aggrMethods=avg")]
    public async Task A_temporal_query_that_is_none_is_refused(string query) => (await (await FiveDaysAsync()).GetAsync($"/temporal/entities/{Id}?{query}")).IsProblem(400, "BadRequestData");

    [Theory] // clauses 5.7.4.3 and 5.2.21: a query has a temporal query, a retrieval may have one
    [InlineData(""), InlineData("&lastN=1"), InlineData("&timeproperty=modifiedAt"), InlineData("&options=temporalValues")]
    public async Task A_query_of_histories_names_a_time(string more)
    {
        var door = await FiveDaysAsync();
        (await door.GetAsync("/temporal/entities?type=Road" + more)).IsProblem(400, "BadRequestData");
        (await door.PostAsync("/temporal/entityOperations/query", """{"type":"Query","entities":[{"type":"Road"}]}""")).IsProblem(400, "BadRequestData");
        (await door.GetAsync("/temporal/entities?type=Road&limit=0&timerel=before&timeAt=2099-01-01T00:00:00Z")).IsProblem(400, "BadRequestData"); // that is for counting alone
        (await door.GetAsync($"/temporal/entities/{Id}?{more.TrimStart('&')}")).Is(200);
    }

    [Fact]
    public async Task A_temporal_query_that_wants_everything_is_refused() => (await (await FiveDaysAsync()).GetAsync("/temporal/entities?id=" + Id)).IsProblem(400, "BadRequestData");
}
