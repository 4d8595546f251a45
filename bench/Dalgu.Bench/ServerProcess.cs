using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Dalgu.Bench;

/// <summary>A server in a process of its own, ended with the bench.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process process;

    private ServerProcess(Process process, int port, TimeSpan ready)
    {
        this.process = process;
        Port = port;
        Ready = ready;
    }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>From the start of the process to its first good answer.</summary>
    public TimeSpan Ready { get; }

    /// <summary>The process's resident memory now, in bytes.</summary>
    public long Resident
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64;
        }
    }

    /// <summary>The processor time that the process has had.</summary>
    public TimeSpan Processor
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>Starts this same program with other arguments and waits until it answers.</summary>
    /// <param name="arguments">The arguments for a port.</param>
    /// <param name="path">The path that answers 200 when it is ready.</param>
    /// <param name="settings">Environment variables beside those of this process.</param>
    public static async Task<ServerProcess> StartAsync(Func<int, string[]> arguments, string path, params (string Name, string Value)[] settings)
    {
        var port = FreePort();
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments(port)) start.ArgumentList.Add(argument);
        foreach (var (name, value) in settings) start.Environment[name] = value;
        var clock = Stopwatch.StartNew();
        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        var faults = new List<string>();
        process.ErrorDataReceived += (_, e) => { if (e.Data is not null) faults.Add(e.Data); };
        process.BeginErrorReadLine();
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(5) };
        while (clock.Elapsed < TimeSpan.FromSeconds(60))
        {
            if (process.HasExited) throw new InvalidOperationException($"The server ended with {process.ExitCode}: {string.Join(' ', faults)}");
            try
            {
                using var answer = await http.GetAsync(path);
                if (answer.IsSuccessStatusCode) return new(process, port, clock.Elapsed);
            }
            catch (HttpRequestException)
            {
                await Task.Delay(5);
            }
        }
        process.Kill();
        throw new TimeoutException("The server is not ready after 60 s.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
