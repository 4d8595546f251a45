using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Dalgu.Signals.Sumo;

/// <summary>SUMO as a child process on a free loopback port, with the one connection that it serves. It ends with this object, by its own handle.</summary>
internal sealed class SumoProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process process;
    private readonly Socket socket;
    private readonly StringBuilder errors = new();
    private byte[] answer = new byte[1 << 16];

    private SumoProcess(Process process, Socket socket)
    {
        this.process = process;
        this.socket = socket;
        process.ErrorDataReceived += (_, e) =>
        {
            lock (errors) if (errors.Length < 4000 && e.Data is { Length: > 0 } line) errors.AppendLine(line);
        };
        process.BeginErrorReadLine();
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
    }

    /// <summary>The full path of <c>sumo</c>: what <c>DALGU_SUMO</c> says, else the first on the path; null where there is none.</summary>
    public static string? Find()
    {
        if (Environment.GetEnvironmentVariable("DALGU_SUMO") is { Length: > 0 } said) return File.Exists(said) ? said : null;
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
            if (folder.Length > 0 && File.Exists(Path.Combine(folder, "sumo"))) return Path.Combine(folder, "sumo");
        return null;
    }

    /// <summary>Starts SUMO with its options and connects.</summary>
    public static SumoProcess Start(IEnumerable<string> options)
    {
        var program = Find() ?? throw new Problem(ProblemKind.Unavailable, "The program sumo is not on this machine; install Debian's package sumo, set DALGU_SUMO to its path, or use --engine dalgu.");
        var port = FreePort();
        var start = new ProcessStartInfo(program) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var option in options) start.ArgumentList.Add(option);
        foreach (var option in (string[])["--remote-port", port.ToString(System.Globalization.CultureInfo.InvariantCulture), "--xml-validation", "never", "--no-step-log", "true", "--duration-log.disable", "true", "--no-warnings", "true"])
            start.ArgumentList.Add(option);
        // Without SUMO_HOME its start looks for schemas on the network.
        if (!start.Environment.ContainsKey("SUMO_HOME") && Directory.Exists("/usr/share/sumo")) start.Environment["SUMO_HOME"] = "/usr/share/sumo";
        var process = Process.Start(start) ?? throw new Problem(ProblemKind.InternalError, $"{program} does not start.");
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                socket.Connect(IPAddress.Loopback, port);
                return new SumoProcess(process, socket);
            }
            catch (SocketException) when (!process.HasExited && clock.Elapsed < Patience)
            {
                socket.Dispose();
                process.WaitForExit(20); // until it listens, or has ended
            }
            catch (SocketException)
            {
                socket.Dispose();
                if (!process.HasExited) process.Kill();
                var said = process.StandardError.ReadToEnd().Trim();
                process.Dispose();
                throw new Problem(ProblemKind.BadRequestData, "SUMO ends before it serves: " + (said.Length > 0 ? said : "it says nothing."));
            }
        }
    }

    /// <summary>Sends a message and returns the answer without its length; the span is valid until the next call.</summary>
    public ReadOnlySpan<byte> Ask(TraciWriter writer)
    {
        try
        {
            Send(writer.Message.Span);
            Receive(4);
            var length = BinaryPrimitives.ReadInt32BigEndian(answer) - 4;
            if (answer.Length < length) answer = new byte[length * 2];
            Receive(length);
            return answer.AsSpan(0, length);
        }
        catch (SocketException e)
        {
            // What it wrote last is read to the end only by the wait without a limit.
            if (process.WaitForExit(TimeSpan.FromSeconds(5))) process.WaitForExit();
            string said;
            lock (errors) said = errors.ToString().Trim();
            // What SUMO calls an error lies in the files; where it says nothing or an assertion fails, it lies in SUMO.
            throw new Problem(said.Contains("Error:", StringComparison.Ordinal) ? ProblemKind.BadRequestData : ProblemKind.InternalError, "SUMO ends during the run: " + (said.Length > 0 ? said : e.Message), e);
        }
    }

    /// <summary>Ends SUMO in order, so that it writes its outputs; by force where it does not end.</summary>
    public void Close()
    {
        if (process.HasExited) return;
        try
        {
            var writer = new TraciWriter();
            writer.Begin(Traci.Close);
            writer.End();
            Ask(writer);
        }
        catch (Problem)
        {
            // It ends anyhow, below.
        }
        socket.Close();
        if (!process.WaitForExit((int)Patience.TotalMilliseconds)) process.Kill();
        process.WaitForExit();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        socket.Dispose();
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }
        process.Dispose();
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0) bytes = bytes[socket.Send(bytes)..];
    }

    private void Receive(int length)
    {
        for (var got = 0; got < length;)
        {
            var more = socket.Receive(answer.AsSpan(got, length - got));
            if (more == 0) throw new SocketException((int)SocketError.ConnectionReset);
            got += more;
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
