using CsCheck;
using Dalgu.Signals.Control;
using Dalgu.Signals.Guard;
using Dalgu.Signals.Streets;
using Xunit;

namespace Dalgu.Signals.Tests;

/// <summary>Every rule on every step of random runs: any answers, any calls, any profile. What fails is shrunk to a short run.</summary>
public class GuardPropertyTest
{
    /// <summary>Eight phases of two rings: lefts, one arm alone, straights, of both roads.</summary>
    public const string Nema = """
        <phase duration="10" state="rGrrrGrr"/><phase duration="3" state="ryrrryrr"/>
        <phase duration="10" state="GGrrrrrr"/><phase duration="3" state="Gyrrrrrr"/>
        <phase duration="10" state="rrrrGGrr"/><phase duration="3" state="rrrrGyrr"/>
        <phase duration="30" state="GrrrGrrr"/><phase duration="3" state="yrrryrrr"/>
        <phase duration="10" state="rrrGrrrG"/><phase duration="3" state="rrryrrry"/>
        <phase duration="10" state="rrGGrrrr"/><phase duration="3" state="rrGyrrrr"/>
        <phase duration="10" state="rrrrrrGG"/><phase duration="3" state="rrrrrrGy"/>
        <phase duration="30" state="rrGrrrGr"/><phase duration="3" state="rryrrryr"/>

        """;

    private static readonly StreetMap[] Maps = [Crossroads.Map(), Crossroads.Map(Nema)];

    /// <summary>A piece of a run: for some seconds the controller wants this, and these indices are called.</summary>
    private static readonly Gen<(int Seconds, int Wanted, int Calls)> Piece = Gen.Select(Gen.OneOf(Gen.Int[1, 12], Gen.Int[30, 400]), Gen.Int[-2, 9], Gen.Int[0, 255]);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void No_answer_breaks_a_rule(int map) =>
        Gen.Select(Gen.Int[0, GuardProfile.Names.Length - 1].Select(i => GuardProfile.Names[i]), Piece.Array[1, 30]).Sample((profile, pieces) =>
        {
            var found = Violations(Maps[map], profile, pieces);
            if (found.Count > 0) throw new InvalidOperationException(string.Join('\n', found.Take(5).Select(v => $"{v.Time} {v.Rule}")));
        }, iter: 400);

    /// <summary>Long greens for pedestrians, a longest red hardly longer than a round, everybody called or nearly nobody: the promise is kept to the second.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void No_answer_breaks_a_rule_of_any_profile(int map) =>
        Gen.Select(Profile, Gen.Select(Gen.OneOf(Gen.Int[1, 12], Gen.Int[30, 400]), Gen.Int[-2, 9], Gen.OneOf(Gen.Int[0, 255], Gen.Const(255), Gen.Int[0, 7].Select(i => 1 << i))).Array[1, 30]).Sample((profile, pieces) =>
        {
            var found = Violations(Maps[map], profile, pieces);
            if (found.Count > 0) throw new InvalidOperationException(string.Join('\n', found.Take(5).Select(v => $"{v.Time} {v.Rule}")));
        }, iter: 400);

    private static readonly Gen<GuardProfile> Profile = Gen.Select(Gen.Int[5, 30], Gen.Int[2, 5], Gen.Int[0, 2], Gen.Int[30, 240], Gen.Int[3, 20], Gen.Int[0, 2])
        .Select((green, yellow, red, longest, walk, order) => new GuardProfile("any", green, 120, yellow, red, longest, 240, true, order == 1) { WalkSpeed = walk / 10.0, DualRing = order == 2 });

    /// <summary>Found by chance: a controller that holds every clearance made the last one of a round outlast the longest cycle.</summary>
    [Theory]
    [InlineData("korea-order", 132)]
    [InlineData("korea-ring", 132)]
    [InlineData("korea-order", 255)]
    public void Who_holds_every_clearance_cannot_draw_out_a_round(string profile, int calls)
    {
        foreach (var map in Maps) Assert.Empty(Violations(map, profile, [(1200, ISignalController.Hold, calls)]));
    }

    private static List<Violation> Violations(StreetMap map, string profile, (int Seconds, int Wanted, int Calls)[] pieces) => Violations(map, GuardProfile.Of(profile, map.Name), pieces);

    private static List<Violation> Violations(StreetMap map, GuardProfile profile, (int Seconds, int Wanted, int Calls)[] pieces)
    {
        var guard = new SignalGuard(map, profile);
        var audit = new StateAudit(guard.Limits, full: true);
        bool[][] called = [new bool[8]];
        var t = 0;
        foreach (var piece in pieces)
        {
            for (var i = 0; i < 8; i++) called[0][i] = (piece.Calls >> i & 1) == 1;
            for (var second = 0; second < piece.Seconds; second++, t++)
            {
                guard.Step(t, [piece.Wanted], called);
                audit.Check(t, 0, guard.Shown[0], called[0]);
            }
        }
        return audit.Found;
    }

    [Fact]
    public void Eight_phases_form_two_rings_and_a_barrier_between_the_roads()
    {
        var rings = RingBarrier.Of(Maps[1], Maps[1].Signals[0])!;
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1], rings.Side);
        Assert.Equal([(0, 0), (0, 1), (1, 0), (1, 1), (0, 0), (0, 1), (1, 0), (1, 1)], rings.Place.Select(p => (p[0], p[1])));
        // Of the program whose straights come first the lefts lag.
        var lagging = RingBarrier.Of(Maps[0], Maps[0].Signals[0])!;
        Assert.Equal([(0, 0), (1, 1), (0, 0), (1, 1)], lagging.Place.Select(p => (p[0], p[1])));
    }

    /// <summary>From both lefts the rings go on one by one; from the straights back to the lefts it is over the barrier where somebody is called there.</summary>
    [Fact]
    public void Rings_go_forward_and_cross_the_barrier_together()
    {
        var rings = RingBarrier.Of(Maps[1], Maps[1].Signals[0])!;
        bool[] nobody = new bool[8], all = [.. Enumerable.Repeat(true, 8)], left = [false, true, false, false, false, false, false, false], east = [false, false, true, false, false, false, false, false];
        Assert.Equal(1, rings.Next(0, 1, nobody));
        Assert.Equal(3, rings.Next(1, 3, nobody));
        Assert.Equal(4, rings.Next(0, 4, nobody));
        Assert.Equal(3, rings.Next(0, 4, all));        // both straights are called on this side
        Assert.Equal(4, rings.Next(3, 7, all));        // the lefts of the other road come first
        Assert.Equal(7, rings.Next(3, 7, east));
        Assert.Equal(0, rings.Next(3, 0, left));       // nobody is called on the other road
        Assert.Equal(5, rings.Next(3, 0, east));       // somebody is
    }

    /// <summary>Found by chance: two phases of the straights, one of which lets the lefts yield, followed each other until the round was longer than the longest cycle.</summary>
    [Fact]
    public void Two_phases_of_one_place_do_not_follow_each_other_while_the_other_road_is_called()
    {
        var map = Crossroads.Map(Crossroads.Phases.Replace("<phase duration=\"8\" state=\"rGrrrGrr\"/>", "<phase duration=\"30\" state=\"GrrrGrrr\"/><phase duration=\"3\" state=\"yrrryrrr\"/>\n<phase duration=\"8\" state=\"rGrrrGrr\"/>", StringComparison.Ordinal));
        var rings = RingBarrier.Of(map, map.Signals[0])!;
        Assert.Equal(rings.Place[0], rings.Place[1]);
        Assert.False(rings.IsForward(0, 1));
        bool[] east = [false, false, true, false, false, false, false, false];
        Assert.Equal(3, rings.Next(0, 1, east));
        Assert.True(rings.BeginsRound(0, 1));
    }

    /// <summary>North waits, and the phase of north alone comes before that of north and south: it is passed over, as both serve him. On the way to the other road it is not.
    /// Who may turn on red while the wanted phase shows is served too.</summary>
    [Fact]
    public void A_fixed_order_passes_over_a_phase_whose_callers_the_wanted_one_serves()
    {
        Assert.Equal(3, After(Maps[1], wanted: 3, called: 0));
        Assert.Equal(1, After(Maps[1], wanted: 4, called: 0));
        Assert.Equal(2, After(Turns("rGsrrGrr"), wanted: 2, called: 2));
        Assert.Equal(1, After(Turns("rGrrrGrr"), wanted: 2, called: 2));

        static StreetMap Turns(string last) => Crossroads.Map($"""
            <phase duration="30" state="GrrrGrrr"/><phase duration="3" state="yrrryrrr"/>
            <phase duration="10" state="rrGrrrrr"/><phase duration="3" state="rryrrrrr"/>
            <phase duration="10" state="{last}"/><phase duration="3" state="ryrrryrr"/>

            """);

        static int After(StreetMap map, int wanted, int called)
        {
            var guard = new SignalGuard(map, GuardProfile.Of("korea-order", ""));
            bool[] calls = [.. Enumerable.Range(0, 8).Select(i => i == called)];
            for (var t = 0; t < 60 && guard.Now[0].Phase == 0; t++) guard.Step(t, [wanted], [calls]);
            return guard.Now[0].Phase;
        }
    }

    /// <summary>What the guard would have to prevent, shown without it: the audit must find each.</summary>
    [Fact]
    public void The_audit_finds_what_breaks_an_order()
    {
        var ring = new SignalGuard(Maps[1], GuardProfile.Of("korea-ring", "")).Limits;
        var phases = Maps[1].Signals[0].Phases;
        Assert.Contains(Show(ring, (phases[0], 40), (phases[7], 20)), v => v.Rule.Contains("barrier is crossed", StringComparison.Ordinal));
        Assert.Contains(Show(ring, (phases[3], 40), (phases[0], 20)), v => v.Rule.Contains("goes back", StringComparison.Ordinal));
        Assert.Contains(Show(ring, ("GrGrrrrr", 2)), v => v.Rule.Contains("both sides of the barrier", StringComparison.Ordinal));
        Assert.Contains(Show(ring, (phases[3], 500)), v => v.Rule.Contains("a round lasts longer", StringComparison.Ordinal));
        Assert.Contains(Show(ring, (phases[3], 500)), v => v.Rule.Contains("while another is called", StringComparison.Ordinal));
        var order = new SignalGuard(Maps[0], GuardProfile.Of("korea-order", "")).Limits;
        var four = Maps[0].Signals[0].Phases;
        Assert.Contains(Show(order, (four[1], 40), (four[3], 20)), v => v.Rule.Contains("passed over", StringComparison.Ordinal));
    }

    private static List<Violation> Show(SignalLimits[] limits, params (string State, int Seconds)[] shown)
    {
        var audit = new StateAudit(limits, full: true);
        var t = 0;
        foreach (var (state, seconds) in shown)
            for (var i = 0; i < seconds; i++) audit.Check(t++, 0, state, null);
        return audit.Found;
    }
}
