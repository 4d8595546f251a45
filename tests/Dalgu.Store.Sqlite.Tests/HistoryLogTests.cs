using CsCheck;
using Dalgu.Hub.Audit;
using Dalgu.Hub.Storage;
using Dalgu.Store.Sqlite;
using Xunit;

namespace Dalgu.Store.Sqlite.Tests;

/// <summary>The log of recent history and the blocks that it is merged into answer as a plain sorted list would, whatever was written and taken away,
/// wherever the merge stands, and after opening again.</summary>
public sealed class HistoryLogTests
{
    private const int Entities = 4;

    /// <summary>What a commit does to one entity.</summary>
    private sealed record Step(int Key, int Rows, int Time, int Length, int Act, bool Reopens, bool Waits, bool Fails);

    private static readonly AuditEntry First = AuditEntry.After(null, default, "", "", "", 0, 0, AuditEntry.Genesis);

    /// <summary>A store with small generations, so that there are merges; and what runs beside its commits: at once, or when a step lets it.</summary>
    private sealed class Merging(string file, int generation)
    {
        private Task running = Task.CompletedTask;

        public SqliteStore Store { get; private set; } = null!;

        public async Task OpenAsync()
        {
            Store = new SqliteStore(file, generation, act => running = Task.Run(act));
            await Store.OpenAsync();
        }

        /// <summary>Commits a unit, and lets what runs beside it end before the next one or not.</summary>
        public async Task CommitAsync(CommitUnit unit, bool waits)
        {
            await Store.CommitAsync(unit);
            if (waits) await running;
        }
    }

    private static readonly Gen<Step[]> Steps =
        Gen.Select(Gen.Int[1, Entities], Gen.Int[1, 12], Gen.Int[-40, 40], Gen.OneOf(Gen.Int[1, 80], Gen.Int[290, 320], Gen.Int[7_000, 9_000]), Gen.Int[0, 20], Gen.Int[0, 12], Gen.Int[0, 11])
            .Select(t => new Step(t.Item1, t.Item2, t.Item3, t.Item4, t.Item5, t.Item6 == 0, t.Item7 % 4 > 0, t.Item7 / 4 == 0)).Array[1, 60];

    [Fact]
    public async Task What_is_read_is_what_was_written_and_not_taken_away() => await Steps.SampleAsync(async steps =>
    {
        var folder = Directory.CreateTempSubdirectory("dalgu-history-").FullName;
        try
        {
            await RunAsync(Path.Combine(folder, "city.db"), steps);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }, iter: 60, threads: 1);

    private static async Task RunAsync(string file, Step[] steps)
    {
        var model = new SortedDictionary<(long Key, long Time, long Seq), byte[]>();
        var city = new Merging(file, 10);
        await city.OpenAsync();
        var begin = new CommitUnit();
        begin.Audit.Add(First);
        await city.CommitAsync(begin, waits: true);
        var seq = 0L;
        foreach (var step in steps)
        {
            seq++;
            var unit = new CommitUnit();
            if (step.Act == 0)
            {
                unit.ErasedHistories.Add(step.Key);
                foreach (var row in model.Keys.Where(k => k.Key == step.Key).ToList()) model.Remove(row);
            }
            else if (step.Act < 4 && model.Keys.Where(k => k.Key == step.Key).ToList() is { Count: > 0 } there)
            {
                var gone = there[(step.Time + 40) % there.Count];
                unit.History.Add(new(gone.Key, gone.Time, gone.Seq, 0, default));
                model.Remove(gone);
            }
            else
                for (var i = 0; i < step.Rows; i++)
                {
                    var body = new byte[step.Length];
                    new Random((int)seq * 100 + i).NextBytes(body);
                    var row = new HistoryRow(step.Key, step.Act < 12 ? seq * 100 + i : step.Time + i, seq, seq * 7, body, step.Length % 2 == 0);
                    unit.History.Add(row);
                    model[(row.Key, row.Time, row.Seq)] = body;
                }
            unit.History.Sort((a, b) => (a.Key, a.Time, a.Seq).CompareTo((b.Key, b.Time, b.Seq)));
            if (step.Fails)
            {
                // An entry that is there already: by then the unit's history is written, and merged as far as it goes.
                unit.Audit.Add(First);
                await Assert.ThrowsAsync<Problem>(() => city.CommitAsync(unit, step.Waits));
                unit.Audit.Clear();
            }
            await city.CommitAsync(unit, step.Waits);
            if (step.Reopens)
            {
                await city.Store.DisposeAsync();
                await city.OpenAsync();
            }
            await CompareAsync(city.Store, model, step.Key, long.MinValue, long.MaxValue);
        }
        Assert.InRange((await city.Store.SizeAsync()).HistoryRows, model.Count, long.MaxValue); // what is taken away counts until it is merged
        for (var key = 1; key <= Entities; key++)
        {
            await CompareAsync(city.Store, model, key, long.MinValue, long.MaxValue);
            await CompareAsync(city.Store, model, key, -5, 500);
        }
        await city.Store.DisposeAsync();
    }

    private static async Task CompareAsync(SqliteStore store, SortedDictionary<(long Key, long Time, long Seq), byte[]> model, long key, long from, long to)
    {
        var expected = model.Where(m => m.Key.Key == key && m.Key.Time >= from && m.Key.Time < to).Select(m => (m.Key.Time, m.Key.Seq, Convert.ToHexString(m.Value))).ToList();
        foreach (var descending in new[] { false, true })
        {
            var found = new List<(long, long, string)>();
            await foreach (var row in store.HistoryAsync(key, from, to, descending)) found.Add((row.Time, row.Seq, Convert.ToHexString(row.Body.Span)));
            if (descending) found.Reverse();
            Assert.Equal(expected, found);
        }
    }

    [Fact]
    public async Task Readers_see_whole_histories_while_generations_are_merged()
    {
        var folder = Directory.CreateTempSubdirectory("dalgu-history-").FullName;
        try
        {
            var store = new SqliteStore(Path.Combine(folder, "city.db"), 50);
            await store.OpenAsync();
            using var end = new CancellationTokenSource();
            var readers = Enumerable.Range(1, 2).Select(key => Task.Run(async () =>
            {
                for (var least = 0; !end.IsCancellationRequested;)
                {
                    var times = new List<long>();
                    await foreach (var row in store.HistoryAsync(key, long.MinValue, long.MaxValue, false)) times.Add(row.Time);
                    Assert.True(times.Count >= least, $"{times.Count} rows after {least}");
                    Assert.Equal(Enumerable.Range(1, times.Count).Select(t => (long)t), times);
                    least = times.Count;
                }
            })).ToList();
            for (var time = 1; time <= 1_500; time++)
            {
                var unit = new CommitUnit();
                for (var key = 1; key <= 3; key++) unit.History.Add(new(key, time, time, time, new byte[] { 1, (byte)time }));
                await store.CommitAsync(unit);
            }
            await end.CancelAsync();
            await Task.WhenAll(readers);
            Assert.Equal(4_500, (await store.SizeAsync()).HistoryRows);
            await store.DisposeAsync();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_damaged_log_refuses_the_commit_after_it_is_found_and_keeps_the_one_before()
    {
        var folder = Directory.CreateTempSubdirectory("dalgu-history-").FullName;
        var file = Path.Combine(folder, "city.db");
        try
        {
            Action? search = null;
            var found = new TaskCompletionSource();
            await using (var store = new SqliteStore(file, 10, act =>
            {
                search = act;
                return found.Task;
            }))
            {
                await store.OpenAsync();
                for (var time = 1; time <= 16; time++) await CommitAsync(store, time);
                using (var db = new TamperedFile(file)) db.Execute("DELETE FROM history_recent WHERE number = 3");
                found.SetException(Assert.Throws<InvalidDataException>(search!));
                await CommitAsync(store, 17);
                for (var again = 0; again < 2; again++) await Assert.ThrowsAsync<InvalidDataException>(() => CommitAsync(store, 18));
                Assert.Equal(17, (await TimesAsync(store))[^1]);
            }
            await using var later = new SqliteStore(file, 10);
            await later.OpenAsync();
            Assert.Equal(Enumerable.Range(1, 17).Where(t => t != 3).Select(t => (long)t), await TimesAsync(later));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        static async Task CommitAsync(SqliteStore store, int time)
        {
            var unit = new CommitUnit();
            unit.History.Add(new(1, time, time, time, new byte[] { 1 }));
            await store.CommitAsync(unit);
        }

        static async Task<List<long>> TimesAsync(SqliteStore store)
        {
            var times = new List<long>();
            await foreach (var row in store.HistoryAsync(1, long.MinValue, long.MaxValue, false)) times.Add(row.Time);
            return times;
        }
    }

    [Theory]
    [InlineData(1, 16)] // sixteen rows of an entity, and ten in all
    [InlineData(2, 16)]
    [InlineData(4, 10)] // four generations in all
    [InlineData(10, 1)] // so many entities
    public async Task A_generation_waits_for_many_rows_of_each_entity_and_not_for_ever(int entities, int commits)
    {
        var folder = Directory.CreateTempSubdirectory("dalgu-history-").FullName;
        var file = Path.Combine(folder, "city.db");
        try
        {
            var city = new Merging(file, 10);
            await city.OpenAsync();
            await using var store = city.Store;
            for (var time = 1; time <= commits; time++) await CommitAsync(time);
            Assert.Equal(0, Blocks());
            await CommitAsync(commits + 1); // beside the one before it was found what is to be done, and is taken over behind this one
            await CommitAsync(commits + 2);
            Assert.Equal(entities, Blocks());

            async Task CommitAsync(int time)
            {
                Assert.Equal(0, Blocks());
                var unit = new CommitUnit();
                for (var key = 1; key <= entities; key++) unit.History.Add(new(key, time, time, time, new byte[] { 1 }));
                await city.CommitAsync(unit, waits: true);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        long Blocks()
        {
            using var db = new TamperedFile(file);
            return db.Number("SELECT count(*) FROM history");
        }
    }
}
