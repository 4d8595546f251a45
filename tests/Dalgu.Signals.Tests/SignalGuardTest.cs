using Dalgu.Signals.Control;
using Dalgu.Signals.Engines;
using Dalgu.Signals.Guard;
using Dalgu.Signals.Streets;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Signals.Tests;

/// <summary>Whatever a controller answers, what is shown keeps every rule on every step. The audit that checks it shares no code with the guard.</summary>
public class SignalGuardTest
{
    private static readonly string[] Shared = ["cologne1", "cologne3", "ingolstadt1", "grid4x4", "arterial4x4"];

    [Theory]
    [InlineData("resco")]
    [InlineData("korea")]
    [InlineData("korea-order")]
    [InlineData("korea-ring")]
    public void A_hostile_controller_breaks_no_rule_at_a_crossroads(string profile) => Hostile(Crossroads.Map(), profile, 200, 900);

    private const string Approaches = """
        <phase duration="30" state="Ggrrrrrr"/>
        <phase duration="3" state="yyrrrrrr"/>
        <phase duration="30" state="rrGgrrrr"/>
        <phase duration="3" state="rryyrrrr"/>
        <phase duration="30" state="rrrrGgrr"/>
        <phase duration="3" state="rrrryyrr"/>
        <phase duration="30" state="rrrrrrGg"/>
        <phase duration="3" state="rrrrrryy"/>
        """;

    /// <summary>Each approach has a phase of its own, with lefts that yield: two rings are found, but one of them waits in each phase.</summary>
    [Fact]
    public void Rings_that_promise_nobody_a_green_leave_the_programs_order()
    {
        var limits = Assert.Single(new SignalGuard(Crossroads.Map(Approaches), GuardProfile.Of("korea-ring", "crossroads")).Limits);
        Assert.IsType<ProgramOrder>(limits.Order);
        Assert.NotNull(RingBarrier.Of(Crossroads.Map(Approaches), limits.Signal));
        Hostile(Crossroads.Map(Approaches), "korea-ring", 50, 900);
    }

    [Theory, Slow]
    [InlineData("resco")]
    [InlineData("korea")]
    [InlineData("korea-order")]
    [InlineData("korea-ring")]
    public void A_hostile_controller_breaks_no_rule_on_the_benchmark_networks(string profile)
    {
        SharedData.PathOrSkip("data", "traffic", "resco");
        foreach (var name in Shared) Hostile(StreetMap.Read(SharedData.PathOrSkip("data", "traffic", "resco", name, name + ".net.xml.gz")), profile, 24, 1200);
    }

    // Each run from a seed of its own, the same in every run of the tests.
    private static void Hostile(StreetMap map, string profile, int runs, int seconds)
    {
        for (var seed = 1; seed <= runs; seed++)
        {
            var random = new Random(seed);
            var guard = new SignalGuard(map, GuardProfile.Of(profile, map.Name));
            var audit = new StateAudit(guard.Limits, full: true);
            var wanted = new int[map.Signals.Length];
            bool[][] called = [.. map.Signals.Select(s => new bool[s.Links.Length])];
            var temper = random.Next(4);
            for (var t = 0; t < seconds; t++)
            {
                for (var s = 0; s < wanted.Length; s++)
                {
                    wanted[s] = temper switch
                    {
                        0 => random.Next(-3, map.Signals[s].Phases.Length + 3),    // nonsense, every second
                        1 => guard.Now[s].Phase,                                   // never changes
                        2 => ISignalController.Hold,                               // never lets a clearance end
                        _ => random.Next(20) == 0 ? random.Next(map.Signals[s].Phases.Length) : wanted[s],
                    };
                    for (var i = 0; i < called[s].Length; i++)
                        if (random.Next(30) == 0) called[s][i] = !called[s][i];
                }
                guard.Step(t, wanted, called);
                for (var s = 0; s < wanted.Length; s++) audit.Check(t, s, guard.Shown[s], called[s]);
            }
            Assert.True(audit.Count == 0, $"{map.Name}, {profile}, seed {seed}, temper {temper}:\n{string.Join('\n', audit.Found.Take(5))}");
        }
    }

    [Fact]
    public void The_audit_finds_a_missing_yellow_a_short_green_and_two_greens_that_conflict()
    {
        var map = Crossroads.Map();
        var limits = new SignalGuard(map, GuardProfile.Korea).Limits;
        string[] shown = ["GgrrGgrr", "rrGgrrGg"];
        var audit = new StateAudit(limits, full: true);
        for (var t = 0; t < 2; t++) audit.Check(t, 0, shown[t], null);
        Assert.Contains(audit.Found, v => v.Rule.Contains("without yellow", StringComparison.Ordinal));
        Assert.Contains(audit.Found, v => v.Rule.Contains("of green", StringComparison.Ordinal));
        Assert.Contains(audit.Found, v => v.Rule.Contains("without clearance", StringComparison.Ordinal));
        Assert.Contains(audit.Found, v => v.Rule.Contains("are due", StringComparison.Ordinal));
        var both = new StateAudit(limits, full: true);
        both.Check(0, 0, "GgGgGgGg", null);
        Assert.Contains(both.Found, v => v.Rule.Contains("conflict", StringComparison.Ordinal));
    }

    /// <summary>Older networks write the yellow of links with priority as Y.</summary>
    [Fact]
    public void A_capital_yellow_is_yellow()
    {
        var limits = new SignalGuard(Crossroads.Map(), GuardProfile.Resco("x")).Limits;
        var audit = new StateAudit(limits, full: true);
        var shown = new[] { "GgrrGgrr", "YYrrYYrr", "rrrrrrrr" };
        for (var t = 0; t < 40; t++) audit.Check(t, 0, shown[t < 30 ? 0 : t < 33 ? 1 : 2], null);
        Assert.True(audit.Count == 0, string.Join('\n', audit.Found));
        audit.Check(40, 0, "YYrrYYrr", null);
        audit.Check(41, 0, "rrrrrrrr", null);
        Assert.Contains(audit.Found, v => v.Rule.Contains("of yellow", StringComparison.Ordinal));
    }

    /// <summary>From straight ahead alone to straight ahead and left nobody is stopped, and the clearance between looks like the first phase. Back again it is yellow.</summary>
    [Fact]
    public void A_phase_that_only_adds_to_the_one_before_needs_no_clearance_and_the_way_back_does()
    {
        var map = Crossroads.Map("""
            <phase duration="20" state="GrrrGrrr"/>
            <phase duration="20" state="GgrrGgrr"/>
            <phase duration="3" state="yyrryyrr"/>
            <phase duration="30" state="rrGgrrGg"/>
            <phase duration="3" state="rryyrryy"/>

            """);
        var guard = new SignalGuard(map, GuardProfile.Resco("x"));
        var audit = new StateAudit(guard.Limits, full: true);
        for (var t = 0; t < 120; t++)
        {
            guard.Step(t, [t / 20 % 2], [[true, true, false, false, true, true, false, false]]);
            audit.Check(t, 0, guard.Shown[0], [true, true, false, false, true, true, false, false]);
        }
        Assert.True(audit.Count == 0, string.Join('\n', audit.Found));
        var hasty = new StateAudit(guard.Limits, full: true);
        for (var t = 0; t < 20; t++) hasty.Check(t, 0, t < 10 ? "GgrrGgrr" : "GrrrGrrr", null);
        Assert.Contains(hasty.Found, v => v.Rule.Contains("without clearance", StringComparison.Ordinal));
    }

    [Fact]
    public void A_called_link_that_stays_red_too_long_is_found()
    {
        var map = Crossroads.Map();
        var limits = new SignalGuard(map, GuardProfile.Korea).Limits;
        var audit = new StateAudit(limits, full: true);
        for (var t = 0; t <= limits[0].MaxRed + 1; t++) audit.Check(t, 0, "GgrrGgrr", null);
        Assert.Contains(audit.Found, v => v.Rule.Contains("called and red", StringComparison.Ordinal));
    }

    /// <summary>North and south straight and left by turns, and somebody waits in the east. He alone: he is served in the last
    /// second, or before a change that could not end in time. With everybody called he is served as much earlier as those need who are due with him.</summary>
    [Fact]
    public void The_guard_steps_in_only_when_it_must()
    {
        Assert.Equal(180, Reds(0b0000_0100).Max());
        Assert.All(Reds(0b0000_0100), r => Assert.InRange(r, 180 - 14 - 4, 180));
        Assert.All(Reds(0b1111_1111), r => Assert.InRange(r, 180 - 14 - 4 - 7 - 4, 180));

        // How long index 2 is red each time.
        static List<int> Reds(int calls)
        {
            var guard = new SignalGuard(Crossroads.Map(), GuardProfile.Korea);
            bool[] called = [.. Enumerable.Range(0, 8).Select(i => (calls >> i & 1) == 1)];
            var (reds, red) = (new List<int>(), 0);
            for (var t = 0; t < 1800; t++)
            {
                guard.Step(t, [t / 30 % 2], [called]);
                if (guard.Shown[0][2] is not ('G' or 'g')) red++;
                else if (red > 0)
                {
                    reds.Add(red);
                    red = 0;
                }
            }
            return reds;
        }
    }

    /// <summary>Four phases together serve all eight movements, and the longest red is one that a round of those needs, not of all eight.</summary>
    [Fact]
    public void The_longest_red_follows_from_the_phases_that_suffice()
    {
        var long8 = GuardProfile.Korea with { MinGreen = 20, Pedestrians = false };
        var limits = new SignalGuard(Crossroads.Map(GuardPropertyTest.Nema), long8).Limits[0];
        Assert.Equal([1, 2, 5, 6], limits.Cover);
        Assert.Equal(4 * 24 + 24 + 60, limits.MaxRed);
        Assert.Equal(8 * 24 + 24 + 60, new SignalGuard(Crossroads.Map(GuardPropertyTest.Nema), long8 with { FixedOrder = true }).Limits[0].MaxRed);
    }

    /// <summary>7 s and 1 s for each metre of two lanes of 3.25 m: 13.5 s, in whole seconds 14; in a protected zone 7 + 6.5 / 0.7 = 16.3, 17.</summary>
    [Fact]
    public void Pedestrians_get_seven_seconds_and_one_for_each_metre()
    {
        Assert.Equal(14, Crossings.MinimumWalk(2, GuardProfile.Korea));
        Assert.Equal(17, Crossings.MinimumWalk(2, GuardProfile.Korea with { WalkSpeed = 0.7 }));
        var limits = new SignalGuard(Crossroads.Map(), GuardProfile.Korea).Limits[0];
        // They cross the east and west arms while north and south go straight, and the other way round.
        Assert.Equal([14, 7, 14, 7], limits.MinGreen);
        Assert.Equal(4, limits.Clearance[0, 2]);
        Assert.Equal([7, 7, 7, 7], new SignalGuard(Crossroads.Map(), GuardProfile.Resco("x")).Limits[0].MinGreen);
    }

    [Fact]
    public void A_change_shows_yellow_then_all_red_then_green_and_logs_what_it_refused()
    {
        var guard = new SignalGuard(Crossroads.Map(), GuardProfile.Korea);
        var shown = new List<string>();
        for (var t = 0; t < 20; t++)
        {
            guard.Step(t, [2], null);
            shown.Add(guard.Shown[0]);
        }
        Assert.Equal(Enumerable.Repeat("GgrrGgrr", 14).Concat(Enumerable.Repeat("yyrryyrr", 3)).Append("rrrrrrrr").Concat(Enumerable.Repeat("rrGgrrGg", 2)), shown);
        Assert.Equal(14, guard.Overrides);
        Assert.All(guard.Log, o => Assert.Equal((GuardRule.MinGreen, 2, 0), (o.Rule, o.Wanted, o.Given)));
    }

    /// <summary>A signal begins in its first phase, wherever its plan is: on the way into the plan each phase has its shortest green, and the plan asks for nothing else.</summary>
    [Fact]
    public void A_plan_that_finds_its_signal_elsewhere_waits_for_the_shortest_greens()
    {
        var map = Crossroads.Map();
        var guard = new SignalGuard(map, GuardProfile.Korea);
        var plan = SignalPlan.OfProgram(map.Signals[0], guard.Limits[0]) with { Offset = 57 };
        var controller = new PlanController(guard.Limits, [(0, [plan])]);
        var observation = new Observation(new Vehicles(map), guard.Now);
        var wanted = new int[1];
        for (var t = 0; t < 600; t++)
        {
            observation.Time = t;
            controller.Decide(observation, wanted);
            guard.Step(t, wanted, null);
            if (t > 200) Assert.Equal(plan.At(t, guard.Limits[0]), guard.Now[0].Phase);
        }
        Assert.Equal(0, guard.Overrides);
    }

    [Fact]
    public void The_benchmark_gives_one_of_its_networks_two_seconds_of_yellow()
    {
        Assert.Equal(2, GuardProfile.Resco("arterial4x4").Yellow);
        Assert.Equal(3, GuardProfile.Resco("cologne1").Yellow);
        Assert.Equal(0, GuardProfile.Resco("cologne1").AllRed);
    }
}
