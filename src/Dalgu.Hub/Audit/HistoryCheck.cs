using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub.Audit;

/// <summary>Whether the history of an entity is what its changes signed, and each instance of its state stands in it as it is. The rows are added by time.</summary>
internal sealed class HistoryCheck
{
    private readonly StoredEntity stored;
    private readonly NameTable names;
    private readonly long kept;
    private readonly byte[]? signed;
    private readonly bool isReadable;
    private readonly Dictionary<(string Attribute, string? Dataset), AttributeInstance> wanted = []; // of the state, not met in the history yet
    private readonly SortedDictionary<long, List<HistoryRow>> changes = [];

    /// <param name="stored">The entity.</param>
    /// <param name="names">What the stored forms are read with.</param>
    /// <param name="kept">The first change that the outbox still has: of older ones nothing is known that was signed.</param>
    /// <param name="signed">The chain of what its changes signed of its history, empty where none did; null where a change corrected it.</param>
    /// <param name="wasCorrected">Whether a change that the outbox no longer has corrected it.</param>
    public HistoryCheck(StoredEntity stored, NameTable names, long kept, byte[]? signed, bool wasCorrected)
    {
        (this.stored, this.names, this.kept, this.signed) = (stored, names, kept, signed);
        if (signed is null) return;
        var state = TryRead(() => EntityCodec.Read(stored.Id, stored.Body, names));
        isReadable = state is not null;
        if (state is null || stored.Gone || wasCorrected) return;
        foreach (var attribute in state.Attributes)
            foreach (var instance in attribute.Instances) wanted[(attribute.Name, instance.DatasetId)] = instance;
    }

    /// <summary>Takes the next row.</summary>
    public void Add(in HistoryRow row)
    {
        if (!isReadable) return;
        if (row.Seq >= kept)
        {
            if (!changes.TryGetValue(row.Seq, out var ofChange)) changes[row.Seq] = ofChange = [];
            ofChange.Add(row);
        }
        var read = row;
        foreach (var attribute in TryRead(() => EntityCodec.ReadHistory(read, names)) ?? [])
            foreach (var instance in attribute.Instances)
                if (wanted.TryGetValue((attribute.Name, instance.DatasetId), out var current) && !instance.Deleted
                    && instance.ModifiedAt == current.ModifiedAt && instance.Value.Span.SequenceEqual(current.Value.Span)) wanted.Remove((attribute.Name, instance.DatasetId));
    }

    /// <summary>What is wrong, once all rows are there.</summary>
    public IEnumerable<string> Faults()
    {
        if (signed is null) yield break;
        if (!isReadable)
        {
            yield return $"State: \"{stored.Id}\" cannot be read.";
            yield break;
        }
        foreach (var (attribute, dataset) in wanted.Keys)
            yield return $"History: the present value of \"{attribute}\"{(dataset is null ? "" : $" ({dataset})")} of \"{stored.Id}\" is not in it.";
        if (!Chain().AsSpan().SequenceEqual(signed)) yield return $"History: that of \"{stored.Id}\" is not what its changes signed.";
    }

    private byte[] Chain()
    {
        byte[] chain = [];
        var hash = new byte[SHA256.HashSizeInBytes];
        foreach (var (seq, ofChange) in changes)
        {
            ChangeDigest.OfHistory(CollectionsMarshal.AsSpan(ofChange), hash);
            chain = ChangeDigest.Link(chain, seq, hash);
        }
        return chain;
    }

    /// <summary>What a stored form says; null where it says nothing any more.</summary>
    private static T? TryRead<T>(Func<T> read) where T : class
    {
        try
        {
            return read();
        }
        catch (Exception fault) when (fault is IndexOutOfRangeException or ArgumentException or InvalidDataException or OverflowException or NullReferenceException)
        {
            return null;
        }
    }
}
