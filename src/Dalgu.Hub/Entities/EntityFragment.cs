namespace Dalgu.Hub.Entities;

/// <summary>What a request says of an entity: all of it, or the part that is to change. Names are IRIs.
/// An instance with <see cref="AttributeInstance.Deleted"/> stands for <c>urn:ngsi-ld:null</c>: it takes the instance away.</summary>
public sealed record EntityFragment
{
    /// <summary>The id stated, or null.</summary>
    public string? Id { get; init; }
    /// <summary>The types stated; null where there are none.</summary>
    public IReadOnlyList<string>? Types { get; init; }
    /// <summary>The scopes stated; null where there are none.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }
    /// <summary>When the entity ceases to be, where stated.</summary>
    public DateTime? ExpiresAt { get; init; }
    /// <summary>The attributes stated.</summary>
    public IReadOnlyList<EntityAttribute> Attributes { get; init; } = [];

    /// <summary>The whole entity that the fragment states.</summary>
    /// <exception cref="Problem">BadRequestData where id or type are missing, or a value stands for null.</exception>
    public Entity ToEntity()
    {
        if (Id is null) throw new Problem(ProblemKind.BadRequestData, "The entity has no \"id\".");
        if (Types is null || Types.Count == 0) throw new Problem(ProblemKind.BadRequestData, $"The entity \"{Id}\" has no \"type\".");
        if (Scopes is { Count: 0 }) throw new Problem(ProblemKind.BadRequestData, $"The scope of \"{Id}\" is empty or urn:ngsi-ld:null; leave it out.");
        if (ExpiresAt == EntityJsonReader.NoTime) throw new Problem(ProblemKind.BadRequestData, $"The expiresAt of \"{Id}\" is urn:ngsi-ld:null, which only takes away what exists.");
        RequireNoNull(Attributes);
        return new Entity { Id = Id, Types = Types, Scopes = Scopes ?? [], ExpiresAt = ExpiresAt, Attributes = Attributes };
    }

    /// <summary>Refuses what stands for null: only a partial update and a merge take away by it (clauses 5.2.1 and 5.5.4).</summary>
    /// <exception cref="Problem">BadRequestData where an attribute stands for null, or has something inside that does.</exception>
    internal static void RequireNoNull(IReadOnlyList<EntityAttribute> attributes)
    {
        if (attributes is PackedAttributes) return; // in what is packed nothing stands for null
        for (var i = 0; i < attributes.Count; i++)
            for (var k = 0; k < attributes[i].Instances.Count; k++)
            {
                var instance = attributes[i].Instances[k];
                if (instance.Deleted || instance.ObservedAt == EntityJsonReader.NoTime || instance.ExpiresAt == EntityJsonReader.NoTime || HasNull(instance))
                    throw new Problem(ProblemKind.BadRequestData, $"The attribute \"{attributes[i].Name}\" is urn:ngsi-ld:null, or has it inside, which only an update or a merge understands; delete the attribute instead.");
            }
    }

    /// <summary>True where something inside the instance stands for null: a sub-attribute, or a part of a compound value.</summary>
    private static bool HasNull(AttributeInstance instance)
    {
        if (instance.UnitCode is EntityJsonReader.Null || instance.ObjectTypes is { Length: 0 } || instance.Kind != AttributeKind.JsonProperty && JsonMerge.HoldsNull(instance.Value.Span)) return true;
        foreach (var sub in instance.SubAttributes ?? [])
            foreach (var inner in sub.Instances)
                if (inner.Deleted || HasNull(inner)) return true;
        return false;
    }
}
