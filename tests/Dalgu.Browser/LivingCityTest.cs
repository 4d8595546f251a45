using System.Net;
using System.Text.Json;
using Dalgu.City.DemoCity;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Dalgu.Browser;

/// <summary>A city whose values change while one looks, each of which leads to where it came from.</summary>
public sealed class LivingCityTest(DemoCity city)
{
    private static readonly string Weather = DemoSensors.Of(SensorKind.WeatherObserved).First().Id, Road = DemoSensors.Of(SensorKind.TrafficFlowObserved).Last().Id;

    [Fact]
    public async Task What_just_changed_goes_on_by_itself_and_the_as_of_time_with_it()
    {
        await using var visitor = await city.VisitAsync();
        await visitor.GoAsync("/");
        var (first, time) = (await visitor.Page.Locator("[data-feed] li").First.InnerTextAsync(), await visitor.Page.Locator("time[data-live=now]").InnerTextAsync());
        await Expect(visitor.Page.Locator("[data-feed] li").First).Not.ToHaveTextAsync(first, new() { Timeout = 15_000, UseInnerText = true });
        await Expect(visitor.Page.Locator("time[data-live=now]")).Not.ToHaveTextAsync(time, new() { Timeout = 15_000 });
        Assert.InRange(await visitor.Page.Locator("[data-feed] li").CountAsync(), 1, 12);
        visitor.NothingWasWrong();
    }

    [Fact]
    public async Task A_mean_on_the_city_page_follows_its_stations()
    {
        await using var visitor = await city.VisitAsync();
        await visitor.GoAsync("/");
        var figure = visitor.Page.Locator("#kpi-temperature .value");
        var before = await figure.InnerTextAsync();
        // The page may not listen yet when it is first written; a station goes on measuring.
        var after = before;
        for (var degrees = 17; after == before && degrees < 47; degrees++)
        {
            await city.WriteAsync(Weather, "temperature", degrees);
            await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
            after = await figure.InnerTextAsync();
        }
        Assert.NotEqual(before, after);
        visitor.NothingWasWrong();
    }

    [Fact]
    public async Task A_value_on_its_page_changes_in_its_cell()
    {
        await using var visitor = await city.VisitAsync();
        await visitor.GoAsync("/entities/" + Road);
        var cell = visitor.Page.Locator($"[data-entity='{Road}'][data-attribute=averageVehicleSpeed][data-part=value]");
        var before = await cell.InnerTextAsync();
        await city.WriteAsync(Road, "averageVehicleSpeed", 77.7);
        await Expect(cell).Not.ToHaveTextAsync(before, new() { Timeout = 15_000 });
        visitor.NothingWasWrong();
    }

    [Fact]
    public async Task A_value_leads_to_its_history_and_to_its_raw_form()
    {
        await using var visitor = await city.VisitAsync();
        await visitor.GoAsync("/");
        await visitor.Page.Locator("#kpi-dust .target a").ClickAsync();
        await visitor.ArriveAsync("/entities/.*tab=history.*attribute=pm25");
        Assert.True(await visitor.Page.Locator("figure.chart svg path.line").CountAsync() > 0);
        Assert.True(await visitor.Page.Locator("main table tbody tr").CountAsync() > 20);
        await visitor.Page.Locator(".tabs a[href$='tab=raw']").ClickAsync();
        await visitor.ArriveAsync("tab=raw$");
        using var shown = JsonDocument.Parse(await visitor.Page.Locator("pre.raw").InnerTextAsync());
        var api = await visitor.Page.Locator("main header a[href^='/ngsi-ld/v1/entities/']").GetAttributeAsync("href");
        var answer = await visitor.Page.APIRequest.GetAsync(api!, new() { Headers = [new("Accept", "application/ld+json")] });
        using var served = JsonDocument.Parse(await answer.TextAsync());
        Assert.Equal((200, served.RootElement.GetProperty("id").GetString()), (answer.Status, shown.RootElement.GetProperty("id").GetString()));
        Assert.Equal("synthetic", served.RootElement.GetProperty("dataProvider").GetProperty("value").GetString());
        visitor.NothingWasWrong();
    }

    [Fact]
    public async Task The_map_draws_districts_and_sensors_and_reaches_what_lies_apart()
    {
        await using var visitor = await city.VisitAsync();
        await visitor.GoAsync("/");
        await visitor.SettledAsync();
        await Screenshots.TakeAsync(visitor.Page, "city-window", whole: false);
        Assert.Equal(1, await visitor.Page.Locator(".map canvas").CountAsync());
        Assert.Equal(["중구", "동구", "서구", "남구", "북구", "수성구", "달서구", "달성군", "군위군"], await visitor.Page.Locator(".map-label").AllInnerTextsAsync());
        // In the city's own font: the map's has no Hangul.
        Assert.StartsWith("\"Pretendard", await visitor.Page.Locator(".map-label").First.EvaluateAsync<string>("label => getComputedStyle(label).fontFamily"), StringComparison.Ordinal);
        Assert.Equal(60, await visitor.Page.Locator(".map-point").CountAsync());
        var pointer = visitor.Page.Locator(".map-beyond:visible");
        Assert.Equal("↑ 군위군", await pointer.InnerTextAsync());
        await visitor.Page.Locator(".map-whole").ClickAsync();
        await Expect(pointer).ToHaveCountAsync(0);
        visitor.NothingWasWrong();
    }

    [Fact]
    public async Task The_legend_shows_and_hides_a_layer()
    {
        await using var visitor = await city.VisitAsync();
        await visitor.GoAsync("/");
        await visitor.SettledAsync();
        await visitor.Page.Locator(".legend input[aria-label='PM2.5']").UncheckAsync();
        await Expect(visitor.Page.Locator(".map-point.ringed:visible")).ToHaveCountAsync(0);
        await visitor.Page.Locator(".legend input[aria-label='PM2.5']").CheckAsync();
        await Expect(visitor.Page.Locator(".map-point.ringed:visible")).ToHaveCountAsync(20);
    }

    [Fact]
    public async Task Imported_boundaries_are_on_the_map()
    {
        DemoCity.RequireBrowser();
        Assert.SkipUnless(city.HasBoundaries, "shared/data/platforms/daegu-gu-gun-2018.geojson is not on this machine");
        await using var visitor = await city.VisitAsync();
        await visitor.GoAsync("/");
        await visitor.SettledAsync();
        Assert.Equal(1, await visitor.Page.Locator(".legend input[aria-label='가져온 경계·선']").CountAsync());
        await using var without = await city.VisitAsync(look: new(Script: false));
        await without.GoAsync("/");
        Assert.Equal(9, await without.Page.Locator(".map svg path.area").CountAsync());
        visitor.NothingWasWrong();
    }

    [Fact]
    public async Task The_question_of_a_filter_is_answered_by_rows_that_meet_it()
    {
        await using var visitor = await city.VisitAsync();
        await visitor.GoAsync("/entities?type=TrafficFlowObserved");
        await visitor.Page.Locator("#q").FillAsync("averageVehicleSpeed>35");
        await visitor.Page.Locator("#limit").SelectOptionAsync("20");
        await visitor.Page.Locator("main form button").ClickAsync();
        await visitor.ArriveAsync("q=averageVehicleSpeed");
        var speeds = await SpeedsAsync(visitor.Page);
        Assert.NotEmpty(speeds);
        Assert.All(speeds, speed => Assert.True(speed > 35));
        visitor.NothingWasWrong();
    }

    [Fact]
    public async Task A_long_table_goes_on_by_pages_without_gap_or_repetition()
    {
        await using var visitor = await city.VisitAsync();
        await visitor.GoAsync("/entities?type=TrafficFlowObserved&limit=20");
        var names = new List<string>(await NamesAsync(visitor.Page));
        await visitor.Page.Locator(".pages a[rel=next]").ClickAsync();
        await visitor.ArriveAsync("offset=20");
        names.AddRange(await NamesAsync(visitor.Page));
        Assert.Equal(27, names.Distinct().Count());
        Assert.Equal(27, names.Count);
        Assert.Equal(0, await visitor.Page.Locator(".pages a[rel=next]").CountAsync());

        static Task<IReadOnlyList<string>> NamesAsync(IPage page) => page.Locator("main tbody th a").EvaluateAllAsync<string[]>("all => all.map(a => a.getAttribute('href'))").ContinueWith(t => (IReadOnlyList<string>)t.Result, TaskScheduler.Default);
    }

    private static async Task<IReadOnlyList<double>> SpeedsAsync(IPage page) =>
        await page.Locator("main tbody [data-attribute=averageVehicleSpeed]").EvaluateAllAsync<double[]>("all => all.map(e => Number(e.textContent))");
}
