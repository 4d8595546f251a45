namespace Dalgu.Commands;

/// <summary>What the exit code of a command says.</summary>
public static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;
    /// <summary>Done, and problems were found, or some rows were refused.</summary>
    public const int Found = 1;
    /// <summary>The command is used wrongly; nothing was done.</summary>
    public const int Usage = 2;
    /// <summary>The data folder is in use or not usable.</summary>
    public const int Data = 3;
    /// <summary>The instance cannot be reached.</summary>
    public const int Unreachable = 4;
    /// <summary>A fault of the program itself.</summary>
    public const int Fault = 70;
}

/// <summary>Ends a command with an exit code and a line on standard error.</summary>
public sealed class CommandFailure(int code, string message) : Exception(message)
{
    /// <summary>The exit code.</summary>
    public int Code { get; } = code;
}
