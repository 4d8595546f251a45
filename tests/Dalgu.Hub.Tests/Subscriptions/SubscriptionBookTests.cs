using System.Text.Json.Nodes;
using Dalgu.Hub.Access;
using Dalgu.Hub.Http;
using Dalgu.Hub.Subscriptions;
using Dalgu.Store.Sqlite;
using Xunit;

namespace Dalgu.Hub.Tests.Subscriptions;

/// <summary>The subscriptions of a tenant in memory are those that are stored.</summary>
public class SubscriptionBookTests
{
    [Fact]
    public async Task What_is_added_while_all_are_read_again_stays()
    {
        var folder = Directory.CreateTempSubdirectory("dalgu-book-").FullName;
        var options = new HubOptions();
        await using (var hub = new CityHub(new SqliteStoreFactory(folder), options, new AccessPolicy([]), TimeProvider.System))
        {
            var book = (await hub.TenantAsync("", create: true)).Subscriptions;
            var reader = new SubscriptionReader(options, new AddressGuard(options));
            using var added = new CancellationTokenSource();
            var reading = Task.Run(async () =>
            {
                while (!added.IsCancellationRequested) await book.LoadAsync(); // as where this node takes up the duty to notify
            }, TestContext.Current.CancellationToken);
            var ids = Enumerable.Range(0, 300).Select(i => $"urn:s:{i}").ToList();
            foreach (var id in ids)
            {
                var body = new JsonObject { ["id"] = id, ["type"] = "Subscription", ["entities"] = new JsonArray(new JsonObject { ["type"] = "https://example.org/Road" }), ["notification"] = new JsonObject { ["endpoint"] = new JsonObject { ["uri"] = "http://example.org/" } } };
                await book.AddAsync(Principal.System, reader.Read(new SubscriptionDocument(Principal.System, DateTime.UtcNow, DateTime.UtcNow, "\"\"", new Dictionary<string, string>(), body)));
            }
            await added.CancelAsync();
            await reading;
            Assert.Equal(ids.Order(StringComparer.Ordinal), book.All.Select(s => s.Definition.Id).Order(StringComparer.Ordinal));
        }
        Directory.Delete(folder, recursive: true);
    }
}
