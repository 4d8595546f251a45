using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Engines;

/// <summary>Detectors that fail: on a dead lane no vehicle is seen, on a stuck lane one seems to stand at the stop line for ever.</summary>
internal sealed class DetectorFaults
{
    /// <summary>Takes a share of the approach lanes at random, half of them dead and half stuck.</summary>
    /// <param name="map">The network.</param>
    /// <param name="share">From 0 to 1.</param>
    /// <param name="random">A seeded generator.</param>
    public DetectorFaults(StreetMap map, double share, Random random)
    {
        Dead = new bool[map.Lanes.Length];
        Stuck = new bool[map.Lanes.Length];
        var lanes = map.Links.Where(l => l.Signal >= 0).Select(l => l.From).Distinct().Order().ToArray();
        random.Shuffle(lanes);
        var failing = (int)Math.Round(lanes.Length * share);
        for (var i = 0; i < failing; i++) (i % 2 == 0 ? Dead : Stuck)[lanes[i]] = true;
    }

    public bool[] Dead { get; }
    public bool[] Stuck { get; }
}
