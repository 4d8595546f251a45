using System.Collections.Concurrent;
using Dalgu.Hub.Audit;
using Dalgu.Hub.Changes;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub;

/// <content>Several nodes over one store: how this one learns what the others committed. Where the store is this instance's own, nothing of it is in use.</content>
public sealed partial class Tenant
{
    private readonly ConcurrentDictionary<string, Action<DocumentWrite>> watches = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim learning = new(1);
    private readonly Lock refreshGate = new();
    private Task? refresh, nextRefresh;

    private ISharedStore? Shared => store as ISharedStore;

    /// <summary>True where this node takes away what expires: of several the one that delivers notifications.</summary>
    internal bool IsSweeper => Shared is not { } shared || shared.IsAlone || Subscriptions.Delivery.IsOnDuty;

    /// <summary>Returns when this node knows everything that was committed before the call, by whichever node.</summary>
    internal ValueTask FreshAsync() => Shared is not { } shared || shared.IsAlone || writer.HasTurn && shared.HoldsTurn ? default : new(JoinRefresh());

    /// <summary>Hears of documents of a collection that another node wrote or removed.</summary>
    internal void Watch(string collection, Action<DocumentWrite> take) => watches[collection] = take;

    // Whoever comes while a look at the store is under way needs the next one; all who wait share it.
    private Task JoinRefresh()
    {
        lock (refreshGate)
        {
            if (refresh is null or { IsCompleted: true }) return refresh = LearnAsync();
            if (nextRefresh is null or { IsCompleted: true }) nextRefresh = AfterAsync(refresh);
            return nextRefresh;
        }

        async Task AfterAsync(Task before)
        {
            await before.ContinueWith(static _ => { }, TaskScheduler.Default);
            Task own;
            lock (refreshGate) (own, nextRefresh) = (refresh = LearnAsync(), null);
            await own;
        }
    }

    /// <summary>Asks the store for news, unless this node has the turn: then there are none.</summary>
    private async Task LearnAsync()
    {
        await learning.WaitAsync();
        try
        {
            if (!writer.HasTurn && await Shared!.NewsAsync() is { } news) Take(news);
        }
        finally
        {
            learning.Release();
        }
    }

    /// <summary>Reads the store while nothing is learned of what other nodes write.</summary>
    internal async Task WithoutNewsAsync(Func<Task> read)
    {
        await learning.WaitAsync();
        try
        {
            await read();
        }
        finally
        {
            learning.Release();
        }
    }

    /// <summary>Begins the writer's turn with all that the others committed.</summary>
    internal async Task BeginTurnAsync(ISharedStore shared, Action begun)
    {
        await shared.BeginTurnAsync();
        await learning.WaitAsync();
        try
        {
            if (await shared.NewsAsync() is { } news) Take(news);
            begun();
        }
        catch
        {
            await shared.EndTurnAsync();
            throw;
        }
        finally
        {
            learning.Release();
        }
    }

    private void OnCommitted() => _ = JoinRefresh().ContinueWith(static t => _ = t.Exception, TaskScheduler.Default); // what fails now is asked for again

    private void Take(StoreNews news)
    {
        writer.Learn(news);
        if (news.HasGap) cache.Clear();
        if (news.Outbox.Count > 0) Tell(news, news.Outbox);
        foreach (var document in news.Documents)
            if (watches.TryGetValue(document.Collection, out var take)) take(document);
    }

    private void Tell(StoreNews news, IReadOnlyList<OutboxRow> outbox)
    {
        var states = new Dictionary<string, CachedEntity>(news.States.Count, StringComparer.Ordinal);
        var before = new Dictionary<string, Entity?>(StringComparer.Ordinal);
        var last = new Dictionary<string, Entity>(StringComparer.Ordinal);
        foreach (var stored in news.States)
        {
            before[stored.Id] = cache.Find(stored.Id)?.Entity;
            var entity = last[stored.Id] = EntityCodec.Read(stored.Id, stored.Body, names);
            states[stored.Id] = CachedEntity.Of(stored, entity);
        }
        cache.Learn(states);
        if (Changes.Readers == 0) return;
        var changes = new List<Change>(outbox.Count);
        var audit = news.Audit.GetEnumerator();
        AuditEntry? entry = null;
        foreach (var row in outbox)
        {
            while ((entry is null || entry.LastSeq < row.Seq) && audit.MoveNext()) entry = audit.Current;
            if (!last.TryGetValue(row.Id, out var entity)) continue;
            var after = states[row.Id].Entity;
            // One that came and went, or went and came, is told by what there is to tell of it.
            var was = row.Kind == ChangeKind.Created ? null : before.GetValueOrDefault(row.Id) ?? (after is null ? entity : null);
            changes.Add(new(row.Seq, Name, row.Kind, new DateTime(row.Recorded, DateTimeKind.Utc), entry?.Who ?? "", was, row.Kind == ChangeKind.Deleted ? null : after ?? entity, NamesOf(row)) { IsLearned = true });
            if (row.Kind == ChangeKind.Deleted && was is null) changes[^1] = changes[^1] with { Before = entity };
        }
        if (changes.Count > 0) Changes.Publish(changes);
    }
}
