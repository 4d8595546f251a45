using System.Collections.Concurrent;
using System.Numerics;

namespace Dalgu.Hub;

/// <summary>The decoded entities of a tenant that were in use last. Two generations: when the young one is full it becomes the old one.
/// Lookups take no lock. A reader's find enters when it is asked for again before long, and only if no commit happened since it was read, so that an old state never hides a new one.</summary>
/// <param name="capacity">How many entities it keeps in any case.</param>
/// <param name="room">Where the store is another process, and each state not kept here a question to it: the room for more, which tenants share. Null where there is none.</param>
internal sealed class EntityCache(int capacity, CacheRoom? room = null)
{
    private readonly Lock gate = new();
    private readonly int half = Math.Max(1, capacity / 2);
    // Whose turn it was last, by hash: a walk through many entities, each asked for once, pushes out nothing that is in use.
    private readonly int[] seen = new int[BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, capacity))];
    private volatile ConcurrentDictionary<string, CachedEntity> young = Generation(), old = Generation();
    private int count, oldCount;
    private long version;

    public long Version => Volatile.Read(ref version);

    public CachedEntity? Find(string id) => young.TryGetValue(id, out var found) || old.TryGetValue(id, out found) ? found : null;

    /// <summary>True where the entity was asked for before, not long ago: then it is worth its place. A race costs a place or an entry, nothing more.</summary>
    public bool Admits(string id)
    {
        var hash = id.GetHashCode(StringComparison.Ordinal) | 1; // never the 0 of an empty slot
        ref var slot = ref seen[(hash >> 1) & (seen.Length - 1)];
        if (slot == hash) return true;
        slot = hash;
        return false;
    }

    /// <summary>Adds what a reader found when the version was so.</summary>
    public void Add(string id, CachedEntity entity, long versionRead)
    {
        lock (gate)
            if (version == versionRead) Set(id, entity);
    }

    /// <summary>Takes over the states of a commit: refreshes what is here, and adds what a small commit updated, since it will be updated again; with room, what any
    /// commit updated. A load of new entities stays out: it would only push out what is in use.</summary>
    public void Commit(IReadOnlyDictionary<string, CachedEntity> entities, Func<string, bool> wasAbsent)
    {
        const int small = 256;
        lock (gate)
        {
            version++;
            foreach (var (id, entity) in entities)
                if (young.ContainsKey(id) || old.ContainsKey(id) || (entities.Count <= small || room is not null) && !wasAbsent(id)) Set(id, entity);
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
            room?.Give(count + oldCount);
            (young, old, count, oldCount) = (Generation(), Generation(), 0, 0);
        }
    }

    // Writers take turns at the gate, so one lock inside is enough.
    private static ConcurrentDictionary<string, CachedEntity> Generation() => new(concurrencyLevel: 1, capacity: 31, StringComparer.Ordinal);

    private void Set(string id, CachedEntity entity)
    {
        if (count >= half && (room is null || !room.HasMore(count)))
        {
            room?.Give(oldCount);
            (old, oldCount) = (young, count);
            young = Generation();
            count = 0;
        }
        if (young.TryAdd(id, entity))
        {
            count++; // the dictionary would take every lock to count itself
            room?.Take();
        }
        else young[id] = entity;
        if (old.ContainsKey(id)) old[id] = entity;
    }
}

/// <summary>The room that the caches of several tenants share: each may take all that the others have left.</summary>
internal sealed class CacheRoom(int capacity)
{
    private readonly int half = capacity / 2;
    private int taken;

    /// <summary>True where a generation of so many entities may still grow.</summary>
    public bool HasMore(int count) => count < half && Volatile.Read(ref taken) < capacity;

    public void Take() => Interlocked.Increment(ref taken);

    public void Give(int count) => Interlocked.Add(ref taken, -count);
}
