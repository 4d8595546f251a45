using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub.Audit;

/// <summary>What an outbox row says of the content of its change: SHA-256 of the new state (zeros where there is none), followed, where the change wrote
/// history, by SHA-256 over its history rows. The audit chain signs the outbox, and so both.</summary>
internal static class ChangeDigest
{
    private const int Length = SHA256.HashSizeInBytes;
    private const int HeadLength = 8 + 8 + 4; // time, when it was recorded, length and kind of the body

    // One that is used again: to make one each time takes as long as to hash 300 bytes.
    [ThreadStatic] private static IncrementalHash? hash;
    private static IncrementalHash Hash => hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Room for the digest of a change.</summary>
    /// <param name="hasHistory">True where the change wrote history.</param>
    public static byte[] Room(bool hasHistory) => new byte[hasHistory ? 2 * Length : Length];

    /// <summary>Computes the digest of a change.</summary>
    /// <param name="state">The state in its stored form; empty for none.</param>
    /// <param name="rows">The history rows of the change, by time.</param>
    /// <param name="digest">Receives it.</param>
    public static void Compute(ReadOnlySpan<byte> state, ReadOnlySpan<HistoryRow> rows, byte[] digest)
    {
        if (!state.IsEmpty) OfState(state, digest);
        if (!rows.IsEmpty) OfHistory(rows, digest.AsSpan(Length));
    }

    /// <summary>True where a change signed a state.</summary>
    public static bool HasState(byte[] digest) => digest.AsSpan(0, Length).ContainsAnyExcept((byte)0);

    /// <summary>True where a state is the one that a change signed.</summary>
    public static bool IsOfState(byte[] digest, ReadOnlySpan<byte> state)
    {
        Span<byte> hash = stackalloc byte[Length];
        OfState(state, hash);
        return digest.AsSpan(0, Length).SequenceEqual(hash);
    }

    private static void OfState(ReadOnlySpan<byte> state, Span<byte> to)
    {
        Hash.AppendData(state);
        Hash.GetHashAndReset(to);
    }

    /// <summary>What a change signed of the history; empty where it wrote none.</summary>
    public static ReadOnlySpan<byte> HistoryPart(byte[] digest) => digest.Length > Length ? digest.AsSpan(Length) : default;

    /// <summary>The hash over the history rows of one change of one entity, by time.</summary>
    public static void OfHistory(ReadOnlySpan<HistoryRow> rows, Span<byte> to)
    {
        var length = 0;
        foreach (var row in rows) length += HeadLength + row.Body.Length;
        // In one piece: to hand over each head and body costs as much as to hash some hundred bytes.
        var text = ArrayPool<byte>.Shared.Rent(length);
        var at = 0;
        foreach (var row in rows)
        {
            var head = text.AsSpan(at, HeadLength);
            BinaryPrimitives.WriteInt64LittleEndian(head, row.Time);
            BinaryPrimitives.WriteInt64LittleEndian(head[8..], row.Recorded);
            BinaryPrimitives.WriteInt32LittleEndian(head[16..], row.OfState ? ~row.Body.Length : row.Body.Length);
            row.Body.Span.CopyTo(text.AsSpan(at + HeadLength));
            at += HeadLength + row.Body.Length;
        }
        Hash.AppendData(text, 0, length);
        Hash.GetHashAndReset(to);
        ArrayPool<byte>.Shared.Return(text);
    }

    /// <summary>The link that follows another for one change: the chain of an entity's history is the same read from the outbox and from the history.</summary>
    public static byte[] Link(byte[]? previous, long seq, ReadOnlySpan<byte> history)
    {
        Span<byte> text = stackalloc byte[2 * Length + 8];
        previous?.CopyTo(text);
        BinaryPrimitives.WriteInt64LittleEndian(text[Length..], seq);
        history.CopyTo(text[(Length + 8)..]);
        return SHA256.HashData(text);
    }
}
