using Dalgu.Hub.Storage;
using Dalgu.Store.Sqlite;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Store.Sqlite.Tests;

/// <summary>The contract, on SQLite.</summary>
public sealed class SqliteStoreTests : StoreContract
{
    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-store-").FullName;
    private int files;

    private string FilePath => Path.Combine(folder, "city.db");

    protected override IStore NewStore() => new SqliteStore(FilePath);

    protected override IStore NewStoreOver(string backup) => new SqliteStore(backup);

    protected override string NewFile() => Path.Combine(folder, $"backup-{++files}.db");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_file_of_a_later_version_is_refused_and_left_as_it_is()
    {
        var (store, _) = await OpenAsync();
        await store.DisposeAsync();
        using (var db = new TamperedFile(FilePath)) db.Execute("PRAGMA user_version = 99");
        var refusal = await Assert.ThrowsAsync<Problem>(async () => await OpenAsync());
        Assert.Contains("version 99", refusal.Message, StringComparison.Ordinal);
        using var after = new TamperedFile(FilePath);
        Assert.Equal(99, after.Number("PRAGMA user_version"));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused()
    {
        await File.WriteAllTextAsync(FilePath, new string('x', 20_000), TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<Problem>(async () => await OpenAsync());
        Assert.Equal(new string('x', 20_000), await File.ReadAllTextAsync(FilePath, TestContext.Current.CancellationToken));
    }

    /// <summary>A store whose commits wait for each checkpoint: beside a slow disk the log grows by what is written meanwhile.</summary>
    private SqliteStore InTurn() => new(FilePath, 1_000, act =>
    {
        act();
        return Task.CompletedTask;
    });

    [Fact]
    public async Task A_reader_that_rests_does_not_keep_the_log_from_being_emptied()
    {
        var (store, _) = await OpenAsync(InTurn());
        await WriteAsync(store, 1, 1_500); // 300 MB of pages, three times what the log holds before it is begun anew
        Assert.InRange(new FileInfo(FilePath + "-wal").Length, 1, 135 << 20);
    }

    [Fact]
    public async Task A_log_that_grew_under_a_long_read_is_emptied_when_that_ends()
    {
        var (store, _) = await OpenAsync(InTurn());
        await WriteAsync(store, 1, 1);
        await using (var reading = store.ScanAsync(new()).GetAsyncEnumerator(TestContext.Current.CancellationToken))
        {
            Assert.True(await reading.MoveNextAsync());
            await WriteAsync(store, 2, 900);
            Assert.InRange(new FileInfo(FilePath + "-wal").Length, 170 << 20, long.MaxValue);
            Assert.Equal(1, reading.Current.Seq);
        }
        await WriteAsync(store, 901, 1_800);
        Assert.InRange(new FileInfo(FilePath + "-wal").Length, 1, 135 << 20);
    }

    [Fact]
    public async Task Commits_go_on_beside_a_checkpoint_and_wait_for_one_that_does_not_keep_up()
    {
        Action? checkpoint = null;
        var done = new TaskCompletionSource();
        var (store, _) = await OpenAsync(new SqliteStore(FilePath, 1_000, act =>
        {
            checkpoint = act;
            return done.Task;
        }));
        var seq = 0L;
        while (checkpoint is null) Assert.True(Write(store, ++seq).IsCompletedSuccessfully);
        Assert.InRange(seq, 100, 200); // 32 MB of pages
        var begun = seq;
        ValueTask waiting;
        while ((waiting = Write(store, ++seq)).IsCompletedSuccessfully) Assert.Equal(seq, (await store.ReadAsync("urn:a:1"))!.Seq);
        Assert.InRange(seq - begun, 250, 350); // 64 MB more
        Assert.Equal(seq, (await store.ReadAsync("urn:a:1"))!.Seq); // the commit itself is made
        checkpoint();
        done.SetResult();
        await waiting;
        var log = new FileInfo(FilePath + "-wal").Length;
        for (var more = 0; more < 20; more++) await Write(store, ++seq);
        Assert.InRange(new FileInfo(FilePath + "-wal").Length, 1, log); // begun anew
        Assert.Equal(seq, (await store.ReadAsync("urn:a:1"))!.Seq);
    }

    [Fact]
    public async Task A_store_is_closed_when_its_checkpoint_has_ended()
    {
        Action? checkpoint = null;
        var done = new TaskCompletionSource();
        var (store, _) = await OpenAsync(new SqliteStore(FilePath, 1_000, act =>
        {
            checkpoint = act;
            return done.Task;
        }));
        for (var seq = 1L; checkpoint is null; seq++) await Write(store, seq);
        var closing = store.DisposeAsync();
        Assert.False(closing.IsCompleted);
        checkpoint();
        done.SetResult();
        await closing;
    }

    private readonly byte[] largeBody = new byte[200_000];

    private async Task WriteAsync(IStore store, long from, long to)
    {
        for (var seq = from; seq <= to; seq++)
        {
            await Write(store, seq);
            Assert.Equal(seq, (await store.ReadAsync("urn:a:1"))!.Seq);
        }
    }

    private ValueTask Write(IStore store, long seq)
    {
        var unit = Unit(1, "urn:a:1", seq, isNew: seq == 1);
        Array.Fill(largeBody, (byte)seq); // a page that says the same is not written
        unit.Entities[0] = unit.Entities[0] with { Body = largeBody };
        return store.CommitAsync(unit);
    }

    [Fact]
    public async Task Each_tenant_has_a_file_of_its_own()
    {
        var stores = new SqliteStoreFactory(folder);
        Assert.Equal([""], stores.Tenants());
        await OpenAsync(stores.Create("gyeongsan"));
        await OpenAsync(stores.Create("a-1"));
        Assert.Equal(["", "a-1", "gyeongsan"], stores.Tenants());
        Assert.True(File.Exists(Path.Combine(folder, "tenants", "gyeongsan.db")));
    }
}
