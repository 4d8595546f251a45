namespace Dalgu.Traffic.Simulation;

/// <summary>What one trip came to, in the terms of SUMO's tripinfo: seconds, metres, milligrams.</summary>
/// <param name="Trip">The number of the trip in the demand.</param>
/// <param name="Depart">When it got onto the road.</param>
/// <param name="DepartDelay">How much later that was than planned.</param>
/// <param name="Arrival">When it reached its end; -1 while it is under way.</param>
/// <param name="Duration">The time on the road.</param>
/// <param name="RouteLength">The way driven.</param>
/// <param name="WaitingTime">The time below 0.1 m/s.</param>
/// <param name="WaitingCount">How often it came to a stop.</param>
/// <param name="TimeLoss">The time lost against driving at the speed wished.</param>
/// <param name="SpeedFactor">The driver's factor on speed limits.</param>
/// <param name="Co2">Carbon dioxide in milligrams.</param>
/// <param name="Nox">Nitrogen oxides in milligrams.</param>
/// <param name="DepartLane">The lane that it began on.</param>
/// <param name="DepartPosition">Where on it.</param>
/// <param name="ArrivalLane">The lane that it ended on, or is on now.</param>
/// <param name="ArrivalSpeed">Its last speed.</param>
public readonly record struct TripRecord(int Trip, double Depart, double DepartDelay, double Arrival, double Duration, double RouteLength, double WaitingTime, int WaitingCount,
    double TimeLoss, double SpeedFactor, double Co2, double Nox, int DepartLane, double DepartPosition, int ArrivalLane, double ArrivalSpeed)
{
    /// <summary>Whether the trip has come to its end.</summary>
    public bool Arrived => Arrival >= 0;
}
