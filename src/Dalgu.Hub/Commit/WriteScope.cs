using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub;

/// <summary>The present state inside a write, and the changes to it. Valid only while the write is applied.</summary>
public sealed partial class WriteScope
{
    private readonly Func<string, CachedEntity?> find;
    private readonly Action<DateTime>? expires;
    private readonly Dictionary<string, Entity?> states;

    internal WriteScope(DateTime now, int ids, Func<string, CachedEntity?> find, Action<DateTime>? expires = null)
    {
        states = new(ids, StringComparer.Ordinal);
        this.expires = expires;
        Now = now;
        this.find = find;
    }

    /// <summary>The time of the write: createdAt and modifiedAt of what changes. UTC, whole milliseconds.</summary>
    public DateTime Now { get; }

    internal IReadOnlyDictionary<string, Entity?> States => states;
    internal List<(string Id, IReadOnlyList<EntityAttribute> Attributes)> Records { get; } = [];
    internal List<DocumentWrite> Documents { get; } = [];

    /// <summary>What the audit says the write was about; where it is null, the ids of the changes.</summary>
    public string? Target { get; set; }

    /// <summary>False where the write is the instance's own note of how far it is, which the audit leaves out; of such a write documents alone are stored.</summary>
    internal bool IsAudited { get; set; } = true;

    /// <summary>The entity of a declared id as it is now; null where it does not exist.</summary>
    public Entity? Find(string id) =>
        states.TryGetValue(id, out var staged) ? staged
        : (find(id) ?? throw new InvalidOperationException($"The write looks up \"{id}\" without having declared it.")).Entity is { } entity ? Transience.At(entity, Now) : null;

    /// <summary>Sets the state of an entity. Instances that are the same objects as before count as unchanged; those without times get them.</summary>
    public void Put(Entity entity) => Set(Stamp(entity, Find(entity.Id)));

    /// <summary>Sets the state of an entity with the times that it has already; one without times gets them.</summary>
    internal void Keep(Entity entity)
    {
        var isStamped = entity.CreatedAt != default && entity.ModifiedAt != default;
        foreach (var attribute in entity.Attributes)
            foreach (var instance in attribute.Instances) isStamped &= instance.CreatedAt != default && instance.ModifiedAt != default;
        if (isStamped) Set(entity with { MayExpire = Transience.MayExpire(entity.Attributes) });
        else Put(entity);
    }

    private void Set(Entity next)
    {
        states[next.Id] = next;
        if (next.ExpiresAt is null && !next.MayExpire) return;
        foreach (var at in Transience.Expiries(next))
        {
            PutDocument(ExpirySweeper.Collection, ExpirySweeper.DocumentId(at, next.Id), []);
            expires?.Invoke(at);
        }
    }

    /// <summary>Takes away what has expired of an entity.</summary>
    internal void Expire(string id)
    {
        if (find(id)?.Entity is not { } stored || states.ContainsKey(id)) return;
        var living = Find(id);
        if (living is null) states[id] = null;
        else if (!ReferenceEquals(living, stored)) Put(living);
    }

    /// <summary>Deletes an entity; its history stays.</summary>
    public void Delete(string id)
    {
        if (Find(id) is not null) states[id] = null;
    }

    /// <summary>Adds to the history of an entity without touching its state: a back-fill.</summary>
    /// <param name="id">The entity's declared id; it exists, or has a history.</param>
    /// <param name="attributes">Instances, each with its observedAt.</param>
    public void Record(string id, IReadOnlyList<EntityAttribute> attributes)
    {
        var known = find(id);
        if (Find(id) is null && (known is null || known.IsNew)) throw new Problem(ProblemKind.ResourceNotFound, $"The entity \"{id}\" does not exist, so its history cannot be written.");
        Records.Add((id, Stamp(attributes, null)));
    }

    /// <summary>Writes a document of a collection; null removes it.</summary>
    public void PutDocument(string collection, string id, byte[]? body) => Documents.Add(new(collection, id, body));

    private Entity Stamp(Entity entity, Entity? before) => entity with
    {
        CreatedAt = before?.CreatedAt ?? (entity.CreatedAt == default ? Now : entity.CreatedAt),
        ModifiedAt = Now,
        Attributes = Stamp(entity.Attributes, before),
        MayExpire = Transience.MayExpire(entity.Attributes),
    };

    /// <summary>The attributes with their times. Fresh instances get theirs in place; what was written before is copied, since others hold it.</summary>
    private IReadOnlyList<EntityAttribute> Stamp(IReadOnlyList<EntityAttribute> attributes, Entity? before)
    {
        if (attributes is PackedAttributes { IsFresh: true } packed)
        {
            packed.Stamp(before?.Attributes ?? [], Now);
            return packed;
        }
        EntityAttribute[]? stamped = null;
        for (var i = 0; i < attributes.Count; i++)
        {
            var attribute = attributes[i];
            var old = before?.Find(attribute.Name);
            var next = ReferenceEquals(attribute, old) ? attribute : Stamp(attribute, old);
            if (!ReferenceEquals(next, attribute)) stamped ??= [.. attributes];
            if (stamped is not null) stamped[i] = next;
        }
        return stamped ?? attributes;
    }

    private EntityAttribute Stamp(EntityAttribute attribute, EntityAttribute? old)
    {
        AttributeInstance[]? stamped = null;
        for (var i = 0; i < attribute.Instances.Count; i++)
        {
            var instance = attribute.Instances[i];
            var next = Same(old, instance) ? instance : Stamp(instance, old);
            if (!ReferenceEquals(next, instance)) stamped ??= [.. attribute.Instances];
            if (stamped is not null) stamped[i] = next;
        }
        return stamped is null ? attribute : attribute with { Instances = stamped };
    }

    private AttributeInstance Stamp(AttributeInstance instance, EntityAttribute? old)
    {
        AttributeInstance? previous = null;
        if (old is not null)
            for (var i = 0; i < old.Instances.Count; i++)
                if (old.Instances[i].DatasetId == instance.DatasetId) previous = old.Instances[i];
        var isFresh = instance.ModifiedAt == default && instance.CreatedAt == default;
        var sub = instance.SubAttributes is { } inner ? StampSub(inner, previous) : null;
        var stamped = isFresh && ReferenceEquals(sub, instance.SubAttributes) ? instance : instance with { SubAttributes = sub };
        stamped.CreatedAt = previous?.CreatedAt ?? Now;
        stamped.ModifiedAt = Now;
        return stamped;
    }

    private IReadOnlyList<EntityAttribute> StampSub(IReadOnlyList<EntityAttribute> attributes, AttributeInstance? previous)
    {
        var stamped = new EntityAttribute[attributes.Count];
        var isSame = true;
        for (var i = 0; i < stamped.Length; i++)
        {
            var attribute = attributes[i];
            EntityAttribute? old = null;
            if (previous?.SubAttributes is { } olds)
                for (var k = 0; k < olds.Count; k++) if (olds[k].Name == attribute.Name) old = olds[k];
            stamped[i] = ReferenceEquals(attribute, old) ? attribute : Stamp(attribute, old);
            isSame &= ReferenceEquals(stamped[i], attribute);
        }
        return isSame ? attributes : stamped;
    }

    private static bool Same(EntityAttribute? old, AttributeInstance instance)
    {
        if (old is null) return false;
        for (var i = 0; i < old.Instances.Count; i++) if (ReferenceEquals(old.Instances[i], instance)) return true;
        return false;
    }
}
