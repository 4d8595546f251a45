namespace Dalgu.Signals.Control;

/// <summary>Streets between two junctions that hold a vehicle or two: whoever has to stand there stands in the first junction, and where two such queues meet
/// nobody moves again. So the second junction does not end a green for those who are between the two, and the first ends its own in time.</summary>
internal sealed partial class DalguController
{
    private readonly bool[] shortStreet; // of each lane

    private bool[] ShortStreets()
    {
        var controlled = map.Links.Where(l => l.Signal >= 0).ToArray();
        var (behind, before) = (controlled.Select(l => l.To).ToHashSet(), controlled.Select(l => l.From).ToHashSet());
        var inner = models.SelectMany(m => m.InnerExits.Select(e => m.Exits[e])).ToHashSet();
        return [.. map.Lanes.Select(l => l.Length <= options.ShortStreet && behind.Contains(l.Number) && before.Contains(l.Number) && !inner.Contains(l.Number))];
    }

    private bool SharesShortStreet(JunctionModel model) => model.Lanes.Any(l => shortStreet[l]) || model.Exits.Any(l => shortStreet[l]);

    /// <summary>Whether a lane's signal lets those on it go without yielding, so that nobody needs to stand there.</summary>
    private bool Flows(JunctionModel model, int lane, in SignalNow state)
    {
        if (state.Clearing) return false;
        for (var k = 0; k < model.Links.Length; k++)
            if (map.Links[model.Links[k]].From == lane && model.Rights[state.Phase][k] == Right.Protected) return true;
        return false;
    }

    /// <summary>Whether to end a phase would leave somebody standing in the junction before, because the street between is too short for all who are on their way.</summary>
    private bool Strands(JunctionModel model, int phase, int next)
    {
        for (var k = 0; k < model.Links.Length; k++)
        {
            if (model.Rights[phase][k] != Right.Protected || model.Rights[next][k] == Right.Protected) continue;
            var lane = map.Links[model.Links[k]].From;
            if (shortStreet[lane] && entering[lane] > 0 && queueTail[lane] == double.MaxValue && joining[lane] > Math.Floor(map.Lanes[lane].Length / JunctionModel.VehicleSpace)) return true;
        }
        return false;
    }

    /// <summary>Whether a phase is letting more onto a short street than can stand on it before its red signal, so that the last of them would stand in this junction.</summary>
    private bool Overfills(JunctionModel model, int phase)
    {
        for (var e = 0; e < model.Exits.Length; e++)
        {
            var lane = map.Lanes[model.Exits[e]];
            if (!shortStreet[lane.Number] || queueTail[lane.Number] == double.MaxValue) continue;
            var coming = 0;
            for (var l = 0; l < model.Lanes.Length; l++)
                for (var i = 0; i < model.Count[l] && model.Eta[l][i] <= options.CannotStop; i++)
                    if (model.ExitOfLink[model.Link[l][i]] == e && model.Rights[phase][model.Link[l][i]] == Right.Protected) coming++;
            if (coming > 0 && coming > model.Room[e]) return true;
        }
        return false;
    }

    /// <summary>An exit with the next stop line of this very signal behind it, and no lane to stand on between, has the room of where it leads.</summary>
    private static void Through(JunctionModel model)
    {
        foreach (var e in model.InnerExits)
        {
            double room = 0;
            foreach (var k in model.Onward[e]) room = Math.Max(room, model.Room[model.ExitOfLink[k]]);
            model.Room[e] = room;
        }
    }
}
