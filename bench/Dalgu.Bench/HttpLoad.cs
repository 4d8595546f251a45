using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Dalgu.Bench;

/// <summary>What a load measured: answers by the second, and how long one took.</summary>
/// <param name="PerSecond">Answers a second.</param>
/// <param name="Median">Half took no longer.</param>
/// <param name="P99">99 of 100 took no longer.</param>
/// <param name="Failures">Answers with a status of 400 or more.</param>
/// <param name="Answers">All answers.</param>
public sealed record LoadResult(double PerSecond, TimeSpan Median, TimeSpan P99, long Failures, long Answers);

/// <summary>A load of HTTP/1.1 requests over bare sockets on loopback, light enough that the server is what is measured.</summary>
public static class HttpLoad
{
    /// <summary>Sends requests over so many connections for so long, each as soon as the one before it is answered.</summary>
    /// <param name="port">The server's port on 127.0.0.1.</param>
    /// <param name="connections">How many connections.</param>
    /// <param name="duration">For how long.</param>
    /// <param name="next">The bytes of the next request of a connection; null ends it.</param>
    public static async Task<LoadResult> RunAsync(int port, int connections, TimeSpan duration, Func<int, ReadOnlyMemory<byte>?> next)
    {
        var clock = Stopwatch.StartNew();
        var workers = new Task<(List<long> Ticks, long Failures)>[connections];
        for (var i = 0; i < connections; i++)
        {
            var number = i;
            workers[i] = Task.Run(() => WorkAsync(port, number, clock, duration, next));
        }
        var results = await Task.WhenAll(workers);
        var elapsed = clock.Elapsed;
        var ticks = results.SelectMany(r => r.Ticks).Order().ToArray();
        if (ticks.Length == 0) throw new InvalidOperationException("The load got no answer.");
        return new(ticks.Length / elapsed.TotalSeconds, Stopwatch.GetElapsedTime(0, ticks[ticks.Length / 2]), Stopwatch.GetElapsedTime(0, ticks[(int)(ticks.Length * 0.99)]), results.Sum(r => r.Failures), ticks.Length);
    }

    private static async Task<(List<long>, long)> WorkAsync(int port, int number, Stopwatch clock, TimeSpan duration, Func<int, ReadOnlyMemory<byte>?> next)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var buffer = new byte[64 * 1024];
        var ticks = new List<long>(1 << 14);
        long failures = 0;
        while (clock.Elapsed < duration && next(number) is { } request)
        {
            var started = Stopwatch.GetTimestamp();
            for (var rest = request; rest.Length > 0;) rest = rest[await socket.SendAsync(rest)..];
            var (status, surplus) = await ReceiveAsync(socket, buffer);
            ticks.Add(Stopwatch.GetTimestamp() - started);
            if (status >= 400) failures++;
            if (surplus > 0) throw new InvalidDataException("The server answers more than it was asked.");
        }
        return (ticks, failures);
    }

    private static async ValueTask<(int Status, int Surplus)> ReceiveAsync(Socket socket, byte[] buffer)
    {
        var have = 0;
        int head;
        while ((head = buffer.AsSpan(0, have).IndexOf("\r\n\r\n"u8)) < 0)
        {
            var n = await socket.ReceiveAsync(buffer.AsMemory(have));
            if (n == 0) throw new EndOfStreamException("The server closed the connection.");
            have += n;
        }
        Utf8Parser.TryParse(buffer.AsSpan(9, 3), out int status, out _);
        var length = LengthOf(buffer.AsSpan(0, head), status);
        var rest = length - (have - head - 4);
        while (rest > 0)
        {
            var n = await socket.ReceiveAsync(buffer.AsMemory(0, Math.Min(rest, buffer.Length)));
            if (n == 0) throw new EndOfStreamException("The server closed the connection in an answer.");
            rest -= n;
        }
        return (status, -rest);
    }

    private static int LengthOf(ReadOnlySpan<byte> head, int status)
    {
        var at = head.IndexOf("Content-Length: "u8);
        if (at < 0) return status == 204 ? 0 : throw new InvalidDataException("An answer has no Content-Length.");
        Utf8Parser.TryParse(head[(at + 16)..], out int length, out _);
        return length;
    }
}
