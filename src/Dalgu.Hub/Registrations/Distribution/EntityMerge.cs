using Dalgu.Hub.Entities;

namespace Dalgu.Hub.Registrations.Distribution;

/// <summary>Puts together what several places know of one entity (clause 4.5.5): of two instances the one observed last counts, else the one recorded last,
/// else the one that was there first. What an auxiliary source knows only fills gaps.</summary>
internal static class EntityMerge
{
    /// <summary>One entity out of two of the same id.</summary>
    /// <param name="entity">What is known.</param>
    /// <param name="other">What another place knows.</param>
    /// <param name="fillOnly">True where the other only fills gaps.</param>
    public static Entity Merge(Entity entity, Entity other, bool fillOnly)
    {
        var attributes = entity.Attributes.ToList();
        foreach (var attribute in other.Attributes)
        {
            var at = attributes.FindIndex(a => a.Name == attribute.Name);
            if (at < 0) attributes.Add(attribute);
            else if (!fillOnly) attributes[at] = Merge(attributes[at], attribute);
        }
        return entity with
        {
            Types = [.. entity.Types.Union(other.Types, StringComparer.Ordinal)],
            Scopes = [.. entity.Scopes.Union(other.Scopes, StringComparer.Ordinal)],
            CreatedAt = Earlier(entity.CreatedAt, other.CreatedAt),
            ModifiedAt = entity.ModifiedAt >= other.ModifiedAt ? entity.ModifiedAt : other.ModifiedAt,
            ExpiresAt = entity.ExpiresAt is { } a && other.ExpiresAt is { } b ? a >= b ? a : b : null,
            Attributes = attributes,
        };
    }

    private static EntityAttribute Merge(EntityAttribute attribute, EntityAttribute other)
    {
        var instances = attribute.Instances.ToList();
        foreach (var instance in other.Instances)
        {
            var at = instances.FindIndex(i => i.DatasetId == instance.DatasetId);
            if (at < 0) instances.Add(instance);
            else if (IsNewer(instance, instances[at])) instances[at] = instance;
        }
        return new(attribute.Name, instances);
    }

    /// <summary>True where an instance counts before a known one: it was observed later, or alone was observed, or was recorded later (clause 4.5.5.3).</summary>
    private static bool IsNewer(AttributeInstance candidate, AttributeInstance known) => (candidate.ObservedAt, known.ObservedAt) switch
    {
        ({ } a, { } b) when a != b => a > b,
        ({ }, null) => true,
        (null, { }) => false,
        _ => candidate.ModifiedAt > known.ModifiedAt,
    };

    private static DateTime Earlier(DateTime a, DateTime b) => a == DateTime.UnixEpoch ? b : b == DateTime.UnixEpoch ? a : a <= b ? a : b;

    /// <summary>What of an entity the broker may hold beside sources that hold parts of it alone; null where that is nothing.</summary>
    public static Entity? Mask(Entity entity, IReadOnlyList<Registration> registrations)
    {
        HashSet<string>? taken = null;
        foreach (var registration in registrations)
        {
            if (!registration.IsProxied) continue;
            foreach (var information in registration.Information)
            {
                if (!Covers(information, entity)) continue;
                if (information.Attributes is null) return null;
                (taken ??= new(StringComparer.Ordinal)).UnionWith(information.Attributes);
            }
        }
        return taken is null ? entity : entity with { Attributes = [.. entity.Attributes.Where(a => !taken.Contains(a.Name))] };
    }

    private static bool Covers(RegistrationInformation information, Entity entity)
    {
        if (information.Entities.Count == 0) return true;
        foreach (var info in information.Entities)
            if (info.CoversId(entity.Id) && (info.Types.Count == 0 || info.Types.Any(entity.Types.Contains))) return true;
        return false;
    }
}
