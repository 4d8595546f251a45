using System.Runtime.InteropServices;

namespace Dalgu.Hub;

/// <summary>The memory that stores take outside of the managed heap. The C library keeps what is given back in a pool for each thread that ever took some,
/// so that many tenants one after the other would hold as much as all of them at once.</summary>
public static class NativeHeap
{
    private static bool canTrim = OperatingSystem.IsLinux();

    /// <summary>Gives what is free back to the system, where its C library can.</summary>
    public static void Trim()
    {
        if (!canTrim) return;
        try
        {
            _ = MallocTrim(0);
        }
        catch (Exception missing) when (missing is EntryPointNotFoundException or DllNotFoundException)
        {
            canTrim = false; // another C library than glibc
        }
    }

    [DllImport("libc", EntryPoint = "malloc_trim")]
    private static extern int MallocTrim(nuint pad);
}
