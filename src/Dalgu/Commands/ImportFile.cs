using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Dalgu.Commands;

/// <summary>A row of an import: an entity as JSON, or why there is none.</summary>
/// <param name="File">The file.</param>
/// <param name="Line">The line on which it begins, from 1.</param>
/// <param name="Entity">The entity as JSON; null where the row is refused.</param>
/// <param name="Id">Its id, where it has one.</param>
/// <param name="HasContext">True where it carries an @context of its own.</param>
/// <param name="Refusal">Why there is no entity; null where there is one.</param>
internal readonly record struct ImportRow(string File, long Line, byte[]? Entity, string? Id, bool HasContext, string? Refusal);

/// <summary>Reads the rows of a file one after the other, whatever its form, without holding the file in memory.</summary>
internal static class ImportFile
{
    private const int Peek = 64 * 1024;

    private enum Form { Lines, Entities, Features }

    public static async IAsyncEnumerable<ImportRow> ReadAsync(string file, string? type, string? idProperty, ProgressLine progress, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using var stream = new CountedStream(file == "-" ? System.Console.OpenStandardInput() : File.OpenRead(file), progress);
        var head = new byte[Peek];
        var length = await stream.ReadAtLeastAsync(head, Peek, throwOnEndOfStream: false, cancel);
        var form = FormOf(file, head.AsSpan(0, length));
        if (form == Form.Features) RequireFeatures(file, type, head.AsSpan(0, length));
        else if (type is not null || idProperty is not null)
            throw new CommandFailure(ExitCode.Usage, $"{file} holds NGSI-LD entities, which have types and ids; --type and --id-property are for GeoJSON.");

        var whole = new HeadedStream(head.AsMemory(0, length), stream);
        var items = form == Form.Lines ? JsonItems.OfLinesAsync(whole, cancel) : JsonItems.OfDocumentAsync(whole, form == Form.Features ? "features" : null, cancel);
        var names = new FeatureNames(type ?? "", idProperty);
        await foreach (var (line, json, fault) in items)
        {
            if (json is null) yield return new(file, line, null, null, false, fault);
            else yield return form == Form.Features ? Feature(file, line, json, names) : Entity(file, line, json);
        }
    }

    private static Form FormOf(string file, ReadOnlySpan<byte> head)
    {
        var extension = Path.GetExtension(file).ToLowerInvariant();
        if (extension is ".ndjson" or ".jsonl") return Form.Lines;
        var start = head.StartsWith(Encoding.UTF8.Preamble) ? 3 : 0;
        while (start < head.Length && head[start] <= ' ') start++;
        if (extension == ".geojson" || head.IndexOf("\"FeatureCollection\""u8) >= 0) return Form.Features;
        if (start >= head.Length || head[start] != '{') return Form.Entities;
        var lineEnd = head[start..].IndexOf((byte)'\n');
        return lineEnd > 0 && IsObject(head.Slice(start, lineEnd)) ? Form.Lines : Form.Entities;
    }

    private static bool IsObject(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            return JsonElement.TryParseValue(ref reader, out var value) && value.Value.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void RequireFeatures(string file, string? type, ReadOnlySpan<byte> head)
    {
        if (type is null) throw new CommandFailure(ExitCode.Usage, $"{file} is GeoJSON, whose features have no entity type; name one with --type, such as --type District.");
        var at = head.IndexOf("\"crs\""u8);
        if (at < 0) return;
        var crs = Encoding.UTF8.GetString(head.Slice(at, Math.Min(200, head.Length - at)));
        if (!crs.Contains("CRS84", StringComparison.OrdinalIgnoreCase) && !crs.Contains("4326", StringComparison.Ordinal))
            throw new CommandFailure(ExitCode.Usage, $"{file} names another coordinate system than WGS 84; convert it to longitude and latitude (EPSG:4326) first.");
    }

    private static ImportRow Entity(string file, long line, byte[] json)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 512 });
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object) return new(file, line, null, null, false, "The row is no JSON object; an entity is one.");
        var id = (root.TryGetProperty("id", out var value) || root.TryGetProperty("@id", out value)) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return id is null ? new(file, line, null, null, false, "The entity has no id.") : new(file, line, json, id, root.TryGetProperty("@context", out _), null);
    }

    private static ImportRow Feature(string file, long line, byte[] json, FeatureNames names)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 512 });
        return names.TryMakeEntity(document.RootElement, json, out var id, out var entity, out var refusal)
            ? new(file, line, entity, id, false, null) : new(file, line, null, null, false, refusal);
    }

    /// <summary>A stream that tells a progress line how far it is.</summary>
    private sealed class CountedStream : ForwardStream
    {
        private readonly Stream inner;
        private readonly ProgressLine progress;

        public CountedStream(Stream inner, ProgressLine progress)
        {
            this.inner = inner;
            this.progress = progress;
            if (inner.CanSeek) progress.Expect(inner.Length);
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancel = default)
        {
            var n = await inner.ReadAsync(buffer, cancel);
            progress.Read(n);
            return n;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }

    /// <summary>A stream whose first bytes were read already.</summary>
    private sealed class HeadedStream(ReadOnlyMemory<byte> head, Stream rest) : ForwardStream
    {
        private ReadOnlyMemory<byte> head = head;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancel = default)
        {
            if (head.Length == 0) return await rest.ReadAsync(buffer, cancel);
            var n = Math.Min(head.Length, buffer.Length);
            head[..n].CopyTo(buffer);
            head = head[n..];
            return n;
        }
    }
}
