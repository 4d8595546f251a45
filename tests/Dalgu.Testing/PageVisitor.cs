using System.Net;
using System.Text.RegularExpressions;

namespace Dalgu.Testing;

/// <summary>Somebody at a browser without script: keeps cookies, follows redirects when told to, sends forms with their token and origin.</summary>
public sealed partial class PageVisitor : IDisposable
{
    private readonly HttpClient client;

    /// <summary>A visitor of an instance.</summary>
    /// <param name="address">The address of the instance.</param>
    /// <param name="trusts">Says whether the visitor trusts a certificate; null for what the machine trusts.</param>
    public PageVisitor(Uri address, Func<System.Security.Cryptography.X509Certificates.X509Certificate2, bool>? trusts = null)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = Cookies };
        if (trusts is not null) handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => trusts((System.Security.Cryptography.X509Certificates.X509Certificate2)certificate!);
        client = new HttpClient(handler) { BaseAddress = address };
        client.DefaultRequestHeaders.Accept.ParseAdd("text/html");
    }

    /// <summary>The cookies.</summary>
    public CookieContainer Cookies { get; } = new();
    /// <summary>What the browser says of where a form comes from; null leaves the headers out.</summary>
    public string? Origin { get; set; } = "";

    /// <summary>Looks at a page.</summary>
    public Task<HttpResponseMessage> GetAsync(string path) => client.GetAsync(path);

    /// <summary>Looks at a page and returns its text; the status must be good.</summary>
    public Task<string> ReadAsync(string path) => client.GetStringAsync(path);

    /// <summary>Fills in a form of a page and sends it.</summary>
    /// <param name="page">The page that holds a form.</param>
    /// <param name="action">The form's address.</param>
    /// <param name="fields">What is filled in.</param>
    public async Task<HttpResponseMessage> SendAsync(string page, string action, params (string Name, string Value)[] fields)
    {
        var html = await ReadAsync(page);
        var token = TokenPattern().Match(html);
        var all = fields.Select(f => KeyValuePair.Create(f.Name, f.Value)).ToList();
        if (token.Success) all.Add(KeyValuePair.Create("__RequestVerificationToken", WebUtility.HtmlDecode(token.Groups[1].Value)));
        return await PostAsync(action, all);
    }

    /// <summary>Sends a form without looking at its page first.</summary>
    public Task<HttpResponseMessage> PostAsync(string action, IEnumerable<KeyValuePair<string, string>> fields)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, action) { Content = new FormUrlEncodedContent(fields) };
        if (Origin is { } origin) request.Headers.Add("Origin", origin.Length > 0 ? origin : client.BaseAddress!.GetLeftPart(UriPartial.Authority));
        return client.SendAsync(request);
    }

    /// <summary>Signs in.</summary>
    public Task<HttpResponseMessage> SignInAsync(string name, string password, string returnPath = "/") =>
        SendAsync("/sign-in", "/access/sign-in", ("name", name), ("password", password), ("return", returnPath));

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    [GeneratedRegex("name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"")]
    private static partial Regex TokenPattern();
}
