namespace Dalgu.Signals.Guard;

/// <summary>In which order a signal may show its phases: <see cref="ProgramOrder"/> or <see cref="RingBarrier"/>. The one place for that rule: the guard holds it, and a controller
/// that plays a junction forward asks it too.</summary>
internal interface IPhaseOrder
{
    /// <summary>The phase that may follow: the wanted one where nobody who is called is passed over, else one on the way to it.</summary>
    /// <param name="from">The present phase.</param>
    /// <param name="wanted">Another phase.</param>
    /// <param name="calls">By index, whether it is called and not green.</param>
    int Next(int from, int wanted, ReadOnlySpan<bool> calls);

    /// <summary>Whether a new round through the phases begins with a change.</summary>
    bool BeginsRound(int from, int to);

    /// <summary>The phases that follow a phase in a round that may be shown whoever is called; null where there is none.</summary>
    int[]? Round(int phase);
}
