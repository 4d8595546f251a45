using System.Net;

namespace Dalgu;

/// <summary>What the addresses of an instance say about who can reach it.</summary>
public static class HostNames
{
    private static readonly HashSet<string> OfLoopback = new(StringComparer.OrdinalIgnoreCase) { "localhost", "127.0.0.1", "[::1]" };

    /// <summary>True where only programs on this machine reach the address.</summary>
    public static bool IsLoopback(string url) =>
        TryParse(url) is { } uri && (uri.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(uri.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));

    /// <summary>The address as a URI; null where it is none. <c>*</c> and <c>+</c> stand for every interface.</summary>
    public static Uri? TryParse(string url) =>
        Uri.TryCreate(url.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal), UriKind.Absolute, out var uri)
        && uri.Scheme is "http" or "https" && uri.PathAndQuery == "/" ? uri : null;

    /// <summary>The host names that an instance answers to; null for any. On loopback only its own names,
    /// so that a page of another site, whose name is made to point here, cannot read the city through a visitor's browser.</summary>
    public static IReadOnlySet<string>? Allowed(CityHostOptions options)
    {
        if (options.Hosts is { Count: > 0 } named) return named.Concat(OfLoopback).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return options.Urls.All(IsLoopback) ? OfLoopback : null;
    }

    /// <summary>Refuses addresses whose port another program has, before anything is started for nothing.</summary>
    /// <exception cref="IOException">Where one is taken.</exception>
    public static void RequireFree(IReadOnlyList<string> urls)
    {
        foreach (var url in urls)
        {
            if (TryParse(url) is not { Port: > 0 } uri) continue;
            var ip = IPAddress.TryParse(uri.Host.Trim('[', ']'), out var named) ? named : IPAddress.Loopback;
            using var listener = new System.Net.Sockets.TcpListener(ip, uri.Port);
            try
            {
                listener.Start();
            }
            catch (System.Net.Sockets.SocketException fault)
            {
                throw new IOException($"Cannot listen at {url}: {fault.Message}. Another program may have the port; name another one with --port or --urls.", fault);
            }
        }
    }
}
