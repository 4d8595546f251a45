namespace Dalgu.Hub.Registrations;

/// <summary>The operations that a context source can take part in (clause 4.20, table 4.20-1). A registration has a set of them.</summary>
[Flags]
internal enum SourceOperations : ulong
{
    None = 0,
    CreateEntity = 1ul << 0,
    UpdateEntity = 1ul << 1,
    AppendAttrs = 1ul << 2,
    UpdateAttrs = 1ul << 3,
    DeleteAttrs = 1ul << 4,
    DeleteEntity = 1ul << 5,
    CreateBatch = 1ul << 6,
    UpsertBatch = 1ul << 7,
    UpdateBatch = 1ul << 8,
    DeleteBatch = 1ul << 9,
    UpsertTemporal = 1ul << 10,
    AppendAttrsTemporal = 1ul << 11,
    DeleteAttrsTemporal = 1ul << 12,
    UpdateAttrInstanceTemporal = 1ul << 13,
    DeleteAttrInstanceTemporal = 1ul << 14,
    DeleteTemporal = 1ul << 15,
    MergeEntity = 1ul << 16,
    ReplaceEntity = 1ul << 17,
    ReplaceAttrs = 1ul << 18,
    MergeBatch = 1ul << 19,
    PurgeEntity = 1ul << 20,
    RetrieveEntity = 1ul << 21,
    QueryEntity = 1ul << 22,
    QueryBatch = 1ul << 23,
    RetrieveTemporal = 1ul << 24,
    QueryTemporal = 1ul << 25,
    RetrieveEntityTypes = 1ul << 26,
    RetrieveEntityTypeDetails = 1ul << 27,
    RetrieveEntityTypeInfo = 1ul << 28,
    RetrieveAttrTypes = 1ul << 29,
    RetrieveAttrTypeDetails = 1ul << 30,
    RetrieveAttrTypeInfo = 1ul << 31,
    CreateSubscription = 1ul << 32,
    UpdateSubscription = 1ul << 33,
    RetrieveSubscription = 1ul << 34,
    QuerySubscription = 1ul << 35,
    DeleteSubscription = 1ul << 36,
    RetrieveEntityMap = 1ul << 37,
    UpdateEntityMap = 1ul << 38,
    DeleteEntityMap = 1ul << 39,
    CreateEntityMapQueryEntity = 1ul << 40,
    CreateEntityMapQueryTemporal = 1ul << 41,
    RetrieveContextSourceIdentity = 1ul << 42,
    UpdateAttrsTemporal = 1ul << 43,
    QueryEntityMap = 1ul << 44,
    CreateEntityMap = 1ul << 45,
}

/// <summary>The named groups of operations (table 4.20-2), and the reading of a registration's list.</summary>
internal static class SourceOperationNames
{
    private const SourceOperations Subscriptions = SourceOperations.CreateSubscription | SourceOperations.UpdateSubscription | SourceOperations.RetrieveSubscription
        | SourceOperations.QuerySubscription | SourceOperations.DeleteSubscription;
    private const SourceOperations Discovery = SourceOperations.RetrieveEntityTypes | SourceOperations.RetrieveEntityTypeDetails | SourceOperations.RetrieveEntityTypeInfo
        | SourceOperations.RetrieveAttrTypes | SourceOperations.RetrieveAttrTypeDetails | SourceOperations.RetrieveAttrTypeInfo;
    private const SourceOperations Association = SourceOperations.RetrieveEntity | SourceOperations.QueryEntity | SourceOperations.QueryBatch | Discovery | Subscriptions
        | SourceOperations.RetrieveContextSourceIdentity;

    /// <summary>What a registration supports that names no operations.</summary>
    public const SourceOperations Federation = Association | SourceOperations.RetrieveEntityMap | SourceOperations.UpdateEntityMap | SourceOperations.DeleteEntityMap
        | SourceOperations.CreateEntityMapQueryEntity;

    /// <summary>All that an auxiliary registration may support (clause 5.9.2.4).</summary>
    public const SourceOperations Auxiliary = SourceOperations.RetrieveEntity | SourceOperations.QueryEntity;

    /// <summary>The operations that write histories (clauses 5.6.11 to 5.6.16).</summary>
    public const SourceOperations TemporalWrites = SourceOperations.UpsertTemporal | SourceOperations.AppendAttrsTemporal | SourceOperations.DeleteAttrsTemporal
        | SourceOperations.UpdateAttrInstanceTemporal | SourceOperations.DeleteAttrInstanceTemporal | SourceOperations.UpdateAttrsTemporal | SourceOperations.DeleteTemporal;

    private const SourceOperations Redirection = SourceOperations.CreateEntity | SourceOperations.UpdateEntity | SourceOperations.AppendAttrs | SourceOperations.UpdateAttrs
        | SourceOperations.DeleteAttrs | SourceOperations.DeleteEntity | SourceOperations.MergeEntity | SourceOperations.ReplaceEntity | SourceOperations.ReplaceAttrs
        | SourceOperations.RetrieveEntity | SourceOperations.QueryEntity | SourceOperations.PurgeEntity;

    private static readonly Dictionary<string, SourceOperations> ByName = Names();

    private static Dictionary<string, SourceOperations> Names()
    {
        var names = new Dictionary<string, SourceOperations>(StringComparer.Ordinal)
        {
            ["federationOps"] = Federation,
            ["associationOps"] = Association,
            ["updateOps"] = SourceOperations.UpdateEntity | SourceOperations.UpdateAttrs | SourceOperations.ReplaceEntity | SourceOperations.ReplaceAttrs,
            ["retrieveOps"] = Auxiliary,
            ["redirectionOps"] = Redirection,
        };
        foreach (var operation in Enum.GetValues<SourceOperations>())
            if (operation != SourceOperations.None) names[char.ToLowerInvariant(operation.ToString()[0]) + operation.ToString()[1..]] = operation;
        return names;
    }

    /// <summary>The operations of a name or a group; null where there is none of the name.</summary>
    public static SourceOperations? Find(string name) => ByName.TryGetValue(name, out var found) ? found : null;
}
