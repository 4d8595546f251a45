using System.Threading.Channels;

namespace Dalgu.Hub.Changes;

/// <summary>The in-process feed of committed changes. A reader that falls behind loses the oldest changes and is told so by the gap
/// in <see cref="Change.Seq"/>; it never delays a writer. Thread-safe.</summary>
public sealed class ChangeFeed
{
    private readonly Lock gate = new();
    private Channel<IReadOnlyList<Change>>[] readers = [];

    /// <summary>How many readers there are now.</summary>
    public int Readers => readers.Length;

    /// <summary>Yields the changes of each commit from now on, until cancelled.</summary>
    /// <param name="capacity">How many commits may wait for this reader.</param>
    /// <param name="cancel">Ends the feed.</param>
    public async IAsyncEnumerable<IReadOnlyList<Change>> ReadAsync(int capacity = 256, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel = default)
    {
        var channel = Channel.CreateBounded<IReadOnlyList<Change>>(new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        lock (gate) readers = [.. readers, channel];
        try
        {
            await foreach (var changes in channel.Reader.ReadAllAsync(cancel)) yield return changes;
        }
        finally
        {
            lock (gate) readers = [.. readers.Where(r => r != channel)];
        }
    }

    internal void Publish(IReadOnlyList<Change> changes)
    {
        foreach (var reader in readers) reader.Writer.TryWrite(changes);
    }
}
