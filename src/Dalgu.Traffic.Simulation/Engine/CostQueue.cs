namespace Dalgu.Traffic.Simulation.Engine;

/// <summary>Edges to look at, the cheapest first, of equal ones that with the lower number: a binary heap.</summary>
/// <remarks>The library's PriorityQueue asks a comparer object at each comparison.</remarks>
internal sealed class CostQueue
{
    private (double Cost, int Edge)[] heap = new (double, int)[64];
    private int count;

    public void Clear() => count = 0;

    public void Enqueue(int edge, double cost)
    {
        if (count == heap.Length) Array.Resize(ref heap, count * 2);
        var at = count++;
        for (; at > 0 && Before((cost, edge), heap[(at - 1) >> 1]); at = (at - 1) >> 1) heap[at] = heap[(at - 1) >> 1];
        heap[at] = (cost, edge);
    }

    public bool TryDequeue(out int edge, out double cost)
    {
        (cost, edge) = heap[0];
        if (count == 0) return false;
        var last = heap[--count];
        var at = 0;
        for (var child = 1; child < count; child = 2 * at + 1)
        {
            if (child + 1 < count && Before(heap[child + 1], heap[child])) child++;
            if (!Before(heap[child], last)) break;
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = last;
        return true;
    }

    private static bool Before((double Cost, int Edge) one, (double Cost, int Edge) other) => one.Cost < other.Cost || one.Cost == other.Cost && one.Edge < other.Edge;
}
