using Dalgu.Signals.Control;
using Dalgu.Signals.Engines;
using Dalgu.Signals.Guard;
using Dalgu.Signals.Streets;
using Dalgu.Traffic.Simulation.Network;
using Xunit;

namespace Dalgu.Signals.Tests;

/// <summary>Lanes between two links of one signal, shorter than a vehicle: nobody stands there, so such a lane has the room of where it leads, and whoever waits for the second light stands in the junction.</summary>
public sealed class InnerLaneTest : IDisposable
{
    private const int Through = 0, Across = 1;
    private readonly string file = Path.Combine(Path.GetTempPath(), $"inner-lane-{Guid.NewGuid():n}.net.xml");

    public void Dispose() => File.Delete(file);

    /// <summary>A lane of half a metre inside one signal's own junction is no street: who rolls over it does not end the green of those behind.</summary>
    [Fact]
    public void A_lane_too_short_to_stand_on_does_not_end_the_green()
    {
        File.WriteAllText(file, TwoNodes(0.5, "0.5", one: true));
        var map = StreetMap.From(NetworkReader.Read(file));
        var (guard, controller, traffic) = Make(map);
        Assert.NotEmpty(new JunctionModel(map, guard.Limits[0], new DalguOptions()).InnerExits);
        Show(guard, [Through]);
        Enter(map, traffic, ["between", "east"], 0.4, 1.5);
        for (var i = 0; i < 8; i++) Enter(map, traffic, ["west", "between", "east"], 199 - 7.5 * i, 1.5);
        Enter(map, traffic, ["northB", "southB"], 100, 10);
        Assert.Equal(Through, Decide(controller, guard, traffic)[0]);
    }

    /// <summary>Who stands in the junction before the second light, which is red, waits for that light: to end the other street's green for it, or to hold that back, helps nobody.</summary>
    [Fact]
    public void Who_waits_in_the_junction_for_a_second_light_is_not_stuck()
    {
        File.WriteAllText(file, TwoNodes(0.5, "0.5", one: true));
        var map = StreetMap.From(NetworkReader.Read(file));
        var (guard, controller, traffic) = Make(map);
        Show(guard, [Across]);
        var waits = Enter(map, traffic, ["west", "between", "east"], 199, 0);
        var others = Enumerable.Range(0, 12).Select(i => Enter(map, traffic, ["northA", "southA"], 199 - 7.5 * i, 0)).ToArray();
        for (var second = 0; second < 40; second++)
        {
            traffic.Move(waits, map.LaneNumbers[":A_0_0"], 19, 0);
            Assert.Equal(Across, Decide(controller, guard, traffic)[0]);
        }
        // Where the light is green and the vehicle does not move, others hold it: from the twentieth second on, as anywhere else.
        Show(guard, [Through]);
        foreach (var other in others) traffic.Leave(other);
        for (var second = 0; second < 40; second++)
        {
            traffic.Move(waits, map.LaneNumbers[":A_0_0"], 19, 0);
            Assert.Equal(second < 19 ? Through : Across, Decide(controller, guard, traffic)[0]);
        }
    }

    /// <summary>The first light shows green while the second is red: as many go as can stand on the 20 m between the two. With both green all go.</summary>
    [Theory]
    [InlineData("GrrG", "rGGr", false, 2)]
    [InlineData("GrrG", "rGGr", true, 2)]
    [InlineData("GrGr", "rGrG", false, 6)]
    [InlineData("GrGr", "rGrG", true, 6)]
    public void No_more_are_let_into_the_junction_than_can_stand_before_its_second_light(string green, string other, bool nodeBetween, int leave)
    {
        File.WriteAllText(file, TwoNodes(0.5, "0.5", one: true, green, other, nodeBetween));
        var map = StreetMap.From(NetworkReader.Read(file));
        var (guard, _, _) = Make(map);
        Show(guard, [Through]);
        var model = new JunctionModel(map, guard.Limits[0], new DalguOptions());
        Array.Fill(model.Room, 1000);
        var lane = Array.IndexOf(model.Lanes, map.LaneNumbers["west_0"]);
        for (var i = 0; i < 6; i++) model.Add(lane, Array.IndexOf(model.LaneOfLink, lane), 0, true);
        new Rollout(new DalguOptions()).Foresee(model, guard.Now[0], 0, Through, 30);
        Assert.Equal(leave, model.Leaves[lane].Take(6).Count(leaves => leaves is >= 0 and < 30));
    }

    private static (SignalGuard, DalguController, Vehicles) Make(StreetMap map)
    {
        var guard = new SignalGuard(map, GuardProfile.Resco("inner-lane"));
        return (guard, new DalguController(map, guard.Limits, new DalguOptions()), new Vehicles(map));
    }

    private static void Show(SignalGuard guard, int[] phases)
    {
        for (var second = 0; second < 60; second++) guard.Step(second, phases, null);
        for (var s = 0; s < phases.Length; s++) Assert.Equal((phases[s], false), (guard.Now[s].Phase, guard.Now[s].Clearing));
    }

    private static int[] Decide(DalguController controller, SignalGuard guard, Vehicles traffic)
    {
        var wanted = new int[guard.Now.Length];
        controller.Decide(new Observation(traffic, guard.Now) { Time = 60 }, wanted);
        return wanted;
    }

    private static int Enter(StreetMap map, Vehicles traffic, string[] route, double position, double speed)
    {
        var slot = traffic.Enter([.. route.Select(e => map.EdgeNumbers[e])], 5);
        traffic.Move(slot, map.LaneNumbers[route[0] + "_0"], position, speed);
        return slot;
    }

    /// <summary>Two nodes with a street between them, of one signal or of two; or with two such streets and a node without a signal between these.</summary>
    private static string TwoNodes(double metres, string between, bool one, string phase = "GrGr", string next = "rGrG", bool nodeBetween = false)
    {
        FormattableString b = $"{32 + metres - 12:0.#}";
        var x = FormattableString.Invariant(b);
        var text = new System.Text.StringBuilder("<net version=\"1.16\">\n");
        foreach (var id in (string[])[":A_0", ":A_1", ":B_0", ":B_1", .. nodeBetween ? [":M_0"] : Array.Empty<string>()])
            text.Append($"<edge id=\"{id}\" function=\"internal\"><lane id=\"{id}_0\" index=\"0\" speed=\"13.89\" length=\"20\" shape=\"{(id[1] == 'A' ? "0" : x)},10 {(id[1] == 'A' ? "0" : x)},-10\"/></edge>\n");
        var before = nodeBetween ? "behind" : "between"; // the street before the second stop line
        foreach (var (id, from, to, length) in ((string, string, string, string)[])[("west", "W", "A", "200"), ("between", "A", nodeBetween ? "M" : "B", between), ("east", "B", "E", "200"), ("northA", "NA", "A", "200"), ("southA", "A", "SA", "200"), ("northB", "NB", "B", "200"), ("southB", "B", "SB", "200"), .. nodeBetween ? [("behind", "M", "B", between)] : Array.Empty<(string, string, string, string)>()])
            text.Append($"<edge id=\"{id}\" from=\"{from}\" to=\"{to}\" priority=\"1\"><lane id=\"{id}_0\" index=\"0\" speed=\"13.89\" length=\"{length}\" shape=\"0,0 {length},0\"/></edge>\n");
        foreach (var (id, green, other) in one ? ((string, string, string)[])[("A", phase, next)] : [("A", "Gr", "rG"), ("B", "Gr", "rG")])
            text.Append($"<tlLogic id=\"{id}\" type=\"static\" programID=\"0\" offset=\"0\"><phase duration=\"30\" state=\"{green}\"/><phase duration=\"3\" state=\"{green.Replace('G', 'y')}\"/><phase duration=\"30\" state=\"{other}\"/><phase duration=\"3\" state=\"{other.Replace('G', 'y')}\"/></tlLogic>\n");
        foreach (var (id, at, lanes) in ((string, string, string)[])[("W", "-210", ""), ("E", "442", "east_0"), ("NA", "0", ""), ("SA", "0", "southA_0"), ("NB", x, ""), ("SB", x, "southB_0")])
            text.Append($"<junction id=\"{id}\" type=\"dead_end\" x=\"{at}\" y=\"0\" incLanes=\"{lanes}\" intLanes=\"\" shape=\"0,0\"/>\n");
        foreach (var (id, at, lanes) in ((string, string, string)[])[("A", "0", "west_0 northA_0"), ("B", x, before + "_0 northB_0")])
            text.Append($"<junction id=\"{id}\" type=\"traffic_light\" x=\"{at}\" y=\"0\" incLanes=\"{lanes}\" intLanes=\":{id}_0_0 :{id}_1_0\" shape=\"0,0\"><request index=\"0\" response=\"00\" foes=\"10\" cont=\"0\"/><request index=\"1\" response=\"01\" foes=\"01\" cont=\"0\"/></junction>\n");
        foreach (var (from, to, id, link) in ((string, string, string, int)[])[("west", "between", "A", 0), ("northA", "southA", "A", 1), (before, "east", "B", 0), ("northB", "southB", "B", 1)])
            text.Append($"<connection from=\"{from}\" to=\"{to}\" fromLane=\"0\" toLane=\"0\" via=\":{id}_{link}_0\" tl=\"{(one ? "A" : id)}\" linkIndex=\"{(one && id == "B" ? link + 2 : link)}\" dir=\"s\" state=\"O\"/>\n<connection from=\":{id}_{link}\" to=\"{to}\" fromLane=\"0\" toLane=\"0\" dir=\"s\" state=\"M\"/>\n");
        if (nodeBetween) text.Append($"<junction id=\"M\" type=\"priority\" x=\"{x}\" y=\"0\" incLanes=\"between_0\" intLanes=\":M_0_0\" shape=\"0,0\"><request index=\"0\" response=\"0\" foes=\"0\" cont=\"0\"/></junction>\n<connection from=\"between\" to=\"behind\" fromLane=\"0\" toLane=\"0\" via=\":M_0_0\" dir=\"s\" state=\"M\"/>\n<connection from=\":M_0\" to=\"behind\" fromLane=\"0\" toLane=\"0\" dir=\"s\" state=\"M\"/>\n");
        return text.Append("</net>\n").ToString();
    }
}
