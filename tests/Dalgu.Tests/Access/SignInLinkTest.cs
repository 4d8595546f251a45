using System.Net;
using Dalgu.Hub.Access;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Tests.Access;

public class SignInLinkTest
{
    private const string Password = "dalgubeol rides again 2021";

    [Fact]
    public async Task The_first_link_makes_the_administrator_and_opens_once()
    {
        await using var server = await TestServer.StartAsync();
        var token = await server.Access.Links.NewAsync(Principal.System, null);
        using var first = new PageVisitor(server.Address);
        using var second = new PageVisitor(server.Address);
        var secondPage = await second.ReadAsync("/welcome/" + token);
        Assert.Contains("name=\"repeat\"", secondPage);

        using var poor = await Set(first, token, "short");
        Assert.Contains("/welcome/", poor.Headers.Location?.OriginalString);
        using var made = await Set(first, token, Password);
        Assert.Equal("/", made.Headers.Location?.OriginalString);
        Assert.Equal(HttpStatusCode.OK, (await first.GetAsync("/users")).StatusCode);
        Assert.Equal(Role.Administrator, server.Access.Accounts.Require("admin").Role);

        Assert.Null(server.Access.Links.Find(token));
        Assert.DoesNotContain("name=\"repeat\"", await second.ReadAsync("/welcome/" + token));
        using var again = await second.SendAsync("/sign-in", "/access/welcome", ("token", token), ("name", "intruder"), ("password", Password), ("repeat", Password));
        Assert.Null(server.Access.Accounts.Find("intruder"));
    }

    [Fact]
    public async Task A_link_ceases_to_open_after_an_hour()
    {
        var clock = new ShiftedClock();
        await using var server = await TestServer.StartAsync(o => o with { Clock = clock });
        var token = await server.Access.Links.NewAsync(Principal.System, null);
        clock.Shift = TimeSpan.FromMinutes(59);
        Assert.NotNull(server.Access.Links.Find(token));
        clock.Shift = TimeSpan.FromMinutes(60);
        Assert.Null(server.Access.Links.Find(token));
    }

    [Fact]
    public async Task An_administrator_gives_a_colleague_a_link_and_a_program_a_key()
    {
        await using var server = await TestServer.StartAsync();
        await server.Access.Accounts.AddAsync(Principal.System, "admin", "", Role.Administrator, [], Password);
        using var admin = new PageVisitor(server.Address);
        await admin.SignInAsync("admin", Password);
        using var added = await admin.SendAsync("/users", "/access/account-add", ("name", "minji"), ("display", "민지"), ("role", "Official"), ("desks", "plan"));
        var page = await admin.ReadAsync(added.Headers.Location!.OriginalString);
        var link = System.Text.RegularExpressions.Regex.Match(page, "/welcome/([A-Za-z0-9_-]{43})").Groups[1].Value;
        Assert.DoesNotContain(link, await admin.ReadAsync(added.Headers.Location!.OriginalString)); // shown once

        using var minji = new PageVisitor(server.Address);
        using var set = await minji.SendAsync("/welcome/" + link, "/access/welcome", ("token", link), ("password", "four quiet river stones"), ("repeat", "four quiet river stones"));
        Assert.Equal("/", set.Headers.Location?.OriginalString);
        Assert.Equal(["plan"], server.Access.Accounts.Require("minji").Desks);

        using var made = await admin.SendAsync("/users", "/access/key-add", ("name", "sensors"), ("role", "Operator"));
        var key = System.Text.RegularExpressions.Regex.Match(await admin.ReadAsync(made.Headers.Location!.OriginalString), "dlg_[0-9A-Za-z]{43}").Value;
        using var program = server.NewClient(key);
        Assert.Equal(HttpStatusCode.OK, (await program.GetAsync("/api/hub/version")).StatusCode);
        await server.Access.Keys.DisableAsync(Principal.System, "sensors");
        Assert.Equal(HttpStatusCode.Unauthorized, (await program.GetAsync("/api/hub/version")).StatusCode);
    }

    private static Task<HttpResponseMessage> Set(PageVisitor visitor, string token, string password) =>
        visitor.SendAsync("/welcome/" + token, "/access/welcome", ("token", token), ("name", "admin"), ("display", "관리자"), ("password", password), ("repeat", password));
}
