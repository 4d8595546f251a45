using System.Text.Json;
using Dalgu.Hub.Contexts;

namespace Dalgu.Hub.Entities;

/// <summary>What a notification adds to an entity about its change: when it or parts of it were deleted, and what values were before (clauses 4.8 and 5.2.14).</summary>
internal sealed class ChangeMarks(DateTime at)
{
    private readonly Dictionary<AttributeInstance, AttributeInstance> previous = new(ReferenceEqualityComparer.Instance);

    /// <summary>True where the entity itself was deleted.</summary>
    public bool IsEntityDeleted { get; init; }

    /// <summary>Notes what an instance was before.</summary>
    public void AddPrevious(AttributeInstance now, AttributeInstance before) => previous[now] = before;

    /// <summary>True where there is something to say of an instance.</summary>
    public bool Marks(AttributeInstance instance) => previous.ContainsKey(instance);

    /// <summary>Writes when the entity was deleted.</summary>
    public void WriteEntity(Utf8JsonWriter to)
    {
        if (IsEntityDeleted) EntityJsonWriter.WriteTime(to, "deletedAt"u8, at);
    }

    /// <summary>Writes when an instance was deleted, and what it was before.</summary>
    public void Write(Utf8JsonWriter to, AttributeInstance instance, LdContext context, Representation form)
    {
        if (instance.Deleted && form.SystemAttributes) EntityJsonWriter.WriteTime(to, "deletedAt"u8, at);
        if (!previous.TryGetValue(instance, out var before)) return;
        to.WritePropertyName(before.Kind switch
        {
            AttributeKind.Relationship => "previousObject"u8, AttributeKind.LanguageProperty => "previousLanguageMap"u8, AttributeKind.VocabProperty => "previousVocab"u8,
            AttributeKind.ListProperty => "previousValueList"u8, AttributeKind.ListRelationship => "previousObjectList"u8, AttributeKind.JsonProperty => "previousJson"u8, _ => "previousValue"u8,
        });
        EntityJsonWriter.WriteValue(to, before, context, Representation.Default);
    }

    /// <summary>An instance as it is told after its deletion: without a value, which null stands for.</summary>
    /// <param name="instance">The instance as it was.</param>
    public static AttributeInstance Gone(AttributeInstance instance) => instance with
    {
        Deleted = true, Value = instance.Kind == AttributeKind.LanguageProperty ? NullMap : Null, UnitCode = null, ObservedAt = null, ObjectTypes = null, SubAttributes = null,
    };

    private static readonly byte[] Null = "\"urn:ngsi-ld:null\""u8.ToArray(), NullMap = "{\"@none\":\"urn:ngsi-ld:null\"}"u8.ToArray();
}
