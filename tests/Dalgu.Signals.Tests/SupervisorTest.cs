using Dalgu.Signals.Control;
using Dalgu.Signals.Engines;
using Dalgu.Signals.Guard;
using Dalgu.Signals.Streets;
using Xunit;

namespace Dalgu.Signals.Tests;

/// <summary>A controller that is late, mad or dead: the plan decides in the same second. Time is a clock of the test; nobody sleeps.</summary>
public class SupervisorTest
{
    private const int PlanSays = 2, ControllerSays = 1;
    private static readonly StreetMap Map = Crossroads.Map();

    /// <summary>A clock that stands still until it is moved, with the timers that wait for it.</summary>
    private sealed class ManualClock : TimeProvider
    {
        private readonly Lock gate = new();
        private readonly List<(long At, TimerCallback Call, object? State)> timers = [];
        private long now;

        /// <summary>Done once somebody waits.</summary>
        public TaskCompletionSource Waiting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp()
        {
            lock (gate) return now;
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            lock (gate) timers.Add((now + dueTime.Ticks, callback, state));
            Waiting.TrySetResult();
            return new Timer();
        }

        public void Advance(TimeSpan by)
        {
            List<(long At, TimerCallback Call, object? State)> due;
            lock (gate)
            {
                now += by.Ticks;
                due = timers.FindAll(t => t.At <= now);
                timers.RemoveAll(t => t.At <= now);
            }
            foreach (var timer in due) timer.Call(timer.State);
        }

        private sealed class Timer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
                // A timer that is disposed of finds its waiter gone.
            }

            public ValueTask DisposeAsync() => default;
        }
    }

    private sealed class Scripted(Action<Observation, int[]> act) : ISignalController
    {
        public int Asked { get; private set; }

        public void Decide(Observation now, Span<int> wanted)
        {
            Asked++;
            var answer = wanted.ToArray();
            act(now, answer);
            answer.CopyTo(wanted);
        }
    }

    private static Observation At(double time) => new(new Vehicles(Map), new SignalNow[1]) { Time = time };

    private static int Ask(Supervisor supervisor, double time)
    {
        int[] wanted = [-7];
        supervisor.Decide(At(time), wanted);
        return wanted[0];
    }

    private static Scripted Plan() => new((_, w) => w[0] = PlanSays);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_sound_controller_decides_and_the_plan_is_not_asked(bool simulated)
    {
        var plan = Plan();
        var supervisor = new Supervisor(new Scripted((_, w) => w[0] = ControllerSays), plan, Map, new ManualClock(), new SupervisorOptions { TrafficWaits = simulated });
        for (var t = 0; t < 10; t++) Assert.Equal(ControllerSays, Ask(supervisor, t));
        Assert.Equal((0, 0, 0), (supervisor.OnPlan, supervisor.Log.Count, plan.Asked));
    }

    /// <summary>4 is one too many; int.MinValue is what stands there where nothing was written, as by a controller that answers for another junction.</summary>
    [Theory]
    [InlineData(4, true)]
    [InlineData(4, false)]
    [InlineData(-2, true)]
    [InlineData(int.MaxValue, true)]
    [InlineData(int.MinValue, true)]
    [InlineData(int.MinValue, false)]
    public void Nonsense_is_replaced_by_the_plan_in_the_same_second(int answer, bool simulated)
    {
        var supervisor = new Supervisor(new Scripted((_, w) => w[0] = answer), Plan(), Map, new ManualClock(), new SupervisorOptions { TrafficWaits = simulated });
        Assert.Equal(PlanSays, Ask(supervisor, 100));
        Assert.Equal(ControllerFault.Nonsense, Assert.Single(supervisor.Log).Fault);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_controller_that_throws_rests_and_is_asked_again(bool simulated)
    {
        var dies = true;
        var controller = new Scripted((_, w) => w[0] = dies ? throw new InvalidOperationException("it dies") : ControllerSays);
        var supervisor = new Supervisor(controller, Plan(), Map, new ManualClock(), new SupervisorOptions { TrafficWaits = simulated });
        Assert.Equal(PlanSays, Ask(supervisor, 0));
        Assert.Contains("it dies", supervisor.Log[0].Fact, StringComparison.Ordinal);
        dies = false;
        for (var t = 1; t < 60; t++) Assert.Equal(PlanSays, Ask(supervisor, t));
        Assert.Equal(1, controller.Asked);
        Assert.Equal(ControllerSays, Ask(supervisor, 60));
        Assert.Equal(60, supervisor.OnPlan);
    }

    [Fact]
    public void In_a_simulation_an_answer_that_took_too_long_is_not_taken()
    {
        var clock = new ManualClock();
        var supervisor = new Supervisor(new Scripted((_, w) =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(801));
            w[0] = ControllerSays;
        }), Plan(), Map, clock, new SupervisorOptions { TrafficWaits = true });
        Assert.Equal(PlanSays, Ask(supervisor, 0));
        Assert.Equal(ControllerFault.Late, supervisor.Log[0].Fault);
    }

    /// <summary>It hangs; when 0.8 s have passed the plan decides, and it is not asked again while it hangs. Once it is back and has rested it decides again.</summary>
    [Fact]
    public async Task A_controller_that_never_answers_stops_nobody()
    {
        var clock = new ManualClock();
        using var hang = new ManualResetEventSlim();
        using var back = new ManualResetEventSlim();
        var controller = new Scripted((_, w) =>
        {
            hang.Wait(TimeSpan.FromSeconds(30)); // a supervisor that waits for it fails the test and does not hang it
            w[0] = ControllerSays;
            back.Set();
        });
        var supervisor = new Supervisor(controller, Plan(), Map, clock, new SupervisorOptions());
        var first = Task.Run(() => Ask(supervisor, 0));
        await clock.Waiting.Task;
        Assert.False(first.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(800));
        Assert.Equal(PlanSays, await first);
        Assert.Equal(ControllerFault.Late, supervisor.Log[0].Fault);
        for (var t = 1; t < 200; t++) Assert.Equal(PlanSays, Ask(supervisor, t));
        Assert.Equal(1, controller.Asked);
        hang.Set();
        Assert.True(back.Wait(TimeSpan.FromSeconds(30)));
        // The thread that was late ends a moment after its answer; until then the plan decides.
        var tries = 0;
        while (Ask(supervisor, 300 + tries) != ControllerSays && tries++ < 100_000) Thread.Yield();
        Assert.Equal(2, controller.Asked);
    }

    /// <summary>Supervisor and guard as a run has them: whatever the controller does, the audit finds nothing.</summary>
    [Fact]
    public void With_the_guard_behind_it_the_street_never_sees_a_fault()
    {
        var random = new Random(7);
        var guard = new SignalGuard(Map, GuardProfile.Korea);
        var audit = new StateAudit(guard.Limits, full: true);
        var mad = new Scripted((_, w) => w[0] = random.Next(12) switch { 0 => throw new InvalidOperationException(), var any => any - 3 });
        var supervisor = new Supervisor(mad, PlanController.OfPrograms(Map, guard.Limits), Map, new ManualClock(), new SupervisorOptions { TrafficWaits = true, Rest = 3 });
        int[] wanted = [0];
        for (var t = 0; t < 5000; t++)
        {
            supervisor.Decide(At(t), wanted);
            guard.Step(t, wanted, null);
            audit.Check(t, 0, guard.Shown[0], null);
        }
        Assert.Equal(0, audit.Count);
        Assert.InRange(supervisor.OnPlan, 500, 4500);
    }
}
