using Dalgu.Traffic.Simulation.Demand;
using Dalgu.Traffic.Simulation.Network;
using Dalgu.Traffic.Simulation.Tests.Network;
using Xunit;

namespace Dalgu.Traffic.Simulation.Tests.Demand;

public sealed class DemandReaderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-rou").FullName;

    public void Dispose() => Directory.Delete(folder, true);

    [Fact]
    public void Vehicles_trips_and_flows_come_in_order_of_departure()
    {
        var demand = Read("""
            <routes>
                <vType id="car" length="4.3" minGap="1.5" speedFactor="normc(1.1,0.2,0.5,1.5)"/>
                <vType id="coach" vClass="coach"/>
                <route id="east" edges="a b"/>
                <vehicle id="late" type="car" route="east" depart="30"/>
                <vehicle id="inner" depart="7.5" departLane="best" departSpeed="max" departPos="random_free"><route edges="c d"/></vehicle>
                <trip id="t" type="coach" from="a" to="b" depart="0:00:10"/>
                <flow id="f" type="car" begin="0" end="20" period="10" from="c" to="d"/>
            </routes>
            """);
        Assert.Equal(["f.0", "inner", "t", "f.1", "late"], Enumerable.Range(0, demand.Count).Select(demand.Id));
        Assert.Equal([0, 7.5, 10, 10, 30], demand.Depart.ToArray());
        Assert.Equal(4.3, demand.TypeOf(4).Length);
        Assert.Equal((1.1, 0.2, 0.5, 1.5), (demand.TypeOf(4).SpeedFactor, demand.TypeOf(4).SpeedDeviation, demand.TypeOf(4).LowestSpeedFactor, demand.TypeOf(4).HighestSpeedFactor));
        Assert.Equal((14, 2), (demand.TypeOf(2).Length, demand.TypeOf(2).Accel));
        Assert.Equal(2, demand.Route(2).Length);
    }

    /// <summary>As SUMO does: a flow whose end is its beginning sends all at once, and one of nobody nobody.</summary>
    [Fact]
    public void A_flow_without_a_span_comes_at_once_and_one_of_nobody_is_empty()
    {
        var demand = Read("""
            <routes>
                <flow id="f" begin="5" end="5" number="3" from="c" to="d"/>
                <flow id="none" begin="0" end="9" number="0" from="a" to="b"/>
            </routes>
            """);
        Assert.Equal([5, 5, 5], demand.Depart.ToArray());
    }

    [Fact]
    public void A_distribution_gives_each_vehicle_the_same_type_on_every_reading()
    {
        const string text = """
            <routes>
                <vTypeDistribution id="mix"><vType id="car" probability="0.7"/><vType id="van" vClass="delivery" probability="0.3"/></vTypeDistribution>
                <flow id="f" type="mix" begin="0" end="1000" number="500" from="c" to="d"/>
            </routes>
            """;
        var (one, two) = (Read(text), Read(text));
        Assert.Equal(Enumerable.Range(0, 500).Select(i => one.TypeOf(i).Id), Enumerable.Range(0, 500).Select(i => two.TypeOf(i).Id));
        Assert.InRange(Enumerable.Range(0, 500).Count(i => one.TypeOf(i).Id == "van"), 110, 190); // 150 expected, deviation 10.2
    }

    [Fact]
    public void What_is_not_simulated_is_named() =>
        Assert.Contains("1 <stop>", Assert.Single(Read("""<routes><vehicle id="v" depart="0"><route edges="a b"/><stop lane="a_0" duration="5"/></vehicle></routes>""").Notes));

    [Fact]
    public void Trains_are_left_out_and_named_and_the_rest_is_read()
    {
        var demand = Read("""
            <routes>
                <vType id="tram" vClass="tram"/>
                <vTypeDistribution id="mix"><vType id="car"/><vType id="boat" vClass="ship" probability="0"/></vTypeDistribution>
                <vehicle id="t" type="tram" depart="0"><route edges="rails"/></vehicle>
                <trip id="u" type="tram" depart="0" from="rails" to="rails"/>
                <flow id="f" type="tram" begin="0" end="20" period="10"><route edges="rails"/></flow>
                <flow id="g" type="mix" begin="0" end="20" period="10" from="c" to="d"/>
            </routes>
            """);
        Assert.Equal(["g.0", "g.1"], Enumerable.Range(0, demand.Count).Select(demand.Id));
        Assert.Equal(["flow", "trip", "vehicle"], demand.Notes.Select(n => n.Split('<', '>')[1]));
    }

    /// <summary>Times: SUMO 1.15.0 from second 50 to 1050 with the same flows.</summary>
    [Fact]
    public void A_flow_that_says_no_times_has_those_of_its_interval_else_those_of_the_simulation()
    {
        var net = Path.Combine(folder, "n.net.xml");
        var file = Path.Combine(folder, "flows.rou.xml");
        File.WriteAllText(net, NetworkReaderTests.Crossing);
        File.WriteAllText(file, """
            <routes>
                <flow id="x" number="10" from="a" to="b"/>
                <flows><interval begin="100" end="200"><flow id="y" number="5" from="a" to="b"/></interval></flows>
                <flow id="z" number="5" from="c" to="d" begin="120"/>
            </routes>
            """);
        var demand = DemandReader.Read(file, NetworkReader.Read(net), begin: 50, end: 1050);
        double[] Of(string flow) => [.. Enumerable.Range(0, demand.Count).Where(i => demand.Id(i).StartsWith(flow, StringComparison.Ordinal)).Select(i => demand.Depart[i])];
        Assert.Equal([50, 150, 250, 350, 450, 550, 650, 750, 850, 950], Of("x"));
        Assert.Equal([100, 120, 140, 160, 180], Of("y"));
        Assert.Equal([120, 306, 492, 678, 864], Of("z"));
        Assert.True(demand.HasOpenFlows);
        Assert.Empty(demand.DrawnFlows);
        Assert.Empty(demand.Notes);
    }

    /// <summary>A vehicle, a flow and duarouter's alternatives inside a vehicle; 0.8 of 500 are 400, deviation 8.9.</summary>
    [Fact]
    public void A_distribution_of_routes_gives_each_vehicle_one()
    {
        const string text = """
            <routes>
                <routeDistribution id="rd"><route id="east" edges="a b" probability="0.8"/><route edges="c d" probability="0.2"/></routeDistribution>
                <routeDistribution id="named" routes="east" probabilities="1"/>
                <flow id="f" route="rd" begin="0" end="1000" number="500"/>
                <vehicle id="v" route="named" depart="0"/>
                <vehicle id="w" depart="0"><routeDistribution last="0"><route cost="9" probability="0" edges="a b"/><route cost="8" probability="1" edges="c d"/></routeDistribution></vehicle>
            </routes>
            """;
        var demand = Read(text);
        var east = Enumerable.Range(0, demand.Count).Count(i => demand.Id(i)[0] == 'f' && demand.Route(i)[0] == demand.Route(Trip(demand, "v"))[0]);
        Assert.InRange(east, 364, 436);
        Assert.NotEqual(demand.Route(Trip(demand, "v"))[0], demand.Route(Trip(demand, "w"))[0]);
        Assert.Equal(Enumerable.Range(0, demand.Count).Select(i => demand.Route(i)[0]), Enumerable.Range(0, demand.Count).Select(i => Read(text).Route(i)[0]));
    }

    [Fact]
    public void Several_files_are_one_demand_and_additional_ones_bring_types()
    {
        var (net, more, one, two) = (Path.Combine(folder, "n.net.xml"), Path.Combine(folder, "t.add.xml"), Path.Combine(folder, "1.rou.xml"), Path.Combine(folder, "2.rou.xml"));
        File.WriteAllText(net, NetworkReaderTests.Crossing);
        File.WriteAllText(more, "<add><vType id=\"van\" vClass=\"delivery\"/><busStop id=\"s\" lane=\"a_0\"/><route id=\"r\" edges=\"a b\"/></add>");
        File.WriteAllText(one, "<routes><vehicle id=\"164\" type=\"van\" route=\"r\" depart=\"5\"/></routes>");
        File.WriteAllText(two, "<routes><person id=\"p\" depart=\"0\"><walk edges=\"a b\"/></person><flow id=\"164\" from=\"a \" to=\"b\" begin=\"0\" end=\"10\" number=\"1\"/></routes>");
        var demand = DemandReader.Read(one + "," + two, NetworkReader.Read(net), additional: more);
        Assert.Equal(["164.0", "164"], Enumerable.Range(0, demand.Count).Select(demand.Id)); // a flow and a vehicle may have one id
        Assert.Contains("1 <person> in " + two, Assert.Single(demand.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void The_types_that_SUMO_has_without_a_file_are_known_and_departures_by_trigger_left_out()
    {
        var demand = Read("""
            <routes>
                <trip id="b" type="DEFAULT_BIKETYPE" depart="0" departPos="stop" from="a" to="b"/>
                <trip id="x" type="DEFAULT_TAXITYPE" depart="0" from="a" to="b"/>
                <vehicle id="r" type="DEFAULT_RAILTYPE" depart="0"><route edges="rails"/></vehicle>
                <vehicle id="t" depart="triggered"><route edges="a b"/></vehicle>
            </routes>
            """);
        Assert.Equal(["b", "x"], Enumerable.Range(0, demand.Count).Select(demand.Id));
        Assert.Equal(1.6, demand.TypeOf(0).Length);
        Assert.Contains("2 <vehicle>", Assert.Single(demand.Notes), StringComparison.Ordinal);
    }

    private static int Trip(TrafficDemand demand, string id) => Enumerable.Range(0, demand.Count).First(i => demand.Id(i) == id);

    [Fact]
    public void Another_car_following_model_is_named_and_one_that_ignores_lanes_rules_drives_anywhere()
    {
        var demand = Read("""
            <routes>
                <vType id="idm" carFollowModel="IDM"/>
                <vType id="free" vClass="ignoring"/>
                <vehicle id="v" type="free" depart="0"><route edges="a b"/></vehicle>
            </routes>
            """);
        Assert.True(VehicleClasses.None.Contains(demand.TypeOf(0).Class));
        Assert.Contains("IDM", Assert.Single(demand.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<vType id=\"v\" vClass=\"hovercraft\"/>", "vType", "does not exist")]
    [InlineData("<vehicle id=\"v\" depart=\"0\"><route edges=\"a x\"/></vehicle>", "route", "\"x\"")]
    [InlineData("<vehicle id=\"v\" depart=\"0\"><route edges=\"a d\"/></vehicle>", "route", "no connection")]
    [InlineData("<vehicle id=\"v\" depart=\"soon\"><route edges=\"a b\"/></vehicle>", "vehicle", "not a number")]
    [InlineData("<vehicle id=\"v\" depart=\"0\"/>", "vehicle", "no route")]
    [InlineData("<vehicle id=\"v\" depart=\"0\" route=\"r\"/>", "vehicle", "\"r\"")]
    [InlineData("<trip id=\"t\" depart=\"0\" from=\"a\" to=\"d\"/>", "trip", "no way")]
    [InlineData("<trip id=\"t\" depart=\"0\" from=\"a\" to=\"nowhere\"/>", "trip", "\"nowhere\"")]
    [InlineData("<vType id=\"b\" vClass=\"bus\"/><vehicle id=\"v\" type=\"b\" depart=\"0\"><route edges=\"c d\"/></vehicle>", "vehicle", "may not use")]
    [InlineData("<vehicle id=\"v\" type=\"lorry\" depart=\"0\"><route edges=\"a b\"/></vehicle>", "vehicle", "\"lorry\"")]
    [InlineData("<vType id=\"z\" length=\"0\"/>", "vType", "no vehicle can have")]
    [InlineData("<flow id=\"f\" begin=\"9\" end=\"3\" period=\"1\" from=\"a\" to=\"b\"/>", "flow", "before it begins")]
    public void Demand_that_cannot_be_driven_is_refused_with_element_and_line(string element, string named, string fact)
    {
        var fault = Assert.Throws<TrafficFileException>(() => Read("<routes>\n" + element + "\n</routes>"));
        Assert.Equal((named, 2), (fault.Element, fault.Line));
        Assert.Contains(fact, fault.Message);
    }

    /// <summary>Counts of trips: data/traffic/README.md of the shared folder.</summary>
    [Theory]
    [InlineData("cologne1", 2015)]
    [InlineData("cologne3", 4494)]
    [InlineData("ingolstadt1", 1716)]
    [InlineData("ingolstadt21", 4283)]
    [InlineData("grid4x4", 1473)]
    [InlineData("arterial4x4", 2484)]
    public void The_shared_demand_is_read_whole(string name, int trips)
    {
        var (_, demand) = Scenario.OrSkip(name).Load();
        Assert.Equal(trips, demand.Count);
        Assert.Empty(demand.Notes);
    }

    private TrafficDemand Read(string text)
    {
        var net = Path.Combine(folder, "n.net.xml");
        File.WriteAllText(net, NetworkReaderTests.Crossing);
        var file = Path.Combine(folder, "d.rou.xml");
        File.WriteAllText(file, text);
        return DemandReader.Read(file, NetworkReader.Read(net));
    }
}
