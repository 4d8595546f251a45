using Dalgu.Console.Display;
using Dalgu.Hub.Entities;

namespace Dalgu.Console.Entities;

/// <summary>The columns of a table of entities.</summary>
public static class EntityColumns
{
    private static readonly HashSet<string> NotShown = [Names.DataProvider, Names.Expand("name"), Names.Expand("description"), Names.Expand("dateObserved")];

    /// <summary>The attributes (IRIs) that most of the entities have, in the order in which they come: numbers first, then texts and relationships; places last.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<Entity> entities, int most = 7)
    {
        var counts = new Dictionary<string, (int Count, int Order, int Rank)>(StringComparer.Ordinal);
        foreach (var entity in entities)
            foreach (var attribute in entity.Attributes)
            {
                if (NotShown.Contains(attribute.Name)) continue;
                var instance = attribute.Default;
                var rank = AttributeText.NumberOf(instance) is not null ? 0 : instance.Kind == AttributeKind.GeoProperty ? 2 : 1;
                var (count, order, oldRank) = counts.TryGetValue(attribute.Name, out var old) ? old : (0, counts.Count, rank);
                counts[attribute.Name] = (count + 1, order, Math.Min(rank, oldRank));
            }
        return [.. counts.OrderBy(c => c.Value.Rank).ThenByDescending(c => c.Value.Count).ThenBy(c => c.Value.Order).Take(most).Select(c => c.Key)];
    }

    /// <summary>Every attribute of the entities, in the order in which they come.</summary>
    public static IReadOnlyList<string> All(IReadOnlyList<Entity> entities) =>
        [.. entities.SelectMany(e => e.Attributes).Select(a => a.Name).Distinct(StringComparer.Ordinal)];
}
