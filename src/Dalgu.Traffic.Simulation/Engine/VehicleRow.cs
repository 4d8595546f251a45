namespace Dalgu.Traffic.Simulation.Engine;

/// <summary>A vehicle under way. What others look at (where it is, how fast, how long) comes first, so that it lies in one line of the processor's cache.</summary>
internal struct VehicleRow
{
    public double Position, Speed, Accel, Odometer;
    public int Trip, Type, Lane, RouteAt, RouteEnd, Waiting;
    public float SpeedFactor;
    public byte Change, Flags, Requests;

    public int Entered, EnteredConflict, EnteredFirst;
    public ulong Random;

    // What lane changing has asked for, and its memory.
    public double Advice, LeftSpace, BlockerLength, SpeedGain, KeepRight, LookAhead;

    // What the trip has come to.
    public double TimeLoss, Co2, Nox, DepartedAt, DepartPosition;
    public int WaitingEvents, WaitingTotal, DepartLane;
}
