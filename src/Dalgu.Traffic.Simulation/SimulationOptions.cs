namespace Dalgu.Traffic.Simulation;

/// <summary>How a simulation runs. Immutable.</summary>
public sealed record SimulationOptions
{
    /// <summary>Whether signals show the first program of the network file until <see cref="TrafficSimulation.SetSignalState"/> takes them over. Default true.</summary>
    public bool RunPrograms { get; init; } = true;

    /// <summary>Whether trips that name only their ends choose their route when they depart, by the mean speeds of the last minutes, as SUMO's do. Otherwise
    /// they take the fastest way through the empty network. A route that nobody took before allocates memory once; nothing else in a step does. Default true.</summary>
    public bool RouteByTraffic { get; init; } = true;

    /// <summary>Whether emissions are summed up for each trip. Default true.</summary>
    public bool Emissions { get; init; } = true;

    /// <summary>The waiting at a junction in seconds after which a driver takes any gap (SUMO's <c>--time-to-impatience</c>). Default 180.</summary>
    public double SecondsToImpatience { get; init; } = 180;
}
