using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Dalgu.Bench;

/// <summary>The ceiling to compare with: a plain Kestrel endpoint that answers every request with the same bytes.</summary>
public static class KestrelProbe
{
    /// <summary>Serves the bytes of a file until the process is ended.</summary>
    /// <param name="port">The port on 127.0.0.1.</param>
    /// <param name="file">The file whose bytes are answered.</param>
    public static async Task RunAsync(int port, string file)
    {
        var bytes = await File.ReadAllBytesAsync(file);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k =>
        {
            k.AddServerHeader = false;
            k.ListenLocalhost(port);
        });
        await using var app = builder.Build();
        app.Run(async http =>
        {
            // A body is read, as anyone must who takes one.
            if (http.Request.ContentLength > 0)
                for (var isRead = false; !isRead;)
                {
                    var read = await http.Request.BodyReader.ReadAsync(http.RequestAborted);
                    http.Request.BodyReader.AdvanceTo(read.Buffer.End);
                    isRead = read.IsCompleted;
                }
            http.Response.ContentType = "application/json";
            http.Response.ContentLength = bytes.Length;
            await http.Response.BodyWriter.WriteAsync(bytes, http.RequestAborted);
        });
        await app.RunAsync();
    }
}
