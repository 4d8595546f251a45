using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;
using Dalgu.Hub.Storage;
using Dalgu.Store.Sqlite;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Store.Postgres.Tests;

/// <summary>States whose bytes are written once, with the history that says the same.</summary>
public sealed class SharedBodiesTests : IAsyncLifetime
{
    private const int Count = 300, Head = 20;
    private static readonly DateTime Start = new(2026, 11, 1, 0, 0, 0, DateTimeKind.Utc);
    private string connection = "";
    private PostgresStoreFactory stores = null!;
    private long lastSeq;

    public async ValueTask InitializeAsync()
    {
        connection = await (await PostgresCluster.SharedAsync()).NewDatabaseAsync();
        stores = new(connection, file => new SqliteStore(file));
        _ = stores.Tenants(); // looks at the server
        Assert.SkipWhen(stores.Database.IsCitus, "On Citus each state has all of its body.");
    }

    public async ValueTask DisposeAsync()
    {
        if (stores is not null) await stores.DisposeAsync();
    }

    /// <summary>A unit that replaces entities whole, as a node writes it that keeps them.</summary>
    private CommitUnit Unit(bool isNew, Func<long, int>? month = null)
    {
        var unit = new CommitUnit();
        for (var key = 1L; key <= Count; key++)
        {
            var (seq, id) = (++lastSeq, Id(key));
            var body = new byte[Head + 400];
            new Random((int)seq).NextBytes(body);
            var time = Start.AddMonths(-(month?.Invoke(key) ?? 0)).AddTicks(seq).Ticks;
            unit.Entities.Add(new(key, id, isNew, false, [1], null, false, new Box(key / 10.0, 35, key / 10.0, 35), isNew, seq, body, IsRecorded: true, IsKept: !isNew));
            unit.History.Add(new(key, time, seq, time, body.AsMemory(Head), OfState: true));
            unit.Outbox.Add(new(seq, key, id, isNew ? ChangeKind.Created : ChangeKind.Updated, time, [1], [(byte)seq]));
        }
        return unit;
    }

    private static string Id(long key) => $"urn:a:{key:0000}";

    private async Task<ISharedStore> OpenAsync()
    {
        var store = (ISharedStore)stores.Create("");
        await store.OpenAsync(TestContext.Current.CancellationToken);
        return store;
    }

    private void Execute(string sql)
    {
        using var db = new TamperedDatabase(connection);
        db.Execute(sql);
    }

    private string Line(string sql)
    {
        using var db = new TamperedDatabase(connection);
        return db.Lines(sql)[0];
    }

    /// <summary>Replaces all entities until they are written once: a node that could not look for a while does not know whether it is alone.</summary>
    private async Task<CommitUnit> CommitSharedAsync(ISharedStore store)
    {
        for (var attempt = 0; ; attempt++)
        {
            var unit = Unit(isNew: false);
            await store.CommitAsync(unit, TestContext.Current.CancellationToken);
            if (Shared() == $"{Count}") return unit;
            Assert.True(attempt < 20, $"{Shared()} of {Count} states are written once.");
            await Task.Delay(500, TestContext.Current.CancellationToken);
        }
    }

    private string Shared() => Line("SELECT count(*)::text FROM entity WHERE history_time IS NOT NULL AND length(body) = 20");

    private async Task AssertHasAsync(ISharedStore store, CommitUnit unit)
    {
        var cancel = TestContext.Current.CancellationToken;
        var wanted = unit.Entities.ConvertAll(e => (e.Id, Convert.ToHexString(e.Body.Span)));
        List<(string, string)> Said(IEnumerable<StoredEntity> found) => [.. found.Select(e => (e.Id, Convert.ToHexString(e.Body))).OrderBy(e => e.Id, StringComparer.Ordinal)];
        Assert.Equal(wanted[6], Said([(await store.ReadAsync(Id(7), cancel))!])[0]);
        Assert.Equal(wanted, Said(await store.ReadManyAsync(unit.Entities.ConvertAll(e => e.Id), cancel)));
        foreach (var narrowing in new Narrowing[] { new(), new() { Types = [1] }, new() { Ids = unit.Entities.ConvertAll(e => e.Id) }, new() { Place = new Box(0, 30, 90, 40) } })
            Assert.Equal(wanted, Said(await store.ScanAsync(narrowing, cancel).ToListAsync(cancel)));
        Assert.Equal(wanted, (await store.DumpAsync(cancel).ToListAsync(cancel)).SelectMany(u => u.Entities).Select(e => (e.Id, Convert.ToHexString(e.Body.Span))));
        Assert.Empty(await store.CheckAsync(cancel).ToListAsync(cancel));
    }

    [Fact]
    public async Task A_state_that_is_kept_here_is_written_once_and_read_whole()
    {
        await using var store = await OpenAsync();
        var first = Unit(isNew: true);
        await store.CommitAsync(first, TestContext.Current.CancellationToken);
        Assert.Equal("0", Shared());
        await AssertHasAsync(store, first);
        await store.BeginTurnAsync(TestContext.Current.CancellationToken);
        List<CommitUnit> units = [Unit(false, key => (int)(key % 3)), Unit(false), Unit(false, key => (int)(key % 5))];
        await store.CommitAsync(units[0], TestContext.Current.CancellationToken); // makes the partitions of the months
        await AssertHasAsync(store, units[0]);
        foreach (var unit in units[1..]) store.Announce(unit); // and what goes ahead is the same
        foreach (var unit in units[1..]) await store.CommitAsync(unit, TestContext.Current.CancellationToken);
        await AssertHasAsync(store, units[2]);
        await AssertHasAsync(store, await CommitSharedAsync(store));
        await store.EndTurnAsync();
    }

    [Fact]
    public async Task States_are_written_whole_again_while_another_node_is_there()
    {
        await using var store = await OpenAsync();
        await store.CommitAsync(Unit(isNew: true), TestContext.Current.CancellationToken);
        await CommitSharedAsync(store);
        await using var others = new PostgresStoreFactory(connection, file => new SqliteStore(file));
        await using var other = (ISharedStore)others.Create("");
        await other.OpenAsync(TestContext.Current.CancellationToken);
        while (store.IsAlone) await Task.Delay(50, TestContext.Current.CancellationToken);
        var whole = Unit(isNew: false);
        await store.CommitAsync(whole, TestContext.Current.CancellationToken);
        Assert.Equal("0", Shared());
        await AssertHasAsync(other, whole);
    }

    [Fact]
    public async Task A_state_that_is_known_is_not_read()
    {
        await using var store = await OpenAsync();
        await store.CommitAsync(Unit(isNew: true), TestContext.Current.CancellationToken);
        var last = await CommitSharedAsync(store);
        var known = new Entity { Id = Id(7), Types = ["t"], Attributes = [], ModifiedAt = Start };
        // One is known as it is, one as it was before.
        var narrowing = new Narrowing { Types = [1], Known = (id, seq) => id == Id(7) && seq == last.Entities[6].Seq || id == Id(8) && seq == last.Entities[7].Seq - Count ? known : null };
        var found = await store.ScanAsync(narrowing, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Same(known, found[6].Known);
        Assert.Empty(found[6].Body);
        Assert.Null(found[7].Known);
        Assert.Equal(last.Entities[7].Body.ToArray(), found[7].Body);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_state_keeps_its_bytes_when_history_rows_go(bool erases)
    {
        await using var store = await OpenAsync();
        await store.CommitAsync(Unit(isNew: true), TestContext.Current.CancellationToken);
        var last = await CommitSharedAsync(store);
        var (state, row) = (last.Entities[6], last.History[6]);
        var unit = new CommitUnit();
        if (erases) unit.ErasedHistories.Add(state.Key);
        else unit.History.Add(row with { Body = default });
        unit.Outbox.Add(new(++lastSeq, state.Key, state.Id, ChangeKind.History, row.Time + 1, [], [1]));
        await store.CommitAsync(unit, TestContext.Current.CancellationToken);
        Assert.Equal($"{Count - 1}", Shared());
        await AssertHasAsync(store, last);
        Assert.Equal(erases ? 0 : 1, (await store.HistoryAsync(state.Key, 0, long.MaxValue, false, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken)).Count);
    }

    [Fact]
    public async Task A_check_finds_a_state_whose_history_row_is_gone()
    {
        await using var store = await OpenAsync();
        await store.CommitAsync(Unit(isNew: true), TestContext.Current.CancellationToken);
        var last = await CommitSharedAsync(store);
        Execute($"DELETE FROM history WHERE key = 7 AND seq = {last.Entities[6].Seq}");
        Assert.Contains(Id(7), Assert.Single(await store.CheckAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_city_that_is_written_again_and_again_says_the_same_from_memory_and_from_its_tables()
    {
        var cancel = TestContext.Current.CancellationToken;
        var query = new EntityQuery();
        List<string> kept = [], read = [];
        for (var pass = 0; pass < 2; pass++)
        {
            await using var own = new PostgresStoreFactory(connection, file => new SqliteStore(file));
            await using var hub = new CityHub(own, new HubOptions(), new AccessPolicy([]), TimeProvider.System);
            var tenant = await hub.TenantAsync(cancel: cancel);
            for (var round = 0; pass == 0 && (round < 4 || round < 20 && Short() != Count); round++)
            {
                var roads = Enumerable.Range(0, Count).Select(n => new EntityBuilder($"urn:ngsi-ld:Road:{n:000}", "Road").Text("name", new string((char)('a' + round), 400)).Number("speed", n + round).Build()).ToList();
                await tenant.WriteAsync(Principal.System, "entities.put", roads.ConvertAll(r => r.Id), scope => { foreach (var road in roads) scope.Put(road); return true; });
            }
            await foreach (var entity in tenant.EnumerateAsync(query, hub.Access.For(Principal.System), cancel))
                (pass == 0 ? kept : read).Add($"{entity.Id} {string.Join(' ', entity.Attributes.Select(a => $"{a.Name}={System.Text.Encoding.UTF8.GetString(a.Default.Value.Span)}"))}");
            var faults = new List<string>();
            await foreach (var fault in tenant.VerifyAsync(cancel: cancel)) faults.Add(fault);
            Assert.Empty(faults);
        }
        Assert.Equal(Count, Short());
        Assert.Equal(Count, kept.Count);
        Assert.Equal(kept, read);

        int Short() => int.Parse(Line("SELECT count(*)::text FROM entity WHERE history_time IS NOT NULL"), System.Globalization.CultureInfo.InvariantCulture);
    }
}
