using Dalgu.Traffic.Simulation.Demand;

namespace Dalgu.Traffic.Simulation.Engine;

/// <summary>What a vehicle emits in a second, in milligrams, as a polynomial in speed v and acceleration a: k₀ + k₁v + k₂v² + k₃av, never below 0, and 0 while it coasts.</summary>
/// <remarks>Fitted by least squares to what SUMO 1.15's tool emissionsDrivingCycle gives for HBEFA3/PC_G_EU4, Bus, HDV and LDV on a grid of speeds (0 to 20 m/s) and
/// accelerations (-4.5 to 2.5 m/s²); the mean deviation on that grid is below 0.1 %. For light goods vehicles that tool gives no NOx; the petrol car's curve stands in.</remarks>
internal static class Emissions
{
    public static double Co2(EmissionClass kind, double v, double a) => kind == EmissionClass.None || Coasts(v, a) ? 0 : Math.Max(0, kind switch
    {
        EmissionClass.Bus => 5286.12 + (575.83 + 1798.61 * a) * v,
        EmissionClass.HeavyGoods => 7380.56 + (486.944 + 1965.56 * a) * v,
        EmissionClass.LightGoods => 1997.78 + (-44.7222 + 6.48051 * v + 283.889 * a) * v,
        _ => 2624.72 + (-129.749 + 7.84991 * v + 260.667 * a) * v,
    });

    public static double Nox(EmissionClass kind, double v, double a) => kind == EmissionClass.None || Coasts(v, a) ? 0 : Math.Max(0, kind switch
    {
        EmissionClass.Bus => 60.75 + (3.13054 + 12.825 * a) * v,
        EmissionClass.HeavyGoods => 84.8889 + (2.64027 + 15.3556 * a) * v,
        _ => 1.20444 + (-0.0889992 + 0.00380826 * v + 0.123 * a) * v,
    });

    /// <summary>The engine is dragged along without fuel when the vehicle slows down more than air and wheels would slow it.</summary>
    private static bool Coasts(double v, double a) => v > 0.5 && a < -(0.0893 + 0.01376 * v);
}
