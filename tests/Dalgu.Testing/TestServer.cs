using System.Net.Http.Headers;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Dalgu.Testing;

/// <summary>An instance in this process on a free loopback port with a data folder of its own, which goes when it is disposed of.
/// Use it as a class fixture, or start one with <see cref="StartAsync"/>.</summary>
public class TestServer : IAsyncLifetime
{
    private CityHost? host;
    private CityHostOptions? options;
    private string? ownedDir;

    /// <summary>The kernel, for looking behind the door.</summary>
    public CityHub Hub => Host.Hub;
    /// <summary>Accounts, sessions, keys and links.</summary>
    public AccessBook Access => Host.Access;
    /// <summary>The running instance.</summary>
    public CityHost Host => host ?? throw new InvalidOperationException("The server is not started.");
    /// <summary>The address of the instance.</summary>
    public Uri Address => new(Host.Addresses[0]);
    /// <summary>The data folder.</summary>
    public string DataDir => options!.DataDir;
    /// <summary>A client with an operator's key.</summary>
    public HttpClient Client { get; private set; } = null!;
    /// <summary>A client without a key. It follows no redirects and keeps no cookies.</summary>
    public HttpClient Anonymous { get; private set; } = null!;
    /// <summary>The default tenant.</summary>
    public Tenant Tenant { get; private set; } = null!;

    /// <summary>Starts an instance.</summary>
    /// <param name="configure">Changes the options; null leaves them.</param>
    public static async Task<TestServer> StartAsync(Func<CityHostOptions, CityHostOptions>? configure = null)
    {
        var server = new TestServer { change = configure };
        await server.InitializeAsync();
        return server;
    }

    private Func<CityHostOptions, CityHostOptions>? change;

    /// <summary>The options of this fixture; a derived fixture overrides it.</summary>
    protected virtual CityHostOptions Configure(CityHostOptions defaults) => change?.Invoke(defaults) ?? defaults;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        ownedDir = Directory.CreateTempSubdirectory("dalgu-test-").FullName;
        var store = Environment.GetEnvironmentVariable("DALGU_TEST_STORE") == "postgres" ? await (await PostgresCluster.SharedAsync()).NewDatabaseAsync() : null;
        options = Configure(new CityHostOptions { DataDir = ownedDir, Store = store, Urls = ["http://127.0.0.1:0"], LogLevel = LogLevel.Error, Metrics = false });
        await StartAgainAsync();
    }

    /// <summary>Stops the instance and starts it again over the same data folder, at another port.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAgainAsync();
    }

    /// <summary>A client with a new key of a role.</summary>
    public async Task<HttpClient> AsAsync(Role role, params string[] desks)
    {
        if (role == Role.Anonymous) return NewClient(null);
        var name = $"test-{role}-{Guid.NewGuid():N}";
        var (_, secret) = await Access.Keys.AddAsync(Principal.System, name, role, desks, [], null);
        return NewClient(secret);
    }

    /// <summary>A client with a key of its own; null for none.</summary>
    public HttpClient NewClient(string? key)
    {
        var client = new HttpClient(new Whole { InnerHandler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false } }) { BaseAddress = Address };
        if (key is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (ownedDir is not null) Directory.Delete(ownedDir, recursive: true);
        GC.SuppressFinalize(this);
    }

    private async Task StartAgainAsync()
    {
        host = await CityHost.StartAsync(options!);
        Tenant = await Hub.TenantAsync("", create: true);
        Client = await AsAsync(Role.Operator);
        Anonymous = NewClient(null);
    }

    private async Task StopAsync()
    {
        Client?.Dispose();
        Anonymous?.Dispose();
        if (host is not null) await host.DisposeAsync();
        host = null;
    }

    /// <summary>Sends bodies with their length, which NGSI-LD asks for and JsonContent leaves out; one that says that it comes in chunks does.</summary>
    private sealed class Whole : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Content is not null && request.Headers.TransferEncodingChunked != true) await request.Content.LoadIntoBufferAsync(cancellationToken);
            return await base.SendAsync(request, cancellationToken);
        }
    }
}
