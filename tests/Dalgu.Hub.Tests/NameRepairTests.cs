using Dalgu.Hub.Access;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;
using Dalgu.Hub.Storage;
using Dalgu.Store.Sqlite;
using Xunit;

namespace Dalgu.Hub.Tests;

/// <summary>Names stored before the core @context was whole become core IRIs, and nothing that was signed changes.</summary>
public sealed class NameRepairTests : IDisposable
{
    private const string Early = CoreContext.DefaultVocabulary + "status", Core = CoreContext.Namespace + "status", Id = "urn:ngsi-ld:Road:1";
    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-names-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private CityHub Open() => new(new SqliteStoreFactory(folder), new HubOptions(), new AccessPolicy([]), TimeProvider.System);

    private static Task WriteAsync(Tenant tenant, string id, string name, string value) => tenant.WriteAsync(Principal.System, "test.put", [id], scope =>
    {
        scope.Put(new EntityBuilder(id, "Road").Text(name, value).Text("plain", "stays").Build());
        return true;
    });

    [Fact]
    public async Task A_name_of_the_default_vocabulary_that_is_a_core_term_is_found_by_it_afterwards()
    {
        await using (var hub = Open())
        {
            var tenant = await hub.TenantAsync("", create: true);
            await WriteAsync(tenant, Id, Early, "open");
            await WriteAsync(tenant, Id, Early, "closed");
            await WriteAsync(await hub.TenantAsync("both", create: true), Id, Early, "a");
            await WriteAsync(await hub.TenantAsync("both"), "urn:ngsi-ld:Road:2", Core, "b");
        }
        var stores = new SqliteStoreFactory(folder);
        var done = await NameRepair.RunAsync(stores, Open, TestContext.Current.CancellationToken);
        Assert.Equal([$"\"{Early}\" is \"{Core}\" now.", $"tenant both: \"{Early}\" is left: the store has \"{Core}\" too. Move what has both with export and import."], done);

        await using (var hub = Open())
        {
            var tenant = await hub.TenantAsync();
            var rights = hub.Access.For(Principal.System);
            var query = new EntityQuery { Q = QExpression.Parse("status==\"closed\"", CoreContext.Instance, hub.Options), Limit = 10 };
            var found = Assert.Single((await tenant.QueryAsync(query, rights, cancel: TestContext.Current.CancellationToken)).Entities);
            Assert.Equal([Core, CoreContext.DefaultVocabulary + "plain"], found.Attributes.Select(a => a.Name));
            var values = new List<string>();
            await foreach (var observation in tenant.HistoryAsync(Id, Core, null, null, false, rights)) values.Add(System.Text.Encoding.UTF8.GetString(observation.Instance.Value.Span));
            Assert.Equal(["\"open\"", "\"closed\""], values);
            Assert.Contains((await tenant.CensusAsync(rights)).Single().Attributes, a => a.Attribute == Core);
            await foreach (var fault in tenant.VerifyAsync(cancel: TestContext.Current.CancellationToken)) Assert.Fail(fault);
            var actions = new List<string>();
            await foreach (var entry in tenant.AuditAsync(0, 100)) actions.Add(entry.Action);
            Assert.Equal("names.repair", actions[^1]);
        }
        Assert.Single(await NameRepair.RunAsync(stores, Open, TestContext.Current.CancellationToken)); // only what is left
    }
}
