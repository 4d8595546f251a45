using System.Collections.Concurrent;

namespace Dalgu.Hub;

/// <summary>The decoded entities of a tenant that were in use last. Two generations: when the young one is full it becomes the old one.
/// Lookups take no lock. A reader's find enters only if no commit happened since it read, so that an old state never hides a new one.</summary>
internal sealed class EntityCache(int capacity)
{
    private readonly Lock gate = new();
    private readonly int half = Math.Max(1, capacity / 2);
    private volatile ConcurrentDictionary<string, CachedEntity> young = new(StringComparer.Ordinal), old = new(StringComparer.Ordinal);
    private long version;

    public long Version => Volatile.Read(ref version);

    public CachedEntity? Find(string id) => young.TryGetValue(id, out var found) || old.TryGetValue(id, out found) ? found : null;

    /// <summary>Adds what a reader found when the version was so.</summary>
    public void Add(string id, CachedEntity entity, long versionRead)
    {
        lock (gate)
            if (version == versionRead) Set(id, entity);
    }

    /// <summary>Takes over the states of a commit: refreshes what is here, and adds what a small commit updated, since it will be updated again.
    /// A load of new entities stays out: it would only push out what is in use.</summary>
    public void Commit(IReadOnlyDictionary<string, CachedEntity> entities, Func<string, bool> wasAbsent)
    {
        const int small = 256;
        lock (gate)
        {
            version++;
            foreach (var (id, entity) in entities)
                if (young.ContainsKey(id) || old.ContainsKey(id) || entities.Count <= small && !wasAbsent(id)) Set(id, entity);
        }
    }

    /// <summary>Takes over the states that another node committed, where they are here.</summary>
    public void Learn(IReadOnlyDictionary<string, CachedEntity> entities)
    {
        lock (gate)
        {
            version++;
            foreach (var (id, entity) in entities)
                if (young.ContainsKey(id) || old.ContainsKey(id)) Set(id, entity);
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        lock (gate)
        {
            version++;
            (young, old) = (new(StringComparer.Ordinal), new(StringComparer.Ordinal));
        }
    }

    private void Set(string id, CachedEntity entity)
    {
        if (young.Count >= half)
        {
            old = young;
            young = new(StringComparer.Ordinal);
        }
        young[id] = entity;
        if (old.ContainsKey(id)) old[id] = entity;
    }
}
