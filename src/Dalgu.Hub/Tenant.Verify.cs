using System.Runtime.CompilerServices;
using Dalgu.Hub.Audit;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub;

/// <content>Compares state, history, outbox and audit.</content>
public sealed partial class Tenant
{
    private const int StatesAtOnce = 256; // whose histories are asked for together: a database is then asked once for many

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
        await using var outbox = store.OutboxAsync(0, int.MaxValue, cancel).UntilDamage().GetAsyncEnumerator(cancel);
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
        await foreach (var page in store.ScanAsync(new Narrowing { IncludeGone = true }, cancel).Chunk(StatesAtOnce).WithCancellation(cancel))
        {
            await using var history = store.HistoriesAsync(Array.ConvertAll(page, e => e.Key), cancel).GetAsyncEnumerator(cancel);
            var has = await history.MoveNextAsync();
            foreach (var stored in page)
            {
                var isSigned = signed.Remove(stored.Key, out var chain);
                var past = new HistoryCheck(stored, names, kept, isSigned && chain is null ? null : chain ?? [], correctedBefore.Contains(stored.Id));
                for (; has && history.Current.Key == stored.Key; has = await history.MoveNextAsync())
                    if (history.Current.Seq <= head) past.Add(history.Current);
                var isLast = last.Remove(stored.Key, out var change);
                if (stored.Seq > head) continue;
                if (!isLast && stored.Seq >= kept) yield return $"Outbox: it has no change of \"{stored.Id}\", whose state is of change {stored.Seq}.";
                if (isLast && StateFault(stored, change) is { } fault) yield return fault;
                foreach (var lack in past.Faults()) yield return lack;
                if (++rows % 10_000 == 0) progress?.Report(rows);
            }
        }
        foreach (var lost in last.Values) yield return $"State: \"{lost.Id}\" is missing; change {lost.Seq} wrote it.";
        progress?.Report(rows);
    }

    /// <summary>Why a state is not the one that its last change left; null where it is.</summary>
    private static string? StateFault(StoredEntity stored, in OutboxRow change)
    {
        if (change.Seq != stored.Seq) return $"State: \"{stored.Id}\" is of change {stored.Seq}, but its last change is {change.Seq}.";
        if (stored.Gone != (change.Kind is ChangeKind.Deleted or ChangeKind.History)) return $"State: \"{stored.Id}\" is {(stored.Gone ? "deleted" : "not deleted")}, but change {change.Seq} left it otherwise.";
        return ChangeDigest.IsOfState(change.Digest, stored.Body) ? null : $"State: \"{stored.Id}\" is not the state that change {change.Seq} signed.";
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
}
