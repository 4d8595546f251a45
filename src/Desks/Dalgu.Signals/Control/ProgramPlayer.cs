using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Control;

/// <summary>Shows the file's own programs as they are, second by second: the reference that everyone measures against.</summary>
internal static class ProgramPlayer
{
    /// <summary>The state of a signal's program at a time.</summary>
    public static string At(Signal signal, double time)
    {
        var at = (time - signal.Offset) % signal.Cycle;
        if (at < 0) at += signal.Cycle;
        foreach (var phase in signal.Program)
        {
            if (at < phase.Duration) return phase.State;
            at -= phase.Duration;
        }
        return signal.Program[^1].State;
    }
}
