using System.CommandLine;
using System.Text.Json;

namespace Dalgu.Commands;

/// <summary>What a verification found.</summary>
internal sealed record VerifyReport(bool Clean, IReadOnlyList<string> Contradictions);

/// <summary><c>dalgu verify</c>: state, history, outbox and audit compared with each other, over a folder that no instance has, or a database.</summary>
internal static class VerifyCommand
{
    public static Command Make()
    {
        var data = new Option<string?>("--data") { Description = "The data folder. Default: $DALGU_DATA, or data/demo", HelpName = "DIR" };
        var store = Where.StoreOption();
        var json = new Option<bool>("--json") { Description = "Print the result as JSON" };
        var repair = new Option<bool>("--repair") { Description = "First give names that an early version stored in the default vocabulary their core IRIs" };
        var command = new Command("verify", "Compare state, history, outbox and audit chain with each other") { data, store, json, repair };
        command.SetAction(async (parsed, cancel) =>
        {
            var database = Where.StoreOf(parsed.GetValue(store), parsed.GetValue(data));
            using var folder = database is null ? DataFolder.Take(Where.ExistingFolderOf(parsed.GetValue(data))) : null;
            var stores = Stores.Of(database, folder?.Path ?? "");
            await using var _ = stores as IAsyncDisposable;
            if (parsed.GetValue(repair))
                foreach (var line in await Hub.Storage.NameRepair.RunAsync(stores, () => CityHost.OpenHub(stores), cancel)) await System.Console.Error.WriteLineAsync(line);
            var found = await CheckAsync(CityHost.OpenHub(stores), cancel);
            if (parsed.GetValue(json)) await System.Console.Out.WriteLineAsync(JsonSerializer.Serialize(new VerifyReport(found.Count == 0, found), HubJson.Default.VerifyReport));
            else
            {
                foreach (var line in found) await System.Console.Error.WriteLineAsync(line);
                await System.Console.Out.WriteLineAsync(found.Count == 0 ? "clean: state, history, outbox and audit agree" : $"{found.Count} contradictions");
            }
            return found.Count == 0 ? ExitCode.Done : ExitCode.Found;
        });
        return command;
    }

    /// <summary>Every contradiction in every tenant of a hub, which is closed then.</summary>
    public static async Task<IReadOnlyList<string>> CheckAsync(Hub.CityHub opened, CancellationToken cancel)
    {
        await using var hub = opened;
        await using var progress = ProgressLine.Start("verify");
        var found = new List<string>();
        foreach (var name in hub.StoreNames)
        {
            var tenant = await hub.OpenStoreAsync(name, create: false, cancel);
            long last = 0;
            var counter = new Progress(done => { progress.Counted(done - last); last = done; });
            await foreach (var line in tenant.VerifyAsync(counter, cancel)) found.Add(name.Length == 0 ? line : $"tenant {name}: {line}");
        }
        return found;
    }

    // System.Progress would report on the thread pool, out of order.
    private sealed class Progress(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}
