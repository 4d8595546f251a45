using System.CommandLine;

namespace Dalgu.Commands;

/// <summary><c>dalgu backup</c> and <c>dalgu restore</c>: the whole instance as one file.</summary>
internal static class BackupCommand
{
    public static Command Backup()
    {
        var file = new Argument<string>("file") { Description = "The file to write" };
        var force = new Option<bool>("--force") { Description = "Write over an existing file" };
        var command = new Command("backup", "Write every tenant into one file, while the instance runs or is stopped") { file, force };
        var where = new Where().AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var name = parsed.GetRequiredValue(file);
            if (File.Exists(name) && !parsed.GetValue(force)) throw new CommandFailure(ExitCode.Usage, $"The file {name} exists; name another one, or add --force.");
            if (parsed.GetValue(where.Url) is null && Where.StoreOf(parsed.GetValue(where.Store), parsed.GetValue(where.Data)) is null) Where.ExistingFolderOf(parsed.GetValue(where.Data));
            await using var city = await where.OpenAsync(parsed, cancel);
            using var answer = await city.SendAsync(HttpMethod.Post, "/api/hub/backup", null, cancel);
            await Download.SaveAsync(answer, name, "backup", cancel);
            await System.Console.Out.WriteLineAsync($"{Path.GetFullPath(name)}: {new FileInfo(name).Length / 1024} KiB");
            return ExitCode.Done;
        });
        return command;
    }

    public static Command Restore()
    {
        var file = new Argument<string>("file") { Description = "A file that backup wrote" };
        var data = new Option<string?>("--data") { Description = "The data folder to make", HelpName = "DIR" };
        var store = new Option<string?>("--store") { Description = "The empty PostgreSQL database to fill, instead of a folder", HelpName = "STORE" };
        var force = new Option<bool>("--force") { Description = "Replace what the folder holds" };
        var command = new Command("restore", "Make a data folder, or fill a database, from a backup, and verify it") { file, data, store, force };
        command.SetAction(async (parsed, cancel) =>
        {
            var name = parsed.GetRequiredValue(file);
            if (parsed.GetValue(data) is null == parsed.GetValue(store) is null) throw new CommandFailure(ExitCode.Usage, "restore needs one place to write to; name it with --data DIR or with --store.");
            if (!File.Exists(name)) throw new CommandFailure(ExitCode.Usage, $"There is no file {name}.");
            if (parsed.GetValue(store) is { } database) return await FillAsync(name, database, cancel);
            var target = Path.GetFullPath(parsed.GetValue(data)!);
            if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any() && !parsed.GetValue(force))
                throw new CommandFailure(ExitCode.Usage, $"The folder {target} is not empty; name another one, or add --force to replace what it holds.");
            using var folder = DataFolder.Take(target);
            var manifest = await BackupArchive.ReadAsync(name, folder, cancel);
            var found = await VerifyCommand.CheckAsync(CityHost.OpenHub(folder), cancel);
            foreach (var line in found) await System.Console.Error.WriteLineAsync(line);
            await System.Console.Out.WriteLineAsync($"{target}: {manifest.Tenants.Count} tenants as of {Timestamp.Format(manifest.At)}, {(found.Count == 0 ? "verified" : $"{found.Count} contradictions")}");
            return found.Count == 0 ? ExitCode.Done : ExitCode.Found;
        });
        return command;
    }

    private static async Task<int> FillAsync(string file, string database, CancellationToken cancel)
    {
        var work = Directory.CreateTempSubdirectory("dalgu-").FullName;
        try
        {
            using (var folder = DataFolder.Take(work)) await BackupArchive.ReadAsync(file, folder, cancel);
            return await CopyCommand.RunAsync(work, database, cancel);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }
}
