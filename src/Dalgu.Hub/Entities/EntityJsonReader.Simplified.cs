using System.Text.Json;

namespace Dalgu.Hub.Entities;

public sealed partial class EntityJsonReader
{
    /// <summary>True to read the simplified representation alone (clause 4.5.4): an object without a word of NGSI-LD is a value.</summary>
    internal bool IsSimplified { get; init; }

    /// <summary>True to mark values that stand alone, so that a merge gives them the kind of the instance that they meet.</summary>
    internal bool IsMerge { get; init; }

    private IReadOnlyList<AttributeInstance> ReadSimplified(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty("dataset", out var sets) || sets.ValueKind != JsonValueKind.Object || value.EnumerateObject().Count() > 1)
            return [ReadSimplifiedValue(name, value)];
        var instances = new List<AttributeInstance>();
        foreach (var set in sets.EnumerateObject())
            instances.Add(ReadSimplifiedValue(name, set.Value) with { DatasetId = set.Name == "@none" ? null : Iri.Require(set.Name, $"The datasetId of \"{name}\"") });
        if (instances.Count == 0) throw Bad($"The attribute \"{name}\" has a \"dataset\" without instances.");
        return instances.DistinctBy(i => i.DatasetId).Count() == instances.Count ? instances : throw Bad($"The attribute \"{name}\" has two instances of one dataset.");
    }

    private AttributeInstance ReadSimplifiedValue(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object) return ReadInstance(name, value);
        var kind = StatedKind(value);
        if (kind is not null and not AttributeKind.GeoProperty) return ReadInstance(name, value);
        return new() { Kind = kind ?? AttributeKind.Property, Value = Raw(value), IsPlain = true };
    }

    /// <summary>The kind that an object in a simplified representation says that it has; null for a value.</summary>
    private static AttributeKind? StatedKind(JsonElement value)
    {
        if (value.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String)
            return Enum.TryParse<AttributeKind>(type.GetString(), out var stated) && Enum.IsDefined(stated) && !char.IsDigit(type.GetString()![0]) ? stated
                : GeometryKinds.Contains(type.GetString()) && value.TryGetProperty("coordinates", out _) ? AttributeKind.GeoProperty : null;
        var first = value.EnumerateObject().GetEnumerator();
        if (!first.MoveNext()) return null;
        var name = first.Current.Name;
        if (first.MoveNext()) return null;
        foreach (var (member, kind) in ValueMembers)
            if (member == name && kind is not (AttributeKind.Property or AttributeKind.Relationship)) return kind;
        return null;
    }

    /// <summary>A value that stands alone, as one of a kind.</summary>
    /// <exception cref="Problem">BadRequestData where the kind cannot have it.</exception>
    internal ReadOnlyMemory<byte> ReadAs(string name, ReadOnlyMemory<byte> value, AttributeKind kind)
    {
        using var document = JsonDocument.Parse(value);
        return ReadValue(name, document.RootElement, kind);
    }
}
