using System.Buffers;
using System.Buffers.Binary;

namespace Dalgu.Store.Postgres;

/// <summary>Rows in the binary format of <c>COPY</c> (PostgreSQL's manual, "COPY", File Formats): each a count of fields, and each field behind its length, all
/// in network order. For units of thousands of rows: the driver's own importer finds out anew for each value how it is written.</summary>
internal sealed class BinaryCopy
{
    private readonly ArrayBufferWriter<byte> rows = new(Enough + 16 * 1024);

    /// <summary>So many bytes are worth being sent.</summary>
    private const int Enough = 64 * 1024;

    /// <summary>Begins the file.</summary>
    public BinaryCopy() => rows.Write<byte>([.. "PGCOPY\n"u8, 0xff, .. "\r\n\0"u8, 0, 0, 0, 0, 0, 0, 0, 0]); // no flags, no extension

    /// <summary>True where it is time to send what there is.</summary>
    public bool IsFull => rows.WrittenCount >= Enough;

    /// <summary>Begins a row of so many fields.</summary>
    public void Row(short fields)
    {
        BinaryPrimitives.WriteInt16BigEndian(rows.GetSpan(sizeof(short)), fields);
        rows.Advance(sizeof(short));
    }

    /// <summary>A field of type integer.</summary>
    public void Int(int value) => BinaryPrimitives.WriteInt32BigEndian(Field(sizeof(int)), value);

    /// <summary>A field of type bigint.</summary>
    public void Long(long value) => BinaryPrimitives.WriteInt64BigEndian(Field(sizeof(long)), value);

    /// <summary>A field of type boolean.</summary>
    public void Bool(bool value) => Field(1)[0] = value ? (byte)1 : (byte)0;

    /// <summary>A field of type bytea.</summary>
    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(Field(value.Length));

    /// <summary>Ends the file.</summary>
    public void End() => Row(-1);

    /// <summary>Sends what there is.</summary>
    public async ValueTask SendAsync(Stream to)
    {
        await to.WriteAsync(rows.WrittenMemory);
        rows.ResetWrittenCount();
    }

    private Span<byte> Field(int length)
    {
        var field = rows.GetSpan(sizeof(int) + length);
        BinaryPrimitives.WriteInt32BigEndian(field, length);
        rows.Advance(sizeof(int) + length);
        return field.Slice(sizeof(int), length);
    }
}
