using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Faults;

/// <summary>The built executable as a child process: <c>dalgu serve --open</c> over a folder, on a free port of loopback.</summary>
internal sealed partial class DalguProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new();

    private DalguProcess(Process process, Uri address)
    {
        (this.process, Address) = (process, address);
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        void Keep(object _, DataReceivedEventArgs line)
        {
            lock (output) output.AppendLine(line.Data);
        }
    }

    /// <summary>The executable that the same build as this test made.</summary>
    public static string Executable
    {
        get
        {
            var configuration = AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Debug{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Debug" : "Release";
            return RepositoryRoot.Combine("src", "Dalgu", "bin", configuration, "net10.0", "linux-x64", "dalgu");
        }
    }

    public Uri Address { get; }

    /// <summary>What it printed so far.</summary>
    public string Output
    {
        get { lock (output) return output.ToString(); }
    }

    /// <summary>Starts it; does not wait until it answers.</summary>
    public static DalguProcess Start(string folder, int? port = null, string? store = null)
    {
        Assert.SkipUnless(File.Exists(Executable), $"{Executable} is not built");
        port ??= FreePort();
        var address = new Uri($"http://127.0.0.1:{port}");
        var start = new ProcessStartInfo(Executable) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in new[] { "serve", "--open", "--data", folder, "--urls", address.GetLeftPart(UriPartial.Authority) }) start.ArgumentList.Add(argument);
        if (store is not null) start.Environment["DALGU_STORE"] = store;
        start.Environment["DALGU_METRICS"] = "false";
        start.Environment["DALGU_LOG_LEVEL"] = "Warning";
        return new DalguProcess(Process.Start(start)!, address);
    }

    /// <summary>Starts it and returns when it answers.</summary>
    public static async Task<DalguProcess> StartReadyAsync(string folder, CancellationToken cancel, string? store = null)
    {
        var started = Start(folder, store: store);
        using var client = new HttpClient { BaseAddress = started.Address, Timeout = TimeSpan.FromSeconds(5) };
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < TimeSpan.FromSeconds(60);)
        {
            if (started.process.HasExited) break;
            try
            {
                using var answer = await client.GetAsync("/health/ready", cancel);
                if (answer.StatusCode == HttpStatusCode.OK) return started;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancel.IsCancellationRequested)
            {
                // not listening yet, or on a machine that has much else to do
            }
            await Task.Delay(20, CancellationToken.None);
        }
        await started.DisposeAsync();
        throw new InvalidOperationException($"The instance did not become ready: {started.Output}");
    }

    /// <summary>kill -9: the process gets no chance to do anything more.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Asks it to end; the exit code, or null where it does not end within the time.</summary>
    public async Task<int?> TerminateAsync(TimeSpan within)
    {
        Assert.Equal(0, Signal(process.Id, 15));
        return await ExitAsync(within);
    }

    /// <summary>The exit code; null where it does not end within the time.</summary>
    public async Task<int?> ExitAsync(TimeSpan within)
    {
        using var patience = new CancellationTokenSource(within);
        try
        {
            await process.WaitForExitAsync(patience.Token);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) await KillAsync();
        process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
