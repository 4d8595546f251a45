using System.Net;
using Dalgu.Hub.Access;
using Dalgu.Hub.Http;
using Dalgu.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Dalgu.Tests.Access;

/// <summary>Nobody gets past who may not, on every path that the instance has.</summary>
public class DenyByDefaultTest(TestServer server) : IClassFixture<TestServer>
{
    private IReadOnlyList<RouteEndpoint> Endpoints => [.. server.Host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];

    [Fact]
    public void Every_endpoint_says_whom_it_is_for()
    {
        var silent = Endpoints.Where(e => e.Metadata.GetMetadata<NeedsAttribute>() is null).Select(e => $"{string.Join(',', e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [])} {e.RoutePattern.RawText}").ToList();
        Assert.True(silent.Count == 0, "Without .Needs(role):\n" + string.Join('\n', silent));
    }

    [Fact]
    public async Task Every_endpoint_that_needs_a_role_refuses_a_stranger()
    {
        var open = new List<string>();
        foreach (var endpoint in Endpoints.Where(e => e.Metadata.GetMetadata<NeedsAttribute>()?.Least != Role.Anonymous))
        {
            var path = "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(s => s.Parts[0] is Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal ? literal.Content : "x"));
            foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            {
                using var answer = await server.Anonymous.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
                if (answer.StatusCode != HttpStatusCode.Unauthorized) open.Add($"{method} {path}: {(int)answer.StatusCode}");
            }
        }
        Assert.True(open.Count == 0, string.Join('\n', open));
    }

    [Fact]
    public async Task A_role_below_the_least_is_forbidden()
    {
        using var reader = await server.AsAsync(Role.Reader);
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.GetAsync("/api/hub/accounts")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.Client.GetAsync("/api/hub/accounts")).StatusCode);
        using var administrator = await server.AsAsync(Role.Administrator);
        Assert.Equal(HttpStatusCode.OK, (await administrator.GetAsync("/api/hub/accounts")).StatusCode);
    }

    [Fact]
    public async Task A_page_sends_a_stranger_to_the_sign_in_page_and_back()
    {
        using var visitor = new PageVisitor(server.Address);
        using var answer = await visitor.GetAsync("/users?x=1");
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal("/sign-in?return=%2Fusers%3Fx%3D1", answer.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task An_api_call_of_a_stranger_gets_a_problem_and_the_scheme()
    {
        using var answer = await server.Anonymous.GetAsync("/api/hub/version");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().Scheme);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:8080")]
    public async Task A_loopback_instance_answers_to_no_other_host_name(string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/sign-in");
        request.Headers.Host = host;
        using var answer = await server.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Every_answer_carries_the_security_headers()
    {
        foreach (var path in (string[])["/sign-in", "/api/hub/accounts", "/nowhere", "/health/live"])
        {
            using var answer = await server.Anonymous.GetAsync(path);
            var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("default-src 'self'", policy);
            Assert.Contains("frame-ancestors 'none'", policy);
            Assert.DoesNotContain("unsafe", policy);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("same-origin", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
            Assert.Equal("same-origin", Assert.Single(answer.Headers.GetValues("Cross-Origin-Opener-Policy")));
            Assert.True(answer.Headers.Contains("Permissions-Policy"), path);
            Assert.False(answer.Headers.Contains("Server"), path);
        }
    }

    [Fact]
    public async Task The_hubs_answers_are_data_from_which_nothing_runs()
    {
        using var answer = await server.Anonymous.GetAsync("/ngsi-ld/v1/entities?type=Road");
        Assert.Equal("default-src 'none'; frame-ancestors 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("same-origin", Assert.Single(answer.Headers.GetValues("Cross-Origin-Resource-Policy")));
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Fact]
    public async Task The_open_laboratory_is_refused_where_others_reach_it() =>
        await Assert.ThrowsAsync<ArgumentException>(() => CityHost.StartAsync(new CityHostOptions { DataDir = Path.Combine(server.DataDir, "open"), Urls = ["http://0.0.0.0:0"], Hub = new() { Open = true } }));
}
