using System.Text.Json;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub.Subscriptions;

/// <content>Several nodes over one store: one delivers for the tenant, all know its subscriptions.</content>
internal sealed partial class SubscriptionBook
{
    private readonly CancellationTokenSource end = new();
    private readonly Dictionary<string, DeliveryRecord> early = new(StringComparer.Ordinal); // records of which the subscription is told next
    private Task? duty;

    /// <summary>Begins to deliver: at once, or when this node has the duty.</summary>
    public void Begin()
    {
        if (!hub.IsShared)
        {
            Delivery.IsOnDuty = true;
            Delivery.Start();
            return;
        }
        lock (early) duty ??= Task.Run(() => hub.OnDutyAsync("notifications of " + tenant.Name, DeliverAsync, end.Token));
    }

    private async Task DeliverAsync(CancellationToken lost)
    {
        // What the node before did is in its records; what is in memory may be older.
        await LoadAsync();
        Delivery.IsOnDuty = true;
        Delivery.Start();
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, lost);
        }
        catch (OperationCanceledException)
        {
            // Another node delivers from here on, or the instance stops.
        }
        await Delivery.DisposeAsync();
        Delivery = new(tenant, hub, this);
        if (!end.IsCancellationRequested) await LoadAsync();
    }

    /// <summary>Hears of what other nodes write.</summary>
    public void Listen()
    {
        tenant.Watch(DeliveryRecord.Collection, TakeRecord);
        tenant.Watch(SubscriptionDocument.Collection, TakeSubscription);
    }

    private void TakeRecord(DocumentWrite document)
    {
        if (document.Body is not { } body) return;
        if (document.Id == DeliveryMark.Id)
        {
            if (!Delivery.IsOnDuty) Delivery.Mark = JsonSerializer.Deserialize(body, DeliveryJson.Default.DeliveryMark);
            return;
        }
        if (JsonSerializer.Deserialize(body, DeliveryJson.Default.DeliveryRecord) is not { } record) return;
        if (!all.TryGetValue(document.Id, out var state)) early[document.Id] = record;
        else if (!Delivery.IsOnDuty) lock (state.Gate) state.Record = record;
    }

    private void TakeSubscription(DocumentWrite document)
    {
        early.Remove(document.Id, out var record);
        all.TryGetValue(document.Id, out var state);
        if (document.Body is not { } body || JsonSerializer.Deserialize(body, SubscriptionJson.Default.SubscriptionDocument) is not { } stored)
        {
            if (state is null) return;
            lock (state.Gate) state.IsGone = true;
            all.TryRemove(document.Id, out _);
            Delivery.Remove(state);
        }
        else if (state is not null) Delivery.Change(state, reader.Read(stored));
        else
        {
            record ??= new DeliveryRecord { Settled = tenant.Status.LastSeq };
            all[document.Id] = state = new(reader.Read(stored), record) { From = record.Settled };
            Delivery.AddLearned(state);
        }
    }
}
