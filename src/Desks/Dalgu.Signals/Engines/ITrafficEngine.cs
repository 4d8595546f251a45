using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Engines;

/// <summary>Moves traffic a second at a time under signals that someone else decides: SUMO, or our own simulator.</summary>
internal interface ITrafficEngine : IDisposable
{
    /// <summary>Seconds of the scenario's day.</summary>
    double Time { get; }

    /// <summary>The network.</summary>
    StreetMap Map { get; }

    /// <summary>The vehicles now.</summary>
    Vehicles Traffic { get; }

    /// <summary>How many vehicles have entered and left since the beginning.</summary>
    (int Departed, int Arrived) Counts { get; }

    /// <summary>What a signal shows from now on.</summary>
    void Show(int signal, string state);

    /// <summary>One second.</summary>
    void Step();

    /// <summary>Ends the run and returns what each trip was.</summary>
    IReadOnlyList<Measures.Trip> Finish();
}
