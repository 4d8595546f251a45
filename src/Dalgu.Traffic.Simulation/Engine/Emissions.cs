using Dalgu.Traffic.Simulation.Demand;

namespace Dalgu.Traffic.Simulation.Engine;

internal static class Emissions
{
    public static double Co2(EmissionClass kind, double speed, double accel) => 0;
    public static double Nox(EmissionClass kind, double speed, double accel) => 0;
}
