using Dalgu.Hub.Access;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub;

/// <content>What a change leaves in history, and changes of history alone.</content>
internal sealed partial class CommitBuilder
{
    /// <summary>Adds what a change leaves in history. Answers the names of the attributes that changed, and whether the state says already what history is to say.</summary>
    private (string[] Changed, bool IsRecorded) AddDifference(long key, long seq, Entity? before, Entity? after, ReadOnlyMemory<byte> state)
    {
        if (after is { Attributes: PackedAttributes { Count: > 0 } packed } && HistoryDifference.Replaces(packed, before, after))
        {
            AddPacked(key, seq, packed, state);
            return (packed.Names, true);
        }
        var difference = HistoryDifference.Of(before, after, draft.Now);
        // Where all is new, the state says already what history is to say.
        var isRecorded = after is not null && HistoryDifference.IsWhole(difference, after);
        return (AddRows(key, seq, difference, isRecorded ? state : default), isRecorded);
    }

    // The times of a packed state and how many attributes have each; used again for each entity.
    private readonly List<(long Time, int Count)> times = [];

    /// <summary>The rows of a state of which all is new, copied from the packed attributes: the state stands for the row that says most.</summary>
    private void AddPacked(long key, long seq, PackedAttributes packed, ReadOnlyMemory<byte> state)
    {
        times.Clear();
        for (var i = 0; i < packed.Count; i++)
        {
            var time = packed.TimeAt(i).Ticks;
            var at = times.Count - 1;
            while (at >= 0 && times[at].Time != time) at--;
            if (at < 0) times.Add((time, 1));
            else times[at] = (time, times[at].Count + 1);
        }
        if (times.Count > 1) times.Sort();
        var most = 0;
        for (var i = 1; i < times.Count; i++)
            if (times[i].Count > times[most].Count) most = i;
        for (var k = 0; k < times.Count; k++)
        {
            if (k == most)
            {
                draft.Unit.History.Add(new HistoryRow(key, times[k].Time, seq, draft.Now.Ticks, state, OfState: true));
                continue;
            }
            writer.Int(times[k].Count);
            for (var i = 0; i < packed.Count; i++)
                if (packed.TimeAt(i).Ticks == times[k].Time) EntityCodec.WritePacked(writer, packed, i);
            draft.Unit.History.Add(new HistoryRow(key, times[k].Time, seq, draft.Now.Ticks, writer.Take(draft.Bodies)));
        }
    }

    /// <summary>Adds a history row for each time, and answers the names of the attributes.</summary>
    /// <param name="key">The entity.</param>
    /// <param name="seq">The change.</param>
    /// <param name="changed">What changed.</param>
    /// <param name="state">The end of the new state, where it says all that changed: it stands for the row that says most.</param>
    private string[] AddRows(long key, long seq, IReadOnlyList<EntityAttribute> changed, ReadOnlyMemory<byte> state = default)
    {
        if (changed.Count == 0) return [];
        var groups = HistoryDifference.ByTime(changed, draft.Now);
        var most = 0;
        for (var i = 1; i < groups.Count; i++)
            if (groups[i].Attributes.Count > groups[most].Attributes.Count) most = i;
        for (var i = 0; i < groups.Count; i++)
            if (i == most && !state.IsEmpty) draft.Unit.History.Add(new HistoryRow(key, groups[i].Time, seq, draft.Now.Ticks, state, OfState: true));
            else AddRow(key, groups[i].Time, seq, groups[i].Attributes);
        var changedNames = new string[changed.Count];
        for (var i = 0; i < changedNames.Length; i++) changedNames[i] = changed[i].Name;
        return changedNames.Length <= 8 && !HasTwice(changedNames) ? changedNames : [.. changedNames.Distinct(StringComparer.Ordinal)];
    }

    private static bool HasTwice(string[] list)
    {
        for (var i = 1; i < list.Length; i++)
            if (Array.IndexOf(list, list[i], 0, i) >= 0) return true;
        return false;
    }

    private void AddRow(long key, long time, long seq, IReadOnlyList<EntityAttribute> attributes, long? recorded = null)
    {
        EntityCodec.WriteAttributes(writer, attributes);
        draft.Unit.History.Add(new HistoryRow(key, time, seq, recorded ?? draft.Now.Ticks, writer.Take(draft.Bodies)));
    }

    private void AddHistory(HistoryChange change, Principal who)
    {
        var before = Find(change.Id)!;
        var seq = ++nextSeq;
        var key = before.Key == 0 ? ++nextKey : before.Key;
        var unit = draft.Unit;
        if (change.Erases)
        {
            unit.ErasedHistories.Add(key);
            draft.Sign(); // as it was when they were added
            unit.History.RemoveAll(r => r.Key == key); // what the writes before this one of the same unit added
        }
        var firstRow = unit.History.Count;
        var changed = AddRows(key, seq, change.Recorded);
        foreach (var (time, recorded, attributes) in change.Rewritten) AddRow(key, time, seq, attributes, recorded);
        ReadOnlyMemory<byte> body = default;
        if (change.Last is { } last && before.Entity is null) body = AddAbsent(change.Id, key, seq, before, last);
        // A change that corrects names no attributes: by that verify knows it. It does not sign what it takes away.
        draft.Add(new OutboxRow(seq, key, change.Id, ChangeKind.History, draft.Now.Ticks, change.Corrects ? [] : Numbers(changed), []), body, firstRow, who.Name,
            before.Entity ?? change.Last ?? before.Last, before.Entity ?? change.Last ?? before.Last, changed);
        foreach (var row in change.Removed) unit.History.Add(row with { Body = default });
    }

    /// <summary>The row of an entity that does not exist, so that its history is found by type.</summary>
    private ReadOnlyMemory<byte> AddAbsent(string id, long key, long seq, CachedEntity before, Entity last)
    {
        EntityCodec.Write(writer, last);
        var body = writer.Take(draft.Bodies);
        draft.Originals.TryAdd(id, before);
        var stored = draft.Originals[id];
        var (types, oldTypes) = TypeNumbers(last, stored.Entity ?? stored.Last);
        writes[id] = new EntityWrite(key, id, stored.IsNew, true, types, oldTypes,
            !stored.IsNew && stored.Entity is null, null, stored.Place is not null, seq, body);
        draft.States[id] = new(key, false, null, null) { Last = last, Seq = seq };
        return body;
    }
}
