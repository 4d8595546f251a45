using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Dalgu.Hub.Storage;

/// <summary>Is given a chunk: the numbers of its first and last row, and its bytes, which are its own only during the call.</summary>
public delegate void OutboxChunkWriter(long first, long last, ReadOnlySpan<byte> body);

/// <summary>Consecutive rows of the outbox in one row of a store, since a row each costs more than what it says.</summary>
public static class OutboxChunk
{
    private const int Fixed = 35;

    /// <summary>The most rows that a chunk of so many bytes has: the least row takes more than its share of them.</summary>
    public static int MostRows(int maxBytes) => maxBytes / Fixed + 1;

    /// <summary>Packs rows, which are in order.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="maxBytes">How many bytes a chunk has at most; a row that is longer by itself is a chunk of its own.</param>
    /// <param name="buffer">Memory to pack them in.</param>
    /// <param name="write">Is given each chunk.</param>
    public static void Pack(ReadOnlySpan<OutboxRow> rows, int maxBytes, ArrayBufferWriter<byte> buffer, OutboxChunkWriter write)
    {
        buffer.ResetWrittenCount();
        var first = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            if (buffer.WrittenCount > 0 && buffer.WrittenCount + Length(rows[i]) > maxBytes)
            {
                write(rows[first].Seq, rows[i - 1].Seq, buffer.WrittenSpan);
                buffer.ResetWrittenCount();
                first = i;
            }
            Append(buffer, rows[i]);
        }
        if (buffer.WrittenCount > 0) write(rows[first].Seq, rows[^1].Seq, buffer.WrittenSpan);
    }

    private static int Length(in OutboxRow row) => Fixed + 4 * row.Attributes.Length + row.Digest.Length + Encoding.UTF8.GetByteCount(row.Id);

    private static void Append(ArrayBufferWriter<byte> buffer, in OutboxRow row)
    {
        var length = Length(row);
        var to = buffer.GetSpan(length);
        BinaryPrimitives.WriteInt64LittleEndian(to, row.Seq);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], row.Key);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], row.Recorded);
        to[24] = (byte)row.Kind;
        BinaryPrimitives.WriteInt32LittleEndian(to[25..], row.Attributes.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(to[29..], (ushort)row.Digest.Length);
        var at = Fixed;
        foreach (var attribute in row.Attributes)
        {
            BinaryPrimitives.WriteInt32LittleEndian(to[at..], attribute);
            at += 4;
        }
        row.Digest.CopyTo(to[at..]);
        at += row.Digest.Length;
        var id = Encoding.UTF8.GetBytes(row.Id, to[at..]);
        BinaryPrimitives.WriteInt32LittleEndian(to[31..], id);
        buffer.Advance(at + id);
    }

    /// <summary>The rows of a chunk.</summary>
    /// <exception cref="InvalidDataException">Where it holds no whole rows.</exception>
    public static List<OutboxRow> Unpack(ReadOnlySpan<byte> chunk)
    {
        var rows = new List<OutboxRow>();
        while (chunk.Length > 0)
        {
            if (chunk.Length < Fixed) throw Damaged();
            var attributes = BinaryPrimitives.ReadInt32LittleEndian(chunk[25..]);
            int digest = BinaryPrimitives.ReadUInt16LittleEndian(chunk[29..]), id = BinaryPrimitives.ReadInt32LittleEndian(chunk[31..]);
            if (attributes < 0 || id < 0 || Fixed + 4L * attributes + digest + id > chunk.Length) throw Damaged();
            var numbers = new int[attributes];
            for (var i = 0; i < attributes; i++) numbers[i] = BinaryPrimitives.ReadInt32LittleEndian(chunk[(Fixed + 4 * i)..]);
            var at = Fixed + 4 * attributes;
            rows.Add(new(BinaryPrimitives.ReadInt64LittleEndian(chunk), BinaryPrimitives.ReadInt64LittleEndian(chunk[8..]), Encoding.UTF8.GetString(chunk.Slice(at + digest, id)),
                (ChangeKind)chunk[24], BinaryPrimitives.ReadInt64LittleEndian(chunk[16..]), numbers, chunk.Slice(at, digest).ToArray()));
            chunk = chunk[(at + digest + id)..];
        }
        return rows;
    }

    private static InvalidDataException Damaged() => new("A chunk of the outbox is damaged.");
}
