using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;
using Xunit;

namespace Dalgu.Hub.Tests;

public class EntityCacheTests
{
    private static CachedEntity State(int n) => new(1, false, new Entity { Id = "urn:a:b", Types = ["t"], Attributes = [], ModifiedAt = new DateTime(n, DateTimeKind.Utc) }, null);

    private static int Number(CachedEntity entity) => (int)entity.Entity!.ModifiedAt.Ticks;

    /// <summary>A writer commits states 1, 2, 3 … of many entities to a "store" and then to the cache; readers load from the store as a tenant does.
    /// No reader may see a state older than one that was acknowledged before its read began.</summary>
    [Theory]
    [InlineData(4, 8)]
    [InlineData(64, 8)]
    [InlineData(4, 200)]
    public async Task A_reader_never_sees_a_state_older_than_the_acknowledged_one(int capacity, int entities)
    {
        var cache = new EntityCache(capacity);
        var (store, acknowledged) = (new int[entities], new int[entities]);
        using var end = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            while (!end.IsCancellationRequested)
            {
                var k = random.Next(entities);
                var (id, least) = ("urn:a:" + k, Volatile.Read(ref acknowledged[k]));
                int seen;
                if (cache.Find(id) is { } known) seen = Number(known);
                else
                {
                    var version = cache.Version;
                    seen = Volatile.Read(ref store[k]);
                    if (random.Next(4) == 0) Thread.Yield();
                    if (seen > 0) cache.Add(id, State(seen), version);
                }
                Assert.True(seen >= least, $"{id}: state {seen} was read after {least} was acknowledged");
            }
        })).ToList();
        var writer = new Random(99);
        for (var n = 1; n < 60_000; n++)
        {
            var k = writer.Next(entities);
            Volatile.Write(ref store[k], n);
            cache.Commit(new Dictionary<string, CachedEntity> { ["urn:a:" + k] = State(n) }, _ => false);
            Volatile.Write(ref acknowledged[k], n);
        }
        await end.CancelAsync();
        await Task.WhenAll(readers);
    }

    [Fact]
    public void What_was_used_last_stays_and_the_rest_goes()
    {
        var cache = new EntityCache(10);
        for (var n = 1; n <= 100; n++) cache.Commit(new Dictionary<string, CachedEntity> { ["urn:a:" + n] = State(n) }, _ => false);
        Assert.NotNull(cache.Find("urn:a:100"));
        Assert.Null(cache.Find("urn:a:1"));
        Assert.True(Enumerable.Range(1, 100).Count(n => cache.Find("urn:a:" + n) is not null) <= 10);
    }

    [Fact]
    public void What_was_read_before_a_commit_does_not_enter_after_it()
    {
        var cache = new EntityCache(10);
        var version = cache.Version;
        cache.Commit(new Dictionary<string, CachedEntity> { ["urn:a:1"] = State(2) }, _ => false);
        cache.Add("urn:a:1", State(1), version);
        cache.Add("urn:a:2", State(1), version);
        Assert.Equal(2, Number(cache.Find("urn:a:1")!));
        Assert.Null(cache.Find("urn:a:2"));
    }
}
