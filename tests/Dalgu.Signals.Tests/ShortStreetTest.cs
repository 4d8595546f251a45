using Dalgu.Signals.Control;
using Dalgu.Signals.Engines;
using Dalgu.Signals.Guard;
using Dalgu.Signals.Streets;
using Dalgu.Traffic.Simulation.Network;
using Xunit;

namespace Dalgu.Signals.Tests;

/// <summary>Two signals with twelve metres of street between them: nobody is left standing in the first because the second is red.</summary>
public sealed class ShortStreetTest : IDisposable
{
    private const int First = 0, Second = 1, Through = 0, Across = 1; // signals and their phases
    private readonly StreetMap map;
    private readonly SignalGuard guard;
    private readonly DalguController controller;
    private readonly Vehicles traffic;
    private readonly Observation observation;
    private readonly string file = Path.Combine(Path.GetTempPath(), $"short-street-{Guid.NewGuid():n}.net.xml");
    private readonly int[] wanted = new int[2];
    private int second;

    public ShortStreetTest()
    {
        File.WriteAllText(file, Net());
        map = StreetMap.From(NetworkReader.Read(file));
        guard = new SignalGuard(map, GuardProfile.Resco("short-street"));
        controller = new DalguController(map, guard.Limits, new DalguOptions());
        traffic = new Vehicles(map);
        observation = new Observation(traffic, guard.Now);
    }

    public void Dispose() => File.Delete(file);

    /// <summary>The second is red: as soon as more come than stand between the two, the first ends its green, though nobody else asks for it.</summary>
    [Fact]
    public void Green_ends_where_those_who_come_would_stand_in_the_junction()
    {
        Show(Through, Across);
        Enter("west", "between", "east", 190, 10);
        Assert.Equal(Through, Decide()[First]); // one can stand there
        Enter("west", "between", "east", 175, 10);
        Assert.Equal(Across, Decide()[First]);
    }

    /// <summary>The second is green: it stays so for those between the two, whoever waits on its other street.</summary>
    [Fact]
    public void Green_stays_for_those_who_are_between_the_two()
    {
        Show(Through, Through);
        for (var i = 0; i < 12; i++) Enter("northB", "southB", null, 199 - 7.5 * i, 0);
        Assert.Equal(Across, Decide()[Second]);
        Enter("between", "east", null, 6, 2.5);
        traffic.Move(Enter("west", "between", "east", 199, 8), map.LaneNumbers[":A_0_0"], 15, 8);
        Assert.Equal(Through, Decide()[Second]);
    }

    private void Show(int first, int other)
    {
        int[] phases = [first, other];
        do guard.Step(second++, phases, null);
        while (second < 40 || guard.Now[First].Clearing || guard.Now[Second].Clearing);
        Assert.Equal((first, other), (guard.Now[First].Phase, guard.Now[Second].Phase));
    }

    private int[] Decide()
    {
        observation.Time = second;
        controller.Decide(observation, wanted);
        return wanted;
    }

    private int Enter(string from, string to, string? then, double position, double speed)
    {
        int[] route = then is null ? [map.EdgeNumbers[from], map.EdgeNumbers[to]] : [map.EdgeNumbers[from], map.EdgeNumbers[to], map.EdgeNumbers[then]];
        var slot = traffic.Enter(route, 5);
        traffic.Move(slot, map.LaneNumbers[from + "_0"], position, speed);
        return slot;
    }

    private static string Net()
    {
        var text = new System.Text.StringBuilder("<net version=\"1.16\">\n");
        foreach (var (id, shape, length) in ((string, string, int)[])[(":A_0", "-10,0 10,0", 20), (":A_1", "0,10 0,-10", 20), (":B_0", "22,0 42,0", 20), (":B_1", "32,10 32,-10", 20)])
            text.Append($"<edge id=\"{id}\" function=\"internal\"><lane id=\"{id}_0\" index=\"0\" speed=\"13.89\" length=\"{length}\" shape=\"{shape}\"/></edge>\n");
        foreach (var (id, from, to, length, shape) in ((string, string, string, int, string)[])[("west", "W", "A", 200, "-210,0 -10,0"), ("between", "A", "B", 12, "10,0 22,0"), ("east", "B", "E", 200, "42,0 242,0"),
            ("northA", "NA", "A", 200, "0,210 0,10"), ("southA", "A", "SA", 200, "0,-10 0,-210"), ("northB", "NB", "B", 200, "32,210 32,10"), ("southB", "B", "SB", 200, "32,-10 32,-210")])
            text.Append($"<edge id=\"{id}\" from=\"{from}\" to=\"{to}\" priority=\"1\"><lane id=\"{id}_0\" index=\"0\" speed=\"13.89\" length=\"{length}\" shape=\"{shape}\"/></edge>\n");
        foreach (var id in (string[])["A", "B"])
            text.Append($"<tlLogic id=\"{id}\" type=\"static\" programID=\"0\" offset=\"0\"><phase duration=\"30\" state=\"Gr\"/><phase duration=\"3\" state=\"yr\"/><phase duration=\"30\" state=\"rG\"/><phase duration=\"3\" state=\"ry\"/></tlLogic>\n");
        foreach (var (id, x, y, lanes) in ((string, int, int, string)[])[("W", -210, 0, ""), ("E", 242, 0, "east_0"), ("NA", 0, 210, ""), ("SA", 0, -210, "southA_0"), ("NB", 32, 210, ""), ("SB", 32, -210, "southB_0")])
            text.Append($"<junction id=\"{id}\" type=\"dead_end\" x=\"{x}\" y=\"{y}\" incLanes=\"{lanes}\" intLanes=\"\" shape=\"0,0\"/>\n");
        foreach (var (id, x, lanes) in ((string, int, string)[])[("A", 0, "west_0 northA_0"), ("B", 32, "between_0 northB_0")])
            text.Append($"<junction id=\"{id}\" type=\"traffic_light\" x=\"{x}\" y=\"0\" incLanes=\"{lanes}\" intLanes=\":{id}_0_0 :{id}_1_0\" shape=\"0,0\"><request index=\"0\" response=\"00\" foes=\"10\" cont=\"0\"/><request index=\"1\" response=\"01\" foes=\"01\" cont=\"0\"/></junction>\n");
        foreach (var (from, to, id, link) in ((string, string, string, int)[])[("west", "between", "A", 0), ("northA", "southA", "A", 1), ("between", "east", "B", 0), ("northB", "southB", "B", 1)])
            text.Append($"<connection from=\"{from}\" to=\"{to}\" fromLane=\"0\" toLane=\"0\" via=\":{id}_{link}_0\" tl=\"{id}\" linkIndex=\"{link}\" dir=\"s\" state=\"O\"/>\n<connection from=\":{id}_{link}\" to=\"{to}\" fromLane=\"0\" toLane=\"0\" dir=\"s\" state=\"M\"/>\n");
        return text.Append("</net>\n").ToString();
    }
}
