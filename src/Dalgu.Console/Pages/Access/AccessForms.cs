using System.Globalization;
using Dalgu.Console.Display;
using Dalgu.Hub.Access;
using Dalgu.Hub.Http;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dalgu.Console.Pages.Access;

/// <summary>Where the forms of the sign-in, account and users pages are sent. Each answers with the next page.</summary>
public static class AccessForms
{
    /// <summary>Maps the forms under <c>/access</c>.</summary>
    public static void MapAccessForms(this IEndpointRouteBuilder routes, AccessBook book, Notes notes)
    {
        var forms = new Mapping(routes, notes);
        forms.Post("sign-in", Role.Anonymous, "/sign-in", async (http, form) =>
        {
            var token = await book.SignInAsync(Text(form, "name"), Secret(form, "password"), http.ClientAddress(), http.Request.Headers.UserAgent.ToString(), http.RequestAborted);
            SetCookie(http, token);
            return LocalPath(Text(form, "return"));
        });
        forms.Post("sign-out", Role.Reader, "/account", async (http, _) =>
        {
            if (http.Session() is { } session) await book.Sessions.EndAsync(http.Principal(), session);
            http.Response.Cookies.Delete(AccessMiddleware.CookieName(http.Request.IsHttps), Cookie(http, null));
            return "/sign-in";
        });
        forms.Post("welcome", Role.Anonymous, null, async (http, form) =>
        {
            var password = Repeated(form);
            var account = await book.Links.UseAsync(Secret(form, "token"), async link =>
            {
                if (link.Account is null && !book.Accounts.IsEmpty) throw new Problem(ProblemKind.Conflict, "An administrator has an account by now; sign in with it.");
                if (link.Account is null)
                    return await book.Accounts.AddAsync(Principal.System, Text(form, "name"), Text(form, "display"), Role.Administrator, [], password);
                await book.Accounts.SetPasswordAsync(book.Accounts.Require(link.Account).Principal(), link.Account, password);
                await book.Sessions.EndAllAsync(Principal.System, link.Account);
                return book.Accounts.Require(link.Account);
            });
            if (account.Disabled) return "/sign-in";
            SetCookie(http, await book.Sessions.BeginAsync(account, http.ClientAddress(), http.Request.Headers.UserAgent.ToString()));
            return "/";
        });
        forms.Post("password", Role.Reader, "/account", async (http, form) =>
        {
            var session = RequireSession(http);
            if (await book.Accounts.SignInAsync(session.Account, Secret(form, "current"), http.RequestAborted) is not { } account)
                throw new Problem(ProblemKind.Unauthorized, "The present password is another one; check it.");
            await book.Accounts.SetPasswordAsync(account.Principal(), account.Name, Repeated(form));
            await book.Sessions.EndAllAsync(account.Principal(), account.Name, except: session.Id);
            return notes.To("/account", new("비밀번호를 바꾸었습니다.", "The password is changed."));
        });
        forms.Post("session-end", Role.Reader, "/account", async (http, form) =>
        {
            var own = book.Sessions.Of(RequireSession(http).Account).FirstOrDefault(s => s.Id.StartsWith(Text(form, "id"), StringComparison.Ordinal) && Text(form, "id").Length >= 16);
            if (own is not null) await book.Sessions.EndAsync(http.Principal(), own);
            return "/account";
        });
        MapUsers(forms, book, notes);
    }

    private static void MapUsers(Mapping forms, AccessBook book, Notes notes)
    {
        forms.Post("account-add", Role.Administrator, "/users", async (http, form) =>
        {
            var account = await book.Accounts.AddAsync(http.Principal(), Text(form, "name"), Text(form, "display"), RoleOf(form), List(form, "desks"), null);
            return await LinkAsync(http, account.Name);
        });
        forms.Post("account-link", Role.Administrator, "/users", (http, form) => LinkAsync(http, book.Accounts.Require(Text(form, "name")).Name));
        forms.Post("account-disable", Role.Administrator, "/users", async (http, form) =>
        {
            await book.Accounts.SetDisabledAsync(http.Principal(), Text(form, "name"), true);
            await book.Sessions.EndAllAsync(http.Principal(), book.Accounts.Require(Text(form, "name")).Name);
            return "/users";
        });
        forms.Post("account-enable", Role.Administrator, "/users", async (http, form) =>
        {
            await book.Accounts.SetDisabledAsync(http.Principal(), Text(form, "name"), false);
            return "/users";
        });
        forms.Post("key-add", Role.Administrator, "/users", async (http, form) =>
        {
            DateTime? expires = null;
            if (Text(form, "expires") is { Length: > 0 } day)
                expires = DateTime.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var parsed)
                    ? parsed.AddDays(1) : throw new Problem(ProblemKind.BadRequestData, $"The expiry \"{Iri.Shorten(day)}\" is no date; write one such as 2027-12-31.");
            IReadOnlyList<string> tenants = [.. List(form, "tenants").Select(t => t == "default" ? "" : t)];
            var (key, secret) = await book.Keys.AddAsync(http.Principal(), Text(form, "name"), RoleOf(form), List(form, "desks"), tenants, expires);
            return notes.To("/users", new($"API 키 {key.Name}", $"The API key {key.Name}"), secret);
        });
        forms.Post("key-disable", Role.Administrator, "/users", async (http, form) =>
        {
            await book.Keys.DisableAsync(http.Principal(), Text(form, "name"));
            return "/users";
        });

        async Task<string> LinkAsync(HttpContext http, string name)
        {
            var token = await book.Links.NewAsync(http.Principal(), name);
            return notes.To("/users", new($"{name}의 일회용 링크 (1시간)", $"The one-time link of {name} (1 h)"), $"{http.Request.Scheme}://{http.Request.Host}/welcome/{token}");
        }
    }

    private static string To(this Notes notes, string page, BilingualText text, string? secret = null) => $"{page}?note={notes.Keep(new Note(true, text, secret, ""))}";

    /// <summary>The path to go on to after signing in: of this instance, or the first page.</summary>
    public static string LocalPath(string? path) =>
        path is ['/', ..] && path is not ['/', '/' or '\\', ..] && !path.Any(char.IsControl) ? path : "/";

    private static void SetCookie(HttpContext http, string token) =>
        http.Response.Cookies.Append(AccessMiddleware.CookieName(http.Request.IsHttps), token, Cookie(http, Sessions.Longest));

    private static CookieOptions Cookie(HttpContext http, TimeSpan? life) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = http.Request.IsHttps, Path = "/", MaxAge = life, IsEssential = true };

    private static Session RequireSession(HttpContext http) =>
        http.Session() ?? throw new Problem(ProblemKind.Forbidden, "Only a signed-in account does this; sign in first.");

    private static string Repeated(IFormCollection form) => Secret(form, "password") == Secret(form, "repeat") ? Secret(form, "password")
        : throw new Problem(ProblemKind.BadRequestData, "The password and its repetition differ; write the same twice.");

    private static Role RoleOf(IFormCollection form) => Enum.TryParse<Role>(Text(form, "role"), ignoreCase: true, out var role) ? role : Role.Anonymous;

    private static string[] List(IFormCollection form, string field) => Text(form, field).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string Text(IFormCollection form, string field) => form[field].ToString().Trim();

    private static string Secret(IFormCollection form, string field) => form[field].ToString();

    private sealed class Mapping(IEndpointRouteBuilder routes, Notes notes)
    {
        /// <summary>Maps a form: its role, the page that shows a refusal (null: the page that sent it), and what it does.</summary>
        public void Post(string name, Role least, string? page, Func<HttpContext, IFormCollection, Task<string>> act) =>
            routes.MapPost("/access/" + name, async (HttpContext http) =>
            {
                if (http.Features.Get<IAntiforgeryValidationFeature>() is not { IsValid: true })
                {
                    await ProblemResponse.WriteAsync(http, new Problem(ProblemKind.InvalidRequest, "The form is too old or not of this instance; open the page again and send it anew."));
                    return;
                }
                var form = await http.Request.ReadFormAsync(http.RequestAborted);
                string next;
                try
                {
                    next = await act(http, form);
                }
                catch (Problem problem) when (problem.Status < 500)
                {
                    var word = notes.Keep(new Note(false, Refusals.Of(problem), null, Text(form, "name")));
                    var back = page ?? "/welcome/" + Uri.EscapeDataString(Secret(form, "token"));
                    next = $"{back}?note={word}" + (Text(form, "return") is { Length: > 0 } path ? "&return=" + Uri.EscapeDataString(path) : "");
                }
                http.Response.StatusCode = StatusCodes.Status303SeeOther;
                http.Response.Headers.Location = next;
            }).Needs(least).WithMetadata(new RequireAntiforgeryTokenAttribute()).ExcludeFromDescription();
    }
}
