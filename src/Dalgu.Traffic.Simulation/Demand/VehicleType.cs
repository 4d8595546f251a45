using Dalgu.Traffic.Simulation.Network;

namespace Dalgu.Traffic.Simulation.Demand;

/// <summary>Which of the fitted emission curves a vehicle type follows.</summary>
public enum EmissionClass : byte
{
    /// <summary>A petrol car of Euro 4.</summary>
    PetrolCar,
    /// <summary>A city bus or coach.</summary>
    Bus,
    /// <summary>A heavy goods vehicle.</summary>
    HeavyGoods,
    /// <summary>A light commercial vehicle.</summary>
    LightGoods,
    /// <summary>No emissions: bicycles, electric vehicles.</summary>
    None,
}

/// <summary>How vehicles of one kind drive. Lengths in metres, speeds in m/s, accelerations in m/s².</summary>
/// <remarks>Defaults by vehicle class: SUMO 1.15, as its <c>vehicletype</c> domain answers for a type that sets only <c>vClass</c>.</remarks>
public sealed record VehicleType
{
    /// <summary>The id in the file.</summary>
    public required string Id { get; init; }

    /// <summary>The class that permissions of lanes look at.</summary>
    public VehicleClasses Class { get; init; } = VehicleClasses.Passenger;

    /// <summary>Bumper to bumper.</summary>
    public double Length { get; init; } = 5;

    /// <summary>The gap that stays free to the vehicle in front when both stand.</summary>
    public double MinGap { get; init; } = 2.5;

    /// <summary>The largest acceleration.</summary>
    public double Accel { get; init; } = 2.6;

    /// <summary>The braking that a driver plans with.</summary>
    public double Decel { get; init; } = 4.5;

    /// <summary>The hardest braking.</summary>
    public double EmergencyDecel { get; init; } = 9;

    /// <summary>Krauss' imperfection, 0 to 1.</summary>
    public double Sigma { get; init; } = 0.5;

    /// <summary>The time gap to the vehicle in front, in seconds.</summary>
    public double Tau { get; init; } = 1;

    /// <summary>The vehicle's own top speed.</summary>
    public double MaxSpeed { get; init; } = 200 / 3.6;

    /// <summary>The mean of the factor by which drivers exceed speed limits.</summary>
    public double SpeedFactor { get; init; } = 1;

    /// <summary>The standard deviation of that factor among drivers.</summary>
    public double SpeedDeviation { get; init; } = 0.1;

    /// <summary>The smallest factor that is drawn.</summary>
    public double LowestSpeedFactor { get; init; } = 0.2;

    /// <summary>The largest factor that is drawn.</summary>
    public double HighestSpeedFactor { get; init; } = 2;

    /// <summary>The impatience that drivers start with, 0 to 1.</summary>
    public double Impatience { get; init; }

    /// <summary>The emission curve.</summary>
    public EmissionClass Emissions { get; init; } = EmissionClass.PetrolCar;

    /// <summary>The type with the defaults of a class, or null where vehicles of that class are not simulated (pedestrians, trains, ships).</summary>
    public static VehicleType? Default(string id, string vehicleClass)
    {
        if (VehicleClasses.Named(vehicleClass) is not { } named) return null;
        var type = new VehicleType { Id = id, Class = named };
        return vehicleClass switch
        {
            "bus" => type with { Length = 12, Accel = 1.2, Decel = 4, EmergencyDecel = 7, MaxSpeed = 100 / 3.6, SpeedDeviation = 0, Emissions = EmissionClass.Bus },
            "coach" => type with { Length = 14, Accel = 2, Decel = 4, EmergencyDecel = 7, MaxSpeed = 100 / 3.6, SpeedDeviation = 0.05, Emissions = EmissionClass.Bus },
            "truck" => type with { Length = 7.1, Accel = 1.3, Decel = 4, EmergencyDecel = 7, MaxSpeed = 130 / 3.6, SpeedDeviation = 0.05, Emissions = EmissionClass.HeavyGoods },
            "trailer" => type with { Length = 16.5, Accel = 1.1, Decel = 4, EmergencyDecel = 7, MaxSpeed = 130 / 3.6, SpeedDeviation = 0.05, Emissions = EmissionClass.HeavyGoods },
            "delivery" => type with { Length = 6.5, SpeedDeviation = 0.05, Emissions = EmissionClass.LightGoods },
            "emergency" => type with { Length = 6.5, SpeedDeviation = 0, Emissions = EmissionClass.LightGoods },
            "taxi" => type with { SpeedDeviation = 0.05 },
            "motorcycle" => type with { Length = 2.2, Accel = 6, Decel = 10, EmergencyDecel = 10, Emissions = EmissionClass.LightGoods },
            "moped" => type with { Length = 2.1, Accel = 1.1, Decel = 7, EmergencyDecel = 10, MaxSpeed = 60 / 3.6, Emissions = EmissionClass.LightGoods },
            "bicycle" => type with { Length = 1.6, MinGap = 0.5, Accel = 1.2, Decel = 3, EmergencyDecel = 7, MaxSpeed = 50 / 3.6, Emissions = EmissionClass.None },
            "evehicle" => type with { Emissions = EmissionClass.None },
            "pedestrian" or "tram" or "rail_urban" or "rail" or "rail_electric" or "rail_fast" or "ship" => null,
            _ => type,
        };
    }
}
