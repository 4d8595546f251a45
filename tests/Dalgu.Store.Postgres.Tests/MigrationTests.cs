using System.IO.Compression;
using System.Text;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;
using Dalgu.Hub.Storage;
using Dalgu.Store.Sqlite;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Store.Postgres.Tests;

/// <summary>Tables that an earlier version of the product wrote are brought to the present form, say what they said, and are found clean. The script of
/// version 1 is a dump of what that version wrote: twenty roads in two tenants, written three times, five of them changed once more, one deleted. That of
/// version 2 is what a program of that version made of it.</summary>
public sealed class MigrationTests : IAsyncLifetime
{
    private string connection = "";

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(PostgresCluster.MissingOwn() is not null, "The tables of the earlier version were not spread over a cluster.");
        await LoadAsync(1);
    }

    private async Task LoadAsync(int version)
    {
        connection = await (await PostgresCluster.SharedAsync()).NewDatabaseAsync();
        await using var packed = typeof(MigrationTests).Assembly.GetManifestResourceStream($"city.v{version}.sql.gz")!;
        using var script = new StreamReader(new GZipStream(packed, CompressionMode.Decompress));
        using var db = new TamperedDatabase(connection);
        Assert.SkipWhen(db.Lines("SELECT name FROM pg_available_extensions WHERE name = 'postgis'").Count == 0, "PostGIS is not here, and the script has places of its form.");
        db.Execute("CREATE EXTENSION IF NOT EXISTS btree_gist"); // which the first version asked for
        db.Execute(await script.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    public ValueTask DisposeAsync() => default;

    private PostgresStoreFactory Stores() => new(connection, file => new SqliteStore(file));

    private static CityHub Hub(PostgresStoreFactory stores) => new(stores, new HubOptions(), new AccessPolicy([]), TimeProvider.System);

    private List<string> Lines(string sql)
    {
        using var db = new TamperedDatabase(connection);
        return db.Lines(sql);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Tables_of_an_earlier_version_say_what_they_said_and_are_found_clean(int version)
    {
        var cancel = TestContext.Current.CancellationToken;
        if (version > 1) await LoadAsync(version);
        Assert.Equal([$"{version}"], Lines("SELECT number::text FROM version"));
        await using (var stores = Stores())
        await using (var hub = Hub(stores))
            foreach (var name in (string[])["", "gyeongsan"])
            {
                var tenant = await hub.TenantAsync(name, cancel: cancel);
                var rights = hub.Access.For(Principal.System);
                var road = (await tenant.RetrieveAsync("urn:ngsi-ld:Road:3", rights, cancel))!;
                Assert.Null(await tenant.RetrieveAsync("urn:ngsi-ld:Road:19", rights, cancel));
                var speeds = new List<string>();
                await foreach (var o in tenant.HistoryAsync(road.Id, road.Attributes.Single(a => a.Name.EndsWith("speed", StringComparison.Ordinal)).Name, null, null, false, rights, cancel))
                    speeds.Add($"{o.Time:yyyy-MM-dd} {Encoding.UTF8.GetString(o.Instance.Value.Span)}");
                Assert.Equal(["2026-11-01 50", "2026-11-02 53", "2026-11-03 56", "2026-11-03 99.5"], speeds);
                // Points, and lines that reach in.
                var near = new EntityQuery { Geo = GeoQuery.Parse("near;maxDistance==5000", "Point", "[128.55,35.85]", null, CoreContext.Instance) };
                var found = new List<string>();
                await foreach (var entity in tenant.EnumerateAsync(near, rights, cancel))
                    if (entity.Id.Contains(":Road:", StringComparison.Ordinal)) found.Add(entity.Id.Split(':')[^1]);
                Assert.Equal(["1", "10", "2", "3", "4", "5", "6", "7", "8", "9"], found);
                Assert.Empty(await FaultsAsync(tenant));

                // And it goes on.
                await tenant.WriteAsync(Principal.System, "entities.put", [road.Id], scope => { scope.Put(new EntityBuilder(road.Id, "Road").Number("speed", 1).Build()); return true; });
                Assert.Empty(await FaultsAsync(tenant));
            }
        Assert.Equal(["3"], Lines("SELECT number::text FROM version"));
        if (version == 1) Assert.Equal(["38", "132"], Lines("SELECT count(*)::text FROM place_v1 UNION ALL SELECT count(*)::text FROM outbox_v1")); // what was there stays beside
        await using (var stores = Stores())
        await using (var hub = Hub(stores)) Assert.Empty(await FaultsAsync(await hub.TenantAsync(cancel: cancel)));
    }

    [Fact]
    public async Task Tables_on_which_a_node_of_the_earlier_version_works_are_left_alone()
    {
        await using var stores = Stores();
        using (var db = new TamperedDatabase(connection))
        {
            db.Execute($"SELECT pg_advisory_lock_shared({new Locks(Schema.Name).Presence}, 0)");
            var refusal = Assert.Throws<Problem>(() => stores.Tenants());
            Assert.Contains("another node works on it; stop every node", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(["1"], Lines("SELECT number::text FROM version"));
        }
        Assert.Equal(["", "gyeongsan"], stores.Tenants());
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_the_tables_as_they_were()
    {
        Lines("CREATE TABLE outbox_v1 (x int)"); // in the way of the old one
        await using var stores = Stores();
        Assert.ThrowsAny<Exception>(() => stores.Tenants());
        Assert.Equal(["1"], Lines("SELECT number::text FROM version"));
        Lines("DROP TABLE outbox_v1");
        Assert.Equal(["", "gyeongsan"], stores.Tenants());
        Assert.Equal(["3"], Lines("SELECT number::text FROM version"));
    }

    private static async Task<List<string>> FaultsAsync(Tenant tenant)
    {
        var faults = new List<string>();
        await foreach (var fault in tenant.VerifyAsync(cancel: TestContext.Current.CancellationToken)) faults.Add(fault);
        return faults;
    }
}
