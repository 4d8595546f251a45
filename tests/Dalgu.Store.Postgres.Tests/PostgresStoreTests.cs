using Dalgu.Hub.Storage;
using Dalgu.Store.Sqlite;
using Dalgu.Testing;
using Xunit;

[assembly: AssemblyFixture(typeof(SharedPostgres))]

namespace Dalgu.Store.Postgres.Tests;

/// <summary>The contract, on PostgreSQL. Each test has a database of its own.</summary>
public sealed class PostgresStoreTests : StoreContract, IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-store-").FullName;
    private PostgresStoreFactory stores = null!;
    private string connection = "";
    private int files;

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        connection = await (await PostgresCluster.SharedAsync()).NewDatabaseAsync();
        stores = new(connection, file => new SqliteStore(file));
    }

    protected override IStore NewStore() => stores.Create("");

    protected override IStore NewStoreOver(string backup) => new SqliteStore(backup);

    protected override string NewFile() => Path.Combine(folder, $"backup-{++files}.db");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (stores is not null) await stores.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public override async Task Many_readers_at_once_see_whole_units_while_one_writer_commits()
    {
        using (var db = new TamperedDatabase(connection))
            Assert.SkipWhen(db.Lines("SELECT extname FROM pg_extension").Contains("citus"), "Citus has no snapshot over shards: a reader may see a commit on one worker before another (docs/operate/scale.md).");
        await base.Many_readers_at_once_see_whole_units_while_one_writer_commits();
    }

    [Fact]
    public async Task Tenants_share_the_tables_and_see_nothing_of_each_other()
    {
        Assert.Equal([""], stores.Tenants());
        var (a, _) = await OpenAsync(stores.Create("gyeongsan"));
        var (b, _) = await OpenAsync(stores.Create("a-1"));
        await a.CommitAsync(Unit(1, "urn:a:1", 1, place: new Box(1, 1, 2, 2)));
        await b.CommitAsync(Unit(1, "urn:a:2", 1, place: new Box(1, 1, 2, 2)));
        Assert.Equal(["", "a-1", "gyeongsan"], stores.Tenants());
        Assert.Null(await a.ReadAsync("urn:a:2"));
        foreach (var narrowing in new Narrowing[] { new(), new() { Types = [1] }, new() { Place = new Box(0, 0, 3, 3) }, new() { Ids = ["urn:a:1", "urn:a:2"] } })
            Assert.Equal("urn:a:1", Assert.Single(await AllAsync(a.ScanAsync(narrowing))).Id);
        Assert.Equal("urn:a:2", Assert.Single(await AllAsync(b.OutboxAsync(0, 9))).Id);
    }

    [Fact]
    public async Task Scans_go_on_over_many_pages_whatever_narrows_them()
    {
        var (store, _) = await OpenAsync();
        var unit = new CommitUnit();
        for (var i = 0; i < 2_500; i++) unit.Entities.Add(new EntityWrite(i + 1, $"urn:a:{i:00000}", true, false, [1 + i % 3], null, false, new Box(i % 100, 0, i % 100 + 0.5, 1), true, i + 1, new byte[] { 1 }));
        await store.CommitAsync(unit);
        foreach (var (narrowing, count) in new (Narrowing, int)[] { (new(), 2_500), (new() { Types = [1] }, 834), (new() { Types = [1, 2] }, 1_667), (new() { Place = new Box(-1, 0, 49.9, 1) }, 1_250), (new() { After = "urn:a:00999" }, 1_500) })
        {
            var ids = (await AllAsync(store.ScanAsync(narrowing))).ConvertAll(e => e.Id);
            Assert.Equal(count, ids.Count);
            Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
            Assert.Equal(count, await store.CountAsync(narrowing));
        }
    }

    [Fact]
    public async Task History_is_partitioned_by_time_and_what_waits_in_the_default_partition_moves()
    {
        var (store, _) = await OpenAsync();
        var times = new[] { new DateTime(1950, 1, 1), new DateTime(2010, 6, 1), new DateTime(2026, 11, 23), new DateTime(2026, 12, 1), new DateTime(3000, 1, 1) };
        for (var i = 0; i < times.Length; i++) await store.CommitAsync(Unit(1, "urn:a:1", i + 1, isNew: i == 0, time: times[i].Ticks));
        Assert.Equal(times.Select(t => t.Ticks), (await AllAsync(store.HistoryAsync(1, 0, long.MaxValue, false))).Select(h => h.Time));
        Assert.Equal(["history_2010:1", "history_2026_11:1", "history_2026_12:1", "history_other:2"], Partitions());
        using (var db = new TamperedDatabase(connection))
        {
            // As a row that came before its partition: the partition has gone, and the row is in the default one.
            db.Execute("ALTER TABLE history DETACH PARTITION history_2026_12");
            db.Execute("INSERT INTO history SELECT * FROM history_2026_12; DROP TABLE history_2026_12");
        }
        await using var later = new PostgresStoreFactory(connection, file => new SqliteStore(file));
        var (again, _) = await OpenAsync(later.Create(""));
        await again.CommitAsync(Unit(1, "urn:a:1", 6, isNew: false, time: times[3].Ticks + 1));
        Assert.Equal(["history_2010:1", "history_2026_11:1", "history_2026_12:2", "history_other:2"], Partitions());

        List<string> Partitions()
        {
            using var db = new TamperedDatabase(connection);
            var names = db.Lines("SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'history'::regclass ORDER BY c.relname");
            return names.ConvertAll(n => $"{n}:{db.Lines($"SELECT count(*)::text FROM {n}")[0]}");
        }
    }

    [Fact]
    public async Task A_database_of_a_later_version_is_refused()
    {
        await OpenAsync();
        using (var db = new TamperedDatabase(connection)) db.Execute("UPDATE version SET number = 99");
        await using var later = new PostgresStoreFactory(connection, file => new SqliteStore(file));
        var refusal = await Assert.ThrowsAsync<Problem>(async () => await OpenAsync(later.Create("")));
        Assert.Contains("version 99", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_writer_that_does_not_know_the_last_commit_cannot_fork_the_chain()
    {
        var (first, _) = await OpenAsync();
        var (second, _) = await OpenAsync(stores.Create(""));
        await first.CommitAsync(Unit(1, "urn:a:1", 1));
        var refusal = await Assert.ThrowsAsync<Problem>(async () => await second.CommitAsync(Unit(2, "urn:a:2", 1)));
        Assert.Equal(ProblemKind.Unavailable, refusal.Kind);
        Assert.Null(await first.ReadAsync("urn:a:2"));
    }

    [Fact]
    public async Task A_turn_is_free_for_the_other_node_after_a_commit_that_the_server_refused()
    {
        await using var others = new PostgresStoreFactory(connection, file => new SqliteStore(file));
        var (one, _) = await OpenAsync(stores.Create(""));
        var (other, _) = await OpenAsync(others.Create(""));
        var (first, second) = ((ISharedStore)one, (ISharedStore)other);
        await first.BeginTurnAsync(TestContext.Current.CancellationToken);
        await first.CommitAsync(Unit(1, "urn:a:1", 1), TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<Problem>(async () => await first.CommitAsync(Unit(1, "urn:a:1", 1), TestContext.Current.CancellationToken)); // a change of that number is there
        await first.EndTurnAsync();
        await second.BeginTurnAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        await second.EndTurnAsync();
    }

    // Words that were seen of Citus 13.2.2 when a worker was stopped under load.
    [Theory]
    [InlineData("XX000", "SSL SYSCALL error: EOF detected", ProblemKind.Unavailable)]
    [InlineData("XX000", "failure on connection marked as essential: 127.0.0.1:5432", ProblemKind.Unavailable)]
    [InlineData("08006", "connection to the remote node postgres@127.0.0.1:5432 failed with the following error: Connection refused", ProblemKind.Unavailable)]
    [InlineData("XX000", "cache lookup failed for relation 1", ProblemKind.InternalError)]
    public void A_worker_that_went_away_is_no_fault_of_the_request(string state, string message, ProblemKind kind) =>
        Assert.Equal(kind, StoreFault.Of(new Npgsql.PostgresException(message, "ERROR", "ERROR", state))!.Kind);

    [Fact]
    public async Task A_check_finds_indexes_that_contradict_the_entities()
    {
        var (store, _) = await OpenAsync();
        await store.CommitAsync(Unit(1, "urn:a:1", 1, place: new Box(1, 1, 2, 2)));
        await store.CommitAsync(Unit(2, "urn:a:2", 2));
        Assert.Empty(await AllAsync(store.CheckAsync()));
        using (var db = new TamperedDatabase(connection)) db.Execute("DELETE FROM entity WHERE id = 'urn:a:1'; DELETE FROM entity_type WHERE id = 'urn:a:2'");
        Assert.Equal(3, (await AllAsync(store.CheckAsync())).Count);
    }

    [Fact]
    public async Task A_copy_into_another_kind_of_store_and_back_holds_the_same()
    {
        var (store, _) = await OpenAsync();
        var unit = Unit(1, "urn:a:1", 1, types: [1, 3], place: new Box(128.5, 35.5, 129.25, 36));
        unit.Names.AddRange([(1, "https://example.org/길"), (2, "b"), (3, "c")]);
        unit.Documents.Add(new("accounts", "a", "{}"u8.ToArray()));
        unit.Census[new(1, 0, 0)] = 1;
        await store.CommitAsync(unit);
        await store.CommitAsync(Unit(2, "urn:a:2", 2, types: [3]));
        await store.CommitAsync(Unit(2, "urn:a:2", 3, isNew: false, gone: true, types: [3]));
        var (file, _) = await OpenAsync(new SqliteStore(NewFile()));
        var sum = await StoreCopy.RunAsync(store, file);
        Assert.Equal(sum, await StoreCopy.SumAsync(file));
        var (back, _) = await OpenAsync(stores.Create("back"));
        Assert.Equal(sum, await StoreCopy.RunAsync(file, back));
        Assert.Equal(sum, await StoreCopy.SumAsync(back));
        Assert.Equal((2, 3, 3, 3, 1), (sum.Entities, sum.HistoryRows, sum.OutboxRows, sum.AuditEntries, sum.Documents));
    }

    [Fact]
    public async Task Reads_and_commits_go_on_over_a_server_that_ends_every_connection()
    {
        var (store, _) = await OpenAsync();
        await store.CommitAsync(Unit(1, "urn:a:1", 1));
        for (var seq = 2; seq <= 4; seq++)
        {
            using (var db = new TamperedDatabase(connection)) db.Execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = current_setting('application_name') AND pid <> pg_backend_pid() AND datname = current_database()");
            if (seq % 2 == 0) Assert.NotNull(await store.ReadAsync("urn:a:1"));
            try
            {
                await store.CommitAsync(Unit(1, "urn:a:1", seq, isNew: false));
            }
            catch (Problem e) when (e.Kind == ProblemKind.Unavailable)
            {
                await store.CommitAsync(Unit(1, "urn:a:1", seq, isNew: false)); // refused whole: the same unit goes through
            }
        }
        Assert.Equal([1, 2, 3, 4], (await AllAsync(store.OutboxAsync(0, 10))).ConvertAll(r => r.Seq));
    }
}
