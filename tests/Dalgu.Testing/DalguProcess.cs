using System.Diagnostics;
using System.Text;

namespace Dalgu.Testing;

/// <summary>What a run of the executable left behind.</summary>
public sealed record DalguResult(int Code, string Output, string Errors);

/// <summary>The executable as a process of its own, as a person at a shell runs it.</summary>
public sealed class DalguProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new(), errors = new();
    private readonly TaskCompletionSource<string> address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private DalguProcess(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo(ExecutablePath) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("DALGU_", StringComparison.Ordinal)).ToArray()) start.Environment.Remove(name);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, e) => Take(output, e.Data);
        process.ErrorDataReceived += (_, e) => Take(errors, e.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The executable of the build that the test belongs to. The copy beside the test lacks the native parts of its platform.</summary>
    public static string ExecutablePath { get; } = RepositoryRoot.Combine("src", "Dalgu", "bin",
        AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug", "net10.0", "linux-x64", "dalgu");

    /// <summary>The process id.</summary>
    public int Id => process.Id;

    /// <summary>What it printed so far.</summary>
    public string Output { get { lock (output) return output.ToString(); } }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<DalguResult> RunAsync(params string[] arguments)
    {
        await using var run = new DalguProcess(arguments, null);
        await run.process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        lock (run.output) lock (run.errors) return new(run.process.ExitCode, run.output.ToString(), run.errors.ToString());
    }

    /// <summary>Starts a command and returns at once.</summary>
    public static DalguProcess Start(params string[] arguments) => new(arguments, null);

    /// <summary>Starts a server and returns once it is ready.</summary>
    public static async Task<(DalguProcess Process, Uri Address)> ServeAsync(string dataDir, params string[] arguments)
    {
        var run = new DalguProcess(["serve", "--data", dataDir, "--urls", "http://127.0.0.1:0", .. arguments], null);
        try
        {
            return (run, new Uri(await run.address.Task.WaitAsync(TimeSpan.FromMinutes(1))));
        }
        catch
        {
            await run.DisposeAsync();
            throw new InvalidOperationException("The server did not become ready:\n" + run.output + run.errors);
        }
    }

    /// <summary>Kills it with SIGKILL, as a power cut would.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Asks it to end and returns its exit code.</summary>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return process.ExitCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) await KillAsync();
        process.Dispose();
    }

    private void Take(StringBuilder to, string? line)
    {
        if (line is null) return;
        lock (to) to.AppendLine(line);
        if (line.Contains("Ready in", StringComparison.Ordinal))
        {
            var all = Output;
            var at = all.IndexOf("http://", StringComparison.Ordinal);
            if (at >= 0) address.TrySetResult(all[at..].Split(' ', '\n', '\r')[0]);
        }
    }
}
