using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Dalgu.Hub.Audit;

/// <summary>One link of the audit chain: who did what, when, to which changes. Each link carries the hash of the one before it.</summary>
/// <param name="Number">Counts from 1 without gaps.</param>
/// <param name="At">When, UTC.</param>
/// <param name="Who">The account, key or part of the product that acted.</param>
/// <param name="Action">The operation, such as <c>entities.create</c>, <c>read.sensitive</c>, <c>access.sign-in</c>.</param>
/// <param name="Target">What it was about: an entity id, or a count of them.</param>
/// <param name="FirstSeq">The first change that it made; 0 where it made none.</param>
/// <param name="LastSeq">The last change that it made; 0 where it made none.</param>
/// <param name="Content">SHA-256 over the outbox rows of those changes.</param>
/// <param name="Hash">SHA-256 over the hash of the entry before and all of the above.</param>
public sealed record AuditEntry(long Number, DateTime At, string Who, string Action, string Target, long FirstSeq, long LastSeq, byte[] Content, byte[] Hash)
{
    /// <summary>The hash before the first entry.</summary>
    public static readonly byte[] Genesis = new byte[32];

    /// <summary>The entry that follows another.</summary>
    public static AuditEntry After(AuditEntry? previous, DateTime at, string who, string action, string target, long firstSeq, long lastSeq, byte[] content)
    {
        var number = (previous?.Number ?? 0) + 1;
        return new(number, at, who, action, target, firstSeq, lastSeq, content,
            ComputeHash(previous?.Hash ?? Genesis, number, at, who, action, target, firstSeq, lastSeq, content));
    }

    /// <summary>True where the hash follows from the entry and the hash before it.</summary>
    public bool Follows(byte[] previousHash) =>
        ComputeHash(previousHash, Number, At, Who, Action, Target, FirstSeq, LastSeq, Content).AsSpan().SequenceEqual(Hash);

    private static byte[] ComputeHash(byte[] previous, long number, DateTime at, string who, string action, string target, long first, long last, byte[] content)
    {
        var texts = Encoding.UTF8.GetMaxByteCount(who.Length + action.Length + target.Length);
        var length = previous.Length + content.Length + 4 * 8 + 3 * 4 + texts;
        Span<byte> buffer = length <= 1024 ? stackalloc byte[1024] : new byte[length];
        var n = 0;
        previous.CopyTo(buffer); n += previous.Length;
        foreach (var value in (ReadOnlySpan<long>)[number, at.Ticks, first, last]) { BinaryPrimitives.WriteInt64LittleEndian(buffer[n..], value); n += 8; }
        foreach (var text in (ReadOnlySpan<string>)[who, action, target])
        {
            var bytes = Encoding.UTF8.GetBytes(text, buffer[(n + 4)..]);
            BinaryPrimitives.WriteInt32LittleEndian(buffer[n..], bytes); // the length, so that two texts cannot trade characters
            n += 4 + bytes;
        }
        content.CopyTo(buffer[n..]); n += content.Length;
        return SHA256.HashData(buffer[..n]);
    }
}
