using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Dalgu.Testing;

/// <summary>A server of @contexts on loopback, which counts who asks.</summary>
public sealed class ContextServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, string> documents = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> asked = new(StringComparer.Ordinal);

    private ContextServer(WebApplication app)
    {
        this.app = app;
        app.Run(async http =>
        {
            var name = http.Request.Path.Value!.TrimStart('/');
            asked.AddOrUpdate(name, 1, (_, n) => n + 1);
            if (name == "moved.jsonld") http.Response.Redirect("/" + http.Request.Query["to"]);
            else if (name == "endless.jsonld")
            {
                var blanks = new byte[64 * 1024];
                Array.Fill(blanks, (byte)' ');
                while (!http.RequestAborted.IsCancellationRequested) await http.Response.Body.WriteAsync(blanks, http.RequestAborted);
            }
            else if (documents.TryGetValue(name, out var json))
            {
                if (name.StartsWith("slow", StringComparison.Ordinal)) await Task.Delay(300, http.RequestAborted);
                http.Response.ContentType = "application/ld+json";
                await http.Response.WriteAsync(json, http.RequestAborted);
            }
            else http.Response.StatusCode = StatusCodes.Status404NotFound;
        });
    }

    /// <summary>The address, with a slash at its end.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Starts a server without documents.</summary>
    public static async Task<ContextServer> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var server = new ContextServer(builder.Build());
        await server.app.StartAsync();
        server.Address = server.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/";
        return server;
    }

    /// <summary>Serves a document; its address.</summary>
    public string Serve(string name, string json)
    {
        documents[name] = json;
        return Address + name;
    }

    /// <summary>How often a document was asked for.</summary>
    public int Asked(string name) => asked.GetValueOrDefault(name);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await app.DisposeAsync();
}
