namespace Dalgu.Traffic.Simulation.Network;

/// <summary>What an edge is for.</summary>
public enum EdgeKind : byte
{
    /// <summary>A street between two junctions.</summary>
    Street,
    /// <summary>A path through a junction.</summary>
    Internal,
    /// <summary>A pedestrian crossing.</summary>
    Crossing,
    /// <summary>Where pedestrians gather between crossings and footways.</summary>
    WalkingArea,
    /// <summary>A connector between zones and streets.</summary>
    Connector,
}

/// <summary>Who goes first at a junction.</summary>
public enum JunctionKind : byte
{
    /// <summary>Major roads before minor roads.</summary>
    Priority,
    /// <summary>A signal decides.</summary>
    Signal,
    /// <summary>A signal decides; turning right on red after a stop is permitted.</summary>
    SignalRightOnRed,
    /// <summary>Who comes from the right goes first.</summary>
    RightBeforeLeft,
    /// <summary>Lanes merge in turn.</summary>
    Zipper,
    /// <summary>Minor roads stop first.</summary>
    PriorityStop,
    /// <summary>All stop; who came first goes first.</summary>
    AllwayStop,
    /// <summary>Nothing is regulated.</summary>
    Unregulated,
    /// <summary>An edge of the network.</summary>
    DeadEnd,
    /// <summary>A waiting place inside another junction.</summary>
    Internal,
    /// <summary>A crossing with a railway or a signal of trains, worked by trains and not by a program; treated as priority.</summary>
    Rail,
    /// <summary>Anything else; treated as priority.</summary>
    Other,
}

/// <summary>A point of the plane, in metres of the network's projection.</summary>
/// <param name="X">East, in metres.</param>
/// <param name="Y">North, in metres.</param>
public readonly record struct Point(double X, double Y);
