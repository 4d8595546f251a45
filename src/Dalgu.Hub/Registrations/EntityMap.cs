using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dalgu.Hub.Access;
using Dalgu.Hub.Storage;

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

    /// <summary>Leaves only these entities in the map; true where any goes.</summary>
    public bool Keep(IReadOnlySet<string> those)
    {
        lock (gate)
        {
            var gone = entities.Keys.Where(e => !those.Contains(e)).ToList();
            foreach (var id in gone) entities.Remove(id);
            return gone.Count > 0;
        }
    }
}

/// <summary>An entity map as nodes tell each other of it.</summary>
internal sealed record EntityMapDocument(string Owner, DateTime ExpiresAt, IReadOnlyDictionary<string, IReadOnlyList<string>> Entities)
{
    /// <summary>The collection that holds maps, where several nodes share a database.</summary>
    public const string Collection = "entity-maps";
}

/// <summary>The entity maps of a tenant, in memory: one that is not there any more is made anew by the query that names it (clause 5.7.2.4). Nodes that
/// share a database tell each other of theirs by documents. Thread-safe.</summary>
internal sealed class EntityMapBook(Tenant tenant, CityHub hub)
{
    private readonly ConcurrentDictionary<string, EntityMap> all = new(StringComparer.Ordinal);

    private DateTime Now => Timestamp.Milliseconds(hub.Clock.GetUtcNow().UtcDateTime);

    /// <summary>Reads the maps that nodes keep, and hears of those to come.</summary>
    public async Task LoadAsync()
    {
        if (!hub.IsShared) return;
        tenant.Watch(EntityMapDocument.Collection, Take);
        await foreach (var document in tenant.DocumentsAsync(EntityMapDocument.Collection)) Take(document);
    }

    private void Take(DocumentWrite document)
    {
        if (document.Body is { } body && JsonSerializer.Deserialize(body, EntityMapJson.Default.EntityMapDocument) is { } stored)
            all[document.Id] = new(document.Id, stored.Owner, new(stored.Entities.ToDictionary(), StringComparer.Ordinal), stored.ExpiresAt);
        else all.TryRemove(document.Id, out _);
    }

    /// <summary>The living map of an id that somebody may use; null where there is none.</summary>
    public EntityMap? Find(string id, Principal who)
    {
        if (!all.TryGetValue(id, out var map) || map.Owner != who.Name && who.Role < Role.Operator) return null;
        return map.ExpiresAt > Now ? map : null;
    }

    /// <summary>Keeps a map.</summary>
    /// <param name="who">Who asked.</param>
    /// <param name="entities">The entities and where they are.</param>
    /// <param name="lifetime">How long it is wanted; null for the default.</param>
    public async Task<EntityMap> AddAsync(Principal who, SortedDictionary<string, IReadOnlyList<string>> entities, TimeSpan? lifetime)
    {
        var gone = all.Values.Where(m => m.ExpiresAt <= Now).ToList();
        if (all.Count - gone.Count >= hub.Options.MaxEntityMaps) gone.AddRange(all.Values.Except(gone).OrderBy(m => m.ExpiresAt).Take(1 + hub.Options.MaxEntityMaps / 10));
        var map = new EntityMap("urn:ngsi-ld:EntityMap:" + Guid.NewGuid(), who.Name, entities, Until(Now + (lifetime ?? hub.Options.EntityMapLifetime)));
        all[map.Id] = map;
        foreach (var old in gone) all.TryRemove(old.Id, out _);
        await TellAsync(who, map, gone.Select(g => g.Id));
        return map;
    }

    /// <summary>The time until which a map may live that is wanted until some time.</summary>
    public DateTime Until(DateTime wanted) => wanted < Now + hub.Options.LongestEntityMapLifetime ? wanted : Now + hub.Options.LongestEntityMapLifetime;

    /// <summary>Tells other nodes of a map as it is now.</summary>
    public Task ChangedAsync(Principal who, EntityMap map) => TellAsync(who, map, []);

    /// <summary>Takes a map away.</summary>
    public Task RemoveAsync(Principal who, string id) => all.TryRemove(id, out _) ? TellAsync(who, null, [id]) : Task.CompletedTask;

    private Task TellAsync(Principal who, EntityMap? map, IEnumerable<string> gone) => !hub.IsShared ? Task.CompletedTask : tenant.WriteAsync(who, "maps.tell", [], scope =>
    {
        scope.Target = map?.Id;
        foreach (var id in gone) scope.PutDocument(EntityMapDocument.Collection, id, null);
        if (map is not null)
            scope.PutDocument(EntityMapDocument.Collection, map.Id, JsonSerializer.SerializeToUtf8Bytes(new EntityMapDocument(map.Owner, map.ExpiresAt, map.Entities.ToDictionary()), EntityMapJson.Default.EntityMapDocument));
        return true;
    });
}

/// <summary>The stored form of entity maps.</summary>
[JsonSerializable(typeof(EntityMapDocument))]
internal sealed partial class EntityMapJson : JsonSerializerContext;
