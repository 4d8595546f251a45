using System.Text.Json;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;

namespace Dalgu.Console.Display;

/// <summary>What things are called on a page: the short names of types and attributes, the names of entities.</summary>
public static class Names
{
    private static readonly string[] NameAttributes = [Expand("name"), Expand("title"), Expand("alternateName"), Expand("stationName"), "https://schema.org/name", "https://schema.org/alternateName"];

    /// <summary>The attribute that says who provides an entity's data.</summary>
    public static readonly string DataProvider = Expand("dataProvider");

    /// <summary>The value of <see cref="DataProvider"/> that marks what a generator made.</summary>
    public const string SyntheticProvider = "synthetic";

    /// <summary>The IRI of a short name.</summary>
    public static string Expand(string name) => CoreContext.Instance.Expand(name);

    /// <summary>The name by which the core @context knows an IRI; the IRI itself where it knows none. Good for addresses: <see cref="Expand"/> takes it back.</summary>
    public static string Compact(string iri) => CoreContext.Instance.Compact(iri);

    /// <summary>The name to print for an IRI: its short name, or what follows its last # or /.</summary>
    public static string Short(string iri)
    {
        var name = Compact(iri);
        if (!name.Contains("://", StringComparison.Ordinal)) return name;
        var cut = name.LastIndexOfAny(['#', '/']);
        return cut >= 0 && cut < name.Length - 1 ? name[(cut + 1)..] : name;
    }

    /// <summary>What an entity is called: its name in the language of the page, or the last part of its id.</summary>
    public static string Of(Entity entity)
    {
        foreach (var name in NameAttributes)
            if (entity.Find(name) is { } attribute && AttributeText.Of(attribute.Default).Text is { Length: > 0 } text) return text;
        return OfId(entity.Id);
    }

    /// <summary>The part of an id that tells entities of a type apart.</summary>
    public static string OfId(string id)
    {
        var parts = id.Split(':');
        return parts.Length > 3 && parts[0] == "urn" && parts[1] == "ngsi-ld" ? string.Join(':', parts[3..]) : id;
    }

    /// <summary>Who provides an entity's data, as it says itself; null where it does not.</summary>
    public static string? ProviderOf(Entity entity)
    {
        if (entity.Find(DataProvider) is not { } attribute) return null;
        var value = attribute.Default.Value.Span;
        if (value.Length < 2 || value[0] != '"') return null;
        var reader = new Utf8JsonReader(value);
        return reader.Read() ? reader.GetString() : null;
    }

    /// <summary>True where a generator made the entity's data.</summary>
    public static bool IsSynthetic(Entity entity) => ProviderOf(entity) == SyntheticProvider;
}
