using Dalgu.Hub.Entities;

namespace Dalgu.Hub.Query;

/// <summary>The one place that decides whether an entity matches a query, so that every store answers alike.</summary>
internal static class Evaluator
{
    public static bool Matches(Entity entity, EntityQuery query, IReadOnlyDictionary<string, Entity>? linked = null)
    {
        if (query.Types is { } types && !types.Matches(entity.Types)) return false;
        if (query.Ids is { } ids && !ids.Contains(entity.Id)) return false;
        if (query.IdPattern is { } pattern && !Matches(pattern, entity.Id)) return false;
        if (query.AnyOf is { } selectors && !AnySelects(entity, selectors)) return false;
        if (query.Attributes is { } attributes && !HasAny(entity, attributes)) return false;
        if (query.Scopes is { } scopes && !scopes.Matches(entity.Scopes)) return false;
        if (query.DatasetIds is { } datasets && !HasDataset(entity, datasets)) return false;
        if (query.Q is { } q && !q.Matches(entity, linked)) return false;
        return query.Geo is not { } geo || geo.Matches(entity);
    }

    /// <summary>True where the narrowing of a store matches exactly what the query does.</summary>
    public static bool IsDecidedByNarrowing(EntityQuery query) =>
        (query.Types is null || query.Types.IsAnyOf) && query.IdPattern is null && query.Attributes is null && query.Scopes is null && query.DatasetIds is null
        && query.Q is null && query.Geo is null && query.Ids is null && query.AnyOf is null;

    private static bool AnySelects(Entity entity, IReadOnlyList<EntitySelector> selectors)
    {
        foreach (var (types, ids, pattern) in selectors)
            if ((types is null || types.Matches(entity.Types)) && (ids is not null ? ids.Contains(entity.Id) : pattern is null || Matches(pattern, entity.Id))) return true; // an id goes before a pattern
        return false;
    }

    internal static bool Matches(System.Text.RegularExpressions.Regex pattern, string id)
    {
        try
        {
            return pattern.IsMatch(id);
        }
        catch (System.Text.RegularExpressions.RegexMatchTimeoutException)
        {
            throw new Problem(ProblemKind.TooComplexQuery, $"The pattern \"{Iri.Shorten(pattern.ToString())}\" takes too long to match; write a simpler one.");
        }
    }

    private static bool HasAny(Entity entity, IReadOnlyList<string> attributes)
    {
        for (var i = 0; i < attributes.Count; i++) if (entity.Find(attributes[i]) is not null) return true;
        return false;
    }

    private static bool HasDataset(Entity entity, IReadOnlyList<string> datasets)
    {
        foreach (var attribute in entity.Attributes)
            foreach (var instance in attribute.Instances)
                if (datasets.Contains(instance.DatasetId ?? "@none")) return true;
        return false;
    }
}
