namespace Dalgu.Hub.Entities;

/// <summary>The attribute kinds of NGSI-LD (clause 4.5). The numbers are those of the stored form: never renumber.</summary>
public enum AttributeKind : byte
{
    /// <summary>A value of any JSON kind.</summary>
    Property = 1,
    /// <summary>The URI of another entity, or an array of them.</summary>
    Relationship = 2,
    /// <summary>A GeoJSON geometry.</summary>
    GeoProperty = 3,
    /// <summary>A map of language tag to text.</summary>
    LanguageProperty = 4,
    /// <summary>A term, or an array of terms, of the @context.</summary>
    VocabProperty = 5,
    /// <summary>An ordered list of values.</summary>
    ListProperty = 6,
    /// <summary>An ordered list of relationships.</summary>
    ListRelationship = 7,
    /// <summary>JSON that no @context may touch.</summary>
    JsonProperty = 8,
}

/// <summary>One instance of an attribute: a value, and what is said about it. Immutable; a changed instance is a new object,
/// so that a reference tells what a write changed. Times are UTC.</summary>
public sealed record AttributeInstance
{
    /// <summary>The kind, which says what <see cref="Value"/> holds.</summary>
    public required AttributeKind Kind { get; init; }

    /// <summary>The value, object, languageMap, vocab, valueList, objectList or json, as UTF-8 JSON. Terms of a vocab are expanded IRIs.</summary>
    public required ReadOnlyMemory<byte> Value { get; init; }

    /// <summary>Tells instances of one attribute apart; null for the default instance.</summary>
    public string? DatasetId { get; init; }

    /// <summary>The unit of a Property as a UN/CEFACT common code.</summary>
    public string? UnitCode { get; init; }

    /// <summary>The entity types (IRIs) that a relationship points to, where stated; empty in a fragment that takes them away.</summary>
    public string[]? ObjectTypes { get; init; }

    /// <summary>When the value held in the world, where stated.</summary>
    public DateTime? ObservedAt { get; init; }

    /// <summary>When the instance ceases to be, where stated.</summary>
    public DateTime? ExpiresAt { get; init; }

    /// <summary>When the city first knew of the instance.</summary>
    public DateTime CreatedAt { get; internal set; }

    /// <summary>When the city last recorded a change of the instance. Both times are set once, when the instance is first written.</summary>
    public DateTime ModifiedAt { get; internal set; }

    /// <summary>What names the instance in history where that does not follow from where it is stored: it was corrected, or others of its row were. Never in a current state.</summary>
    public string? InstanceId { get; init; }

    /// <summary>True in history for the moment at which the instance was removed; never in a current state.</summary>
    public bool Deleted { get; init; }

    /// <summary>True in a fragment that is merged, for a value that stands alone: it takes the kind of the instance that it meets. Never in a state.</summary>
    internal bool IsPlain { get; init; }

    /// <summary>True in a fragment that is merged, where neither a type nor a value says the kind: it changes the instance that it meets, whatever that is. Never in a state.</summary>
    internal bool IsUntyped { get; init; }

    /// <summary>Properties and relationships of this instance; null where there are none.</summary>
    public IReadOnlyList<EntityAttribute>? SubAttributes { get; init; }
}

/// <summary>An attribute: its name, an IRI, and its instances, of which at most one has no datasetId. Immutable.</summary>
public sealed record EntityAttribute(string Name, IReadOnlyList<AttributeInstance> Instances)
{
    /// <summary>The instance without datasetId, or the first where there is none.</summary>
    public AttributeInstance Default
    {
        get
        {
            for (var i = 0; i < Instances.Count; i++) if (Instances[i].DatasetId is null) return Instances[i];
            return Instances[0];
        }
    }
}

/// <summary>An entity in its expanded form: every name is an IRI. Immutable, so that it can be shared by readers. Times are UTC.</summary>
public sealed record Entity
{
    /// <summary>The absolute URI that names the entity.</summary>
    public required string Id { get; init; }

    /// <summary>The type IRIs, at least one, in the order given.</summary>
    public required IReadOnlyList<string> Types { get; init; }

    /// <summary>The scopes, each beginning with a slash (clause 4.18).</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>When the city first knew of the entity.</summary>
    public DateTime CreatedAt { get; init; }

    /// <summary>When the city last recorded a change of it.</summary>
    public DateTime ModifiedAt { get; init; }

    /// <summary>When the entity ceases to be, where stated.</summary>
    public DateTime? ExpiresAt { get; init; }

    /// <summary>True where an attribute has an expiry, so that readers must look.</summary>
    internal bool MayExpire { get; init; }

    /// <summary>The attributes, in the order in which they came.</summary>
    public IReadOnlyList<EntityAttribute> Attributes { get; init; } = [];

    /// <summary>The attribute of a name (an IRI), or null.</summary>
    public EntityAttribute? Find(string name)
    {
        if (Attributes is EncodedAttributes encoded) return encoded.Find(name);
        for (var i = 0; i < Attributes.Count; i++) if (Attributes[i].Name == name) return Attributes[i];
        return null;
    }
}
