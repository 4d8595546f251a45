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

    [Fact]
    public async Task A_reader_that_rests_does_not_keep_the_log_from_being_emptied()
    {
        var (store, _) = await OpenAsync();
        var body = new byte[200_000];
        for (var seq = 1L; seq <= 400; seq++) // 80 MB of pages, more than twice what the log holds before it is begun anew
        {
            var unit = Unit(1, "urn:a:1", seq, isNew: seq == 1);
            unit.Entities[0] = unit.Entities[0] with { Body = body };
            await store.CommitAsync(unit);
            Assert.Equal(seq, (await store.ReadAsync("urn:a:1"))!.Seq);
        }
        Assert.InRange(new FileInfo(FilePath + "-wal").Length, 1, 50 << 20);
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
