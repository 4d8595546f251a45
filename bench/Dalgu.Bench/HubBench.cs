using System.Globalization;
using System.Text;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Entities;
using Dalgu.Store.Sqlite;

namespace Dalgu.Bench;

/// <summary>A figure beside what it is measured against.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Value">The figure.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Probe">The probe's figure in the same unit, of the same minute; null where there is none.</param>
/// <param name="Bar">What it should reach.</param>
/// <param name="Reached">True where it does.</param>
/// <param name="Detail">Latencies and the like.</param>
public sealed record Figure(string Name, double Value, string Unit, double? Probe, string Bar, bool Reached, string Detail)
{
    /// <summary>The figure as a share of the probe's.</summary>
    public double? Ratio => Probe is { } p ? Value / p : null;

    /// <summary>The figure in a line: ● reached its bar, ▲ did not.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{(Reached ? "●" : "▲")} {Name}: {Value:N0} {Unit}{(Probe is { } p ? $", probe {p:N0} {Unit}, ratio {Ratio:P0}" : "")}  [{Bar}]  {Detail}");
}

/// <summary>Measures the hub as users meet it: a process of its own, asked over loopback, each figure beside a probe of the same minute.</summary>
public sealed partial class HubBench(int entities, TimeSpan duration, Action<string> say)
{
    private static readonly Dictionary<string, Func<HubBench, string, Task<IReadOnlyList<Figure>>>> Parts = new()
    {
        ["start"] = (b, dir) => b.StartAsync(dir),
        ["retrieve"] = (b, dir) => b.RetrieveAsync(dir),
        ["list"] = (b, dir) => b.ListAsync(),
        ["create"] = (b, dir) => b.CreateAsync(),
        ["batch"] = (b, dir) => b.BatchAsync(),
        ["postgres"] = (b, dir) => b.PostgresAsync(),
        ["overload"] = (b, dir) => b.OverloadAsync(),
        ["aggregate"] = (b, dir) => b.AggregateAsync(),
        ["series"] = (b, dir) => b.SeriesAsync(),
        ["scale"] = (b, dir) => b.ScaleAsync(),
        ["tenants"] = (b, dir) => b.TenantsAsync(),
    };

    /// <summary>How many rows of history the part "series" stores.</summary>
    public int Rows { get; init; } = 7_000_000;

    /// <summary>The parts that there are.</summary>
    public static IReadOnlyCollection<string> PartNames => Parts.Keys;

    /// <summary>Runs parts, or all.</summary>
    public async Task<IReadOnlyList<Figure>> RunAsync(IReadOnlyCollection<string> parts)
    {
        var folder = Directory.CreateTempSubdirectory("dalgu-bench-").FullName;
        try
        {
            // The parts that store much run where they are asked for.
            var wanted = parts.Count == 0 ? [.. PartNames.Where(p => p is not ("series" or "scale" or "tenants"))] : parts;
            var city = Path.Combine(folder, "city");
            if (wanted.Contains("start") || wanted.Contains("retrieve"))
            {
                say($"storing {entities:N0} entities …");
                await FillAsync(city);
            }
            var figures = new List<Figure>();
            foreach (var part in wanted)
            {
                say(part + " …");
                var measured = await Parts[part](this, city);
                foreach (var figure in measured) say("  " + figure); // a fault in a later part takes none of them away
                figures.AddRange(measured);
            }
            return figures;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task FillAsync(string folder)
    {
        await using var hub = new CityHub(new SqliteStoreFactory(folder), new HubOptions(), new AccessPolicy([]), TimeProvider.System);
        var tenant = await hub.TenantAsync();
        for (var i = 0; i < entities; i += 2000)
        {
            var batch = Enumerable.Range(i, Math.Min(2000, entities - i)).Select(n => Sample(n).Build()).ToList();
            await tenant.WriteAsync(Principal.System, "bench.fill", batch.ConvertAll(e => e.Id), scope =>
            {
                foreach (var entity in batch) scope.Put(entity);
                return true;
            });
        }
    }

    /// <summary>The public comparison's shape: five attributes, about 550 bytes.</summary>
    private static EntityBuilder Sample(int n) => new EntityBuilder(IdOf(n), "Vehicle")
        .Text("brandName", "Hyundai " + (n % 7)).Number("speed", 20 + n % 80, "KMH", new DateTime(2026, 11, 23, 0, 0, n % 60, DateTimeKind.Utc))
        .Number("fuelLevel", n % 100 / 100.0).Relationship("isParked", $"urn:ngsi-ld:OffStreetParking:{n % 100}")
        .Point("location", new GeoPoint(128.3 + n % 1000 * 0.0004, 35.7 + n / 1000 % 1000 * 0.0003));

    private static string IdOf(int n) => $"urn:ngsi-ld:Vehicle:{n:D7}";

    private static Task<ServerProcess> ServeAsync(string folder, params (string Name, string Value)[] settings) =>
        ServerProcess.StartAsync(port => ["serve", "--open", "--data", folder, "--urls", $"http://127.0.0.1:{port}"], "/health/ready", settings);

    private static Task<ServerProcess> ProbeAsync(string file) =>
        ServerProcess.StartAsync(port => ["bench", "probe", "--port", port.ToString(CultureInfo.InvariantCulture), "--file", file], "/");

    private async Task<IReadOnlyList<Figure>> StartAsync(string city)
    {
        var times = new List<TimeSpan>();
        long resident = 0;
        for (var i = 0; i < 3; i++)
        {
            await using var server = await ServeAsync(city);
            times.Add(server.Ready);
            if (i < 2) continue;
            await Task.Delay(TimeSpan.FromSeconds(5));
            resident = server.Resident;
        }
        var median = times.Order().ElementAt(1);
        var megabytes = resident / 1e6;
        return
        [
            new($"ready with {entities:N0} entities stored", median.TotalMilliseconds, "ms", null, "< 1,000 ms", median < TimeSpan.FromSeconds(1), $"of 3: {string.Join(", ", times.Select(t => $"{t.TotalMilliseconds:F0}"))}"),
            new("resident memory, idle for 5 s", megabytes, "MB", null, "< 100 MB", megabytes < 100, ""),
        ];
    }

    private async Task<IReadOnlyList<Figure>> RetrieveAsync(string city)
    {
        await using var server = await ServeAsync(city);
        using var http = new HttpClient();
        var body = await http.GetByteArrayAsync($"http://127.0.0.1:{server.Port}/ngsi-ld/v1/entities/{IdOf(0)}");
        var file = Path.Combine(city, "..", "probe.json");
        await File.WriteAllBytesAsync(file, body);
        await using var probe = await ProbeAsync(file);
        var requests = Enumerable.Range(0, entities).Select(n => (ReadOnlyMemory<byte>)Get($"/ngsi-ld/v1/entities/{IdOf(n)}")).ToArray();
        // Cheap and repeatable: each connection walks the ids by a step of its own.
        var at = new int[64];
        ReadOnlyMemory<byte>? Next(int connection) => requests[(at[connection] += 7919 + connection) % requests.Length];
        var (product, ceiling) = await AlternateAsync(
            () => HttpLoad.RunAsync(server.Port, 50, duration, Next),
            () => HttpLoad.RunAsync(probe.Port, 50, duration, Next));
        return [Ratio("GET /entities/{id}, 50 connections, random ids", product, ceiling, 0.60, "of plain Kestrel returning the same bytes")];
    }

    private async Task<IReadOnlyList<Figure>> ListAsync()
    {
        var folder = Directory.CreateTempSubdirectory("dalgu-bench-").FullName;
        try
        {
            await new HubBench(100, duration, say).FillAsync(folder);
            await using var server = await ServeAsync(folder);
            using var http = new HttpClient();
            var file = Path.Combine(folder, "probe.json");
            await File.WriteAllBytesAsync(file, await http.GetByteArrayAsync($"http://127.0.0.1:{server.Port}/ngsi-ld/v1/entities?type=Vehicle&limit=20"));
            await using var probe = await ProbeAsync(file);
            ReadOnlyMemory<byte> request = Get("/ngsi-ld/v1/entities?type=Vehicle&limit=20");
            var (spent, asked) = (TimeSpan.Zero, 0.0);
            var (product, ceiling) = await AlternateAsync(
                async () =>
                {
                    var before = server.Processor;
                    var run = await HttpLoad.RunAsync(server.Port, 50, duration, _ => request);
                    (spent, asked) = (spent + server.Processor - before, asked + run.PerSecond * duration.TotalSeconds);
                    return run;
                },
                () => HttpLoad.RunAsync(probe.Port, 50, duration, _ => request));
            // The rounds include the one that warms up: what it costs more counts against the product.
            var perCore = asked / spent.TotalSeconds;
            return
            [
                Ratio("GET /entities?type=Vehicle&limit=20 of 100, 50 connections", product, ceiling, 0, "of plain Kestrel returning the same bytes"),
                new("the same, by each core that the server got", perCore, "/s", null, "≥ 6,000/s", perCore >= 6000, ""),
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // So many rounds of each side are not counted. After one, a tenth of the processor is still the compiler's, and what it has compiled counts its calls.
    private const int WarmUps = 3;

    /// <summary>Three rounds of each, turn by turn, after those that warm up; the medians.</summary>
    private static async Task<(LoadResult, LoadResult)> AlternateAsync(Func<Task<LoadResult>> product, Func<Task<LoadResult>> probe)
    {
        for (var i = 0; i < WarmUps; i++)
        {
            await product();
            await probe();
        }
        var (a, b) = (new List<LoadResult>(), new List<LoadResult>());
        for (var i = 0; i < 3; i++)
        {
            a.Add(await product());
            b.Add(await probe());
        }
        if (a.Exists(r => r.Failures > 0)) throw new InvalidOperationException("A request was refused.");
        return (a.OrderBy(r => r.PerSecond).ElementAt(1), b.OrderBy(r => r.PerSecond).ElementAt(1));
    }

    private static Figure Ratio(string name, LoadResult product, LoadResult probe, double bar, string of) =>
        new(name, product.PerSecond, "/s", probe.PerSecond, bar == 0 ? of : $"≥ {bar:P0} {of}", product.PerSecond / probe.PerSecond >= bar, Latency(product));

    private static string Latency(LoadResult r) => $"p50 {r.Median.TotalMilliseconds:F2} ms, p99 {r.P99.TotalMilliseconds:F2} ms";

    /// <param name="path">Path and query.</param>
    /// <param name="headers">Further headers, each ended by a line break.</param>
    private static byte[] Get(string path, string headers = "") => Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n{headers}\r\n");

    private static byte[] Post(string path, string body, string headers = "")
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        return [.. Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {bytes.Length}\r\n{headers}\r\n"), .. bytes];
    }

    /// <summary>An entity of five attributes as a client sends it, padded to about so many bytes.</summary>
    private static string Body(int seed, int bytes, int? id = null)
    {
        var head = $"{{\"id\":\"{IdOf(id ?? seed)}\",\"type\":\"Vehicle\",\"speed\":{{\"type\":\"Property\",\"value\":{seed % 90 + 0.5},\"unitCode\":\"KMH\",\"observedAt\":\"2026-11-23T08:{seed / 60 % 60:D2}:{seed % 60:D2}Z\"}},"
            + $"\"fuelLevel\":{{\"type\":\"Property\",\"value\":{seed % 100}}},\"isParked\":{{\"type\":\"Relationship\",\"object\":\"urn:ngsi-ld:OffStreetParking:{seed % 100}\"}},"
            + $"\"location\":{{\"type\":\"GeoProperty\",\"value\":{{\"type\":\"Point\",\"coordinates\":[128.{seed % 10000:D4},35.{seed % 9999:D4}]}}}},\"brandName\":{{\"type\":\"Property\",\"value\":\"";
        return head + new string((char)('a' + seed % 26), Math.Max(1, bytes - head.Length - 3)) + "\"}}";
    }
}
