using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub;

/// <content>Writes to the history of entities (clauses 5.6.11 to 5.6.16).</content>
public sealed partial class WriteScope
{
    /// <summary>The collection whose ids name the entities of which earlier history was corrected or erased.</summary>
    internal const string CorrectedCollection = "history.corrected";

    internal List<HistoryChange> HistoryChanges { get; } = [];

    /// <summary>The entity as it is or, where it does not exist now but has a history, as it last was; null where it has neither.</summary>
    internal (Entity State, bool Gone)? FindLast(string id)
    {
        if (Find(id) is { } living) return (living, false);
        var staged = HistoryChanges.FindLast(c => c.Id == id && c.Last is not null)?.Last;
        var last = staged ?? find(id)?.Last ?? find(id)?.Entity;
        return last is null || last.Types.Count == 0 ? null : (last, true);
    }

    /// <summary>Adds instances to the history of an entity that does not exist now, and says what its history is found by.</summary>
    internal void RecordAbsent(Entity last, IReadOnlyList<EntityAttribute> attributes)
    {
        var stamped = Stamp(attributes, null);
        HistoryChanges.Add(new(last.Id) { Last = last with { CreatedAt = last.CreatedAt == default ? Now : last.CreatedAt, ModifiedAt = Now }, Recorded = stamped });
    }

    /// <summary>Replaces stored rows of an entity's history by others.</summary>
    internal void CorrectHistory(string id, IReadOnlyList<HistoryRow> removed, IReadOnlyList<(long, long, IReadOnlyList<EntityAttribute>)> rewritten, Entity? last)
    {
        HistoryChanges.Add(new(id) { Removed = removed, Rewritten = rewritten, Last = last });
        PutDocument(CorrectedCollection, id, []);
    }

    /// <summary>Erases the whole history of an entity; its present state, where it exists, stays.</summary>
    internal void EraseHistory(string id)
    {
        var last = Find(id) is null && FindLast(id) is { } gone ? gone.State with { Types = [], Scopes = [], Attributes = [], ModifiedAt = Now } : null;
        HistoryChanges.Add(new(id) { Erases = true, Last = last });
        PutDocument(CorrectedCollection, id, []);
    }
}
