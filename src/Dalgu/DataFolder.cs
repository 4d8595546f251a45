using System.Text.Json;

namespace Dalgu;

/// <summary>A data folder that this process has to itself until it is disposed of.</summary>
public sealed class DataFolder : IDisposable
{
    private readonly FileStream gate;

    private DataFolder(string path, FileStream gate, bool isNew)
    {
        Path = path;
        IsNew = isNew;
        this.gate = gate;
    }

    /// <summary>True where this process made it: it was not there, and nobody else had put anything into it before the lock was ours.</summary>
    public bool IsNew { get; }

    /// <summary>The folder's full path.</summary>
    public string Path { get; }

    private string NotePath => System.IO.Path.Combine(Path, "dalgu.running");

    /// <summary>Takes a folder, made where it does not exist.</summary>
    /// <exception cref="DataFolderException">Where another process has it, or it cannot be written.</exception>
    public static DataFolder Take(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            var isNew = !Directory.Exists(path);
            if (isNew)
            {
                if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
                else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
            // The lock is the open file, not its presence: it ends with the process, however that ends.
            var gate = new FileStream(System.IO.Path.Combine(path, "dalgu.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new(path, gate, isNew && Directory.GetFileSystemEntries(path).Length == 1);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new DataFolderException($"The data folder {path} cannot be written: {e.Message} Give this user the folder, or name another with --data.");
        }
        catch (IOException) when (File.Exists(System.IO.Path.Combine(path, "dalgu.lock")))
        {
            var running = RunningNote.Read(path);
            throw new DataFolderException($"The data folder {path} is in use by {(running is null ? "another process" : $"process {running.Process} at {running.Address}")}. "
                + "Stop that process, name another folder with --data, or speak to the running instance with --url and --key.") { Running = running };
        }
        catch (IOException e)
        {
            throw new DataFolderException($"The data folder {path} is not usable: {e.Message}");
        }
    }

    /// <summary>Leaves a note for commands on this machine: which process has the folder, where it listens, and a key that lives as long as the process.
    /// Only the owner of the folder can read it.</summary>
    public void Note(RunningNote note)
    {
        File.Delete(NotePath);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(NotePath, options);
        JsonSerializer.Serialize(file, note, HubJson.Default.RunningNote);
    }

    /// <summary>Removes the folder with all that is in it, where this process made it; the lock is held until then, so that nobody else's city goes.</summary>
    public void Discard()
    {
        if (IsNew) Directory.Delete(Path, recursive: true);
    }

    /// <summary>Gives the folder back.</summary>
    public void Dispose()
    {
        if (Directory.Exists(Path)) File.Delete(NotePath);
        gate.Dispose();
    }
}

/// <summary>What a running instance leaves in its data folder for commands on the same machine.</summary>
/// <param name="Process">The process id.</param>
/// <param name="Address">Where it listens.</param>
/// <param name="Key">An administrator's key, which ends with the process.</param>
public sealed record RunningNote(int Process, string Address, string Key)
{
    internal static RunningNote? Read(string folder)
    {
        try
        {
            using var file = File.OpenRead(Path.Combine(folder, "dalgu.running"));
            return JsonSerializer.Deserialize(file, HubJson.Default.RunningNote);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}

/// <summary>A data folder that cannot be had: the message says why and the way out.</summary>
public sealed class DataFolderException(string message) : Exception(message)
{
    /// <summary>The instance that has the folder, where it left a note.</summary>
    public RunningNote? Running { get; init; }
}
