using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Dalgu.Hub.Storage;

namespace Dalgu.Store.Sqlite;

/// <summary>Consecutive rows of the outbox in one row of the file: about a page of them, since a row each costs more than what it says.</summary>
internal static class OutboxChunk
{
    private const int MaxBytes = 7_900;

    /// <summary>No chunk has more rows: the least row takes more than its share of the bytes.</summary>
    public const int MaxRows = MaxBytes / 35 + 1;

    /// <summary>Packs rows in order, and gives each chunk to a function.</summary>
    public static void Pack(ReadOnlySpan<OutboxRow> rows, ArrayBufferWriter<byte> buffer, Action<long, long, ReadOnlyMemory<byte>> write)
    {
        buffer.ResetWrittenCount();
        var first = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            if (buffer.WrittenCount > 0 && buffer.WrittenCount + Length(rows[i]) > MaxBytes)
            {
                write(rows[first].Seq, rows[i - 1].Seq, buffer.WrittenMemory);
                buffer.ResetWrittenCount();
                first = i;
            }
            Write(buffer, rows[i]);
        }
        if (buffer.WrittenCount > 0) write(rows[first].Seq, rows[^1].Seq, buffer.WrittenMemory);
    }

    private static int Length(in OutboxRow row) => 8 + 8 + 8 + 1 + 4 + 2 + 4 + 4 * row.Attributes.Length + row.Digest.Length + Encoding.UTF8.GetByteCount(row.Id);

    private static void Write(ArrayBufferWriter<byte> buffer, in OutboxRow row)
    {
        var length = Length(row);
        var to = buffer.GetSpan(length);
        BinaryPrimitives.WriteInt64LittleEndian(to, row.Seq);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], row.Key);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], row.Recorded);
        to[24] = (byte)row.Kind;
        BinaryPrimitives.WriteInt32LittleEndian(to[25..], row.Attributes.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(to[29..], (ushort)row.Digest.Length);
        var at = 35;
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
            if (chunk.Length < 35) throw Damaged();
            var attributes = BinaryPrimitives.ReadInt32LittleEndian(chunk[25..]);
            int digest = BinaryPrimitives.ReadUInt16LittleEndian(chunk[29..]), id = BinaryPrimitives.ReadInt32LittleEndian(chunk[31..]);
            if (attributes < 0 || id < 0 || 35L + 4L * attributes + digest + id > chunk.Length) throw Damaged();
            var numbers = new int[attributes];
            for (var i = 0; i < attributes; i++) numbers[i] = BinaryPrimitives.ReadInt32LittleEndian(chunk[(35 + 4 * i)..]);
            var at = 35 + 4 * attributes;
            rows.Add(new(BinaryPrimitives.ReadInt64LittleEndian(chunk), BinaryPrimitives.ReadInt64LittleEndian(chunk[8..]), Encoding.UTF8.GetString(chunk.Slice(at + digest, id)),
                (ChangeKind)chunk[24], BinaryPrimitives.ReadInt64LittleEndian(chunk[16..]), numbers, chunk.Slice(at, digest).ToArray()));
            chunk = chunk[(at + digest + id)..];
        }
        return rows;
    }

    private static InvalidDataException Damaged() => new("A chunk of the outbox is damaged.");
}
