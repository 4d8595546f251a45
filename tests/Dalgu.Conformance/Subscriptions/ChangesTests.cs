using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Dalgu.Hub.Access;
using Xunit;

namespace Dalgu.Conformance.Subscriptions;

/// <summary>The changes for programs outside: server-sent events and WebSocket, from a cursor on, as far as the reader may read.</summary>
public class ChangesTests(City city)
{
    private static async Task<List<(long Seq, JsonNode Data)>> EventsAsync(HttpClient client, string query, int count, string? last = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/hub/changes" + query);
        if (last is not null) request.Headers.Add("Last-Event-ID", last);
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(limit.Token));
        var (events, seq) = (new List<(long, JsonNode)>(), 0L);
        while (events.Count < count)
        {
            var line = await lines.ReadLineAsync(limit.Token) ?? throw new EndOfStreamException();
            if (line.StartsWith("id: ", StringComparison.Ordinal)) seq = long.Parse(line[4..], System.Globalization.CultureInfo.InvariantCulture);
            else if (line.StartsWith("data: ", StringComparison.Ordinal)) events.Add((seq, JsonNode.Parse(line[6..])!));
        }
        return events;
    }

    [Fact]
    public async Task Every_change_after_a_cursor_comes_with_the_state_that_it_left_then_the_new_ones()
    {
        var door = await city.NewDoorAsync("""{"id":"urn:c:1","type":"Counter","n":0}""", """{"id":"urn:x:1","type":"Other","n":0}""");
        for (var i = 1; i <= 3; i++) (await door.PatchAsync("/entities/urn:c:1/attrs", $$"""{"n":{{i}}}""")).Is(204);
        (await door.DeleteAsync("/entities/urn:x:1")).Is(204);
        var query = $"?after=0&tenant={door.Tenant}";
        var all = await EventsAsync(city.Client, query, 6);
        Assert.Equal(["created", "created", "updated", "updated", "updated", "deleted"], all.Select(e => (string)e.Data["kind"]!));
        Assert.Equal([0, 1, 2, 3], all.Where(e => (string)e.Data["id"]! == "urn:c:1").Select(e => (int)e.Data["entity"]!["n"]!["value"]!));
        var rest = await EventsAsync(city.Client, query + "&type=Counter", 1, last: $"{all[3].Seq}");
        Assert.Equal(3, (int)rest[0].Data["entity"]!["n"]!["value"]!);
        var live = EventsAsync(city.Client, query + "&id=urn:c:1", 6);
        (await door.PatchAsync("/entities/urn:c:1/attrs", """{"n":4}""")).Is(204);
        (await door.PatchAsync("/entities/urn:c:1/attrs", """{"n":5}""")).Is(204);
        Assert.Equal([0, 1, 2, 3, 4, 5], (await live).Select(e => (int)e.Data["entity"]!["n"]!["value"]!));
    }

    [Fact]
    public async Task A_WebSocket_tells_the_same()
    {
        var door = await city.NewDoorAsync("""{"id":"urn:c:1","type":"Counter","n":7}""");
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", city.Client.DefaultRequestHeaders.Authorization!.ToString());
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await socket.ConnectAsync(new Uri($"ws://{city.Address.Authority}/api/hub/changes?after=0&tenant={door.Tenant}"), limit.Token);
        Assert.Equal(7, (int)(await NextAsync())["entity"]!["n"]!["value"]!);
        (await door.PatchAsync("/entities/urn:c:1/attrs", """{"n":8}""")).Is(204);
        Assert.Equal(8, (int)(await NextAsync())["entity"]!["n"]!["value"]!);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);

        async Task<JsonNode> NextAsync()
        {
            var buffer = new byte[64 * 1024];
            var got = await socket.ReceiveAsync(buffer, limit.Token);
            return JsonNode.Parse(Encoding.UTF8.GetString(buffer, 0, got.Count))!;
        }
    }

    [Fact]
    public async Task Strangers_and_bad_cursors_are_refused_and_a_closed_key_ends_its_stream()
    {
        using var stranger = await city.Anonymous.GetAsync(new Uri("/api/hub/changes", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(401, (int)stranger.StatusCode);
        using var bad = await city.Client.GetAsync(new Uri("/api/hub/changes?after=yesterday", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(400, (int)bad.StatusCode);
        var (key, secret) = await city.Access.Keys.AddAsync(Principal.System, $"feed-{Guid.NewGuid():N}", Role.Reader, [], [], null);
        using var client = city.NewClient(secret);
        var door = await city.NewDoorAsync("""{"id":"urn:c:1","type":"Counter","n":7}""");
        using var answer = await client.GetAsync(new Uri($"/api/hub/changes?tenant={door.Tenant}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await city.Access.Keys.DisableAsync(Principal.System, key.Name);
        await Task.Delay(2_200, TestContext.Current.CancellationToken);
        for (var i = 0; i < 3; i++) (await door.PatchAsync("/entities/urn:c:1/attrs", $$"""{"n":{{i}}}""")).Is(204);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var text = await answer.Content.ReadAsStringAsync(limit.Token); // it ends
        Assert.DoesNotContain("\"value\":2", text, StringComparison.Ordinal);
    }
}
