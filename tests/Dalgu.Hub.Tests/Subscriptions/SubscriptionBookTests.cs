using System.Text.Json.Nodes;
using Dalgu.Hub.Access;
using Dalgu.Hub.Http;
using Dalgu.Hub.Subscriptions;
using Xunit;

namespace Dalgu.Hub.Tests.Subscriptions;

/// <summary>The subscriptions of a tenant in memory are those that are stored.</summary>
public sealed class SubscriptionBookTests : IDisposable
{
    private static readonly DateTime Then = new(2026, 11, 24, 8, 0, 0, DateTimeKind.Utc);
    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-book-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task What_is_added_while_all_are_read_again_stays()
    {
        var (store, options) = (new FaultyStore(folder), new HubOptions());
        await using var hub = new CityHub(store, options, new AccessPolicy([]), TimeProvider.System);
        var tenant = await hub.TenantAsync("", create: true);
        var book = tenant.Subscriptions;
        await book.AddAsync(Principal.System, Make("urn:s:before", options));
        var adding = Task.CompletedTask;
        store.AfterDocuments = async collection =>
        {
            if (collection != SubscriptionDocument.Collection) return;
            adding = book.AddAsync(Principal.System, Make("urn:s:meanwhile", options));
            // Had it gone to the writer, it would have been written before this.
            await tenant.WriteAsync(Principal.System, "test", [], scope => true);
            for (var i = 0; i < 1_000 && !adding.IsCompleted; i++) await Task.Yield();
        };
        await book.LoadAsync(); // as where this node takes up the duty to notify
        await adding;
        Assert.Equal(["urn:s:before", "urn:s:meanwhile"], book.All.Select(s => s.Definition.Id).Order(StringComparer.Ordinal));
    }

    private static Subscription Make(string id, HubOptions options) => new SubscriptionReader(options, new AddressGuard(options)).Read(new SubscriptionDocument(Principal.System, Then, Then, "\"\"", new Dictionary<string, string>(),
        JsonNode.Parse($$"""{"id":"{{id}}","type":"Subscription","entities":[{"type":"https://example.org/Road"}],"notification":{"endpoint":{"uri":"http://example.org/"} } }""")!.AsObject()));
}
