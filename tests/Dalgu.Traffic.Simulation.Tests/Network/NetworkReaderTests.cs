using System.IO.Compression;
using System.Text;
using Dalgu.Traffic.Simulation.Network;
using Xunit;

namespace Dalgu.Traffic.Simulation.Tests.Network;

public sealed class NetworkReaderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-net").FullName;

    /// <summary>Two streets that cross at the signal J: a_0 straight to b, c_0 straight to d.</summary>
    internal const string Crossing = """
        <net version="1.9">
            <edge id=":J_0" function="internal"><lane id=":J_0_0" index="0" speed="13.89" length="10.00" shape="-5,0 5,0"/></edge>
            <edge id=":J_1" function="internal"><lane id=":J_1_0" index="0" speed="13.89" length="10.00" shape="0,-5 0,5"/></edge>
            <edge id="a" from="A" to="J" priority="1"><lane id="a_0" index="0" speed="13.89" length="100.00" shape="-105,0 -5,0"/></edge>
            <edge id="b" from="J" to="B" priority="1"><lane id="b_0" index="0" speed="13.89" length="100.00" shape="5,0 105,0"/></edge>
            <edge id="c" from="C" to="J" priority="1"><lane id="c_0" index="0" disallow="bus" speed="13.89" length="100.00" shape="0,-105 0,-5"/></edge>
            <edge id="d" from="J" to="D" priority="1"><lane id="d_0" index="0" speed="13.89" length="100.00" shape="0,5 0,105"/></edge>
            <tlLogic id="S" type="static" programID="0" offset="5">
                <phase duration="30" state="Gr"/>
                <phase duration="3" state="yr"/>
                <phase duration="20" state="rG"/>
                <phase duration="3" state="ry"/>
            </tlLogic>
            <junction id="A" type="dead_end" x="-105" y="0" incLanes="" intLanes=""/>
            <junction id="B" type="dead_end" x="105" y="0" incLanes="b_0" intLanes=""/>
            <junction id="C" type="dead_end" x="0" y="-105" incLanes="" intLanes=""/>
            <junction id="D" type="dead_end" x="0" y="105" incLanes="d_0" intLanes=""/>
            <junction id="J" type="traffic_light" x="0" y="0" incLanes="a_0 c_0" intLanes=":J_0_0 :J_1_0">
                <request index="0" response="00" foes="10" cont="0"/>
                <request index="1" response="01" foes="01" cont="0"/>
            </junction>
            <connection from="a" to="b" fromLane="0" toLane="0" via=":J_0_0" tl="S" linkIndex="0" dir="s" state="O"/>
            <connection from="c" to="d" fromLane="0" toLane="0" via=":J_1_0" tl="S" linkIndex="1" dir="s" state="o"/>
            <connection from=":J_0" to="b" fromLane="0" toLane="0" dir="s" state="M"/>
            <connection from=":J_1" to="d" fromLane="0" toLane="0" dir="s" state="M"/>
        </net>
        """;

    public void Dispose() => Directory.Delete(folder, true);

    [Fact]
    public void A_crossing_is_read_with_its_links_signal_and_right_of_way()
    {
        var net = NetworkReader.Read(Write(Crossing));
        Assert.Equal((6, 6, 4, 5), (net.EdgeCount, net.LaneCount, net.LinkCount, net.JunctionCount));
        var link = net.LaneFirstLink[net.FindLane("a_0")];
        Assert.Equal(net.FindLane("b_0"), net.LinkTo[link]);
        Assert.Equal(net.FindLane(":J_0_0"), net.LinkNext[link]);
        Assert.Equal((0, 0, 0), (net.LinkRequest[link], net.LinkSignal[link], net.LinkSignalIndex[link]));
        var other = net.LaneFirstLink[net.FindLane("c_0")];
        var junction = net.FindJunction("J");
        Assert.True(net.LinksConflict(link, other));
        Assert.True(net.Yields(junction, 1, 0));
        Assert.False(net.Yields(junction, 0, 1));
        Assert.Equal(JunctionKind.Signal, net.JunctionKind[junction]);
        Assert.False(net.LaneAllowed[net.FindLane("c_0")].Contains(VehicleClasses.Named("bus")!.Value));
        Assert.Equal([new Point(-105, 0), new Point(-5, 0)], net.LaneShape(net.FindLane("a_0")).ToArray());
        Assert.Equal([link], net.IncomingLinks(net.FindLane(":J_0_0")).ToArray());
        var program = net.Signals[0].Programs[0];
        Assert.Equal(56, program.Cycle);
        Assert.Equal(0, program.PhaseAt(5));
        Assert.Equal(3, program.PhaseAt(4)); // the cycle begins with the offset of 5 s
    }

    [Fact]
    public void Lanes_inside_a_junction_count_by_their_order_as_older_files_number_them_all_0()
    {
        var net = NetworkReader.Read(Write(Crossing.Replace("<lane id=\":J_0_0\" index=\"0\" speed=\"13.89\" length=\"10.00\" shape=\"-5,0 5,0\"/>",
            "<lane id=\":J_0_0\" index=\"0\" speed=\"13.89\" length=\"10.00\" shape=\"-5,0 5,0\"/><lane id=\":J_0_1\" index=\"0\" speed=\"13.89\" length=\"10.00\" shape=\"-5,3 5,3\"/>")));
        Assert.Equal(2, net.EdgeLaneCount[net.FindEdge(":J_0")]);
    }

    [Theory]
    [InlineData("0,3", "2,0", "phase \"3\"")]
    [InlineData("0,4", "0,0", "ends at a barrier")]
    public void Rings_of_what_there_is_not_are_refused(string ring, string barrier, string fact)
    {
        var rings = Crossing.Replace("type=\"static\"", "type=\"NEMA\"").Replace("state=\"Gr\"", "state=\"Gr\" name=\"2\"").Replace("state=\"rG\"", "state=\"rG\" name=\"4\"")
            .Replace("</tlLogic>", $"<param key=\"ring1\" value=\"{ring}\"/><param key=\"ring2\" value=\"0,0\"/><param key=\"barrierPhases\" value=\"{barrier}\"/></tlLogic>");
        Assert.Contains(fact, Assert.Throws<TrafficFileException>(() => NetworkReader.Read(Write(rings))).Message);
    }

    [Fact]
    public void Lefts_that_touch_may_be_green_together_since_one_gives_way() =>
        Assert.Equal(4, NetworkReader.Read(Write(Crossing.Replace("dir=\"s\"", "dir=\"l\"").Replace("state=\"rG\"", "state=\"GG\""))).Signals[0].Programs[0].Phases.Count);

    [Fact]
    public void Gzip_is_told_by_its_first_bytes()
    {
        var file = Path.Combine(folder, "packed.xml");
        using (var gzip = new GZipStream(File.Create(file), CompressionLevel.Fastest)) gzip.Write(Encoding.UTF8.GetBytes(Crossing));
        Assert.Equal(6, NetworkReader.Read(file).LaneCount);
    }

    [Fact]
    public void A_gzip_that_is_cut_off_is_refused()
    {
        var file = Path.Combine(folder, "cut.net.xml.gz");
        using (var gzip = new GZipStream(File.Create(file), CompressionLevel.NoCompression)) gzip.Write(Encoding.UTF8.GetBytes(Crossing));
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..600]);
        Assert.Contains("cut.net.xml.gz", Refused(file).Message);
    }

    [Fact]
    public void Bytes_that_only_look_like_gzip_are_refused()
    {
        var file = Path.Combine(folder, "broken.net.xml.gz");
        File.WriteAllBytes(file, [0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
        Assert.Contains("gzip", Refused(file).Message);
    }

    /// <summary>SUMO runs such a program, and networks that were made from other simulators have it.</summary>
    [Fact]
    public void Protected_green_for_links_that_cross_is_read_and_noted_where_it_is_allowed()
    {
        var net = NetworkReader.Read(Write(Crossing.Replace("state=\"rG\"", "state=\"GG\"")), allowCrossingGreens: true);
        Assert.Equal("GG"u8, net.Signals[0].Program.Phases[2].State.Span);
        Assert.Contains("cross in one phase, 0 and 1", Assert.Single(net.Notes), StringComparison.Ordinal);
        Assert.Empty(NetworkReader.Read(Write(Crossing)).Notes);
    }

    [Fact]
    public void Links_that_merge_into_one_street_may_both_have_protected_green()
    {
        var net = NetworkReader.Read(Write(Crossing.Replace("state=\"rG\"", "state=\"GG\"").Replace("from=\"c\" to=\"d\"", "from=\"c\" to=\"b\"")));
        Assert.Empty(net.Notes);
    }

    [Theory]
    [InlineData("rail_crossing")]
    [InlineData("rail_signal")]
    public void What_trains_work_is_no_signal(string kind)
    {
        var text = Crossing.Replace("linkIndex=\"1\"", "linkIndex=\"-1\"").Replace("type=\"traffic_light\"", $"type=\"{kind}\"");
        var net = NetworkReader.Read(Write(text[..text.IndexOf("<tlLogic", StringComparison.Ordinal)] + text[text.IndexOf("<junction", StringComparison.Ordinal)..]));
        Assert.Empty(net.Signals);
        Assert.Equal(-1, net.LinkSignal[net.LaneFirstLink[net.FindLane("a_0")]]);
        Assert.Equal(JunctionKind.Rail, net.JunctionKind[net.FindJunction("J")]);
    }

    /// <summary>As SUMO 1.15 has it: of several programs of a signal the one that is read last runs.</summary>
    [Fact]
    public void Of_several_programs_the_last_runs_and_additional_files_come_after_the_network()
    {
        var text = Crossing.Replace("</tlLogic>", "</tlLogic><tlLogic id=\"S\" type=\"static\" programID=\"evening\" offset=\"0\"><phase duration=\"9\" state=\"Gr\"/><phase duration=\"9\" state=\"rG\"/></tlLogic>");
        Assert.Equal("evening", NetworkReader.Read(Write(text)).Signals[0].Program.Id);
        var more = Path.Combine(folder, "more.add.xml");
        File.WriteAllText(more, "<additional>\n<busStop id=\"x\" lane=\"a_0\"/><tlLogic id=\"S\" type=\"static\" programID=\"night\" offset=\"0\">\n<phase duration=\"5\" state=\"GG\"/></tlLogic></additional>");
        var net = NetworkReader.Read(Write(text), [more], allowCrossingGreens: true);
        Assert.Equal("night", net.Signals[0].Program.Id);
        Assert.Contains("more.add.xml", Assert.Single(net.Notes), StringComparison.Ordinal);
        File.WriteAllText(more, "<additional>\n<tlLogic id=\"S\" type=\"static\" programID=\"night\" offset=\"0\">\n<phase duration=\"5\" state=\"G\"/></tlLogic></additional>");
        var fault = Assert.Throws<TrafficFileException>(() => NetworkReader.Read(Write(text), [more]));
        Assert.Equal(("phase", 3), (fault.Element, fault.Line));
        Assert.Contains("more.add.xml", fault.Message);
    }

    [Fact]
    public void A_missing_file_is_refused() => Assert.Contains("none.xml", Refused(Path.Combine(folder, "none.xml")).Message);

    [Theory]
    [InlineData("<connection", "<conn", "net", 1, "no connection")]
    [InlineData("state=\"Gr\"", "state=\"G\"", "phase", 9, "1 letters")]
    [InlineData("state=\"rG\"", "state=\"GG\"", "phase", 11, "links 0 and 1")]
    [InlineData("state=\"rG\"", "state=\"rGr\"", "phase", 11, "3 letters, but the first phase")]
    [InlineData("state=\"rG\"", "state=\"rX\"", "phase", 11, "'X'")]
    [InlineData("from=\"c\" to=\"d\"", "from=\"c\" to=\"x\"", "connection", 23, "\"x\"")]
    [InlineData("from=\"c\" to=\"d\" fromLane=\"0\"", "from=\"c\" to=\"d\" fromLane=\"3\"", "connection", 23, "lane 3")]
    [InlineData("linkIndex=\"1\"", "", "connection", 23, "linkIndex")]
    [InlineData("via=\":J_1_0\"", "via=\":J_9_0\"", "connection", 23, ":J_9_0")]
    [InlineData("length=\"10.00\" shape=\"-5,0", "length=\"-1\" shape=\"-5,0", "lane", 2, "above 0")]
    [InlineData("response=\"00\"", "response=\"000\"", "request", 19, "2 requests")]
    [InlineData("duration=\"20\"", "duration=\"long\"", "phase", 11, "not a number")]
    [InlineData("to=\"D\"", "to=\"Z\"", "edge", 7, "\"Z\"")]
    [InlineData("</net>", "", "", 26, "XML")]
    public void A_network_that_cannot_work_is_refused_with_element_and_line(string part, string instead, string element, int line, string fact)
    {
        var fault = Refused(Write(Crossing.Replace(part, instead, StringComparison.Ordinal)));
        Assert.Equal((element, line), (fault.Element, fault.Line));
        Assert.Contains(fact, fault.Message);
        Assert.Contains("bad.net.xml", fault.Message);
    }

    [Theory]
    [MemberData(nameof(Shared))]
    public void The_shared_networks_are_read_and_their_programs_hold_their_conflicts(string name, int signals)
    {
        var net = NetworkReader.Read(Scenario.OrSkip(name).NetworkFile);
        Assert.Equal(signals, net.Signals.Count);
        for (var link = 0; link < net.LinkCount; link++)
            if (net.EdgeKind[net.LaneEdge[net.LinkFrom[link]]] == EdgeKind.Street && net.JunctionRequests[net.LinkJunction[link]] > 0)
                Assert.True(net.LinkRequest[link] >= 0, $"link {link} of {net.LaneId(net.LinkFrom[link])} has no request");
    }

    /// <summary>Numbers of signals: the table of scenarios in the RESCO benchmark (Ault and Sharon, NeurIPS 2021 datasets track).</summary>
    public static TheoryData<string, int> Shared => new() { { "cologne1", 1 }, { "cologne3", 3 }, { "ingolstadt1", 1 }, { "ingolstadt21", 21 }, { "grid4x4", 16 }, { "arterial4x4", 16 } };

    private static TrafficFileException Refused(string file) => Assert.Throws<TrafficFileException>(() => NetworkReader.Read(file));

    private string Write(string text)
    {
        var file = Path.Combine(folder, "bad.net.xml");
        File.WriteAllText(file, text);
        return file;
    }
}
