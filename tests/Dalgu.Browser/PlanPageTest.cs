using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Dalgu.Browser;

/// <summary>Daegu's plan with its real figures: the city's press release of 2021-01-28.</summary>
public sealed class PlanPageTest(DemoCity city)
{
    [Fact]
    public async Task The_plan_prints_its_totals_and_what_no_item_explains()
    {
        await using var visitor = await city.VisitAsync();
        await visitor.GoAsync("/plan");
        await Expect(visitor.Page.Locator("main .head")).ToContainTextAsync("3대 전략 · 10대 분야 · 165개 사업 · 12조 74억원");
        await Expect(visitor.Page.Locator("main tfoot")).ToContainTextAsync("12조 74억원");
        await Expect(visitor.Page.Locator("main tr.rest")).ToContainTextAsync("2조 6,800억원");
        visitor.NothingWasWrong();
    }

    [Fact]
    public async Task A_figure_of_the_plan_leads_to_its_history()
    {
        await using var visitor = await city.VisitAsync();
        await visitor.GoAsync("/plan");
        await visitor.Page.GetByText("4조 7,365억원", new() { Exact = true }).First.ClickAsync();
        await visitor.ArriveAsync("tab=history.*attribute=budget");
        await Expect(visitor.Page.Locator("main tbody")).ToContainTextAsync("4조 7,365억원");
        visitor.NothingWasWrong();
    }

    [Fact]
    public async Task The_tabs_are_walked_by_keyboard()
    {
        await using var visitor = await city.VisitAsync();
        await visitor.GoAsync("/plan");
        await visitor.Page.Locator(".tabs a").First.FocusAsync();
        foreach (var tab in (string[])["tree", "indicators", "budget", "flagships", "sources"])
        {
            await visitor.Page.Keyboard.PressAsync("Tab");
            Assert.EndsWith("tab=" + tab, await visitor.Page.EvaluateAsync<string>("() => document.activeElement.href"), StringComparison.Ordinal);
        }
        await visitor.Page.Keyboard.PressAsync("Enter");
        await visitor.ArriveAsync(@"/plan\?tab=sources$");
        await Expect(visitor.Page.Locator(".tabs a[aria-current=page]")).ToHaveTextAsync("출처5");
    }
}
