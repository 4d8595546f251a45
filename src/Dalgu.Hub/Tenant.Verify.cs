using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Dalgu.Hub.Audit;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub;

/// <content>Compares state, history, outbox and audit.</content>
public sealed partial class Tenant
{
    /// <summary>Compares state, history, outbox and audit with each other; yields every contradiction. Writes may go on meanwhile: what is
    /// committed after the start is left to the next time.</summary>
    /// <param name="progress">Receives how many rows were compared.</param>
    /// <param name="cancel">Ends the comparison.</param>
    public async IAsyncEnumerable<string> VerifyAsync(IProgress<long>? progress = null, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        var head = writer.LastSeq;
        long rows = 0;
        await foreach (var fault in store.CheckAsync(cancel)) yield return $"Store: {fault}";

        // 1. The outbox has every number once, the audit chain holds and covers every change, and what it signed is what the outbox has.
        // Both are read side by side, so that memory holds no more than the last change of each entity.
        var last = new Dictionary<long, OutboxRow>();
        var signed = new Dictionary<long, byte[]?>(); // by entity: the chain of what its changes signed of its history; null where a change corrected it
        await using var outbox = Readable(store.OutboxAsync(0, int.MaxValue, cancel)).GetAsyncEnumerator(cancel);
        var more = await outbox.MoveNextAsync();
        var kept = more ? outbox.Current.Seq : head + 1;
        if (!more && head > 0 && hub.Options.OutboxKept > 0) yield return $"Outbox: it is empty, but the last change is {head}.";
        var expected = kept;
        var previous = AuditEntry.Genesis;
        var digest = new OutboxDigest();
        long number = 0, covered = 0;
        await foreach (var entry in store.AuditAsync(0, int.MaxValue, null, cancel))
        {
            if (entry.FirstSeq > head) break;
            if (entry.Number != ++number)
            {
                yield return $"Audit: entry {number} is missing; the next one is {entry.Number}.";
                number = entry.Number;
            }
            if (!entry.Follows(previous)) yield return $"Audit: the hash of entry {entry.Number} ({entry.Action} by {entry.Who}) does not follow from the entry and the one before it.";
            previous = entry.Hash;
            if (++rows % 10_000 == 0) progress?.Report(rows);
            if (entry.FirstSeq == 0) continue;
            if (entry.FirstSeq != covered + 1) yield return $"Audit: entry {entry.Number} begins at change {entry.FirstSeq}, but {covered + 1} comes next.";
            covered = entry.LastSeq;
            for (; more && outbox.Current.Seq <= entry.LastSeq; more = await outbox.MoveNextAsync())
            {
                var row = outbox.Current;
                if (row.Seq != expected) yield return $"Outbox: change {expected} is missing; the next one is {row.Seq}.";
                expected = row.Seq + 1;
                digest.Append(row);
                if (row.Kind != ChangeKind.History || ChangeDigest.HasState(row.Digest)) last[row.Key] = row;
                Sign(signed, row);
                if (++rows % 10_000 == 0) progress?.Report(rows);
            }
            var content = digest.Finish();
            if (entry.FirstSeq >= kept && !content.AsSpan().SequenceEqual(entry.Content))
                yield return $"Audit: the changes {entry.FirstSeq} to {entry.LastSeq} are not those that entry {entry.Number} signed.";
        }
        if (covered < head) yield return $"Audit: it covers changes up to {covered}, but the last change is {head}.";
        if (head >= kept && expected <= head) yield return $"Outbox: it ends at change {expected - 1}, but the last change is {head}.";

        var correctedBefore = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var document in store.DocumentsAsync(WriteScope.CorrectedCollection, cancel)) correctedBefore.Add(document.Id);

        // 2. Each state is the one that its last change signed, and the fold of its history.
        await foreach (var stored in store.ScanAsync(new Narrowing { IncludeGone = true }, cancel))
        {
            if (stored.Seq > head) continue;
            if (last.TryGetValue(stored.Key, out var change))
            {
                if (change.Seq != stored.Seq) yield return $"State: \"{stored.Id}\" is of change {stored.Seq}, but its last change is {change.Seq}.";
                else if (stored.Gone != (change.Kind is ChangeKind.Deleted or ChangeKind.History)) yield return $"State: \"{stored.Id}\" is {(stored.Gone ? "deleted" : "not deleted")}, but change {change.Seq} left it otherwise.";
                else if (!ChangeDigest.IsOfState(change.Digest, stored.Body)) yield return $"State: \"{stored.Id}\" is not the state that change {change.Seq} signed.";
                last.Remove(stored.Key);
            }
            else if (stored.Seq >= kept) yield return $"Outbox: it has no change of \"{stored.Id}\", whose state is of change {stored.Seq}.";
            await foreach (var fault in CompareHistoryAsync(stored, kept, head, signed, correctedBefore.Contains(stored.Id), cancel)) yield return fault;
            signed.Remove(stored.Key);
            if (++rows % 10_000 == 0) progress?.Report(rows);
        }
        foreach (var lost in last.Values) yield return $"State: \"{lost.Id}\" is missing; change {lost.Seq} wrote it.";
        progress?.Report(rows);
    }

    private static void Sign(Dictionary<long, byte[]?> signed, in OutboxRow row)
    {
        var known = signed.TryGetValue(row.Key, out var chain);
        if (known && chain is null) return;
        var part = ChangeDigest.HistoryPart(row.Digest);
        // A history change without attributes corrected or erased rows of earlier changes, as the audit tells; an early version did not sign history.
        if (row.Kind == ChangeKind.History && row.Attributes.Length == 0 || row.Attributes.Length > 0 && part.IsEmpty) signed[row.Key] = null;
        else if (!part.IsEmpty) signed[row.Key] = ChangeDigest.Link(chain, row.Seq, part);
    }

    /// <summary>The history of an entity is what its changes signed, and each instance of the state stands in it as it is.</summary>
    private async IAsyncEnumerable<string> CompareHistoryAsync(StoredEntity stored, long kept, long head, Dictionary<long, byte[]?> signed, bool correctedBefore, [EnumeratorCancellation] CancellationToken cancel)
    {
        var corrected = signed.TryGetValue(stored.Key, out var expected) && expected is null;
        if (corrected) yield break;
        if (TryRead(() => EntityCodec.Read(stored.Id, stored.Body, names)) is not { } state)
        {
            yield return $"State: \"{stored.Id}\" cannot be read.";
            yield break;
        }
        var wanted = new Dictionary<(string, string?), AttributeInstance>();
        if (!stored.Gone && !correctedBefore)
            foreach (var attribute in state.Attributes)
                foreach (var instance in attribute.Instances) wanted[(attribute.Name, instance.DatasetId)] = instance;
        var rows = new SortedDictionary<long, List<HistoryRow>>();
        await foreach (var row in Readable(store.HistoryAsync(stored.Key, long.MinValue, long.MaxValue, false, cancel)))
        {
            if (row.Seq > head) continue;
            if (row.Seq >= kept)
            {
                if (!rows.TryGetValue(row.Seq, out var ofChange)) rows[row.Seq] = ofChange = [];
                ofChange.Add(row);
            }
            foreach (var attribute in TryRead(() => EntityCodec.ReadHistory(row, names)) ?? [])
                foreach (var instance in attribute.Instances)
                    if (wanted.TryGetValue((attribute.Name, instance.DatasetId), out var current) && !instance.Deleted
                        && instance.ModifiedAt == current.ModifiedAt && instance.Value.Span.SequenceEqual(current.Value.Span)) wanted.Remove((attribute.Name, instance.DatasetId));
        }
        foreach (var (attribute, dataset) in wanted.Keys)
            yield return $"History: the present value of \"{attribute}\"{(dataset is null ? "" : $" ({dataset})")} of \"{stored.Id}\" is not in it.";
        if (!Chain(rows).AsSpan().SequenceEqual(expected)) yield return $"History: that of \"{stored.Id}\" is not what its changes signed.";
    }

    /// <summary>Rows up to the first that a store cannot read any more: what is missing is told of as missing.</summary>
    private static async IAsyncEnumerable<T> Readable<T>(IAsyncEnumerable<T> rows)
    {
        await using var row = rows.GetAsyncEnumerator();
        while (true)
        {
            try
            {
                if (!await row.MoveNextAsync()) yield break;
            }
            catch (InvalidDataException)
            {
                yield break;
            }
            yield return row.Current;
        }
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

    private static byte[]? Chain(SortedDictionary<long, List<HistoryRow>> rows)
    {
        byte[]? chain = null;
        var hash = new byte[SHA256.HashSizeInBytes];
        foreach (var (seq, ofChange) in rows)
        {
            ChangeDigest.OfHistory(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ofChange), hash);
            chain = ChangeDigest.Link(chain, seq, hash);
        }
        return chain;
    }
}
