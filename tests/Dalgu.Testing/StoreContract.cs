using Dalgu.Hub.Audit;
using Dalgu.Hub.Storage;
using Xunit;

namespace Dalgu.Testing;

/// <summary>What every store does, whatever it is made of. A store's own tests derive from it and say how one is made.</summary>
public abstract partial class StoreContract : IAsyncLifetime
{
    private readonly List<IStore> opened = [];
    private AuditEntry? lastAudit;

    /// <summary>A store over the same data each time within one test.</summary>
    protected abstract IStore NewStore();

    /// <summary>A store over the file that a backup wrote.</summary>
    protected abstract IStore NewStoreOver(string backup);

    /// <summary>A path for a new file that the test may write.</summary>
    protected abstract string NewFile();

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => default;

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        foreach (var store in opened) await store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>The store, opened.</summary>
    protected async Task<(IStore Store, StoreState State)> OpenAsync(IStore? store = null)
    {
        store ??= NewStore();
        opened.Add(store);
        return (store, await store.OpenAsync());
    }

    /// <summary>A unit as one write of one entity leaves it: state, a history row, an outbox row, an audit entry, the census.</summary>
    protected CommitUnit Unit(long key, string id, long seq, bool isNew = true, bool gone = false, int[]? types = null, int[]? oldTypes = null, bool wasGone = false, Box? place = null, long time = 0)
    {
        var unit = new CommitUnit();
        unit.Entities.Add(new EntityWrite(key, id, isNew, gone, types ?? [1], oldTypes, wasGone, place, place is not null, seq, new byte[] { 1, (byte)seq, 3 }));
        unit.History.Add(new HistoryRow(key, time == 0 ? seq * 10 : time, seq, seq * 10, new byte[] { (byte)seq }));
        unit.Outbox.Add(new OutboxRow(seq, key, id, gone ? ChangeKind.Deleted : isNew ? ChangeKind.Created : ChangeKind.Updated, seq * 10, [1, 2], [(byte)seq, 9]));
        lastAudit = AuditEntry.After(lastAudit, new DateTime(seq * 10, DateTimeKind.Utc), "who", "entities.create", id, seq, seq, [(byte)seq]);
        unit.Audit.Add(lastAudit);
        return unit;
    }

    /// <summary>All of an enumeration.</summary>
    protected static async Task<List<T>> AllAsync<T>(IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (var item in items) list.Add(item);
        return list;
    }

    private static async Task<List<string>> IdsAsync(IStore store, Narrowing narrowing) => (await AllAsync(store.ScanAsync(narrowing))).ConvertAll(e => e.Id);

    [Fact]
    public async Task A_committed_unit_is_there_in_every_part_and_after_opening_again()
    {
        var (store, empty) = await OpenAsync();
        Assert.Equal((0L, 0L, (AuditEntry?)null), (empty.LastKey, empty.LastSeq, empty.LastAudit));
        var unit = Unit(1, "urn:a:1", 1);
        unit.Names.AddRange([(1, "https://example.org/길"), (2, "https://example.org/speed")]);
        unit.Documents.Add(new("accounts", "a", "{}"u8.ToArray()));
        unit.Census[new(1, 0, 0)] = 1;
        await store.CommitAsync(unit);
        await CheckAsync(store);
        await store.DisposeAsync();
        var (again, state) = await OpenAsync();
        Assert.Equal(["", "https://example.org/길", "https://example.org/speed"], state.Names);
        Assert.Equal((1L, 1L), (state.LastKey, state.LastSeq));
        Assert.Equal(unit.Audit[0].Hash, state.LastAudit!.Hash);
        await CheckAsync(again);

        async Task CheckAsync(IStore now)
        {
            var found = Assert.IsType<StoredEntity>(await now.ReadAsync("urn:a:1"));
            Assert.Equal((1L, "urn:a:1", false, 1L), (found.Key, found.Id, found.Gone, found.Seq));
            Assert.Equal([1, 1, 3], found.Body);
            var row = Assert.Single(await AllAsync(now.HistoryAsync(1, long.MinValue, long.MaxValue, false)));
            Assert.Equal((1L, 10L, 1L, 10L), (row.Key, row.Time, row.Seq, row.Recorded));
            Assert.Equal([1], row.Body.ToArray());
            var change = Assert.Single(await AllAsync(now.OutboxAsync(0, 10)));
            Assert.Equal((1L, 1L, "urn:a:1", ChangeKind.Created, 10L), (change.Seq, change.Key, change.Id, change.Kind, change.Recorded));
            Assert.Equal([1, 2], change.Attributes);
            Assert.Equal([1, 9], change.Digest);
            var entry = Assert.Single(await AllAsync(now.AuditAsync(0, 10)));
            Assert.True(entry.Follows(AuditEntry.Genesis));
            Assert.Equal("{}"u8.ToArray(), Assert.Single(await AllAsync(now.DocumentsAsync("accounts"))).Body);
            Assert.Equal((new CensusKey(1, 0, 0), 1L), Assert.Single(await now.CensusAsync()));
        }
    }

    [Fact]
    public async Task Many_states_are_read_as_each_of_them_is()
    {
        var (store, _) = await OpenAsync();
        // In two units, small and large bodies, those that history shares and those that it does not; ids whose order as UTF-8 is not that as UTF-16.
        var ids = Enumerable.Range(0, 200).Select(i => $"urn:a:{i * 7:d5}").Concat(["urn:a:길", "urn:a:\uffe5", "urn:a:\U0001f697"]).ToArray();
        for (var part = 0; part < 2; part++)
        {
            CommitUnit? unit = null;
            for (var i = part; i < ids.Length; i += 2)
            {
                var body = Enumerable.Range(0, i % 3 == 0 ? 40 : 900 + i).Select(n => (byte)(n * i)).ToArray();
                var one = Unit(i + 1, ids[i], part * 1_000 + i + 1);
                one.Entities[0] = one.Entities[0] with { Body = body, IsRecorded = i % 5 > 0 };
                if (i % 5 > 0) one.History[0] = one.History[0] with { Body = body.AsMemory(9), OfState = true };
                if (unit is null) unit = one;
                else
                {
                    unit.Entities.AddRange(one.Entities);
                    unit.History.AddRange(one.History);
                    unit.Outbox.AddRange(one.Outbox);
                    unit.Audit.AddRange(one.Audit);
                }
            }
            await store.CommitAsync(unit!);
        }
        var shuffled = ids.ToArray();
        new Random(7).Shuffle(shuffled);
        string[] absent = ["urn:a", "urn:a:00001", "urn:a:00002", "urn:a:00700x", "urn:a:99999", "urn:b"];
        foreach (var asked in (string[][])[ids, [.. ids.Where((_, i) => i % 3 == 1)], [.. ids.Where((_, i) => i % 40 == 0)], shuffled, [.. ids.Concat(absent).Order(StringComparer.Ordinal)], [.. absent, .. ids], absent, ["urn:a:00007", "urn:a:00000"]])
        {
            var expected = new List<StoredEntity>();
            foreach (var id in asked) if (await store.ReadAsync(id) is { } one) expected.Add(one);
            var found = await store.ReadManyAsync(asked);
            Assert.Equal(asked.Intersect(ids).Order(), expected.Select(e => e.Id).Order());
            Assert.Equal(expected.Select(Print).Order(), found.Select(Print).Order());
        }

        static string Print(StoredEntity e) => $"{e.Id} {e.Key} {e.Seq} {e.Gone} {Convert.ToHexString(e.Body)}";
    }

    [Fact]
    public async Task A_unit_that_cannot_be_stored_leaves_nothing_and_the_next_one_goes_through()
    {
        var (store, _) = await OpenAsync();
        await store.CommitAsync(Unit(1, "urn:a:1", 1));
        var kept = lastAudit;
        var bad = Unit(2, "urn:a:2", 2);
        bad.Names.Add((1, "https://example.org/lost"));
        bad.Documents.Add(new("accounts", "lost", [1]));
        bad.Census[new(1, 0, 0)] = 1;
        bad.Audit.Add(bad.Audit[0]); // a number twice, which comes after all the rest was written
        await Assert.ThrowsAnyAsync<Exception>(async () => await store.CommitAsync(bad));
        Assert.Null(await store.ReadAsync("urn:a:2"));
        Assert.Empty(await AllAsync(store.HistoryAsync(2, long.MinValue, long.MaxValue, false)));
        Assert.Single(await AllAsync(store.OutboxAsync(0, 10)));
        Assert.Single(await AllAsync(store.AuditAsync(0, 10)));
        Assert.Empty(await AllAsync(store.DocumentsAsync("accounts")));
        Assert.Empty(await store.CensusAsync());
        lastAudit = kept;
        await store.CommitAsync(Unit(2, "urn:a:2", 2));
        Assert.NotNull(await store.ReadAsync("urn:a:2"));
        await store.DisposeAsync();
        var (_, state) = await OpenAsync();
        Assert.Equal([""], state.Names);
        Assert.Equal((2L, 2L), (state.LastKey, state.LastSeq));
    }

    [Fact]
    public async Task A_read_that_begins_after_a_commit_sees_it_and_one_that_began_before_does_not()
    {
        var (store, _) = await OpenAsync();
        for (var i = 1; i <= 300; i++) await store.CommitAsync(Unit(i, $"urn:a:{i:000}", i));
        await using var before = store.ScanAsync(new Narrowing()).GetAsyncEnumerator();
        Assert.True(await before.MoveNextAsync());
        await store.CommitAsync(Unit(301, "urn:a:999", 301));
        await store.CommitAsync(Unit(2, "urn:a:002", 302, isNew: false, gone: true));
        var seen = new List<string> { before.Current.Id };
        while (await before.MoveNextAsync()) seen.Add(before.Current.Id);
        Assert.Equal(300, seen.Count);
        Assert.Contains("urn:a:002", seen);
        var now = await IdsAsync(store, new Narrowing());
        Assert.Equal(300, now.Count);
        Assert.Contains("urn:a:999", now);
        Assert.DoesNotContain("urn:a:002", now);
    }

    [Fact]
    public async Task Scans_narrow_by_type_id_place_and_start_in_ordinal_order()
    {
        var (store, _) = await OpenAsync();
        var places = new Box?[] { new(128.5, 35.8, 128.6, 35.9), new(0, 0, 1, 1), null, new(128.55, 35.85, 128.55, 35.85) };
        string[] ids = ["urn:b", "urn:a", "urn:가", "urn:B"];
        for (var i = 0; i < ids.Length; i++) await store.CommitAsync(Unit(i + 1, ids[i], i + 1, types: i % 2 == 0 ? [1] : [2, 3], place: places[i]));
        Assert.Equal(["urn:B", "urn:a", "urn:b", "urn:가"], await IdsAsync(store, new Narrowing()));
        Assert.Equal(["urn:b", "urn:가"], await IdsAsync(store, new Narrowing { Types = [1] }));
        Assert.Equal(["urn:B", "urn:a"], await IdsAsync(store, new Narrowing { Types = [2, 3] }));
        Assert.Equal(["urn:B", "urn:a"], await IdsAsync(store, new Narrowing { Types = [3] }));
        Assert.Equal(["urn:B", "urn:a", "urn:b", "urn:가"], await IdsAsync(store, new Narrowing { Types = [1, 2] }));
        Assert.Empty(await IdsAsync(store, new Narrowing { Types = [9] }));
        Assert.Equal(["urn:a", "urn:b"], await IdsAsync(store, new Narrowing { Ids = ["urn:b", "urn:a", "urn:b", "urn:none"] }));
        Assert.Equal(["urn:B", "urn:b"], await IdsAsync(store, new Narrowing { Place = new Box(128.55, 35.85, 129, 36) }));
        Assert.Equal(["urn:b", "urn:가"], await IdsAsync(store, new Narrowing { After = "urn:a" }));
        Assert.Equal(["urn:가"], await IdsAsync(store, new Narrowing { After = "urn:b", Types = [1] }));
        foreach (var narrowing in new Narrowing[] { new(), new() { Types = [1] }, new() { Types = [2, 3] }, new() { Types = [1, 2] } })
            Assert.Equal((await IdsAsync(store, narrowing)).Count, await store.CountAsync(narrowing));
    }

    [Fact]
    public async Task A_deleted_entity_keeps_its_row_and_number_and_is_found_only_where_it_is_asked_for()
    {
        var (store, _) = await OpenAsync();
        await store.CommitAsync(Unit(1, "urn:a:1", 1, place: new Box(1, 1, 2, 2)));
        await store.CommitAsync(Unit(1, "urn:a:1", 2, isNew: false, gone: true));
        Assert.True((await store.ReadAsync("urn:a:1"))!.Gone);
        Assert.Empty(await IdsAsync(store, new Narrowing { Types = [1] }));
        Assert.Equal(0, await store.CountAsync(new Narrowing { Types = [1] }));
        Assert.Equal(["urn:a:1"], await IdsAsync(store, new Narrowing { Types = [1], IncludeGone = true }));
        Assert.Equal(["urn:a:1"], await IdsAsync(store, new Narrowing { IncludeGone = true }));
        Assert.Equal(["urn:a:1"], await IdsAsync(store, new Narrowing { Ids = ["urn:a:1"], IncludeGone = true }));
        Assert.Empty(await IdsAsync(store, new Narrowing { Ids = ["urn:a:1"] }));
        Assert.Empty(await IdsAsync(store, new Narrowing { Place = new Box(0, 0, 3, 3) }));
        await store.CommitAsync(Unit(1, "urn:a:1", 3, isNew: false, wasGone: true, types: [2], oldTypes: [1]));
        var back = (await store.ReadAsync("urn:a:1"))!;
        Assert.Equal((1L, false, 3L), (back.Key, back.Gone, back.Seq));
        Assert.Empty(await IdsAsync(store, new Narrowing { Types = [1], IncludeGone = true }));
        Assert.Equal(["urn:a:1"], await IdsAsync(store, new Narrowing { Types = [2] }));
        Assert.Equal(3, (await AllAsync(store.HistoryAsync(1, long.MinValue, long.MaxValue, false))).Count);
    }

    [Fact]
    public async Task An_entity_whose_types_change_is_found_by_the_new_ones_alone()
    {
        var (store, _) = await OpenAsync();
        await store.CommitAsync(Unit(1, "urn:a:1", 1, types: [1, 2]));
        await store.CommitAsync(Unit(1, "urn:a:1", 2, isNew: false, types: [2, 3], oldTypes: [1, 2]));
        Assert.Empty(await IdsAsync(store, new Narrowing { Types = [1] }));
        Assert.Equal(["urn:a:1"], await IdsAsync(store, new Narrowing { Types = [2] }));
        Assert.Equal(["urn:a:1"], await IdsAsync(store, new Narrowing { Types = [3] }));
    }

    [Fact]
    public async Task A_place_that_moves_or_goes_is_found_where_it_is()
    {
        var (store, _) = await OpenAsync();
        await store.CommitAsync(Unit(1, "urn:a:1", 1, place: new Box(1, 1, 2, 2)));
        await store.CommitAsync(Unit(1, "urn:a:1", 2, isNew: false, place: new Box(10, 10, 11, 11)));
        Assert.Empty(await IdsAsync(store, new Narrowing { Place = new Box(0, 0, 3, 3) }));
        Assert.Equal(["urn:a:1"], await IdsAsync(store, new Narrowing { Place = new Box(9, 9, 12, 12) }));
        var away = new CommitUnit();
        away.Entities.Add(new EntityWrite(1, "urn:a:1", false, false, [1], null, false, null, true, 3, new byte[] { 1 }));
        await store.CommitAsync(away);
        Assert.Empty(await IdsAsync(store, new Narrowing { Place = new Box(9, 9, 12, 12) }));
        Assert.Equal(["urn:a:1"], await IdsAsync(store, new Narrowing()));
    }
}
