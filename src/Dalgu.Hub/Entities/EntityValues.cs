using System.Text.Json;
using Dalgu.Hub.Contexts;

namespace Dalgu.Hub.Entities;

/// <summary>Reads an entity by short names of the core @context: the counterpart of <see cref="EntityBuilder"/>. Every reader answers null
/// where the attribute is absent or of another kind of value.</summary>
public static class EntityValues
{
    /// <summary>The default instance of an attribute.</summary>
    public static AttributeInstance? Instance(this Entity entity, string name) => entity.Find(CoreContext.Instance.ExpandAttribute(name))?.Default;

    /// <summary>The number of a Property.</summary>
    public static double? Number(this Entity entity, string name) => entity.Instance(name)?.Number();

    /// <summary>The text of a Property, or the target of a Relationship.</summary>
    public static string? Text(this Entity entity, string name) => entity.Instance(name)?.Text();

    /// <summary>The text of a LanguageProperty in a language.</summary>
    public static string? Language(this Entity entity, string name, string tag) => entity.Instance(name)?.Language(tag);

    /// <summary>When the attribute's value held in the world.</summary>
    public static DateTime? ObservedAt(this Entity entity, string name) => entity.Instance(name)?.ObservedAt;

    /// <summary>The number of an instance.</summary>
    public static double? Number(this AttributeInstance instance)
    {
        var value = instance.Value.Span;
        if (instance.Deleted || value.IsEmpty || value[0] is not ((byte)'-' or >= (byte)'0' and <= (byte)'9')) return null;
        return System.Buffers.Text.Utf8Parser.TryParse(value, out double number, out var used) && used == value.Length ? number : null;
    }

    /// <summary>The text of an instance.</summary>
    public static string? Text(this AttributeInstance instance)
    {
        var value = instance.Value.Span;
        if (instance.Deleted || value.Length < 2 || value[0] != '"') return null;
        var reader = new Utf8JsonReader(value);
        return reader.Read() ? reader.GetString() : null;
    }

    /// <summary>The text of an instance of a LanguageProperty in a language.</summary>
    public static string? Language(this AttributeInstance instance, string tag)
    {
        if (instance.Deleted || instance.Kind != AttributeKind.LanguageProperty) return null;
        using var map = JsonDocument.Parse(instance.Value);
        return map.RootElement.ValueKind == JsonValueKind.Object && map.RootElement.TryGetProperty(tag, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
    }

    /// <summary>The text of a property of an instance, such as its source.</summary>
    public static string? SubText(this AttributeInstance instance, string name)
    {
        if (instance.SubAttributes is null) return null;
        var iri = CoreContext.Instance.ExpandAttribute(name);
        foreach (var sub in instance.SubAttributes) if (sub.Name == iri) return sub.Default.Text();
        return null;
    }
}
