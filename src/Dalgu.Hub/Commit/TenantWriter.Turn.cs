using System.Diagnostics;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub;

/// <content>The writer's turn, where several nodes share the store (see ADR 0010).</content>
internal sealed partial class TenantWriter
{
    /// <summary>True where writes wait; false where none will come any more. A turn that nobody uses is given back.</summary>
    private async ValueTask<bool> WaitForWritesAsync()
    {
        var writes = queue.Reader.WaitToReadAsync();
        if (shared is null || !hasTurn || writes.IsCompleted) return await writes;
        var waiting = writes.AsTask();
        using (var bored = new CancellationTokenSource(shared.LongestTurn, hub.Clock))
        {
            var longest = Task.Delay(Timeout.InfiniteTimeSpan, bored.Token);
            await Task.WhenAny(waiting, shared.TurnWanted, longest);
        }
        if (!waiting.IsCompleted) await LeaveTurnAtRestAsync();
        return await waiting;
    }

    /// <summary>Gives the turn back when nothing is under way any more.</summary>
    private async ValueTask LeaveTurnAtRestAsync()
    {
        await slots.WaitAsync();
        await RestAsync();
        slots.Release(Drafts);
        await LeaveTurnAsync();
    }

    /// <summary>Makes sure of the turn before a group is built; false where it cannot be had, which refuses the group. The caller has a slot.</summary>
    private async ValueTask<bool> KeepTurnAsync(ISharedStore store)
    {
        if (hasTurn)
        {
            var since = Stopwatch.GetElapsedTime(turnBegan);
            if (since < hub.Options.WriterTurn || !store.TurnWanted.IsCompleted && since < store.LongestTurn) return true;
            await RestAsync();
            slots.Release(Drafts - 1);
            if (broken is not null) return false; // the next round starts over
            await LeaveTurnAsync();
        }
        try
        {
            await tenant.BeginTurnAsync(store, () => hasTurn = true);
            turnBegan = Stopwatch.GetTimestamp();
            return true;
        }
        catch (Exception fault)
        {
            Refusal = fault.Message;
            Fail(TakeGroup(), fault);
            return false;
        }
    }

    private async ValueTask LeaveTurnAsync()
    {
        hasTurn = false;
        await shared!.EndTurnAsync();
    }
}
