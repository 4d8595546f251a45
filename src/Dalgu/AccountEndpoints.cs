using Dalgu.Hub.Access;
using Dalgu.Hub.Http;

namespace Dalgu;

/// <summary>An account to make.</summary>
internal sealed record AccountForm(string Name, string? DisplayName, Role Role, IReadOnlyList<string>? Desks);

/// <summary>An account as an administrator sees it.</summary>
internal sealed record AccountView(string Name, string DisplayName, Role Role, IReadOnlyList<string> Desks, DateTime Created, bool Disabled, bool HasPassword);

/// <summary>A one-time link: the path below the instance's address, and when it ceases to open.</summary>
internal sealed record LinkView(string Account, string Path, DateTime Expires);

/// <summary>A key to make. Tenants: none for all, "" for the default one.</summary>
internal sealed record KeyForm(string Name, Role Role, IReadOnlyList<string>? Desks, IReadOnlyList<string>? Tenants, DateTime? Expires);

/// <summary>A key as an administrator sees it; the secret only in the answer that made it.</summary>
internal sealed record KeyView(string Name, string Hint, Role Role, IReadOnlyList<string> Desks, IReadOnlyList<string> Tenants, DateTime Created, string CreatedBy, DateTime? Expires, DateTime? LastUsed, bool Disabled, string? Secret);

/// <summary>Accounts and keys for programs and the command line. All of it is for administrators.</summary>
internal static class AccountEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var hub = routes.MapGroup("/api/hub").WithTags("Access").Needs(Role.Administrator);
        hub.MapGet("/accounts", (Accounts accounts) => Results.Json([.. accounts.All.Select(View)], HubJson.Default.IReadOnlyListAccountView)).WithSummary("The accounts");
        hub.MapPost("/accounts", AddAccountAsync).WithSummary("Make an account; answers with its one-time link");
        hub.MapPost("/accounts/{name}/link", async (string name, Accounts accounts, SignInLinks links, TimeProvider clock, HttpContext http) =>
            Results.Json(await LinkAsync(accounts.Require(name).Name, links, clock, http), HubJson.Default.LinkView)).WithSummary("Make a one-time link that sets an account's password");
        hub.MapPost("/accounts/{name}/disable", async (string name, AccessBook book, HttpContext http) =>
        {
            await book.Accounts.SetDisabledAsync(http.Principal(), name, true);
            await book.Sessions.EndAllAsync(http.Principal(), book.Accounts.Require(name).Name);
            return Results.NoContent();
        }).WithSummary("Close an account and end its sessions");
        hub.MapPost("/accounts/{name}/enable", async (string name, Accounts accounts, HttpContext http) =>
        {
            await accounts.SetDisabledAsync(http.Principal(), name, false);
            return Results.NoContent();
        }).WithSummary("Open a closed account again");
        hub.MapPost("/first-link", async (Accounts accounts, SignInLinks links, TimeProvider clock, HttpContext http) => accounts.IsEmpty
            ? Results.Json(await LinkAsync(null, links, clock, http), HubJson.Default.LinkView)
            : throw new Problem(ProblemKind.Conflict, "An administrator has an account by now; make a link for an account.")).WithSummary("Make the one-time link for the first administrator");
        hub.MapGet("/keys", (ApiKeys keys) => Results.Json([.. keys.All.Select(k => View(k, null))], HubJson.Default.IReadOnlyListKeyView)).WithSummary("The API keys");
        hub.MapPost("/keys", async (KeyForm form, ApiKeys keys, HttpContext http) =>
        {
            var (key, secret) = await keys.AddAsync(http.Principal(), form.Name, form.Role, form.Desks ?? [], form.Tenants ?? [], form.Expires?.ToUniversalTime());
            return Results.Json(View(key, secret), HubJson.Default.KeyView, statusCode: 201);
        }).WithSummary("Make an API key; the answer alone shows it");
        hub.MapPost("/keys/{name}/disable", async (string name, ApiKeys keys, HttpContext http) =>
        {
            await keys.DisableAsync(http.Principal(), name);
            return Results.NoContent();
        }).WithSummary("Close an API key");
    }

    private static async Task<IResult> AddAccountAsync(AccountForm form, Accounts accounts, SignInLinks links, TimeProvider clock, HttpContext http)
    {
        var account = await accounts.AddAsync(http.Principal(), form.Name, form.DisplayName ?? form.Name, form.Role, form.Desks ?? [], null);
        return Results.Json(await LinkAsync(account.Name, links, clock, http), HubJson.Default.LinkView, statusCode: 201);
    }

    private static async Task<LinkView> LinkAsync(string? account, SignInLinks links, TimeProvider clock, HttpContext http) =>
        new(account ?? "", "/welcome/" + await links.NewAsync(http.Principal(), account), clock.GetUtcNow().UtcDateTime + SignInLinks.Life);

    private static AccountView View(Account a) => new(a.Name, a.DisplayName, a.Role, a.Desks, a.Created, a.Disabled, a.Password is not null);

    private static KeyView View(ApiKey k, string? secret) => new(k.Name, k.Hint, k.Role, k.Desks, k.Tenants, k.Created, k.CreatedBy, k.Expires, k.LastUsed, k.Disabled, secret);
}
