using System.Diagnostics;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Conformance.Common;

/// <summary>Two nodes over one database: what a client makes at one is there at the other.</summary>
public sealed class SeveralNodesTests
{
    private static async Task<(TestServer One, TestServer Other, Door Here, Door There)> NodesAsync()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("DALGU_TEST_STORE") == "postgres", "Several nodes need PostgreSQL: DALGU_TEST_STORE=postgres.");
        var database = await (await PostgresCluster.SharedAsync()).NewDatabaseAsync();
        var one = await TestServer.StartAsync(o => o with { Store = database, Hub = o.Hub with { AllowPrivateAddresses = true } });
        var other = await TestServer.StartAsync(o => o with { Store = database, Hub = o.Hub with { AllowPrivateAddresses = true } });
        var (here, there) = (new Door(one.Client, "t1"), new Door(other.Client, "t1"));
        (await here.PostAsync("/entities", """{"id":"urn:ngsi-ld:Road:1","type":"Road","speed":1}""")).Is(201);
        return (one, other, here, there);
    }

    [Fact]
    public async Task A_subscription_made_at_either_node_is_told_of_what_the_other_one_writes()
    {
        var (one, other, here, there) = await NodesAsync();
        await using var _ = one;
        await using var __ = other;
        await using var receiver = await Receiver.StartAsync();
        foreach (var (made, written, name) in new[] { (here, there, "a"), (there, here, "b") })
        {
            (await made.PostAsync("/subscriptions", $$"""{"id":"urn:s:{{name}}","type":"Subscription","entities":[{"type":"Road"}],"notification":{"endpoint":{"uri":"{{receiver.Address}}/{{name}}"} } }""")).Is(201);
            (await written.GetAsync("/subscriptions/urn:s:" + name)).Is(200);
            var clock = Stopwatch.StartNew();
            (await written.PatchAsync("/entities/urn:ngsi-ld:Road:1/attrs", $$"""{"speed":"{{name}}"}""")).Is(204);
            Assert.Equal(name, (string?)(await receiver.NextAsync("/" + name)).Data[0]!["speed"]!["value"]);
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"The notification took {clock.Elapsed}.");
        }
    }

    [Fact]
    public async Task Entity_maps_contexts_and_snapshots_are_the_same_at_every_node()
    {
        var (one, other, here, there) = await NodesAsync();
        await using var _ = one;
        await using var __ = other;

        var map = (await here.GetAsync("/entityMaps?type=Road")).Is(201).Header("NGSILD-EntityMap")["/ngsi-ld/v1".Length..];
        Assert.NotNull((await there.GetAsync(map)).Is(200).Body["entityMap"]!["urn:ngsi-ld:Road:1"]);
        (await there.DeleteAsync(map)).Is(204);
        (await here.GetAsync(map)).IsProblem(404, "ResourceNotFound");

        Assert.Empty((await there.GetAsync("/jsonldContexts?kind=Hosted")).Is(200).Body.AsArray()); // it knows its own by now
        var context = (await here.PostAsync("/jsonldContexts", """{"@context":{"speed":"https://example.org/speed"}}""")).Is(201).Header("Location");
        var id = context[(context.LastIndexOf('/') + 1)..];
        (await there.GetAsync("/jsonldContexts/" + id)).Is(200);
        (await there.DeleteAsync("/jsonldContexts/" + id)).Is(204);
        (await here.GetAsync("/jsonldContexts/" + id)).IsProblem(404, "ResourceNotFound");

        var snapshot = (await here.PostAsync("/snapshots", """{"type":"Snapshot","snapshotQueries":[{"type":"Query","entities":[{"type":"Road"}]}]}""")).Is(201).Header("Location")["/ngsi-ld/v1/snapshots/".Length..];
        for (var attempt = 0; (string?)(await there.GetAsync("/snapshots/" + snapshot)).Is(200).Body["snapshotStatus"] == "preparing" && attempt < 200; attempt++) await Task.Delay(20, TestContext.Current.CancellationToken);
        Assert.Equal(["1"], await there.WithHeader("NGSILD-Snapshot", snapshot).IdsAsync("type=Road"));
        (await there.DeleteAsync("/snapshots/" + snapshot)).Is(204);
        (await here.WithHeader("NGSILD-Snapshot", snapshot).GetAsync("/entities?type=Road")).IsProblem(404, "ResourceNotFound");
    }
}
