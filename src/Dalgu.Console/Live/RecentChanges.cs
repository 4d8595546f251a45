using Dalgu.Console.Display;
using Dalgu.Hub.Access;
using Dalgu.Hub.Changes;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;

namespace Dalgu.Console.Live;

/// <summary>A value that changed lately.</summary>
/// <param name="Entity">The entity after the change.</param>
/// <param name="AttributeIri">The attribute's IRI.</param>
/// <param name="Instance">The new value.</param>
/// <param name="Before">The number before, where both are numbers.</param>
/// <param name="Recorded">When the city recorded it, UTC.</param>
public sealed record RecentChange(Entity Entity, string AttributeIri, AttributeInstance Instance, double? Before, DateTime Recorded)
{
    /// <summary>The entity's id.</summary>
    public string Id => Entity.Id;
    /// <summary>What the entity is called.</summary>
    public string Name => Names.Of(Entity);
    /// <summary>The attribute's short name.</summary>
    public string Attribute => Names.Compact(AttributeIri);
    /// <summary>The value as text.</summary>
    public string Text => AttributeText.Of(Instance).Text;
    /// <summary>The unit's symbol.</summary>
    public string Unit => Units.Symbol(Instance.UnitCode);
    /// <summary>By how much it went up or down, such as "↑ 6"; null where nothing can be said.</summary>
    public string? Arrow => AttributeText.NumberOf(Instance) is { } now && Before is { } then && Math.Abs(now - then) > Math.Abs(now) * 1e-6
        ? (now > then ? "↑ " : "↓ ") + Figures.Number(Math.Abs(now - then)) : null;
}

/// <summary>The last changes of values, newest last, in memory. A page reads as far as its visitor may see. Thread-safe.</summary>
public sealed class RecentChanges
{
    private const int Kept = 400;
    private readonly Lock gate = new();
    private readonly Queue<RecentChange> changes = new();
    private readonly List<RecentChange> newest = []; // those of the commit that is taken

    /// <summary>Takes the changes of a commit: one entry a number that changed, or the first attribute where none is a number.</summary>
    public void Take(IReadOnlyList<Change> commit)
    {
        lock (gate)
        {
            // From the newest back: of a large commit the last ones are all that can stay.
            newest.Clear();
            for (var at = commit.Count - 1; at >= 0 && newest.Count < Kept; at--) Take(commit[at]);
            for (var i = newest.Count - 1; i >= 0; i--) changes.Enqueue(newest[i]);
            while (changes.Count > Kept) changes.Dequeue();
        }
    }

    /// <summary>Takes what a change says of now, newest first: a back-fill says nothing, nor does an entity that is gone.</summary>
    private void Take(Change change)
    {
        if (change.Kind == ChangeKind.History || change.After is not { } after) return;
        RecentChange? first = null;
        var before = newest.Count;
        foreach (var name in change.Attributes) // the first attribute counts as the newest
        {
            if (after.Find(name) is not { } attribute) continue;
            var instance = attribute.Default;
            var isNumber = AttributeText.NumberOf(instance) is not null;
            if (!isNumber && first is not null) continue;
            var entry = new RecentChange(after, name, instance, change.Before?.Find(name) is { } old ? AttributeText.NumberOf(old.Default) : null, change.Recorded);
            if (isNumber) newest.Add(entry);
            else first = entry;
        }
        if (newest.Count == before && first is not null) newest.Add(first);
    }

    /// <summary>The last changes that may be seen, newest first; one for each entity, so that one busy station does not fill the list.</summary>
    /// <param name="limit">The most to return.</param>
    /// <param name="rights">Who asks.</param>
    /// <param name="type">Only this type (IRI); null for all.</param>
    public IReadOnlyList<RecentChange> Latest(int limit, Rights rights, string? type = null)
    {
        RecentChange[] all;
        lock (gate) all = [.. changes];
        var latest = new List<RecentChange>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = all.Length - 1; i >= 0 && latest.Count < limit; i--)
            if ((type is null || all[i].Entity.Types.Contains(type, StringComparer.Ordinal)) && rights.MayRead(all[i].Entity) && !rights.IsSensitive(all[i].Entity.Types) && seen.Add(all[i].Id)) latest.Add(all[i]);
        return latest;
    }
}
