using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;

namespace Dalgu.Bench;

/// <summary>A long mixed load upon one instance, one request in a hundred hostile: memory stays flat, and nothing is answered that is neither an answer
/// nor a refusal.</summary>
/// <param name="minutes">For how long.</param>
/// <param name="say">Receives a line a minute.</param>
public sealed class Soak(int minutes, Action<string> say)
{
    private const int Entities = 20_000, Connections = 8;
    private readonly ConcurrentDictionary<int, long> statuses = new(), refusals = new();
    private readonly ConcurrentQueue<string> faults = new();
    private long answers;

    /// <summary>Runs it.</summary>
    /// <returns>The answers a second, the memory at the end beside that after the first tenth, and the faults.</returns>
    public async Task<IReadOnlyList<Figure>> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("dalgu-soak-").FullName;
        try
        {
            await using var server = await ServerProcess.StartAsync(port => ["serve", "--open", "--data", folder, "--urls", $"http://127.0.0.1:{port}"], "/health/ready");
            using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Connections }) { BaseAddress = new Uri($"http://127.0.0.1:{server.Port}"), Timeout = TimeSpan.FromSeconds(60) };
            using var end = new CancellationTokenSource(TimeSpan.FromMinutes(minutes));
            var clients = Enumerable.Range(0, Connections).Select(n => Task.Run(() => AskAsync(http, n, end.Token))).ToList();
            var memory = new List<double>();
            var clock = Stopwatch.StartNew();
            var step = TimeSpan.FromSeconds(Math.Max(3, minutes * 60 / 30.0));
            while (!end.IsCancellationRequested)
            {
                try
                {
                    await Task.Delay(step, end.Token);
                }
                catch (OperationCanceledException)
                {
                    break;
                }
                memory.Add(server.Resident / 1e6);
                say(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed:mm\\:ss}  {Interlocked.Read(ref answers) / clock.Elapsed.TotalSeconds:N0}/s  {memory[^1]:N0} MB  {Counts}"));
            }
            await Task.WhenAll(clients);
            foreach (var fault in faults.Take(10)) say(fault);
            // After the first third everything that is cached is.
            var settled = memory.Skip(memory.Count / 3).Take(3).DefaultIfEmpty().Average();
            var last = memory.TakeLast(3).DefaultIfEmpty().Average();
            return
            [
                new($"mixed requests for {minutes} min, {Connections} connections", Interlocked.Read(ref answers) / clock.Elapsed.TotalSeconds, "/s", null, "", true, Counts),
                new("memory at the end, beside that after a third", last, "MB", settled, "flat: within 15 %", last < settled * 1.15, ""),
                new("answers that are neither answer nor refusal", faults.Count, "", null, "0", faults.IsEmpty, ""),
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task AskAsync(HttpClient http, int client, CancellationToken end)
    {
        var random = new Random(client);
        while (!end.IsCancellationRequested)
        {
            var isHostile = random.Next(100) == 0;
            using var request = isHostile ? Hostile(random) : Honest(random);
            try
            {
                using var answer = await http.SendAsync(request, CancellationToken.None);
                await answer.Content.LoadIntoBufferAsync(CancellationToken.None);
                var status = (int)answer.StatusCode;
                (isHostile ? refusals : statuses).AddOrUpdate(status, 1, (_, n) => n + 1);
                // 504 is the refusal of an @context at an address that may not be called; only a hostile request names one.
                if (status >= 500 && answer.StatusCode != HttpStatusCode.ServiceUnavailable && !(isHostile && answer.StatusCode == HttpStatusCode.GatewayTimeout)) Fault($"{status} for {request.Method} {request.RequestUri}: {await answer.Content.ReadAsStringAsync(CancellationToken.None)}");
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                Fault($"{e.Message} for {request.Method} {request.RequestUri}");
            }
            Interlocked.Increment(ref answers);
        }
    }

    private string Counts => $"{Text(statuses)}; hostile {Text(refusals)}";

    private static string Text(ConcurrentDictionary<int, long> counts) => string.Join(' ', counts.OrderBy(s => s.Key).Select(s => $"{s.Key}:{s.Value}"));

    private void Fault(string text) => faults.Enqueue(text);

    private static HttpRequestMessage Honest(Random random)
    {
        var id = $"urn:ngsi-ld:Vehicle:{random.Next(Entities):D6}";
        return random.Next(20) switch
        {
            < 7 => new(HttpMethod.Get, $"/ngsi-ld/v1/entities/{id}"),
            < 10 => new(HttpMethod.Get, $"/ngsi-ld/v1/entities?type=Vehicle&q=speed%3E{random.Next(100)}&limit=20&count=true"),
            < 11 => new(HttpMethod.Get, "/ngsi-ld/v1/entities?type=Vehicle&georel=near%3BmaxDistance%3D%3D500&geometry=Point&coordinates=%5B128.6%2C35.87%5D"),
            < 12 => new(HttpMethod.Get, $"/ngsi-ld/v1/temporal/entities/{id}?attrs=speed&lastN=50"),
            < 13 => new(HttpMethod.Get, $"/ngsi-ld/v1/temporal/entities/{id}?attrs=speed&options=aggregatedValues&aggrMethods=avg,max&aggrPeriodDuration=PT1H"),
            < 14 => new(HttpMethod.Get, random.Next(2) == 0 ? "/ngsi-ld/v1/types" : "/ngsi-ld/v1/attributes?details=true"),
            < 17 => Sent(HttpMethod.Patch, $"/ngsi-ld/v1/entities/{id}/attrs/speed", $"{{\"value\":{random.Next(100)}}}"),
            < 18 => new(HttpMethod.Delete, $"/ngsi-ld/v1/entities/{id}"),
            < 19 => Sent(HttpMethod.Post, "/ngsi-ld/v1/entities", Entity(random, id)),
            _ => Sent(HttpMethod.Post, "/ngsi-ld/v1/entityOperations/upsert", $"[{string.Join(',', Enumerable.Range(0, 50).Select(_ => Entity(random, $"urn:ngsi-ld:Vehicle:{random.Next(Entities):D6}")))}]"),
        };
    }

    private static string Entity(Random random, string id) => string.Create(CultureInfo.InvariantCulture,
        $"{{\"id\":\"{id}\",\"type\":\"Vehicle\",\"speed\":{{\"type\":\"Property\",\"value\":{random.Next(100)},\"unitCode\":\"KMH\"}},\"brandName\":{{\"type\":\"Property\",\"value\":\"달구 {random.Next(9)}\"}},\"location\":{{\"type\":\"GeoProperty\",\"value\":{{\"type\":\"Point\",\"coordinates\":[{128.4 + random.NextDouble() * 0.4:F5},{35.7 + random.NextDouble() * 0.3:F5}]}}}}}}");

    private static HttpRequestMessage Hostile(Random random) => random.Next(10) switch
    {
        0 => Sent(HttpMethod.Post, "/ngsi-ld/v1/entities", "{\"id\":\"urn:x:1\",\"type\":"),
        1 => Sent(HttpMethod.Post, "/ngsi-ld/v1/entities", new string('[', 100_000)),
        2 => Sent(HttpMethod.Post, "/ngsi-ld/v1/entityOperations/upsert", $"[{new string(' ', 1_000_000)}"),
        3 => new(HttpMethod.Get, $"/ngsi-ld/v1/entities?type=Vehicle&q={Uri.EscapeDataString(new string('(', 4_000))}"),
        4 => new(HttpMethod.Get, "/ngsi-ld/v1/entities?type=Vehicle&q=speed~%3D%22(a%2B)%2B%24%22"),
        5 => new(HttpMethod.Get, "/ngsi-ld/v1/entities?type=Vehicle&georel=near%3BmaxDistance%3D%3D-1&geometry=Point&coordinates=%5B999%2C999%5D"),
        6 => Sent(HttpMethod.Patch, "/ngsi-ld/v1/entities/urn:ngsi-ld:Vehicle:000001/attrs/speed", "{\"value\":null,\"value\":1}"),
        7 => new(HttpMethod.Get, "/ngsi-ld/v1/temporal/entities?type=Vehicle&timerel=between&timeAt=2026-13-45T00:00:00Z"),
        8 => new(HttpMethod.Get, "/ngsi-ld/v1/entities/%00%ff..%2f..%2fetc"),
        _ => Sent(HttpMethod.Post, "/ngsi-ld/v1/entities", "{\"@context\":\"http://169.254.169.254/latest\",\"id\":\"urn:x:1\",\"type\":\"T\"}", "application/ld+json"),
    };

    private static HttpRequestMessage Sent(HttpMethod method, string path, string body, string type = "application/json") =>
        new(method, path) { Content = new StringContent(body, Encoding.UTF8, type) };
}
