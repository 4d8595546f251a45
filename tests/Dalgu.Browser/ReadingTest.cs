using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Dalgu.Browser;

/// <summary>Reading in another language, without script, by keyboard, on paper.</summary>
public sealed class ReadingTest(DemoCity city)
{
    [Fact]
    public async Task The_language_switch_keeps_the_page()
    {
        await using var visitor = await city.VisitAsync();
        await visitor.GoAsync("/plan?tab=budget");
        await visitor.Page.Locator(".bar a.language").ClickAsync();
        await Expect(visitor.Page.Locator("html")).ToHaveAttributeAsync("lang", "en");
        Assert.EndsWith("/plan?tab=budget", visitor.Page.Url, StringComparison.Ordinal);
        await Expect(visitor.Page.Locator(".tabs a[aria-current]")).ToHaveTextAsync("Budget");
        await visitor.Page.Locator(".bar a.language").ClickAsync();
        await Expect(visitor.Page.Locator("html")).ToHaveAttributeAsync("lang", "ko");
        Assert.EndsWith("/plan?tab=budget", visitor.Page.Url, StringComparison.Ordinal);
        visitor.NothingWasWrong();
    }

    [Theory]
    [InlineData("/", ".map svg .mark-name")]
    [InlineData("/", "figure.chart svg path.line")]
    [InlineData("/", "[data-feed] li")]
    [InlineData("/plan", "table.tree tbody tr")]
    [InlineData("/plan?tab=budget", "main tbody tr")]
    [InlineData("/entities", "main tbody tr")]
    [InlineData("/entities?type=AirQualityObserved", "main tbody tr")]
    [InlineData("/search?q=%EC%88%98%EC%84%B1", "main tbody tr")]
    [InlineData("/about", "main tbody tr")]
    public async Task Public_pages_read_without_script(string path, string what)
    {
        await using var visitor = await city.VisitAsync(look: new(Script: false));
        Assert.Equal(200, await visitor.GoAsync(path));
        await Expect(visitor.Page.Locator("h1")).ToHaveCountAsync(1);
        await Expect(visitor.Page.Locator(what).First).ToBeVisibleAsync();
        await Screenshots.TakeAsync(visitor.Page, "without-script" + string.Concat(path.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/plan")]
    [InlineData("/entities?type=TrafficFlowObserved")]
    [InlineData("/sign-in")]
    public async Task The_keyboard_meets_the_skip_link_first_and_sees_where_it_is(string path)
    {
        await using var visitor = await city.VisitAsync();
        await visitor.GoAsync(path);
        if (path == "/sign-in") await visitor.Page.EvaluateAsync("() => document.activeElement.blur()");
        for (var i = 0; i < 25; i++)
        {
            await visitor.Page.Keyboard.PressAsync("Tab");
            var focus = await visitor.Page.EvaluateAsync<string[]>("""
                () => {
                  const e = document.activeElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
                  return [e.className, String(style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 || e === document.body), String(e === document.body || box.width > 0 && box.right > 0), e.outerHTML.slice(0, 120)];
                }
                """);
            if (i == 0) Assert.Equal("skip", focus[0]);
            Assert.True(focus[1] == "true" && focus[2] == "true", $"{path}: focus {i + 1} is not seen: {focus[3]}");
        }
        await visitor.GoAsync(path);
        await visitor.Page.Keyboard.PressAsync("Tab");
        await visitor.Page.Keyboard.PressAsync("Enter");
        await visitor.Page.WaitForFunctionAsync("() => document.activeElement.id === 'main'");
    }

    [Theory]
    [InlineData("city", "/")]
    [InlineData("plan", "/plan")]
    [InlineData("entities-of-type", "/entities?type=AirQualityObserved")]
    public async Task Paper_shows_the_page_and_leaves_the_rail_out(string name, string path)
    {
        await using var visitor = await city.VisitAsync(look: new(Width: 1000));
        await visitor.GoAsync(path);
        await visitor.SettledAsync();
        await visitor.Page.EmulateMediaAsync(new() { Media = Media.Print });
        await Expect(visitor.Page.Locator(".rail")).ToBeHiddenAsync();
        await Expect(visitor.Page.Locator(".bar .search")).ToBeHiddenAsync();
        await Expect(visitor.Page.Locator("h1")).ToBeVisibleAsync();
        await Expect(visitor.Page.Locator(".as-of")).ToBeVisibleAsync();
        if (path == "/") await Expect(visitor.Page.Locator(".map > svg")).ToBeVisibleAsync();
        await Screenshots.TakeAsync(visitor.Page, $"{name}-print");
    }

    [Fact]
    public async Task A_lost_connection_is_told_and_the_page_stays()
    {
        await using var visitor = await city.VisitAsync();
        await visitor.GoAsync("/");
        await visitor.SettledAsync();
        await visitor.Context.SetOfflineAsync(true);
        await visitor.Page.EvaluateAsync("() => dispatchEvent(new PageTransitionEvent('pagehide'))");
        await visitor.Page.EvaluateAsync("() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");
        await Expect(visitor.Page.Locator("[data-lost-note]")).ToBeVisibleAsync();
        await visitor.Context.SetOfflineAsync(false);
        await Expect(visitor.Page.Locator("[data-lost-note]")).ToBeHiddenAsync(new() { Timeout = 30_000 });
    }
}
