using System.Text.Json;
using Dalgu.Hub.Contexts;

namespace Dalgu.Hub.Entities;

/// <summary>Writes entities as NGSI-LD JSON or GeoJSON, names compacted by a context. Values are copied, not parsed.</summary>
public static partial class EntityJsonWriter
{
    /// <summary>Writes an entity as an object.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="entity">The entity.</param>
    /// <param name="context">Compacts the names.</param>
    /// <param name="form">How.</param>
    /// <param name="withContext">True adds the @context as a member.</param>
    public static void Write(Utf8JsonWriter to, Entity entity, LdContext context, Representation form, bool withContext = false)
    {
        to.WriteStartObject();
        if (form.Writes("id")) to.WriteString("id"u8, entity.Id);
        if (form.Writes("type")) WriteTypes(to, entity, context);
        WriteMembers(to, entity, context, form);
        if (withContext) WriteContext(to, context);
        to.WriteEndObject();
    }

    /// <summary>Writes an entity as a GeoJSON feature.</summary>
    public static void WriteFeature(Utf8JsonWriter to, Entity entity, LdContext context, Representation form, bool withContext = false)
    {
        to.WriteStartObject();
        to.WriteString("id"u8, entity.Id);
        to.WriteString("type"u8, "Feature"u8);
        to.WritePropertyName("geometry"u8);
        if (entity.Find(form.GeometryProperty) is { } attribute && attribute.Default.Kind == AttributeKind.GeoProperty) to.WriteRawValue(Chosen(attribute, form).Value.Span, true);
        else to.WriteNullValue();
        to.WriteStartObject("properties"u8);
        if (form.Writes("type")) WriteTypes(to, entity, context);
        WriteMembers(to, entity, context, form);
        to.WriteEndObject();
        if (withContext) WriteContext(to, context);
        to.WriteEndObject();
    }

    /// <summary>Writes the member "@context".</summary>
    public static void WriteContext(Utf8JsonWriter to, LdContext context)
    {
        to.WritePropertyName("@context"u8);
        to.WriteRawValue(context.Json.Span, true);
    }

    /// <summary>Writes the member "type": a name, or an array of names.</summary>
    public static void WriteTypes(Utf8JsonWriter to, Entity entity, LdContext context)
    {
        if (entity.Types.Count == 1)
        {
            to.WriteString("type"u8, context.Compact(entity.Types[0]));
            return;
        }
        to.WriteStartArray("type"u8);
        foreach (var type in entity.Types) to.WriteStringValue(context.Compact(type));
        to.WriteEndArray();
    }

    /// <summary>Writes the member "scope", where there is one.</summary>
    public static void WriteScopes(Utf8JsonWriter to, Entity entity)
    {
        if (entity.Scopes.Count == 1) to.WriteString("scope"u8, entity.Scopes[0]);
        else if (entity.Scopes.Count > 1)
        {
            to.WriteStartArray("scope"u8);
            foreach (var scope in entity.Scopes) to.WriteStringValue(scope);
            to.WriteEndArray();
        }
    }

    private static void WriteMembers(Utf8JsonWriter to, Entity entity, LdContext context, Representation form)
    {
        if (form.Writes("scope")) WriteScopes(to, entity);
        if (form.SystemAttributes)
        {
            WriteTime(to, "createdAt"u8, entity.CreatedAt);
            WriteTime(to, "modifiedAt"u8, entity.ModifiedAt);
        }
        form.Marks?.WriteEntity(to);
        if (form.SystemAttributes && entity.ExpiresAt is { } expires) WriteTime(to, "expiresAt"u8, expires);
        for (var i = 0; i < entity.Attributes.Count; i++)
        {
            var attribute = entity.Attributes[i];
            if (!form.Writes(attribute.Name)) continue;
            WriteAttribute(to, attribute, context, form);
        }
    }

    /// <summary>Writes an attribute as a member: one instance as an object, several as an array.</summary>
    public static void WriteAttribute(Utf8JsonWriter to, EntityAttribute attribute, LdContext context, Representation form)
    {
        var instances = attribute.Instances;
        if (form.DatasetIds is not null)
        {
            instances = [.. instances.Where(i => form.WritesDataset(i.DatasetId))];
            if (instances.Count == 0) return;
        }
        to.WritePropertyName(context.Compact(attribute.Name));
        if (instances.Count == 1 && (form.Format != EntityFormat.Simplified || instances[0].DatasetId is null || form.DatasetIds is not null))
        {
            WriteInstance(to, attribute.Name, instances[0], context, form);
            return;
        }
        if (form.Format == EntityFormat.Simplified)
        {
            // Several instances of a simplified attribute are told apart by their dataset (clause 4.5.4).
            to.WriteStartObject();
            to.WriteStartObject("dataset"u8);
            foreach (var instance in instances)
            {
                to.WritePropertyName(instance.DatasetId ?? "@none");
                if (!WritesLinked(to, attribute.Name, instance, context, form)) WriteValue(to, instance, context, form);
            }
            to.WriteEndObject();
            to.WriteEndObject();
            return;
        }
        to.WriteStartArray();
        foreach (var instance in instances) WriteInstance(to, attribute.Name, instance, context, form);
        to.WriteEndArray();
    }

    private static void WriteInstance(Utf8JsonWriter to, string name, AttributeInstance instance, LdContext context, Representation form)
    {
        if (form.Format == EntityFormat.Simplified || form.Format == EntityFormat.Concise && IsBare(instance, form))
        {
            if (!WritesLinked(to, name, instance, context, form)) WriteValue(to, instance, context, form);
            return;
        }
        to.WriteStartObject();
        WriteContent(to, instance, context, form);
        WriteLinked(to, name, instance, context, form);
        WriteAbout(to, instance, context, form);
        to.WriteEndObject();
    }

    /// <summary>Writes the kind and the value of an instance as members.</summary>
    internal static void WriteContent(Utf8JsonWriter to, AttributeInstance instance, LdContext context, Representation form)
    {
        var language = form.Language is not null && instance.Kind == AttributeKind.LanguageProperty;
        if (form.Format == EntityFormat.Normalized) to.WriteString("type"u8, language ? "Property"u8 : TypeName(instance.Kind));
        if (language)
        {
            to.WritePropertyName("value"u8);
            var chosen = Languages.Write(to, instance.Value, form.Language!);
            if (chosen is not null) to.WriteString("lang"u8, chosen);
        }
        else
        {
            to.WritePropertyName(ValueName(instance.Kind));
            WriteValue(to, instance, context, form with { Format = EntityFormat.Normalized });
        }
        if (instance.ObjectTypes is { } types)
        {
            if (types.Length == 1) to.WriteString("objectType"u8, context.Compact(types[0]));
            else
            {
                to.WriteStartArray("objectType"u8);
                foreach (var type in types) to.WriteStringValue(context.Compact(type));
                to.WriteEndArray();
            }
        }
    }

    /// <summary>Writes what is said about a value: unit, times, dataset, sub-attributes.</summary>
    internal static void WriteAbout(Utf8JsonWriter to, AttributeInstance instance, LdContext context, Representation form)
    {
        if (instance.UnitCode is not null) to.WriteString("unitCode"u8, instance.UnitCode);
        if (instance.DatasetId is not null) to.WriteString("datasetId"u8, instance.DatasetId);
        if (instance.ObservedAt is { } observed) WriteTime(to, "observedAt"u8, observed);
        if (form.SystemAttributes && instance.ExpiresAt is { } expires) WriteTime(to, "expiresAt"u8, expires);
        if (form.SystemAttributes)
        {
            WriteTime(to, "createdAt"u8, instance.CreatedAt);
            WriteTime(to, "modifiedAt"u8, instance.ModifiedAt);
        }
        form.Marks?.Write(to, instance, context, form);
        if (instance.SubAttributes is { } sub)
        {
            var inner = form.DatasetIds is null ? form : form with { DatasetIds = null };
            foreach (var attribute in sub)
                if (BareMembers.NameOf(attribute.Name) is { } bare)
                {
                    to.WritePropertyName(bare);
                    WriteValue(to, attribute.Default, context, inner with { Format = EntityFormat.Normalized });
                }
                else WriteAttribute(to, attribute, context, inner);
        }
    }

    private static bool IsBare(AttributeInstance instance, Representation form) =>
        instance.Kind is AttributeKind.Property or AttributeKind.GeoProperty && instance.SubAttributes is null && instance.UnitCode is null && instance.ObservedAt is null
        && instance.DatasetId is null && !form.SystemAttributes && form.Marks?.Marks(instance) != true
        // A Property whose value is an object would read back as an attribute.
        && (instance.Kind == AttributeKind.GeoProperty || instance.Value.Span[0] != (byte)'{');

    /// <summary>Writes the value alone.</summary>
    internal static void WriteValue(Utf8JsonWriter to, AttributeInstance instance, LdContext context, Representation form)
    {
        switch (instance.Kind)
        {
            case AttributeKind.LanguageProperty when form.Format == EntityFormat.Simplified && form.Language is not null: Languages.Write(to, instance.Value, form.Language); break;
            case AttributeKind.LanguageProperty when form.Format == EntityFormat.Simplified: Wrap(to, "languageMap"u8, instance.Value); break;
            case AttributeKind.JsonProperty when form.Format == EntityFormat.Simplified: Wrap(to, "json"u8, instance.Value); break;
            case AttributeKind.VocabProperty:
                if (form.Format == EntityFormat.Simplified) { to.WriteStartObject(); to.WritePropertyName("vocab"u8); }
                WriteVocab(to, instance.Value, context);
                if (form.Format == EntityFormat.Simplified) to.WriteEndObject();
                break;
            case AttributeKind.ListRelationship when form.Format == EntityFormat.Simplified:
                to.WriteStartArray();
                foreach (var id in LinkedEntities.TargetsOf(instance)) to.WriteStringValue(id);
                to.WriteEndArray();
                break;
            default: to.WriteRawValue(instance.Value.Span, skipInputValidation: true); break;
        }
    }

    private static void Wrap(Utf8JsonWriter to, ReadOnlySpan<byte> member, ReadOnlyMemory<byte> value)
    {
        to.WriteStartObject();
        to.WritePropertyName(member);
        to.WriteRawValue(value.Span, true);
        to.WriteEndObject();
    }

    private static void WriteVocab(Utf8JsonWriter to, ReadOnlyMemory<byte> value, LdContext context)
    {
        using var document = JsonDocument.Parse(value);
        if (document.RootElement.ValueKind == JsonValueKind.String) to.WriteStringValue(context.Compact(document.RootElement.GetString()!));
        else
        {
            to.WriteStartArray();
            foreach (var item in document.RootElement.EnumerateArray()) to.WriteStringValue(context.Compact(item.GetString()!));
            to.WriteEndArray();
        }
    }

    private static AttributeInstance Chosen(EntityAttribute attribute, Representation form)
    {
        foreach (var instance in attribute.Instances) if (form.DatasetIds is not null && form.WritesDataset(instance.DatasetId)) return instance;
        return attribute.Default;
    }

    /// <summary>The kind as "type" names it.</summary>
    internal static ReadOnlySpan<byte> TypeName(AttributeKind kind) => kind switch
    {
        AttributeKind.Property => "Property"u8, AttributeKind.Relationship => "Relationship"u8, AttributeKind.GeoProperty => "GeoProperty"u8,
        AttributeKind.LanguageProperty => "LanguageProperty"u8, AttributeKind.VocabProperty => "VocabProperty"u8, AttributeKind.ListProperty => "ListProperty"u8,
        AttributeKind.ListRelationship => "ListRelationship"u8, _ => "JsonProperty"u8,
    };

    /// <summary>The member that holds the value of a kind.</summary>
    internal static ReadOnlySpan<byte> ValueName(AttributeKind kind) => kind switch
    {
        AttributeKind.Relationship => "object"u8, AttributeKind.LanguageProperty => "languageMap"u8, AttributeKind.VocabProperty => "vocab"u8,
        AttributeKind.ListProperty => "valueList"u8, AttributeKind.ListRelationship => "objectList"u8, AttributeKind.JsonProperty => "json"u8, _ => "value"u8,
    };

    /// <summary>Writes an instant as a member.</summary>
    internal static void WriteTime(Utf8JsonWriter to, ReadOnlySpan<byte> member, DateTime time)
    {
        Span<byte> text = stackalloc byte[Timestamp.MaxBytes + 8];
        to.WriteString(member, text[..Timestamp.Format(time, text)]);
    }
}

/// <summary>Chooses a text of a language map (clause 4.15).</summary>
internal static class Languages
{
    /// <summary>Writes the text of the first wanted language that the map has, or of any; returns its tag.</summary>
    public static string? Write(Utf8JsonWriter to, ReadOnlyMemory<byte> map, string wanted)
    {
        using var document = JsonDocument.Parse(map);
        foreach (var tag in Wanted(wanted))
            foreach (var text in document.RootElement.EnumerateObject())
                if (tag == "*" || text.Name.Equals(tag, StringComparison.OrdinalIgnoreCase) || text.Name.StartsWith(tag + "-", StringComparison.OrdinalIgnoreCase)
                    || tag.StartsWith(text.Name + "-", StringComparison.OrdinalIgnoreCase))
                {
                    text.Value.WriteTo(to);
                    return text.Name;
                }
        foreach (var text in document.RootElement.EnumerateObject())
        {
            text.Value.WriteTo(to);
            return text.Name;
        }
        to.WriteNullValue();
        return null;
    }

    private static IEnumerable<string> Wanted(string header) =>
        header.Split(',').Select(part =>
        {
            var pieces = part.Split(";q=");
            return (Tag: pieces[0].Trim(), Weight: pieces.Length > 1 && double.TryParse(pieces[1], System.Globalization.CultureInfo.InvariantCulture, out var q) ? q : 1.0);
        }).OrderByDescending(p => p.Weight).Select(p => p.Tag);
}
