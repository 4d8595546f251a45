using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub.Audit;

/// <summary>Computes the content hash of an audit entry from the outbox rows of its changes. Not thread-safe.</summary>
internal sealed class OutboxDigest
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly ArrayBufferWriter<byte> buffer = new(4096);

    /// <summary>Forgets the rows so far.</summary>
    public void Clear() => buffer.ResetWrittenCount();

    /// <summary>Adds a row: its numbers, its kind, its digest, and its id behind its length.</summary>
    public void Append(in OutboxRow row)
    {
        var to = buffer.GetSpan(8 + 8 + 1 + 8 + row.Digest.Length + 4 + Encoding.UTF8.GetMaxByteCount(row.Id.Length));
        BinaryPrimitives.WriteInt64LittleEndian(to, row.Seq);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], row.Key);
        to[16] = (byte)row.Kind;
        BinaryPrimitives.WriteInt64LittleEndian(to[17..], row.Recorded);
        row.Digest.CopyTo(to[25..]);
        var at = 25 + row.Digest.Length;
        var bytes = Encoding.UTF8.GetBytes(row.Id, to[(at + 4)..]);
        BinaryPrimitives.WriteInt32LittleEndian(to[at..], bytes);
        buffer.Advance(at + 4 + bytes);
        // Many rows a call: hashing them one by one costs more in calls than in hashing.
        if (buffer.WrittenCount > 64 * 1024) Flush();
    }

    /// <summary>The hash of the rows since the last call.</summary>
    public byte[] Finish()
    {
        Flush();
        return hash.GetHashAndReset();
    }

    private void Flush()
    {
        hash.AppendData(buffer.WrittenSpan);
        buffer.ResetWrittenCount();
    }
}
