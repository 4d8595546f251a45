using System.Buffers.Binary;

namespace Dalgu.Store.Sqlite.History;

/// <summary>What a row of the log of recent history says. The numbers are those of the file.</summary>
internal enum RecentKind : byte
{
    /// <summary>An observation, its body inside.</summary>
    Inline = 0,
    /// <summary>With it, the body of an observation lies in <c>history_large</c>; inside is a <see cref="LargeBody"/>.</summary>
    Large = 1,
    /// <summary>An observation whose body is the end of a state.</summary>
    InlineState = 2,
    /// <summary>The row of this time and change is taken away.</summary>
    Removed = 4,
    /// <summary>All earlier rows of the entity are taken away.</summary>
    Erased = 5,
}

/// <summary>Where a body too large for the clustered rows lies.</summary>
/// <param name="Number">The row of <c>history_large</c>.</param>
/// <param name="Offset">The first byte in it.</param>
/// <param name="Length">How many bytes.</param>
internal readonly record struct LargeBody(long Number, int Offset, int Length)
{
    public const int Bytes = 16;

    /// <summary>Its last bytes.</summary>
    public LargeBody End(int length) => new(Number, Offset + Length - length, length);

    public static LargeBody Read(ReadOnlySpan<byte> from) =>
        new(BinaryPrimitives.ReadInt64LittleEndian(from), BinaryPrimitives.ReadInt32LittleEndian(from[8..]), BinaryPrimitives.ReadInt32LittleEndian(from[12..]));

    public void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to, Number);
        BinaryPrimitives.WriteInt32LittleEndian(to[8..], Offset);
        BinaryPrimitives.WriteInt32LittleEndian(to[12..], Length);
    }
}

/// <summary>A row of history as the file holds it: its body inside, or where that lies.</summary>
internal readonly record struct RecentRow(long Key, long Time, long Seq, long Recorded, RecentKind Kind, ReadOnlyMemory<byte> Body)
{
    /// <summary>Key, time, seq, recorded, and the body's length with the kind in its highest byte.</summary>
    public const int HeadBytes = 36;

    /// <summary>True for an observation, false for a mark of what is taken away.</summary>
    public bool IsObservation => Kind < RecentKind.Removed;

    /// <summary>True where the body says where the observation's body lies.</summary>
    public bool IsLarge => IsObservation && (Kind & RecentKind.Large) != 0;

    /// <summary>True for an observation whose body is the end of a state.</summary>
    public bool OfState => IsObservation && (Kind & RecentKind.InlineState) != 0;

    /// <summary>How many bytes the row takes in a chunk.</summary>
    public int Length => HeadBytes + Body.Length;

    public static void Write(Span<byte> to, long key, long time, long seq, long recorded, RecentKind kind, ReadOnlySpan<byte> body)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to, key);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], time);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], seq);
        BinaryPrimitives.WriteInt64LittleEndian(to[24..], recorded);
        BinaryPrimitives.WriteInt32LittleEndian(to[32..], body.Length | (int)kind << 24);
        body.CopyTo(to[HeadBytes..]);
    }

    /// <summary>The row that begins at an offset of a chunk.</summary>
    /// <exception cref="InvalidDataException">Where no whole row begins there.</exception>
    public static RecentRow Read(ReadOnlyMemory<byte> chunk, int offset)
    {
        var span = chunk.Span;
        if (offset < 0 || offset + HeadBytes > span.Length) throw Damaged();
        span = span[offset..];
        var word = BinaryPrimitives.ReadInt32LittleEndian(span[32..]);
        var (kind, length) = ((RecentKind)(word >> 24), word & 0xffffff);
        if (kind > RecentKind.Erased || HeadBytes + length > span.Length || kind < RecentKind.Removed && (kind & RecentKind.Large) != 0 && length != LargeBody.Bytes) throw Damaged();
        return new(BinaryPrimitives.ReadInt64LittleEndian(span), BinaryPrimitives.ReadInt64LittleEndian(span[8..]), BinaryPrimitives.ReadInt64LittleEndian(span[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(span[24..]), kind, chunk.Slice(offset + HeadBytes, length));
    }

    /// <summary>By time, then by the change.</summary>
    public static int InOrder(RecentRow a, RecentRow b) => a.Time != b.Time ? a.Time.CompareTo(b.Time) : a.Seq.CompareTo(b.Seq);

    private static InvalidDataException Damaged() => new("A chunk of recent history is damaged.");
}
