using Dalgu.Hub.Access;
using Dalgu.Hub.Entities;
using Dalgu.Store.Sqlite;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Hub.Tests;

/// <summary>Tenants that nobody uses are closed, and opened again by their next use.</summary>
public sealed class IdleTenantTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-idle-").FullName;
    private CityHub hub = null!;

    private async Task StartAsync(HubOptions options)
    {
        hub = new CityHub(new SqliteStoreFactory(folder), options, new AccessPolicy([]), TimeProvider.System);
        await hub.DeliverAsync((who, _) => who);
    }

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        await hub.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static string Id(int n) => $"urn:ngsi-ld:Road:{n}";

    private async Task PutAsync(string name, int n)
    {
        var tenant = await hub.TenantAsync(name, create: true);
        await tenant.WriteAsync(Principal.System, "test.put", [Id(n)], scope => { scope.Put(new EntityBuilder(Id(n), "Road").Number("speed", n).Build()); return true; });
    }

    [Fact, Slow]
    public async Task Of_many_tenants_few_stay_open_and_each_has_what_was_written()
    {
        const int tenants = 120, open = 10;
        await StartAsync(new HubOptions { OpenTenants = open });
        for (var i = 0; i < tenants; i++) await PutAsync($"t{i}", i);
        for (var wait = 0; hub.OpenTenants > open + 1 && wait < 300; wait++) await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.InRange(hub.OpenTenants, 1, open + 1); // the default one is not counted against the limit
        for (var i = 0; i < tenants; i++)
            Assert.Equal(i, (await (await hub.TenantAsync($"t{i}")).RetrieveAsync(Id(i), hub.Access.For(Principal.System)))!.Number("speed"));
        Assert.Equal(tenants + 1, hub.Tenants.Count);
    }

    [Fact]
    public async Task Writes_beside_the_closing_are_all_kept_and_none_is_refused()
    {
        await StartAsync(new HubOptions { OpenTenants = 2, TenantIdle = TimeSpan.FromMilliseconds(1) });
        const int tenants = 12, writes = 20;
        await Task.WhenAll(Enumerable.Range(0, tenants).Select(t => Task.Run(async () =>
        {
            for (var n = 0; n < writes; n++)
            {
                await PutAsync($"t{t}", n);
                if (n % 10 == t % 10) await Task.Delay(1_500 + t * 40); // long enough to be closed meanwhile
            }
        })));
        for (var t = 0; t < tenants; t++)
        {
            var tenant = await hub.TenantAsync($"t{t}");
            for (var n = 0; n < writes; n++) Assert.Equal(n, (await tenant.RetrieveAsync(Id(n), hub.Access.For(Principal.System)))!.Number("speed"));
            await foreach (var fault in tenant.VerifyAsync(cancel: TestContext.Current.CancellationToken)) Assert.Fail(fault);
        }
    }

    [Fact]
    public async Task A_tenant_that_has_something_to_do_stays_open()
    {
        await StartAsync(new HubOptions { TenantIdle = TimeSpan.FromMilliseconds(1) });
        await PutAsync("rests", 1);
        var busy = await hub.TenantAsync("busy", create: true);
        await busy.WriteAsync(Principal.System, "test.put", [Id(1)], scope => { scope.Put(new EntityBuilder(Id(1), "Road").Build() with { ExpiresAt = scope.Now.AddHours(1) }); return true; });
        for (var wait = 0; hub.OpenTenants > 2 && wait < 100; wait++) await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Equal(2, hub.OpenTenants);
        Assert.Same(busy, await hub.TenantAsync("busy"));
    }
}
