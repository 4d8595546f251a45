using System.CommandLine;
using Dalgu.Console.Live;
using Dalgu.Hub;
using Dalgu.Hub.Access;

namespace Dalgu.Commands;

/// <summary><c>dalgu serve</c> and <c>dalgu demo</c>: runs an instance until it is asked to end.</summary>
internal static partial class ServeCommand
{
    public static Command Serve()
    {
        var data = new Option<string?>("--data") { Description = "The data folder. Default: $DALGU_DATA", HelpName = "DIR" };
        var store = Where.StoreOption();
        var urls = new Option<string?>("--urls") { Description = "Where to listen, separated by commas. Default: $DALGU_URLS, or http://127.0.0.1:8080", HelpName = "URL" };
        var open = new Option<bool>("--open") { Description = "Switch access control off and loopback call-backs on, and begins without the entities of the desks, for laboratories; on loopback only" };
        var demo = new Option<bool>("--demo") { Description = "Show the demo city" };
        var certificate = new Option<string?>("--certificate") { Description = "A PEM file with the certificate for https addresses", HelpName = "FILE" };
        var certificateKey = new Option<string?>("--certificate-key") { Description = "A PEM file with the certificate's key", HelpName = "FILE" };
        var command = new Command("serve", "Run an instance over a data folder, or a node over a database") { data, store, urls, open, demo, certificate, certificateKey };
        command.SetAction((parsed, cancel) =>
        {
            var database = parsed.GetValue(store) ?? (Environment.GetEnvironmentVariable("DALGU_STORE") is { Length: > 0 } named ? named : null);
            var folder = parsed.GetValue(data) ?? Environment.GetEnvironmentVariable("DALGU_DATA")
                ?? throw new CommandFailure(ExitCode.Usage, database is null ? "serve needs a data folder; name it with --data DIR." : "A node needs a folder of its own for keys and notes, beside the store; name it with --data DIR.");
            var listen = Settings.List(parsed.GetValue(urls) ?? Environment.GetEnvironmentVariable("DALGU_URLS") ?? "http://127.0.0.1:8080");
            var options = Options(folder, listen, parsed.GetValue(demo), parsed.GetValue(open));
            return RunAsync(WithCertificate(options with
            {
                Store = database,
                Certificate = parsed.GetValue(certificate) ?? Environment.GetEnvironmentVariable("DALGU_CERTIFICATE"),
                CertificateKey = parsed.GetValue(certificateKey) ?? Environment.GetEnvironmentVariable("DALGU_CERTIFICATE_KEY"),
            }), cancel);
        });
        return command;
    }

    /// <summary>Refuses https without a certificate that can be read, before anything is started for nothing.</summary>
    private static CityHostOptions WithCertificate(CityHostOptions options)
    {
        if (options.Urls.FirstOrDefault(u => u.StartsWith("https:", StringComparison.OrdinalIgnoreCase)) is not { } url) return options;
        if (options.Certificate is null) throw new CommandFailure(ExitCode.Usage, $"{url} needs a certificate; name its PEM files with --certificate and --certificate-key.");
        try
        {
            System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPemFile(options.Certificate, options.CertificateKey).Dispose();
            return options;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new CommandFailure(ExitCode.Usage, $"The certificate {options.Certificate} with the key {options.CertificateKey ?? "inside it"} cannot be read: {fault.Message} Name PEM files that fit together.");
        }
    }

    public static Command Demo()
    {
        var data = new Option<string?>("--data") { Description = "The data folder. Default: $DALGU_DATA, or data/demo", HelpName = "DIR" };
        var port = new Option<int>("--port") { Description = "The port on 127.0.0.1", DefaultValueFactory = _ => 8080, HelpName = "PORT" };
        var command = new Command("demo", "Run the demo city on this machine; what happens without a command") { port, data };
        command.SetAction((parsed, cancel) =>
        {
            var number = parsed.GetValue(port);
            if (number is < 0 or > 65535) throw new CommandFailure(ExitCode.Usage, $"The port {number} is none; write 1 to 65535, or 0 for a free one.");
            return RunAsync(Options(Where.FolderOf(parsed.GetValue(data)), [$"http://127.0.0.1:{number}"], demo: true, open: false), cancel);
        });
        return command;
    }

    private static CityHostOptions Options(string folder, IReadOnlyList<string> urls, bool demo, bool open)
    {
        var variables = Settings.Environment();
        if (urls.Count == 0) throw new CommandFailure(ExitCode.Usage, "There is no address to listen at; name one with --urls.");
        foreach (var url in urls)
        {
            if (HostNames.TryParse(url) is null) throw new CommandFailure(ExitCode.Usage, $"\"{url}\" is no address to listen at; write one such as http://127.0.0.1:8080.");
            if (open && !HostNames.IsLoopback(url))
                throw new CommandFailure(ExitCode.Usage, $"--open switches access control off and is for loopback alone; {url} is reached from elsewhere. Leave --open out, or listen on 127.0.0.1.");
        }
        var hub = Settings.Hub(variables);
        if (demo && hub.HistoryKept.Length == 0) hub = hub with { HistoryKept = City.DemoCity.DemoSensors.HistoryKept };
        return new CityHostOptions
        {
            DataDir = folder, Urls = urls, Demo = demo, Hub = open ? hub with { Open = true, AllowPrivateAddresses = true } : hub,
            Hosts = variables.TryGetValue("DALGU_HOSTS", out var hosts) ? Settings.List(hosts) : null,
            Proxies = Proxies(variables.GetValueOrDefault("DALGU_PROXIES")),
            LogJson = variables.GetValueOrDefault("DALGU_LOG") == "json",
            LogLevel = Enum.TryParse<LogLevel>(variables.GetValueOrDefault("DALGU_LOG_LEVEL"), ignoreCase: true, out var level) ? level : LogLevel.Information,
            Metrics = variables.GetValueOrDefault("DALGU_METRICS") != "false",
        };
    }

    private static IReadOnlyList<string> Proxies(string? text)
    {
        var proxies = Settings.List(text);
        foreach (var proxy in proxies)
            if (!System.Net.IPAddress.TryParse(proxy, out _)) throw new CommandFailure(ExitCode.Usage, $"The variable DALGU_PROXIES names \"{Iri.Shorten(proxy)}\", which is no IP address; write those of the proxies, such as 10.0.0.7.");
        return proxies;
    }

    private static async Task<int> RunAsync(CityHostOptions options, CancellationToken cancel)
    {
        var began = options.Clock.GetTimestamp(); // not the start of the process, which may have built the program first
        await using var host = await StartAsync(options, cancel);
        var log = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Dalgu");
        var output = System.Console.Out;
        await output.WriteLineAsync($"달구 Dalgu {CityVersion.Text.Split('+')[0]}   {string.Join("   ", host.Addresses)}");
        if (options.Hub.Open) await output.WriteLineAsync("접근 통제 꺼짐 · Access control is off: whoever reaches this address is administrator.");
        else if (host.Access.Accounts.IsEmpty)
        {
            var token = await host.Access.Links.NewAsync(Principal.System, null);
            await output.WriteLineAsync($"관리자 첫 로그인 (한 번, 1시간) · first sign-in, once, within an hour:\n  {host.Addresses[0]}/welcome/{token}");
        }
        await output.FlushAsync(cancel);
        Ready(log, (long)options.Clock.GetElapsedTime(began).TotalMilliseconds, Stores.LabelOf(host.Services.GetRequiredService<Hub.Storage.IStoreFactory>(), options.DataDir));
        await host.Services.GetRequiredService<FeedWatch>().CaughtUp.WaitAsync(cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // A start allocates what a standing instance does not need: it goes back when the start is over.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        Hub.NativeHeap.Trim();
        MappedFiles.Release();
        await host.WaitForShutdownAsync(cancel);
        return ExitCode.Done;
    }

    private static async Task<CityHost> StartAsync(CityHostOptions options, CancellationToken cancel)
    {
        try
        {
            return await CityHost.StartAsync(options, cancel);
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new CommandFailure(ExitCode.Data, $"{e.Message} Stop the program that has it, or take another port.");
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Ready in {Milliseconds} ms with {Folder}")]
    private static partial void Ready(ILogger log, long milliseconds, string folder);
}
