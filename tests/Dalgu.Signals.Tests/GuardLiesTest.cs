using Dalgu.Signals.Control;
using Dalgu.Signals.Guard;
using Xunit;

namespace Dalgu.Signals.Tests;

/// <summary>Controllers that lie, and callers that make mistakes: what is shown is the same, or keeps every rule all the same.</summary>
public class GuardLiesTest
{
    private const int Seconds = 1200;

    /// <summary>What controllers are shown is theirs to spoil: the guard goes by what it has shown itself.</summary>
    [Theory]
    [InlineData("korea")]
    [InlineData("korea-order")]
    [InlineData("korea-ring")]
    public void Who_writes_into_what_he_is_shown_changes_nothing(string profile)
    {
        var (honest, spoilt) = (Guard(profile), Guard(profile));
        var random = new Random(1);
        for (var t = 0; t < Seconds; t++)
        {
            spoilt.Now[0] = new SignalNow { Phase = random.Next(-2, 99), From = random.Next(-2, 99), Green = random.Next(500), MayChange = true, Clearing = random.Next(2) == 0, LastClearing = true };
            var (wanted, called) = (random.Next(-1, 8), Calls(random));
            honest.Step(t, [wanted], [called]);
            spoilt.Step(t, [wanted], [called]);
            Assert.Equal(honest.Shown[0], spoilt.Shown[0]);
            Assert.Equal(honest.Now[0], spoilt.Now[0]);
        }
        Assert.Equal(honest.Overrides, spoilt.Overrides);
    }

    /// <summary>An answer for none of the signals, calls of none, of too few, or none for one of them: the signal stays as it is and whoever is not told of is taken as called.</summary>
    [Fact]
    public void Answers_and_calls_that_are_missing_break_no_rule()
    {
        var guard = Guard("korea");
        var audit = new StateAudit(guard.Limits, full: true);
        bool[][]?[] calls = [null, [], [null!], [[]], [[true, false]], [[.. new bool[12]]]];
        for (var t = 0; t < Seconds; t++)
        {
            guard.Step(t, t % 3 == 0 ? [] : [t / 20 % 8, 5, 6], calls[t / 7 % calls.Length]);
            audit.Check(t, 0, guard.Shown[0], null);
        }
        Assert.Empty(audit.Found);
        Assert.Contains(guard.Log, o => o.Rule == GuardRule.NoSuchPhase);
    }

    /// <summary>The time is for the log: what is shown follows from the seconds that were taken.</summary>
    [Fact]
    public void No_time_changes_what_is_shown()
    {
        var (clear, mad) = (Guard("korea-ring"), Guard("korea-ring"));
        double[] times = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, -1, 0, 0, 1e300];
        for (var t = 0; t < Seconds; t++)
        {
            clear.Step(t, [t / 15 % 8], null);
            mad.Step(times[t % times.Length], [t / 15 % 8], null);
            Assert.Equal(clear.Shown[0], mad.Shown[0]);
        }
    }

    /// <summary>A controller that thinks for too long asks on while the guard has gone on without it.</summary>
    [Fact]
    public async Task Who_asks_from_another_thread_disturbs_nothing()
    {
        var (alone, asked) = (Guard("korea-ring"), Guard("korea-ring"));
        using var end = new CancellationTokenSource();
        var asking = Task.Run(() =>
        {
            bool[] called = [true, false, true, false, true, false, true, false];
            var answers = 0;
            while (!end.IsCancellationRequested)
                for (var p = 0; p < 8; p++) Assert.InRange(answers = asked.Given(0, p, called), 0, 7);
            return answers;
        }, TestContext.Current.CancellationToken);
        var random = new Random(2);
        for (var t = 0; t < 20_000; t++)
        {
            var (wanted, called) = (random.Next(-1, 8), Calls(random));
            alone.Step(t, [wanted], [called]);
            asked.Step(t, [wanted], [called]);
            Assert.Equal(alone.Shown[0], asked.Shown[0]);
        }
        await end.CancelAsync();
        await asking;
    }

    private static SignalGuard Guard(string profile) => new(Crossroads.Map(GuardPropertyTest.Nema), GuardProfile.Of(profile, ""));

    private static bool[] Calls(Random random) => [.. Enumerable.Range(0, 8).Select(_ => random.Next(10) == 0)];
}
