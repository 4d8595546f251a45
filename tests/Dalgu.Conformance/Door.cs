using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Dalgu.Conformance;

/// <summary>NGSI-LD as one client speaks it to one tenant.</summary>
internal sealed class Door(HttpClient client, string tenant)
{
    public const string Json = "application/json", LdJson = "application/ld+json", GeoJson = "application/geo+json", MergePatch = "application/merge-patch+json";

    public string Tenant => tenant;

    /// <summary>The same with a Link header that names an @context.</summary>
    public string? Context { get; init; }

    public Door With(string context) => new(client, tenant) { Context = context };

    /// <summary>A further header of each request, such as Prefer.</summary>
    public (string Name, string Value)? Header { get; init; }

    public Door WithHeader(string name, string value) => new(client, tenant) { Context = Context, Header = (name, value) };

    public Task<Answer> GetAsync(string path, string? accept = null) => SendAsync(HttpMethod.Get, path, null, null, accept);
    public Task<Answer> PostAsync(string path, string body, string media = Json, string? accept = null) => SendAsync(HttpMethod.Post, path, body, media, accept);
    public Task<Answer> PutAsync(string path, string body, string media = Json) => SendAsync(HttpMethod.Put, path, body, media);
    public Task<Answer> PatchAsync(string path, string body, string media = Json) => SendAsync(HttpMethod.Patch, path, body, media);
    public Task<Answer> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path, null, null);

    public async Task<Answer> SendAsync(HttpMethod method, string path, string? body, string? media, string? accept = null)
    {
        using var request = new HttpRequestMessage(method, "/ngsi-ld/v1" + path);
        if (tenant.Length > 0) request.Headers.Add("NGSILD-Tenant", tenant);
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        if (Header is { } more) request.Headers.TryAddWithoutValidation(more.Name, more.Value);
        if (Context is not null) request.Headers.TryAddWithoutValidation("Link", $"<{Context}>; rel=\"http://www.w3.org/ns/json-ld#context\"; type=\"application/ld+json\"");
        if (body is not null) request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = media is null ? null : MediaTypeHeaderValue.Parse(media) } };
        using var answer = await client.SendAsync(request);
        var headers = answer.Headers.Concat(answer.Content.Headers).ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase);
        return new((int)answer.StatusCode, headers, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The ids that a query finds, in its order.</summary>
    public async Task<string[]> IdsAsync(string query)
    {
        var found = (await GetAsync("/entities?" + query)).Is(200);
        return [.. found.Body.AsArray().Select(e => ((string)e!["id"]!).Split(':')[^1])];
    }

    /// <summary>An entity, normalized.</summary>
    public async Task<JsonNode> EntityAsync(string id, string query = "") => (await GetAsync($"/entities/{id}{query}")).Is(200).Body;
}

/// <summary>An answer, and what it is to be.</summary>
internal sealed record Answer(int Status, IReadOnlyDictionary<string, string> Headers, string Text)
{
    public JsonNode Body => JsonNode.Parse(Text) ?? throw new JsonException("The body is null.");

    public string Header(string name) => Headers.GetValueOrDefault(name, "");

    public Answer Is(int status)
    {
        Assert.True(Status == status, $"The answer is {Status}, not {status}: {Text}");
        return this;
    }

    /// <summary>A refusal in the terms of clause 5.5.2.</summary>
    public void IsProblem(int status, string type)
    {
        Is(status);
        if (status is 411 or 415)
        {
            Assert.Equal("", Text); // clause 6.3.4
            return;
        }
        Assert.Equal("application/json", Header("Content-Type"));
        Assert.Equal(("https://uri.etsi.org/ngsi-ld/errors/" + type, status), ((string?)Body["type"], (int?)Body["status"]));
        Assert.False(string.IsNullOrEmpty((string?)Body["title"]) || string.IsNullOrEmpty((string?)Body["detail"]), Text);
    }

    /// <summary>The JSON expected, whatever its order of members.</summary>
    public Answer Has(string expected)
    {
        Same(JsonNode.Parse(expected), Body);
        return this;
    }

    public static void Same(JsonNode? expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(expected, actual), $"Expected {expected?.ToJsonString()}\nbut was {actual?.ToJsonString()}");
}
