using System.Net;
using System.Net.Http.Json;
using Dalgu.Console;
using Dalgu.Hub.Access;
using Dalgu.Hub.Contexts;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Tests.Access;

/// <summary>What a desk marks as sensitive is seen by its officials and operators alone, and each of their reads stands in the audit chain.</summary>
public sealed class SensitiveTypesTest
{
    private const string Id = "urn:ngsi-ld:InfectionCase:1";

    private sealed class OutbreakDesk : Desk
    {
        public override string Name => "outbreak";
        public override BilingualText Title => new("감염병", "Outbreak");
        public override IReadOnlyList<EntityTypeDeclaration> Types => [new(CoreContext.Instance.ExpandType("InfectionCase"), Sensitivity.Sensitive, "outbreak")];
    }

    private static async Task<TestServer> CityAsync()
    {
        var server = await TestServer.StartAsync(o => o with { Desks = [new OutbreakDesk()] });
        using var body = JsonContent.Create(new { id = Id, type = "InfectionCase", age = new { type = "Property", value = 41, observedAt = "2026-11-23T08:00:00Z" } });
        using var created = await server.Client.PostAsync("/ngsi-ld/v1/entities", body, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        return server;
    }

    private static async Task<List<string>> ReadsAsync(TestServer server)
    {
        var reads = new List<string>();
        await foreach (var entry in server.Tenant.AuditAsync(0, int.MaxValue, null, TestContext.Current.CancellationToken))
            if (entry.Action == "read.sensitive") reads.Add($"{entry.Who}: {entry.Target}");
        return reads;
    }

    [Theory]
    [InlineData("/ngsi-ld/v1/entities/urn:ngsi-ld:InfectionCase:1")]
    [InlineData("/ngsi-ld/v1/entities?type=InfectionCase")]
    [InlineData("/ngsi-ld/v1/entities?type=InfectionCase&orderBy=age")]
    [InlineData("/ngsi-ld/v1/temporal/entities/urn:ngsi-ld:InfectionCase:1")]
    [InlineData("/ngsi-ld/v1/temporal/entities?timerel=before&timeAt=2099-01-01T00:00:00Z&type=InfectionCase")]
    [InlineData("/ngsi-ld/v1/temporal/entities?timerel=before&timeAt=2099-01-01T00:00:00Z&type=InfectionCase&options=aggregatedValues&aggrMethods=avg")]
    [InlineData("/api/hub/export?type=InfectionCase")]
    [InlineData("/entities/urn:ngsi-ld:InfectionCase:1")]
    public async Task Every_way_to_read_it_is_closed_to_others_and_written_down_for_its_officials(string path)
    {
        await using var server = await CityAsync();
        var before = await ReadsAsync(server);
        foreach (var stranger in new[] { await server.AsAsync(Role.Reader), await server.AsAsync(Role.Official, "plan") })
        {
            using (stranger)
            using (var refused = await stranger.GetAsync(path, TestContext.Current.CancellationToken))
            {
                var text = await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                Assert.DoesNotContain("41", text);
            }
        }
        Assert.Equal(before, await ReadsAsync(server));

        using var official = await server.AsAsync(Role.Official, "outbreak");
        using var answer = await official.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("41", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.True((await ReadsAsync(server)).Count > before.Count, "no read was written down");
    }

    [Fact]
    public async Task A_filter_over_it_tells_others_nothing()
    {
        await using var server = await CityAsync();
        using var reader = await server.AsAsync(Role.Reader);
        foreach (var path in new[] { "/ngsi-ld/v1/entities?type=InfectionCase&q=age==41&count=true&limit=0", "/ngsi-ld/v1/entities?type=*&q=age==41&count=true&limit=0" })
        {
            using var answer = await reader.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.Equal("0", answer.Headers.GetValues("NGSILD-Results-Count").Single());
        }
        Assert.DoesNotContain("InfectionCase", await reader.GetStringAsync("/ngsi-ld/v1/types", TestContext.Current.CancellationToken));
        Assert.DoesNotContain("age", await reader.GetStringAsync("/ngsi-ld/v1/attributes", TestContext.Current.CancellationToken));
    }
}
