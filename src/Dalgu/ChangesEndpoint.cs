using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Changes;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Http;

namespace Dalgu;

/// <summary><c>GET /api/hub/changes</c>: a tenant's changes as server-sent events, or as messages of a WebSocket, for programs outside. Resumable: a reader that
/// names the last change that it had gets every one since.</summary>
internal sealed class ChangesEndpoint(CityHub hub, AccessBook book, IHostApplicationLifetime life)
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15), RightsHold = TimeSpan.FromSeconds(2);
    private int readers;

    public static void Map(IEndpointRouteBuilder routes, IServiceProvider services)
    {
        var endpoint = ActivatorUtilities.CreateInstance<ChangesEndpoint>(services);
        routes.MapGet("/changes", (HttpContext http, string? after = null, string? type = null, string? id = null, string? tenant = null) => endpoint.StreamAsync(http, after, type, id, tenant))
            .Needs(Role.Reader).WithSummary("The changes that the caller may read, as they happen: server-sent events, or a WebSocket")
            .WithDescription("Each event is a JSON object with seq, kind (created, updated, deleted), id, type, recorded, attributes and the entity after the change. "
                + "after, or the header Last-Event-ID, names the last change that the reader had: every later one is sent first. type and id are lists of names and URIs, separated by commas. "
                + "An event \"gap\" says how many changes are older than the outbox keeps.");
    }

    private async Task StreamAsync(HttpContext http, string? after, string? type, string? id, string? tenantName)
    {
        if (Interlocked.Increment(ref readers) > hub.Options.MaxChangeReaders)
        {
            Interlocked.Decrement(ref readers);
            throw new Problem(ProblemKind.Unavailable, $"{hub.Options.MaxChangeReaders} readers of changes are connected, which is the limit; come back later.");
        }
        try
        {
            if (http.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } last) after = last;
            long? cursor = after is null ? null : long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var seq) ? seq
                : throw new Problem(ProblemKind.BadRequestData, $"The cursor \"{Iri.Shorten(after)}\" is no number of a change.");
            // A browser's EventSource and WebSocket send no headers of their own, so the tenant may stand in the address.
            var header = http.Request.Headers["NGSILD-Tenant"].ToString();
            if (header.Length > 0 && tenantName is not null && header != tenantName) throw new Problem(ProblemKind.BadRequestData, "The header NGSILD-Tenant and the parameter tenant name two tenants; name one.");
            RequireTenant(http, tenantName ?? header);
            var tenant = await hub.TenantAsync(tenantName ?? header, cancel: http.RequestAborted);
            var types = Settings.List(type) is { Count: > 0 } names ? names.Select(CoreContext.Instance.ExpandType).ToHashSet(StringComparer.Ordinal) : null;
            var ids = Settings.List(id) is { Count: > 0 } list ? list.ToHashSet(StringComparer.Ordinal) : null;
            var stream = new ChangeStream(hub, tenant, http.Rights(), types, ids);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, life.ApplicationStopping);
            if (http.WebSockets.IsWebSocketRequest) await ToSocketAsync(http, stream, cursor, end);
            else await ToEventsAsync(http, stream, cursor, end.Token);
        }
        catch (Exception fault) when (fault is OperationCanceledException or IOException or WebSocketException)
        {
            // The reader is gone, or the instance stops.
        }
        finally
        {
            Interlocked.Decrement(ref readers);
        }
    }

    /// <summary>A key for some tenants was judged by the header; a tenant in the address is judged here.</summary>
    private void RequireTenant(HttpContext http, string tenant)
    {
        var secret = http.Request.Headers["X-API-Key"].ToString() is { Length: > 0 } key ? key : http.Request.Headers.Authorization.ToString() is ['B' or 'b', _, _, _, _, _, ' ', .. var bearer] ? bearer.Trim() : null;
        if (book.Keys.Find(secret) is { Tenants.Count: > 0 } known && !known.Tenants.Contains(tenant, StringComparer.Ordinal))
            throw new Problem(ProblemKind.Forbidden, $"The API key \"{known.Name}\" is not for the tenant \"{Iri.Shorten(tenant)}\"; ask an administrator for one that is.");
    }

    private async Task ToEventsAsync(HttpContext http, ChangeStream stream, long? cursor, CancellationToken cancel)
    {
        http.Response.ContentType = "text/event-stream; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no";
        await SendAsync("retry: 3000\n\n"u8.ToArray());
        await RunAsync(http, stream, cursor, cancel, step => SendAsync(
            step is not { } told ? ": still here\n\n"u8.ToArray()
            : told.Change is { } change ? [.. Encoding.ASCII.GetBytes($"id: {told.Seq}\ndata: "), .. ChangeStream.Write(change, CoreContext.Instance), (byte)'\n', (byte)'\n']
            : Encoding.ASCII.GetBytes(told.Lost > 0 ? $"event: gap\nid: {told.Seq}\ndata: {{\"lost\":{told.Lost}}}\n\n" : $"id: {told.Seq}\n\n")));

        async Task SendAsync(byte[] message)
        {
            await http.Response.Body.WriteAsync(message, cancel);
            await http.Response.Body.FlushAsync(cancel);
        }
    }

    private async Task ToSocketAsync(HttpContext http, ChangeStream stream, long? cursor, CancellationTokenSource end)
    {
        using var socket = await http.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = Heartbeat, KeepAliveTimeout = Heartbeat });
        var listening = ListenAsync();
        try
        {
            await RunAsync(http, stream, cursor, end.Token, step => step is not { } told || told.Change is null && told.Lost == 0 ? Task.CompletedTask
                : socket.SendAsync(told.Change is { } change ? ChangeStream.Write(change, CoreContext.Instance) : Encoding.ASCII.GetBytes($"{{\"gap\":{told.Lost},\"seq\":{told.Seq}}}"), WebSocketMessageType.Text, true, end.Token));
            if (socket.State == WebSocketState.Open) await socket.CloseOutputAsync(WebSocketCloseStatus.PolicyViolation, "the account or key is closed", CancellationToken.None);
        }
        finally
        {
            await end.CancelAsync();
            await listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (socket.State == WebSocketState.CloseReceived) await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }

        // Nothing is expected from the reader but that it closes.
        async Task ListenAsync()
        {
            var buffer = new byte[256];
            while (socket.State == WebSocketState.Open && (await socket.ReceiveAsync(buffer, end.Token)).MessageType != WebSocketMessageType.Close) { }
            await end.CancelAsync();
        }
    }

    /// <summary>Sends step by step, a sign of life between, until the reader is gone or may read no more.</summary>
    private async Task RunAsync(HttpContext http, ChangeStream stream, long? cursor, CancellationToken cancel, Func<ChangeStream.Step?, Task> send)
    {
        var (who, since) = (http.Principal(), hub.Clock.GetUtcNow().UtcDateTime);
        var asked = since;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await using var steps = stream.ReadAsync(cursor, end.Token).GetAsyncEnumerator(end.Token);
        var next = steps.MoveNextAsync().AsTask();
        try
        {
            while (true)
            {
                var now = hub.Clock.GetUtcNow().UtcDateTime;
                if (now - asked >= RightsHold)
                {
                    if (!hub.Options.Open && (book.Present(who, since) is not { } present || present.Role != who.Role)) return; // come back with the rights of now
                    asked = now;
                }
                try
                {
                    if (!await next.WaitAsync(Heartbeat, hub.Clock, cancel)) return;
                }
                catch (TimeoutException)
                {
                    await send(null);
                    continue;
                }
                var step = steps.Current;
                next = steps.MoveNextAsync().AsTask();
                await send(step);
            }
        }
        finally
        {
            await end.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
