using Dalgu.Hub.Access;
using Dalgu.Hub.Audit;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub;

/// <content>Changes of history alone.</content>
internal sealed partial class CommitBuilder
{
    private void AddHistory(HistoryChange change, Principal who)
    {
        var before = Find(change.Id)!;
        var seq = ++nextSeq;
        var key = before.Key == 0 ? ++nextKey : before.Key;
        var unit = draft.Unit;
        if (change.Erases)
        {
            unit.ErasedHistories.Add(key);
            unit.History.RemoveAll(r => r.Key == key); // what the writes before this one of the same unit added
        }
        var firstRow = unit.History.Count;
        var changed = AddRows(key, seq, change.Recorded);
        foreach (var (time, recorded, attributes) in change.Rewritten) AddRow(key, time, seq, attributes, recorded);
        ReadOnlyMemory<byte> body = default;
        if (change.Last is { } last && before.Entity is null) body = AddAbsent(change.Id, key, seq, before, last);
        var digest = ChangeDigest.Of(body.Span, Rows(firstRow));
        foreach (var row in change.Removed) unit.History.Add(row with { Body = default });
        // A change that corrects names no attributes: by that verify knows it.
        draft.Add(new OutboxRow(seq, key, change.Id, ChangeKind.History, draft.Now.Ticks, change.Corrects ? [] : Numbers(changed), digest), who.Name,
            before.Entity ?? change.Last ?? before.Last, before.Entity ?? change.Last ?? before.Last, changed);
    }

    /// <summary>The row of an entity that does not exist, so that its history is found by type.</summary>
    private ReadOnlyMemory<byte> AddAbsent(string id, long key, long seq, CachedEntity before, Entity last)
    {
        EntityCodec.Write(writer, last);
        var body = writer.Take(draft.Bodies);
        draft.Originals.TryAdd(id, before);
        var stored = draft.Originals[id];
        var types = Numbers(last.Types);
        var oldTypes = (stored.Entity ?? stored.Last) is { } old ? Numbers(old.Types) : null;
        writes[id] = new EntityWrite(key, id, stored.IsNew, true, types, oldTypes is not null && oldTypes.AsSpan().SequenceEqual(types) ? null : oldTypes,
            !stored.IsNew && stored.Entity is null, null, stored.Place is not null, seq, body);
        draft.States[id] = new(key, false, null, null) { Last = last };
        return body;
    }
}
