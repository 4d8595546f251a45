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

    /// <summary>Writes rows, which are in order.</summary>
    /// <param name="db">The writer.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="buffer">Memory to pack them in.</param>
    public static void Write(SqliteConnection db, ReadOnlySpan<OutboxRow> rows, ArrayBufferWriter<byte> buffer)
    {
        var put = db.Prepare("INSERT INTO outbox VALUES (?, ?, ?)");
        buffer.ResetWrittenCount();
        var first = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            if (buffer.WrittenCount > 0 && buffer.WrittenCount + Length(rows[i]) > MaxBytes)
            {
                put.Bind(1, rows[first].Seq).Bind(2, rows[i - 1].Seq).Bind(3, buffer.WrittenSpan).Run();
                buffer.ResetWrittenCount();
                first = i;
            }
            Append(buffer, rows[i]);
        }
        if (buffer.WrittenCount > 0) put.Bind(1, rows[first].Seq).Bind(2, rows[^1].Seq).Bind(3, buffer.WrittenSpan).Run();
    }

    private static int Length(in OutboxRow row) => 8 + 8 + 8 + 1 + 4 + 2 + 4 + 4 * row.Attributes.Length + row.Digest.Length + Encoding.UTF8.GetByteCount(row.Id);

    /// <summary>Adds a row to a chunk.</summary>
    public static void Append(ArrayBufferWriter<byte> buffer, in OutboxRow row)
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
