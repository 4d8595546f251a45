using System.Globalization;
using Dalgu.Traffic.Simulation.Network;

namespace Dalgu.Traffic.Simulation.Demand;

/// <summary>Which lane a vehicle is to start on. Values from 0 are the index of a lane.</summary>
public enum DepartLane
{
    /// <summary>The rightmost that the vehicle may use: the default.</summary>
    First = -1,
    /// <summary>The one with the fewest vehicles.</summary>
    Free = -2,
    /// <summary>The one with the fewest vehicles among those that the vehicle may use.</summary>
    Allowed = -3,
    /// <summary>The one on which the route can be followed farthest without changing.</summary>
    Best = -4,
    /// <summary>Any.</summary>
    Random = -5,
}

/// <summary>How fast a vehicle is to start. Values from 0 are a speed in m/s.</summary>
public static class DepartSpeed
{
    /// <summary>As fast as is safe, at most the speed wished.</summary>
    public const float Max = -1;

    /// <summary>The speed wished; the vehicle waits until that is safe.</summary>
    public const float Desired = -2;

    /// <summary>The speed limit; the vehicle waits until that is safe.</summary>
    public const float SpeedLimit = -3;

    /// <summary>Any between 0 and the speed limit.</summary>
    public const float Random = -4;

    /// <summary>The speed of the last vehicle on the lane, at most the speed wished.</summary>
    public const float Last = -5;

    /// <summary>The mean speed on the lane, at most the speed wished.</summary>
    public const float Average = -6;
}

/// <summary>Where on the lane a vehicle is to start. Finite values are a place in metres, below 0 counted from the end.</summary>
public static class DepartPosition
{
    /// <summary>With its back at the start of the lane: the default.</summary>
    public const float Base = float.NegativeInfinity;

    /// <summary>Any place, tried anew each second.</summary>
    public const float Random = float.PositiveInfinity;

    /// <summary>Any place where there is room; ten tries, then the base.</summary>
    public const float RandomFree = float.MaxValue;

    /// <summary>The place nearest to the start where there is room.</summary>
    public const float Free = float.MinValue;

    /// <summary>As far back as needed behind the last vehicle.</summary>
    public const float Last = float.NaN;
}

/// <summary>Who wants to travel: planned trips with their routes, in order of departure, as flat arrays with dense numbers. Immutable; safe to share.</summary>
public sealed class TrafficDemand
{
    internal string[] ids = [];
    internal double[] depart = [];
    internal int[] type = [], routeOf = [];
    internal int[] departLane = [];
    internal float[] departSpeed = [], departPosition = [], arrivalPosition = [];
    internal int[] routeFirst = [], routeLength = [], routeEdges = [];
    internal bool[] routed = [];
    internal VehicleType[] types = [];
    internal string[] notes = [];

    internal TrafficDemand(string file) => File = file;

    /// <summary>A demand that plans nothing, for a simulation whose vehicles are put onto the road by <see cref="TrafficSimulation.PlaceSeen"/>.</summary>
    /// <param name="types">The types that they may have.</param>
    /// <param name="most">How many there may be at once.</param>
    public static TrafficDemand Unplanned(IReadOnlyList<VehicleType> types, int most)
    {
        var never = new double[most];
        Array.Fill(never, double.PositiveInfinity);
        return new("")
        {
            types = [.. types], ids = [.. Enumerable.Range(0, most).Select(i => i.ToString(CultureInfo.InvariantCulture))], depart = never, type = new int[most], routed = new bool[most], departLane = new int[most],
            departSpeed = new float[most], departPosition = new float[most], arrivalPosition = new float[most], routeOf = new int[most], routeFirst = [0], routeLength = [0],
        };
    }

    /// <summary>The file that it was read from, as the caller named it.</summary>
    public string File { get; }

    /// <summary>How many trips there are; they are numbered from 0 in order of departure.</summary>
    public int Count => ids.Length;

    /// <summary>The identifier of a trip in the file.</summary>
    public string Id(int trip) => ids[trip];

    /// <summary>When each trip is to depart, in seconds.</summary>
    public ReadOnlySpan<double> Depart => depart;

    /// <summary>The vehicle type of a trip.</summary>
    public VehicleType TypeOf(int trip) => types[type[trip]];

    /// <summary>The vehicle types that occur.</summary>
    public IReadOnlyList<VehicleType> Types => types;

    /// <summary>The edges of a trip, from first to last; for a trip that names only its ends, the fastest way through the empty network.</summary>
    public ReadOnlySpan<int> Route(int trip) => routeEdges.AsSpan(routeFirst[routeOf[trip]], routeLength[routeOf[trip]]);

    /// <summary>Whether a flow leaves its beginning or its end to the simulation or to an interval.</summary>
    public bool HasOpenFlows { get; internal init; }

    /// <summary>Flows whose departures are left to chance: another simulator draws other ones.</summary>
    public IReadOnlySet<string> DrawnFlows { get; internal init; } = new HashSet<string>();

    /// <summary>What the file contains and this demand leaves out, a sentence each; empty where nothing is left out.</summary>
    public IReadOnlyList<string> Notes => notes;
}
