using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Audit;
using Dalgu.Hub.Changes;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;
using Dalgu.Store.Sqlite;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Store.Postgres.Tests;

/// <summary>Large units that are sent ahead of their commit.</summary>
public sealed class AheadTests : IAsyncLifetime
{
    private const int Many = 400;
    private string connection = "";
    private PostgresStoreFactory stores = null!;
    private long lastSeq;
    private AuditEntry? lastAudit;

    public async ValueTask InitializeAsync()
    {
        connection = await (await PostgresCluster.SharedAsync()).NewDatabaseAsync();
        stores = new(connection, file => new SqliteStore(file));
    }

    public async ValueTask DisposeAsync()
    {
        if (stores is not null) await stores.DisposeAsync();
    }

    private void SkipOnCitus()
    {
        _ = stores.Tenants(); // looks at the server
        Assert.SkipWhen(stores.Database.IsCitus, "On Citus nothing is sent ahead.");
    }

    private async Task<ISharedStore> OpenAsync(PostgresStoreFactory? factory = null)
    {
        var store = (ISharedStore)(factory ?? stores).Create("");
        await store.OpenAsync(TestContext.Current.CancellationToken);
        return store;
    }

    /// <summary>What is known of each entity while units are made, as a writer knows it.</summary>
    private readonly Dictionary<long, (int[] Types, bool Gone, Box? Place)> known = [];

    private CommitUnit Unit(IEnumerable<long> keys, Func<long, (int[] Types, bool Gone, Box? Place)> next)
    {
        var unit = new CommitUnit();
        var first = lastSeq + 1;
        foreach (var key in keys.Order())
        {
            var (seq, id) = (++lastSeq, $"urn:a:{key:00000}");
            var (types, gone, place) = next(key);
            var isNew = !known.TryGetValue(key, out var was);
            var body = BitConverter.GetBytes(seq);
            unit.Entities.Add(new(key, id, isNew, gone, types, !isNew && !was.Types.SequenceEqual(types) ? was.Types : null, !isNew && was.Gone, place, place != was.Place, seq, body));
            unit.History.Add(new(key, seq * 10, seq, seq * 10, body));
            unit.Outbox.Add(new(seq, key, id, gone ? ChangeKind.Deleted : isNew ? ChangeKind.Created : ChangeKind.Updated, seq * 10, [1], [(byte)seq]));
            known[key] = (types, gone, place);
        }
        lastAudit = AuditEntry.After(lastAudit, new DateTime(lastSeq * 10, DateTimeKind.Utc), "who", "entities.upsert", "many", first, lastSeq, [1]);
        unit.Audit.Add(lastAudit);
        return unit;
    }

    private CommitUnit Plain(long first, double x = 1) => Unit(Enumerable.Range(0, Many).Select(n => first + n), key => ([1], false, new Box(x, key / 1000.0, x, key / 1000.0)));

    private string Line(string sql)
    {
        using var db = new TamperedDatabase(connection);
        return db.Lines(sql)[0];
    }

    private void AssertAtRest(int historyRows)
    {
        Assert.Equal($"{historyRows}", Line("SELECT count(*)::text FROM history"));
        Assert.Equal("0", Line("SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"));
    }

    [Fact]
    public async Task Units_that_overwrite_each_other_leave_the_last_state_and_every_row()
    {
        await using var store = await OpenAsync();
        await store.BeginTurnAsync(TestContext.Current.CancellationToken);
        await store.CommitAsync(Plain(1), TestContext.Current.CancellationToken); // makes the partition
        List<CommitUnit> units = [Plain(1, 2), Plain(1, 3), Plain(200, 4), Plain(1, 5)];
        foreach (var unit in units) store.Announce(unit);
        foreach (var unit in units) await store.CommitAsync(unit, TestContext.Current.CancellationToken);
        await store.EndTurnAsync();
        Assert.Equal(5 * Many, (await store.OutboxAsync(0, int.MaxValue).ToListAsync(TestContext.Current.CancellationToken)).Count);
        Assert.Equal($"{5 * Many}", Line("SELECT count(*)::text FROM history"));
        Assert.Equal((4 * Many) + 7, BitConverter.ToInt64((await store.ReadAsync("urn:a:00007", TestContext.Current.CancellationToken))!.Body));
        Assert.Equal(Many, await store.CountAsync(new() { Place = new Box(5, 0, 5, 1) }, TestContext.Current.CancellationToken));
        Assert.Empty(await store.CheckAsync().ToListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Types_that_go_and_come_back_are_found()
    {
        await using var store = await OpenAsync();
        await store.BeginTurnAsync(TestContext.Current.CancellationToken);
        List<CommitUnit> units = [Plain(1)];
        await store.CommitAsync(units[0], TestContext.Current.CancellationToken);
        foreach (var type in (int[])[2, 1, 2]) units.Add(Unit(Enumerable.Range(1, Many).Select(n => (long)n), key => known[key] with { Types = [type] }));
        foreach (var unit in units[1..]) store.Announce(unit);
        await Task.Delay(500, TestContext.Current.CancellationToken); // what may go ahead has gone
        foreach (var unit in units[1..]) await store.CommitAsync(unit, TestContext.Current.CancellationToken);
        await store.EndTurnAsync();
        Assert.Equal((0, Many), (await store.CountAsync(new() { Types = [1] }, TestContext.Current.CancellationToken), await store.CountAsync(new() { Types = [2] }, TestContext.Current.CancellationToken)));
        Assert.Empty(await store.CheckAsync().ToListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_was_announced_and_not_committed_leaves_no_row_and_no_lock()
    {
        SkipOnCitus();
        await using var others = new PostgresStoreFactory(connection, file => new SqliteStore(file));
        await using var one = await OpenAsync();
        await one.BeginTurnAsync(TestContext.Current.CancellationToken);
        await one.CommitAsync(Plain(1), TestContext.Current.CancellationToken);
        var (seq, audit) = (lastSeq, lastAudit);
        one.Announce(Plain(1, 2));
        one.Announce(Plain(1, 3));
        await one.EndTurnAsync();
        (lastSeq, lastAudit) = (seq, audit);
        await using var other = await OpenAsync(others);
        await other.BeginTurnAsync(TestContext.Current.CancellationToken);
        await other.CommitAsync(Plain(1, 4), TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        await other.EndTurnAsync();
        AssertAtRest(historyRows: 2 * Many);
    }

    [Fact]
    public async Task A_unit_behind_one_that_is_refused_is_given_up_with_it()
    {
        SkipOnCitus();
        await using var store = await OpenAsync();
        await store.BeginTurnAsync(TestContext.Current.CancellationToken);
        await store.CommitAsync(Plain(1), TestContext.Current.CancellationToken);
        using (var db = new TamperedDatabase(connection)) db.Execute("UPDATE head SET version = version + 1"); // as by another node
        var (first, second) = (Plain(1, 2), Plain(1, 3));
        store.Announce(first);
        store.Announce(second);
        Assert.Equal(ProblemKind.Unavailable, (await Assert.ThrowsAsync<Problem>(async () => await store.CommitAsync(first, TestContext.Current.CancellationToken))).Kind);
        await store.EndTurnAsync();
        AssertAtRest(historyRows: Many);
    }

    [Fact]
    public async Task A_unit_whose_connection_was_lost_is_sent_once_more()
    {
        SkipOnCitus();
        await using var store = await OpenAsync();
        await store.BeginTurnAsync(TestContext.Current.CancellationToken);
        await store.CommitAsync(Plain(1), TestContext.Current.CancellationToken);
        var unit = Plain(1, 2);
        using (var blocker = new TamperedDatabase(connection))
        {
            blocker.Execute("BEGIN; LOCK TABLE history IN ACCESS EXCLUSIVE MODE");
            store.Announce(unit);
            const string sending = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY history%'";
            for (var i = 0; i < 200 && Line("SELECT count(*)::text " + sending) == "0"; i++) await Task.Delay(20, TestContext.Current.CancellationToken);
            Assert.Equal("1", Line("SELECT count(pg_terminate_backend(pid))::text " + sending));
        }
        await store.CommitAsync(unit, TestContext.Current.CancellationToken);
        await store.EndTurnAsync();
        Assert.Equal($"{2 * Many}", Line("SELECT count(*)::text FROM history"));
    }

    [Fact]
    public async Task A_write_that_changes_nothing_keeps_no_large_one_waiting()
    {
        await using var hub = new CityHub(stores, new HubOptions(), new AccessPolicy([]), TimeProvider.System);
        var tenant = await hub.TenantAsync(cancel: TestContext.Current.CancellationToken);
        var ids = Enumerable.Range(0, Many).Select(k => $"urn:ngsi-ld:Road:{k}").ToList();
        for (var value = 1; value <= 3; value++)
        {
            await tenant.WriteAsync(Principal.System, "entities.put", ids, scope =>
            {
                foreach (var id in ids) scope.Put(new EntityBuilder(id, "Road").Number("speed", value).Build());
                return 0;
            }).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
            await tenant.WriteAsync(Principal.System, "nothing", [ids[0]], _ => 0);
        }
    }

    /// <summary>The writer of a tenant announces what it builds: large and small writes, such as change nothing, and an end in the midst of them.</summary>
    [Fact]
    public async Task A_tenant_that_ends_in_the_midst_of_large_writes_has_all_that_it_acknowledged()
    {
        var cancel = TestContext.Current.CancellationToken;
        var acknowledged = 0;
        for (var round = 0; round < 3; round++)
        {
            await using var own = new PostgresStoreFactory(connection, file => new SqliteStore(file));
            var hub = new CityHub(own, new HubOptions(), new AccessPolicy([]), TimeProvider.System);
            var tenant = await hub.TenantAsync(cancel: cancel);
            var writes = new List<Task<int>>();
            for (var n = 0; n < 20; n++)
            {
                var (value, ids) = (round * 20 + n + 1, Enumerable.Range(0, 500).Select(k => $"urn:ngsi-ld:Road:{k}").ToList());
                if (n % 4 == 3) writes.Add(tenant.WriteAsync(Principal.System, "nothing", ["urn:ngsi-ld:Road:1"], _ => 0));
                else if (n % 7 == 5) writes.Add(tenant.WriteAsync(Principal.System, "entities.delete", ["urn:ngsi-ld:Road:499"], scope => { scope.Delete("urn:ngsi-ld:Road:499"); return value; }));
                else writes.Add(tenant.WriteAsync(Principal.System, "entities.put", ids, scope =>
                {
                    foreach (var id in ids) scope.Put(new EntityBuilder(id, "Road").Number("speed", value).Build());
                    return value;
                }));
                if (n % 5 == 0) await Task.Delay(20, cancel);
            }
            await hub.DisposeAsync();
            foreach (var write in writes) acknowledged = Math.Max(acknowledged, await write.WaitAsync(TimeSpan.FromSeconds(30), cancel));
        }
        await using var again = new CityHub(stores, new HubOptions(), new AccessPolicy([]), TimeProvider.System);
        var read = await again.TenantAsync(cancel: cancel);
        var road = (await read.RetrieveAsync("urn:ngsi-ld:Road:7", again.Access.For(Principal.System), cancel))!;
        Assert.Equal($"{acknowledged}", System.Text.Encoding.UTF8.GetString(road.Attributes[0].Default.Value.Span));
        var faults = new List<string>();
        await foreach (var fault in read.VerifyAsync(cancel: cancel)) faults.Add(fault);
        Assert.Empty(faults);
    }

    /// <summary>Whatever units come, and however many are announced at a time, the tables say what a store of files says that took the same units one by one.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Announced_units_leave_what_they_leave_one_by_one(int seed)
    {
        var random = new Random(seed);
        var folder = Directory.CreateTempSubdirectory("dalgu-ahead-").FullName;
        await using var plain = new SqliteStore(Path.Combine(folder, "plain.db"));
        await plain.OpenAsync(TestContext.Current.CancellationToken);
        await using var store = await OpenAsync();
        await store.BeginTurnAsync(TestContext.Current.CancellationToken);
        var waiting = new Queue<CommitUnit>();
        for (var n = 0; n < 24; n++)
        {
            var turns = random.Next(2) == 0; // else only what may go ahead
            var keys = Enumerable.Range(1, 600).Where(_ => random.Next(10) < (n % 4 == 3 ? 1 : 7)).Select(k => (long)k).ToList();
            var unit = Unit(keys, key => Next(key, turns));
            if (turns && random.Next(2) == 0) unit.PruneOutboxTo = lastSeq - 700;
            store.Announce(unit);
            waiting.Enqueue(unit);
            if (random.Next(2) == 0) await Task.Delay(100, TestContext.Current.CancellationToken); // now and then all of it is sent before the one before is committed
            while (waiting.Count > 1 + random.Next(2)) await CommitAsync(waiting.Dequeue());
        }
        while (waiting.Count > 0) await CommitAsync(waiting.Dequeue());
        await store.EndTurnAsync();
        Assert.Equal(await StoreCopy.SumAsync(plain), await StoreCopy.SumAsync(store));
        Assert.Empty(await store.CheckAsync().ToListAsync(TestContext.Current.CancellationToken));
        for (var type = 1; type <= 3; type++)
        {
            var narrowing = new Narrowing { Types = [type] };
            Assert.Equal((await plain.ScanAsync(narrowing).ToListAsync(TestContext.Current.CancellationToken)).ConvertAll(e => e.Id), (await store.ScanAsync(narrowing).ToListAsync(TestContext.Current.CancellationToken)).ConvertAll(e => e.Id));
        }
        var place = new Narrowing { Place = new Box(20, 0, 60, 1) };
        Assert.Equal((await plain.ScanAsync(place).ToListAsync(TestContext.Current.CancellationToken)).ConvertAll(e => e.Id), (await store.ScanAsync(place).ToListAsync(TestContext.Current.CancellationToken)).ConvertAll(e => e.Id));
        await plain.DisposeAsync();
        Directory.Delete(folder, recursive: true);

        (int[] Types, bool Gone, Box? Place) Next(long key, bool turns)
        {
            Box? elsewhere = new Box(random.Next(100), 0, 100, 1);
            if (!turns) return known.TryGetValue(key, out var was) ? was with { Place = was.Place is null ? null : elsewhere } : ([1], false, elsewhere);
            var gone = random.Next(8) == 0;
            return ([1 + random.Next(3)], gone, gone || random.Next(3) == 0 ? null : elsewhere);
        }

        async Task CommitAsync(CommitUnit unit)
        {
            await store.CommitAsync(unit, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            await plain.CommitAsync(unit, TestContext.Current.CancellationToken);
        }
    }
}
