using System.Text.Json;

namespace Dalgu.Hub.Entities;

/// <summary>What an operation on attributes did: names as IRIs, and the reason beside each that it left alone (clause 5.2.18).</summary>
public sealed record UpdateResult(IReadOnlyList<string> Updated, IReadOnlyList<(string Attribute, string Reason)> NotUpdated);

/// <summary>The operations of clause 5.6 as pure functions from a state and a fragment to the next state. Instances that an operation does not
/// touch stay the same objects, by which history knows what changed.</summary>
public static class EntityOperations
{
    private const string Scope = Contexts.CoreContext.Namespace + "scope";

    /// <summary>Append attributes (5.6.3): adds what is absent, replaces what is there unless told not to. Types are added, scopes replaced.</summary>
    public static (Entity State, UpdateResult Result) Append(Entity current, EntityFragment fragment, bool overwrite)
    {
        EntityFragment.RequireNoNull(fragment.Attributes);
        if (fragment.ExpiresAt == EntityJsonReader.NoTime || fragment.Scopes is { Count: 0 })
            throw new Problem(ProblemKind.BadRequestData, "What is appended is urn:ngsi-ld:null, which only an update or a merge understands.");
        var attributes = current.Attributes.ToList();
        var updated = new List<string>();
        var left = new List<(string, string)>();
        foreach (var attribute in fragment.Attributes)
        {
            var at = attributes.FindIndex(a => a.Name == attribute.Name);
            if (at < 0)
            {
                attributes.Add(attribute);
                updated.Add(attribute.Name);
                continue;
            }
            var instances = attributes[at].Instances.ToList();
            var any = false;
            foreach (var instance in attribute.Instances)
            {
                var k = instances.FindIndex(i => i.DatasetId == instance.DatasetId);
                if (k >= 0 && !overwrite)
                {
                    left.Add((attribute.Name, "The attribute exists, and overwriting it is switched off by noOverwrite."));
                    continue;
                }
                if (k < 0) instances.Add(instance); else instances[k] = instance;
                any = true;
            }
            if (!any) continue;
            attributes[at] = new(attribute.Name, instances);
            updated.Add(attribute.Name);
        }
        if (fragment.Scopes is { } scopes)
        {
            updated.Add(Scope);
            if (!overwrite) fragment = fragment with { Scopes = [.. current.Scopes.Union(scopes, StringComparer.Ordinal)] };
        }
        return (With(current, fragment, attributes), new(updated, left));
    }

    /// <summary>Update attributes (5.6.2): replaces the instances that are there and appends the others. A scope is only replaced, and nothing can be
    /// taken away that is not there; the result names these.</summary>
    public static (Entity State, UpdateResult Result) Update(Entity current, EntityFragment fragment)
    {
        var attributes = current.Attributes.ToList();
        var updated = new List<string>();
        var left = new List<(string, string)>();
        foreach (var attribute in fragment.Attributes)
        {
            var at = attributes.FindIndex(a => a.Name == attribute.Name);
            var instances = at < 0 ? [] : attributes[at].Instances.ToList();
            var any = false;
            foreach (var instance in attribute.Instances)
            {
                var k = instances.FindIndex(i => i.DatasetId == instance.DatasetId);
                if (k < 0 && instance.Deleted)
                {
                    left.Add((attribute.Name, at < 0 ? "The attribute does not exist." : instance.DatasetId is null ? "The attribute has no default instance." : $"The attribute has no instance of the dataset {instance.DatasetId}."));
                    continue;
                }
                if (k < 0) instances.Add(WithoutNulls(instance));
                else if (instance.Deleted) instances.RemoveAt(k);
                else instances[k] = WithoutNulls(instance);
                any = true;
            }
            if (!any) continue;
            if (at < 0) attributes.Add(new(attribute.Name, instances));
            else if (instances.Count == 0) attributes.RemoveAt(at);
            else attributes[at] = new(attribute.Name, instances);
            updated.Add(attribute.Name);
        }
        if (fragment.Scopes is not null && current.Scopes.Count == 0)
        {
            left.Add((Scope, "The entity has no scope."));
            fragment = fragment with { Scopes = null };
        }
        else if (fragment.Scopes is not null) updated.Add(Scope);
        return (With(current, fragment, attributes), new(updated, left));
    }

    /// <summary>Merge an entity (5.6.17): what the fragment states replaces or joins, urn:ngsi-ld:null takes away, the rest stays.</summary>
    /// <param name="current">The state.</param>
    /// <param name="fragment">What is to change.</param>
    /// <param name="observedAt">The observedAt of attributes that had one and state none; null leaves them without.</param>
    public static Entity Merge(Entity current, EntityFragment fragment, DateTime? observedAt = null)
    {
        var attributes = current.Attributes.ToList();
        foreach (var attribute in fragment.Attributes)
        {
            var at = attributes.FindIndex(a => a.Name == attribute.Name);
            var instances = at < 0 ? [] : attributes[at].Instances.ToList();
            foreach (var instance in attribute.Instances)
            {
                var k = instances.FindIndex(i => i.DatasetId == instance.DatasetId);
                if (instance.Deleted) { if (k >= 0) instances.RemoveAt(k); }
                else if (k < 0) instances.Add(MergedIntoNothing(attribute.Name, instance));
                else
                {
                    var merged = Merge(attribute.Name, instances[k], instance);
                    instances[k] = observedAt is not null && instances[k].ObservedAt is not null && instance.ObservedAt is null ? merged with { ObservedAt = observedAt } : merged;
                }
            }
            if (instances.Count == 0) { if (at >= 0) attributes.RemoveAt(at); }
            else if (at < 0) attributes.Add(new(attribute.Name, instances));
            else attributes[at] = new(attribute.Name, instances);
        }
        return With(current, fragment, attributes);
    }

    /// <summary>Partial attribute update (5.6.4): changes what the fragment states of one instance.</summary>
    /// <exception cref="Problem">ResourceNotFound where the entity has no such instance.</exception>
    public static Entity UpdatePartially(Entity current, string attribute, AttributeInstance fragment)
    {
        var found = current.Find(attribute);
        var k = found?.Instances.ToList().FindIndex(i => i.DatasetId == fragment.DatasetId) ?? -1;
        if (found is null || k < 0) throw NoAttribute(current, attribute, fragment.DatasetId);
        if (fragment.Deleted) return Delete(current, attribute, fragment.DatasetId, all: false);
        return Replace(current, new(attribute, [.. found.Instances.Select((i, n) => n == k ? Merge(attribute, i, fragment, deep: false) : i)]));
    }

    /// <summary>Replace an attribute (5.6.19).</summary>
    /// <exception cref="Problem">ResourceNotFound where the entity has no such attribute.</exception>
    public static Entity ReplaceAttribute(Entity current, EntityAttribute attribute)
    {
        EntityFragment.RequireNoNull([attribute]);
        var found = current.Find(attribute.Name) ?? throw NoAttribute(current, attribute.Name, null);
        var instances = found.Instances.ToList();
        foreach (var instance in attribute.Instances)
        {
            var k = instances.FindIndex(i => i.DatasetId == instance.DatasetId);
            if (k < 0) throw NoAttribute(current, attribute.Name, instance.DatasetId);
            instances[k] = instance;
        }
        return Replace(current, new(attribute.Name, instances));
    }

    /// <summary>Delete an attribute (5.6.5): the default instance, that of a dataset, or all.</summary>
    /// <exception cref="Problem">ResourceNotFound where the entity has no such instance.</exception>
    public static Entity Delete(Entity current, string attribute, string? datasetId, bool all)
    {
        if (attribute == Scope && current.Scopes.Count > 0) return current with { Scopes = [] };
        var found = current.Find(attribute) ?? throw NoAttribute(current, attribute, datasetId);
        var kept = all ? [] : found.Instances.Where(i => i.DatasetId != datasetId).ToList();
        if (kept.Count == found.Instances.Count) throw NoAttribute(current, attribute, datasetId);
        return kept.Count == 0 ? current with { Attributes = [.. current.Attributes.Where(a => a.Name != attribute)] } : Replace(current, new(attribute, kept));
    }

    private static Entity Replace(Entity current, EntityAttribute attribute) =>
        current with { Attributes = [.. current.Attributes.Select(a => a.Name == attribute.Name ? attribute : a)] };

    private static Entity With(Entity current, EntityFragment fragment, List<EntityAttribute> attributes) => current with
    {
        Types = fragment.Types is { } types ? [.. current.Types.Union(types, StringComparer.Ordinal)] : current.Types,
        Scopes = fragment.Scopes ?? current.Scopes,
        ExpiresAt = Next(fragment.ExpiresAt, current.ExpiresAt),
        Attributes = attributes,
    };

    /// <summary>An instance with a fragment merged into it, which never changes its kind (clauses 5.6.4 and 5.6.17).</summary>
    /// <param name="name">The attribute's name, for refusals.</param>
    /// <param name="current">The instance.</param>
    /// <param name="fragment">What is to change.</param>
    /// <param name="deep">True to go into compound values, languages and sub-attributes (5.5.12); false to replace each that the fragment states (5.5.8).</param>
    private static AttributeInstance Merge(string name, AttributeInstance current, AttributeInstance fragment, bool deep = true)
    {
        if (!fragment.IsUntyped && fragment.Kind != current.Kind)
            throw new Problem(ProblemKind.BadRequestData, $"The attribute \"{name}\" is a {current.Kind}; a {(deep ? "merge" : "partial update")} cannot make it a {fragment.Kind}. Replace it instead.");
        if (fragment.IsUntyped && (fragment.UnitCode is not null && !EntityJsonReader.HasUnit(current.Kind) || fragment.ObjectTypes is not null && !EntityJsonReader.HasObjectType(current.Kind)))
            throw new Problem(ProblemKind.BadRequestData, $"The attribute \"{name}\" is a {current.Kind}, which has no {(fragment.UnitCode is not null ? "unitCode" : "objectType")}.");
        if (!deep) RefuseNull(fragment);
        var sub = current.SubAttributes?.ToList() ?? [];
        foreach (var attribute in fragment.SubAttributes ?? [])
        {
            var at = sub.FindIndex(a => a.Name == attribute.Name);
            var instance = attribute.Instances[0];
            if (instance.Deleted) { if (at >= 0) sub.RemoveAt(at); }
            else if (at < 0) sub.Add(new(attribute.Name, [deep ? MergedIntoNothing(attribute.Name, instance) : WithoutNulls(instance)]));
            else sub[at] = new(attribute.Name, [deep ? Merge(attribute.Name, sub[at].Instances[0], instance) : WithoutNulls(instance)]);
        }
        var value = fragment.Value.IsEmpty ? current.Value
            : !deep ? fragment.Value
            : current.Kind == AttributeKind.LanguageProperty ? MergeLanguages(current.Value, fragment.Value)
            : current.Kind is AttributeKind.Property or AttributeKind.JsonProperty ? JsonMerge.Apply(current.Value, fragment.Value) : fragment.Value;
        return current with
        {
            Value = value,
            UnitCode = fragment.UnitCode is EntityJsonReader.Null ? null : fragment.UnitCode ?? current.UnitCode,
            ObservedAt = Next(fragment.ObservedAt, current.ObservedAt),
            ExpiresAt = Next(fragment.ExpiresAt, current.ExpiresAt),
            ObjectTypes = fragment.ObjectTypes is { Length: 0 } ? null : fragment.ObjectTypes ?? current.ObjectTypes,
            SubAttributes = sub.Count == 0 ? null : sub,
        };
    }

    /// <summary>A time after a fragment: the stated one, none where it is to be taken away, else the one that was.</summary>
    private static DateTime? Next(DateTime? stated, DateTime? current) => stated == EntityJsonReader.NoTime ? null : stated ?? current;

    /// <summary>A new instance of a merge: what stands for null inside its value takes nothing away, and is not kept.</summary>
    private static AttributeInstance MergedIntoNothing(string name, AttributeInstance instance)
    {
        if (instance.Value.IsEmpty) throw new Problem(ProblemKind.BadRequestData, $"The attribute \"{name}\" does not exist and is given no value; write such as {{\"type\": \"Property\", \"value\": …}}.");
        if (instance.SubAttributes is { } sub)
            instance = instance with { SubAttributes = [.. sub.Select(a => a.Instances[0].Deleted ? a : new EntityAttribute(a.Name, [MergedIntoNothing(a.Name, a.Instances[0])]))] };
        return WithoutNulls(instance.Kind == AttributeKind.Property && JsonMerge.HoldsNull(instance.Value.Span) ? instance with { Value = JsonMerge.Apply(default, instance.Value) } : instance);
    }

    /// <summary>Inside a compound value only a merge knows urn:ngsi-ld:null (clause 5.5.4).</summary>
    private static void RefuseNull(AttributeInstance instance)
    {
        if (instance.Kind == AttributeKind.Property && JsonMerge.HoldsNull(instance.Value.Span))
            throw new Problem(ProblemKind.BadRequestData, "A value holds urn:ngsi-ld:null inside, which only a merge (PATCH of the entity) understands; leave the member out.");
    }

    private static AttributeInstance WithoutNulls(AttributeInstance instance)
    {
        RefuseNull(instance);
        if (instance.UnitCode is EntityJsonReader.Null) instance = instance with { UnitCode = null };
        if (instance.ObjectTypes is { Length: 0 }) instance = instance with { ObjectTypes = null };
        return WithoutTimes(instance);
    }

    private static AttributeInstance WithoutTimes(AttributeInstance instance) => WithoutSubNulls(instance.ObservedAt != EntityJsonReader.NoTime && instance.ExpiresAt != EntityJsonReader.NoTime ? instance
        : instance with { ObservedAt = Next(instance.ObservedAt, null), ExpiresAt = Next(instance.ExpiresAt, null) });

    private static AttributeInstance WithoutSubNulls(AttributeInstance instance) => instance.SubAttributes is not { } sub ? instance
        : instance with { SubAttributes = sub.Where(a => !a.Instances[0].Deleted).ToList() is { Count: > 0 } kept ? kept : null };

    private static byte[] MergeLanguages(ReadOnlyMemory<byte> current, ReadOnlyMemory<byte> fragment)
    {
        var merged = JsonSerializer.Deserialize<SortedDictionary<string, JsonElement>>(current.Span)!;
        foreach (var (tag, text) in JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(fragment.Span)!)
            if (text.ValueKind == JsonValueKind.String && text.ValueEquals(EntityJsonReader.Null)) merged.Remove(tag);
            else merged[tag] = text;
        return JsonSerializer.SerializeToUtf8Bytes(merged, PlainJson.Options);
    }

    private static Problem NoAttribute(Entity entity, string attribute, string? dataset) => new(ProblemKind.ResourceNotFound, dataset is null
        ? $"The entity \"{entity.Id}\" has no attribute \"{attribute}\"{(entity.Find(attribute) is null ? "" : " without datasetId")}."
        : $"The entity \"{entity.Id}\" has no attribute \"{attribute}\" of the dataset \"{dataset}\".");
}
