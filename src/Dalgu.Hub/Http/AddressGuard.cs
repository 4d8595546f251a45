using System.Net;
using System.Net.Sockets;

namespace Dalgu.Hub.Http;

/// <summary>Says which network addresses this instance may call: public ones, and those that an administrator lists. Thread-safe.</summary>
internal sealed class AddressGuard(HubOptions options)
{
    // Where clouds answer with credentials, outside the link-local range: only a list admits these.
    private static readonly IPAddress[] Metadata = [IPAddress.Parse("fd00:ec2::254"), IPAddress.Parse("100.100.100.200"), IPAddress.Parse("168.63.129.16")];

    /// <summary>True where the address may be called.</summary>
    public bool Allows(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        foreach (var network in options.AllowedNetworks) if (network.Contains(address)) return true;
        if (IsPublic(address)) return !Metadata.Contains(address);
        return options.AllowPrivateAddresses && IsOwn(address) && !Metadata.Contains(address);
    }

    /// <summary>The addresses of a host that may be called, as it answers to now.</summary>
    /// <exception cref="OutboundFault">Where there is none.</exception>
    public async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancel)
    {
        var addresses = await Dns.GetHostAddressesAsync(host, cancel);
        var allowed = Array.FindAll(addresses, Allows);
        return allowed.Length > 0 ? allowed : throw new OutboundFault("is not at a public address; an administrator can list its network in DALGU_ALLOWED_NETWORKS");
    }

    /// <summary>Connects to a host. The address that is connected to is the one judged, so that a name that changes its address gains nothing.</summary>
    public async ValueTask<Stream> ConnectAsync(DnsEndPoint to, CancellationToken cancel)
    {
        var allowed = await ResolveAsync(to.Host, cancel);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, to.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
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
            || b[0] == 0 && b[1] == 0 && b[10] != 0xff // so do the IPv4-compatible ones,
            || b[0] == 0x20 && (b[1] == 2 || b[1] == 1 && b[2] == 0 && b[3] == 0)); // 6to4 (2002::/16) and Teredo (2001::/32)
    }

    /// <summary>True where an address is this machine's or a private network's.</summary>
    private static bool IsOwn(IPAddress address)
    {
        if (IPAddress.IsLoopback(address) || address.IsIPv6UniqueLocal) return true;
        if (address.AddressFamily != AddressFamily.InterNetwork) return false;
        var b = address.GetAddressBytes();
        return b[0] == 10 || b[0] == 172 && b[1] is >= 16 and < 32 || b[0] == 192 && b[1] == 168;
    }
}
