using Dalgu.Signals.Bench;
using Dalgu.Signals.Control;
using Dalgu.Signals.Guard;
using Dalgu.Signals.Streets;
using Xunit;

namespace Dalgu.Signals.Tests;

/// <summary>A junction played forward: what follows the first action, and when the rule leaves a phase. The crossroads has phases 0 to 3: north and south straight,
/// their lefts, east and west straight, their lefts; the links of arm a are 2a (straight) and 2a + 1 (left).</summary>
public sealed class RolloutTest
{
    private static JunctionModel Junction()
    {
        var map = Crossroads.Map();
        var model = new JunctionModel(map, new SignalGuard(map, GuardProfile.Resco("crossroads")).Limits[0], new DalguOptions());
        Array.Fill(model.Room, 1000);
        model.LooksAhead = true;
        return model;
    }

    private static int Lane(JunctionModel model, int link) => model.LaneOfLink[link];

    /// <summary>Three wait to turn left from the east and six to go straight from the west; from the north, where it is green, twelve come in 22 s.</summary>
    private static JunctionModel Platoon()
    {
        var model = Junction();
        for (var i = 0; i < 3; i++) model.Add(Lane(model, 3), 3, 0, true);
        for (var i = 0; i < 6; i++) model.Add(Lane(model, 6), 6, 0, true);
        for (var i = 0; i < 12; i++) model.Add(Lane(model, 0), 0, 22 + 1.8 * i, false);
        return model;
    }

    [Fact]
    public void The_phase_that_follows_the_first_can_be_chosen()
    {
        var model = Platoon();
        var rollout = new Rollout(new DalguOptions());
        var byRule = rollout.Run(model, 0, 20, 0, 1);
        var chosen = Enumerable.Range(1, 3).Select(then => rollout.Run(model, 0, 20, 0, 1, then)).ToArray();
        Assert.Equal(byRule, chosen[1]); // east and west have the most
        Assert.Equal(3, chosen.Append(byRule).Distinct().Count());
    }

    [Fact]
    public void A_run_that_reaches_the_limit_says_so_and_any_other_costs_what_it_costs()
    {
        var model = Platoon();
        var rollout = new Rollout(new DalguOptions());
        var cost = rollout.Run(model, 0, 20, 0, 1);
        Assert.Equal(cost, rollout.Run(model, 0, 20, 0, 1, limit: cost + 1));
        var cut = rollout.Run(model, 0, 20, 0, 1, limit: cost / 2);
        Assert.InRange(cut, cost / 2, cost);
        Assert.True(cut < cost, "the rest of the horizon was played although the limit was reached");
    }

    /// <summary>One vehicle in two and a half seconds keeps a phase busy for ever; ten each from the east and the west outweigh it.</summary>
    [Fact]
    public void A_trickle_does_not_keep_a_green_from_those_who_outweigh_it()
    {
        var model = Junction();
        for (var i = 0; i < 20; i++) model.Add(Lane(model, 0), 0, 2.5 * i, false);
        for (var i = 0; i < 10; i++)
        {
            model.Add(Lane(model, 2), 2, 0, true);
            model.Add(Lane(model, 6), 6, 0, true);
        }
        var patient = new Rollout(new DalguOptions { Outweigh = 1000 }).Run(model, 0, 8, 0, Rollout.UntilEmpty);
        var fair = new Rollout(new DalguOptions()).Run(model, 0, 8, 0, Rollout.UntilEmpty);
        Assert.True(fair < 0.7 * patient, $"{fair:0} vehicle seconds beside {patient:0} of a rule that waits until nobody comes");
    }

    /// <summary>A queue in full flow: on a street of 50 km/h one in a second and the half in which a vehicle drives 7 m; where signals count on each other, one in 1.8 s.</summary>
    [Theory]
    [InlineData(1, 13, 15)]
    [InlineData(2, 16, 17)]
    public void A_queue_rolls_faster_over_the_stop_line_of_a_signal_that_stands_alone(int columns, int earliest, int latest)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, GridNetwork.Net(columns, 1));
        var map = StreetMap.Read(file);
        File.Delete(file);
        var model = new JunctionModel(map, new SignalGuard(map, GuardProfile.Resco("grid")).Limits[0], new DalguOptions());
        Array.Fill(model.Room, 1000);
        var k = Array.FindIndex(model.Links, l => map.Links[l].Direction == 's');
        var phase = Array.FindIndex(model.Rights, r => r[k] == Right.Protected);
        for (var i = 0; i < 10; i++) model.Add(Lane(model, k), k, 0, true);
        new Rollout(new DalguOptions()).Foresee(model, new SignalNow { Phase = phase, Green = 10 }, 0, phase, 40);
        Assert.InRange(model.Leaves[Lane(model, k)][9], earliest, latest);
    }

    /// <summary>Somebody waits to turn left from the north; from the south somebody comes who needs four seconds. That is too near to turn before him.</summary>
    [Fact]
    public void A_left_turn_waits_for_one_who_is_four_seconds_away()
    {
        var model = Junction();
        model.Add(Lane(model, 1), 1, 0, true);
        model.Add(Lane(model, 4), 4, 4, false);
        new Rollout(new DalguOptions()).Foresee(model, new SignalNow { Phase = 0, Green = 10 }, 0, 0, 40);
        Assert.True(model.Leaves[Lane(model, 1)][0] > model.Leaves[Lane(model, 4)][0]);
    }
}
