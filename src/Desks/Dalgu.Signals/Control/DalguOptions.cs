namespace Dalgu.Signals.Control;

/// <summary>The one setting of the <c>dalgu</c> controller, the same for every network. How each figure was chosen: docs/desks/signals/controllers.md.</summary>
internal sealed record DalguOptions
{
    /// <summary>How many seconds are played forward.</summary>
    public int Horizon { get; init; } = 50;

    /// <summary>Seconds between vehicles that leave a queue on one lane.</summary>
    public double Headway { get; init; } = 1.8;

    /// <summary>Seconds between vehicles where each has to stop before it turns on red.</summary>
    public double TurnOnRed { get; init; } = 5.8;

    /// <summary>Seconds that the first of a queue takes to start.</summary>
    public double StartUp { get; init; } = 1;

    /// <summary>Seconds of yellow that are still used.</summary>
    public double YellowUse { get; init; } = 1;

    /// <summary>Vehicle seconds that a stop costs beyond the wait: braking and starting.</summary>
    public double StopCost { get; init; } = 3.5;

    /// <summary>Seconds that who yields needs before the next with priority.</summary>
    public double Gap { get; init; } = 3;

    /// <summary>Vehicle seconds for each that is still in a queue at the horizon.</summary>
    public double Residual { get; init; } = 10;

    /// <summary>The same in a lane that is full to its beginning: whoever waits there waits beyond the horizon. Only where a short street is near: elsewhere a green
    /// would go from one full lane to the next as soon as each is a little less full.</summary>
    public double ResidualFull { get; init; } = 40;

    /// <summary>Vehicle seconds a second for each in a queue that reaches back beyond its street, where it blocks others.</summary>
    public double Spill { get; init; } = 1;

    /// <summary>Seconds after which the rule that goes on after the first action leaves a phase.</summary>
    public int MaxGreen { get; init; } = 60;

    /// <summary>Within how many seconds the next vehicle must come for that rule to stay.</summary>
    public double ServeSight { get; init; } = 3;

    /// <summary>Within how many seconds vehicles count where that rule compares phases.</summary>
    public double BestSight { get; init; } = 5;

    /// <summary>How many times the vehicles that it could serve soon another phase must be able to serve, and one more, for that rule to leave.</summary>
    public double Outweigh { get; init; } = 2;

    /// <summary>Within how many seconds vehicles count there.</summary>
    public double OutweighSight { get; init; } = 6;

    /// <summary>Metres between signals from which on a street between them is long, so that junctions look further ahead.</summary>
    public double LongStreet { get; init; } = 150;

    /// <summary>Vehicles a second by which an exit empties.</summary>
    public double ExitFlow { get; init; } = 0.25;

    /// <summary>Seconds over which arrivals are averaged, for those that cannot be seen yet.</summary>
    public double RateTime { get; init; } = 200;

    /// <summary>The share of the expected arrivals that counts.</summary>
    public double Expect { get; init; } = 0.25;

    /// <summary>Seconds that a vehicle loses when it starts from a stop line.</summary>
    public double Accelerating { get; init; } = 2;

    /// <summary>A vehicle in the junction below this speed (m/s) keeps crossing links from becoming green.</summary>
    public double BoxSpeed { get; init; } = 2;

    /// <summary>So does one that needs more than these seconds to leave it.</summary>
    public double BoxClear { get; init; } = 1.5;

    /// <summary>The longest that this may last, in seconds.</summary>
    public int BoxHold { get; init; } = 15;

    /// <summary>Seconds for which a vehicle may stand in the junction before its green is ended, so that the junction empties.</summary>
    public int BoxPatience { get; init; } = 20;

    /// <summary>Metres between two signals up to which a queue on the street between them soon stands in the first one.</summary>
    public double ShortStreet { get; init; } = 30;

    /// <summary>Seconds before the stop line within which a vehicle no longer stops for yellow.</summary>
    public int CannotStop { get; init; } = 4;

    /// <summary>Seconds of red after which a waiting vehicle is served in any case.</summary>
    public int MaxRed { get; init; } = 120;

    /// <summary>The same where no short street is near: at its capacity a junction of four phases needs more than two minutes for all of them.</summary>
    public int MaxRedApart { get; init; } = 180;

    /// <summary>Acceleration of vehicles in m/s².</summary>
    public double Acceleration { get; init; } = 2.6;

    /// <summary>Where a signal stands alone, in place of <see cref="Gap"/>: the critical headway of a left turn in the Highway Capacity Manual.</summary>
    public double AloneGap { get; init; } = 4.5;

    /// <summary>There, in place of <see cref="Acceleration"/>: what drivers use, three quarters of what their vehicles can.</summary>
    public double AloneAcceleration { get; init; } = 1.95;

    /// <summary>There, in place of <see cref="Expect"/>: a phase is kept and a stop is charged only for those who have been seen.</summary>
    public double AloneExpect { get; init; }

    /// <summary>How many of the plans that the model finds best are played in the own simulator; none with 0.</summary>
    public int StreetPlans { get; init; } = 12;

    /// <summary>Vehicles times seconds that may be played there for one decision of all signals. In a large network each of them plays fewer plans.</summary>
    public int StreetWork { get; init; } = 300_000;

    /// <summary>Seconds that are played there: what is lost in the first counts whole, and the less the later.</summary>
    public int StreetHorizon { get; init; } = 40;

    /// <summary>Vehicle seconds for each who stands still there at the end, in the mean over all ends.</summary>
    public double StreetResidual { get; init; } = 3;

    /// <summary>Seconds before the stop line within which nobody may come to green there for a signal beside to give up its plan for who waits.</summary>
    public double ReplySight { get; init; } = 15;

    /// <summary>For how many seconds the present phase is tried to be kept, each with every phase that may follow.</summary>
    public int[] Holds { get; init; } = [Rollout.UntilEmpty, 1, 2, 3, 4, 6, 8, 11, 15, 20, 26];

    /// <summary>For how many seconds another phase is tried, likewise.</summary>
    public int[] Serves { get; init; } = [Rollout.UntilEmpty, 7, 11, 16, 24];
}
