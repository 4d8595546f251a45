using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Xunit;

namespace Dalgu.Faults;

/// <summary>An endpoint of notifications on loopback that keeps what it is told.</summary>
internal sealed class BellEndpoint : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly Task taking;

    public BellEndpoint()
    {
        var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        Address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/notify/";
        free.Stop();
        listener.Prefixes.Add(Address);
        listener.Start();
        taking = Task.Run(TakeAsync);
    }

    public string Address { get; }

    /// <summary>The notifications: their ids, and the ids of their entities.</summary>
    public ConcurrentQueue<(string Id, List<string> Entities)> Told { get; } = new();

    /// <summary>Waits until so many entities were told of.</summary>
    public async Task UntilAsync(int entities, TimeSpan within)
    {
        for (var waited = Stopwatch.StartNew(); Count() < entities;)
        {
            Assert.True(waited.Elapsed < within, $"{Count()} of {entities} were told of.");
            await Task.Delay(20);
        }
        int Count() => Told.SelectMany(n => n.Entities).Distinct(StringComparer.Ordinal).Count();
    }

    private async Task TakeAsync()
    {
        while (listener.IsListening)
            try
            {
                var call = await listener.GetContextAsync();
                using (var json = await JsonDocument.ParseAsync(call.Request.InputStream))
                    Told.Enqueue((json.RootElement.GetProperty("id").GetString()!, [.. json.RootElement.GetProperty("data").EnumerateArray().Select(e => e.GetProperty("id").GetString()!)]));
                call.Response.StatusCode = 200;
                call.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
    }

    public async ValueTask DisposeAsync()
    {
        listener.Close();
        await taking;
    }
}
