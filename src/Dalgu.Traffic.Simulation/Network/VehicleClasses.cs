namespace Dalgu.Traffic.Simulation.Network;

/// <summary>A set of vehicle classes, one bit each: who may use a lane. The default value is nobody.</summary>
/// <remarks>Names as in SUMO's <c>allow</c>, <c>disallow</c> and <c>vClass</c>.</remarks>
public readonly record struct VehicleClasses(uint Bits)
{
    private static readonly string[] Names =
    [
        "private", "emergency", "authority", "army", "vip", "pedestrian", "passenger", "hov", "taxi", "bus", "coach", "delivery", "truck", "trailer",
        "motorcycle", "moped", "bicycle", "evehicle", "tram", "rail_urban", "rail", "rail_electric", "rail_fast", "ship", "custom1", "custom2",
    ];

    /// <summary>Every class.</summary>
    public static VehicleClasses All { get; } = new((1u << Names.Length) - 1);

    /// <summary>Nobody.</summary>
    public static VehicleClasses None => default;

    /// <summary>Passenger cars: the class of a vehicle type that names none.</summary>
    public static VehicleClasses Passenger { get; } = Named("passenger")!.Value;

    /// <summary>Pedestrians.</summary>
    public static VehicleClasses Pedestrian { get; } = Named("pedestrian")!.Value;

    /// <summary>Whether all classes of the other set are in this one.</summary>
    public bool Contains(VehicleClasses other) => (Bits & other.Bits) == other.Bits;

    /// <summary>The class of that name, or null where there is none. What is "ignoring" asks for no class, so every lane takes it.</summary>
    public static VehicleClasses? Named(string name)
    {
        if (name == "ignoring") return None;
        var at = Array.IndexOf(Names, name);
        return at < 0 ? null : new(1u << at);
    }

    /// <summary>What <c>allow</c> and <c>disallow</c> of a lane together admit. Unknown names (of later SUMO versions) are left out.</summary>
    public static VehicleClasses Of(string? allow, string? disallow)
    {
        if (allow is not null) return allow == "all" ? All : Join(allow);
        return disallow is null ? All : disallow == "all" ? None : new(All.Bits & ~Join(disallow).Bits);
    }

    private static VehicleClasses Join(string names)
    {
        uint bits = 0;
        foreach (var name in names.Split(' ', StringSplitOptions.RemoveEmptyEntries)) bits |= Named(name)?.Bits ?? 0;
        return new(bits);
    }
}
