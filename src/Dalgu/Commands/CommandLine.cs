using System.CommandLine;

namespace Dalgu.Commands;

/// <summary>The command line: one table of commands, and what their failures mean to the shell.</summary>
public static class CommandLine
{
    /// <summary>Runs a command line and returns its exit code.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) await System.Console.Error.WriteLineAsync(error.Message);
            await System.Console.Error.WriteLineAsync($"See: dalgu {string.Join(' ', Path(parsed.CommandResult).Append("--help"))}");
            return ExitCode.Usage;
        }
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception e) when (Code(e) is { } code)
        {
            await System.Console.Error.WriteLineAsync("dalgu: " + e.Message);
            return code;
        }
        catch (Exception e)
        {
            await System.Console.Error.WriteLineAsync($"dalgu: a fault of the program: {e}");
            return ExitCode.Fault;
        }
    }

    /// <summary>What a command line asks for. An empty one, or one that begins with an option of the demo, means the demo; a mistyped command must not
    /// start anything.</summary>
    public static ParseResult Parse(string[] args) => Root().Parse(args is [] or ["--port" or "--data", ..] ? ["demo", .. args] : args);

    /// <summary>Every command of the program.</summary>
    public static RootCommand Root()
    {
        var root = new RootCommand("달구 Dalgu: a city operating system in one process. Without a command it starts the demo city.")
        {
            ServeCommand.Demo(), ServeCommand.Serve(), ImportCommand.Make(), ExportCommand.Make(), VerifyCommand.Make(),
            BackupCommand.Backup(), BackupCommand.Restore(), CopyCommand.Make(), UserCommand.Make(), SignalsCommand.Make(), BenchCommand.Make(),
        };
        foreach (var desk in CityDesks.All)
            if (desk.Command is { } command) root.Add(command);
        AddVersion(root);
        return root;
    }

    private static void AddVersion(Command command)
    {
        foreach (var sub in command.Subcommands)
        {
            if (!sub.Options.Any(o => o is VersionOption)) sub.Add(new VersionOption());
            AddVersion(sub);
        }
    }

    private static int? Code(Exception e) => e switch
    {
        CommandFailure failure => failure.Code,
        DataFolderException => ExitCode.Data,
        HttpRequestException => ExitCode.Unreachable,
        Problem { Kind: ProblemKind.StorageFull or ProblemKind.Unavailable or ProblemKind.InternalError } => ExitCode.Data,
        Problem => ExitCode.Found,
        ArgumentException or FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException => ExitCode.Usage,
        IOException => ExitCode.Data,
        OperationCanceledException => 130,
        _ => null,
    };

    private static IEnumerable<string> Path(System.CommandLine.Parsing.CommandResult result)
    {
        var names = new Stack<string>();
        for (var at = result; at is not null && at.Command is not RootCommand; at = at.Parent as System.CommandLine.Parsing.CommandResult) names.Push(at.Command.Name);
        return names;
    }
}
