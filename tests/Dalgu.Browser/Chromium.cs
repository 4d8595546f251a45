using Microsoft.Playwright;

namespace Dalgu.Browser;

/// <summary>Debian's chromium, driven by Playwright. Where it is absent there is no browser, and the tests say so.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/lib/chromium/chromium"];
    private static readonly string[] Nodes = ["/usr/bin/node", "/usr/local/bin/node"];

    // Alone on the machine, without a display, drawing WebGL by the processor.
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--enable-unsafe-swiftshader", "--force-color-profile=srgb", "--font-render-hinting=none",
    ];

    private readonly IPlaywright playwright;

    private Chromium(IPlaywright playwright, IBrowser browser) => (this.playwright, Browser) = (playwright, browser);

    /// <summary>Where the browser is; null where the machine has none.</summary>
    public static string? Path => Places.FirstOrDefault(File.Exists);

    /// <summary>The running browser.</summary>
    public IBrowser Browser { get; }

    public static async Task<Chromium> StartAsync()
    {
        var playwright = await DriverAsync();
        return new(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Path, Headless = true, Args = Arguments }));
    }

    // The driver brings its own node; where that cannot run, the machine's does.
    private static async Task<IPlaywright> DriverAsync()
    {
        try
        {
            return await Playwright.CreateAsync();
        }
        catch (Exception e) when (e is not OutOfMemoryException && Nodes.FirstOrDefault(File.Exists) is { } node)
        {
            Environment.SetEnvironmentVariable("PLAYWRIGHT_NODEJS_PATH", node);
            return await Playwright.CreateAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        playwright.Dispose();
    }
}
