namespace Dalgu.Hub.Entities;

/// <summary>Transient entities and attributes (clause 4.22): from their expiresAt on they are not there.</summary>
internal static class Transience
{
    /// <summary>The entity as it is at an instant: itself where nothing of it has expired, null where all of it has.</summary>
    public static Entity? At(Entity? entity, DateTime now)
    {
        if (entity is null || entity.ExpiresAt <= now) return null;
        if (!entity.MayExpire || !HasExpired(entity, now)) return entity;
        var living = new List<EntityAttribute>(entity.Attributes.Count);
        foreach (var attribute in entity.Attributes)
        {
            if (!attribute.Instances.Any(i => i.ExpiresAt <= now)) living.Add(attribute);
            else if (attribute.Instances.Where(i => !(i.ExpiresAt <= now)).ToList() is { Count: > 0 } kept) living.Add(new(attribute.Name, kept));
        }
        return entity with { Attributes = living };
    }

    /// <summary>True where an attribute of the entity has an expiry.</summary>
    public static bool MayExpire(IReadOnlyList<EntityAttribute> attributes)
    {
        if (attributes is EncodedAttributes) return false;
        for (var i = 0; i < attributes.Count; i++)
            for (var k = 0; k < attributes[i].Instances.Count; k++)
                if (attributes[i].Instances[k].ExpiresAt is not null) return true;
        return false;
    }

    private static bool HasExpired(Entity entity, DateTime now)
    {
        foreach (var attribute in entity.Attributes)
            foreach (var instance in attribute.Instances)
                if (instance.ExpiresAt <= now) return true;
        return false;
    }

    /// <summary>The instants at which something of the entity expires.</summary>
    public static IEnumerable<DateTime> Expiries(Entity entity)
    {
        if (entity.ExpiresAt is { } end) yield return end;
        if (!entity.MayExpire) yield break;
        foreach (var attribute in entity.Attributes)
            foreach (var instance in attribute.Instances)
                if (instance.ExpiresAt is { } at) yield return at;
    }
}
