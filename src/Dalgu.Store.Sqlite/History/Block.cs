using System.Buffers;

namespace Dalgu.Store.Sqlite.History;

/// <summary>The body of a clustered row of history: consecutive observations of one entity, each told by its distance from the one before.</summary>
internal static class Block
{
    /// <summary>A block of more bytes is split: a clustered row of so many stays on its page.</summary>
    public const int MaxBytes = 1_800;

    private const int MostHeadBytes = 40; // four numbers of up to ten

    /// <summary>Packs rows, as many as the block takes; how many they are.</summary>
    /// <param name="rows">Rows of one entity, in order.</param>
    /// <param name="before">The last row that the block has already; of a new one, nothing.</param>
    /// <param name="used">The bytes that the block has already.</param>
    /// <param name="to">Receives them.</param>
    public static int Pack(ReadOnlySpan<RecentRow> rows, in RecentRow before, int used, ArrayBufferWriter<byte> to)
    {
        var start = to.WrittenCount;
        for (var i = 0; i < rows.Length; i++)
        {
            var length = used + to.WrittenCount - start;
            if (length > 0 && length + rows[i].Body.Length + MostHeadBytes > MaxBytes) return i;
            Write(to, rows[i], i == 0 ? before : rows[i - 1]);
        }
        return rows.Length;
    }

    private static void Write(ArrayBufferWriter<byte> to, in RecentRow row, in RecentRow before)
    {
        var body = row.Body.Span;
        var span = to.GetSpan(MostHeadBytes + body.Length);
        var n = Put(span, row.Time - before.Time);
        n += Put(span[n..], row.Seq - before.Seq);
        n += Put(span[n..], row.Recorded - row.Time);
        n += Put(span[n..], (long)body.Length << 2 | (long)row.Kind);
        body.CopyTo(span[n..]);
        to.Advance(n + body.Length);
    }

    /// <summary>The time and the change of the last row of a block; nothing else of it.</summary>
    /// <exception cref="InvalidDataException">Where it holds no whole rows.</exception>
    public static RecentRow Last(ReadOnlySpan<byte> body)
    {
        long time = 0, seq = 0;
        for (var at = 0; at < body.Length;)
        {
            var (_, _, length) = Head(body, ref at, ref time, ref seq);
            at += length;
        }
        return new(0, time, seq, 0, default, default);
    }

    /// <summary>The rows of a block.</summary>
    /// <exception cref="InvalidDataException">Where it holds no whole rows.</exception>
    public static void Unpack(long key, ReadOnlyMemory<byte> body, List<RecentRow> to)
    {
        var span = body.Span;
        long time = 0, seq = 0;
        for (var at = 0; at < span.Length;)
        {
            var (recorded, kind, length) = Head(span, ref at, ref time, ref seq);
            to.Add(new(key, time, seq, recorded, kind, body.Slice(at, length)));
            at += length;
        }
    }

    /// <summary>Reads what stands before a row's body.</summary>
    private static (long Recorded, RecentKind Kind, int Length) Head(ReadOnlySpan<byte> from, ref int at, ref long time, ref long seq)
    {
        time += Take(from, ref at);
        seq += Take(from, ref at);
        var recorded = time + Take(from, ref at);
        var word = Take(from, ref at);
        var (length, kind) = (word >> 2, (RecentKind)(word & 3));
        if (length < 0 || at + length > from.Length || (kind & RecentKind.Large) != 0 && length != LargeBody.Bytes) throw Damaged();
        return (recorded, kind, (int)length);
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
