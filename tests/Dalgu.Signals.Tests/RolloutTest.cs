using Dalgu.Signals.Control;
using Dalgu.Signals.Guard;
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

    /// <summary>Four wait to go straight from the west, and the lefts of east and west come before in the program: who calls there is not passed over, seen or only known to the guard.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void In_an_order_nobody_who_is_called_is_passed_over(bool seen)
    {
        var free = Costs("resco");
        Assert.NotEqual(free[4], free[7]);
        var ordered = Costs("korea-order");
        Assert.Equal(ordered[4], ordered[7]);

        double[] Costs(string profile)
        {
            var map = Crossroads.Map(GuardPropertyTest.Nema);
            var model = new JunctionModel(map, new SignalGuard(map, GuardProfile.Of(profile, "crossroads")).Limits[0], new DalguOptions());
            Array.Fill(model.Room, 1000);
            for (var i = 0; i < 4; i++) model.Add(Lane(model, 6), 6, 0, true);
            if (seen) model.Add(Lane(model, 3), 3, 0, true);
            else model.Called[3] = true;
            return [.. Enumerable.Range(0, 8).Select(then => new Rollout(new DalguOptions()).Run(model, 0, 20, 0, 1, then))];
        }
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

    /// <summary>Five wait to turn: where each has to stop first they leave in six seconds each, where they only give way in two.</summary>
    [Theory]
    [InlineData(Right.StopAndTurn, 5, 6)]
    [InlineData(Right.Yields, 1, 2)]
    public void Who_turns_on_red_takes_as_long_as_a_stop(byte right, double least, double most)
    {
        var model = Junction();
        var l = Lane(model, 1);
        model.Rights[0][1] = right;
        for (var i = 0; i < 5; i++) model.Add(l, 1, 0, true, i);
        new Rollout(new DalguOptions()).Foresee(model, new SignalNow { Phase = 0, Green = 20 }, 0, 0, 45);
        for (var i = 1; i < 5; i++) Assert.InRange(model.Leaves[l][i] - model.Leaves[l][i - 1], least, most);
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
