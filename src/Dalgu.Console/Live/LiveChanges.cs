using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Dalgu.Console.Display;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Changes;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Dalgu.Console.Live;

/// <summary>The feed for live pages: <c>GET /live/changes</c> as server-sent events, one event a commit, as far as the visitor may see.
/// After a break the browser names the last event that it had, and what changed since is sent from the durable outbox.</summary>
public sealed class LiveChanges(CityHub hub)
{
    private const int MaxReaders = 500, MaxCatchUp = 2_000;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15), Longest = TimeSpan.FromMinutes(30);
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private int readers;

    internal static async Task StreamAsync(HttpContext http, LiveChanges live)
    {
        if (Interlocked.Increment(ref live.readers) > MaxReaders)
        {
            Interlocked.Decrement(ref live.readers);
            http.Response.Headers.RetryAfter = "10";
            throw new Problem(ProblemKind.Unavailable, $"{MaxReaders} live pages are open, which is the limit; the page stands as it is, reload it later.");
        }
        try
        {
            await live.RunAsync(http);
        }
        catch (Exception fault) when (fault is OperationCanceledException or IOException)
        {
            // The page was closed, the instance stops, or the stream has lasted long enough.
        }
        finally
        {
            Interlocked.Decrement(ref live.readers);
        }
    }

    private async Task RunAsync(HttpContext http)
    {
        // A stream ends with its page, with the instance, or after a while, so that its rights are asked for anew.
        var stopping = http.RequestServices.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None;
        using var timer = new CancellationTokenSource(Longest, hub.Clock);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, timer.Token, stopping);
        var cancel = end.Token;
        var rights = hub.Access.For(http.Principal());
        var only = http.Request.Query["id"].ToString() is { Length: > 0 } id ? id : null;
        var tenant = await hub.TenantAsync(cancel: cancel);
        http.Response.ContentType = "text/event-stream; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no";

        await using var feed = tenant.Changes.ReadAsync(256, cancel).GetAsyncEnumerator(cancel);
        var next = feed.MoveNextAsync().AsTask(); // from here on nothing is missed
        try
        {
            await SendAsync(http, "retry: 3000\n\n"u8.ToArray(), cancel);
            var sent = await CatchUpAsync(http, tenant, rights, only, cancel);
            while (true)
            {
                try
                {
                    if (!await next.WaitAsync(Heartbeat, hub.Clock, cancel)) return;
                }
                catch (TimeoutException)
                {
                    await SendAsync(http, ": still here\n\n"u8.ToArray(), cancel);
                    continue;
                }
                var commit = feed.Current;
                next = feed.MoveNextAsync().AsTask();
                var seen = commit.Where(c => c.Seq > sent && (only is null || c.Id == only)).ToList();
                if (Event(seen, rights) is { } message) await SendAsync(http, message, cancel);
                if (commit.Count > 0) sent = Math.Max(sent, commit[^1].Seq);
            }
        }
        finally
        {
            // The feed may be let go only when nobody waits for it.
            await end.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Of what changed since the last event the present state is sent: who was away needs the last value, not every one in between.
    private static async Task<long> CatchUpAsync(HttpContext http, Tenant tenant, Rights rights, string? only, CancellationToken cancel)
    {
        // A browser that reconnects by itself sends the header; a page that comes back to the front opens a new stream and says it in the address.
        var last = http.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } header ? header : http.Request.Query["after"].ToString();
        if (!long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var after)) return 0;
        if (tenant.Status.LastSeq - after is > MaxCatchUp or < 0)
        {
            await SendAsync(http, Encoding.UTF8.GetBytes($"event: reload\nid: {tenant.Status.LastSeq}\ndata: {{}}\n\n"), cancel);
            return tenant.Status.LastSeq;
        }
        var ids = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (var row in tenant.OutboxAsync(after, MaxCatchUp, cancel))
        {
            if (only is null || row.Id == only) ids.Add(row.Id);
            after = Math.Max(after, row.Seq);
        }
        var changes = new List<Change>();
        foreach (var id in ids)
            if (await tenant.RetrieveAsync(id, rights, cancel) is { } entity)
                changes.Add(new(after, tenant.Name, Hub.Storage.ChangeKind.Updated, entity.ModifiedAt, "", null, entity, [.. entity.Attributes.Select(a => a.Name)]));
        if (Event(changes, rights) is { } message) await SendAsync(http, message, cancel);
        return after;
    }

    private static async Task SendAsync(HttpContext http, byte[] message, CancellationToken cancel)
    {
        await http.Response.Body.WriteAsync(message, cancel);
        await http.Response.Body.FlushAsync(cancel);
    }

    /// <summary>The event of a commit: the changes that may be seen, with new values as text and unit, as the page prints them. Null where none may be seen.</summary>
    public static byte[]? Event(IReadOnlyList<Change> commit, Rights rights)
    {
        using var buffer = new MemoryStream();
        var any = false;
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            json.WriteStartArray("changes");
            foreach (var change in commit)
            {
                if (rights.IsSensitive(change.Entity.Types)) continue; // reading these is written down; a stream is not
                if (!rights.MayRead(change.Entity) || change.Before is { } before && !rights.MayRead(before)) continue;
                any = true;
                Write(json, change);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        if (!any) return null;
        var head = Encoding.ASCII.GetBytes($"id: {commit[^1].Seq}\ndata: ");
        return [.. head, .. buffer.ToArray(), (byte)'\n', (byte)'\n'];
    }

    private static void Write(Utf8JsonWriter json, Change change)
    {
        json.WriteStartObject();
        json.WriteNumber("seq", change.Seq);
        json.WriteString("id", change.Id);
        json.WriteString("type", Names.Short(change.Entity.Types[0]));
        json.WriteString("name", Names.Of(change.Entity));
        json.WriteString("href", EntityLinks.Page(change.Id));
        json.WriteString("kind", change.Kind.ToString().ToLowerInvariant());
        json.WriteString("recorded", Timestamp.Format(change.Recorded));
        json.WriteString("time", Times.Full(change.Recorded));
        json.WriteStartObject("attributes");
        foreach (var name in change.Attributes)
        {
            json.WriteStartObject(Names.Compact(name));
            if (change.After?.Find(name) is { } attribute)
            {
                var text = AttributeText.Of(attribute.Default);
                json.WriteString("word", AttributeWords.Of(name));
                json.WriteString("text", text.Text);
                json.WriteString("unit", text.Unit);
                if (text.Number is { } number) json.WriteNumber("number", number);
                if (attribute.Default.ObservedAt is { } observed) json.WriteString("observed", Times.Full(observed));
                if (Before(change, name) is { } before) json.WriteNumber("before", before);
            }
            else json.WriteString("text", "–");
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static double? Before(Change change, string name) => change.Before?.Find(name) is { } old ? AttributeText.NumberOf(old.Default) : null;
}
