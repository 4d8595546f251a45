using System.Buffers;

namespace Dalgu.Store.Sqlite.History;

/// <summary>Where rows lie in the log: the chunk, and the offset in it. In memory that is given back.</summary>
internal readonly struct Positions((long Chunk, int Offset)[]? rented, int count) : IDisposable
{
    public ReadOnlySpan<(long Chunk, int Offset)> Span => rented.AsSpan(0, count);

    public void Dispose()
    {
        if (rented is not null) ArrayPool<(long, int)>.Shared.Return(rented);
    }
}

/// <summary>Where the rows of each entity lie in a generation of the log of recent history: kept in memory, made anew from the log at start.
/// The writer adds, readers look up at any time.</summary>
internal sealed class RecentIndex
{
    /// <summary>Twelve bytes a row: the chunk is counted from the first one, and an offset fits a page.</summary>
    private readonly record struct Entry(int Chunk, int Previous, ushort Offset);

    private readonly Lock gate = new();
    private long firstChunk;
    private readonly Dictionary<long, int> newest = []; // by key: the number of its last entry, counted from 1
    private readonly List<Entry> entries = [];

    /// <summary>Makes room for so many rows.</summary>
    public void Reserve(int rows)
    {
        entries.EnsureCapacity(rows);
        newest.EnsureCapacity(rows / 2);
    }

    /// <summary>How many rows there are.</summary>
    public int Count => entries.Count;

    /// <summary>How many entities have rows here.</summary>
    public int Entities => newest.Count;

    public void Add(long key, long chunk, int offset)
    {
        lock (gate)
        {
            ref var last = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(newest, key, out _);
            if (entries.Count == 0) firstChunk = chunk;
            entries.Add(new((int)(chunk - firstChunk), last, (ushort)offset));
            last = entries.Count;
        }
    }

    /// <summary>The rows of an entity, the latest written first.</summary>
    public Positions Find(long key)
    {
        lock (gate)
        {
            if (!newest.TryGetValue(key, out var last)) return default;
            var count = 0;
            for (var at = last; at > 0; at = entries[at - 1].Previous) count++;
            var found = ArrayPool<(long, int)>.Shared.Rent(count); // a long series has many thousand
            count = 0;
            for (var at = last; at > 0; at = entries[at - 1].Previous) found[count++] = (firstChunk + entries[at - 1].Chunk, entries[at - 1].Offset);
            return new(found, count);
        }
    }

    /// <summary>Forgets what was added since there were so many rows: it was not committed.</summary>
    public void Truncate(int count)
    {
        lock (gate)
        {
            if (count == entries.Count) return;
            foreach (var (key, last) in newest)
            {
                var at = last;
                while (at > count) at = entries[at - 1].Previous;
                if (at == 0) newest.Remove(key);
                else newest[key] = at;
            }
            entries.RemoveRange(count, entries.Count - count);
        }
    }

    /// <summary>The entities that have rows here, in order.</summary>
    public long[] Keys()
    {
        lock (gate)
        {
            long[] keys = [.. newest.Keys];
            Array.Sort(keys);
            return keys;
        }
    }
}
