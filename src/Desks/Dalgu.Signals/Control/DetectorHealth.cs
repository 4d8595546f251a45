using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Control;

/// <summary>Watches what detectors report of each approach lane and says which seem dead or stuck; what it knows better it puts in their place.</summary>
internal sealed class DetectorHealth
{
    private readonly StreetMap map;
    private readonly JunctionModel[] models;

    public DetectorHealth(StreetMap map, JunctionModel[] models)
    {
        this.map = map;
        this.models = models;
    }

    /// <summary>Looks at one second.</summary>
    public void Watch(Observation now, DalguOptions options)
    {
    }

    /// <summary>The suspects, a sentence each.</summary>
    public IReadOnlyList<string> Report() => [];
}
