using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Dalgu.Commands;

/// <summary>Yields the items of a stream of JSON with the line on which each begins: the lines of NDJSON, the elements of an array,
/// the elements of one member of an object, or a lone object. Holds one item at a time.</summary>
internal static class JsonItems
{
    private const int LargestItem = 64 * 1024 * 1024;

    /// <summary>The items of NDJSON. A broken line is an item without JSON; the next line is read all the same.</summary>
    public static async IAsyncEnumerable<(long Line, byte[]? Json, string? Fault)> OfLinesAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        for (long line = 1; await reader.ReadLineAsync(cancel) is { } text; line++)
        {
            if (string.IsNullOrWhiteSpace(text)) continue;
            var json = Encoding.UTF8.GetBytes(text);
            yield return Fault(json) is { } fault ? (line, null, fault) : (line, json, null);
        }
    }

    /// <summary>The items of a JSON document.</summary>
    /// <param name="stream">The document.</param>
    /// <param name="member">The member of the root object whose elements are the items; null where the root array's elements are, or the root itself.</param>
    /// <param name="cancel">Ends the read.</param>
    public static async IAsyncEnumerable<(long Line, byte[]? Json, string? Fault)> OfDocumentAsync(Stream stream, string? member, [EnumeratorCancellation] CancellationToken cancel)
    {
        var scan = new Scan(member);
        var ready = new Queue<(long, byte[]?, string?)>();
        while (!scan.IsDone)
        {
            await scan.FillAsync(stream, cancel);
            scan.Read(ready);
            while (ready.TryDequeue(out var item)) yield return item;
        }
    }

    private static string? Fault(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 512 });
            return null;
        }
        catch (JsonException e)
        {
            return "The JSON is broken: " + e.Message;
        }
    }

    private sealed class Scan(string? member)
    {
        private byte[] buffer = new byte[256 * 1024];
        private int start, end;
        private long line = 1;
        private bool final, inArray, memberNext;
        private JsonReaderState state = new(new JsonReaderOptions { MaxDepth = 512 });

        public bool IsDone { get; private set; }

        public async Task FillAsync(Stream stream, CancellationToken cancel)
        {
            if (start > 0) // what is read goes; the rest moves to the front
            {
                buffer.AsSpan(start, end - start).CopyTo(buffer);
                end -= start;
                start = 0;
            }
            if (end == buffer.Length)
            {
                if (buffer.Length >= LargestItem) throw new CommandFailure(ExitCode.Usage, $"The item on line {line} is larger than {LargestItem / 1024 / 1024} MiB; split it.");
                Array.Resize(ref buffer, buffer.Length * 2);
            }
            var n = await stream.ReadAsync(buffer.AsMemory(end), cancel);
            end += n;
            final = n == 0;
        }

        public void Read(Queue<(long, byte[]?, string?)> items)
        {
            try
            {
                var bytes = buffer.AsSpan(start, end - start);
                if (line == 1 && bytes.StartsWith(Encoding.UTF8.Preamble)) Advance(3);
                ReadTokens(items);
            }
            catch (JsonException e)
            {
                items.Enqueue((line + (e.LineNumber ?? 0), null, "The JSON is broken, and nothing after it is read: " + e.Message));
                IsDone = true;
            }
        }

        private void ReadTokens(Queue<(long, byte[]?, string?)> items)
        {
            var reader = new Utf8JsonReader(buffer.AsSpan(start, end - start), final, state);
            var taken = 0;
            while (true)
            {
                var before = reader; // a copy: an item that is not whole yet is read again when more is there
                if (!reader.Read())
                {
                    if (final) IsDone = true;
                    break;
                }
                var isItem = inArray ? reader.TokenType != JsonTokenType.EndArray : member is null && reader.CurrentDepth == 0 && reader.TokenType != JsonTokenType.StartArray && reader.TokenType != JsonTokenType.EndArray;
                if (isItem)
                {
                    var from = (int)reader.TokenStartIndex;
                    if (!reader.TrySkip())
                    {
                        reader = before;
                        break;
                    }
                    items.Enqueue((line + Lines(taken, from), buffer.AsSpan(start + from, (int)reader.BytesConsumed - from).ToArray(), null));
                }
                else if (inArray) inArray = false;
                else if (reader.TokenType == JsonTokenType.StartArray && (member is null || memberNext)) inArray = true;
                else if (member is not null && reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName)
                {
                    if (reader.ValueTextEquals(member)) memberNext = true;
                    else if (!reader.TrySkip())
                    {
                        reader = before;
                        break;
                    }
                }
                line += Lines(taken, (int)reader.BytesConsumed);
                taken = (int)reader.BytesConsumed;
            }
            state = reader.CurrentState;
            start += (int)reader.BytesConsumed;
        }

        private int Lines(int from, int to) => to <= from ? 0 : buffer.AsSpan(start + from, to - from).Count((byte)'\n');

        private void Advance(int n) => start += n;
    }
}
