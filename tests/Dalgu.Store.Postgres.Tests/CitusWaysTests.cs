using Dalgu.Hub.Storage;
using Dalgu.Store.Sqlite;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Store.Postgres.Tests;

/// <summary>What the store does otherwise on Citus, on a plain server that it takes for a coordinator: a function of the schema stands for the one of Citus
/// that ends half-done commits, counts how often it is called, and warns as often as a worker would be away.</summary>
public sealed class CitusWaysTests : IAsyncLifetime
{
    private PostgresStoreFactory stores = null!;
    private string connection = "";
    private int entities;

    public async ValueTask InitializeAsync()
    {
        connection = await (await PostgresCluster.SharedAsync()).NewDatabaseAsync();
        stores = new(connection, file => new SqliteStore(file));
        _ = stores.Tenants(); // makes the tables
        Assert.SkipWhen(stores.Database.IsCitus, "This is a real cluster, where the other tests go these ways and nothing can be put in their place.");
        using var db = new TamperedDatabase(connection);
        db.Execute("""
            CREATE SEQUENCE called; CREATE TABLE away (calls int NOT NULL); INSERT INTO away VALUES (0);
            CREATE FUNCTION recover_prepared_transactions() RETURNS int LANGUAGE plpgsql AS $$
            BEGIN
                IF nextval('called') <= (SELECT calls FROM away) THEN RAISE WARNING 'transaction recovery cannot connect to worker-2:5432'; END IF;
                RETURN 0;
            END $$;
            """);
        stores.Database.IsCitus = true;
    }

    public async ValueTask DisposeAsync()
    {
        if (stores is not null) await stores.DisposeAsync();
    }

    private void Execute(string sql)
    {
        using var db = new TamperedDatabase(connection);
        db.Execute(sql);
    }

    private int Calls()
    {
        using var db = new TamperedDatabase(connection);
        return int.Parse(db.Lines("SELECT (last_value - 1 + is_called::int)::text FROM called")[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task<ISharedStore> OpenAsync()
    {
        var store = (ISharedStore)stores.Create("");
        await store.OpenAsync(TestContext.Current.CancellationToken);
        return store;
    }

    private CommitUnit Unit(params int[] types)
    {
        var number = ++entities;
        var unit = new CommitUnit();
        unit.Entities.Add(new(number, $"urn:a:{number:0000}", true, false, types, null, false, null, false, number, new byte[] { 1 }));
        return unit;
    }

    [Fact]
    public async Task Pages_by_type_read_the_ids_first_and_miss_and_repeat_nothing()
    {
        await using var store = await OpenAsync();
        var unit = new CommitUnit();
        for (var i = 1; i <= 2_500; i++) unit.Entities.Add(new(i, $"urn:a:{i:0000}", true, i % 5 == 0, i % 3 == 0 ? [1, 2] : [1 + i % 2], null, false, null, false, i, new byte[] { 1 }));
        await store.CommitAsync(unit, TestContext.Current.CancellationToken);
        foreach (var narrowing in new Narrowing[] { new() { Types = [1] }, new() { Types = [2, 1] }, new() { Types = [1, 2], IncludeGone = true }, new() { Types = [2], IncludeGone = true, After = "urn:a:1000" }, new() { Types = [3] } })
        {
            var wanted = unit.Entities.Where(e => e.Types.Intersect(narrowing.Types!).Any() && (narrowing.IncludeGone || !e.Gone) && string.CompareOrdinal(e.Id, narrowing.After) > 0).Select(e => e.Id);
            Assert.Equal(wanted, await IdsAsync(store.ScanAsync(narrowing)));
        }
    }

    [Fact]
    public async Task A_tenant_is_opened_once_half_done_commits_are_ended()
    {
        Execute($"UPDATE away SET calls = {int.MaxValue}");
        var refusal = await Assert.ThrowsAsync<Problem>(OpenAsync);
        Assert.Equal(ProblemKind.Unavailable, refusal.Kind);
        Assert.Contains("worker-2:5432", refusal.Message, StringComparison.Ordinal);
        Execute("UPDATE away SET calls = 0");
        await using var store = await OpenAsync();
    }

    [Fact]
    public async Task A_commit_that_a_worker_may_lack_is_acknowledged_when_the_worker_is_back()
    {
        await using var store = await OpenAsync();
        await store.CommitAsync(Unit(1), TestContext.Current.CancellationToken);
        Execute("""
            CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'failed to commit transaction on worker-2:5432'; RETURN NULL; END $$;
            CREATE TRIGGER lose AFTER UPDATE ON head FOR EACH ROW EXECUTE FUNCTION lose();
            """);
        var away = Calls() + 3;
        Execute($"UPDATE away SET calls = {away}");
        await store.CommitAsync(Unit(1), TestContext.Current.CancellationToken);
        Assert.True(Calls() > away, $"acknowledged after {Calls()} looks, of which {away} did not find the worker");
    }

    [Fact]
    public async Task News_of_another_node_are_read_once_half_done_commits_are_ended()
    {
        await using var one = await OpenAsync();
        await using var other = await OpenAsync();
        await one.CommitAsync(Unit(1), TestContext.Current.CancellationToken);
        Execute($"UPDATE away SET calls = {int.MaxValue}");
        await Assert.ThrowsAsync<Problem>(async () => await other.NewsAsync(TestContext.Current.CancellationToken));
        Execute("UPDATE away SET calls = 0");
        Assert.NotNull(await other.NewsAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_size_counts_the_workers_that_answer()
    {
        await using var store = await OpenAsync();
        Execute("""
            CREATE FUNCTION run_command_on_workers(command text) RETURNS TABLE (nodename text, nodeport int, success boolean, result text) LANGUAGE sql AS
            $$ VALUES ('worker-1', 5432, true, '1000000000000'), ('worker-2', 5432, false, 'connection refused') $$;
            """);
        var size = await store.SizeAsync(TestContext.Current.CancellationToken);
        Assert.InRange(size.Bytes, 1_000_000_000_001, 1_001_000_000_000);
    }

    private static async Task<List<string>> IdsAsync(IAsyncEnumerable<StoredEntity> entities)
    {
        var ids = new List<string>();
        await foreach (var entity in entities) ids.Add(entity.Id);
        return ids;
    }
}
