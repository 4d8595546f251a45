using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Dalgu.Testing.Hostile;

/// <summary>One HTTP/1.1 connection that sends bytes as they are: no client library tidies up what a hostile request says.</summary>
public sealed class RawConnection(Uri address) : IAsyncDisposable
{
    private readonly byte[] buffer = new byte[256 * 1024];
    private TcpClient? tcp;
    private int start, end;

    /// <summary>Sends a request and returns the answer; null where the other side closed without one.</summary>
    public async Task<RawAnswer?> SendAsync(ReadOnlyMemory<byte> request, bool isHead, CancellationToken cancel)
    {
        for (var attempt = 0; ; attempt++)
        {
            var fresh = tcp is null;
            try
            {
                if (tcp is null) await ConnectAsync(cancel);
                await tcp!.GetStream().WriteAsync(request, cancel);
                if (await ReadAsync(isHead, cancel) is { } answer) return answer;
            }
            catch (IOException)
            {
                // A refusal before the body was read may close the connection while we still write: the answer may be there all the same.
                try { if (await ReadAsync(isHead, cancel) is { } answer) return answer; } catch (IOException) { /* gone */ }
            }
            Close();
            // An idle connection that the server closed meanwhile says nothing about this request.
            if (fresh || attempt > 0) return null;
        }
    }

    private async Task ConnectAsync(CancellationToken cancel)
    {
        tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(address.Host, address.Port, cancel);
        start = end = 0;
    }

    private async Task<RawAnswer?> ReadAsync(bool isHead, CancellationToken cancel)
    {
        var head = await ReadHeadAsync(cancel);
        if (head is null) return null;
        var lines = head.Split("\r\n");
        var status = int.Parse(lines[0].AsSpan(9, 3), CultureInfo.InvariantCulture);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Skip(1))
            if (line.IndexOf(':', StringComparison.Ordinal) is var colon and > 0) headers[line[..colon]] = line[(colon + 1)..].Trim();
        byte[] body = [];
        if (!isHead && status is not (204 or 304))
            body = headers.TryGetValue("Transfer-Encoding", out var coding) && coding == "chunked" ? await ReadChunksAsync(cancel)
                : await ReadExactlyAsync(int.Parse(headers.GetValueOrDefault("Content-Length", "0"), CultureInfo.InvariantCulture), cancel);
        if (headers.GetValueOrDefault("Connection") == "close") Close();
        return new(status, headers, body);
    }

    private async Task<string?> ReadHeadAsync(CancellationToken cancel)
    {
        while (true)
        {
            var at = buffer.AsSpan(start, end - start).IndexOf("\r\n\r\n"u8);
            if (at >= 0)
            {
                var head = Encoding.Latin1.GetString(buffer, start, at);
                start += at + 4;
                return head;
            }
            if (!await FillAsync(cancel)) return null;
        }
    }

    private async Task<byte[]> ReadChunksAsync(CancellationToken cancel)
    {
        var body = new MemoryStream();
        while (true)
        {
            int at;
            while ((at = buffer.AsSpan(start, end - start).IndexOf("\r\n"u8)) < 0)
                if (!await FillAsync(cancel)) throw new IOException("The answer ends inside a chunk.");
            var size = int.Parse(Encoding.ASCII.GetString(buffer, start, at), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            start += at + 2;
            body.Write(await ReadExactlyAsync(size, cancel));
            await ReadExactlyAsync(2, cancel);
            if (size == 0) return body.ToArray();
        }
    }

    private async Task<byte[]> ReadExactlyAsync(int length, CancellationToken cancel)
    {
        var body = new byte[length];
        for (var got = 0; got < length;)
        {
            if (start == end && !await FillAsync(cancel)) throw new IOException("The answer ends inside its body.");
            var n = Math.Min(end - start, length - got);
            buffer.AsSpan(start, n).CopyTo(body.AsSpan(got));
            start += n;
            got += n;
        }
        return body;
    }

    private async Task<bool> FillAsync(CancellationToken cancel)
    {
        if (tcp is null) return false;
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }
        var n = await tcp.GetStream().ReadAsync(buffer.AsMemory(end), cancel);
        end += n;
        return n > 0;
    }

    private void Close()
    {
        tcp?.Dispose();
        tcp = null;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Close();
        return default;
    }
}

/// <summary>An answer as it came.</summary>
public sealed record RawAnswer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body);
