using Dalgu.Signals.Control;

namespace Dalgu.Signals.Runs;

/// <summary>How a scenario is driven.</summary>
internal sealed record RunOptions
{
    /// <summary>The names of the controllers.</summary>
    public static readonly string[] Controllers = ["fixed", "tod", "actuated", "max-pressure", "dalgu"];

    /// <summary>The names of the engines.</summary>
    public static readonly string[] Engines = ["sumo", "dalgu"];

    /// <summary>One of <see cref="Controllers"/>.</summary>
    public required string Controller { get; init; }

    /// <summary>A guard profile: resco, korea, korea-order.</summary>
    public string Profile { get; init; } = "resco";

    /// <summary>One of <see cref="Engines"/>: SUMO, or the own simulator.</summary>
    public string Engine { get; init; } = "sumo";
    public int Seed { get; init; } = 1;

    /// <summary>Where the engine's trip output goes, in SUMO's form.</summary>
    public string? TripInfo { get; init; }

    /// <summary>The plan table of the controller <c>tod</c>.</summary>
    public string? Plan { get; init; }

    /// <summary>The plans of the controller <c>tod</c> themselves, in place of a table.</summary>
    public IReadOnlyList<(double Begin, SignalPlan[] Plans)>? Plans { get; init; }

    /// <summary>The share of approach lanes whose detectors fail, from 0 to 1.</summary>
    public double DetectorFaults { get; init; }

    /// <summary>Whether CO2 and NOx are measured, which takes longer.</summary>
    public bool Emissions { get; init; } = true;

    /// <summary>Corridors to measure, each the names of its signals with commas; those that are found where empty.</summary>
    public IReadOnlyList<string> Corridors { get; init; } = [];

    /// <summary>Records a time-space diagram; null for none.</summary>
    public Dalgu.Signals.Measures.TimeSpaceRecorder? Recorder { get; init; }

    /// <summary>Where decisions are explained.</summary>
    public TextWriter? Explain { get; init; }

    /// <summary>The setting of the controller <c>dalgu</c>.</summary>
    public DalguOptions Dalgu { get; init; } = new();
}
