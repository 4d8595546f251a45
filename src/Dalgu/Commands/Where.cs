using System.CommandLine;

namespace Dalgu.Commands;

/// <summary>The options that say which city a command speaks to.</summary>
internal sealed class Where
{
    public Option<string?> Data { get; } = new("--data") { Description = "The data folder. Default: $DALGU_DATA, or data/demo", HelpName = "DIR" };
    public Option<string?> Store { get; } = StoreOption();
    public Option<string?> Url { get; } = new("--url") { Description = "The address of a running instance, instead of a folder", HelpName = "URL" };
    public Option<string?> Key { get; } = new("--key") { Description = "The API key for --url. Default: $DALGU_KEY", HelpName = "KEY" };

    /// <summary>Adds the options to a command.</summary>
    public Where AddTo(Command command)
    {
        command.Add(Data);
        command.Add(Store);
        command.Add(Url);
        command.Add(Key);
        return this;
    }

    /// <summary>Opens the way to the city. A folder that a running instance has is reached through that instance.</summary>
    public Task<CityClient> OpenAsync(ParseResult parsed, CancellationToken cancel)
    {
        if (parsed.GetValue(Store) is not null && (parsed.GetValue(Data) is not null || parsed.GetValue(Url) is not null))
            throw new CommandFailure(ExitCode.Usage, "--store names one city and --data or --url another; leave one of them out.");
        if (parsed.GetValue(Url) is not { } url)
            return StoreOf(parsed.GetValue(Store), parsed.GetValue(Data)) is { } store ? CityClient.OverStoreAsync(store, cancel) : CityClient.OverAsync(FolderOf(parsed.GetValue(Data)), cancel);
        if (parsed.GetValue(Data) is not null) throw new CommandFailure(ExitCode.Usage, "--data and --url name two cities; leave one of them out.");
        if (HostNames.TryParse(url) is not { } address) throw new CommandFailure(ExitCode.Usage, $"\"{url}\" is no address; write one such as http://127.0.0.1:8080.");
        var key = parsed.GetValue(Key) ?? Environment.GetEnvironmentVariable("DALGU_KEY");
        return Task.FromResult(new CityClient(address, key, null));
    }

    /// <summary>The option that names a database.</summary>
    public static Option<string?> StoreOption() =>
        new("--store") { Description = "The PostgreSQL database that holds the city, such as \"Host=db;Database=dalgu;Username=dalgu\". Default: $DALGU_STORE, which keeps a password out of the process list", HelpName = "STORE" };

    /// <summary>The database that an option or, where no folder is named, the environment names; null for a folder.</summary>
    public static string? StoreOf(string? store, string? folder) => store ?? (folder is null ? Environment.GetEnvironmentVariable("DALGU_STORE") is { Length: > 0 } named ? named : null : null);

    /// <summary>The data folder that an option, the environment or the default names.</summary>
    public static string FolderOf(string? option) =>
        Path.GetFullPath(option ?? Environment.GetEnvironmentVariable("DALGU_DATA") ?? Path.Combine(Environment.GetEnvironmentVariable("DALGU_ROOT") ?? ".", "data", "demo"));

    /// <summary>A data folder that must be there.</summary>
    public static string ExistingFolderOf(string? option)
    {
        var folder = FolderOf(option);
        return Directory.Exists(folder) ? folder : throw new CommandFailure(ExitCode.Data, $"There is no data folder {folder}; name one with --data.");
    }
}
