using System.Globalization;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Entities;
using Dalgu.Store.Sqlite;

namespace Dalgu.Bench;

/// <content>Long histories, and stores of ten thousand to a million entities.</content>
public sealed partial class HubBench
{
    private async Task<IReadOnlyList<Figure>> AggregateAsync()
    {
        var folder = Directory.CreateTempSubdirectory("dalgu-bench-").FullName;
        try
        {
            await using (var hub = new CityHub(new SqliteStoreFactory(folder), new HubOptions(), new AccessPolicy([]), TimeProvider.System))
            {
                var tenant = await hub.TenantAsync();
                var start = new DateTime(2026, 11, 1, 0, 0, 0, DateTimeKind.Utc);
                await tenant.WriteAsync(Principal.System, "bench.fill", [IdOf(1)], scope =>
                {
                    scope.Put(Sample(1).Build());
                    for (var n = 0; n < 10_000; n++)
                        scope.Record(IdOf(1), new EntityBuilder(IdOf(1), "Vehicle").Number("speed", n % 97, "KMH", start.AddMinutes(n)).Build().Attributes);
                    return true;
                });
            }
            await using var server = await ServeAsync(folder);
            var request = Get($"/ngsi-ld/v1/temporal/entities/{IdOf(1)}?attrs=speed&options=aggregatedValues&aggrMethods=avg,max&aggrPeriodDuration=PT5M&timerel=after&timeAt=2026-10-01T00:00:00Z");
            var result = await HttpLoad.RunAsync(server.Port, 1, duration, _ => request);
            if (result.Failures > 0) throw new InvalidOperationException("An aggregation was refused.");
            return [new("aggregate 10,000 points in PT5M periods, 1 connection", result.Median.TotalMilliseconds, "ms", null, "< 5 ms", result.Median.TotalMilliseconds < 5, Latency(result))];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A series of many within a large history: rows spread over a thousand entities, of one of which two thousand points are wanted.</summary>
    private async Task<IReadOnlyList<Figure>> SeriesAsync()
    {
        const int series = 1_000, wanted = 2_000;
        var folder = Directory.CreateTempSubdirectory("dalgu-bench-").FullName;
        try
        {
            var start = new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc);
            var perSeries = Rows / series;
            await using (var hub = new CityHub(new SqliteStoreFactory(folder), new HubOptions { OutboxKept = 1 }, new AccessPolicy([]), TimeProvider.System))
            {
                var tenant = await hub.TenantAsync();
                var ids = Enumerable.Range(0, series).Select(IdOf).ToArray();
                await tenant.WriteAsync(Principal.System, "bench.fill", ids, scope =>
                {
                    for (var n = 0; n < series; n++) scope.Put(Sample(n).Build());
                    return true;
                });
                // As a city fills: each minute a value of every sensor; fifty minutes a commit.
                const int atOnce = 50;
                for (var minute = 0; minute < perSeries; minute += atOnce)
                {
                    var from = minute;
                    await tenant.WriteAsync(Principal.System, "bench.fill", ids, scope =>
                    {
                        foreach (var id in ids)
                            for (var n = from; n < Math.Min(perSeries, from + atOnce); n++)
                                scope.Record(id, new EntityBuilder(id, "Vehicle").Number("speed", n % 97, "KMH", start.AddMinutes(n)).Build().Attributes);
                        return true;
                    });
                }
            }
            await using var server = await ServeAsync(folder);
            var at = 0;
            ReadOnlyMemory<byte>? Next(int _)
            {
                at = (at * 31 + 17) % series;
                var from = start.AddMinutes((at * 7919L) % Math.Max(1, perSeries - wanted));
                var to = from.AddMinutes(wanted);
                return Get(string.Create(CultureInfo.InvariantCulture, $"/ngsi-ld/v1/temporal/entities/{IdOf(at)}?attrs=speed&options=aggregatedValues&aggrMethods=avg,max&aggrPeriodDuration=PT5M&timerel=between&timeAt={from:s}Z&endTimeAt={to:s}Z"));
            }
            var result = await HttpLoad.RunAsync(server.Port, 1, duration, Next);
            if (result.Failures > 0) throw new InvalidOperationException("An aggregation was refused.");
            return [new($"aggregate 2,000 points of one of {series:N0} series, {Rows:N0} rows stored, 1 connection", result.Median.TotalMilliseconds, "ms", null, "< 20 ms", result.Median.TotalMilliseconds < 20, Latency(result))];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The same figures at ten thousand, a hundred thousand and a million entities: cost grows as the work does.</summary>
    private async Task<IReadOnlyList<Figure>> ScaleAsync()
    {
        var figures = new List<Figure>();
        foreach (var size in new[] { 10_000, 100_000, 1_000_000 })
        {
            var folder = Directory.CreateTempSubdirectory("dalgu-bench-").FullName;
            try
            {
                var bench = new HubBench(size, duration, say);
                say($"storing {size:N0} entities …");
                await bench.FillAsync(folder);
                figures.AddRange(await bench.StartAsync(folder));
                figures.AddRange(await bench.NearAsync(folder));
                figures.AddRange(await bench.RetrieveAsync(folder));
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        return figures;
    }

    /// <summary>Type, filter and place together: twenty fast vehicles around a corner.</summary>
    private async Task<IReadOnlyList<Figure>> NearAsync(string city)
    {
        await using var server = await ServeAsync(city);
        var number = 0;
        ReadOnlyMemory<byte>? Next(int _)
        {
            var n = (int)(Interlocked.Increment(ref number) * 7919L % entities);
            var place = string.Create(CultureInfo.InvariantCulture, $"[{128.3 + n % 1000 * 0.0004:F4},{35.7 + n / 1000 % 1000 * 0.0003:F4}]");
            return Get($"/ngsi-ld/v1/entities?type=Vehicle&q=speed%3E60&georel=near%3BmaxDistance%3D%3D300&geometry=Point&coordinates={Uri.EscapeDataString(place)}&limit=20");
        }
        await HttpLoad.RunAsync(server.Port, 4, TimeSpan.FromSeconds(2), Next);
        var result = await HttpLoad.RunAsync(server.Port, 4, duration, Next);
        if (result.Failures > 0) throw new InvalidOperationException("A query was refused.");
        return [new($"query by type, q and near over {entities:N0} entities, 20 wanted, 4 connections: p99", result.P99.TotalMilliseconds, "ms", null, "< 10 ms", result.P99.TotalMilliseconds < 10, $"p50 {result.Median.TotalMilliseconds:F2} ms, {result.PerSecond:N0}/s")];
    }
}
