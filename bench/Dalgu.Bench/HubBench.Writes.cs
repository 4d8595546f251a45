using System.Diagnostics;
using System.Text;

namespace Dalgu.Bench;

/// <content>Writes: one by one, in batches, and more than the hub can take.</content>
public sealed partial class HubBench
{
    private async Task<IReadOnlyList<Figure>> CreateAsync()
    {
        var folder = Directory.CreateTempSubdirectory("dalgu-bench-").FullName;
        try
        {
            await using var server = await ServeAsync(folder);
            var file = Path.Combine(folder, "probe.json");
            await File.WriteAllBytesAsync(file, []);
            await using var probe = await ProbeAsync(file);
            const int connections = 256;
            var number = 0;
            ReadOnlyMemory<byte>? Next(int _) => Post("/ngsi-ld/v1/entities", Body(Interlocked.Increment(ref number), 550));
            var (product, ceiling) = await AlternateAsync(
                () => HttpLoad.RunAsync(server.Port, connections, duration, Next),
                () => HttpLoad.RunAsync(probe.Port, connections, duration, Next));
            return
            [
                new("POST /entities, durable, 256 connections", product.PerSecond, "/s", null, "≥ 20,000/s", product.PerSecond >= 20_000, Latency(product)),
                Ratio("the same, beside Kestrel", product, ceiling, 0.25, "of plain Kestrel taking the same bodies"),
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<IReadOnlyList<Figure>> BatchAsync()
    {
        var folder = Directory.CreateTempSubdirectory("dalgu-bench-").FullName;
        try
        {
            await using var server = await ServeAsync(folder);
            using var probe = new SqliteProbe(Path.Combine(folder, "probe.db"));
            return [await BatchAsync(server, probe.Upsert, "raw SQLite", 0.40, 60_000)];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Figure> BatchAsync(ServerProcess server, Func<IReadOnlyList<(string, byte[])>, TimeSpan> upsert, string bare, double share, double least)
    {
        // Each round sends forty batches over four connections, then the bare database takes the same rows, a batch a transaction: enough that the
        // first and the last batches, which stand alone, weigh little. The first round creates 40,000 entities, the others replace them: both
        // halves of an upsert. The warm-up lasts until the code is compiled: after five rounds a fifth of the processor was still the compiler's. What is
        // counted is long enough for a generation of history to be filled and merged.
        const int size = 1000, batches = 40, connections = 4, rounds = 10, warmUps = 15;
        double product = 0, floor = 0;
        var busy = TimeSpan.Zero;
        for (var round = 0; round < rounds + warmUps; round++)
        {
            var rows = Enumerable.Range(0, batches).Select(k => Enumerable.Range(k * size, size).Select(n => (IdOf(n), Body: Body(n + round, 1000, n))).ToList()).ToList();
            var requests = rows.ConvertAll(batch => (ReadOnlyMemory<byte>)Post("/ngsi-ld/v1/entityOperations/upsert", $"[{string.Join(',', batch.Select(r => r.Body))}]"));
            var raw = rows.ConvertAll(batch => batch.ConvertAll(r => (r.Item1, Encoding.UTF8.GetBytes(r.Body))));
            var at = -1;
            var before = server.Processor;
            var started = Stopwatch.GetTimestamp();
            var result = await HttpLoad.RunAsync(server.Port, connections, TimeSpan.FromSeconds(60), _ => Interlocked.Increment(ref at) is var n && n < batches ? requests[n] : (ReadOnlyMemory<byte>?)null);
            var (took, spent) = (Stopwatch.GetElapsedTime(started), server.Processor - before);
            if (result.Failures > 0) throw new InvalidOperationException("A batch was refused.");
            var barely = raw.Sum(batch => upsert(batch).TotalSeconds);
            if (round < warmUps) continue;
            product += took.TotalSeconds;
            busy += spent;
            floor += barely;
        }
        const double counted = (double)rounds * batches * size;
        var (a, b) = (counted / product, counted / floor);
        var bar = (least > 0 ? FormattableString.Invariant($"≥ {least:N0}/s and ") : "≥ ") + FormattableString.Invariant($"{share * 100:0} % of {bare}");
        return new($"POST /entityOperations/upsert, 1,000 entities of 1 kB, {connections} connections", a, "entities/s", b, bar, a / b >= share && a >= least,
            FormattableString.Invariant($"{busy.TotalMilliseconds / (rounds * batches):0.0} ms of processor a batch in the server"));
    }

    private async Task<IReadOnlyList<Figure>> OverloadAsync()
    {
        var folder = Directory.CreateTempSubdirectory("dalgu-bench-").FullName;
        try
        {
            // A short queue, so that there is something to refuse: the knee is where it is full.
            const int queue = 256;
            await using var server = await ServeAsync(folder, ("DALGU_WRITE_QUEUE_LENGTH", $"{queue}"));
            var number = 0;
            ReadOnlyMemory<byte>? Next(int _) => Post("/ngsi-ld/v1/entities", Body(Interlocked.Increment(ref number), 550));
            await HttpLoad.RunAsync(server.Port, queue, TimeSpan.FromSeconds(3), Next);
            var (knee, past) = (new List<double>(), new List<double>());
            var refused = 0L;
            for (var i = 0; i < 3; i++)
            {
                knee.Add(Good(await HttpLoad.RunAsync(server.Port, queue, duration, Next)));
                var run = await HttpLoad.RunAsync(server.Port, 2 * queue, duration, Next);
                past.Add(Good(run));
                refused += run.Failures;
            }
            var (a, b) = (past.Order().ElementAt(1), knee.Order().ElementAt(1));
            return [new("creates accepted with twice the load of a full queue", a, "/s", b, "does not fall", a >= 0.95 * b, $"{refused:N0} refused with 503")];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        static double Good(LoadResult run) => run.PerSecond * (1 - run.Failures / (double)run.Answers);
    }
}
