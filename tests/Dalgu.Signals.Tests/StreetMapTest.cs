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
