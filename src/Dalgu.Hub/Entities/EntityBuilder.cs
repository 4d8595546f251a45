using System.Globalization;
using System.Text.Json;
using Dalgu.Hub.Contexts;

namespace Dalgu.Hub.Entities;

/// <summary>Builds an entity from short names of the core @context. For desks and sources; not thread-safe.</summary>
public sealed class EntityBuilder(string id, params string[] types)
{
    private readonly List<EntityAttribute> attributes = [];
    private List<string>? scopes;

    /// <summary>Adds a Property with a number.</summary>
    public EntityBuilder Number(string name, double value, string? unitCode = null, DateTime? observedAt = null) =>
        Add(name, AttributeKind.Property, System.Text.Encoding.ASCII.GetBytes(value.ToString("R", CultureInfo.InvariantCulture)), unitCode, observedAt);

    /// <summary>Adds a Property with a text.</summary>
    public EntityBuilder Text(string name, string value, DateTime? observedAt = null) =>
        Add(name, AttributeKind.Property, JsonSerializer.SerializeToUtf8Bytes(value, PlainJson.Options), null, observedAt);

    /// <summary>Adds a Property with true or false.</summary>
    public EntityBuilder Flag(string name, bool value) => Add(name, AttributeKind.Property, value ? "true"u8.ToArray() : "false"u8.ToArray(), null, null);

    /// <summary>Adds a Property with any JSON value.</summary>
    public EntityBuilder Json(string name, ReadOnlyMemory<byte> json) => Add(name, AttributeKind.Property, json, null, null);

    /// <summary>Adds a Relationship to an entity.</summary>
    public EntityBuilder Relationship(string name, string target) =>
        Add(name, AttributeKind.Relationship, JsonSerializer.SerializeToUtf8Bytes(target, PlainJson.Options), null, null);

    /// <summary>Adds a GeoProperty that is a point.</summary>
    public EntityBuilder Point(string name, GeoPoint point) =>
        Geometry(name, System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"type\":\"Point\",\"coordinates\":[{point.Longitude},{point.Latitude}]}}")));

    /// <summary>Adds a GeoProperty with a GeoJSON geometry.</summary>
    public EntityBuilder Geometry(string name, ReadOnlyMemory<byte> geoJson) => Add(name, AttributeKind.GeoProperty, geoJson, null, null);

    /// <summary>Adds a LanguageProperty of Korean and English texts.</summary>
    public EntityBuilder Language(string name, string korean, string english) =>
        Add(name, AttributeKind.LanguageProperty, JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["ko"] = korean, ["en"] = english }, PlainJson.Options), null, null);

    /// <summary>Adds a scope, such as <c>/대구/중구</c>.</summary>
    public EntityBuilder Scope(string scope)
    {
        (scopes ??= []).Add(scope);
        return this;
    }

    /// <summary>Adds a property of the attribute added last, such as its source.</summary>
    public EntityBuilder With(string subName, string text)
    {
        var last = attributes[^1];
        var sub = new EntityAttribute(CoreContext.Instance.ExpandAttribute(subName),
            [new AttributeInstance { Kind = AttributeKind.Property, Value = JsonSerializer.SerializeToUtf8Bytes(text, PlainJson.Options) }]);
        attributes[^1] = new(last.Name, [last.Instances[0] with { SubAttributes = [.. last.Instances[0].SubAttributes ?? [], sub] }]);
        return this;
    }

    /// <summary>The entity. Its times are set when it is written.</summary>
    public Entity Build() => new()
    {
        Id = Iri.Require(id, "The entity id"),
        Types = [.. types.Select(CoreContext.Instance.ExpandType)],
        Scopes = scopes ?? [],
        Attributes = [.. attributes],
    };

    private EntityBuilder Add(string name, AttributeKind kind, ReadOnlyMemory<byte> value, string? unitCode, DateTime? observedAt)
    {
        attributes.Add(new(CoreContext.Instance.ExpandAttribute(name),
            [new AttributeInstance { Kind = kind, Value = value, UnitCode = unitCode, ObservedAt = observedAt }]));
        return this;
    }
}
