using CsCheck;
using Dalgu.Signals.Control;
using Dalgu.Signals.Guard;
using Dalgu.Signals.Streets;
using Xunit;

namespace Dalgu.Signals.Tests;

/// <summary>The rules of the guard's page on programs, profiles, answers and calls that are all drawn: what a controller asks for, what it is given, and what is shown between.</summary>
public class GuardProgramTest
{
    /// <summary>Who is green in a phase: links of the crossroads in an order, each taken where it crosses none before it, or yields to it.</summary>
    private static readonly Gen<string> State = Gen.Select(Gen.Shuffle(new[] { 0, 1, 2, 3, 4, 5, 6, 7 }), Gen.Int[1, 8], Gen.Int[0, 255], Gen.Int[0, 7]).Select((order, most, turns, seldom) =>
    {
        var state = new string('r', 8).ToCharArray();
        foreach (var link in order.Take(most))
            if (Enumerable.Range(0, 8).All(k => state[k] == 'r' || !Crossroads.Crosses(link, k) || Crossroads.Yields(link, k) || Crossroads.Yields(k, link)))
                state[link] = 'G';
        for (var k = 0; k < 8; k++)
            if (state[k] == 'G' && Enumerable.Range(0, 8).Any(i => state[i] == 'G' && Crossroads.Yields(k, i))) state[k] = 'g';
            else if (state[k] == 'r' && seldom == 0 && (turns >> k & 1) == 1) state[k] = 's';
        return new string(state);
    });

    private static readonly Gen<string> Program = Gen.Select(State, Gen.Int[5, 40]).Array[1, 6].Select(phases => string.Concat(phases.Select(p =>
        $"<phase duration=\"{p.Item2}\" state=\"{p.Item1}\"/><phase duration=\"3\" state=\"{p.Item1.Replace('G', 'y').Replace('g', 'y')}\"/>\n")));

    /// <summary>Whether the all-red between two phases looks like a third, for which the audit would take it: it sees no more than what is shown.</summary>
    private static bool Misleads(string[] phases) => phases.Any(a => phases.Any(b => a != b && Clearance.State(a, b, yellow: false) is var red && red != a && red != b && phases.Contains(red)));

    private static readonly Gen<GuardProfile> Profile = Gen.Select(Gen.Int[5, 30], Gen.Int[2, 5], Gen.Int[0, 2], Gen.Int[30, 240], Gen.Int[3, 20], Gen.Int[0, 2])
        .Select((green, yellow, red, longest, walk, order) => new GuardProfile("any", green, 120, yellow, red, longest, 240, true, order == 1) { WalkSpeed = walk / 10.0, DualRing = order == 2 });

    private static readonly Gen<(int Seconds, int Wanted, int Calls)[]> Pieces =
        Gen.Select(Gen.OneOf(Gen.Int[1, 12], Gen.Int[30, 400]), Gen.Int[-2, 7], Gen.OneOf(Gen.Int[0, 255], Gen.Const(255), Gen.Int[0, 7].Select(i => 1 << i))).Array[1, 20];

    [Fact]
    public void No_program_brings_the_guard_to_break_a_rule() => Gen.Select(Program, Profile, Pieces).Sample((program, profile, pieces) =>
    {
        var map = Crossroads.Map(program);
        if (Misleads(map.Signals[0].Phases)) return;
        var guard = new SignalGuard(map, profile);
        var audit = new StateAudit(guard.Limits, full: true);
        Run(guard, pieces, (t, _, called) => audit.Check(t, 0, guard.Shown[0], called));
        if (audit.Found.Count > 0) throw new InvalidOperationException(string.Join('\n', audit.Found.Take(5).Select(v => $"{v.Time} {v.Rule}")));
    }, iter: 400);

    /// <summary>What a controller is told is what comes; what it is told to take instead it may take; and whatever is shown in place of what was wanted is in the log.</summary>
    [Fact]
    public void What_is_asked_of_the_guard_is_what_it_does() => Gen.Select(Program, Profile, Pieces).Sample((program, profile, pieces) =>
    {
        var map = Crossroads.Map(program);
        var guard = new SignalGuard(map, profile);
        var phases = map.Signals[0].Phases.Length;
        Run(guard, pieces, (_, before, called) => { }, (t, wanted, called) =>
        {
            var now = guard.Now[0];
            var given = Enumerable.Range(0, phases).Select(p => guard.Given(0, p, called)).ToArray();
            if (!now.Clearing)
                foreach (var p in given) Assert.Equal(p, given[p]);
            var overrides = guard.Overrides;
            guard.Step(t, [wanted], [called]);
            if (now.Clearing) return;
            var expected = (uint)wanted < (uint)phases ? given[wanted] : given[now.Phase];
            Assert.Equal(expected, guard.Now[0].Phase);
            var asked = wanted == ISignalController.Hold ? now.Phase : wanted;
            Assert.Equal(expected == asked ? 0 : 1, guard.Overrides - overrides);
        });
    }, iter: 200);

    /// <summary>Who is green before and after a clearance is green in it; who is not before is not in it; and it lasts as long as its links need and 20 s more at most.</summary>
    [Fact]
    public void A_clearance_takes_no_green_that_goes_on_and_gives_none() => Gen.Select(Program, Profile, Pieces).Sample((program, profile, pieces) =>
    {
        var map = Crossroads.Map(program);
        var guard = new SignalGuard(map, profile);
        var lasts = 0;
        Run(guard, pieces, (_, _, _) =>
        {
            var now = guard.Now[0];
            lasts = now.Clearing ? lasts + 1 : 0;
            if (!now.Clearing)
            {
                Assert.Equal(map.Signals[0].Phases[now.Phase], guard.Shown[0]);
                return;
            }
            Assert.InRange(lasts, 1, guard.Limits[0].Clearance[now.From, now.Phase] + SignalGuard.MostHold);
            for (var i = 0; i < 8; i++)
            {
                var (from, to) = (map.Signals[0].Phases[now.From][i] is 'G' or 'g', map.Signals[0].Phases[now.Phase][i] is 'G' or 'g');
                Assert.Equal(from && to, guard.Shown[0][i] is 'G' or 'g');
            }
        });
    }, iter: 200);

    /// <summary>What an order gives in place of a phase it admits itself, so that the way to a wanted phase never stands still.</summary>
    [Fact]
    public void An_order_admits_what_it_gives() => Gen.Select(Program, Gen.Bool, Gen.Int[0, 255]).Sample((program, rings, calling) =>
    {
        var map = Crossroads.Map(program);
        if (new SignalLimits(map, map.Signals[0], GuardProfile.Of(rings ? "korea-ring" : "korea-order", "")).Order is not { } order) return;
        var phases = map.Signals[0].Phases;
        for (var from = 0; from < phases.Length; from++)
            for (var wanted = 0; wanted < phases.Length; wanted++)
            {
                if (from == wanted) continue;
                bool[] calls = [.. Enumerable.Range(0, 8).Select(i => (calling >> i & 1) == 1 && phases[from][i] is not ('G' or 'g'))];
                var next = order.Next(from, wanted, calls);
                Assert.NotEqual(from, next);
                Assert.Equal(next, order.Next(from, next, calls));
            }
    }, iter: 1000);

    private static void Run(SignalGuard guard, (int Seconds, int Wanted, int Calls)[] pieces, Action<int, int, bool[]> shown, Action<int, int, bool[]>? step = null)
    {
        var t = 0;
        foreach (var piece in pieces)
        {
            bool[] called = [.. Enumerable.Range(0, 8).Select(i => (piece.Calls >> i & 1) == 1)];
            for (var second = 0; second < piece.Seconds; second++, t++)
            {
                if (step is not null) step(t, piece.Wanted, called);
                else guard.Step(t, [piece.Wanted], [called]);
                shown(t, piece.Wanted, called);
            }
        }
    }
}
