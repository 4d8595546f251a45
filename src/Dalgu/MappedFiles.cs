using System.Globalization;
using System.Runtime.InteropServices;

namespace Dalgu;

/// <summary>The pages of the program's and its libraries' files that are mapped into this process. A start touches far more of them than an instance at rest,
/// and they count as its resident memory for as long as nobody else wants the room.</summary>
internal static class MappedFiles
{
    private const int DontNeed = 4; // MADV_DONTNEED

    /// <summary>Takes the unchanged pages of files out of this process; what is used again comes back from the system's cache of files. Does nothing where there is no Linux.</summary>
    /// <returns>The bytes that were resident in what was given back.</returns>
    public static long Release() => OperatingSystem.IsLinux() && File.Exists("/proc/self/smaps") ? Release(File.ReadAllLines("/proc/self/smaps")) : 0;

    private static long Release(string[] lines)
    {
        long released = 0;
        for (var at = 0; at < lines.Length;)
        {
            var mapping = lines[at++];
            long resident = 0, changed = 0;
            for (; at < lines.Length && Field(lines[at]) is { } field; at++)
            {
                if (field.Name == "Rss") resident = field.Bytes;
                else if (field.Name is "Anonymous" or "Locked" or "Shared_Dirty" or "Private_Dirty") changed += field.Bytes;
            }
            if (resident > 0 && changed == 0 && RangeOfFile(mapping) is (var from, var length) && Advise(from, length, DontNeed) == 0) released += resident;
        }
        return released;
    }

    /// <summary>The place of a mapping that nobody can write to and that has a file behind it: what the advice takes out of it is whole in the file.</summary>
    private static (nint From, nuint Length)? RangeOfFile(string mapping)
    {
        var parts = mapping.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length < 6 || parts[1].Contains('w', StringComparison.Ordinal) || !parts[5].StartsWith('/') || parts[5].EndsWith("(deleted)", StringComparison.Ordinal)) return null;
        var dash = parts[0].IndexOf('-', StringComparison.Ordinal);
        var from = ulong.Parse(parts[0].AsSpan(0, dash), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var to = ulong.Parse(parts[0].AsSpan(dash + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return ((nint)from, (nuint)(to - from));
    }

    /// <summary>A line such as "Rss: 12 kB"; null for the first line of the next mapping.</summary>
    private static (string Name, long Bytes)? Field(string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || line.AsSpan(0, colon).Contains(' ')) return null;
        var words = line.AsSpan(colon + 1).Trim();
        var bytes = words.EndsWith(" kB") && long.TryParse(words[..^3], NumberStyles.None, CultureInfo.InvariantCulture, out var kilobytes) ? kilobytes * 1024 : 0;
        return (line[..colon], bytes);
    }

    [DllImport("libc", EntryPoint = "madvise")]
    private static extern int Advise(nint from, nuint length, int advice);
}
