using Dalgu.Console.Live;
using Dalgu.Hub.Access;
using Dalgu.Hub.Entities;
using Dalgu.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Dalgu.Console.Tests;

/// <summary>What changed last, and the health of sources: out of the store, for every tenant.</summary>
public sealed class LatelyTests
{
    private static Task WriteAsync(Hub.Tenant tenant, string source, string id, int speed) => tenant.WriteAsync(Principal.Source(source), "test", [id], write =>
    {
        write.Put(new EntityBuilder(id, "Road").Text("name", "달구벌대로").Number("speed", speed, "KMH", write.Now).Build());
        return 0;
    });

    [Fact]
    public async Task A_restart_loses_neither_what_changed_last_nor_when_a_source_was_heard_of()
    {
        await using var server = await TestServer.StartAsync();
        var cancel = TestContext.Current.CancellationToken;
        for (var i = 0; i < 30; i++) await WriteAsync(server.Tenant, i % 3 == 0 ? "probe-b" : "probe-a", $"urn:ngsi-ld:Road:{i % 5}", i);
        for (var i = 0; i < 200; i++) await server.Tenant.WriteAsync(Principal.System, "read.sensitive", [], scope => 0, cancel); // entries of the audit without a change
        await WriteAsync(server.Tenant, "probe-a", "urn:ngsi-ld:Road:9", 77);
        var health = server.Host.Services.GetRequiredService<SourceHealth>();
        while (Find(health, "probe-a").Values < 42) await Task.Delay(20, cancel);
        var (a, b) = (Find(health, "probe-a"), Find(health, "probe-b"));

        await server.RestartAsync();
        health = server.Host.Services.GetRequiredService<SourceHealth>();
        while (Find(health, "probe-a").Values < 42) await Task.Delay(20, cancel);
        Assert.Equal((a.Last, a.Values, a.Entities, b.Last, b.Values, b.Entities),
            (Find(health, "probe-a").Last, Find(health, "probe-a").Values, Find(health, "probe-a").Entities, Find(health, "probe-b").Last, Find(health, "probe-b").Values, Find(health, "probe-b").Entities));
        var recent = server.Host.Services.GetRequiredService<RecentChanges>().Latest(3, server.Hub.Access.For(Principal.System));
        Assert.Equal(("urn:ngsi-ld:Road:9", "77"), (recent[0].Id, recent[0].Text));
        await WriteAsync(server.Tenant, "probe-a", "urn:ngsi-ld:Road:9", 78);
        while (Find(health, "probe-a").Values < 44) await Task.Delay(20, cancel);
    }

    [Fact]
    public async Task Another_tenant_has_sources_and_changes_of_its_own()
    {
        await using var server = await TestServer.StartAsync();
        var other = await server.Hub.TenantAsync("busan", create: true, TestContext.Current.CancellationToken);
        await WriteAsync(other, "probe-busan", "urn:ngsi-ld:Road:b", 41);
        await WriteAsync(server.Tenant, "probe-daegu", "urn:ngsi-ld:Road:d", 42);
        using var client = await server.AsAsync(Role.Reader);
        client.DefaultRequestHeaders.Add("Accept", "text/html");
        var html = await client.GetStringAsync("/sources?tenant=busan", TestContext.Current.CancellationToken);
        Assert.Contains("probe-busan", html, StringComparison.Ordinal);
        Assert.Contains("<b>41</b>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("probe-daegu", html, StringComparison.Ordinal);
        using var none = await client.GetAsync("/sources?tenant=nowhere", TestContext.Current.CancellationToken);
        Assert.Equal(404, (int)none.StatusCode);
    }

    [Fact]
    public async Task Sources_have_names_that_people_read_and_relations_name_the_entity()
    {
        await using var server = await TestServer.StartAsync();
        await WriteAsync(server.Tenant, "demo-sensors-air", "urn:ngsi-ld:Road:1", 1);
        await server.Tenant.WriteAsync(Principal.Source("test"), "test", ["urn:ngsi-ld:Bus:1"], write =>
        {
            write.Put(new EntityBuilder("urn:ngsi-ld:Bus:1", "Bus").Relationship("on", "urn:ngsi-ld:Road:1").Build());
            return 0;
        });
        foreach (var (language, name) in ((string, string)[])[("ko", "대기질 측정기 (시연)"), ("en", "Air quality sensors (demo)")])
        {
            using var client = await server.AsAsync(Role.Reader);
            client.DefaultRequestHeaders.Add("Accept", "text/html");
            client.DefaultRequestHeaders.Add("Cookie", "dalgu-lang=" + language);
            string html;
            do html = await client.GetStringAsync("/sources", TestContext.Current.CancellationToken);
            while (!html.Contains("demo-sensors-air", StringComparison.Ordinal));
            Assert.Contains($"<span title=\"demo-sensors-air\">{name}</span>", html, StringComparison.Ordinal);
            Assert.Contains("달구벌대로</a> ", html, StringComparison.Ordinal); // a name and what changed of it are two words
            Assert.Contains("title=\"urn:ngsi-ld:Road:1\">달구벌대로</a>", await client.GetStringAsync("/entities?type=Bus", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
    }

    private static SourceReport Find(SourceHealth health, string who) =>
        health.Report(TimeProvider.System.GetUtcNow().UtcDateTime).FirstOrDefault(r => r.Who == who) ?? new(who, null, 0, 0, 0, default, null, SourceState.Once);
}
