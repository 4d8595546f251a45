using System.CommandLine;

namespace Dalgu.Commands;

/// <summary>The options that say which city a command speaks to.</summary>
internal sealed class Where
{
    public Option<string?> Data { get; } = new("--data") { Description = "The data folder. Default: $DALGU_DATA, or data/demo", HelpName = "DIR" };
    public Option<string?> Url { get; } = new("--url") { Description = "The address of a running instance, instead of a folder", HelpName = "URL" };
    public Option<string?> Key { get; } = new("--key") { Description = "The API key for --url. Default: $DALGU_KEY", HelpName = "KEY" };

    /// <summary>Adds the three options to a command.</summary>
    public Where AddTo(Command command)
    {
        command.Add(Data);
        command.Add(Url);
        command.Add(Key);
        return this;
    }

    /// <summary>Opens the way to the city. A folder that a running instance has is reached through that instance.</summary>
    public Task<CityClient> OpenAsync(ParseResult parsed, CancellationToken cancel)
    {
        if (parsed.GetValue(Url) is not { } url)
            return CityClient.OverAsync(FolderOf(parsed.GetValue(Data)), cancel);
        if (parsed.GetValue(Data) is not null) throw new CommandFailure(ExitCode.Usage, "--data and --url name two cities; leave one of them out.");
        if (HostNames.TryParse(url) is not { } address) throw new CommandFailure(ExitCode.Usage, $"\"{url}\" is no address; write one such as http://127.0.0.1:8080.");
        var key = parsed.GetValue(Key) ?? Environment.GetEnvironmentVariable("DALGU_KEY");
        return Task.FromResult(new CityClient(address, key, null));
    }

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
