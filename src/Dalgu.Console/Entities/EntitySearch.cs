using Dalgu.Console.Display;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;

namespace Dalgu.Console.Entities;

/// <summary>Finds entities by a part of their id or name, as far as they may be seen.</summary>
/// <param name="Found">What was found: names that begin with the words first, then by name.</param>
/// <param name="Complete">False where the search ended at its limit.</param>
public sealed record EntitySearch(IReadOnlyList<Entity> Found, bool Complete)
{
    /// <summary>The most entities that are shown.</summary>
    public const int Most = 100;
    private const int MostExamined = 100_000;

    /// <summary>Searches.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="words">What to look for; every word must be in the id, the name or the type.</param>
    /// <param name="rights">Who asks.</param>
    /// <param name="cancel">Ends the search.</param>
    public static async Task<EntitySearch> RunAsync(Tenant tenant, string words, Rights rights, CancellationToken cancel)
    {
        var parts = words.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var found = new List<(Entity Entity, string Name)>();
        if (parts.Length == 0) return new([], true);
        var examined = 0;
        var complete = true;
        await foreach (var entity in tenant.EnumerateAsync(new EntityQuery(), rights, cancel))
        {
            if (++examined > MostExamined || found.Count == Most)
            {
                complete = false;
                break;
            }
            var name = Names.Of(entity);
            if (Array.TrueForAll(parts, p => Has(name, p) || Has(entity.Id, p) || Has(Names.Short(entity.Types[0]), p) || Has(TypeWords.Of(entity.Types[0]), p))) found.Add((entity, name));
        }
        return new([.. found.OrderByDescending(f => f.Name.StartsWith(words, StringComparison.OrdinalIgnoreCase)).ThenBy(f => f.Name, StringComparer.Ordinal).Select(f => f.Entity)], complete);
    }

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);
}
