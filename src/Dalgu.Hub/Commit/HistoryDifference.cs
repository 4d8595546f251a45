using Dalgu.Hub.Entities;

namespace Dalgu.Hub;

/// <summary>What a change leaves in history: the instances that are not the same objects as before, and marks of those that are gone.</summary>
internal static class HistoryDifference
{
    /// <summary>The attributes of a change, with the instances that changed alone.</summary>
    public static List<EntityAttribute> Of(Entity? before, Entity? after, DateTime now)
    {
        var changed = new List<EntityAttribute>(after?.Attributes.Count ?? before!.Attributes.Count);
        if (after is not null)
            for (var i = 0; i < after.Attributes.Count; i++)
            {
                var attribute = after.Attributes[i];
                if (before?.Find(attribute.Name) is not { } old) changed.Add(attribute);
                else if (!ReferenceEquals(old, attribute) && Differing(attribute, old.Instances) is { } differing) changed.Add(differing);
            }
        if (before is not null)
            for (var i = 0; i < before.Attributes.Count; i++)
            {
                var attribute = before.Attributes[i];
                if (Gone(attribute.Instances, after?.Find(attribute.Name)?.Instances, now) is { } gone) changed.Add(new(attribute.Name, gone));
            }
        if (ScopeOf(before, after, now) is { } scope) changed.Add(scope);
        return changed;
    }

    /// <summary>True where a packed state is all new and takes nothing away, which is what most batches write: then the difference is all that the state says.</summary>
    public static bool Replaces(PackedAttributes packed, Entity? before, Entity after)
    {
        if (after.Scopes.Count > 0) return false;
        if (before is null) return true;
        if (before.Scopes.Count > 0 || before.Attributes is not EncodedAttributes old || ReferenceEquals(old, packed)) return false;
        for (var i = 0; i < old.Count; i++) if (packed.IndexOf(old.NameAt(i), i) < 0) return false;
        return true;
    }

    /// <summary>The name under which history has the scopes of an entity: a Property whose value is the list of them (clause 4.5.6).</summary>
    internal const string Scope = Contexts.CoreContext.Namespace + "scope";

    private static EntityAttribute? ScopeOf(Entity? before, Entity? after, DateTime now)
    {
        var (old, next) = (before?.Scopes ?? [], after?.Scopes ?? []);
        if (old.Count == next.Count && old.SequenceEqual(next, StringComparer.Ordinal)) return null;
        return new(Scope, [new AttributeInstance
        {
            Kind = AttributeKind.Property, Value = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(next, PlainJson.Options),
            CreatedAt = before?.CreatedAt ?? now, ModifiedAt = now, Deleted = next.Count == 0,
        }]);
    }

    /// <summary>The attribute with the instances alone that are other objects than before; itself where all are.</summary>
    private static EntityAttribute? Differing(EntityAttribute attribute, IReadOnlyList<AttributeInstance> old)
    {
        var same = 0;
        for (var i = 0; i < attribute.Instances.Count; i++) if (Has(old, attribute.Instances[i])) same++;
        return same == 0 ? attribute : same == attribute.Instances.Count ? null : attribute with { Instances = Without(attribute.Instances, old) };
    }

    private static List<AttributeInstance> Without(IReadOnlyList<AttributeInstance> instances, IReadOnlyList<AttributeInstance> old) => [.. instances.Where(i => !Has(old, i))];

    private static bool Has(IReadOnlyList<AttributeInstance> instances, AttributeInstance wanted)
    {
        for (var i = 0; i < instances.Count; i++) if (ReferenceEquals(instances[i], wanted)) return true;
        return false;
    }

    private static List<AttributeInstance>? Gone(IReadOnlyList<AttributeInstance> instances, IReadOnlyList<AttributeInstance>? kept, DateTime now)
    {
        List<AttributeInstance>? gone = null;
        for (var i = 0; i < instances.Count; i++)
        {
            var found = false;
            for (var k = 0; kept is not null && k < kept.Count && !found; k++) found = kept[k].DatasetId == instances[i].DatasetId;
            if (!found)
                (gone ??= []).Add(new AttributeInstance
                {
                    Kind = instances[i].Kind, Value = "null"u8.ToArray(), DatasetId = instances[i].DatasetId, CreatedAt = instances[i].CreatedAt, ModifiedAt = now, Deleted = true,
                });
        }
        return gone;
    }

    /// <summary>The attributes by the time at which their instances held: observedAt, or now where they have none. In order of time.</summary>
    public static IReadOnlyList<(long Time, IReadOnlyList<EntityAttribute> Attributes)> ByTime(IReadOnlyList<EntityAttribute> changed, DateTime now)
    {
        if (OneTime(changed, now) is { } only) return [(only, changed)];
        var groups = new List<(long Time, List<EntityAttribute> Attributes)>(2);
        foreach (var attribute in changed)
        {
            if (attribute.Instances.Count == 1)
            {
                At(groups, TimeOf(attribute.Instances[0], now)).Add(attribute);
                continue;
            }
            foreach (var group in attribute.Instances.GroupBy(i => TimeOf(i, now))) At(groups, group.Key).Add(attribute with { Instances = [.. group] });
        }
        groups.Sort(static (a, b) => a.Time.CompareTo(b.Time));
        return groups.ConvertAll(static g => (g.Time, (IReadOnlyList<EntityAttribute>)g.Attributes));
    }

    /// <summary>The group of a time. There are few: an entity tells of a handful of moments.</summary>
    private static List<EntityAttribute> At(List<(long Time, List<EntityAttribute> Attributes)> groups, long time)
    {
        foreach (var group in groups) if (group.Time == time) return group.Attributes;
        var made = new List<EntityAttribute>();
        groups.Add((time, made));
        return made;
    }

    /// <summary>True where a difference is all that a state says, and nothing else.</summary>
    public static bool IsWhole(List<EntityAttribute> difference, Entity after)
    {
        if (difference.Count == 0 || difference.Count != after.Attributes.Count) return false;
        for (var i = 0; i < difference.Count; i++) if (!ReferenceEquals(difference[i], after.Attributes[i])) return false;
        return true;
    }

    private static long? OneTime(IReadOnlyList<EntityAttribute> changed, DateTime now)
    {
        long? one = null;
        foreach (var attribute in changed)
            for (var i = 0; i < attribute.Instances.Count; i++)
            {
                var time = TimeOf(attribute.Instances[i], now);
                if (one is { } known && known != time) return null;
                one = time;
            }
        return one;
    }

    private static long TimeOf(AttributeInstance instance, DateTime now) => (instance.ObservedAt ?? now).Ticks;
}
