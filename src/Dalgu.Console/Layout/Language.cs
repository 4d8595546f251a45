using System.Globalization;
using Dalgu.Hub.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Console.Layout;

/// <summary>The language of the pages: Korean, or English where the visitor has switched.</summary>
public static class Language
{
    /// <summary>The cookie that keeps the choice.</summary>
    public const string Cookie = "dalgu-lang";

    private static readonly CultureInfo Korean = new("ko"), English = new("en");

    /// <summary>The address that switches to the other language and comes back to an address.</summary>
    public static string SwitchHref(string address) =>
        $"/language?to={(Display.Figures.IsEnglish ? "ko" : "en")}&back={Uri.EscapeDataString(address)}";

    /// <summary>An address within this instance: the text where it is a path of ours, else the front page. A switch of language must not lead elsewhere.</summary>
    public static string Within(string? back)
    {
        if (back is not { Length: > 0 and <= 2000 } || back[0] != '/' || back.Length > 1 && back[1] is '/' or '\\') return "/";
        foreach (var c in back) if (c < ' ' || c == '\\' || c == 0x7f) return "/";
        return back;
    }

    /// <summary>Sets the language of a request from its cookie.</summary>
    internal static void Set(HttpContext http) =>
        CultureInfo.CurrentUICulture = http.Request.Cookies[Cookie] == "en" ? English : Korean;

    /// <summary>Answers <c>GET /language?to=en&amp;back=/plan</c>.</summary>
    internal static IResult Switch(HttpContext http, string? to, string? back)
    {
        http.Response.Cookies.Append(Cookie, to == "en" ? "en" : "ko", new CookieOptions
        {
            MaxAge = TimeSpan.FromDays(365), HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = http.Request.IsHttps, IsEssential = true, Path = "/",
        });
        return Results.LocalRedirect(Uri.IsWellFormedUriString(Within(back), UriKind.Relative) ? Within(back) : "/");
    }
}

/// <summary>Puts the language and the error pages in front of everything else.</summary>
internal sealed class ConsoleStartup : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((http, rest) =>
        {
            if (NgsiLdRoutes.Covers(http.Request)) return rest(http); // no page, and in no language
            Language.Set(http);
            return ErrorPages.InvokeAsync(http, rest);
        });
        next(app);
    };
}
