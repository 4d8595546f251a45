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

/// <summary>The last changes, newest last, in memory. What they say is looked at when a page asks: most are never seen. A page reads as far as its visitor may see. Thread-safe.</summary>
public sealed class RecentChanges
{
    private const int Kept = 400;
    private readonly Lock gate = new();
    private readonly Queue<Change> changes = new(Kept);

    /// <summary>Takes the changes of a commit.</summary>
    public void Take(IReadOnlyList<Change> commit)
    {
        lock (gate)
        {
            foreach (var change in commit)
            {
                if (!Tells(change)) continue;
                if (changes.Count == Kept) changes.Dequeue();
                changes.Enqueue(change);
            }
        }
    }

    /// <summary>True where a change says something of now: a back-fill does not, nor does an entity that is gone.</summary>
    private static bool Tells(Change change) => change.Kind != ChangeKind.History && change.After is not null;

    /// <summary>The last changes that may be seen, newest first; one for each entity, so that one busy station does not fill the list. Of several values that a change
    /// brought it shows the first number, or the first value where none is a number.</summary>
    /// <param name="limit">The most to return.</param>
    /// <param name="rights">Who asks.</param>
    /// <param name="type">Only this type (IRI); null for all.</param>
    public IReadOnlyList<RecentChange> Latest(int limit, Rights rights, string? type = null)
    {
        Change[] all;
        lock (gate) all = [.. changes];
        var latest = new List<RecentChange>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = all.Length - 1; i >= 0 && latest.Count < limit; i--)
        {
            var after = all[i].After!;
            if ((type is null || after.Types.Contains(type, StringComparer.Ordinal)) && rights.MayRead(after) && !rights.IsSensitive(after.Types) && !seen.Contains(after.Id) && Shown(all[i], after) is { } shown)
            {
                latest.Add(shown);
                seen.Add(after.Id);
            }
        }
        return latest;
    }

    private static RecentChange? Shown(Change change, Entity after)
    {
        RecentChange? first = null;
        foreach (var name in change.Attributes)
        {
            if (after.Find(name) is not { } attribute) continue;
            var isNumber = AttributeText.NumberOf(attribute.Default) is not null;
            if (!isNumber && first is not null) continue;
            var before = change.Before?.Find(name) is { } old ? AttributeText.NumberOf(old.Default) : null;
            var shown = new RecentChange(after, name, attribute.Default, before, change.Recorded);
            if (isNumber) return shown;
            first = shown;
        }
        return first;
    }
}
