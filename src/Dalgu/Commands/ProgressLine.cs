using System.Globalization;

namespace Dalgu.Commands;

/// <summary>A line on standard error that counts, from the second second on. On a terminal it rewrites itself; elsewhere it comes every ten seconds.</summary>
internal sealed class ProgressLine : IAsyncDisposable
{
    private readonly string what;
    private readonly CancellationTokenSource end = new();
    private readonly Task writing;
    private long count, bytes, totalBytes;

    private ProgressLine(string what)
    {
        this.what = what;
        writing = WriteAsync(TimeProvider.System);
    }

    public static ProgressLine Start(string what) => new(what);

    public void Counted(long more) => Interlocked.Add(ref count, more);
    public void Read(long more) => Interlocked.Add(ref bytes, more);
    public void Expect(long more) => Interlocked.Add(ref totalBytes, more);

    public async ValueTask DisposeAsync()
    {
        if (end.IsCancellationRequested) return;
        await end.CancelAsync();
        await writing;
    }

    private async Task WriteAsync(TimeProvider clock)
    {
        var terminal = !System.Console.IsErrorRedirected;
        var start = clock.GetTimestamp();
        var shown = false;
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(1), clock, end.Token);
            while (true)
            {
                await System.Console.Error.WriteAsync(Line(clock.GetElapsedTime(start), terminal));
                shown = true;
                await Task.Delay(TimeSpan.FromSeconds(terminal ? 0.5 : 10), clock, end.Token);
            }
        }
        catch (OperationCanceledException)
        {
            if (shown && terminal) await System.Console.Error.WriteAsync("\r\e[K");
        }
    }

    private string Line(TimeSpan elapsed, bool terminal)
    {
        var done = Interlocked.Read(ref count);
        var total = Interlocked.Read(ref totalBytes);
        var share = total > 0 ? string.Create(CultureInfo.InvariantCulture, $", {100.0 * Interlocked.Read(ref bytes) / total:0} % read") : "";
        var text = string.Create(CultureInfo.InvariantCulture, $"{what}: {done:N0}{share}, {done / elapsed.TotalSeconds:N0}/s, {elapsed:m\\:ss}");
        return terminal ? $"\r\e[K{text}" : text + "\n";
    }
}
