using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Dalgu.Hub.Access;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Tests.Access;

/// <summary>The instance behind https: its own, or that of a proxy which it was told to believe.</summary>
public sealed class HttpsTest : IDisposable
{
    private const string Password = "dalgubeol rides again 2021";
    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-https-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>PEM files of a certificate for 127.0.0.1 that an authority of its own signed, with the authority behind it.</summary>
    private (string Certificate, string Key, X509Certificate2 Authority) MakeFiles()
    {
        var now = TimeProvider.System.GetUtcNow();
        using var root = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var ofRoot = new CertificateRequest("CN=Dalgu test authority", root, HashAlgorithmName.SHA256);
        ofRoot.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var authority = ofRoot.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, now.AddDays(-1), now.AddDays(20), [1, 2, 3, 4]);
        var (file, keyFile) = (Path.Combine(folder, "city.pem"), Path.Combine(folder, "city.key"));
        File.WriteAllText(file, certificate.ExportCertificatePem() + "\n" + authority.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        return (file, keyFile, authority);
    }

    [Fact]
    public async Task Over_https_cookies_are_secure_links_say_https_and_the_browser_is_told_to_stay()
    {
        var (file, key, authority) = MakeFiles();
        await using var server = await TestServer.StartAsync(o => o with { Urls = ["https://127.0.0.1:0"], Certificate = file, CertificateKey = key });
        Assert.StartsWith("https://127.0.0.1:", server.Address.ToString(), StringComparison.Ordinal);
        await server.Access.Accounts.AddAsync(Principal.System, "mina", "Mina", Role.Administrator, [], Password);
        using var visitor = new PageVisitor(server.Address, certificate => IsOf(certificate, authority));
        using var signedIn = await visitor.SignInAsync("mina", Password);
        Assert.Equal(HttpStatusCode.SeeOther, signedIn.StatusCode);
        Assert.Contains("max-age=31536000", signedIn.Headers.GetValues("Strict-Transport-Security").Single(), StringComparison.Ordinal);
        var cookie = visitor.Cookies.GetCookies(server.Address)["__Host-dalgu"];
        Assert.True(cookie is { Secure: true, HttpOnly: true, Path: "/" }, "the session cookie is not bound to https");
        Assert.All(visitor.Cookies.GetAllCookies(), c => Assert.True(c.Secure, c.Name));
        Assert.Contains("/users", await visitor.ReadAsync("/users"), StringComparison.Ordinal);
        Assert.StartsWith($"https://{server.Address.Authority}/", await ContextAddressAsync(server, null, (c, _) => IsOf(c, authority)), StringComparison.Ordinal);
    }

    /// <summary>True where the authority signed the certificate, as its chain was sent.</summary>
    private static bool IsOf(X509Certificate2 certificate, X509Certificate2 authority)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        return chain.Build(certificate);
    }

    [Theory]
    [InlineData("127.0.0.1", true), InlineData("10.9.8.7", false), InlineData("", false)]
    public async Task A_proxy_is_believed_where_it_is_named_and_nobody_else(string known, bool believed)
    {
        await using var server = await TestServer.StartAsync(o => o with { Proxies = known.Length == 0 ? [] : [known] });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/sign-in");
        request.Headers.Add("X-Forwarded-Proto", "https");
        request.Headers.Add("X-Forwarded-For", "203.0.113.9");
        request.Headers.Add("Accept", "text/html");
        using var page = await server.Anonymous.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(believed, page.Headers.Contains("Strict-Transport-Security"));
        Assert.All(page.Headers.GetValues("Set-Cookie"), c => Assert.Equal(believed, c.Contains("secure", StringComparison.OrdinalIgnoreCase)));
        Assert.StartsWith(believed ? "https://" : "http://", await ContextAddressAsync(server, "https", null), StringComparison.Ordinal);
    }

    /// <summary>The address at which the instance says that it serves an @context of a client.</summary>
    private static async Task<string> ContextAddressAsync(TestServer server, string? forwarded, Func<X509Certificate2, object?, bool>? trusts)
    {
        var handler = new SocketsHttpHandler();
        if (trusts is not null) handler.SslOptions.RemoteCertificateValidationCallback = (_, c, _, _) => trusts((X509Certificate2)c!, null);
        using var client = new HttpClient(handler) { BaseAddress = server.Address };
        var (_, key) = await server.Access.Keys.AddAsync(Principal.System, "context-" + Guid.NewGuid().ToString("N"), Role.Operator, [], [], null);
        client.DefaultRequestHeaders.Add("X-API-Key", key);
        if (forwarded is not null) client.DefaultRequestHeaders.Add("X-Forwarded-Proto", forwarded);
        using var content = new StringContent("""{"@context":{"a":"https://example.org/a"}}""", Encoding.UTF8, "application/ld+json");
        using var made = await client.PostAsync("/ngsi-ld/v1/jsonldContexts", content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var list = System.Text.Json.JsonDocument.Parse(await client.GetStringAsync("/ngsi-ld/v1/jsonldContexts?kind=Hosted", TestContext.Current.CancellationToken)).RootElement;
        return list[0].GetString()!;
    }

    [Theory]
    [InlineData("serve --data {0} --urls https://127.0.0.1:0", "needs a certificate")]
    [InlineData("serve --data {0} --urls https://127.0.0.1:0 --certificate {0}/none.pem --certificate-key {0}/none.key", "cannot be read")]
    public async Task Https_without_a_certificate_is_refused_with_the_way_out(string command, string words)
    {
        var result = await DalguProcess.RunAsync([.. command.Split(' ').Select(p => p.Replace("{0}", folder, StringComparison.Ordinal))]);
        Assert.Equal(2, result.Code);
        Assert.Contains(words, result.Errors, StringComparison.Ordinal);
    }
}
