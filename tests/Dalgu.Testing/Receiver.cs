using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Dalgu.Testing;

/// <summary>A notification as it arrived.</summary>
/// <param name="Path">The path that it was sent to.</param>
/// <param name="Headers">The headers, names in any case.</param>
/// <param name="Body">The body.</param>
/// <param name="Status">The status that it was answered with.</param>
public sealed record Received(string Path, IReadOnlyDictionary<string, string> Headers, JsonNode Body, int Status)
{
    /// <summary>The notification's id.</summary>
    public string Id => (string)Body["id"]!;
    /// <summary>The entities told.</summary>
    public JsonArray Data => Body["data"]!.AsArray();
}

/// <summary>A receiver of notifications on loopback. Each path has a queue of its own, and answers as it is told to.</summary>
public sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, Channel<Received>> queues = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Func<HttpContext, Task<int>>> answers = new(StringComparer.Ordinal);

    private Receiver(WebApplication app)
    {
        this.app = app;
        app.Run(async http =>
        {
            var path = http.Request.Path.Value!;
            var body = await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
            var headers = http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            http.Response.StatusCode = answers.TryGetValue(path, out var answer) ? await answer(http) : 200;
            Queue(path).Writer.TryWrite(new(path, headers, body!, http.Response.StatusCode));
        });
    }

    /// <summary>The address, without a slash at its end.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Starts a receiver.</summary>
    /// <param name="port">The port; 0 for a free one.</param>
    public static async Task<Receiver> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port));
        var receiver = new Receiver(builder.Build());
        await receiver.app.StartAsync();
        receiver.Address = receiver.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return receiver;
    }

    /// <summary>Answers a path by a function, which may take its time.</summary>
    public void Answer(string path, Func<HttpContext, Task<int>> answer) => answers[path] = answer;

    /// <summary>Answers a path by a status.</summary>
    public void Answer(string path, int status) => Answer(path, _ => Task.FromResult(status));

    /// <summary>The next notification of a path; fails where none comes.</summary>
    public async Task<Received> NextAsync(string path, int seconds = 20)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            return await Queue(path).Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"No notification came to {path} within {seconds} s.");
        }
    }

    /// <summary>Every notification of a path that came and was not looked at yet.</summary>
    public IReadOnlyList<Received> Waiting(string path)
    {
        var all = new List<Received>();
        while (Queue(path).Reader.TryRead(out var received)) all.Add(received);
        return all;
    }

    private Channel<Received> Queue(string path) => queues.GetOrAdd(path, _ => Channel.CreateUnbounded<Received>());

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(true));
        await app.DisposeAsync();
    }
}
