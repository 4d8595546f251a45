using System.Globalization;

namespace Dalgu;

/// <summary>A data folder that this process has to itself until it is disposed of.</summary>
public sealed class DataFolder : IDisposable
{
    private readonly FileStream gate;

    private DataFolder(string path, FileStream gate)
    {
        Path = path;
        this.gate = gate;
    }

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
            if (!Directory.Exists(path))
            {
                if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
                else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
            // The lock is the open file, not its presence: it ends with the process, however that ends.
            return new(path, new FileStream(System.IO.Path.Combine(path, "dalgu.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new DataFolderException($"The data folder {path} cannot be written: {e.Message} Give this user the folder, or name another with --data.");
        }
        catch (IOException e) when (File.Exists(System.IO.Path.Combine(path, "dalgu.lock")))
        {
            var note = ReadNote(System.IO.Path.Combine(path, "dalgu.running"));
            throw new DataFolderException($"The data folder {path} is in use by {note ?? "another process"} ({e.GetType().Name}). "
                + "Stop that process, name another folder with --data, or speak to the running instance with --url and --key.");
        }
        catch (IOException e)
        {
            throw new DataFolderException($"The data folder {path} is not usable: {e.Message}");
        }
    }

    /// <summary>Leaves a note for the second process: which one has the folder, and where it listens.</summary>
    public void Note(string address) =>
        File.WriteAllText(NotePath, string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} at {address}"));

    /// <summary>Gives the folder back.</summary>
    public void Dispose()
    {
        File.Delete(NotePath);
        gate.Dispose();
    }

    private static string? ReadNote(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return null;
        }
    }
}

/// <summary>A data folder that cannot be had: the message says why and the way out.</summary>
public sealed class DataFolderException(string message) : Exception(message);
