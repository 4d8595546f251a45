using System.CommandLine;
using System.Globalization;
using Dalgu.Hub.Storage;

namespace Dalgu.Commands;

/// <summary><c>dalgu copy</c>: moves a city from one store into another, and proves that it is the same there.</summary>
internal static class CopyCommand
{
    public static Command Make()
    {
        var from = new Option<string>("--from") { Description = "The data folder, or the connection string of the database, to read", HelpName = "DIR|STORE", Required = true };
        var to = new Option<string>("--to") { Description = "The data folder, or the connection string of the database, to fill", HelpName = "DIR|STORE", Required = true };
        var command = new Command("copy", "Copy every tenant into an empty store of either kind, compare counts and hashes, and verify; goes on where it was interrupted") { from, to };
        command.SetAction(async (parsed, cancel) =>
        {
            var (source, target) = (parsed.GetRequiredValue(from), parsed.GetRequiredValue(to));
            if (!Stores.IsConnection(source)) source = Where.ExistingFolderOf(source);
            return await RunAsync(source, target, cancel);
        });
        return command;
    }

    /// <summary>Copies every tenant of a folder or database into another.</summary>
    public static async Task<int> RunAsync(string source, string target, CancellationToken cancel)
    {
        using var sourceFolder = Stores.IsConnection(source) ? null : DataFolder.Take(source);
        using var targetFolder = Stores.IsConnection(target) ? null : DataFolder.Take(target);
        var from = Stores.Of(sourceFolder is null ? source : null, sourceFolder?.Path ?? "");
        var to = Stores.Of(targetFolder is null ? target : null, targetFolder?.Path ?? "");
        await using var _ = from as IAsyncDisposable;
        await using var __ = to as IAsyncDisposable;
        var tenants = from.Tenants();
        await using (var progress = ProgressLine.Start("copy"))
            foreach (var tenant in tenants) await CopyAsync(tenant, from.Create(tenant), to.Create(tenant), progress, cancel);
        var found = await VerifyCommand.CheckAsync(CityHost.OpenHub(to), cancel);
        foreach (var line in found) await System.Console.Error.WriteLineAsync(line);
        await System.Console.Out.WriteLineAsync($"{Stores.LabelOf(to, target)}: {tenants.Count} tenants, {(found.Count == 0 ? "the same and verified" : $"{found.Count} contradictions")}");
        return found.Count == 0 ? ExitCode.Done : ExitCode.Found;
    }

    private static async Task CopyAsync(string tenant, IStore from, IStore to, ProgressLine progress, CancellationToken cancel)
    {
        await using var _ = from;
        await using var __ = to;
        await from.OpenAsync(cancel);
        var state = await to.OpenAsync(cancel);
        var name = tenant.Length == 0 ? "the default tenant" : $"tenant {tenant}";
        var done = await StoreCopy.UnitsDoneAsync(to, state, cancel);
        if (done is null)
        {
            if (await StoreCopy.SumAsync(to, progress.Counted, cancel) != await StoreCopy.SumAsync(from, progress.Counted, cancel))
                throw new CommandFailure(ExitCode.Data, $"The destination holds something else as {name}; copy into an empty one.");
            await System.Console.Out.WriteLineAsync($"{name}: there already, and the same");
            return;
        }
        var read = await StoreCopy.RunAsync(from, to, done.Value, progress.Counted, cancel);
        var there = await StoreCopy.SumAsync(to, progress.Counted, cancel);
        if (read != there) throw new CommandFailure(ExitCode.Found, $"The copy of {name} differs from its source: {Text(read)} were read, {Text(there)} are there. Copy again into an empty store, with the source at rest.");
        await System.Console.Out.WriteLineAsync($"{name}: {Text(there)}, sha256 {there.Sha256}");
    }

    private static string Text(StoreSum sum) => string.Create(CultureInfo.InvariantCulture,
        $"{sum.Entities} entities, {sum.HistoryRows} history rows, {sum.OutboxRows} changes, {sum.AuditEntries} audit entries, {sum.Documents} documents");
}
