using Dalgu.Hub.Audit;
using Dalgu.Hub.Storage;
using Xunit;

namespace Dalgu.Testing;

/// <content>History, outbox, audit, census, documents and backup.</content>
public abstract partial class StoreContract
{
    [Fact]
    public async Task History_is_read_from_a_time_inclusive_to_a_time_exclusive_in_both_directions()
    {
        var (store, _) = await OpenAsync();
        await store.CommitAsync(Unit(1, "urn:a:1", 1, time: 100));
        foreach (var (seq, time) in new[] { (2L, 300L), (3L, 200L), (4L, 200L), (5L, -50L) }) await store.CommitAsync(Unit(1, "urn:a:1", seq, isNew: false, time: time));
        await store.CommitAsync(Unit(2, "urn:a:2", 6, time: 150));
        Assert.Equal([5, 1, 3, 4, 2], await SeqsAsync(long.MinValue, long.MaxValue, false));
        Assert.Equal([2, 4, 3, 1, 5], await SeqsAsync(long.MinValue, long.MaxValue, true));
        Assert.Equal([1, 3, 4], await SeqsAsync(100, 300, false));
        Assert.Equal([4, 3, 1], await SeqsAsync(100, 300, true));
        Assert.Empty(await SeqsAsync(301, 400, false));

        async Task<List<long>> SeqsAsync(long from, long to, bool descending) => (await AllAsync(store.HistoryAsync(1, from, to, descending))).ConvertAll(r => r.Seq);
    }

    [Fact]
    public async Task The_histories_of_several_entities_are_read_whole_in_the_order_in_which_they_are_named()
    {
        var (store, _) = await OpenAsync();
        const int Many = 70; // entities, more than are asked for at once; and rows of one, more than its first page
        for (var key = 1; key <= Many; key++) await store.CommitAsync(Unit(key, $"urn:a:{key}", key));
        for (var seq = Many + 1; seq <= 3 * Many; seq++) await store.CommitAsync(Unit(66, "urn:a:66", seq, isNew: false, time: 10 * (4 * Many - seq)));
        long[] named = [.. Enumerable.Range(1, Many).Reverse().Select(k => (long)k), 1_000];
        var rows = await AllAsync(store.HistoriesAsync(named));
        Assert.Equal(named.SelectMany(k => Enumerable.Repeat(k, k == 66 ? 2 * Many + 1 : k > Many ? 0 : 1)), rows.Select(r => r.Key));
        Assert.Equal(await AllAsync(store.HistoryAsync(66, long.MinValue, long.MaxValue, false)), rows.Where(r => r.Key == 66), (a, b) => (a.Time, a.Seq) == (b.Time, b.Seq));
        Assert.Empty(await AllAsync(store.HistoriesAsync([])));
    }

    [Fact]
    public async Task A_large_state_and_the_history_row_that_is_its_end_are_both_read_back_and_neither_takes_the_other_along()
    {
        var (store, _) = await OpenAsync();
        var body = new byte[2_000];
        new Random(5).NextBytes(body);
        await store.CommitAsync(Whole(1, isNew: true));
        await store.CommitAsync(Whole(2, isNew: false));
        await CheckAsync([1, 2]);
        var removal = Unit(1, "urn:a:1", 3, isNew: false);
        removal.Entities.Clear();
        removal.History.Clear();
        removal.History.Add(new HistoryRow(1, 20, 2, 20, ReadOnlyMemory<byte>.Empty));
        removal.Outbox[0] = removal.Outbox[0] with { Kind = ChangeKind.History };
        await store.CommitAsync(removal);
        await CheckAsync([1]);
        await store.DisposeAsync();
        (store, _) = await OpenAsync();
        await CheckAsync([1]);

        CommitUnit Whole(long seq, bool isNew)
        {
            var unit = Unit(1, "urn:a:1", seq, isNew);
            var state = body.Select(b => (byte)(b + seq)).ToArray();
            unit.Entities[0] = unit.Entities[0] with { Body = state, IsRecorded = true };
            unit.History[0] = unit.History[0] with { Body = state.AsMemory(30), OfState = true };
            return unit;
        }

        async Task CheckAsync(long[] seqs)
        {
            Assert.Equal(body.Select(b => (byte)(b + 2)), (await store.ReadAsync("urn:a:1"))!.Body);
            Assert.Equal(body.Select(b => (byte)(b + 2)), Assert.Single(await AllAsync(store.ScanAsync(new Narrowing { Types = [1] }))).Body);
            var rows = await AllAsync(store.HistoryAsync(1, long.MinValue, long.MaxValue, false));
            Assert.Equal(seqs, rows.ConvertAll(r => r.Seq));
            Assert.All(rows, r => Assert.True(r.OfState));
            Assert.All(rows, r => Assert.Equal(body[30..].Select(b => (byte)(b + r.Seq)), r.Body.ToArray()));
        }
    }

    [Fact]
    public async Task History_rows_can_be_taken_away_one_by_one_and_all_at_once()
    {
        var (store, _) = await OpenAsync();
        await store.CommitAsync(Unit(1, "urn:a:1", 1));
        await store.CommitAsync(Unit(1, "urn:a:1", 2, isNew: false));
        var one = new CommitUnit();
        one.History.Add(new HistoryRow(1, 10, 1, 10, ReadOnlyMemory<byte>.Empty));
        await store.CommitAsync(one);
        Assert.Equal(2, Assert.Single(await AllAsync(store.HistoryAsync(1, long.MinValue, long.MaxValue, false))).Seq);
        var all = new CommitUnit();
        all.ErasedHistories.Add(1);
        await store.CommitAsync(all);
        Assert.Empty(await AllAsync(store.HistoryAsync(1, long.MinValue, long.MaxValue, false)));
    }

    [Fact]
    public async Task The_outbox_is_read_after_a_cursor_within_a_limit_and_keeps_its_last_number_when_it_is_pruned()
    {
        var (store, _) = await OpenAsync();
        for (var i = 1; i <= 10; i++) await store.CommitAsync(Unit(i, $"urn:a:{i}", i));
        Assert.Equal([4, 5, 6], (await AllAsync(store.OutboxAsync(3, 3))).ConvertAll(r => r.Seq));
        Assert.Empty(await AllAsync(store.OutboxAsync(10, 5)));
        var prune = Unit(11, "urn:a:11", 11);
        prune.PruneOutboxTo = 9;
        await store.CommitAsync(prune);
        Assert.Equal([10, 11], (await AllAsync(store.OutboxAsync(0, 100))).ConvertAll(r => r.Seq));
        var everything = new CommitUnit { PruneOutboxTo = 11 };
        await store.CommitAsync(everything);
        await store.DisposeAsync();
        Assert.Equal(11, (await OpenAsync()).State.LastSeq);
    }

    [Fact]
    public async Task The_audit_is_read_after_a_number_and_by_entity_the_latest_first()
    {
        var (store, _) = await OpenAsync();
        await store.CommitAsync(Unit(1, "urn:a:1", 1));
        await store.CommitAsync(Unit(2, "urn:a:2", 2));
        await store.CommitAsync(Unit(1, "urn:a:1", 3, isNew: false));
        var read = new CommitUnit();
        lastAudit = AuditEntry.After(lastAudit, default, "who", "read.sensitive", "urn:a:1", 0, 0, AuditEntry.Genesis);
        read.Audit.Add(lastAudit);
        await store.CommitAsync(read);
        await store.CommitAsync(Unit(1, "urn:a:1", 4, isNew: false, gone: true));
        Assert.Equal([2, 3], (await AllAsync(store.AuditAsync(1, 2))).ConvertAll(a => a.Number));
        Assert.Equal([5, 3, 1], (await AllAsync(store.AuditAsync(0, 100, "urn:a:1"))).ConvertAll(a => a.Number));
        Assert.Equal([5, 3], (await AllAsync(store.AuditAsync(0, 2, "urn:a:1"))).ConvertAll(a => a.Number));
        Assert.Equal([2], (await AllAsync(store.AuditAsync(0, 100, "urn:a:2"))).ConvertAll(a => a.Number));
        Assert.Empty(await AllAsync(store.AuditAsync(0, 100, "urn:a:3")));
        var previous = AuditEntry.Genesis;
        foreach (var entry in await AllAsync(store.AuditAsync(0, 100)))
        {
            Assert.True(entry.Follows(previous), $"entry {entry.Number} is not as it was written");
            previous = entry.Hash;
        }
    }

    [Fact]
    public async Task The_census_adds_up_and_what_falls_to_nothing_goes()
    {
        var (store, _) = await OpenAsync();
        foreach (var step in new[] { 3, -1, 2 }) await MoveAsync(new(1, 0, 0), step);
        await MoveAsync(new(1, 2, 1), 1);
        await MoveAsync(new(1, 2, 1), -1);
        await MoveAsync(new(1, 2, 3), 1);
        Assert.Equal([(new CensusKey(1, 0, 0), 4L), (new CensusKey(1, 2, 3), 1L)], (await store.CensusAsync()).OrderBy(c => c.Key.Attribute));
        Assert.Equal(4, (await store.SizeAsync()).Entities);

        async Task MoveAsync(CensusKey key, int step)
        {
            var unit = new CommitUnit();
            unit.Census[key] = step;
            await store.CommitAsync(unit);
        }
    }

    [Fact]
    public async Task Documents_are_put_replaced_and_removed_and_read_in_ordinal_order()
    {
        var (store, _) = await OpenAsync();
        await PutAsync("keys", "b", [1]);
        await PutAsync("keys", "a", [2]);
        await PutAsync("accounts", "a", [3]);
        await PutAsync("keys", "b", [4]);
        await PutAsync("keys", "c", [5]);
        await PutAsync("keys", "c", null);
        Assert.Equal(["a", "b"], (await AllAsync(store.DocumentsAsync("keys"))).ConvertAll(d => d.Id));
        Assert.Equal([4], (await AllAsync(store.DocumentsAsync("keys")))[1].Body);
        Assert.Single(await AllAsync(store.DocumentsAsync("accounts")));
        Assert.Empty(await AllAsync(store.DocumentsAsync("none")));

        async Task PutAsync(string collection, string id, byte[]? body)
        {
            var unit = new CommitUnit();
            unit.Documents.Add(new(collection, id, body));
            await store.CommitAsync(unit);
        }
    }

    [Fact]
    public async Task A_backup_taken_while_in_use_opens_and_equals_what_was_committed()
    {
        var (store, _) = await OpenAsync();
        for (var i = 1; i <= 50; i++) await store.CommitAsync(Unit(i, $"urn:a:{i:00}", i));
        var file = NewFile();
        await store.BackupAsync(file);
        await store.CommitAsync(Unit(51, "urn:a:51", 51));
        var (copy, state) = await OpenAsync(NewStoreOver(file));
        Assert.Equal((50L, 50L), (state.LastKey, state.LastSeq));
        Assert.Empty(await AllAsync(copy.CheckAsync()));
        var (mine, theirs) = (await AllAsync(copy.ScanAsync(new Narrowing())), await AllAsync(store.ScanAsync(new Narrowing())));
        Assert.Equal(50, mine.Count);
        Assert.Equal(theirs.Take(50).Select(e => (e.Key, e.Id, e.Seq, Convert.ToHexString(e.Body))), mine.Select(e => (e.Key, e.Id, e.Seq, Convert.ToHexString(e.Body))));
        Assert.Equal(50, (await AllAsync(copy.AuditAsync(0, 100))).Count);
        Assert.Equal(50, (await AllAsync(copy.OutboxAsync(0, 100))).Count);
    }

    [Fact]
    public virtual async Task Many_readers_at_once_see_whole_units_while_one_writer_commits()
    {
        var (store, _) = await OpenAsync();
        await store.CommitAsync(Unit(1, "urn:a:1", 1));
        using var end = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var reads = 0;
            do
            {
                var entity = (await store.ReadAsync("urn:a:1"))!;
                var outbox = await AllAsync(store.OutboxAsync(entity.Seq - 1, 1));
                Assert.Equal(entity.Seq, Assert.Single(outbox).Seq); // the change of a state is never later than the state
                reads++;
            }
            while (!end.IsCancellationRequested);
            return reads;
        })).ToList();
        for (var seq = 2; seq <= 200; seq++) await store.CommitAsync(Unit(1, "urn:a:1", seq, isNew: false));
        await end.CancelAsync();
        foreach (var reader in readers) Assert.True(await reader > 0);
    }
}
