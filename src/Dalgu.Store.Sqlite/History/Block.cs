using System.Buffers;

namespace Dalgu.Store.Sqlite.History;

/// <summary>The body of a clustered row of history: consecutive observations of one entity, each told by its distance from the one before.</summary>
internal static class Block
{
    /// <summary>A block of more bytes is split: a clustered row of so many stays on its page.</summary>
    public const int MaxBytes = 1_800;

    /// <summary>The rows as blocks.</summary>
    /// <param name="rows">Rows of one entity, in order.</param>
    /// <param name="buffer">Memory to pack them in: a body is valid until the next one is asked for.</param>
    public static IEnumerable<(RecentRow First, long LastTime, ReadOnlyMemory<byte> Body)> Pack(List<RecentRow> rows, ArrayBufferWriter<byte> buffer)
    {
        buffer.ResetWrittenCount();
        var first = 0;
        for (var i = 0; i < rows.Count; i++)
        {
            var before = i == first ? default : rows[i - 1];
            Write(buffer, rows[i], before);
            if (i + 1 < rows.Count && buffer.WrittenCount + rows[i + 1].Body.Length + 40 <= MaxBytes) continue;
            yield return (rows[first], rows[i].Time, buffer.WrittenMemory);
            buffer.ResetWrittenCount();
            first = i + 1;
        }
    }

    private static void Write(ArrayBufferWriter<byte> to, in RecentRow row, in RecentRow before)
    {
        Span<byte> head = stackalloc byte[40];
        var n = Put(head, row.Time - before.Time);
        n += Put(head[n..], row.Seq - before.Seq);
        n += Put(head[n..], row.Recorded - row.Time);
        n += Put(head[n..], (long)row.Body.Length << 2 | (long)row.Kind);
        to.Write(head[..n]);
        to.Write(row.Body.Span);
    }

    /// <summary>The rows of a block.</summary>
    /// <exception cref="InvalidDataException">Where it holds no whole rows.</exception>
    public static void Unpack(long key, ReadOnlyMemory<byte> body, List<RecentRow> to)
    {
        var span = body.Span;
        long time = 0, seq = 0;
        for (var at = 0; at < span.Length;)
        {
            time += Take(span, ref at);
            seq += Take(span, ref at);
            var recorded = time + Take(span, ref at);
            var word = Take(span, ref at);
            var (length, kind) = (word >> 2, (RecentKind)(word & 3));
            if (length < 0 || at + length > span.Length || (kind & RecentKind.Large) != 0 && length != LargeBody.Bytes) throw Damaged();
            to.Add(new(key, time, seq, recorded, kind, body.Slice(at, (int)length)));
            at += (int)length;
        }
    }

    // Signed numbers as LEB128, the sign in the lowest bit, so that small steps either way take one byte or two.
    private static int Put(Span<byte> to, long value)
    {
        var rest = (ulong)(value << 1 ^ value >> 63);
        var n = 0;
        for (; rest >= 0x80; rest >>= 7) to[n++] = (byte)(rest | 0x80);
        to[n++] = (byte)rest;
        return n;
    }

    private static long Take(ReadOnlySpan<byte> from, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (at >= from.Length) throw Damaged();
            var b = from[at++];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80) return (long)(value >> 1) ^ -(long)(value & 1);
        }
        throw Damaged();
    }

    private static InvalidDataException Damaged() => new("A block of history is damaged.");
}
