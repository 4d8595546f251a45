using System.IO.Compression;
using System.Text;
using Dalgu.Signals.Control;
using Dalgu.Signals.Engines;
using Dalgu.Signals.Guard;
using Dalgu.Signals.Streets;
using Dalgu.Traffic.Simulation.Network;
using Xunit;

namespace Dalgu.Signals.Tests;

public sealed class StreetMapTest
{
    /// <summary>As networks made from other simulators have it: straight on and the left that faces it, both G (links 0 and 5 of the crossroads).</summary>
    [Fact]
    public void Of_two_links_that_cross_and_both_have_protected_green_controllers_see_the_one_that_gives_way_yield()
    {
        var map = Crossroads.Map("""
            <phase duration="30" state="GGrrGGrr"/>
            <phase duration="3" state="yyrryyrr"/>
            <phase duration="30" state="rrGGrrGG"/>
            <phase duration="3" state="rryyrryy"/>
            """, allowCrossingGreens: true);
        var signal = Assert.Single(map.Signals);
        Assert.Equal(["GgrrGgrr", "rrGgrrGg"], signal.Phases);
        Assert.Equal("GGrrGGrr", ProgramPlayer.At(signal, 0)); // the file's own program is shown as it is
        var limits = new SignalLimits(map, signal, GuardProfile.Of("resco", map.Name));
        Assert.Equal([30, 30], SignalPlan.OfProgram(signal, limits).Green);
        Assert.True(limits.Conflicts[0, 5]);
        Assert.Single(map.Network.Notes);
    }

    /// <summary>SUMO refuses from an additional file what it takes from the network file: two links that give way to each other, both green.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_actuated_programs_stand_in_a_copy_of_the_network_in_place_of_its_own(bool zipped)
    {
        var file = Path.Combine(Path.GetTempPath(), $"crossroads-{Guid.NewGuid():n}.net.xml");
        using (var stream = File.Create(file))
        using (var packed = zipped ? new GZipStream(stream, CompressionMode.Compress) : (Stream)stream) packed.Write(Encoding.UTF8.GetBytes(Crossroads.Xml()));
        var map = StreetMap.Read(file);
        var copy = ActuatedPrograms.WriteNetwork(map);
        var network = NetworkReader.Read(copy);
        File.Delete(file);
        File.Delete(copy);
        Assert.Equal((map.Network.EdgeCount, map.Network.LinkCount, map.Network.JunctionCount), (network.EdgeCount, network.LinkCount, network.JunctionCount));
        var program = Assert.Single(Assert.Single(network.Signals).Programs);
        Assert.Equal(("dalgu-actuated", "actuated", 8), (program.Id, program.Type, program.Phases.Count));
        Assert.Equal((5, 50), (program.Phases[0].MinDuration, program.Phases[0].MaxDuration));
    }

    /// <summary>A crossroads of eight phases as netgenerate writes it: 1 and 5 are the lefts of north and south (links 1 and 5), 2 and 6 their straights; 3, 4, 7 and 8 those of the other road.</summary>
    [Fact]
    public void A_program_of_two_rings_shows_a_phase_of_each_ring_together_on_one_side_of_the_barrier()
    {
        var file = Path.Combine(Path.GetTempPath(), $"rings-{Guid.NewGuid():n}.net.xml");
        var rings = string.Concat(new[] { "rGrrrrrr", "rrrrGrrr", "rrrGrrrr", "rrrrrrGr", "rrrrrGrr", "Grrrrrrr", "rrrrrrrG", "rrGrrrrr" }.Select((state, i) => $"<phase duration=\"90\" state=\"{state}\" minDur=\"5\" maxDur=\"50\" yellow=\"3\" red=\"2\" name=\"{i + 1}\"/>"))
            + "<param key=\"barrier2Phases\" value=\"2,6\"/><param key=\"barrierPhases\" value=\"4,8\"/><param key=\"ring1\" value=\"1,2,3,4\"/><param key=\"ring2\" value=\"5,6,7,8\"/>";
        File.WriteAllText(file, Crossroads.Xml(rings).Replace("type=\"static\"", "type=\"NEMA\""));
        var signal = Assert.Single(StreetMap.Read(file).Signals);
        File.Delete(file);
        Assert.Equal(["rGrrrGrr", "GrrrGrrr", "rrrGrrrG", "rrGrrrGr", "GGrrrrrr", "rrrrGGrr", "rrGGrrrr", "rrrrrrGG"], signal.Phases);
        Assert.Equal(["rGrrrGrr", "ryrrryrr", "rrrrrrrr", "GrrrGrrr", "yrrryrrr", "rrrrrrrr"], signal.Program.Take(6).Select(p => p.State));
        Assert.Equal([50, 3, 2], signal.Program.Take(3).Select(p => p.Duration));
    }

    [Fact]
    public void SUMO_s_actuation_has_yellow_where_the_program_has_nothing_between_links_that_cross()
    {
        var file = Path.Combine(Path.GetTempPath(), $"crossroads-{Guid.NewGuid():n}.net.xml");
        File.WriteAllText(file, Crossroads.Xml("<phase duration=\"30\" state=\"GgrrGgrr\"/><phase duration=\"30\" state=\"rrGgrrGg\"/><phase duration=\"5\" state=\"rrrrrrrr\"/>"));
        var copy = ActuatedPrograms.WriteNetwork(StreetMap.Read(file));
        var program = NetworkReader.Read(copy).Signals[0].Program;
        File.Delete(file);
        File.Delete(copy);
        Assert.Equal(["GgrrGgrr", "yyrryyrr", "rrGgrrGg", "rrrrrrrr"], program.Phases.Select(p => Encoding.ASCII.GetString(p.State.Span)));
        Assert.Equal((3, 3, 5), (program.Phases[1].Duration, program.Phases[1].MaxDuration, program.Phases[2].MinDuration));
    }

    /// <summary>Without yellow, and with link 0 always green: what is shown between the two phases is no phase, so that no controller chooses it and the audit does not take a clearance for it.</summary>
    [Fact]
    public void A_short_step_with_everybody_else_red_is_a_clearance_and_no_phase()
    {
        var map = Crossroads.Map("""
            <phase duration="30" state="GrrrGrrr"/>
            <phase duration="5" state="Grrrrrrr"/>
            <phase duration="20" state="GGrrrrrr"/>
            <phase duration="5" state="Grrrrrrr"/>
            """);
        Assert.Equal(["GrrrGrrr", "GGrrrrrr"], Assert.Single(map.Signals).Phases);
        Assert.Equal(4, map.Signals[0].Program.Count);
    }

    [Fact]
    public void A_signal_that_is_off_has_one_phase_and_one_that_is_always_red_is_refused()
    {
        Assert.Equal(["oooooooo"], Assert.Single(Crossroads.Map("<phase duration=\"90\" state=\"oooooooo\"/>\n").Signals).Phases);
        Assert.Throws<Problem>(() => Crossroads.Map("<phase duration=\"90\" state=\"rrrrrrrr\"/>\n"));
    }

    [Fact]
    public void A_long_step_with_everybody_else_red_is_a_phase()
    {
        var map = Crossroads.Map("""
            <phase duration="30" state="GrrrGrrr"/>
            <phase duration="10" state="Grrrrrrr"/>
            <phase duration="20" state="GGrrrrrr"/>
            """);
        Assert.Equal(3, Assert.Single(map.Signals).Phases.Length);
    }
}
