using System.Collections.Concurrent;
using Dalgu.Hub.Access;

namespace Dalgu.Hub.Registrations;

/// <summary>Which entities matched a query when it was first asked, and where each is held (clause 5.2.39). Its entities only become fewer.</summary>
internal sealed class EntityMap(string id, string owner, SortedDictionary<string, IReadOnlyList<string>> entities, DateTime expiresAt)
{
    /// <summary>Where an entity is held that the broker holds itself.</summary>
    public const string Local = "@none";

    private readonly Lock gate = new();

    public string Id => id;
    /// <summary>Who asked; the map is for him and for operators.</summary>
    public string Owner => owner;
    /// <summary>When the map ceases to be, UTC.</summary>
    public DateTime ExpiresAt { get; set; } = expiresAt;
    /// <summary>The maps that sources keep of their parts, by registration.</summary>
    public Dictionary<string, string> Linked { get; } = new(StringComparer.Ordinal);

    /// <summary>The entities with the registrations that have them, in ordinal order of id.</summary>
    public List<KeyValuePair<string, IReadOnlyList<string>>> Entities
    {
        get
        {
            lock (gate) return [.. entities];
        }
    }

    public bool Contains(string entity)
    {
        lock (gate) return entities.ContainsKey(entity);
    }

    /// <summary>Leaves only these entities in the map.</summary>
    public void Keep(IReadOnlySet<string> those)
    {
        lock (gate)
            foreach (var gone in entities.Keys.Where(e => !those.Contains(e)).ToList()) entities.Remove(gone);
    }
}

/// <summary>The entity maps of a tenant, in memory: one that is not there any more is made anew by the query that names it (clause 5.7.2.4). Thread-safe.</summary>
internal sealed class EntityMapBook(CityHub hub)
{
    private readonly ConcurrentDictionary<string, EntityMap> all = new(StringComparer.Ordinal);

    private DateTime Now => Timestamp.Milliseconds(hub.Clock.GetUtcNow().UtcDateTime);

    /// <summary>The living map of an id that somebody may use; null where there is none.</summary>
    public EntityMap? Find(string id, Principal who)
    {
        if (!all.TryGetValue(id, out var map) || map.Owner != who.Name && who.Role < Role.Operator) return null;
        if (map.ExpiresAt > Now) return map;
        all.TryRemove(id, out _);
        return null;
    }

    /// <summary>Keeps a map.</summary>
    /// <param name="who">Who asked.</param>
    /// <param name="entities">The entities and where they are.</param>
    /// <param name="lifetime">How long it is wanted; null for the default.</param>
    public EntityMap Add(Principal who, SortedDictionary<string, IReadOnlyList<string>> entities, TimeSpan? lifetime)
    {
        if (all.Count >= hub.Options.MaxEntityMaps)
            foreach (var old in all.Values.OrderBy(m => m.ExpiresAt).Take(1 + hub.Options.MaxEntityMaps / 10)) all.TryRemove(old.Id, out _);
        var map = new EntityMap("urn:ngsi-ld:EntityMap:" + Guid.NewGuid(), who.Name, entities, Until(Now + (lifetime ?? hub.Options.EntityMapLifetime)));
        return all[map.Id] = map;
    }

    /// <summary>The time until which a map may live that is wanted until some time.</summary>
    public DateTime Until(DateTime wanted) => wanted < Now + hub.Options.LongestEntityMapLifetime ? wanted : Now + hub.Options.LongestEntityMapLifetime;

    /// <summary>Takes a map away; false where there is none.</summary>
    public bool Remove(string id) => all.TryRemove(id, out _);
}
