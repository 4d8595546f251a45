using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Guard;

/// <summary>Where pedestrians cross the arms of a junction, and with which phase. The network files have no crossings: each arm is taken to have one.</summary>
internal static class Crossings
{
    /// <summary>The shortest green that pedestrians need: the time to step off and the time to cross. Seconds, rounded up.</summary>
    /// <remarks>7 s and 1 s for each metre, 0.7 m/s in protected zones: docs/desks/signals/guard.md.</remarks>
    public static int MinimumWalk(int lanes, GuardProfile profile) => (int)Math.Ceiling(profile.WalkStart + lanes * profile.LaneWidth / profile.WalkSpeed);

    /// <summary>For each phase the seconds that its pedestrians need; 0 where none walk.</summary>
    public static int[] WalkSeconds(StreetMap map, Signal signal, GuardProfile profile)
    {
        var walk = new int[signal.Phases.Length];
        var links = signal.Links.SelectMany(l => l).Select(l => map.Links[l]).ToArray();
        foreach (var arm in links.GroupBy(l => l.FromEdge).OrderBy(g => g.Key))
        {
            var exits = Exits(map, arm.Key, links);
            var lanes = VehicleLanes(map, arm.Key) + exits.Sum(e => VehicleLanes(map, e));
            var best = -1;
            for (var p = 0; p < signal.Phases.Length; p++)
                if (CanWalk(signal.Phases[p], arm, links.Where(l => exits.Contains(l.ToEdge))) && (best < 0 || signal.PhaseSeconds[p] > signal.PhaseSeconds[best])) best = p;
            if (best >= 0) walk[best] = Math.Max(walk[best], MinimumWalk(lanes, profile));
        }
        return walk;
    }

    /// <summary>Pedestrians walk over an arm while nothing leaves it but right turns, and nothing enters it but turns that yield to them.</summary>
    private static bool CanWalk(string phase, IEnumerable<Link> leaving, IEnumerable<Link> entering)
    {
        foreach (var link in leaving)
            if (phase[link.Index] is 'G' or 'g' && link.Direction is not ('r' or 'R')) return false;
        foreach (var link in entering)
            if (phase[link.Index] is 'G' && link.Direction is not ('r' or 'R') || phase[link.Index] is 'g' && link.Direction is 's') return false;
        return true;
    }

    /// <summary>The exits of the same arm: those that lead back to where the approach comes from, by junction, else by direction.</summary>
    private static int[] Exits(StreetMap map, int approach, IEnumerable<Link> links)
    {
        var network = map.Network;
        var all = links.Select(l => l.ToEdge).Distinct().ToArray();
        var back = all.Where(e => network.EdgeTo[e] == network.EdgeFrom[approach]).ToArray();
        if (back.Length > 0) return back;
        var shape = network.LaneShape(network.EdgeFirstLane[approach]);
        var outward = Math.Atan2(shape[^2].Y - shape[^1].Y, shape[^2].X - shape[^1].X);
        return [.. all.Where(e =>
        {
            var line = network.LaneShape(network.EdgeFirstLane[e]);
            var turn = Math.Abs(Math.Atan2(line[1].Y - line[0].Y, line[1].X - line[0].X) - outward);
            return Math.Min(turn, 2 * Math.PI - turn) < Math.PI / 6;
        })];
    }

    private static int VehicleLanes(StreetMap map, int edge) => map.LanesOfEdge[edge].Count(l => map.Lanes[l].Out.Length > 0 || map.Lanes[l].In.Length > 0);
}
