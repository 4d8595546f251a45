using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Dalgu.Hub.Access;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Http;

/// <summary>Writes a refusal as an RFC 9457 body, or as a small page where a person looks at it.</summary>
public static class ProblemResponse
{
    /// <summary>The item of a request that holds the <see cref="Problem"/> refused to a person, for the page about it.</summary>
    public const string ProblemItem = "dalgu.problem";
    /// <summary>The item of a request that says that someone in front shows a page for an answer without a body.</summary>
    public const string PagesItem = "dalgu.error-pages";

    /// <summary>True where the request is a person's look at a page rather than a program's call.</summary>
    public static bool IsPageRequest(HttpRequest request)
    {
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && !IsForm(request)) return false;
        if (request.Path.StartsWithSegments("/api", out var rest) && rest.HasValue && rest != "/" || request.Path.StartsWithSegments("/ngsi-ld")) return false;
        foreach (var accept in request.Headers.Accept)
            if (accept is not null && accept.Contains("text/html", StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    // HasFormContentType throws where the form's token is wrong, which is what this may be about to say.
    private static bool IsForm(HttpRequest request) => request.ContentType is { } type && type.Contains("form", StringComparison.OrdinalIgnoreCase);

    /// <summary>Writes the refusal; does nothing to an answer that has begun.</summary>
    public static Task WriteAsync(HttpContext http, Problem problem, string? instance = null)
    {
        var response = http.Response;
        if (response.HasStarted) return Task.CompletedTask;
        response.StatusCode = problem.Status;
        if (problem.Kind == ProblemKind.Unauthorized) response.Headers.WWWAuthenticate = "Bearer realm=\"dalgu\"";
        if (problem.Kind == ProblemKind.Unavailable && response.Headers.RetryAfter.Count == 0) response.Headers.RetryAfter = "1";
        if (!IsPageRequest(http.Request)) return WriteJsonAsync(http, problem, instance);
        http.Items[ProblemItem] = problem;
        return http.Items.ContainsKey(PagesItem) ? Task.CompletedTask : WritePageAsync(http, problem);
    }

    private static Task WriteJsonAsync(HttpContext http, Problem problem, string? instance)
    {
        // In NGSI-LD a refusal is application/json whatever was accepted, and 411 and 415 have no body (clauses 6.3.4 and 6.3.6).
        var ofNgsiLd = http.Request.Path.StartsWithSegments("/ngsi-ld");
        if (ofNgsiLd && problem.Kind is (ProblemKind.LengthRequired or ProblemKind.UnsupportedMediaType)) return Task.CompletedTask;
        http.Response.ContentType = ofNgsiLd ? MediaTypes.Json : "application/problem+json";
        using var buffer = JsonBuffer.Rent();
        var json = buffer.Json;
        json.WriteStartObject();
        json.WriteString("type", problem.Type);
        json.WriteString("title", problem.Title);
        json.WriteNumber("status", problem.Status);
        json.WriteString("detail", problem.Message);
        if (instance is not null) json.WriteString("instance", instance);
        json.WriteEndObject();
        var bytes = buffer.Finish();
        http.Response.ContentLength = bytes.Length;
        if (HttpMethods.IsHead(http.Request.Method)) return Task.CompletedTask;
        http.Response.BodyWriter.Write(bytes);
        return http.Response.BodyWriter.FlushAsync(http.RequestAborted).AsTask();
    }

    private static Task WritePageAsync(HttpContext http, Problem problem)
    {
        var (korean, way) = problem.Status switch
        {
            401 => ("로그인이 필요합니다", "<a href=\"/sign-in\">로그인 · Sign in</a>"),
            403 => ("권한이 없습니다", "<a href=\"/account\">내 계정 · My account</a>"),
            404 => ("찾을 수 없습니다", "<a href=\"/\">처음으로 · Home</a>"),
            429 => ("시도가 너무 많습니다", "<a href=\"/sign-in\">로그인 · Sign in</a>"),
            < 500 => ("요청이 올바르지 않습니다", "<a href=\"/\">처음으로 · Home</a>"),
            _ => ("처리하지 못했습니다", "<a href=\"/\">처음으로 · Home</a>"),
        };
        http.Response.ContentType = "text/html; charset=utf-8";
        return http.Response.WriteAsync($"""
            <!doctype html><html lang="ko"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
            <title>{korean} — 달구</title><link rel="stylesheet" href="/dalgu.css">
            <main id="main"><h1>{problem.Status} {korean}</h1><p lang="en">{HtmlEncoder.Default.Encode(problem.Title)}: {HtmlEncoder.Default.Encode(problem.Message)}</p><p>{way}</p></main></html>
            """, http.RequestAborted);
    }
}
