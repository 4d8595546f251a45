using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Serialization;
using Dalgu.Console.Pages.Access;
using Dalgu.Console;
using Dalgu.Hub.Access;
using Dalgu.Hub.Http;
using Dalgu.Hub.Storage;
using Dalgu.Hub;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Dalgu;

/// <summary>A running instance: the hub, its desks and its door to the network, over one data folder.</summary>
public sealed class CityHost : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly DataFolder folder;

    private CityHost(WebApplication app, DataFolder folder)
    {
        this.app = app;
        this.folder = folder;
    }

    /// <summary>The kernel.</summary>
    public CityHub Hub => app.Services.GetRequiredService<CityHub>();
    /// <summary>Accounts, sessions, keys and links.</summary>
    public AccessBook Access => app.Services.GetRequiredService<AccessBook>();
    /// <summary>The services of the instance.</summary>
    public IServiceProvider Services => app.Services;
    /// <summary>Where it listens, with the ports that it got.</summary>
    public IReadOnlyList<string> Addresses { get; private set; } = [];

    /// <summary>Whether its folder goes with it, where it was made for this instance.</summary>
    public bool IsDiscarded { get; set; }

    /// <summary>Starts an instance; when it returns, the instance answers.</summary>
    /// <exception cref="DataFolderException">Where the data folder cannot be had.</exception>
    /// <exception cref="Problem">Where the store cannot be opened.</exception>
    /// <exception cref="IOException">Where an address is taken.</exception>
    public static async Task<CityHost> StartAsync(CityHostOptions options, CancellationToken cancel = default)
    {
        if (options.Hub.Open && !options.Urls.All(HostNames.IsLoopback))
            throw new ArgumentException($"--open switches access control off and is for loopback alone; {string.Join(", ", options.Urls)} is reached from elsewhere. Leave --open out, or listen on 127.0.0.1.");
        var folder = DataFolder.Take(options.DataDir);
        WebApplication? app = null;
        try
        {
            app = Build(options, folder);
            var host = new CityHost(app, folder);
            foreach (var desk in options.Desks)
                foreach (var (file, json) in desk.Contexts) host.Hub.Contexts.Pin(file, json);
            HostNames.RequireFree(options.Urls);
            if (options.Metrics) host.Hub.Measure();
            await host.Access.LoadAsync(host.Hub, cancel);
            // A laboratory begins empty: what is in it is what was put there.
            if (options.WithDesks && (!options.Hub.Open || options.Demo))
                foreach (var desk in options.Desks) await desk.SeedAsync(host.Hub, options.Demo, cancel);
            app.Services.GetRequiredService<Health>().IsSeeded = true;
            await app.StartAsync(cancel);
            await app.Services.GetRequiredService<Dalgu.Hub.Mqtt.MqttInlet>().StartAsync();
            // In a laboratory everybody is administrator, and so is whoever made a subscription.
            await host.Hub.DeliverAsync((who, then) => options.Hub.Open ? who : host.Access.Present(who, then), cancel);
            host.Addresses = [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];
            folder.Note(new(Environment.ProcessId, host.Addresses.FirstOrDefault() ?? "", host.Access.Keys.Lend("command-line")));
            return host;
        }
        catch
        {
            if (app is not null) await app.DisposeAsync();
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Returns when the process is asked to end.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancel = default) => app.WaitForShutdownAsync(cancel);

    /// <summary>Stops taking requests, ends what runs, closes the store and gives the folder back.</summary>
    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        if (IsDiscarded) folder.Discard();
        folder.Dispose();
    }

    private static WebApplication Build(CityHostOptions options, DataFolder folder)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = "dalgu", ContentRootPath = AppContext.BaseDirectory, EnvironmentName = Environments.Production,
        });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Listen(kestrel, options));
        if (options.Urls.Any(u => u.StartsWith("https:", StringComparison.OrdinalIgnoreCase))) builder.WebHost.UseKestrelHttpsConfiguration();
        Microsoft.AspNetCore.Hosting.StaticWebAssets.StaticWebAssetsLoader.UseStaticWebAssets(builder.Environment, builder.Configuration);
        builder.Configuration.AddInMemoryCollection([new("ReloadStaticAssetsAtRuntime", "false")]); // assets are those of the build
        AddLogging(builder.Logging, options);

        var services = builder.Services;
        services.Configure<ConsoleLifetimeOptions>(o => o.SuppressStatusMessages = true);
        services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(10));
        services.AddRoutingCore();
        services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true); // a bad body gets a problem, not an empty answer
        services.ConfigureHttpJsonOptions(o => o.SerializerOptions.Converters.Add(new JsonStringEnumConverter<Role>()));
        services.AddSingleton(options.Clock).AddSingleton(options.Hub).AddSingleton(options);
        services.AddSingleton(new AccessPolicy(options.Desks.SelectMany(d => d.Types)));
        services.AddSingleton(_ => Stores.Of(options.Store, folder.Path));
        services.AddSingleton<CityHub>();
        services.AddSingleton<Health>();
        services.AddSingleton<Dalgu.Hub.Mqtt.MqttInlet>();
        services.AddHostedService<RetentionJob>();
        services.AddDalguAccess(options.Hub, options.Clock);
        services.AddDataProtection().SetApplicationName("dalgu").PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(folder.Path, "keys")));
        services.AddSingleton(System.Text.Encodings.Web.HtmlEncoder.Create(System.Text.Unicode.UnicodeRanges.All)); // Korean as it is, not as references
        services.AddAntiforgery(o =>
        {
            o.Cookie.Name = "dalgu-form";
            o.Cookie.SameSite = SameSiteMode.Strict;
            o.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            o.SuppressXFrameOptionsHeader = true; // frame-ancestors says it
        });
        if (options.WithDesks)
        {
            Telemetry.Add(services, options);
            ApiReference.Add(services);
            services.AddSingleton<Notes>();
            services.AddDalguConsole(options.Desks);
            foreach (var desk in options.Desks) desk.AddServices(services, options.Demo);
        }
        // The keys of forms are read for the first page that needs them, not at every start: a hub that serves data alone never reads XML.
        foreach (var early in services.Where(s => s.ImplementationType?.Name == "DataProtectionHostedService").ToList()) services.Remove(early);

        var app = builder.Build();
        if (options.Proxies.Count > 0) app.UseForwardedHeaders(Forwarded(options.Proxies));
        app.UseMiddleware<FaultMiddleware>();
        app.UseRouting();
        app.UseWhen(http => !NgsiLdRoutes.Covers(http.Request), pages => pages.UseWebSockets());
        app.UseDalguAccess(HostNames.Allowed(options));
        app.UseWhen(http => !NgsiLdRoutes.Covers(http.Request), pages => pages.UseAntiforgery());
        Map(app, options);
        return app;
    }

    private static void Map(WebApplication app, CityHostOptions options)
    {
        app.MapNgsiLd();
        HubEndpoints.Map(app);
        AccountEndpoints.Map(app);
        if (!options.WithDesks) return;
        Health.Map(app);
        Telemetry.Map(app, options);
        ApiReference.Map(app);
        app.MapAccessForms(app.Services.GetRequiredService<AccessBook>(), app.Services.GetRequiredService<Notes>());
        foreach (var desk in options.Desks) desk.Map(app);
        app.MapDalguConsole();
    }

    /// <summary>The kernel alone over a folder, for commands that need nothing else.</summary>
    public static CityHub OpenHub(DataFolder folder) => OpenHub(Stores.Of(null, folder.Path));

    /// <summary>The kernel alone over stores.</summary>
    public static CityHub OpenHub(IStoreFactory stores) =>
        new(stores, new HubOptions(), new AccessPolicy(CityDesks.All.SelectMany(d => d.Types)), TimeProvider.System);

    private static void Listen(KestrelServerOptions kestrel, CityHostOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.Hub.MaxBodyBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        foreach (var url in options.Urls)
        {
            var uri = HostNames.TryParse(url) ?? throw new ArgumentException($"\"{url}\" is no address to listen at; write one such as http://127.0.0.1:8080.");
            void Configure(ListenOptions listen)
            {
                if (uri.Scheme != "https") return;
                if (options.Certificate is null) throw new ArgumentException($"{url} needs a certificate; name its PEM files with --certificate and --certificate-key.");
                listen.UseHttps(https =>
                {
                    https.ServerCertificate = X509Certificate2.CreateFromPemFile(options.Certificate, options.CertificateKey);
                    https.ServerCertificateChain = [];
                    https.ServerCertificateChain.ImportFromPemFile(options.Certificate); // who stands between it and the root is sent along
                });
            }
            if (uri.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) && uri.Port != 0) kestrel.ListenLocalhost(uri.Port, Configure);
            else if (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var ip)) kestrel.Listen(ip, uri.Port, Configure);
            else if (uri.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) kestrel.Listen(IPAddress.Loopback, uri.Port, Configure);
            else throw new ArgumentException($"\"{url}\" names a host; listen at an IP address such as 0.0.0.0 and name the host with DALGU_HOSTS.");
        }
    }

    private static void AddLogging(ILoggingBuilder logging, CityHostOptions options)
    {
        logging.SetMinimumLevel(options.LogLevel);
        if (options.LogLevel < LogLevel.Warning)
        {
            logging.AddFilter("Microsoft", LogLevel.Warning);
            logging.AddFilter("System", LogLevel.Warning);
        }
        // Keys in the data folder are guarded by the folder's mode, which the warning does not know.
        logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        // Where it may log, the server begins an activity for each request, as a trace wants it.
        if (!Telemetry.HasCollector) logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        if (options.LogLevel == LogLevel.None) return;
        if (options.LogJson) logging.AddJsonConsole(o => { o.UseUtcTimestamp = true; o.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"; });
        else logging.AddSimpleConsole(o => { o.SingleLine = true; o.UseUtcTimestamp = true; o.TimestampFormat = "HH:mm:ss "; });
    }

    private static ForwardedHeadersOptions Forwarded(IReadOnlyList<string> proxies)
    {
        var forwarded = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto };
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var proxy in proxies) forwarded.KnownProxies.Add(IPAddress.Parse(proxy));
        return forwarded;
    }
}
