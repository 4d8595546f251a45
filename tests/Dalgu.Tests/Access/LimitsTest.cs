using System.Net;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Tests.Access;

public class LimitsTest
{
    [Fact]
    public void The_door_closes_for_an_account_and_opens_after_the_window()
    {
        var clock = new ShiftedClock();
        var limiter = new SignInLimiter(new HubOptions { SignInAttempts = 3, SignInWindow = TimeSpan.FromMinutes(10) }, clock);
        for (var i = 0; i < 3; i++) limiter.Failed("mina", $"10.0.0.{i}");
        Assert.True(limiter.Closed("mina", "10.9.9.9") > TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, limiter.Closed("sol", "10.9.9.9"));
        clock.Shift = TimeSpan.FromMinutes(11);
        Assert.Equal(TimeSpan.Zero, limiter.Closed("mina", "10.9.9.9"));
    }

    [Fact]
    public void The_door_closes_for_an_address_that_tries_many_accounts()
    {
        var limiter = new SignInLimiter(new HubOptions { SignInAttempts = 3 }, TimeProvider.System);
        for (var i = 0; i < 3; i++) limiter.Failed($"account-{i}", "10.0.0.1");
        Assert.True(limiter.Closed("another", "10.0.0.1") > TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, limiter.Closed("another", "10.0.0.2"));
    }

    [Fact]
    public async Task The_right_password_does_not_open_a_closed_door()
    {
        await using var server = await TestServer.StartAsync(o => o with { Hub = new HubOptions { SignInAttempts = 2 } });
        await server.Access.Accounts.AddAsync(Principal.System, "mina", "", Role.Reader, [], "four quiet river stones");
        for (var i = 0; i < 2; i++) await Assert.ThrowsAsync<Problem>(() => server.Access.SignInAsync("mina", "wrong wrong wrong", "10.0.0.1", ""));
        var closed = await Assert.ThrowsAsync<Problem>(() => server.Access.SignInAsync("mina", "four quiet river stones", "10.0.0.2", ""));
        Assert.Equal(ProblemKind.TooManyRequests, closed.Kind);
    }

    [Fact]
    public async Task A_session_ends_when_it_is_idle_and_after_seven_days()
    {
        var clock = new ShiftedClock();
        await using var server = await TestServer.StartAsync(o => o with { Clock = clock, Hub = new HubOptions { SessionIdle = TimeSpan.FromDays(3) } });
        var account = await server.Access.Accounts.AddAsync(Principal.System, "mina", "", Role.Reader, [], "four quiet river stones");
        var token = await server.Access.Sessions.BeginAsync(account, "10.0.0.1", "");
        for (var day = 2; day <= 6; day += 2)
        {
            clock.Shift = TimeSpan.FromDays(day);
            server.Access.Sessions.Touch(Assert.IsType<Session>(server.Access.Sessions.Find(token)));
        }
        clock.Shift = TimeSpan.FromDays(7);
        Assert.Null(server.Access.Sessions.Find(token));
        var idle = await server.Access.Sessions.BeginAsync(account, "10.0.0.1", "");
        clock.Shift = TimeSpan.FromDays(10);
        Assert.Null(server.Access.Sessions.Find(idle));
    }

    [Fact]
    public async Task A_key_opens_its_own_tenants_until_it_expires()
    {
        var clock = new ShiftedClock();
        await using var server = await TestServer.StartAsync(o => o with { Clock = clock });
        var (_, secret) = await server.Access.Keys.AddAsync(Principal.System, "partner", Role.Reader, [], ["partner"], clock.GetUtcNow().UtcDateTime.AddDays(1));
        using var client = server.NewClient(secret);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync("/api/hub/version")).StatusCode);
        client.DefaultRequestHeaders.Add("NGSILD-Tenant", "partner");
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/hub/version")).StatusCode);
        clock.Shift = TimeSpan.FromDays(1);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/hub/version")).StatusCode);
    }

    [Fact]
    public async Task The_open_laboratory_lets_everybody_in_but_no_other_site()
    {
        await using var server = await TestServer.StartAsync(o => o with { Hub = new HubOptions { Open = true } });
        Assert.Equal(HttpStatusCode.OK, (await server.Anonymous.GetAsync("/api/hub/accounts")).StatusCode);
        using var forged = new HttpRequestMessage(HttpMethod.Post, "/api/hub/backup");
        forged.Headers.Add("Origin", "https://evil.example");
        Assert.Equal(HttpStatusCode.Forbidden, (await server.Anonymous.SendAsync(forged)).StatusCode);
    }
}
