using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Http;

/// <summary>A request's body, whole, within a limit, in rented memory: large bodies must not make the collector sweep everything.</summary>
internal sealed class RequestBody : IDisposable
{
    private byte[] rented;
    private readonly int length;
    private JsonDocument? document;

    private RequestBody(byte[] rented, int length) => (this.rented, this.length) = (rented, length);

    /// <summary>Reads the body.</summary>
    /// <exception cref="Problem">PayloadTooLarge where it is larger than the limit.</exception>
    public static async ValueTask<RequestBody> ReadAsync(HttpRequest request, long limit, CancellationToken cancel)
    {
        if (request.ContentLength > limit) throw TooLarge(limit);
        var bytes = ArrayPool<byte>.Shared.Rent((int)Math.Min(limit, request.ContentLength ?? 4096) + 1);
        var length = 0;
        try
        {
            while (true)
            {
                var read = await request.BodyReader.ReadAsync(cancel);
                if (length + read.Buffer.Length > limit) throw TooLarge(limit);
                if (length + read.Buffer.Length > bytes.Length) bytes = Grow(bytes, length, (int)read.Buffer.Length);
                read.Buffer.CopyTo(bytes.AsSpan(length));
                length += (int)read.Buffer.Length;
                request.BodyReader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) return new(bytes, length);
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(bytes);
            throw;
        }
    }

    private static byte[] Grow(byte[] bytes, int length, int more)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(bytes.Length * 2, length + more));
        bytes.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(bytes);
        return larger;
    }

    /// <summary>The body as it came; valid until it is disposed of.</summary>
    public ReadOnlyMemory<byte> Bytes => rented.AsMemory(0, length);

    /// <summary>The body as JSON without duplicate members; valid until it is disposed of.</summary>
    /// <exception cref="Problem">InvalidRequest where it is no JSON.</exception>
    public JsonElement Parse(int maxDepth)
    {
        try
        {
            document = StrictJson.Parse(rented.AsMemory(0, length), new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = maxDepth });
            return document.RootElement;
        }
        catch (JsonException fault)
        {
            throw new Problem(ProblemKind.InvalidRequest, length == 0 ? "The body is empty." : $"The body is not valid JSON: {(fault.LineNumber is { } line ? $"line {line + 1}, byte {fault.BytePositionInLine + 1}: " : "")}{Reason(fault)}");
        }
    }

    private static string Reason(JsonException fault)
    {
        var end = fault.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? fault.Message : fault.Message[..end];
    }

    private static Problem TooLarge(long limit) => new(ProblemKind.PayloadTooLarge, $"The body is larger than {limit} bytes; send it in parts.");

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        document?.Dispose();
        if (rented.Length > 0) ArrayPool<byte>.Shared.Return(rented);
        rented = [];
    }
}
