using System.Net.Http.Json;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Faults;

/// <summary>Notifications over kill -9: none is lost, and only the one under way may come twice, under the same id.</summary>
public sealed class NotificationCrashTests
{
    private const int Kills = 6, Writers = 4;

    [Fact]
    public async Task No_notification_is_lost_over_kills_and_what_comes_twice_has_the_same_id()
    {
        var cancel = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("dalgu-notify-").FullName;
        await using var receiver = await Receiver.StartAsync();
        var random = new Random(20261123);
        var next = new int[Writers];
        var acknowledged = new HashSet<string>(StringComparer.Ordinal);
        var seen = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal); // by value the ids of the notifications that told it
        var (repeated, told) = (0, new HashSet<string>(StringComparer.Ordinal));
        receiver.Answer("/dead", 500);
        try
        {
            for (var round = 0; round <= Kills; round++)
            {
                await using var process = await DalguProcess.StartReadyAsync(folder, cancel);
                using var client = new HttpClient { BaseAddress = process.Address, Timeout = TimeSpan.FromSeconds(30) };
                if (round == 0) await PrepareAsync(client, receiver, cancel);
                if (round == Kills) break;
                using var end = new CancellationTokenSource();
                var writing = Enumerable.Range(0, Writers).Select(w => WriteAsync(client, w, next, acknowledged, end.Token)).ToArray();
                await Task.Delay(random.Next(200, 900), cancel);
                await process.KillAsync();
                await end.CancelAsync();
                await Task.WhenAll(writing);
            }
            await using (var process = await DalguProcess.StartReadyAsync(folder, cancel))
            {
                for (var waited = 0; waited < 300 && !Gather(); waited++) await Task.Delay(100, cancel);
            }
            Gather();
            var lost = acknowledged.Where(a => !seen.ContainsKey(a)).ToList();
            Assert.True(lost.Count == 0, $"{lost.Count} of {acknowledged.Count} acknowledged changes were never told, such as {string.Join(", ", lost.Take(5))}");
            Assert.All(seen, s => Assert.True(s.Value.Count == 1, $"{s.Key} was told by {s.Value.Count} notifications"));
            Assert.InRange(repeated, 0, Kills);
            Assert.True(acknowledged.Count > 50, $"Only {acknowledged.Count} changes were acknowledged; the test proves too little.");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        bool Gather()
        {
            foreach (var received in receiver.Waiting("/all"))
            {
                if (!told.Add(received.Id)) repeated++;
                foreach (var entity in received.Data)
                {
                    var value = $"{entity!["id"]}={entity["n"]!["value"]}";
                    if (!seen.TryGetValue(value, out var ids)) seen[value] = ids = new(StringComparer.Ordinal);
                    ids.Add(received.Id);
                }
            }
            return acknowledged.All(seen.ContainsKey);
        }
    }

    private static async Task PrepareAsync(HttpClient client, Receiver receiver, CancellationToken cancel)
    {
        foreach (var path in new[] { "all", "dead" })
            await PostAsync("/ngsi-ld/v1/subscriptions", $$"""{"id":"urn:s:{{path}}","type":"Subscription","entities":[{"type":"Counter"}],"watchedAttributes":["n"],"notificationTrigger":["attributeUpdated"],"notification":{"endpoint":{"uri":"{{receiver.Address}}/{{path}}"} } }""");
        for (var w = 0; w < Writers; w++) await PostAsync("/ngsi-ld/v1/entities", $$"""{"id":"urn:c:{{w}}","type":"Counter","n":0}""");

        async Task PostAsync(string path, string body)
        {
            using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
            using var answer = await client.PostAsync(path, content, cancel);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(cancel));
        }
    }

    private static async Task WriteAsync(HttpClient client, int writer, int[] next, HashSet<string> acknowledged, CancellationToken end)
    {
        try
        {
            while (!end.IsCancellationRequested)
            {
                var value = ++next[writer];
                using var body = JsonContent.Create(new { n = value });
                await body.LoadIntoBufferAsync(CancellationToken.None); // its length is asked for
                using var answer = await client.PatchAsync($"/ngsi-ld/v1/entities/urn:c:{writer}/attrs", body, end);
                if (!answer.IsSuccessStatusCode) return;
                lock (acknowledged) acknowledged.Add($"urn:c:{writer}={value}");
            }
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException)
        {
            // killed in the middle: this write may be there or not
        }
    }
}
