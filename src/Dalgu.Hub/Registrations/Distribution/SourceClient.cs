using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Dalgu.Hub.Access;
using Dalgu.Hub.Http;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Registrations.Distribution;

/// <summary>Asks context sources through the guarded way out: so many at once, each within its time, and one that did not answer not again at once.
/// Knows the name under which this instance shows itself. Thread-safe.</summary>
internal sealed class SourceClient(CityHub hub) : IDisposable
{
    private const string IdentityCollection = "instance", IdentityId = "identity";
    private readonly SemaphoreSlim places = new(hub.Options.MaxSourceRequests);
    private const int LateBeforeRest = 3;
    private readonly ConcurrentDictionary<string, DateTimeOffset> resting = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (DateTimeOffset Until, SourceAnswer Answer)> kept = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim naming = new(1);
    private string? name;
    private volatile string calledBy = "";

    /// <summary>When this instance started.</summary>
    public DateTimeOffset StartedAt { get; } = hub.Clock.GetUtcNow();

    /// <summary>Where other brokers reach this instance; empty while nobody has called it and no setting says.</summary>
    public string OwnAddress => hub.Options.PublicUrl.Length > 0 ? hub.Options.PublicUrl.TrimEnd('/') : calledBy;

    /// <summary>Notes by which address a request came.</summary>
    public void CalledBy(HttpRequest request) => calledBy = $"{request.Scheme}://{request.Host.Value}";

    /// <summary>The name of a tenant of this instance among brokers (clause 5.2.40).</summary>
    public async ValueTask<string> AliasAsync(string tenant)
    {
        name ??= hub.Options.SourceAlias.Length > 0 ? hub.Options.SourceAlias : await NameAsync();
        return tenant.Length == 0 ? name : $"{name}.{tenant}";
    }

    /// <summary>The name that was made up at the first need and is kept since.</summary>
    private async Task<string> NameAsync()
    {
        await naming.WaitAsync();
        try
        {
            var tenant = await hub.TenantAsync();
            await foreach (var document in tenant.DocumentsAsync(IdentityCollection))
                if (document is { Id: IdentityId, Body: { } body }) return JsonDocument.Parse(body).RootElement.GetProperty("alias").GetString()!;
            var alias = "dalgu-" + Guid.NewGuid().ToString("N")[..12];
            await tenant.WriteAsync(Principal.System, "instance.name", [], scope =>
            {
                scope.Target = alias;
                scope.PutDocument(IdentityCollection, IdentityId, Encoding.UTF8.GetBytes($"{{\"alias\":\"{alias}\"}}"));
                return true;
            });
            return alias;
        }
        finally
        {
            naming.Release();
        }
    }

    /// <summary>Sends a request to a source. Comes back with an answer or with the reason why there is none; throws nothing but a cancellation.</summary>
    public async Task<SourceAnswer> SendAsync(SourceRequest request, CancellationToken cancel)
    {
        var registration = request.Registration;
        var now = hub.Clock.GetUtcNow();
        var key = registration.CacheDuration > TimeSpan.Zero && request.Method == HttpMethod.Get ? request.Key : null;
        if (key is not null && kept.TryGetValue(key, out var known) && known.Until > now) return known.Answer;
        if (resting.TryGetValue(registration.Id, out var until))
        {
            if (until > now) return new(registration, 0, [], [], SourceFault.NoAnswer, "is left alone for a while, since it failed lately");
            resting.TryRemove(KeyValuePair.Create(registration.Id, until));
        }
        await places.WaitAsync(cancel);
        SourceAnswer answer;
        try
        {
            answer = await AskAsync(request, cancel);
            if ((answer.Fault == SourceFault.Unconnected || answer.Fault == SourceFault.CutOff && request.IsRepeatable) && !registration.Record.IsFailing)
            {
                // One that was well may be starting anew. One that is down is not waited for each time.
                await Task.Delay(WhileItStarts, hub.Clock, cancel);
                answer = await AskAsync(request, cancel);
            }
        }
        finally
        {
            places.Release();
        }
        var isFailure = answer.Fault != SourceFault.None || answer.Status >= 400 && answer.Status != 404;
        var late = registration.Record.Note(!isFailure, answer.Fault == SourceFault.Late, hub.Clock.GetUtcNow().UtcDateTime);
        if (isFailure && registration.Cooldown is { } rest) resting[registration.Id] = hub.Clock.GetUtcNow() + rest;
        else if (late >= LateBeforeRest) resting[registration.Id] = hub.Clock.GetUtcNow() + hub.Options.SourceCooldown;
        if (key is not null && answer.IsSuccess)
        {
            if (kept.Count >= hub.Options.MaxCachedAnswers) kept.Clear();
            kept[key] = (now + registration.CacheDuration, answer);
        }
        return answer;
    }

    private static readonly TimeSpan WhileItStarts = TimeSpan.FromMilliseconds(100);

    private async Task<SourceAnswer> AskAsync(SourceRequest request, CancellationToken cancel)
    {
        var registration = request.Registration;
        try
        {
            using var message = new HttpRequestMessage(request.Method, request.Address);
            foreach (var (header, value) in request.Headers) message.Headers.TryAddWithoutValidation(header, value);
            if (request.Body is { } body) message.Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(request.ContentType!) } };
            var answer = await hub.Outbound.SendAsync(message, new(registration.Timeout ?? hub.Options.SourceTimeout, hub.Options.MaxSourceAnswerBytes), cancel);
            var warnings = answer.Headers.TryGetValues("NGSILD-Warning", out var values) ? values.ToArray() : [];
            return new(registration, answer.Status, answer.Body, warnings, SourceFault.None, "")
            {
                EntityMap = answer.Headers.TryGetValues("NGSILD-EntityMap", out var maps) ? maps.First() : null,
            };
        }
        catch (OutboundFault fault)
        {
            var kind = fault.Kind switch
            {
                OutboundFaultKind.Late => SourceFault.Late,
                OutboundFaultKind.TooLarge => SourceFault.Invalid,
                OutboundFaultKind.Unconnected => SourceFault.Unconnected,
                OutboundFaultKind.CutOff => SourceFault.CutOff,
                _ => SourceFault.NoAnswer,
            };
            return new(registration, 0, [], [], kind, fault.Message);
        }
        catch (Exception fault) when (fault is FormatException or InvalidOperationException or UriFormatException)
        {
            return new(registration, 0, [], [], SourceFault.NoAnswer, "cannot be addressed");
        }
    }

    public void Dispose()
    {
        places.Dispose();
        naming.Dispose();
    }
}

/// <summary>A request to a source, ready to be sent.</summary>
internal sealed record SourceRequest(Registration Registration, HttpMethod Method, string Address, IReadOnlyList<(string Name, string Value)> Headers, ReadOnlyMemory<byte>? Body, string? ContentType)
{
    /// <summary>True where asking twice does what asking once does: every request but one that creates (RFC 9110, 9.2.2). Attributes that are appended again
    /// are the same attributes, and a batch that replaces, changes or deletes leaves the same behind.</summary>
    public bool IsRepeatable => Method != HttpMethod.Post || RepeatableEnds.Any(end => Address.AsSpan(0, Address.IndexOf('?') is var q and >= 0 ? q : Address.Length).TrimEnd('/').EndsWith(end, StringComparison.Ordinal));

    private static readonly string[] RepeatableEnds = ["/attrs", "/query", "/entityOperations/upsert", "/entityOperations/update", "/entityOperations/merge", "/entityOperations/delete"];

    /// <summary>What tells apart requests that may have different answers.</summary>
    public string Key => $"{Registration.Id} {Address} {string.Join('\n', Headers.Where(h => h.Name != "Via").Select(h => h.Name + ":" + h.Value))}";
}

/// <summary>Why a source gave nothing to use.</summary>
internal enum SourceFault
{
    /// <summary>It answered.</summary>
    None,
    /// <summary>It could not be reached, or is left alone.</summary>
    NoAnswer,
    /// <summary>No connection to it came about: the request has not arrived.</summary>
    Unconnected,
    /// <summary>The connection ended before it answered.</summary>
    CutOff,
    /// <summary>It did not answer in time.</summary>
    Late,
    /// <summary>What it answered cannot be read.</summary>
    Invalid,
}

/// <summary>What a source answered; the status is 0 where it did not.</summary>
internal sealed record SourceAnswer(Registration Registration, int Status, byte[] Body, IReadOnlyList<string> Warnings, SourceFault Fault, string Reason)
{
    /// <summary>True for 200 to 299.</summary>
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>The entity map that the source keeps of its answer, where it does.</summary>
    public string? EntityMap { get; init; }
}
