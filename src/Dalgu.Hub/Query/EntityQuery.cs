namespace Dalgu.Hub.Query;

/// <summary>What is asked for, with every name expanded to its IRI. The evaluator decides with it which entities match.</summary>
public sealed record EntityQuery
{
    /// <summary>The type selection, or null for any type (clause 4.17).</summary>
    public TypeSelection? Types { get; init; }
    /// <summary>The ids asked for; null for any.</summary>
    public IReadOnlyList<string>? Ids { get; init; }
    /// <summary>A pattern that the id matches; null for any.</summary>
    public System.Text.RegularExpressions.Regex? IdPattern { get; init; }
    /// <summary>Selectors of which an entity satisfies at least one, beside the rest of the query; null for any.</summary>
    public IReadOnlyList<EntitySelector>? AnyOf { get; init; }
    /// <summary>Attributes (IRIs) of which an entity has at least one; null for any.</summary>
    public IReadOnlyList<string>? Attributes { get; init; }
    /// <summary>The filter over attributes (clause 4.9).</summary>
    public QExpression? Q { get; init; }
    /// <summary>True where terms in the filter were expanded by the @context of the request, so that its text alone does not say what it means.</summary>
    internal bool ExpandsValues { get; init; }
    /// <summary>The filter over places (clause 4.10).</summary>
    public GeoQuery? Geo { get; init; }
    /// <summary>The filter over scopes (clause 4.19).</summary>
    public ScopeQuery? Scopes { get; init; }
    /// <summary>Only instances of these datasets; "@none" is the default instance. Null for all.</summary>
    public IReadOnlyList<string>? DatasetIds { get; init; }
    /// <summary>The order of the matches.</summary>
    public EntityOrder Order { get; init; } = EntityOrder.ById;
    /// <summary>How many matches to skip.</summary>
    public int Offset { get; init; }
    /// <summary>The most matches to return.</summary>
    public int Limit { get; init; } = int.MaxValue;

    /// <summary>True where attrs or q look at an attribute that is not one of the system's.</summary>
    internal bool LooksAtAttributes => Attributes?.Any(a => !IsSystem(a)) == true || Q?.Roots.Any(r => !IsSystem(r)) == true;

    private static bool IsSystem(string iri) => iri.StartsWith(Contexts.CoreContext.Namespace, StringComparison.Ordinal) && iri[Contexts.CoreContext.Namespace.Length..] is "createdAt" or "modifiedAt" or "deletedAt" or "expiresAt";

    /// <summary>All entities of one type.</summary>
    public static EntityQuery OfType(string typeIri) => new() { Types = TypeSelection.Of(typeIri) };
}

/// <summary>Selects entities by type, ids and pattern together (clause 5.2.33).</summary>
public sealed record EntitySelector(TypeSelection? Types, IReadOnlyList<string>? Ids, System.Text.RegularExpressions.Regex? IdPattern);

/// <summary>A page of a query.</summary>
/// <param name="Entities">The matches of the page.</param>
/// <param name="Total">How many match in all; null where it was not asked for.</param>
/// <param name="HasMore">True where matches follow the page.</param>
public sealed record EntityPage(IReadOnlyList<Entities.Entity> Entities, long? Total, bool HasMore);
