namespace Dalgu.Signals.Control;

/// <summary>How exits empty. An exit that is the approach of another signal empties as that signal plans, not at a mean rate: where it cannot let anybody go, a green towards it is lost.</summary>
internal sealed partial class DalguController
{
    private readonly double[]?[] outflow; // of each approach lane: how many its signal's plan lets leave, second by second; null for other lanes

    private double[]?[] Outflows()
    {
        var flows = new double[map.Lanes.Length][];
        foreach (var model in models)
            foreach (var lane in model.Lanes)
            {
                flows[lane] = new double[options.Horizon];
                for (var t = 0; t < options.Horizon; t++) flows[lane][t] = options.ExitFlow * t; // until there is a plan
            }
        foreach (var model in models)
            for (var e = 0; e < model.Exits.Length; e++)
                if (!model.Inner[e]) model.Outflow[e] = flows[model.Exits[e]];
        return flows;
    }

    /// <summary>Notes when a lane's queue moves on at its rear: the start runs back through it from vehicle to vehicle.</summary>
    private void Flow(JunctionModel model)
    {
        for (var l = 0; l < model.Lanes.Length; l++)
        {
            var flow = outflow[model.Lanes[l]]!;
            Array.Clear(flow);
            var standing = 0;
            for (var i = 0; i < model.Count[l]; i++)
                if (model.Stopped[l][i]) standing++;
            var lag = (int)(options.StartWave * standing) + 1;
            for (var i = 0; i < model.Count[l]; i++)
                if (model.Leaves[l][i] >= 0 && model.Leaves[l][i] + lag is var at && at < flow.Length) flow[(int)at]++;
            for (var t = 1; t < flow.Length; t++) flow[t] += flow[t - 1];
        }
    }

    /// <summary>A lane of this very signal on which nobody can stand has the room of where it leads.</summary>
    private static void Through(JunctionModel model)
    {
        for (var e = 0; e < model.Exits.Length; e++)
        {
            if (!model.Inner[e]) continue;
            double room = 0;
            for (var k = 0; k < model.Links.Length; k++)
                if (model.Lanes[model.LaneOfLink[k]] == model.Exits[e]) room = Math.Max(room, model.Room[model.ExitOfLink[k]]);
            model.Room[e] = room;
        }
    }
}
