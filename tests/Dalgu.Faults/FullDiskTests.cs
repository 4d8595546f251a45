using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Dalgu.Faults;

/// <summary>A disk that is full: a small file system in memory, which only the superuser may mount.</summary>
public sealed class FullDiskTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-disk-").FullName;
    private bool mounted;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => mounted = Environment.UserName == "root" && await RunAsync("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder) == 0;

    public async ValueTask DisposeAsync()
    {
        if (mounted) await RunAsync("umount", "-l", folder);
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            await process.WaitForExitAsync();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }

    [Fact]
    public async Task On_a_full_disk_writes_are_refused_reads_go_on_and_when_space_returns_so_do_writes()
    {
        Assert.SkipUnless(mounted, "a small file system can be mounted by the superuser alone");
        var (data, ballast) = (Path.Combine(folder, "data"), Path.Combine(folder, "ballast"));
        await File.WriteAllBytesAsync(ballast, new byte[6 * 1024 * 1024], Cancel);
        var ledger = new Ledger(0, new Random(7));
        await using (var instance = await DalguProcess.StartReadyAsync(data, Cancel))
        {
            using var client = new HttpClient { BaseAddress = instance.Address };
            for (var i = 0; i < 50; i++) Assert.True(await ledger.WriteOnceAsync(client));
            await FillAsync(client);

            // Full: small writes may still find room inside the files, but soon there is a clear refusal; reads answer.
            var small = 0;
            while (await ledger.WriteOnceAsync(client)) Assert.True(++small < 3_000, "writes go through on a full disk without end");
            var refusal = Assert.Single(ledger.Refused);
            Assert.Equal(HttpStatusCode.InsufficientStorage, refusal.Key);
            using (var problem = JsonDocument.Parse(refusal.Value))
            {
                Assert.Equal("https://uri.etsi.org/ngsi-ld/errors/InternalError", problem.RootElement.GetProperty("type").GetString());
                Assert.Contains("full", problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
            }
            foreach (var path in new[] { "/ngsi-ld/v1/entities?type=Crash&limit=10", "/ngsi-ld/v1/temporal/entities?type=Crash&limit=10&timerel=before&timeAt=2099-01-01T00:00:00Z", "/ngsi-ld/v1/types", "/health/live" })
            {
                using var answer = await client.GetAsync(path, Cancel);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }

            File.Delete(ballast);
            for (var i = 0; i < 50; i++) Assert.True(await ledger.WriteOnceAsync(client), $"a write is refused though there is space: {string.Join(' ', ledger.Refused.Values)}");
            Assert.Equal(0, await instance.TerminateAsync(TimeSpan.FromSeconds(10)));
        }
        await Store.CompareAsync(data, [ledger]);
    }

    /// <summary>Writes ballast through the door until the store says that it is full, then fills what small gap is left.</summary>
    private async Task FillAsync(HttpClient client)
    {
        var text = new string('x', 200_000);
        for (var i = 0; i < 1_000; i++)
        {
            using var answer = await client.PostAsync("/ngsi-ld/v1/entities", new StringContent($"{{\"id\":\"urn:ngsi-ld:Fill:{i}\",\"type\":\"Fill\",\"text\":{{\"type\":\"Property\",\"value\":\"{text}\"}}}}", Encoding.UTF8, "application/json"), Cancel);
            if (answer.IsSuccessStatusCode) continue;
            Assert.Equal(HttpStatusCode.InsufficientStorage, answer.StatusCode);
            break;
        }
        try
        {
            await using var rest = File.Create(Path.Combine(folder, "rest"));
            for (var block = new byte[4096]; ;) await rest.WriteAsync(block, Cancel);
        }
        catch (IOException)
        {
            // no byte is left
        }
    }
}
