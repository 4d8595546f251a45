using System.Net;
using Dalgu.Hub.Access;
using Dalgu.Testing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Dalgu.Browser;

/// <summary>Coming in, going out, and who may see what.</summary>
public sealed class AccessTest(DemoCity city)
{
    [Fact]
    public async Task The_first_start_link_makes_the_administrator_and_works_once()
    {
        DemoCity.RequireBrowser();
        await using var fresh = await TestServer.StartAsync();
        var link = "/welcome/" + await fresh.Access.Links.NewAsync(Principal.System, null);
        await using var visitor = await city.VisitAsync(fresh);
        await visitor.GoAsync(link);
        await visitor.Page.Locator("#name").FillAsync("gwanri");
        await visitor.Page.Locator("#display").FillAsync("김관리");
        await visitor.Page.Locator("#password").FillAsync(DemoCity.Password);
        await visitor.Page.Locator("#repeat").FillAsync(DemoCity.Password);
        await visitor.Page.Locator("main button.primary").ClickAsync();
        await visitor.ArriveAsync("^(?!.*/welcome/)");
        Assert.Equal("gwanri", await visitor.Page.Locator(".bar a[href='/account']").InnerTextAsync());
        Assert.Equal(200, await visitor.GoAsync("/users"));
        await visitor.GoAsync(link);
        Assert.Equal(0, await visitor.Page.Locator("#password").CountAsync());
        await Expect(visitor.Page.Locator("main [role=alert]")).ToContainTextAsync("이미 쓰였거나");
        visitor.NothingWasWrong();
    }

    [Fact]
    public async Task A_wrong_password_is_refused_and_the_right_one_lets_in_and_out_again()
    {
        await using var visitor = await city.VisitAsync();
        await visitor.SignInAsync(DemoCity.Reader, "not the password at all");
        await Expect(visitor.Page.Locator("main [role=alert]")).ToContainTextAsync("이름과 비밀번호가 맞지 않습니다");
        Assert.Equal(DemoCity.Reader, await visitor.Page.Locator("#name").InputValueAsync());
        await visitor.SignInAsync(DemoCity.Reader, DemoCity.Password);
        Assert.Equal(200, await visitor.GoAsync("/account"));
        await visitor.Page.Locator("form[action='/access/sign-out'] button").ClickAsync();
        await Expect(visitor.Page.Locator(".bar a[href^='/sign-in']")).ToHaveCountAsync(1);
        await visitor.GoAsync("/account");
        Assert.Contains("/sign-in", visitor.Page.Url, StringComparison.Ordinal);
        visitor.NothingWasWrong();
    }

    [Fact]
    public async Task A_reader_may_not_see_the_users()
    {
        await using var visitor = await city.VisitAsync(DemoCity.Reader);
        Assert.Equal(403, await visitor.GoAsync("/users"));
        Assert.Equal(0, await visitor.Page.Locator("main table").CountAsync());
        Assert.Equal(0, await visitor.Page.Locator(".rail a[href='/users']").CountAsync());
        await Expect(visitor.Page.Locator("h1")).ToContainTextAsync("403");
    }

    [Fact]
    public async Task Whoever_is_not_signed_in_is_asked_to_and_comes_back_to_the_page()
    {
        await using var visitor = await city.VisitAsync();
        await visitor.GoAsync("/sources");
        Assert.Contains("/sign-in", visitor.Page.Url, StringComparison.Ordinal);
        await visitor.Page.Locator("#name").FillAsync(DemoCity.Reader);
        await visitor.Page.Locator("#password").FillAsync(DemoCity.Password);
        await visitor.Page.Locator("main button.primary").ClickAsync();
        await visitor.ArriveAsync("/sources$");
    }

    [Fact]
    public async Task A_new_key_is_shown_once_and_opens_the_door()
    {
        await using var visitor = await city.VisitAsync(DemoCity.Administrator);
        await visitor.GoAsync("/users");
        await visitor.Page.Locator("#key-name").FillAsync("gyotong-siljeung");
        await visitor.Page.Locator("form[action='/access/key-add'] button.primary").ClickAsync();
        var secret = await visitor.Page.Locator("code.secret").InnerTextAsync();
        await Screenshots.TakeAsync(visitor.Page, "users-new-key-1440-light");
        await visitor.Page.ReloadAsync();
        Assert.Equal(0, await visitor.Page.Locator("code.secret").CountAsync());
        Assert.DoesNotContain(secret, await visitor.Page.ContentAsync(), StringComparison.Ordinal);
        await Expect(visitor.Page.Locator("main")).ToContainTextAsync("gyotong-siljeung");
        using var client = city.Server.NewClient(secret);
        using var answer = await client.GetAsync("/ngsi-ld/v1/types", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        visitor.NothingWasWrong();
    }
}
