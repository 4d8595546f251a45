using Dalgu.Signals.Engines;
using Dalgu.Signals.Guard;
using Dalgu.Signals.Measures;

namespace Dalgu.Signals.Control;

/// <summary>What a signal shows and since when, in whole seconds.</summary>
internal struct SignalNow
{
    /// <summary>The phase that is green, or the next one while <see cref="Clearing"/>.</summary>
    public int Phase;

    /// <summary>Seconds of green so far; 0 while clearing.</summary>
    public int Green;

    /// <summary>True while yellow or all-red leads to <see cref="Phase"/>.</summary>
    public bool Clearing;

    /// <summary>True where the shortest green has passed.</summary>
    public bool MayChange;

    /// <summary>The phase before <see cref="Phase"/>.</summary>
    public int From;

    /// <summary>True in the last second of a clearance, in which a controller may ask to <see cref="ISignalController.Hold"/>.</summary>
    public bool LastClearing;
}

/// <summary>What a controller observes each second.</summary>
/// <param name="traffic">The vehicles that detectors see.</param>
/// <param name="signals">What each signal shows.</param>
internal sealed class Observation(Vehicles traffic, SignalNow[] signals)
{
    /// <summary>What is observed where a guard stands between the controller and the street, which may be asked.</summary>
    public static Observation Of(Vehicles traffic, SignalGuard guard, TrafficWatch watch) => new(traffic, guard.Now)
    {
        Given = (signal, wanted) => guard.Given(signal, wanted, watch.Called[signal]),
        IsCalled = (signal, index) => guard.IsCalled(signal, index, watch.Called[signal]),
    };

    /// <summary>Seconds of the day.</summary>
    public double Time { get; set; }

    /// <summary>The vehicles.</summary>
    public Vehicles Traffic { get; } = traffic;

    /// <summary>What each signal shows.</summary>
    public SignalNow[] Signals { get; } = signals;

    /// <summary>What the guard would make of a phase that is wanted of a signal in this second: the phase itself, or what it would show in its place. Where there is no guard
    /// to ask, the phase itself.</summary>
    public Func<int, int, int> Given { get; init; } = static (_, wanted) => wanted;

    /// <summary>Whether the guard takes an index of a signal as called and red. Where there is no guard to ask, none is.</summary>
    public Func<int, int, bool> IsCalled { get; init; } = static (_, _) => false;

    /// <summary>The detectors that fail, or null where none does. A controller is not told: it sees no more than what they report.</summary>
    public DetectorFaults? Faults { get; set; }
}

/// <summary>Decides each second which phase each signal should be in. It decides freely: the guard holds the rules.</summary>
internal interface ISignalController
{
    /// <summary>Wanted in place of a phase: keep the clearance for another second, because the junction is not empty.</summary>
    const int Hold = -1;

    /// <summary>Writes the wanted phase of each signal; the present one means to stay.</summary>
    void Decide(Observation now, Span<int> wanted);
}
