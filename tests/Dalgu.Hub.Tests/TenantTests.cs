using Dalgu.Hub.Access;
using Dalgu.Hub.Changes;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;
using Xunit;

namespace Dalgu.Hub.Tests;

/// <summary>The writer of a tenant when its store or its clock fails it.</summary>
public sealed class TenantTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-tenant-").FullName;
    private readonly Clock clock = new();
    private FaultyStore store = null!;
    private CityHub hub = null!;
    private Tenant tenant = null!;

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 23, 8, 0, 0, TimeSpan.Zero);
        public override DateTimeOffset GetUtcNow() => Now;
    }

    public async ValueTask InitializeAsync()
    {
        store = new FaultyStore(folder);
        hub = new CityHub(store, new HubOptions(), new AccessPolicy([]), clock);
        tenant = await hub.TenantAsync("", create: true);
    }

    public async ValueTask DisposeAsync()
    {
        await hub.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private Rights Rights => hub.Access.For(Principal.System);

    private Task PutAsync(int n, string attribute, double value) =>
        tenant.WriteAsync(Principal.System, "test.put", [Id(n)], scope => { scope.Put(new EntityBuilder(Id(n), "Road").Number(attribute, value).Build()); return true; });

    private static string Id(int n) => $"urn:ngsi-ld:Road:{n}";

    private async Task<List<string>> VerifyAsync()
    {
        var found = new List<string>();
        await foreach (var line in tenant.VerifyAsync()) found.Add(line);
        return found;
    }

    [Fact]
    public async Task A_write_that_cannot_be_stored_is_refused_and_the_state_stays_as_it_was()
    {
        await PutAsync(1, "speed", 50);
        store.CommitFault = new Problem(ProblemKind.StorageFull, "full");
        Assert.Equal(ProblemKind.StorageFull, (await Assert.ThrowsAsync<Problem>(() => PutAsync(1, "speed", 60))).Kind);
        Assert.Equal(ProblemKind.StorageFull, (await Assert.ThrowsAsync<Problem>(() => PutAsync(2, "new", 60))).Kind);
        Assert.NotNull(tenant.Status.Refusal);
        Assert.Equal(50, (await tenant.RetrieveAsync(Id(1), Rights))!.Number("speed"));
        Assert.Null(await tenant.RetrieveAsync(Id(2), Rights));
        store.CommitFault = null;
        await PutAsync(2, "other", 70);
        Assert.Null(tenant.Status.Refusal);
        Assert.Equal(70, (await tenant.RetrieveAsync(Id(2), Rights))!.Number("other"));
        Assert.Empty(await VerifyAsync());
    }

    [Fact]
    public async Task A_write_that_the_disk_does_not_take_is_not_acknowledged_and_nobody_is_told_of_it()
    {
        await PutAsync(1, "speed", 50);
        var feed = tenant.Changes.ReadAsync(10, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var told = feed.MoveNextAsync();
        var before = tenant.Status;
        store.SyncFault = new IOException("no such luck");
        var refusal = await Assert.ThrowsAsync<Problem>(() => PutAsync(2, "speed", 60));
        Assert.Contains("look whether it is there", refusal.Message, StringComparison.Ordinal);
        Assert.Equal((before.Writes, before.LastSeq, "no such luck"), (tenant.Status.Writes, tenant.Status.LastSeq, tenant.Status.Refusal));
        store.SyncFault = null;
        await PutAsync(3, "speed", 70);
        Assert.True(await told);
        Assert.Equal((Id(3), 3L, (string?)null), (Assert.Single(feed.Current).Id, tenant.Status.LastSeq, tenant.Status.Refusal));
        await feed.DisposeAsync();
    }

    [Fact]
    public async Task A_stream_that_begins_while_a_write_is_on_its_way_to_the_disk_tells_it()
    {
        var disk = new TaskCompletionSource();
        store.SyncHold = disk.Task;
        var write = PutAsync(1, "speed", 50);
        await store.SyncBegan.Task; // committed when nobody read the feed
        await using var stream = new ChangeStream(hub, tenant, Rights, null, null).ReadAsync(0, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var first = stream.MoveNextAsync();
        disk.SetResult();
        store.SyncHold = null;
        await write;
        Assert.True(await first);
        while (stream.Current.Change is null)
        {
            Assert.True(await stream.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken), "The stream told nothing.");
        }
        Assert.Equal((Id(1), 1L), (stream.Current.Change.Id, stream.Current.Seq));
    }

    [Fact]
    public async Task A_store_that_fails_to_read_takes_no_name_away_that_an_earlier_write_stored()
    {
        await PutAsync(1, "speed", 50); // stores the names Road and speed
        store.ReadFault = new IOException("no");
        await Assert.ThrowsAsync<Problem>(() => PutAsync(2, "speed", 60));
        store.ReadFault = null;
        await PutAsync(3, "height", 4.5);
        Assert.Equal(50, (await tenant.RetrieveAsync(Id(1), Rights))!.Number("speed"));
        var page = await tenant.QueryAsync(EntityQuery.OfType(Contexts.CoreContext.Instance.ExpandType("Road")), Rights, count: true);
        Assert.Equal(2, page.Total);
        Assert.Empty(await VerifyAsync());
        await hub.DisposeAsync();
        await InitializeAsync();
        Assert.Equal(50, (await tenant.RetrieveAsync(Id(1), Rights))!.Number("speed"));
        Assert.Equal(4.5, (await tenant.RetrieveAsync(Id(3), Rights))!.Number("height"));
    }

    [Fact]
    public async Task Recorded_times_never_run_backwards_though_the_clock_does()
    {
        var times = new List<DateTime>();
        foreach (var minutes in new[] { 0, 10, -120, -60, 5, 20 })
        {
            clock.Now = new DateTimeOffset(2026, 11, 23, 8, 0, 0, TimeSpan.Zero).AddMinutes(minutes);
            await PutAsync(1, "speed", minutes);
            times.Add((await tenant.RetrieveAsync(Id(1), Rights))!.ModifiedAt);
        }
        Assert.Equal(times.Order(), times);
        Assert.Equal(new DateTime(2026, 11, 23, 8, 20, 0, DateTimeKind.Utc), times[^1]);
        await AssertMonotonousAsync();
    }

    [Fact]
    public async Task Recorded_times_never_run_backwards_over_a_restart_either()
    {
        clock.Now = clock.Now.AddHours(5);
        await PutAsync(1, "speed", 1);
        await hub.DisposeAsync();
        clock.Now = clock.Now.AddHours(-9);
        await InitializeAsync();
        await PutAsync(1, "speed", 2);
        await AssertMonotonousAsync();
    }

    private async Task AssertMonotonousAsync()
    {
        var (recorded, seq) = (DateTime.MinValue, 0L);
        var all = new List<Observation>();
        await foreach (var observation in tenant.HistoryAsync(Id(1), null, null, null, false, Rights)) all.Add(observation);
        foreach (var observation in all.OrderBy(o => o.Seq))
        {
            Assert.True(observation.Recorded >= recorded && observation.Seq > seq, $"change {observation.Seq} was recorded at {observation.Recorded}, after {recorded}");
            (recorded, seq) = (observation.Recorded, observation.Seq);
        }
        // A cursor of the changes is their number, which no clock moves: from any of them the rest comes, in the order of recording.
        var (next, then) = (1L, 0L);
        await foreach (var row in tenant.OutboxAsync(0, 100))
        {
            Assert.True(row.Seq == next++ && row.Recorded >= then, $"the outbox runs backwards at {row.Seq}");
            then = row.Recorded;
        }
        Assert.True(next > 1);
        var at = DateTime.MinValue;
        await foreach (var entry in tenant.AuditAsync(0, 100))
        {
            Assert.True(entry.At >= at, "the audit runs backwards");
            at = entry.At;
        }
        Assert.Empty(await VerifyAsync());
    }

    [Fact]
    public async Task A_thousand_writers_at_once_lose_nothing_and_each_write_is_one_change()
    {
        await Task.WhenAll(Enumerable.Range(0, 1_000).Select(i => tenant.WriteAsync(Principal.System, "test.add", [Id(i % 7)], scope =>
        {
            var before = scope.Find(Id(i % 7))?.Number("count") ?? 0;
            scope.Put(new EntityBuilder(Id(i % 7), "Road").Number("count", before + 1).Build());
            return true;
        })));
        var sum = 0.0;
        for (var n = 0; n < 7; n++) sum += (await tenant.RetrieveAsync(Id(n), Rights))!.Number("count")!.Value;
        Assert.Equal((1_000.0, 1_000L), (sum, tenant.Status.LastSeq));
        Assert.Empty(await VerifyAsync());
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(0, 2)]
    [InlineData(5, 3)]
    public async Task A_store_that_fails_now_and_then_under_load_keeps_every_acknowledged_write_and_no_other(int commitFaults, int readFaults)
    {
        (store.CommitFaultEvery, store.ReadFaultEvery) = (commitFaults, readFaults);
        const int kinds = 200;
        var acknowledged = new int[kinds];
        var refused = 0;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(client => Task.Run(async () =>
        {
            var random = new Random(client);
            for (var i = 0; i < 150; i++)
            {
                var n = random.Next(kinds);
                try
                {
                    await tenant.WriteAsync(Principal.System, "test.add", [Id(n)], scope =>
                    {
                        var before = scope.Find(Id(n))?.Number("count") ?? 0;
                        scope.Put(new EntityBuilder(Id(n), $"Type{n % 17}").Number("count", before + 1).Number($"name{random.Next(300)}", i).Build());
                        return true;
                    });
                    Interlocked.Increment(ref acknowledged[n]);
                }
                catch (Problem)
                {
                    Interlocked.Increment(ref refused);
                }
            }
        })));
        (store.CommitFaultEvery, store.ReadFaultEvery) = (0, 0);
        Assert.True(refused > 0 && acknowledged.Sum() > 0, $"{refused} refused, {acknowledged.Sum()} acknowledged");
        for (var round = 0; round < 2; round++)
        {
            for (var n = 0; n < kinds; n++) Assert.Equal(acknowledged[n], (int)((await tenant.RetrieveAsync(Id(n), Rights))?.Number("count") ?? 0));
            Assert.Equal(acknowledged.Sum(), tenant.Status.LastSeq);
            Assert.Empty(await VerifyAsync());
            await hub.DisposeAsync(); // and once more from what the disk has
            await InitializeAsync();
        }
    }

    [Fact]
    public async Task A_write_that_throws_is_refused_alone()
    {
        var bad = tenant.WriteAsync<bool>(Principal.System, "test.bad", [Id(1)], _ => throw new InvalidOperationException("no"));
        var undeclared = tenant.WriteAsync(Principal.System, "test.bad", [Id(1)], scope => scope.Find(Id(2)) is null);
        await PutAsync(1, "speed", 5);
        await Assert.ThrowsAsync<InvalidOperationException>(() => bad);
        await Assert.ThrowsAsync<InvalidOperationException>(() => undeclared);
        Assert.Equal(1, tenant.Status.LastSeq);
    }

    [Fact]
    public async Task What_is_written_while_the_store_is_compared_is_left_to_the_next_time()
    {
        for (var n = 1; n <= 3; n++) await PutAsync(n, "speed", n);
        store.AfterDocuments = async _ =>
        {
            store.AfterDocuments = null;
            await PutAsync(2, "speed", 20);
            await PutAsync(4, "speed", 40);
        };
        Assert.Empty(await VerifyAsync());
        Assert.Null(store.AfterDocuments);
        Assert.Equal(20, (await tenant.RetrieveAsync(Id(2), Rights))!.Number("speed"));
    }
}
