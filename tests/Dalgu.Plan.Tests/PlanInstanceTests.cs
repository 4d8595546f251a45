using System.Net;
using System.Text.Json;
using Dalgu.Hub.Access;
using Dalgu.Plan.Entities;
using Dalgu.Plan.Sample;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Plan.Tests;

/// <summary>The desk in a running instance.</summary>
public class PlanInstanceTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task The_plan_read_back_from_the_hub_equals_the_sample()
    {
        var read = await ProgrammeReader.ReadAsync(server.Tenant, server.Hub.Access.For(Principal.Anonymous), "daegu-2021", TestContext.Current.CancellationToken);
        var sample = DaeguNewDeal.Programme;
        Assert.Equal(JsonSerializer.Serialize(sample), JsonSerializer.Serialize(read));
    }

    [Fact]
    public async Task A_second_start_changes_nothing()
    {
        var before = server.Tenant.Status.LastSeq;
        await new PlanDesk().SeedAsync(server.Hub, false, TestContext.Current.CancellationToken);
        Assert.Equal(before, server.Tenant.Status.LastSeq);
    }

    [Theory]
    [InlineData("/plan", "12조 74억원")]
    [InlineData("/plan", "미보고")]
    [InlineData("/plan?tab=tree", "2조 6,800억원")]
    [InlineData("/plan?tab=indicators", "29만")]
    [InlineData("/plan?tab=budget", "43.4 %")]
    [InlineData("/plan?tab=flagships", "통합데이터허브")]
    [InlineData("/plan?tab=sources", "yeongnamdaily.com")]
    [InlineData("/plan?tab=no-such-tab", "산업뉴딜")]
    [InlineData("/api/plan/totals", "12007400000000")]
    [InlineData("/api/plan/tree", "urn:ngsi-ld:NewDealField:daegu-2021:industrial-1")]
    [InlineData("/api/plan/tree.csv", "산업뉴딜")]
    [InlineData("/api/plan/budget.csv", "2680000000000")]
    [InlineData("/api/plan/targets.csv", "114000")]
    [InlineData("/api/plan/flagships.csv", "휴스타 시즌2")]
    [InlineData("/api/plan/sources.csv", "경북매일")]
    public async Task Anybody_reads(string address, string text)
    {
        var answer = await server.Anonymous.GetAsync(address, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var body = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Contains(text, body, StringComparison.Ordinal);
        Assert.DoesNotContain(" style=", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_address_of_a_target_gives_its_versions()
    {
        var body = await server.Anonymous.GetStringAsync("/ngsi-ld/v1/temporal/entities/urn:ngsi-ld:KeyPerformanceIndicator:daegu-2021:jobs?attrs=target", TestContext.Current.CancellationToken);
        using var json = JsonDocument.Parse(body);
        Assert.Equal([114_000, 110_000], json.RootElement.GetProperty("target").EnumerateArray().Select(v => v.GetProperty("value").GetInt32()).OrderDescending());
    }
}
