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

    private static Dictionary<string, string> Definitions()
    {
        var definitions = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ngsi-ld"] = Namespace,
            ["geojson"] = "https://purl.org/geojson/vocab#",
            ["description"] = "http://purl.org/dc/terms/description",
            ["title"] = "http://purl.org/dc/terms/title",
        };
        foreach (var name in new[] { "location", "observationSpace", "operationSpace", "Property", "Relationship", "GeoProperty", "LanguageProperty",
            "VocabProperty", "ListProperty", "ListRelationship", "JsonProperty", "Date", "DateTime", "Time", "createdAt", "modifiedAt", "deletedAt",
            "observedAt", "expiresAt", "unitCode", "datasetId", "instanceId", "scope", "Subscription", "ContextSourceRegistration", "Notification" })
            definitions[name] = Namespace + name;
        foreach (var name in new[] { "Feature", "FeatureCollection", "GeometryCollection", "LineString", "MultiLineString", "MultiPoint", "MultiPolygon", "Point", "Polygon" })
            definitions[name] = "https://purl.org/geojson/vocab#" + name;
        return definitions;
    }
}
