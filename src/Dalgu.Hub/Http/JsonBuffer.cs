using System.Buffers;
using System.Text.Json;

namespace Dalgu.Hub.Http;

/// <summary>A JSON writer over a buffer that is used again and again by one thread at a time.</summary>
internal sealed class JsonBuffer : IDisposable
{
    [ThreadStatic] private static JsonBuffer? spare;
    private ArrayBufferWriter<byte> bytes = new(4096);

    private JsonBuffer() => Json = new Utf8JsonWriter(bytes, PlainJson.Writer);

    public Utf8JsonWriter Json { get; }

    public static JsonBuffer Rent()
    {
        var rented = spare ?? new JsonBuffer();
        spare = null;
        return rented;
    }

    public ReadOnlySpan<byte> Finish()
    {
        Json.Flush();
        return bytes.WrittenSpan;
    }

    public void Dispose()
    {
        if (bytes.Capacity > 1024 * 1024) bytes = new ArrayBufferWriter<byte>(4096); // one large answer must not be kept for ever
        else bytes.ResetWrittenCount();
        Json.Reset(bytes);
        spare = this;
    }
}
