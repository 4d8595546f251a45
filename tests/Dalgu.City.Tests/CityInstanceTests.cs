using System.Globalization;
using System.Net;
using System.Text.Json;
using Dalgu.City.DemoCity;
using Dalgu.City.Districts;
using Dalgu.Hub.Access;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Dalgu.City.Tests;

/// <summary>An instance with the demo city.</summary>
public sealed class DemoServer : TestServer
{
    /// <inheritdoc/>
    protected override CityHostOptions Configure(CityHostOptions defaults) => defaults with { Demo = true };
}

/// <summary>The desk in a running instance.</summary>
public class CityInstanceTests(DemoServer server) : IClassFixture<DemoServer>
{
    private static readonly string Speed = CoreContext.Instance.ExpandAttribute("averageVehicleSpeed");
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;
    private Rights Anybody => server.Hub.Access.For(Principal.Anonymous);

    private async Task WholeAsync()
    {
        var progress = server.Host.Services.GetRequiredService<BackfillProgress>();
        for (var i = 0; i < 600 && (i < 5 || !progress.IsDone); i++) await Task.Delay(200, Cancel);
        Assert.True(progress.IsDone);
    }

    [Fact]
    public async Task Thirty_days_are_filled_in_once_and_stay_so_over_a_restart()
    {
        await WholeAsync();
        var sensor = DemoSensors.Of(SensorKind.TrafficFlowObserved).First();
        await Check();
        await server.RestartAsync();
        await WholeAsync();
        await Check();

        async Task Check()
        {
            var times = new List<DateTime>();
            await foreach (var observation in server.Tenant.HistoryAsync(sensor.Id, Speed, null, null, false, Anybody, Cancel)) times.Add(observation.Time);
            var grid = times.Where(t => t.Ticks % sensor.Step.Ticks == 0).ToList();
            Assert.InRange(grid.Count, 30 * 144 * 0.97, 30 * 144 + 5);
            Assert.True(grid.Count - grid.Distinct().Count() <= 1); // a live value may fall on the grid
        }
    }

    [Fact]
    public async Task Types_attributes_and_audit_speak_Korean_first()
    {
        await WholeAsync();
        using var client = await server.AsAsync(Role.Operator);
        async Task<string> PageAsync(string path) => WebUtility.HtmlDecode(await client.GetStringAsync(path, Cancel));
        Assert.Contains("교통 흐름 관측", await PageAsync("/entities"), StringComparison.Ordinal);
        Assert.Contains(DemoSensors.Of(SensorKind.WeatherObserved).First().Id, await PageAsync("/search?q=%EA%B8%B0%EC%83%81%20%EA%B4%80%EC%B8%A1"), StringComparison.Ordinal);
        Assert.Contains("출처: 행정안전부", await PageAsync("/entities/" + District.IdOf("27110")), StringComparison.Ordinal);
        Assert.Matches("엔티티 [0-9]+개", await PageAsync($"/entities/{DemoSensors.All[0].Id}?tab=audit"));
    }

    [Fact]
    public async Task Every_sensor_says_that_it_is_synthetic_and_names_its_district()
    {
        foreach (var sensor in DemoSensors.All)
        {
            var entity = (await server.Tenant.RetrieveAsync(sensor.Id, Anybody, Cancel))!;
            Assert.Equal("synthetic", entity.Text("dataProvider"));
            Assert.NotNull(await server.Tenant.RetrieveAsync(entity.Text("refDistrict")!, Anybody, Cancel));
        }
    }

    [Theory]
    [InlineData("/", "지금 대구는 어떤가")]
    [InlineData("/", "합성 데이터")]
    [InlineData("/api/city/districts.csv", "2367183", false)]
    [InlineData("/api/city/districts.csv", "27720")]
    [InlineData("/api/city/districts", "FeatureCollection")]
    [InlineData("/api/city/speed.csv", "today_kmh")]
    public async Task Anybody_reads(string address, string text, bool contains = true)
    {
        var answer = await server.Anonymous.GetAsync(address, Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var body = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(contains, body.Contains(text, StringComparison.Ordinal));
        Assert.DoesNotContain(" style=", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Imported_boundaries_are_linked_by_code_and_stand_for_their_districts()
    {
        var imported = DistrictTests.Import("daegu-gu-gun-2018.geojson").Select(b =>
            new EntityBuilder($"urn:ngsi-ld:AdministrativeDistrictBoundary:{b.Code}", "AdministrativeDistrictBoundary").Text("code", b.Code).Geometry("location", b.Geometry).Build()).ToList();
        await server.Tenant.WriteAsync(Principal.System, "import", [.. imported.Select(e => e.Id)], scope => { imported.ForEach(scope.Put); return true; }, Cancel);
        Entity? gunwi = null;
        for (var i = 0; i < 50 && gunwi?.Text("refDistrict") is null; i++)
        {
            await Task.Delay(100, Cancel);
            gunwi = await server.Tenant.RetrieveAsync("urn:ngsi-ld:AdministrativeDistrictBoundary:37310", server.Hub.Access.For(Principal.System), Cancel);
        }
        Assert.Equal(District.IdOf("27720"), gunwi!.Text("refDistrict"));
        using var json = JsonDocument.Parse(await server.Anonymous.GetStringAsync("/api/city/districts", Cancel));
        Assert.All(json.RootElement.GetProperty("features").EnumerateArray(), f => Assert.Equal("MultiPolygon", f.GetProperty("geometry").GetProperty("type").GetString()));
    }

    /// <summary>Cases by day as each day's bulletin reported them, then as the official series revised them: both stay answerable.</summary>
    [Fact]
    public async Task Trap_5_what_was_reported_and_what_was_revised_are_both_kept()
    {
        var rows = Referee.Table("platforms/korea-covid19-new-cases-2020.csv");
        const string id = "urn:ngsi-ld:EpidemicCount:daegu-2020-03-31";
        var day = new DateTime(2020, 3, 31, 0, 0, 0, DateTimeKind.Utc);
        var reported = rows.Single(r => r["date_report"] == "2020-03-31")["daegu_cumulative"];
        Assert.Equal("6701", reported);
        Entity Count(double value) => new EntityBuilder(id, "EpidemicCount").Number("cumulativeCases", value, null, day).Build();
        await server.Tenant.WriteAsync(Principal.System, "report", [id], scope => { scope.Put(Count(double.Parse(reported, CultureInfo.InvariantCulture))); return true; }, Cancel);
        await server.Tenant.WriteAsync(Principal.System, "revise", [id], scope => { scope.Put(Count(6_684)); return true; }, Cancel);
        var history = new List<(double? Value, DateTime Time, long Seq)>();
        await foreach (var o in server.Tenant.HistoryAsync(id, CoreContext.Instance.ExpandAttribute("cumulativeCases"), null, null, false, server.Hub.Access.For(Principal.System), Cancel))
            history.Add((o.Instance.Number(), o.Time, o.Seq));
        Assert.Equal([6_701, 6_684], history.OrderBy(h => h.Seq).Select(h => h.Value!.Value));
        Assert.All(history, h => Assert.Equal(day, h.Time));
    }
}
