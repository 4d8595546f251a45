using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub.Audit;

/// <summary>How an outbox row enters the content hash of an audit entry.</summary>
internal static class OutboxDigest
{
    /// <summary>Adds a row: its numbers, its kind, its digest, and its id behind its length.</summary>
    public static void Append(IncrementalHash hash, in OutboxRow row)
    {
        var length = 8 + 8 + 1 + 8 + row.Digest.Length + 4 + Encoding.UTF8.GetByteCount(row.Id);
        Span<byte> buffer = length <= 512 ? stackalloc byte[512] : new byte[length];
        BinaryPrimitives.WriteInt64LittleEndian(buffer, row.Seq);
        BinaryPrimitives.WriteInt64LittleEndian(buffer[8..], row.Key);
        buffer[16] = (byte)row.Kind;
        BinaryPrimitives.WriteInt64LittleEndian(buffer[17..], row.Recorded);
        row.Digest.CopyTo(buffer[25..]);
        var at = 25 + row.Digest.Length;
        var bytes = Encoding.UTF8.GetBytes(row.Id, buffer[(at + 4)..]);
        BinaryPrimitives.WriteInt32LittleEndian(buffer[at..], bytes);
        hash.AppendData(buffer[..(at + 4 + bytes)]);
    }
}
