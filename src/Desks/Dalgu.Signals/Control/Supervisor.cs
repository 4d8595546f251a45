using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Control;

/// <summary>Why a plan decides in place of a controller.</summary>
internal enum ControllerFault
{
    /// <summary>No answer within the deadline.</summary>
    Late,
    /// <summary>A phase that the signal does not have, or no answer for one of the signals.</summary>
    Nonsense,
    /// <summary>An exception.</summary>
    Failed,
}

/// <summary>One fault of a controller.</summary>
internal readonly record struct ControllerFailure(double Time, ControllerFault Fault, string Fact);

/// <summary>How a controller is supervised.</summary>
internal sealed record SupervisorOptions
{
    /// <summary>How long an answer may take. Less than a second, so that the plan decides for the very second that the controller missed.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMilliseconds(800);

    /// <summary>For how long the plan decides after a fault before the controller is asked again, in seconds of the day.</summary>
    public double Rest { get; init; } = 60;

    /// <summary>True where traffic waits for the answer, as in a simulation: the controller is asked on the caller's thread. On the street it has a thread of its own,
    /// so that one that never answers stops nobody.</summary>
    public bool TrafficWaits { get; init; }
}

/// <summary>Stands before a controller, live and simulated: where it answers late, answers nonsense, throws or never comes back, a plan decides, in the same second.</summary>
internal sealed class Supervisor : ISignalController
{
    private const int Unanswered = int.MinValue;
    private const int MostLogged = 1000;
    private readonly ISignalController controller, plan;
    private readonly int[] phases;
    private readonly TimeProvider clock;
    private readonly SupervisorOptions options;
    private Task? late; // an answer that nobody waits for any more
    private double restUntil = double.NegativeInfinity;

    /// <param name="controller">Whom to supervise.</param>
    /// <param name="plan">Who decides in its place.</param>
    /// <param name="map">The network.</param>
    /// <param name="clock">What the deadline is measured by.</param>
    /// <param name="options">How.</param>
    public Supervisor(ISignalController controller, ISignalController plan, StreetMap map, TimeProvider clock, SupervisorOptions options)
    {
        this.controller = controller;
        this.plan = plan;
        this.clock = clock;
        this.options = options;
        phases = [.. map.Signals.Select(s => s.Phases.Length)];
    }

    /// <summary>Seconds for which the plan decided.</summary>
    public int OnPlan { get; private set; }

    /// <summary>The first faults.</summary>
    public List<ControllerFailure> Log { get; } = [];

    public void Decide(Observation now, Span<int> wanted)
    {
        if (now.Time >= restUntil && (late is null || late.IsCompleted))
        {
            late = null;
            var answer = new int[phases.Length]; // its own: one that is late still writes into it
            Array.Fill(answer, Unanswered);
            if (Ask(now, answer) is not { } failure)
            {
                answer.CopyTo(wanted);
                return;
            }
            restUntil = now.Time + options.Rest;
            if (Log.Count < MostLogged) Log.Add(failure);
        }
        plan.Decide(now, wanted);
        OnPlan++;
    }

    /// <summary>Asks for an answer; null where it is a good one.</summary>
    private ControllerFailure? Ask(Observation now, int[] answer)
    {
        var asked = clock.GetTimestamp();
        try
        {
            if (options.TrafficWaits) controller.Decide(now, answer);
            else
            {
                var thinking = Task.Factory.StartNew(() => controller.Decide(now, answer), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
                try
                {
                    thinking.WaitAsync(options.Deadline, clock).GetAwaiter().GetResult();
                }
                catch (TimeoutException) when (!thinking.IsCompleted)
                {
                    late = thinking.ContinueWith(static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                    return new(now.Time, ControllerFault.Late, $"there is no answer within {options.Deadline.TotalSeconds:0.###} s");
                }
            }
        }
        catch (Exception e) when (e is not OperationCanceledException and not OutOfMemoryException)
        {
            return new(now.Time, ControllerFault.Failed, $"{e.GetType().Name}: {e.Message}");
        }
        if (clock.GetElapsedTime(asked) > options.Deadline) return new(now.Time, ControllerFault.Late, $"the answer took {clock.GetElapsedTime(asked).TotalSeconds:0.###} s");
        for (var s = 0; s < answer.Length; s++)
        {
            if (answer[s] == ISignalController.Hold || (uint)answer[s] < (uint)phases[s]) continue;
            return new(now.Time, ControllerFault.Nonsense, answer[s] == Unanswered ? $"signal {s} has no answer" : $"signal {s} has no phase {answer[s]}");
        }
        return null;
    }
}
