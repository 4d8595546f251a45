namespace Dalgu.Hub.Entities;

/// <summary>The forms in which entities are written (clauses 4.5.1 to 4.5.4 and 4.5.16).</summary>
public enum EntityFormat
{
    /// <summary>Every attribute with its kind and all that is known of it.</summary>
    Normalized,
    /// <summary>Normalized without what can be inferred.</summary>
    Concise,
    /// <summary>Attribute names and values alone ("keyValues").</summary>
    Simplified,
}

/// <summary>How entities are written.</summary>
public sealed record Representation
{
    /// <summary>Normalized, without system attributes.</summary>
    public static readonly Representation Default = new();
    /// <summary>The form.</summary>
    public EntityFormat Format { get; init; }
    /// <summary>True adds createdAt and modifiedAt.</summary>
    public bool SystemAttributes { get; init; }
    /// <summary>The language in which a LanguageProperty becomes a text; null leaves the map.</summary>
    public string? Language { get; init; }
    /// <summary>The members to write: attribute IRIs, and <c>id</c>, <c>type</c>, <c>scope</c>; null for all.</summary>
    public IReadOnlySet<string>? Pick { get; init; }
    /// <summary>The members not to write, named likewise.</summary>
    public IReadOnlySet<string>? Omit { get; init; }
    /// <summary>The datasets to write; "@none" is the default instance. Null for all.</summary>
    public IReadOnlyList<string>? DatasetIds { get; init; }
    /// <summary>The GeoProperty (IRI) that becomes a GeoJSON feature's geometry.</summary>
    public string GeometryProperty { get; init; } = Contexts.CoreContext.Namespace + "location";

    /// <summary>True leaves the @context out of GeoJSON; a Link header has it then.</summary>
    public bool PlainGeoJson { get; init; }

    /// <summary>What pick says of the entities behind relationships; null for nothing.</summary>
    public Query.Projection? PickWithin { get; init; }
    /// <summary>What omit says of the entities behind relationships; null for nothing.</summary>
    public Query.Projection? OmitWithin { get; init; }
    /// <summary>How many levels of linked entities are joined; 0 for none.</summary>
    public int JoinLevel { get; init; }
    /// <summary>The linked entities that are written inside the relationships; null writes none inside.</summary>
    public IReadOnlyDictionary<string, Entity>? Linked { get; init; }
    /// <summary>The entities around the one that is written, which are not written again inside it.</summary>
    public IReadOnlyList<string> Around { get; init; } = [];

    /// <summary>How the entities behind a relationship are written.</summary>
    internal Representation Within(string attribute)
    {
        var (pick, omit) = (PickWithin?.Within.GetValueOrDefault(attribute), OmitWithin?.Within.GetValueOrDefault(attribute));
        return this with { JoinLevel = JoinLevel - 1, Pick = pick?.Members, PickWithin = pick, Omit = omit?.Plain, OmitWithin = omit, DatasetIds = null };
    }
    /// <summary>What a notification adds about the change; null outside notifications.</summary>
    internal ChangeMarks? Marks { get; init; }

    internal bool Writes(string member) => (Pick is null || Pick.Contains(member)) && (Omit is null || !Omit.Contains(member));

    internal bool WritesDataset(string? dataset) => DatasetIds is null || DatasetIds.Contains(dataset ?? "@none");
}
