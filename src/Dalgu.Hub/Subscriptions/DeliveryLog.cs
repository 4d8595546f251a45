using System.Text.Json;
using Dalgu.Hub.Access;

namespace Dalgu.Hub.Subscriptions;

/// <summary>Writes how far a tenant's deliveries are, many at a time: what is settled is durable before its subscription sends the next.</summary>
internal sealed class DeliveryLog(Tenant tenant, TimeProvider clock, CancellationToken end)
{
    private readonly Lock gate = new();
    private HashSet<SubscriptionState> dirty = [];
    private TaskCompletionSource written = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Func<DeliveryMark?>? mark;
    private bool isWriting;

    /// <summary>Writes a subscription's record; returns when it is durable.</summary>
    public Task WriteAsync(SubscriptionState state)
    {
        lock (gate)
        {
            dirty.Add(state);
            return Start();
        }
    }

    /// <summary>Writes the tenant's mark, taken when it is written; returns when it is durable.</summary>
    public Task WriteAsync(Func<DeliveryMark?> take)
    {
        lock (gate)
        {
            mark = take;
            return Start();
        }
    }

    private Task Start()
    {
        if (!isWriting)
        {
            isWriting = true;
            _ = Task.Run(RunAsync);
        }
        return written.Task;
    }

    private async Task RunAsync()
    {
        while (true)
        {
            HashSet<SubscriptionState> states;
            TaskCompletionSource done;
            Func<DeliveryMark?>? take;
            lock (gate)
            {
                if (dirty.Count == 0 && mark is null)
                {
                    isWriting = false;
                    return;
                }
                (states, dirty) = (dirty, []);
                (done, written) = (written, new(TaskCreationOptions.RunContinuationsAsynchronously));
                (take, mark) = (mark, null);
            }
            var marked = take?.Invoke();
            try
            {
                for (var pause = 1; !await TryAsync(states, marked); pause = Math.Min(60, pause * 2))
                    await Task.Delay(TimeSpan.FromSeconds(pause), clock, end); // the disk is full, or the queue: what was sent waits to be settled
                done.SetResult();
            }
            catch (OperationCanceledException)
            {
                done.SetCanceled(end); // the instance stops; what was not written is sent again, with the same id
                return;
            }
        }
    }

    private async Task<bool> TryAsync(HashSet<SubscriptionState> states, DeliveryMark? marked)
    {
        try
        {
            await tenant.WriteAsync(Principal.System, "subscriptions.delivered", [], scope =>
            {
                scope.IsAudited = false;
                foreach (var state in states)
                {
                    DeliveryRecord record;
                    lock (state.Gate)
                    {
                        if (state.IsGone) continue; // or its record would come back after it
                        record = state.Record;
                    }
                    scope.PutDocument(DeliveryRecord.Collection, state.Definition.Id, JsonSerializer.SerializeToUtf8Bytes(record, DeliveryJson.Default.DeliveryRecord));
                }
                if (marked is not null) scope.PutDocument(DeliveryRecord.Collection, DeliveryMark.Id, JsonSerializer.SerializeToUtf8Bytes(marked, DeliveryJson.Default.DeliveryMark));
                return true;
            });
            return true;
        }
        catch (Problem)
        {
            return false;
        }
    }
}
