using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Dalgu.Hub.Contexts;

/// <summary>The one guarded way out: fetches a document by http with limits on size, time and redirections, and connects to no loopback, link-local
/// or private address unless allowed. The address is judged when the connection is made, so that a name that changes its address gains nothing.</summary>
internal sealed class ContextClient(HubOptions options)
{
    private readonly HttpClient http = new(new SocketsHttpHandler
    {
        MaxAutomaticRedirections = 3,
        UseProxy = false,
        UseCookies = false,
        ConnectTimeout = options.ContextTimeout,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ConnectCallback = async (context, cancel) =>
        {
            var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancel);
            var allowed = addresses.Where(a => options.AllowPrivateAddresses || IsPublic(a)).ToArray();
            if (allowed.Length == 0) throw new HttpRequestException("the address is not a public one");
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    }) { Timeout = options.ContextTimeout };

    /// <summary>The document as text.</summary>
    /// <exception cref="Problem">LdContextNotAvailable where it cannot be had.</exception>
    public async Task<string> FetchAsync(Uri address, CancellationToken cancel)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.Accept.ParseAdd("application/ld+json, application/json;q=0.9");
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
            if (!answer.IsSuccessStatusCode) throw Missing($"answers {(int)answer.StatusCode}");
            if (answer.Content.Headers.ContentLength > options.MaxContextBytes) throw Missing($"is larger than {options.MaxContextBytes} bytes");
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(options.ContextTimeout); // the client's own time ends with the headers
            await using var stream = await answer.Content.ReadAsStreamAsync(limit.Token);
            var bytes = new byte[Math.Min(options.MaxContextBytes, 16 * 1024)];
            var length = 0;
            for (int n; (n = await stream.ReadAsync(bytes.AsMemory(length), limit.Token)) > 0;)
            {
                length += n;
                if (length == options.MaxContextBytes) throw Missing($"is larger than {options.MaxContextBytes} bytes");
                if (length == bytes.Length) Array.Resize(ref bytes, Math.Min(options.MaxContextBytes, length * 2));
            }
            return Encoding.UTF8.GetString(bytes, 0, length);
        }
        catch (Exception fault) when (fault is HttpRequestException or SocketException or IOException or OperationCanceledException && !cancel.IsCancellationRequested)
        {
            throw Missing(fault is OperationCanceledException ? $"does not answer within {options.ContextTimeout.TotalSeconds:0.#} s" : "cannot be reached");
        }

        Problem Missing(string why) => new(ProblemKind.LdContextNotAvailable, $"The @context at \"{Iri.Shorten(address.AbsoluteUri)}\" {why}.");
    }

    /// <summary>True where an address is neither this machine's, nor a private network's, nor one for special use.</summary>
    internal static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address)) return false;
        var b = address.GetAddressBytes();
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return !(b[0] is 0 or 10 or 127 or >= 224 || b[0] == 100 && b[1] is >= 64 and < 128 || b[0] == 169 && b[1] == 254
                || b[0] == 172 && b[1] is >= 16 and < 32 || b[0] == 192 && b[1] == 168 || b[0] == 192 && b[1] == 0 && b[2] == 0 || b[0] == 198 && b[1] is 18 or 19);
        return !(address.IsIPv6LinkLocal || address.IsIPv6SiteLocal || address.IsIPv6Multicast || address.IsIPv6UniqueLocal || address.Equals(IPAddress.IPv6Any)
            || b[0] == 0 && b[1] == 0x64 && b[2] == 0xff // 64:ff9b::/96 leads to any IPv4 address,
            || b[0] == 0x20 && (b[1] == 2 || b[1] == 1 && b[2] == 0 && b[3] == 0)); // and so do 6to4 (2002::/16) and Teredo (2001::/32)
    }
}
