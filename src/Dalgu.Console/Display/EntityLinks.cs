namespace Dalgu.Console.Display;

/// <summary>The addresses of entities' pages.</summary>
public static class EntityLinks
{
    /// <summary>The page of an entity.</summary>
    public static string Page(string id) => "/entities/" + Escape(id);

    /// <summary>The history of one of its attributes.</summary>
    public static string History(string id, string attribute) => $"{Page(id)}?tab=history&attribute={Uri.EscapeDataString(attribute)}";

    /// <summary>The table of a type, filtered by a q where one is given.</summary>
    public static string OfType(string type, string? q = null) =>
        "/entities?type=" + Uri.EscapeDataString(type) + (q is null ? "" : "&q=" + Uri.EscapeDataString(q));

    /// <summary>The entity in the open interface.</summary>
    public static string Api(string id) => "/ngsi-ld/v1/entities/" + Uri.EscapeDataString(id);

    // Colons are legal in a path and read better; everything else that is reserved is escaped.
    private static string Escape(string id) => Uri.EscapeDataString(id).Replace("%3A", ":", StringComparison.Ordinal);
}
