using System.Globalization;
using System.Net;
using System.Text;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Xunit;

namespace Dalgu.Faults;

/// <summary>A client that writes its own entities one request after another and keeps a list of what was acknowledged. What it was not told of
/// when the connection broke may have been written or not, but whole or not at all.</summary>
internal sealed class Ledger(int number, Random random)
{
    private const string Media = "application/json";
    private static readonly string Attribute = CoreContext.Instance.ExpandAttribute("reading");

    /// <summary>What a request does to one entity: a reading, or null to delete it.</summary>
    private sealed record Effect(string Id, int? Reading);

    private readonly Dictionary<string, List<int?>> written = new(StringComparer.Ordinal);
    private IReadOnlyList<Effect> unknown = [];
    private int next;

    /// <summary>Requests that were acknowledged.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>True where 503 may mean that the store went away in the middle of a commit: then the write may be there or not, whole.</summary>
    public bool UnavailableIsUnknown { get; init; }

    /// <summary>What was acknowledged last: entities with their readings, null where they are deleted.</summary>
    public IReadOnlyList<(string Id, int? Reading)> Last { get; private set; } = [];

    /// <summary>What every entity was acknowledged to be last: its reading, null where it is deleted.</summary>
    public IEnumerable<(string Id, int? Reading)> Final => written.Select(w => (w.Key, w.Value[^1]));

    /// <summary>Requests that were refused, by status.</summary>
    public Dictionary<HttpStatusCode, string> Refused { get; } = [];

    /// <summary>Writes until the connection breaks or the token ends the work between two requests.</summary>
    public async Task WriteAsync(Uri address, CancellationToken end)
    {
        using var client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
        while (!end.IsCancellationRequested)
            if (!await WriteOnceAsync(client)) return;
    }

    /// <summary>One write; false where it was not acknowledged.</summary>
    public async Task<bool> WriteOnceAsync(HttpClient client)
    {
        var (request, effects) = Next();
        unknown = effects;
        try
        {
            using (request)
            using (var answer = await client.SendAsync(request))
            {
                if (!answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.MultiStatus)
                {
                    if (UnavailableIsUnknown && answer.StatusCode == HttpStatusCode.ServiceUnavailable) return false;
                    Refused[answer.StatusCode] = await answer.Content.ReadAsStringAsync();
                    unknown = []; // refused: nothing of it may be there
                    return false;
                }
                await answer.Content.ReadAsByteArrayAsync();
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
        {
            return false;
        }
        foreach (var (id, reading) in effects) Of(id).Add(reading);
        Last = [.. effects.Select(e => (e.Id, e.Reading))];
        unknown = [];
        Acknowledged++;
        return true;
    }

    private List<int?> Of(string id) => written.TryGetValue(id, out var list) ? list : written[id] = [];

    private (HttpRequestMessage, IReadOnlyList<Effect>) Next()
    {
        var living = written.Where(w => w.Value[^1] is not null).Select(w => w.Key).ToList();
        var one = living.Count == 0 ? null : living[random.Next(living.Count)];
        switch (random.Next(10))
        {
            case < 4 when one is not null:
                var changed = ++next;
                return (Send(HttpMethod.Patch, $"/entities/{one}/attrs", "{" + Member(changed) + "}"), [new(one, changed)]);
            case 4 when one is not null && living.Count > 5:
                return (Send(HttpMethod.Delete, $"/entities/{one}", null), [new(one, null)]);
            case 5 or 6 when living.Count > 5:
                var some = living.OrderBy(_ => random.Next()).Take(random.Next(2, 6)).Order(StringComparer.Ordinal).Select(id => new Effect(id, ++next)).ToList();
                return (Send(HttpMethod.Post, "/entityOperations/upsert?options=update", $"[{string.Join(',', some.Select(e => Entity(e.Id, e.Reading!.Value)))}]"), some);
            default:
                // New, or one that was deleted before.
                var gone = written.Where(w => w.Value[^1] is null).Select(w => w.Key).FirstOrDefault();
                var id = gone is not null && random.Next(2) == 0 ? gone : $"urn:ngsi-ld:Crash:{number}-{written.Count}";
                var created = ++next;
                return (Send(HttpMethod.Post, "/entities", Entity(id, created)), [new(id, created)]);
        }
    }

    private static HttpRequestMessage Send(HttpMethod method, string path, string? body) =>
        new(method, "/ngsi-ld/v1" + path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, Media) };

    private static string Member(int reading) => $"\"reading\":{{\"type\":\"Property\",\"value\":{reading.ToString(CultureInfo.InvariantCulture)},\"unitCode\":\"CEL\"}}";

    private static string Entity(string id, int reading) => $"{{\"id\":\"{id}\",\"type\":\"Crash\",{Member(reading)}}}";

    /// <summary>Takes what the connection broke in for written or not, as the store has it; then every acknowledged write is there exactly once.</summary>
    /// <returns>How many requests the store carried out in all.</returns>
    public async Task<int> CompareAsync(Tenant tenant, Rights rights)
    {
        var settled = 0;
        foreach (var effect in unknown) if (await HasAsync(tenant, rights, effect)) settled++;
        Assert.True(settled == 0 || settled == unknown.Count, $"Of one request {settled} of {unknown.Count} changes were kept.");
        if (settled > 0)
        {
            foreach (var (id, reading) in unknown) Of(id).Add(reading);
            Acknowledged++;
        }
        unknown = [];
        foreach (var (id, readings) in written)
        {
            var state = await tenant.RetrieveAsync(id, rights);
            Assert.True(state?.Number("reading") == readings[^1], $"{id} is {state?.Number("reading")}, but {readings[^1]} was acknowledged last ({string.Join(", ", readings)}).");
            var history = new List<int?>();
            await foreach (var observation in tenant.HistoryAsync(id, Attribute, null, null, false, rights))
                history.Add(observation.Instance.Deleted ? null : (int)observation.Instance.Number()!.Value);
            Assert.True(readings.Order().SequenceEqual(history.Order()), $"{id} has the history {string.Join(", ", history)}, but {string.Join(", ", readings)} were acknowledged.");
        }
        return Acknowledged;
    }

    private static async Task<bool> HasAsync(Tenant tenant, Rights rights, Effect effect)
    {
        var state = await tenant.RetrieveAsync(effect.Id, rights);
        return effect.Reading is null ? state is null : state?.Number("reading") == effect.Reading;
    }
}
