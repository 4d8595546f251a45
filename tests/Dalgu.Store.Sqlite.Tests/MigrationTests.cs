using System.IO.Compression;
using System.Text;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;
using Dalgu.Store.Sqlite;
using Xunit;

namespace Dalgu.Store.Sqlite.Tests;

/// <summary>A file that an earlier version of the product wrote opens, says what it said, is found clean, and stands beside its copy. The files are what
/// those versions wrote: twenty roads written three times, five of them changed once more, one deleted.</summary>
public sealed class MigrationTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-migration-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string FilePath => Path.Combine(folder, "city.db");

    private async Task UnpackAsync(string name)
    {
        await using var packed = typeof(MigrationTests).Assembly.GetManifestResourceStream(name)!;
        await using var unpacked = new GZipStream(packed, CompressionMode.Decompress);
        await using var file = File.Create(FilePath);
        await unpacked.CopyToAsync(file);
    }

    private CityHub Hub() => new(new SqliteStoreFactory(folder), new HubOptions(), new AccessPolicy([]), TimeProvider.System);

    [Fact]
    public async Task A_file_of_version_1_says_what_it_said_and_is_found_clean()
    {
        var cancel = TestContext.Current.CancellationToken;
        await UnpackAsync("city.v1.db.gz");
        await using (var hub = Hub())
        {
            var tenant = await hub.TenantAsync();
            var rights = hub.Access.For(Principal.System);
            var road = (await tenant.RetrieveAsync("urn:ngsi-ld:Road:3", rights, cancel))!;
            Assert.Equal("99.5", Text(road.Attributes[0]));
            Assert.Equal(new string('길', 61), System.Text.Json.JsonSerializer.Deserialize<string>(road.Attributes[1].Default.Value.Span));
            Assert.Null(await tenant.RetrieveAsync("urn:ngsi-ld:Road:19", rights, cancel));
            var speeds = new List<string>();
            await foreach (var o in tenant.HistoryAsync("urn:ngsi-ld:Road:3", road.Attributes[0].Name, null, null, false, rights, cancel))
                speeds.Add($"{o.Time:yyyy-MM-dd} {Encoding.UTF8.GetString(o.Instance.Value.Span)}");
            Assert.Equal(["2026-11-01 50", "2026-11-02 53", "2026-11-03 56", "2026-11-03 99.5"], speeds);
            Assert.Empty(await FaultsAsync(tenant));
            Assert.Equal(205, (await tenant.SizeAsync(cancel)).HistoryRows);

            // And it goes on.
            await tenant.WriteAsync(Principal.System, "entities.put", [road.Id], scope => { scope.Put(new EntityBuilder(road.Id, "Road").Number("speed", 1).Build()); return true; });
            Assert.Empty(await FaultsAsync(tenant));
        }
        await using (var hub = Hub()) Assert.Empty(await FaultsAsync(await hub.TenantAsync()));
        using var copy = new TamperedFile(FilePath + ".v1");
        Assert.Equal(1, copy.Number("PRAGMA user_version"));
        Assert.Equal(126, copy.Number("SELECT count(*) FROM outbox"));
    }

    [Fact]
    public async Task A_file_of_version_2_finds_what_is_near_and_is_found_clean()
    {
        var cancel = TestContext.Current.CancellationToken;
        await UnpackAsync("city.v2.db.gz");
        await using (var hub = Hub())
        {
            var tenant = await hub.TenantAsync();
            // Points and one line that reaches in; the rest is farther than five kilometres, or nowhere.
            var near = new EntityQuery { Geo = GeoQuery.Parse("near;maxDistance==5000", "Point", "[128.55,35.85]", null, CoreContext.Instance) };
            var found = new List<string>();
            await foreach (var road in tenant.EnumerateAsync(near, hub.Access.For(Principal.System), cancel))
                if (road.Types[0].EndsWith("Road", StringComparison.Ordinal)) found.Add(road.Id.Split(':')[^1]); // among the districts of the city
            Assert.Equal(["2", "3", "5", "6", "7"], found);
            Assert.Empty(await FaultsAsync(tenant));
        }
        using var copy = new TamperedFile(FilePath + ".v2");
        Assert.Equal(2, copy.Number("PRAGMA user_version"));
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_the_file_as_it_was()
    {
        await UnpackAsync("city.v1.db.gz");
        using (var file = new TamperedFile(FilePath)) file.Execute("CREATE TABLE history_recent (x)"); // in the way of the new one
        await using (var hub = Hub()) await Assert.ThrowsAsync<Problem>(async () => await hub.TenantAsync());
        using (var file = new TamperedFile(FilePath))
        {
            Assert.Equal((1, 126), (file.Number("PRAGMA user_version"), file.Number("SELECT count(*) FROM outbox")));
            file.Execute("DROP TABLE history_recent");
        }
        await using (var hub = Hub()) Assert.Empty(await FaultsAsync(await hub.TenantAsync()));
    }

    private static string Text(EntityAttribute attribute) => Encoding.UTF8.GetString(attribute.Default.Value.Span);

    private static async Task<List<string>> FaultsAsync(Tenant tenant)
    {
        var faults = new List<string>();
        await foreach (var fault in tenant.VerifyAsync(cancel: TestContext.Current.CancellationToken)) faults.Add(fault);
        return faults;
    }
}
