using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;

namespace Dalgu.Browser;

/// <summary>How somebody looks at a page.</summary>
/// <param name="Width">The width of the window.</param>
/// <param name="Dark">True for a dark screen.</param>
/// <param name="Script">False for a browser without script.</param>
/// <param name="English">True for English.</param>
public sealed record Look(int Width = 1440, bool Dark = false, bool Script = true, bool English = false)
{
    public override string ToString() => $"{Width}-{(Dark ? "dark" : "light")}{(English ? "-en" : "")}";
}

/// <summary>Somebody at a browser of their own: cookies, a page, and everything that the browser complained of.</summary>
public sealed class Visitor : IAsyncDisposable
{
    private const string Language = "dalgu-lang"; // a cookie
    private readonly List<string> complaints = [];
    private readonly Uri address;

    private Visitor(IBrowserContext context, IPage page, Uri address) => (Context, Page, this.address) = (context, page, address);

    public IBrowserContext Context { get; }
    public IPage Page { get; }
    /// <summary>Console errors, uncaught faults, violated policies, in order.</summary>
    public IReadOnlyList<string> Complaints => complaints;

    internal static async Task<Visitor> NewAsync(IBrowser browser, Uri address, Look look, string? state)
    {
        var context = await browser.NewContextAsync(new()
        {
            BaseURL = address.ToString(), ViewportSize = new() { Width = look.Width, Height = look.Width < 800 ? 844 : 1000 }, ColorScheme = look.Dark ? ColorScheme.Dark : ColorScheme.Light,
            JavaScriptEnabled = look.Script, Locale = "ko-KR", TimezoneId = "Asia/Seoul", ReducedMotion = ReducedMotion.Reduce, StorageState = state,
        });
        context.SetDefaultTimeout(20_000);
        var visitor = new Visitor(context, await context.NewPageAsync(), address);
        if (look.English) await visitor.SpeakEnglishAsync();
        visitor.Page.Console += (_, message) => { if (message.Type == "error") visitor.complaints.Add($"{message.Text} ({message.Location})"); };
        visitor.Page.PageError += (_, fault) => visitor.complaints.Add(fault);
        return visitor;
    }

    /// <summary>Looks otherwise from the next page on, with a window of the same width; what the browser complained of is forgotten.</summary>
    public async Task ChangeAsync(Look look)
    {
        await Page.GotoAsync("about:blank"); // a map that is told of other colours draws its page anew
        complaints.Clear();
        await Page.EmulateMediaAsync(new() { ColorScheme = look.Dark ? ColorScheme.Dark : ColorScheme.Light, ReducedMotion = ReducedMotion.Reduce });
        await Context.ClearCookiesAsync(new() { Name = Language });
        if (look.English) await SpeakEnglishAsync();
    }

    private Task SpeakEnglishAsync() => Context.AddCookiesAsync([new() { Name = Language, Value = "en", Url = address.ToString() }]);

    /// <summary>Goes to a page; its status.</summary>
    public async Task<int> GoAsync(string path) => (await Page.GotoAsync(path, new() { WaitUntil = WaitUntilState.Load }))!.Status;

    /// <summary>Waits until the page is at an address that matches a pattern, and there. It is asked again and again: the driver's own wait never ends where the
    /// page arrives in the moment in which the driver begins to listen.</summary>
    public async Task ArriveAsync([StringSyntax(StringSyntaxAttribute.Regex)] string pattern)
    {
        var started = Stopwatch.GetTimestamp();
        while (!Regex.IsMatch(Page.Url, pattern))
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(20), $"{Page.Url} does not match {pattern}");
            await Task.Delay(50);
        }
        await Page.WaitForLoadStateAsync();
    }

    /// <summary>Fills in the form of the sign-in page and sends it.</summary>
    public async Task SignInAsync(string account, string password)
    {
        await GoAsync("/sign-in");
        await Page.Locator("main input[name=name]").FillAsync(account);
        await Page.Locator("main input[name=password]").FillAsync(password);
        await Page.Locator("main button.primary").ClickAsync();
        await ArriveAsync("(?<!/sign-in)$");
    }

    /// <summary>Waits until the map, where the page has one, is drawn with its marks and the fonts are there.</summary>
    public async Task SettledAsync()
    {
        await Page.WaitForFunctionAsync("() => document.fonts.status === 'loaded' && (!document.querySelector('[data-map]') || document.querySelector('.map.alive[data-drawn]'))");
    }

    public void NothingWasWrong() => Assert.Empty(complaints);

    public async ValueTask DisposeAsync() => await Context.DisposeAsync();
}
