using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dalgu.City.DemoCity;
using Dalgu.Hub.Access;
using Dalgu.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(Dalgu.Browser.DemoCity))]
// One browser on one machine: the tests take turns.
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace Dalgu.Browser;

/// <summary>The demo city with its past filled in, an administrator, a reader, boundaries where the machine has them, and a browser to look at it.</summary>
public sealed class DemoCity : IAsyncLifetime
{
    public const string Administrator = "gwanri", Reader = "yeolram", Password = "correct horse battery staple";
    private Chromium? chromium;
    private TestServer? server;
    private readonly Dictionary<string, string> signedIn = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim signingIn = new(1);

    /// <summary>The instance.</summary>
    public TestServer Server => server!;
    /// <summary>True where boundaries were imported.</summary>
    public bool HasBoundaries { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if (Chromium.Path is null) return;
        chromium = await Chromium.StartAsync();
        server = await TestServer.StartAsync(o => o with { Demo = true, Clock = new AfternoonClock() });
        await server.Access.Accounts.AddAsync(Principal.System, Administrator, "김관리", Role.Administrator, [], Password);
        await server.Access.Accounts.AddAsync(Principal.System, Reader, "이열람", Role.Reader, [], Password);
        if (SharedData.Find("data", "platforms", "daegu-gu-gun-2018.geojson") is { } file) await ImportAsync(file);
        var past = server.Host.Services.GetRequiredService<BackfillProgress>();
        await Until.TrueAsync(() => past.Plan.Remaining.Count == 0 && past.Share >= 1 && History() > 100, TimeSpan.FromMinutes(3), "The demo's past is filled in");

        long History() => server.Tenant.Status.Changes;
    }

    /// <summary>Writes a number to an entity, as a sensor would.</summary>
    public async Task WriteAsync(string id, string attribute, double value)
    {
        var body = new JsonObject { [attribute] = new JsonObject { ["type"] = "Property", ["value"] = value } };
        using var answer = await Server.Client.PostAsJsonAsync($"/ngsi-ld/v1/entities/{id}/attrs", body);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Skips the calling test where there is no browser.</summary>
    public static void RequireBrowser() => Assert.SkipWhen(Chromium.Path is null, "chromium is not on this machine (apt-get install chromium)");

    /// <summary>Somebody at a browser of their own.</summary>
    /// <param name="account">Who is signed in; null for nobody.</param>
    /// <param name="look">How they look.</param>
    public async Task<Visitor> VisitAsync(string? account = null, Look? look = null)
    {
        RequireBrowser();
        var state = account is null ? null : await SignedInAsync(account);
        return await Visitor.NewAsync(chromium!.Browser, Server.Address, look ?? new(), state);
    }

    /// <summary>Somebody at the browser before another instance.</summary>
    public async Task<Visitor> VisitAsync(TestServer other)
    {
        RequireBrowser();
        return await Visitor.NewAsync(chromium!.Browser, other.Address, new(), null);
    }

    public async ValueTask DisposeAsync()
    {
        if (chromium is not null) await chromium.DisposeAsync();
        if (server is not null) await server.DisposeAsync();
        signingIn.Dispose();
    }

    private async Task<string> SignedInAsync(string account)
    {
        await signingIn.WaitAsync();
        try
        {
            if (signedIn.TryGetValue(account, out var state)) return state;
            await using var visitor = await Visitor.NewAsync(chromium!.Browser, Server.Address, new(), null);
            await visitor.SignInAsync(account, Password);
            return signedIn[account] = await visitor.Context.StorageStateAsync();
        }
        finally
        {
            signingIn.Release();
        }
    }

    private async Task ImportAsync(string file)
    {
        var features = JsonNode.Parse(await File.ReadAllTextAsync(file))!["features"]!.AsArray();
        var entities = new JsonArray([.. features.Select(f => (JsonNode)new JsonObject
        {
            ["id"] = $"urn:ngsi-ld:AdministrativeDistrictBoundary:{f!["properties"]!["code"]}", ["type"] = "AdministrativeDistrictBoundary",
            ["code"] = Property(f["properties"]!["code"]), ["name"] = Property(f["properties"]!["name"]),
            ["location"] = new JsonObject { ["type"] = "GeoProperty", ["value"] = f["geometry"]!.DeepClone() },
        })]);
        var (_, secret) = await Server.Access.Keys.AddAsync(Principal.System, "boundaries", Role.Operator, [], [], null);
        using var client = Server.NewClient(secret);
        using var answer = await client.PostAsJsonAsync("/ngsi-ld/v1/entityOperations/upsert", entities);
        answer.EnsureSuccessStatusCode();
        HasBoundaries = true;
    }

    private static JsonObject Property(JsonNode? value) => new() { ["type"] = "Property", ["value"] = value!.DeepClone() };
}
