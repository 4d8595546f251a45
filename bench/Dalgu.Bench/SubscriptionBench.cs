using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Changes;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Storage;
using Dalgu.Hub.Subscriptions;
using Dalgu.Store.Sqlite;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Dalgu.Bench;

/// <summary>Measures subscriptions inside one process: how many changes a second find theirs among many, and how many notifications a second arrive.</summary>
public sealed class SubscriptionBench(int count, TimeSpan duration, Action<string> say)
{
    private const int Types = 100, Delivering = 64, EntitiesEach = 1_000;

    /// <summary>Runs both parts.</summary>
    public async Task<IReadOnlyList<Figure>> RunAsync() => [.. Match(), await DeliverAsync()];

    private List<Figure> Match()
    {
        say($"{count:N0} subscriptions …");
        var options = new HubOptions();
        var reader = new SubscriptionReader(options, new AddressGuard(options));
        var index = new SubscriptionIndex();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var states = new List<SubscriptionState>(count);
        for (var i = 0; i < count; i++) states.Add(new(reader.Read(Document(i)), new()));
        foreach (var state in states) index.Add(state);
        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)count;
        var changes = Enumerable.Range(0, 20_000).Select(Change).ToArray();
        var rights = new AccessPolicy([]).For(Principal.System);
        var now = DateTime.UnixEpoch;
        var found = new List<SubscriptionState>();
        long matched = 0, candidates = 0;
        var rounds = 0;
        for (var i = 0; i < changes.Length; i++) One(changes[i]); // warm
        (matched, candidates) = (0, 0);
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < duration)
        {
            for (var i = 0; i < changes.Length; i++) One(changes[i]);
            rounds++;
        }
        var total = rounds * (double)changes.Length;
        var rate = total / watch.Elapsed.TotalSeconds;
        // The probe asks every subscription, as a broker without an index does.
        watch.Restart();
        var asked = 0;
        for (; asked < 200 && watch.Elapsed < duration; asked++)
        {
            var facts = new ChangeFacts(changes[asked]);
            foreach (var state in states) SubscriptionMatch.Matches(state.Definition, facts, rights, now);
        }
        var naive = asked / watch.Elapsed.TotalSeconds;
        GC.KeepAlive(index);
        return
        [
            new($"changes matched with {count:N0} subscriptions", rate, "/s", naive, "≥ 20,000 /s", rate >= 20_000, string.Create(CultureInfo.InvariantCulture, $"one thread; {candidates / total:0.0} candidates and {matched / total:0.0} matches a change; the probe asks every subscription")),
            new("memory of a subscription", bytes, "bytes", null, "≤ 8,192 bytes", bytes <= 8_192, "definition, filters and index"),
        ];

        void One(Change change)
        {
            var facts = new ChangeFacts(change);
            found.Clear();
            index.Find(facts, found);
            candidates += found.Count;
            foreach (var state in found) if (SubscriptionMatch.Matches(state.Definition, facts, rights, now)) matched++;
        }
    }

    private static string Iri(string name) => CoreContext.Instance.Expand(name);

    /// <summary>A tenth by id, a tenth by pattern, the rest by type and watched attribute, most with a compared number.</summary>
    private static SubscriptionDocument Document(int i)
    {
        var type = Iri("T" + i % Types);
        var selector = new JsonObject { ["type"] = type };
        if (i % 10 == 0) selector["id"] = $"urn:ngsi-ld:T{i % Types}:{i / Types}";
        var body = new JsonObject
        {
            ["id"] = $"urn:ngsi-ld:Subscription:{i}", ["type"] = "Subscription", ["entities"] = new JsonArray(selector), ["watchedAttributes"] = new JsonArray(Iri("speed")),
            ["notification"] = new JsonObject { ["endpoint"] = new JsonObject { ["uri"] = $"http://receiver.example/{i % 1000}" } },
        };
        if (i % 10 != 0) body["q"] = string.Create(CultureInfo.InvariantCulture, $"speed>{1000 + i / Types};place");
        return new(Principal.System, DateTime.UnixEpoch, DateTime.UnixEpoch, "\"\"", new Dictionary<string, string>(), body);
    }

    private static Change Change(int i)
    {
        var id = $"urn:ngsi-ld:T{i % Types}:{i / Types % 1000}";
        var was = new EntityBuilder(id, "T" + i % Types).Number("speed", 1).Text("name", "n").Build();
        var entity = new EntityBuilder(id, "T" + i % Types).Number("speed", 1000 + i % 8).Text("place", "p").Text("name", "n").Build();
        return new(i + 1, "", ChangeKind.Updated, DateTime.UnixEpoch, "", was, entity, [Iri("speed"), Iri("place")]);
    }

    private async Task<Figure> DeliverAsync()
    {
        say("delivering …");
        var folder = Directory.CreateTempSubdirectory("dalgu-bench-").FullName;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        await using var receiver = builder.Build();
        long arrived = 0;
        receiver.Run(async http =>
        {
            using var body = await System.Text.Json.JsonDocument.ParseAsync(http.Request.Body);
            Interlocked.Add(ref arrived, body.RootElement.GetProperty("data").GetArrayLength());
        });
        await receiver.StartAsync();
        var address = receiver.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        try
        {
            await using var hub = new CityHub(new SqliteStoreFactory(folder), new HubOptions { AllowPrivateAddresses = true }, new AccessPolicy([]), TimeProvider.System);
            await hub.DeliverAsync((who, _) => who);
            var tenant = await hub.TenantAsync();
            var reader = new SubscriptionReader(hub.Options, hub.Outbound.Guard);
            for (var i = 0; i < Delivering; i++)
            {
                var body = JsonNode.Parse($$"""{"id":"urn:s:{{i}}","type":"Subscription","entities":[{"type":"{{Iri("T" + i)}}"}],"notification":{"endpoint":{"uri":"{{address}}/{{i}}"} } }""")!.AsObject();
                await tenant.Subscriptions.AddAsync(Principal.System, reader.Read(new(Principal.System, DateTime.UnixEpoch, DateTime.UnixEpoch, "\"https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld\"", new Dictionary<string, string>(), body)));
            }
            var expected = (long)Delivering * EntitiesEach;
            var watch = Stopwatch.StartNew();
            for (var n = 0; n < EntitiesEach; n += 100)
                await Task.WhenAll(Enumerable.Range(0, Delivering).Select(t => WriteAsync(tenant, t, n, 100)));
            while (Interlocked.Read(ref arrived) < expected && watch.Elapsed < TimeSpan.FromMinutes(2)) await Task.Delay(5);
            var rate = Interlocked.Read(ref arrived) / watch.Elapsed.TotalSeconds;
            return new("changes written, matched and told over HTTP", rate, "/s", null, "all arrive", Interlocked.Read(ref arrived) == expected, string.Create(CultureInfo.InvariantCulture, $"{Delivering} endpoints; {arrived:N0} of {expected:N0} arrived in {hub.Notifier.Sent:N0} notifications"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task WriteAsync(Tenant tenant, int type, int from, int many)
    {
        var entities = Enumerable.Range(from, many).Select(n => new EntityBuilder($"urn:ngsi-ld:T{type}:{n}", "T" + type).Number("speed", n).Build()).ToList();
        return tenant.WriteAsync(Principal.System, "bench.write", entities.ConvertAll(e => e.Id), scope =>
        {
            foreach (var entity in entities) scope.Put(entity);
            return true;
        });
    }
}
