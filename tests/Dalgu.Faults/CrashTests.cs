using Xunit;

namespace Dalgu.Faults;

/// <summary>The built executable, stopped in the middle of its work.</summary>
public sealed class CrashTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-crash-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fifty_kills_in_the_middle_of_writes_lose_nothing_that_was_acknowledged()
    {
        var random = new Random(20261123);
        var ledgers = Enumerable.Range(0, 8).Select(n => new Ledger(n, new Random(n))).ToList();
        for (var kill = 1; kill <= 50; kill++)
        {
            await using (var instance = await DalguProcess.StartReadyAsync(folder, Cancel))
            {
                var before = ledgers.Sum(l => l.Acknowledged);
                var writers = ledgers.ConvertAll(l => l.WriteAsync(instance.Address, Cancel));
                while (ledgers.Sum(l => l.Acknowledged) < before + 8) await Task.Delay(5, Cancel); // the first writes are through; now at any moment
                await Task.Delay(random.Next(250), Cancel);
                await instance.KillAsync();
                await Task.WhenAll(writers);
            }
            Assert.All(ledgers, l => Assert.Empty(l.Refused));
            await Store.CompareAsync(folder, ledgers);
        }
        TestContext.Current.SendDiagnosticMessage($"{ledgers.Sum(l => l.Acknowledged)} requests were acknowledged");
    }

    [Fact]
    public async Task Being_asked_to_end_under_load_it_ends_well_within_ten_seconds_and_loses_nothing()
    {
        var ledgers = Enumerable.Range(0, 8).Select(n => new Ledger(n, new Random(100 + n))).ToList();
        await using var instance = await DalguProcess.StartReadyAsync(folder, Cancel);
        var writers = ledgers.ConvertAll(l => l.WriteAsync(instance.Address, Cancel));
        while (ledgers.Sum(l => l.Acknowledged) < 200) await Task.Delay(5, Cancel);
        Assert.Equal(0, await instance.TerminateAsync(TimeSpan.FromSeconds(10)));
        await Task.WhenAll(writers);
        await Store.CompareAsync(folder, ledgers);
    }

    [Fact]
    public async Task A_second_instance_on_the_same_folder_is_refused_and_the_first_goes_on()
    {
        await using var first = await DalguProcess.StartReadyAsync(folder, Cancel);
        await using var second = DalguProcess.Start(folder);
        Assert.Equal(Commands.ExitCode.Data, await second.ExitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains("in use", second.Output, StringComparison.Ordinal);
        var ledger = new Ledger(0, new Random(1));
        using (var client = new HttpClient { BaseAddress = first.Address }) Assert.True(await ledger.WriteOnceAsync(client));
        Assert.Equal(0, await first.TerminateAsync(TimeSpan.FromSeconds(10)));
        await Store.CompareAsync(folder, [ledger]);
    }
}
