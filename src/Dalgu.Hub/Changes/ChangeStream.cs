using System.Runtime.CompilerServices;
using System.Text.Json;
using Dalgu.Hub.Access;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Storage;
using Dalgu.Hub.Subscriptions;

namespace Dalgu.Hub.Changes;

/// <summary>A tenant's changes for one reader outside, from a cursor on and without gaps: first from the durable outbox, then as they are committed. What the
/// reader may not read is left out, and so are sensitive types, whose reading would have to be written down.</summary>
/// <param name="hub">The kernel.</param>
/// <param name="tenant">The tenant.</param>
/// <param name="rights">Who reads.</param>
/// <param name="types">Types (IRIs), of which an entity has one; null for any.</param>
/// <param name="ids">Ids, of which an entity's is one; null for any.</param>
public sealed class ChangeStream(CityHub hub, Tenant tenant, Rights rights, IReadOnlySet<string>? types, IReadOnlySet<string>? ids)
{
    private const int Page = 500, FeedCapacity = 256;

    /// <summary>What comes next for the reader: a change, or only how far the stream is.</summary>
    /// <param name="Seq">The cursor from which to go on afterwards.</param>
    /// <param name="Change">The change; null where none of the last ones concerns the reader.</param>
    /// <param name="Lost">How many changes the outbox does not hold any more.</param>
    public readonly record struct Step(long Seq, Change? Change, long Lost);

    /// <summary>Reads until cancelled.</summary>
    /// <param name="after">The cursor; null for what changes from now on.</param>
    /// <param name="cancel">Ends the stream.</param>
    public async IAsyncEnumerable<Step> ReadAsync(long? after, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var feed = tenant.Changes.ReadAsync(FeedCapacity, end.Token).GetAsyncEnumerator(end.Token);
        var next = feed.MoveNextAsync().AsTask(); // from here on nothing is missed
        try
        {
            var at = after is { } cursor && cursor <= tenant.Status.LastSeq ? cursor : tenant.Status.LastSeq;
            await foreach (var step in StoredAsync(at, tenant.ToldFrom, cancel))
            {
                at = step.Seq;
                yield return step;
            }
            yield return new(at, null, 0);
            while (await next)
            {
                var commit = feed.Current;
                next = feed.MoveNextAsync().AsTask();
                if (commit.Count == 0 || commit[^1].Seq <= at) continue;
                if (commit[0].Seq > at + 1) // the reader was too slow for the feed; the outbox has what it lost
                    await foreach (var step in StoredAsync(at, commit[0].Seq - 1, cancel))
                    {
                        at = step.Seq;
                        yield return step;
                    }
                foreach (var change in commit)
                {
                    if (change.Seq <= at) continue;
                    at = change.Seq;
                    if (Concerns(change)) yield return new(at, change, 0);
                }
            }
        }
        finally
        {
            await end.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await feed.DisposeAsync();
        }
    }

    private async IAsyncEnumerable<Step> StoredAsync(long after, long upTo, [EnumeratorCancellation] CancellationToken cancel)
    {
        while (after < upTo)
        {
            var rows = new List<OutboxRow>();
            await foreach (var row in tenant.OutboxAsync(after, Page, cancel)) rows.Add(row);
            if (rows.Count == 0) yield break;
            if (rows[0].Seq > after + 1) yield return new(rows[0].Seq - 1, null, rows[0].Seq - after - 1);
            var pasts = new Dictionary<string, EntityPast?>(StringComparer.Ordinal);
            foreach (var row in rows)
            {
                after = row.Seq;
                if (row.Kind == ChangeKind.History || ids?.Contains(row.Id) == false) continue;
                if (!pasts.TryGetValue(row.Id, out var past)) pasts[row.Id] = past = await PastAsync(row.Id, rows, cancel);
                if (past?.ChangeOf(row, tenant) is { } change && Concerns(change)) yield return new(row.Seq, change, 0);
            }
            yield return new(after, null, 0);
        }
    }

    private async Task<EntityPast?> PastAsync(string id, List<OutboxRow> rows, CancellationToken cancel) =>
        await tenant.LastStateAsync(id, rights, cancel) is { } known && !rights.IsSensitive(known.Last.Types) ? await EntityPast.ReadAsync(tenant, hub, known.Last, known.Gone, rows, cancel) : null;

    private bool Concerns(Change change)
    {
        if (change.Kind == ChangeKind.History || ids?.Contains(change.Id) == false) return false;
        if (types is not null && !change.Entity.Types.Any(types.Contains)) return false;
        if (rights.IsSensitive(change.Entity.Types) || change.Before is { } was && rights.IsSensitive(was.Types)) return false;
        return rights.MayRead(change.Entity) && (change.Before is not { } before || rights.MayRead(before));
    }

    /// <summary>A change as JSON: what happened to which entity, and the entity after it.</summary>
    public static byte[] Write(Change change, LdContext context)
    {
        using var buffer = JsonBuffer.Rent();
        var json = buffer.Json;
        json.WriteStartObject();
        json.WriteNumber("seq"u8, change.Seq);
        json.WriteString("kind"u8, change.Kind switch { ChangeKind.Created => "created"u8, ChangeKind.Deleted => "deleted"u8, _ => "updated"u8 });
        json.WriteString("id"u8, change.Id);
        EntityJsonWriter.WriteTypes(json, change.Entity, context);
        EntityJsonWriter.WriteTime(json, "recorded"u8, change.Recorded);
        json.WriteStartArray("attributes"u8);
        foreach (var name in change.Attributes) json.WriteStringValue(context.Compact(name));
        json.WriteEndArray();
        if (change.After is { } after)
        {
            json.WritePropertyName("entity"u8);
            EntityJsonWriter.Write(json, after, context, Representation.Default);
        }
        json.WriteEndObject();
        return buffer.Finish().ToArray();
    }
}
