using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Dalgu.Hub.Http;

/// <summary>The one guarded way out by HTTP: @contexts, notifications and context sources are all asked through it. It connects to no loopback,
/// link-local, metadata or private address unless the settings allow it, follows no redirection unless told to, and limits size and time. Thread-safe.</summary>
internal sealed class OutboundHttp : IDisposable
{
    private readonly HttpClient http;

    public OutboundHttp(HubOptions options)
    {
        Guard = new(options);
        http = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None, // a small body must not become a large one
            MaxResponseHeadersLength = 32,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ActivityHeadersPropagator = null,
            ConnectCallback = (context, cancel) => Guard.ConnectAsync(context.DnsEndPoint, cancel),
        }) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Which addresses may be called, for ways out other than HTTP.</summary>
    public AddressGuard Guard { get; }

    /// <summary>Sends a request and reads the answer whole.</summary>
    /// <param name="request">The request; of the schemes http and https.</param>
    /// <param name="limits">How long it may take and how large the answer may be.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="OutboundFault">Where no answer within the limits comes. Answers of any status come back as they are.</exception>
    public async Task<OutboundAnswer> SendAsync(HttpRequestMessage request, OutboundLimits limits, CancellationToken cancel)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        end.CancelAfter(limits.Time);
        var redirections = 0;
        try
        {
            while (true)
            {
                if (request.RequestUri is not { IsAbsoluteUri: true, Scheme: "http" or "https" }) throw new OutboundFault("is no http address");
                using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, end.Token);
                if (limits.Redirections > 0 && answer.StatusCode is HttpStatusCode.Moved or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect
                    && request.Method == HttpMethod.Get && answer.Headers.Location is { } location)
                {
                    if (++redirections > limits.Redirections) throw new OutboundFault($"leads on more than {limits.Redirections} times");
                    request = Redirected(request, new Uri(request.RequestUri, location));
                    continue;
                }
                var body = await BodyAsync(answer, limits.Bytes, end.Token);
                return new((int)answer.StatusCode, answer.Headers, answer.Content.Headers, body);
            }
        }
        catch (Exception fault) when (fault is HttpRequestException or SocketException or IOException or OperationCanceledException && !cancel.IsCancellationRequested)
        {
            throw fault is OperationCanceledException ? new OutboundFault($"does not answer within {limits.Time.TotalSeconds:0.##} s", fault) { Kind = OutboundFaultKind.Late }
                : fault.InnerException as OutboundFault ?? new OutboundFault("cannot be reached", fault) { Kind = KindOf(fault) };
        }
    }

    /// <summary>The request to the address that an answer names. What tells who asks stays behind where another host is named.</summary>
    private static HttpRequestMessage Redirected(HttpRequestMessage request, Uri to)
    {
        if (request.RequestUri!.Scheme == "https" && to.Scheme != "https") throw new OutboundFault("leads from https to http");
        var next = new HttpRequestMessage(HttpMethod.Get, to);
        foreach (var (name, values) in request.Headers)
            if (name == "Accept" || to.Authority == request.RequestUri.Authority) next.Headers.TryAddWithoutValidation(name, values);
        return next;
    }

    private static async Task<byte[]> BodyAsync(HttpResponseMessage answer, int most, CancellationToken cancel)
    {
        if (answer.Content.Headers.ContentLength > most) throw TooLarge(most);
        await using var stream = await answer.Content.ReadAsStreamAsync(cancel);
        var bytes = new byte[Math.Min(most, (int)(answer.Content.Headers.ContentLength ?? 4096)) + 1];
        var length = 0;
        for (int n; (n = await stream.ReadAsync(bytes.AsMemory(length), cancel)) > 0;)
        {
            length += n;
            if (length > most) throw TooLarge(most);
            if (length == bytes.Length) Array.Resize(ref bytes, (int)Math.Min(most + 1L, length * 2L));
        }
        return length == bytes.Length ? bytes : bytes[..length];
    }

    private static OutboundFault TooLarge(int most) => new($"answers with more than {most} bytes") { Kind = OutboundFaultKind.TooLarge };

    private static OutboundFaultKind KindOf(Exception fault) => (fault as HttpRequestException)?.HttpRequestError switch
    {
        HttpRequestError.ConnectionError => OutboundFaultKind.Unconnected,
        HttpRequestError.ResponseEnded => OutboundFaultKind.CutOff,
        _ => OutboundFaultKind.Other,
    };

    public void Dispose() => http.Dispose();
}

/// <summary>The limits of one request to elsewhere.</summary>
/// <param name="Time">How long it may take until the whole answer is there.</param>
/// <param name="Bytes">How large the answer's body may be.</param>
/// <param name="Redirections">How often a GET may be led on; each address is judged anew. 0 hands a redirection back as an answer.</param>
internal readonly record struct OutboundLimits(TimeSpan Time, int Bytes, int Redirections = 0);

/// <summary>What somebody elsewhere answered.</summary>
internal sealed record OutboundAnswer(int Status, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders, byte[] Body)
{
    /// <summary>True for 200 to 299.</summary>
    public bool IsSuccess => Status is >= 200 and < 300;
}

/// <summary>Why nobody elsewhere answered. The text follows the name of the address, which it does not repeat: addresses may hold passwords.</summary>
internal sealed class OutboundFault(string why, Exception? inner = null) : Exception(why, inner)
{
    /// <summary>What went wrong, where it matters to who asked.</summary>
    public OutboundFaultKind Kind { get; init; }
}

/// <summary>What went wrong on the way to another host.</summary>
internal enum OutboundFaultKind
{
    /// <summary>Something else: no name, no permitted address, no TLS, too many redirections.</summary>
    Other,
    /// <summary>There was no answer in time.</summary>
    Late,
    /// <summary>The answer is larger than the limit.</summary>
    TooLarge,
    /// <summary>No connection came about: nothing of the request has arrived.</summary>
    Unconnected,
    /// <summary>The connection ended before an answer: what became of the request is not known.</summary>
    CutOff,
}
