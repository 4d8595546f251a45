namespace Dalgu.Hub.Contexts;

/// <summary>The core @context of NGSI-LD, built in: nothing is fetched. Its terms win over every user @context.</summary>
public static class CoreContext
{
    /// <summary>Where names go that no @context defines.</summary>
    public const string DefaultVocabulary = "https://uri.etsi.org/ngsi-ld/default-context/";

    /// <summary>The namespace of the core terms.</summary>
    public const string Namespace = "https://uri.etsi.org/ngsi-ld/";

    /// <summary>The address of the version that this program answers with.</summary>
    public const string Address = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld";

    /// <summary>The context.</summary>
    public static LdContext Instance { get; } = new(Definitions(), null, null, System.Text.Encoding.ASCII.GetBytes($"\"{Address}\""));

    /// <summary>True where an address names a version of the core @context, of which every one is built in.</summary>
    public static bool IsCore(string address)
    {
        const string start = "://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context", end = ".jsonld";
        var at = address.IndexOf(start, StringComparison.Ordinal);
        if (at is not (4 or 5) || !address.EndsWith(end, StringComparison.Ordinal)) return false;
        var version = address.AsSpan(at + start.Length)[..^end.Length]; // empty, or such as -v1.9
        if (version.IsEmpty) return true;
        if (!version.StartsWith("-v1.")) return false;
        foreach (var c in version[4..]) if (!char.IsAsciiDigit(c) && c != '.') return false;
        return version.Length > 4;
    }

    // Names that stand for themselves below the namespace.
    private const string Terms = """
        Attribute AttributeList ContextSourceIdentity ContextSourceNotification ContextSourceRegistration Date DateTime EntityMap EntityType
        EntityTypeInfo EntityTypeList ExecutionResultDetails GeoProperty JsonProperty LanguageProperty ListProperty ListRelationship Notification
        Property Relationship Snapshot SnapshotNotification Subscription TemporalProperty Time VocabProperty accept aggrParams aggrMethods
        aggrPeriodDuration attributeCount attributeDetails attributeList attributeName attributeNames attributeTypes attributes attrs avg
        cacheDuration collation contextSourceAlias contextSourceExtras contextSourceInfo contextSourceTimeAt contextSourceUptime cooldown createdAt
        csf data datasetId deletedAt detail distinctCount endAt endTimeAt endpoint entities entity entityCount entityId entityList error errors
        expandValues expiresAt format geoQ geoproperty georel idPattern information instanceId isActive join jsonKeys jsonldContext jsons lang
        lastFailure lastN lastNotification lastSuccess lastUsedAt linkedMaps localOnly location management managementInterval max min mode modifiedAt
        ngsildproof ngsildConformance notification notificationTrigger notifiedAt notifierInfo notUpdated observationInterval observationSpace
        observedAt omit operations operationSpace orderBy ordering pick problemDetails propertyNames q reason receiverInfo refreshRate registrationId
        registrationName relationshipNames resultStatus scope scopeQ showChanges snapshotId snapshotLifetime snapshotPriority snapshotQueries
        snapshotQueriesDetails snapshotStatus snapshotTemporalQueries snapshotTemporalQueriesDetails startAt status stddev subscriptionId
        subscriptionName success sum sumsq sysAttrs temporalQ tenant throttling timeAt timeInterval timeout timeproperty timerel timesFailed timesSent
        totalCount triggerReason typeList typeName typeNames unchanged unitCode updated uri watchedAttributes
        """;

    // Names that stand for another name below the namespace.
    private const string Renamed = """
        containedBy=isContainedBy dataset=hasDataset entityMap=hasEntityMap entityMapLifetime=hasEntityMapLifetime joinLevel=hasJoinLevel json=hasJSON
        key=hasKey languageMap=hasLanguageMap languageMaps=hasLanguageMaps object=hasObject objectList=hasObjectList objectLists=hasObjectLists
        objects=hasObjects objectType=hasObjectType previousJson=hasPreviousJson previousLanguageMap=hasPreviousLanguageMap
        previousObject=hasPreviousObject previousObjectList=hasPreviousObjectList previousValue=hasPreviousValue
        previousValueList=hasPreviousValueList previousVocab=hasPreviousVocab splitEntities=hasSplitEntities value=hasValue valueList=hasValueList
        valueLists=hasValueLists values=hasValues valueType=hasValueType vocab=hasVocab vocabs=hasVocabs
        """;

    private const string GeoJsonTerms = "Feature FeatureCollection GeometryCollection LineString MultiLineString MultiPoint MultiPolygon Point Polygon bbox coordinates features geometry properties";

    private static Dictionary<string, string> Definitions()
    {
        var definitions = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ngsi-ld"] = Namespace,
            ["geojson"] = "https://purl.org/geojson/vocab#",
            ["description"] = "http://purl.org/dc/terms/description",
            ["title"] = "http://purl.org/dc/terms/title",
            ["langString"] = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString",
        };
        foreach (var name in Words(Terms)) definitions[name] = Namespace + name;
        foreach (var pair in Words(Renamed)) definitions[pair[..pair.IndexOf('=')]] = Namespace + pair[(pair.IndexOf('=') + 1)..];
        foreach (var name in Words(GeoJsonTerms)) definitions[name] = "https://purl.org/geojson/vocab#" + name;
        return definitions;
    }

    private static string[] Words(string list) => list.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
}
