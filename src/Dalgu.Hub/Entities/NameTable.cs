using System.Collections.Concurrent;

namespace Dalgu.Hub.Entities;

/// <summary>The numbers of a tenant's attribute and type names. Readers look up at any time; only the tenant's writer adds.</summary>
public sealed class NameTable
{
    private readonly ConcurrentDictionary<string, int> numbers = new(StringComparer.Ordinal);
    private readonly int capacity;
    private string[] names, shape = [];
    private int count;

    /// <summary>A table of stored names; index is the number, 0 is unused.</summary>
    public NameTable(IReadOnlyList<string> stored, int capacity)
    {
        this.capacity = capacity;
        names = new string[Math.Max(64, stored.Count * 2)];
        count = Math.Max(1, stored.Count);
        for (var i = 1; i < stored.Count; i++)
        {
            names[i] = stored[i];
            numbers[stored[i]] = i;
        }
    }

    /// <summary>The number of a name, or 0 where it has none.</summary>
    public int NumberOf(string name) => numbers.GetValueOrDefault(name);

    /// <summary>The name of a number.</summary>
    public string this[int number] => Volatile.Read(ref names)[number];

    /// <summary>The names of the attributes of the state that was read last, or as many empty ones: most states have the names of the one before. Only for the writer.</summary>
    internal string[] ShapeOf(int attributes) => shape.Length == attributes ? shape : new string[attributes];

    /// <summary>Keeps the names of a state for the next one.</summary>
    internal void Remember(string[] attributes) => shape = attributes;

    /// <summary>The number of a name, given now where it has none; 0 where the table is full. Only for the writer.</summary>
    /// <param name="name">The name.</param>
    /// <param name="added">Receives a name that is new.</param>
    internal int Number(string name, List<(int, string)> added)
    {
        if (numbers.TryGetValue(name, out var number)) return number;
        if (count > capacity) return 0;
        if (count == names.Length)
        {
            var larger = new string[names.Length * 2];
            names.AsSpan().CopyTo(larger);
            Volatile.Write(ref names, larger);
        }
        names[count] = name;
        numbers[name] = count;
        added.Add((count, name));
        return count++;
    }

    /// <summary>Takes over names that another node numbered. Only while this node's writer rests.</summary>
    internal void Learn(IReadOnlyList<(int Number, string Name)> learned)
    {
        foreach (var (number, name) in learned)
        {
            if (number >= names.Length)
            {
                var larger = new string[Math.Max(number + 1, names.Length * 2)];
                names.AsSpan().CopyTo(larger);
                Volatile.Write(ref names, larger);
            }
            names[number] = name;
            numbers[name] = number;
            count = Math.Max(count, number + 1);
        }
    }

    /// <summary>True where later names get no number, so that one without a number may be stored all the same.</summary>
    public bool IsFull => count > capacity;

    /// <summary>How many numbers are in use, 0 included.</summary>
    internal int Count => count;

    /// <summary>Takes the names back that were numbered since there were so many: no commit stored them. Only for the writer.</summary>
    internal void Truncate(int to)
    {
        for (var i = to; i < count; i++) numbers.TryRemove(names[i], out _);
        count = to;
    }
}
