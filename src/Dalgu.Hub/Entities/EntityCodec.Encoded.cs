using System.Buffers.Binary;

namespace Dalgu.Hub.Entities;

/// <content>The stored form where it is looked at as it lies: see <see cref="EncodedAttributes"/>.</content>
public static partial class EntityCodec
{
    // An instance: kind, flags, created, modified, then what the flags announce.
    private const int Flags = 1, Created = 2, Modified = 10, HeadLength = 18;
    private const Has Plain = Has.Unit | Has.Observed;

    internal static AttributeKind KindOf(ReadOnlySpan<byte> instance) => (AttributeKind)instance[0];

    internal static DateTime CreatedOf(ReadOnlySpan<byte> instance) => new(BinaryPrimitives.ReadInt64LittleEndian(instance[Created..]), DateTimeKind.Utc);

    internal static DateTime ModifiedOf(ReadOnlySpan<byte> instance) => new(BinaryPrimitives.ReadInt64LittleEndian(instance[Modified..]), DateTimeKind.Utc);

    internal static void SetTimes(Span<byte> instance, DateTime created, DateTime modified)
    {
        BinaryPrimitives.WriteInt64LittleEndian(instance[Created..], created.Ticks);
        BinaryPrimitives.WriteInt64LittleEndian(instance[Modified..], modified.Ticks);
    }

    /// <summary>When a plain instance held, where it says so.</summary>
    internal static DateTime? ObservedOf(ReadOnlySpan<byte> instance)
    {
        if (((Has)instance[Flags] & Has.Observed) == 0) return null;
        var at = HeadLength;
        if (((Has)instance[Flags] & Has.Unit) != 0) SkipText(instance, ref at);
        return new(BinaryPrimitives.ReadInt64LittleEndian(instance[at..]), DateTimeKind.Utc);
    }

    /// <summary>The value of a plain instance.</summary>
    internal static ReadOnlyMemory<byte> ValueOf(ReadOnlyMemory<byte> instance)
    {
        var (start, length) = Value(instance.Span);
        return instance.Slice(start, length);
    }

    private static (int Start, int Length) Value(ReadOnlySpan<byte> instance)
    {
        var at = HeadLength;
        if (((Has)instance[Flags] & Has.Unit) != 0) SkipText(instance, ref at);
        if (((Has)instance[Flags] & Has.Observed) != 0) at += sizeof(long);
        var length = Int(instance, ref at);
        return (at, length);
    }

    private static void SkipText(ReadOnlySpan<byte> from, ref int at)
    {
        var length = Int(from, ref at);
        at += length;
    }

    private static int Int(ReadOnlySpan<byte> from, ref int at)
    {
        uint value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = from[at++];
            value |= (uint)(b & 0x7f) << shift;
            if (b < 0x80) return (int)value;
        }
    }

    /// <summary>A plain instance as an object.</summary>
    internal static AttributeInstance ReadPlain(ReadOnlyMemory<byte> instance)
    {
        var from = new Reader(instance, null!); // a plain one has no names inside
        return ReadInstance(ref from);
    }

    /// <summary>Writes a plain instance whose times are not set yet; answers how many bytes it has.</summary>
    internal static int WritePlain(Span<byte> to, AttributeKind kind, ReadOnlySpan<byte> unit, DateTime? observed, ReadOnlySpan<byte> value)
    {
        to[0] = (byte)kind;
        to[Flags] = (byte)((unit.IsEmpty ? 0 : Has.Unit) | (observed is null ? 0 : Has.Observed));
        SetTimes(to, default, default);
        var at = HeadLength;
        if (!unit.IsEmpty) Put(to, ref at, unit);
        if (observed is { } time)
        {
            BinaryPrimitives.WriteInt64LittleEndian(to[at..], time.Ticks);
            at += sizeof(long);
        }
        Put(to, ref at, value);
        return at;

        static void Put(Span<byte> to, ref int at, ReadOnlySpan<byte> bytes)
        {
            var rest = (uint)bytes.Length;
            for (; rest >= 0x80; rest >>= 7) to[at++] = (byte)(rest | 0x80);
            to[at++] = (byte)rest;
            bytes.CopyTo(to[at..]);
            at += bytes.Length;
        }
    }

    /// <summary>The most bytes that <see cref="WritePlain"/> adds to unit and value.</summary>
    internal const int PlainOverhead = HeadLength + sizeof(long) + 2 * 5;

    /// <summary>Writes attributes as they are packed.</summary>
    private static void WritePacked(Writer to, PackedAttributes attributes)
    {
        to.Int(attributes.Count);
        for (var i = 0; i < attributes.Count; i++) WritePacked(to, attributes, i);
    }

    /// <summary>Writes one of them.</summary>
    internal static void WritePacked(Writer to, PackedAttributes attributes, int index)
    {
        to.Name(attributes.NameAt(index));
        to.Int(1);
        to.Bytes(attributes.InstanceAt(index));
    }

    /// <summary>The attributes from here on as they lie, where all are plain; null where one is not, and nothing was read.</summary>
    private static StoredAttributes? AsStored(in Reader from, NameTable names)
    {
        var scan = from;
        var count = scan.Int();
        if (count is 0 or > 256) return null;
        Span<ushort> starts = stackalloc ushort[count];
        var texts = names.ShapeOf(count);
        var isShared = true;
        for (var i = 0; i < count; i++)
        {
            var number = scan.Int();
            if (number == 0 || scan.Int() != 1 || scan.At > ushort.MaxValue) return null;
            starts[i] = (ushort)scan.At;
            if (((Has)scan.Peek(Flags) & ~Plain) != 0) return null;
            var (start, length) = Value(scan.Rest);
            scan.Skip(start + length);
            if (texts[i] == names[number]) continue;
            if (isShared) texts = [.. texts];
            (isShared, texts[i]) = (false, names[number]);
        }
        if (!isShared) names.Remember(texts);
        return new(scan.Body, starts.ToArray(), texts);
    }
}
