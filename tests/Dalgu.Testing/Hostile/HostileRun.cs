using System.Text;
using System.Text.Json;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Xunit;

namespace Dalgu.Testing.Hostile;

/// <summary>Sends a stream of bent and of valid requests over several connections, and holds the hub to its word: no fault, every refusal a problem in
/// the specification's terms, nothing of a refused request written, everything of an acknowledged one there.</summary>
public sealed class HostileRun(TestServer server, string key, int seed)
{
    private const string ErrorTypes = "https://uri.etsi.org/ngsi-ld/errors/";
    private static readonly HashSet<string> KnownErrors = ["InvalidRequest", "BadRequestData", "AlreadyExists", "OperationNotSupported", "ResourceNotFound", "InternalError", "TooComplexQuery", "TooManyResults", "LdContextNotAvailable", "NonexistentTenant", "Conflict"];
    private readonly Lock gate = new();
    private readonly List<string> faults = [];
    private readonly Dictionary<int, int> statuses = [];
    private readonly HashSet<string> refused = [], acknowledged = [];
    private int next;

    /// <summary>How many answers there were of each status.</summary>
    public string Statuses => string.Join(", ", statuses.OrderBy(s => s.Key).Select(s => $"{s.Key}: {s.Value}"));

    /// <summary>Sends so many requests and fails with the first contradictions.</summary>
    public async Task RunAsync(int count, int connections, CancellationToken cancel)
    {
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => SendAsync(count, cancel), cancel)));
        await CompareMarkersAsync(cancel);
        foreach (var name in server.Hub.StoreNames)
            await foreach (var contradiction in (await server.Hub.OpenStoreAsync(name, cancel: cancel)).VerifyAsync(cancel: cancel)) Fault($"verify: {contradiction}");
        Assert.True(faults.Count == 0, $"{faults.Count} faults (seed {seed}; {Statuses}):\n{string.Join('\n', faults.Take(20))}");
        Assert.True(acknowledged.Count > count / 20, $"Only {acknowledged.Count} of {count} writes were acknowledged; the stream proves too little.");
        Assert.True(refused.Count > count / 20, $"Only {refused.Count} of {count} writes were refused; the stream proves too little.");
    }

    /// <summary>The request of a number; the same for the same seed.</summary>
    public HostileRequest Request(int number)
    {
        var random = new Random(unchecked(seed * 1_000_003 + number));
        var request = ValidRequests.Next(random, number);
        if (random.Next(5) > 0) Mutation.Bend(request, random);
        return request;
    }

    private async Task SendAsync(int count, CancellationToken cancel)
    {
        await using var connection = new RawConnection(server.Address);
        for (int number; (number = Interlocked.Increment(ref next)) <= count;)
        {
            var request = Request(number);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(TimeSpan.FromSeconds(60));
            RawAnswer? answer = null;
            try
            {
                answer = await connection.SendAsync(request.ToBytes(server.Address.Authority, key), request.Method == "HEAD", patience.Token);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                Fault($"#{number} has no answer within 60 s: {request}");
                return;
            }
            Judge(number, request, answer);
        }
    }

    private void Judge(int number, HostileRequest request, RawAnswer? answer)
    {
        if (answer is null)
        {
            if (!request.BreaksHttp && request.DeclaredLength is null) Fault($"#{number} the connection was closed without an answer: {request}");
            return;
        }
        lock (gate)
        {
            statuses[answer.Status] = statuses.GetValueOrDefault(answer.Status) + 1;
            if (request.Marker is { } marker && answer.Status >= 400) refused.Add(marker);
            else if (request.Marker is { } written && answer.Status is 201 or 204 && Writes(request)) acknowledged.Add(request.Marker!);
        }
        if (answer.Status >= 500 && answer.Status is not (503 or 504 or 507)) Fault($"#{number} answers {answer.Status}: {request} -> {Encoding.UTF8.GetString(answer.Body)}");
        // A bent write may have made an attribute one of another kind, which no partial update and no merge changes.
        var meetsAnotherKind = request.Method == "PATCH" && answer.Status == 400 && Encoding.UTF8.GetString(answer.Body).Contains("cannot make it a ", StringComparison.Ordinal);
        if (request.IsValid && answer.Status is >= 400 and not (404 or 409) && !meetsAnotherKind) Fault($"#{number} is valid and answers {answer.Status}: {request} -> {Encoding.UTF8.GetString(answer.Body)}");
        if (answer.Status >= 400 && Contradiction(request, answer) is { } why) Fault($"#{number} {why}: {request} -> {answer.Status} {Encoding.UTF8.GetString(answer.Body)}");
        if (answer.Status < 300 && answer.Body.Length > 0 && !IsJson(answer.Body)) Fault($"#{number} answers something that is no JSON: {request} -> {Encoding.UTF8.GetString(answer.Body)}");
    }

    private static bool IsJson(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>What is wrong with a refusal; null where it is a problem in the specification's terms.</summary>
    private static string? Contradiction(HostileRequest request, RawAnswer answer)
    {
        if (request.Method == "HEAD") return null;
        if (request.BreaksHttp && answer is { Status: 400 or 405 or 414 or 431, Body.Length: 0 }) return null; // refused before the hub saw it
        if (answer is { Status: 411 or 415, Body.Length: 0 }) return null; // clause 6.3.4
        if (answer.Headers.GetValueOrDefault("Content-Type") != "application/json") return $"is refused as {answer.Headers.GetValueOrDefault("Content-Type", "nothing")}, not as a problem";
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            var problem = document.RootElement;
            var type = problem.GetProperty("type").GetString()!;
            if (!type.StartsWith(ErrorTypes, StringComparison.Ordinal) || !KnownErrors.Contains(type[ErrorTypes.Length..])) return $"is refused with the unknown type {type}";
            if (problem.GetProperty("status").GetInt32() != answer.Status) return "is refused with another status in the body";
            return problem.GetProperty("title").GetString()!.Length > 0 && problem.GetProperty("detail").GetString()!.Length > 0 ? null : "is refused without a text";
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return "is refused by a body that is no problem";
        }
    }

    /// <summary>True where the body, as it was sent, has the marker where the operation stores it under its name.</summary>
    private static bool Writes(HostileRequest request)
    {
        if (request.IsValid) return true;
        if (request.Query.Count > 0 || request.Path.Contains("/attrs/", StringComparison.Ordinal) || request.Method is not ("POST" or "PUT")) return false;
        try
        {
            using var document = JsonDocument.Parse(request.Body!);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || root.TryGetProperty("@context", out _)) return false;
            return root.TryGetProperty("marker", out var marker) && marker.ValueKind == JsonValueKind.Object && marker.TryGetProperty("value", out var value)
                && value.ValueKind == JsonValueKind.String && value.GetString() == request.Marker;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private async Task CompareMarkersAsync(CancellationToken cancel)
    {
        var stored = new HashSet<string>();
        foreach (var name in server.Hub.Tenants)
        {
            var tenant = await server.Hub.TenantAsync(name, cancel: cancel);
            var rights = server.Hub.Access.For(Principal.System);
            var ids = new HashSet<string>();
            await foreach (var row in tenant.OutboxAsync(0, int.MaxValue, cancel)) ids.Add(row.Id);
            foreach (var id in ids)
                await foreach (var observation in tenant.HistoryAsync(id, null, null, null, false, rights, cancel))
                    Collect(Encoding.UTF8.GetString(observation.Instance.Value.Span), stored);
        }
        foreach (var marker in refused.Intersect(stored)) Fault($"{marker}: the request was refused, and yet its value is stored: {Request(ValidRequests.NumberOf(marker))}");
        foreach (var marker in acknowledged.Except(stored)) Fault($"{marker}: the write was acknowledged, and yet its value is not stored: {Request(ValidRequests.NumberOf(marker))}");
    }

    private static void Collect(string value, HashSet<string> into)
    {
        for (var at = value.IndexOf("mk", StringComparison.Ordinal); at >= 0; at = value.IndexOf("mk", at + 2, StringComparison.Ordinal))
            if (value.IndexOf("km", at, StringComparison.Ordinal) is var end and > 0) into.Add(value[at..(end + 2)]);
    }

    private void Fault(string text)
    {
        lock (gate) faults.Add(text);
    }
}
