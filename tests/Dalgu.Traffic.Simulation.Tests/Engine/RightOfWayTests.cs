using Dalgu.Traffic.Simulation.Engine;
using Dalgu.Traffic.Simulation.Network;
using Xunit;

namespace Dalgu.Traffic.Simulation.Tests.Engine;

public class RightOfWayTests
{
    [Fact]
    public void Who_waits_inside_a_junction_gives_way_to_right_turners_that_the_matrix_does_not_name()
    {
        // cologne1: the left turn from 28198821#3 waits on :…_13_0. Its place inside (junction :…_24_0) names the right turn :…_0_0 from -32038056#3; row 13 of the matrix does not.
        var (network, _) = Scenario.OrSkip("cologne1").Load();
        const string Inner = ":cluster_357187_359543_";
        var rules = new RightOfWay(network);
        var waits = network.laneFirstLink[network.FindLane(Inner + "13_0")];
        var yields = rules.Yield.AsSpan(rules.YieldFirst[waits], rules.YieldCount[waits]).ToArray().Select(l => network.LaneId(network.linkVia[l])).Order(StringComparer.Ordinal);
        Assert.Equal([Inner + "0_0", Inner + "1_0", Inner + "1_1"], yields);
    }

    [Fact]
    public void A_junction_is_kept_clear_by_who_enters_it_and_not_by_who_leaves()
    {
        var (network, _) = Scenario.OrSkip("cologne1").Load();
        var rules = new RightOfWay(network);
        for (var link = 0; link < network.LinkCount; link++)
            if (rules.Entry[link] != link && !rules.Inside[link]) Assert.False(rules.HasFoes[link], $"{network.LaneId(network.linkFrom[link])} leaves the junction.");
        Assert.Contains(true, rules.HasFoes);
    }

    [Fact]
    public void Lanes_that_part_run_together_until_they_are_too_far_apart_across()
    {
        // The straight one leaves the other at 3 in 5: 2.5 m across after 2.5 / 0.6 = 4.17 m along the straight one at the latest; the slanted one is 2.5 m away from it after the same length.
        Point[] straight = [new(0, 0), new(20, 0)], slanted = [new(0, 0), new(16, 12)];
        Assert.Equal(2.5 / 0.6, Shapes.JoinedLength(straight, 20, slanted, 20, 2.5, atEnd: false), 0.001);
        Assert.Equal(2.5 / 0.6 + 1, Shapes.JoinedLength(straight, 21, slanted, 20, 2.5, atEnd: false), 0.001); // lengths in the network may differ from those of the lines
        Point[] beside = [new(0, 1), new(20, 1)];
        Assert.Equal(20, Shapes.JoinedLength(straight, 20, beside, 20, 2.5, atEnd: true), 0.001);
    }
}
