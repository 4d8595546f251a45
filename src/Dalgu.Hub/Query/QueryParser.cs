using System.Globalization;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;

namespace Dalgu.Hub.Query;

/// <summary>Reads the texts of query parameters into an <see cref="EntityQuery"/>, names expanded by a context.</summary>
public sealed class QueryParser(LdContext context, HubOptions options)
{
    /// <summary>Reads what a lookup of parameters gives: id, type, idPattern, attrs, q, scopeQ, georel and its companions, datasetId, orderBy, limit, offset.</summary>
    /// <exception cref="Problem">BadRequestData where a text cannot be read.</exception>
    public EntityQuery Parse(Func<string, string?> parameter)
    {
        foreach (var name in (ReadOnlySpan<string>)["type", "q", "scopeQ", "attrs", "pick", "omit", "orderBy", "collation", "orderFrom", "expandValues", "jsonKeys", "georel", "geometry", "idPattern"])
        {
            var value = parameter(name);
            if (value is { Length: 0 }) throw new Problem(ProblemKind.BadRequestData, $"The parameter {name} is empty; leave it out or give it a value.");
            if (value?.Length > options.MaxExpressionLength) throw new Problem(ProblemKind.TooComplexQuery, $"The parameter {name} has {value.Length} characters; the limit is {options.MaxExpressionLength}.");
        }
        return new EntityQuery
        {
            Types = parameter("type") is { } type and not "*" ? TypeSelection.Parse(type, context) : null,
            Ids = Ids(parameter("id")),
            IdPattern = parameter("idPattern") is { } pattern ? Patterns.Compile(pattern, options) : null,
            Attributes = parameter("attrs") is { } attrs ? [.. Names(attrs).Select(AttributeAlone)] : PickedAlone(parameter("pick")),
            Q = parameter("q") is { } q ? QExpression.Parse(q, context, options, Expanded(parameter)) : null,
            ExpandsValues = parameter("expandValues") is not null,
            Scopes = parameter("scopeQ") is { } scopes ? ScopeQuery.Parse(scopes) : null,
            Geo = Geo(parameter),
            DatasetIds = Datasets(parameter("datasetId")),
            Order = Order(parameter),
            Limit = Count(parameter("limit"), "limit", options.DefaultPageSize, options.MaxPageSize),
            Offset = Count(parameter("offset"), "offset", 0, int.MaxValue),
        };
    }

    /// <summary>The ids of a list.</summary>
    public static string[]? Ids(string? list) => list is null ? null
        : [.. Names(list).Select(i => Iri.Require(i, "The id"))];

    /// <summary>The datasets of a list; "@none" is the default instance.</summary>
    public static string[]? Datasets(string? list) => list is null ? null
        : [.. Names(list).Select(d => d == "@none" ? d : Iri.Require(d, "The datasetId"))];

    /// <summary>A list of member names for pick and omit: id, type and scope as they are, others as IRIs.</summary>
    public IReadOnlySet<string>? Members(string? list) => list is null ? null
        : Names(list).Select(n => n is "id" or "type" or "scope" ? n : Attribute(n)).ToHashSet(StringComparer.Ordinal);

    /// <summary>A list of members for pick and omit, with those of linked entities in braces.</summary>
    public Projection? Projection(string? list) => Query.Projection.Parse(list, context);

    private string Attribute(string name)
    {
        Entities.EntityJsonReader.CheckName(name);
        return context.ExpandAttribute(name);
    }

    private string AttributeAlone(string name) => name is "id" or "type" ? throw new Problem(ProblemKind.BadRequestData, $"attrs names \"{name}\", which is no attribute; pick chooses members of every kind.") : Attribute(name);

    /// <summary>What pick says of which entities match: where it names attributes alone, an entity has one of them (clause 4.21).</summary>
    private string[]? PickedAlone(string? pick) => Projection(pick)?.Members is { } members && !members.Contains("id") && !members.Contains("type") && !members.Contains("scope") ? [.. members] : null;

    private static IEnumerable<string> Names(string list)
    {
        var names = list.Split(',', StringSplitOptions.TrimEntries);
        if (names.Any(n => n.Length == 0)) throw new Problem(ProblemKind.BadRequestData, $"The list \"{Iri.Shorten(list)}\" has an empty member.");
        return names;
    }

    private GeoQuery? Geo(Func<string, string?> parameter)
    {
        var (georel, geometry, coordinates, property) = (parameter("georel"), parameter("geometry"), parameter("coordinates"), parameter("geoproperty"));
        if (georel is null && geometry is null && coordinates is null) return property is null ? null : throw Missing();
        return georel is null || geometry is null || coordinates is null ? throw Missing() : GeoQuery.Parse(georel, geometry, coordinates, property, context);

        static Problem Missing() => new(ProblemKind.BadRequestData, "A geo-query needs georel, geometry and coordinates together.");
    }

    /// <summary>The attributes (IRIs) whose values in a filter are terms of the @context: those of expandValues that are not said to be plain JSON by jsonKeys (clause 4.9).</summary>
    private HashSet<string>? Expanded(Func<string, string?> parameter)
    {
        var plain = parameter("jsonKeys") is { } keys ? Names(keys).Select(Attribute).ToHashSet(StringComparer.Ordinal) : [];
        return parameter("expandValues") is { } list ? [.. Names(list).Select(Attribute).Where(a => !plain.Contains(a))] : null;
    }

    private EntityOrder Order(Func<string, string?> parameter)
    {
        var collation = parameter("collation") is { } name ? Collation.Parse(name) : Collation.Root;
        if (parameter("orderBy") is not { } text) return collation == Collation.Root ? EntityOrder.ById : new([], collation);
        OrderTerm[] terms = [.. Names(text).Select(Term)];
        if (!terms.Any(t => t.ByDistance)) return new(terms, collation);
        var from = parameter("orderFrom") ?? throw new Problem(ProblemKind.BadRequestData, "The order is by distance and does not say from where; name the coordinates in orderFrom, such as [128.6,35.87] (clause 4.23.3).");
        return new(terms, collation, GeoQuery.Reference(parameter("orderGeometry") ?? "Point", from, "the order"));
    }

    private OrderTerm Term(string term)
    {
        var parts = term.Split(';');
        if (parts.Length > 2 || parts.Length == 2 && parts[1] is not ("asc" or "desc" or "dist-asc" or "dist-desc"))
            throw new Problem(ProblemKind.BadRequestData, $"The order \"{Iri.Shorten(term)}\" is not valid; write a path, or a path and ;asc, ;desc, ;dist-asc or ;dist-desc.");
        var direction = parts.Length == 2 ? parts[1] : "asc";
        return new(AttributePath.Parse(parts[0], context), direction.EndsWith("desc", StringComparison.Ordinal), direction.StartsWith("dist", StringComparison.Ordinal));
    }

    private static int Count(string? text, string name, int fallback, int most)
    {
        if (text is null) return fallback;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            throw new Problem(ProblemKind.BadRequestData, $"The {name} \"{Iri.Shorten(text)}\" is no whole number of 0 or more.");
        return value <= most ? value : throw new Problem(ProblemKind.TooManyResults, $"The {name} is {value}; the most is {most}. Fetch the results in pages.");
    }
}
