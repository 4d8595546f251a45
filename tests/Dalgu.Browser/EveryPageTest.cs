using Dalgu.City.DemoCity;
using Dalgu.City.Districts;
using Dalgu.Hub.Access;
using Microsoft.Playwright;
using Xunit;

namespace Dalgu.Browser;

/// <summary>What holds of every page, at both widths, in light and dark, in both languages.</summary>
public sealed class EveryPageTest(DemoCity city)
{
    private static readonly string Station = DemoSensors.Of(SensorKind.AirQualityObserved).First().Id;
    private static readonly string District = Dalgu.City.Districts.District.IdOf("27110");
    private static readonly int[] Widths = [1440, 390];

    /// <summary>The name of its picture, where the page is, who looks at it.</summary>
    public static TheoryData<string, string, string?> Pages => new()
    {
        { "city", "/", DemoCity.Administrator }, { "city-anybody", "/", null },
        { "plan", "/plan", null }, { "plan-tree", "/plan?tab=tree", null }, { "plan-indicators", "/plan?tab=indicators", null },
        { "plan-budget", "/plan?tab=budget", null }, { "plan-flagships", "/plan?tab=flagships", null }, { "plan-sources", "/plan?tab=sources", null },
        { "entities", "/entities", DemoCity.Administrator }, { "entities-of-type", "/entities?type=TrafficFlowObserved", DemoCity.Administrator },
        { "entities-refused", "/entities?type=TrafficFlowObserved&q=speed%3E%3E", null }, { "entities-none", "/entities?type=TrafficFlowObserved&q=averageVehicleSpeed%3E400", null },
        { "entity", "/entities/" + Station, DemoCity.Administrator }, { "entity-history", $"/entities/{Station}?tab=history&attribute=pm25", DemoCity.Administrator },
        { "entity-relations", $"/entities/{District}?tab=relations", DemoCity.Administrator }, { "entity-audit", $"/entities/{Station}?tab=audit", DemoCity.Administrator },
        { "entity-raw", $"/entities/{Station}?tab=raw", DemoCity.Administrator }, { "entity-district", "/entities/" + District, null },
        { "search", "/search?q=%EC%88%98%EC%84%B1", null }, { "sources", "/sources", DemoCity.Administrator }, { "status", "/status", DemoCity.Administrator },
        { "users", "/users", DemoCity.Administrator }, { "account", "/account", DemoCity.Administrator }, { "about", "/about", null }, { "sign-in", "/sign-in", null },
        { "welcome", "/welcome", null }, { "not-found", "/no-such-page", null }, { "forbidden", "/users", DemoCity.Reader },
    };

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_page_says_what_it_is_fits_the_window_passes_the_audit_and_brings_no_error(string name, string path, string? account)
    {
        DemoCity.RequireBrowser();
        if (path == "/welcome") path += "/" + await city.Server.Access.Links.NewAsync(Principal.System, null);
        // Both widths at a time, for a browser leaves a second processor half idle.
        var wrong = (await Task.WhenAll(Widths.Select(LookAsync))).SelectMany(faults => faults).ToList();
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));

        async Task<List<string>> LookAsync(int width)
        {
            var found = new List<string>();
            await using var visitor = await city.VisitAsync(account, new(width));
            foreach (var look in new Look[] { new(width), new(width, Dark: true), new(width, English: true) })
            {
                await visitor.ChangeAsync(look);
                var status = await visitor.GoAsync(path);
                await visitor.SettledAsync();
                await Screenshots.TakeAsync(visitor.Page, $"{name}-{look}");
                found.AddRange((await FaultsAsync(visitor, status, look)).Select(fault => $"{name} {look}: {fault}"));
            }
            return found;
        }
    }

    private static async Task<IReadOnlyList<string>> FaultsAsync(Visitor visitor, int status, Look look)
    {
        var page = visitor.Page;
        var wrong = new List<string>();
        var heads = await page.Locator("h1").CountAsync();
        if (heads != 1) wrong.Add($"{heads} h1");
        if (!(await page.TitleAsync()).EndsWith(look.English ? " — Dalgu" : " — 달구", StringComparison.Ordinal)) wrong.Add($"its title is \"{await page.TitleAsync()}\"");
        if (await page.Locator("html").GetAttributeAsync("lang") is var language && language != (look.English ? "en" : "ko")) wrong.Add($"its lang is {language}");
        if (await page.Locator(".as-of time").CountAsync() != 1) wrong.Add("no as-of time");
        var over = await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
        if (over > 0) wrong.Add($"scrolls {over} px sideways");
        var lowest = await page.EvaluateAsync<double>("() => Math.min(1000, ...[...document.querySelectorAll('.chart svg')].map(s => s.getBoundingClientRect().height).filter(h => h > 0))");
        if (lowest < 180) wrong.Add($"a chart is {lowest:0} px high");
        // The browser tells a page's own status as an error, which here is what the page is about.
        wrong.AddRange(visitor.Complaints.Where(c => status == 200 || !c.Contains($"status of {status}", StringComparison.Ordinal)));
        wrong.AddRange(await Axe.AuditAsync(page));
        return wrong;
    }
}
