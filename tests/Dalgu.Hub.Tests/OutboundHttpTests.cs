using System.Net;
using System.Net.Sockets;
using System.Text;
using Dalgu.Hub.Http;
using Xunit;

namespace Dalgu.Hub.Tests;

/// <summary>Which addresses the one guarded way out may lead to. Source: the IANA registries of special-purpose addresses (RFC 6890 and its updates).</summary>
public class OutboundHttpTests
{
    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("203.253.64.1", true)]
    [InlineData("172.15.255.255", true)]
    [InlineData("172.32.0.0", true)]
    [InlineData("100.63.255.255", true)]
    [InlineData("100.128.0.0", true)]
    [InlineData("192.167.1.1", true)]
    [InlineData("2001:4860:4860::8888", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.8.8.8", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.16.0.1", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("192.168.0.1", false)]
    [InlineData("192.0.0.8", false)]
    [InlineData("198.18.0.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::1", false)]
    [InlineData("::", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("fc00::1", false)]
    [InlineData("ff02::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("2002:a00:1::1", false)] // 6to4 of 10.0.0.1
    public void An_address_is_public_or_not(string address, bool isPublic) => Assert.Equal(isPublic, AddressGuard.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("127.0.0.1", false, true)]
    [InlineData("10.1.2.3", false, true)]
    [InlineData("169.254.169.254", false, false)] // metadata of most clouds
    [InlineData("fd00:ec2::254", false, false)]
    [InlineData("100.100.100.200", false, false)]
    [InlineData("168.63.129.16", false, false)] // public by its number, Azure's own by use
    [InlineData("8.8.8.8", true, true)]
    public void Private_addresses_can_be_allowed_and_metadata_not_with_them(string address, bool byDefault, bool allowingPrivate)
    {
        var ip = IPAddress.Parse(address);
        Assert.Equal(byDefault, new AddressGuard(new()).Allows(ip));
        Assert.Equal(allowingPrivate, new AddressGuard(new() { AllowPrivateAddresses = true }).Allows(ip));
        Assert.True(new AddressGuard(new() { AllowedNetworks = [new(ip, ip.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)] }).Allows(ip));
    }

    [Fact]
    public async Task A_name_is_judged_by_the_address_that_it_leads_to()
    {
        await using var server = new RawServer(_ => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        using var guarded = new OutboundHttp(new());
        var fault = await Assert.ThrowsAsync<OutboundFault>(() => GetAsync(guarded, $"http://localhost:{server.Port}/"));
        Assert.Contains("DALGU_ALLOWED_NETWORKS", fault.Message, StringComparison.Ordinal);
        Assert.Equal(0, server.Requests);

        using var listed = new OutboundHttp(Listed("127.0.0.1/32"));
        Assert.Equal("ok", Encoding.UTF8.GetString((await GetAsync(listed, $"http://localhost:{server.Port}/")).Body));
    }

    [Fact]
    public async Task A_redirection_is_followed_only_where_asked_for_and_judged_like_any_address()
    {
        await using var server = new RawServer(path => path == "/1" ? "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2:9/secret\r\nContent-Length: 0\r\n\r\n"
            : path == "/2" ? "HTTP/1.1 302 Found\r\nLocation: /2\r\nContent-Length: 0\r\n\r\n" : "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n");
        using var outbound = new OutboundHttp(Listed("127.0.0.1/32"));
        Assert.Equal(302, (await GetAsync(outbound, $"http://127.0.0.1:{server.Port}/1")).Status);
        Assert.Contains("public address", (await Assert.ThrowsAsync<OutboundFault>(() => GetAsync(outbound, $"http://127.0.0.1:{server.Port}/1", 3))).Message, StringComparison.Ordinal);
        Assert.Contains("more than 3 times", (await Assert.ThrowsAsync<OutboundFault>(() => GetAsync(outbound, $"http://127.0.0.1:{server.Port}/2", 3))).Message, StringComparison.Ordinal);
        Assert.Contains("no http address", (await Assert.ThrowsAsync<OutboundFault>(() => GetAsync(outbound, $"http://127.0.0.1:{server.Port}/3", 3))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_is_too_large_or_never_ends_is_given_up()
    {
        await using var server = new RawServer(path => path == "/large" ? "HTTP/1.1 200 OK\r\n\r\n" + new string('x', 20_000) : "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nslow", keepOpen: true);
        using var outbound = new OutboundHttp(Listed("127.0.0.0/8"));
        Assert.Contains("more than 10000 bytes", (await Assert.ThrowsAsync<OutboundFault>(() => GetAsync(outbound, $"http://127.0.0.1:{server.Port}/large"))).Message, StringComparison.Ordinal);
        Assert.Equal(OutboundFaultKind.Late, (await Assert.ThrowsAsync<OutboundFault>(() => GetAsync(outbound, $"http://127.0.0.1:{server.Port}/slow", milliseconds: 300))).Kind);
    }

    private static HubOptions Listed(string network) => new() { AllowedNetworks = [IPNetwork.Parse(network)] };

    private static async Task<OutboundAnswer> GetAsync(OutboundHttp outbound, string address, int redirections = 0, int milliseconds = 10_000)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        return await outbound.SendAsync(request, new(TimeSpan.FromMilliseconds(milliseconds), 10_000, redirections), TestContext.Current.CancellationToken);
    }

    /// <summary>A server on loopback that answers each request line with the bytes it is told.</summary>
    private sealed class RawServer : IAsyncDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource end = new();
        private readonly Task accepting;
        private int requests;

        public RawServer(Func<string, string> answer, bool keepOpen = false)
        {
            listener.Start();
            accepting = AcceptAsync(answer, keepOpen);
        }

        public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;
        public int Requests => requests;

        private async Task AcceptAsync(Func<string, string> answer, bool keepOpen)
        {
            var kept = new List<TcpClient>();
            try
            {
                while (true)
                {
                    var client = await listener.AcceptTcpClientAsync(end.Token);
                    kept.Add(client);
                    var buffer = new byte[8192];
                    var read = await client.GetStream().ReadAsync(buffer, end.Token);
                    Interlocked.Increment(ref requests);
                    await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer(Encoding.ASCII.GetString(buffer, 0, read).Split(' ')[1])), end.Token);
                    if (!keepOpen) client.Close();
                }
            }
            catch (Exception fault) when (fault is OperationCanceledException or InvalidOperationException or IOException)
            {
                foreach (var client in kept) client.Dispose();
            }
        }

        public async ValueTask DisposeAsync()
        {
            await end.CancelAsync();
            listener.Stop();
            await accepting;
            end.Dispose();
        }
    }
}
