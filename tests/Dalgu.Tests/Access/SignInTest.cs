using System.Net;
using Dalgu.Hub.Access;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Tests.Access;

public class SignInTest(TestServer server) : IClassFixture<TestServer>
{
    private const string Password = "네 낱말을 이은 긴 비밀번호";

    [Fact]
    public async Task The_right_password_opens_a_session_and_signing_out_ends_it()
    {
        await AddAsync("mina", Role.Administrator);
        using var visitor = new PageVisitor(server.Address);
        using var answer = await visitor.SignInAsync("Mina", Password, "/users?tab=1");
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Equal("/users?tab=1", answer.Headers.Location?.OriginalString);
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"), c => c.StartsWith("dalgu-session=", StringComparison.Ordinal));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("path=/", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(HttpStatusCode.OK, (await visitor.GetAsync("/users")).StatusCode);

        using var left = await visitor.SendAsync("/account", "/access/sign-out");
        Assert.Equal(HttpStatusCode.SeeOther, left.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await visitor.GetAsync("/users")).StatusCode);
        Assert.Empty(server.Access.Sessions.Of("mina"));
    }

    [Fact]
    public async Task A_session_outlives_a_restart()
    {
        await using var own = await TestServer.StartAsync();
        await own.Access.Accounts.AddAsync(Principal.System, "sol", "Sol", Role.Reader, [], Password);
        var token = await own.Access.SignInAsync("sol", Password, "test", "test");
        await own.RestartAsync();
        Assert.Equal("sol", own.Access.Sessions.Find(token)?.Account);
    }

    [Fact]
    public async Task Only_the_hash_of_a_session_and_a_key_is_kept()
    {
        await AddAsync("haneul", Role.Reader);
        var token = await server.Access.SignInAsync("haneul", Password, "test", "test");
        var (_, secret) = await server.Access.Keys.AddAsync(Principal.System, "hashed-" + Guid.NewGuid().ToString("N"), Role.Reader, [], [], null);
        Assert.StartsWith("dlg_", secret);
        foreach (var collection in (string[])["sessions", "keys", "accounts", "links"])
            await foreach (var document in server.Tenant.DocumentsAsync(collection))
            {
                var text = System.Text.Encoding.UTF8.GetString(document.Body!);
                Assert.DoesNotContain(token, text + document.Id);
                Assert.DoesNotContain(secret, text + document.Id);
                Assert.DoesNotContain(Password, text);
            }
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_account_get_the_same_answer()
    {
        await AddAsync("bora", Role.Reader);
        var known = await Assert.ThrowsAsync<Problem>(() => server.Access.SignInAsync("bora", "wrong wrong wrong", "10.0.0.1", "test"));
        var unknown = await Assert.ThrowsAsync<Problem>(() => server.Access.SignInAsync("nobody", "wrong wrong wrong", "10.0.0.2", "test"));
        Assert.Equal(known.Message, unknown.Message);
        Assert.Equal(ProblemKind.Unauthorized, known.Kind);
    }

    [Fact]
    public async Task The_page_says_that_a_password_is_wrong_and_keeps_where_to_go()
    {
        using var visitor = new PageVisitor(server.Address);
        using var answer = await visitor.SignInAsync("stranger", "wrong wrong wrong", "/plan");
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        var page = await visitor.ReadAsync(answer.Headers.Location!.OriginalString);
        Assert.Contains("이름과 비밀번호가 맞지 않습니다", WebUtility.HtmlDecode(page));
        Assert.Contains("value=\"/plan\"", page);
        Assert.Contains("value=\"stranger\"", page);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example/")]
    [InlineData("evil")]
    public async Task Signing_in_leads_to_no_other_site(string target)
    {
        var name = "naru" + Guid.NewGuid().ToString("N")[..8];
        await AddAsync(name, Role.Reader);
        using var visitor = new PageVisitor(server.Address);
        using var answer = await visitor.SignInAsync(name, Password, target);
        Assert.Equal("/", answer.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task Another_site_cannot_send_the_form()
    {
        await AddAsync("dano", Role.Administrator);
        using var visitor = new PageVisitor(server.Address);
        await visitor.SignInAsync("dano", Password);
        visitor.Origin = "https://evil.example";
        using var forged = await visitor.SendAsync("/users", "/access/key-add", ("name", "forged"), ("role", "administrator"));
        Assert.Equal(HttpStatusCode.Forbidden, forged.StatusCode);
        visitor.Origin = null;
        using var silent = await visitor.SendAsync("/users", "/access/key-add", ("name", "forged"), ("role", "administrator"));
        Assert.Equal(HttpStatusCode.Forbidden, silent.StatusCode);
        visitor.Origin = "";
        using var tokenless = await visitor.PostAsync("/access/key-add", [new("name", "forged"), new("role", "administrator")]);
        Assert.Equal(HttpStatusCode.BadRequest, tokenless.StatusCode);
        Assert.DoesNotContain(server.Access.Keys.All, k => k.Name == "forged");
    }

    [Fact]
    public async Task A_disabled_account_is_out_at_once()
    {
        await AddAsync("garam", Role.Reader);
        using var visitor = new PageVisitor(server.Address);
        await visitor.SignInAsync("garam", Password);
        Assert.Equal(HttpStatusCode.OK, (await visitor.GetAsync("/account")).StatusCode);
        await server.Access.Accounts.SetDisabledAsync(Principal.System, "garam", true);
        Assert.Equal(HttpStatusCode.Redirect, (await visitor.GetAsync("/account")).StatusCode);
        await Assert.ThrowsAsync<Problem>(() => server.Access.SignInAsync("garam", Password, "10.0.0.3", "test"));
    }

    [Fact]
    public async Task Signing_in_is_written_into_the_audit()
    {
        await AddAsync("yuri", Role.Reader);
        await server.Access.SignInAsync("yuri", Password, "10.0.0.4", "test");
        await Assert.ThrowsAsync<Problem>(() => server.Access.SignInAsync("yuri", "wrong wrong wrong", "10.0.0.4", "test"));
        var actions = new List<string>();
        await foreach (var entry in server.Tenant.AuditAsync(0, 10_000)) if (entry.Target.Contains("yuri", StringComparison.Ordinal)) actions.Add(entry.Action);
        Assert.Equal(["access.account-created", "access.sign-in", "access.sign-in-failed"], actions);
    }

    [Theory]
    [InlineData("short")]
    [InlineData("aaaaaaaaaaaaaaaa")]
    [InlineData("administrator1")]
    public async Task A_poor_password_is_refused(string password) =>
        Assert.Equal(ProblemKind.BadRequestData, (await Assert.ThrowsAsync<Problem>(() => server.Access.Accounts.AddAsync(Principal.System, "administrator", "", Role.Reader, [], password))).Kind);

    [Fact]
    public async Task The_last_administrator_cannot_be_disabled()
    {
        await using var own = await TestServer.StartAsync();
        await own.Access.Accounts.AddAsync(Principal.System, "only", "", Role.Administrator, [], Password);
        Assert.Equal(ProblemKind.Conflict, (await Assert.ThrowsAsync<Problem>(() => own.Access.Accounts.SetDisabledAsync(Principal.System, "only", true))).Kind);
    }

    private async Task AddAsync(string name, Role role) => await server.Access.Accounts.AddAsync(Principal.System, name, name, role, [], Password);
}
