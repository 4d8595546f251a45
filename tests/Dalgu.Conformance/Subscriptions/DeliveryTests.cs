using System.Diagnostics;
using Dalgu.Hub.Access;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Conformance.Subscriptions;

/// <summary>How notifications get to their endpoints: dead ones delay no other, a restart loses nothing, who may not read is told nothing.</summary>
public sealed class DeliveryTests : IAsyncLifetime
{
    private TestServer server = null!;
    private Receiver receiver = null!;
    private Door door = null!;

    public async ValueTask InitializeAsync()
    {
        receiver = await Receiver.StartAsync();
        server = await TestServer.StartAsync(o => o with { Hub = o.Hub with { AllowPrivateAddresses = true, NotificationRest = TimeSpan.FromMilliseconds(200), LongestNotificationRest = TimeSpan.FromMilliseconds(500), NotificationQueueLength = 20 } });
        door = new(server.Client, "");
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        await receiver.DisposeAsync();
    }

    private async Task SubscribeAsync(string path, string members = "", Door? by = null, string type = "Counter", string id = "") =>
        (await (by ?? door).PostAsync("/subscriptions", $$"""{"id":"urn:s:{{path.TrimStart('/')}}{{id}}","type":"Subscription","entities":[{"type":"{{type}}"}]{{members}},"notification":{"endpoint":{"uri":"{{receiver.Address}}{{path}}"} } }""")).Is(201);

    private Task<Answer> PatchAsync(int n) => door.PatchAsync("/entities/urn:c:1/attrs", $$"""{"n":{{n}}}""");

    [Fact]
    public async Task A_dead_endpoint_delays_no_other()
    {
        (await door.PostAsync("/entities", """{"id":"urn:c:1","type":"Counter","n":0}""")).Is(201);
        await SubscribeAsync("/good");
        var alone = await LatenciesAsync(100, 1);
        receiver.Answer("/failing", 500);
        receiver.Answer("/silent", async http =>
        {
            await Task.Delay(TimeSpan.FromMinutes(1), http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 200;
        });
        for (var i = 0; i < 50; i++)
        {
            await SubscribeAsync("/failing", id: $":{i}");
            await SubscribeAsync("/silent", id: $":{i}");
        }
        var beside = await LatenciesAsync(100, 1_001);
        // Not a figure but a fence: an endpoint that waited for the silent ones would take seconds.
        Assert.True(beside < alone + 500, $"p99 was {alone} ms alone and {beside} ms beside a hundred dead subscriptions.");

        async Task<double> LatenciesAsync(int count, int from)
        {
            var times = new List<double>();
            for (var i = from; i < from + count; i++)
            {
                var watch = Stopwatch.StartNew();
                (await PatchAsync(i)).Is(204);
                while ((int)(await receiver.NextAsync("/good")).Data[0]!["n"]!["value"]! != i) { }
                times.Add(watch.Elapsed.TotalMilliseconds);
            }
            times.Sort();
            return times[(int)(count * 0.99) - 1];
        }
    }

    [Fact]
    public async Task What_waits_for_an_endpoint_that_is_down_arrives_after_a_restart_each_value_once_and_in_order()
    {
        (await door.PostAsync("/entities", """{"id":"urn:c:1","type":"Counter","n":0}""")).Is(201);
        receiver.Answer("/down", 503);
        await SubscribeAsync("/down");
        for (var i = 1; i <= 60; i++) (await PatchAsync(i)).Is(204); // more than the queue in memory holds
        await receiver.NextAsync("/down");
        await server.RestartAsync();
        receiver.Answer("/down", 200);
        var values = new List<int>();
        while (values.Count == 0 || values[^1] < 60)
        {
            var received = await receiver.NextAsync("/down");
            if (received.Status == 200) values.Add((int)received.Data[0]!["n"]!["value"]!);
        }
        Assert.Equal(Enumerable.Range(1, 60), values);
        Assert.Empty(receiver.Waiting("/down"));
    }

    [Fact]
    public async Task A_refusal_is_not_tried_again_and_a_cooldown_is_kept()
    {
        (await door.PostAsync("/entities", """{"id":"urn:c:1","type":"Counter","n":0}""")).Is(201);
        receiver.Answer("/refuses", 410);
        await SubscribeAsync("/refuses");
        (await PatchAsync(1)).Is(204);
        (await PatchAsync(2)).Is(204);
        Assert.Equal(1, (int)(await receiver.NextAsync("/refuses")).Data[0]!["n"]!["value"]!);
        Assert.Equal(2, (int)(await receiver.NextAsync("/refuses")).Data[0]!["n"]!["value"]!);
        await Task.Delay(700, TestContext.Current.CancellationToken);
        Assert.Empty(receiver.Waiting("/refuses"));
        var told = (await new Door(server.Client, "").GetAsync("/subscriptions/urn:s:refuses")).Is(200).Body["notification"]!;
        Assert.Equal((2, 2, "failed"), ((int)told["timesSent"]!, (int)told["timesFailed"]!, (string)told["status"]!));
    }

    [Fact]
    public async Task Whose_key_is_closed_is_told_nothing_more_and_nobody_what_they_may_not_read()
    {
        var type = Hub.Contexts.CoreContext.Instance.Expand("Counter");
        Assert.False(server.Hub.Access.For(Principal.Anonymous).MayRead(type));
        await server.Access.Keys.AddAsync(Principal.System, "watcher", Role.Official, ["city"], [], null);
        var (_, secret) = await server.Access.Keys.AddAsync(Principal.System, "short-lived", Role.Operator, [], [], null);
        using var client = server.NewClient(secret);
        await SubscribeAsync("/closed", by: new Door(client, ""));
        await SubscribeAsync("/open");
        (await door.PostAsync("/entities", """{"id":"urn:c:1","type":"Counter","n":0}""")).Is(201);
        await receiver.NextAsync("/closed");
        await receiver.NextAsync("/open");
        await server.Access.Keys.DisableAsync(Principal.System, "short-lived");
        (await PatchAsync(1)).Is(204);
        await receiver.NextAsync("/open");
        await server.Access.Keys.AddAsync(Principal.System, "short-lived", Role.Operator, [], [], null); // another of the name is another
        await Task.Delay(1_100, TestContext.Current.CancellationToken); // rights are asked for anew within a second
        (await PatchAsync(2)).Is(204);
        await receiver.NextAsync("/open");
        await Task.Delay(200, TestContext.Current.CancellationToken);
        Assert.Empty(receiver.Waiting("/closed"));
    }

    [Fact]
    public async Task Subscriptions_of_other_tenants_work_after_a_restart_before_anybody_asks_for_them()
    {
        var other = new Door(server.Client, "district");
        await SubscribeAsync("/clock", ""","timeInterval":0.3""", other);
        (await other.PostAsync("/entities", """{"id":"urn:c:1","type":"Counter","n":0}""")).Is(201);
        await receiver.NextAsync("/clock");
        await server.RestartAsync();
        receiver.Waiting("/clock");
        Assert.Equal("district", (await receiver.NextAsync("/clock")).Headers["NGSILD-Tenant"]);
    }
}
