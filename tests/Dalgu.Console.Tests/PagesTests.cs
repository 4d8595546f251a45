using System.Net;
using System.Text.RegularExpressions;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Entities;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Console.Tests;

/// <summary>The pages of a running instance, as people of each role get them.</summary>
public sealed partial class PagesTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Station = "urn:ngsi-ld:Station:daegu-seogu-1", Slashed = "https://example.org/station/2";

    [Theory]
    [InlineData("/entities", Role.Operator, 200)]
    [InlineData("/entities?type=Station&q=pm25%3E%3D20", Role.Operator, 200)]
    [InlineData("/entities?type=Station&q=pm25%3E%3E", Role.Operator, 400)]
    [InlineData("/entities/urn:ngsi-ld:Station:daegu-seogu-1", Role.Operator, 200)]
    [InlineData("/entities/urn:ngsi-ld:Station:daegu-seogu-1?tab=history&attribute=pm25&period=all", Role.Operator, 200)]
    [InlineData("/entities/urn:ngsi-ld:Station:daegu-seogu-1?tab=relations", Role.Operator, 200)]
    [InlineData("/entities/urn:ngsi-ld:Station:daegu-seogu-1?tab=audit", Role.Operator, 200)]
    [InlineData("/entities/urn:ngsi-ld:Station:daegu-seogu-1?tab=raw", Role.Operator, 200)]
    [InlineData("/entities/https:%2F%2Fexample.org%2Fstation%2F2", Role.Operator, 200)]
    [InlineData("/entities/urn:ngsi-ld:Station:daegu-seogu-1", Role.Anonymous, 404)]
    [InlineData("/entities/no-uri", Role.Operator, 404)]
    [InlineData("/search?q=%ED%8F%89%EB%A6%AC", Role.Operator, 200)]
    [InlineData("/sources", Role.Reader, 200)]
    [InlineData("/sources", Role.Anonymous, 302)]
    [InlineData("/status", Role.Operator, 200)]
    [InlineData("/status", Role.Reader, 403)]
    [InlineData("/about", Role.Anonymous, 200)]
    [InlineData("/no-such-page", Role.Anonymous, 404)]
    public async Task A_page_answers_by_role_in_the_shell_and_runs_nothing_inline(string path, Role role, int status)
    {
        await SeedAsync();
        using var client = await server.AsAsync(role);
        client.DefaultRequestHeaders.Add("Accept", "text/html");
        using var answer = await client.GetAsync(path, TestContext.Current.CancellationToken);
        var html = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode)status, answer.StatusCode);
        if (status == 302) return;
        Assert.Contains("<html lang=\"ko\"", html, StringComparison.Ordinal);
        Assert.Contains("class=\"skip\"", html, StringComparison.Ordinal);
        Assert.Single(Regex.Matches(html, "<h1>"));
        Assert.Matches("기준.*<time", html.ReplaceLineEndings(""));
        Assert.DoesNotMatch(Inline(), html);
        if (path.Contains("Station", StringComparison.Ordinal) && status == 200) Assert.Contains("합성 데이터", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task English_is_a_switch_that_comes_back()
    {
        using var answer = await server.Anonymous.GetAsync("/language?to=en&back=%2Fabout", TestContext.Current.CancellationToken);
        Assert.Equal("/about", answer.Headers.Location!.OriginalString);
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/about");
        request.Headers.Add("Cookie", "dalgu-lang=en");
        using var page = await server.Anonymous.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Contains("<html lang=\"en\"", await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_live_feed_resumes_after_the_last_event_and_goes_on()
    {
        await SeedAsync();
        var before = server.Tenant.Status.LastSeq;
        await WriteAsync(31);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/live/changes?id=" + Station);
        request.Headers.Add("Last-Event-ID", $"{before}");
        using var answer = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        Assert.Contains("\"text\":\"31\",\"unit\":\"µg/m³\"", await NextAsync(lines), StringComparison.Ordinal);
        await WriteAsync(44);
        Assert.Contains("\"number\":44,", await NextAsync(lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_csv_holds_every_record_with_both_times()
    {
        await SeedAsync();
        var csv = await server.Client.GetStringAsync($"/history.csv?id={Station}&attribute=pm25&period=all", TestContext.Current.CancellationToken);
        Assert.StartsWith("id,attribute,observedAt,value,unitCode,datasetId,recordedAt,seq", csv.TrimStart('\ufeff'), StringComparison.Ordinal);
        Assert.Contains(",GQ,", csv, StringComparison.Ordinal);
        using var answer = await server.Anonymous.GetAsync($"/history.csv?id={Station}&attribute=pm25&period=all", TestContext.Current.CancellationToken);
        Assert.DoesNotContain(",GQ,", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static async Task<string> NextAsync(StreamReader lines)
    {
        while (await lines.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            if (line.StartsWith("data: ", StringComparison.Ordinal)) return line;
        throw new InvalidDataException("The feed has ended.");
    }

    private async Task SeedAsync()
    {
        if (await server.Tenant.RetrieveAsync(Station, server.Hub.Access.For(Principal.System)) is null) await WriteAsync(24);
    }

    private Task WriteAsync(int pm25) => server.Tenant.WriteAsync(Principal.Source("test"), "test", [Station, Slashed], write =>
    {
        foreach (var id in (string[])[Station, Slashed])
            write.Put(new EntityBuilder(id, "Station").Text("name", "평리동").Text("dataProvider", "synthetic").Number("pm25", pm25, "GQ", write.Now).Relationship("near", Slashed).Build());
        return 0;
    });

    [GeneratedRegex("""<script(?![^>]*\ssrc=)|\sstyle="|\son[a-z]+=""")]
    private static partial Regex Inline();
}
