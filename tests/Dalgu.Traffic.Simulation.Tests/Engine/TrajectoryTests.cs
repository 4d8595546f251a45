using System.Numerics;
using Dalgu.Traffic.Simulation.Demand;
using Dalgu.Traffic.Simulation.Network;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Traffic.Simulation.Tests.Engine;

/// <summary>Every state of every vehicle over an hour, as one checksum: whoever makes the engine faster must not change a bit of it.</summary>
/// <remarks>The checksums are of this engine itself, of 2026-11-24. Whoever means to change how vehicles drive measures the tables of docs/desks/signals/validation.md anew, then writes the new ones down here.</remarks>
public class TrajectoryTests
{
    [Theory, Slow]
    [InlineData("cologne1", "619A0B66CC32DDEE")]
    [InlineData("cologne3", "69A307118B760DD6")]
    [InlineData("ingolstadt1", "42012C584B2D5F15")]
    [InlineData("ingolstadt21", "AB9AA9B490F3C1C7")]
    [InlineData("grid4x4", "738BC7BC6B5BA977")]
    [InlineData("arterial4x4", "A87B9F423FFD1F48")]
    public void An_hour_of_a_scenario_is_to_the_bit_what_it_was(string name, string expected)
    {
        var scenario = Scenario.OrSkip(name);
        var (network, demand) = scenario.Load();
        Assert.Equal(expected, Hour(network, demand, scenario.Begin));
    }

    [Theory]
    [InlineData(false, "AD6726564FB9FD17")]
    [InlineData(true, "9464DB785929DD2E")]
    public void An_hour_of_a_made_up_grid_is_to_the_bit_what_it_was(bool permissive, string expected)
    {
        var folder = Directory.CreateTempSubdirectory("dalgu-hour");
        try
        {
            var (net, rou) = (Path.Combine(folder.FullName, "grid.net.xml"), Path.Combine(folder.FullName, "grid.rou.xml"));
            File.WriteAllText(net, GridNetwork.Network(3, 3, permissive));
            File.WriteAllText(rou, GridNetwork.Demand(3, 3, 1800, 0.7, 5));
            var network = NetworkReader.Read(net);
            Assert.Equal(expected, Hour(network, DemandReader.Read(rou, network), 0));
        }
        finally
        {
            folder.Delete(true);
        }
    }

    /// <summary>Drives an hour; every ten minutes it goes back to where it was some time before, so that snapshots are held to the same.</summary>
    private static string Hour(RoadNetwork network, TrafficDemand demand, double begin)
    {
        var sim = new TrafficSimulation(network, demand, begin, 1);
        var snapshot = sim.NewSnapshot();
        ulong sum = 0;
        for (var second = 1; second <= 3600; second++)
        {
            sim.Step();
            if (second % 600 == 300) sim.Save(snapshot);
            if (second % 600 == 330)
            {
                sim.Restore(snapshot);
                for (var again = 0; again < 30; again++) sim.Step();
            }
            for (var lane = 0; lane < network.LaneCount; lane++)
                foreach (var vehicle in sim.Vehicles(lane))
                {
                    Add((ulong)lane << 32 | (uint)sim.TripOf(vehicle));
                    Add(BitConverter.DoubleToUInt64Bits(sim.Position(vehicle)));
                    Add(BitConverter.DoubleToUInt64Bits(sim.Speed(vehicle)));
                }
        }
        foreach (ref readonly var trip in sim.Trips)
        {
            Add(BitConverter.DoubleToUInt64Bits(trip.TimeLoss));
            Add(BitConverter.DoubleToUInt64Bits(trip.Co2));
        }
        Add((ulong)sim.Backlog);
        return sum.ToString("X16");

        void Add(ulong word) => sum = (BitOperations.RotateLeft(sum, 13) ^ word) * 0x9E3779B97F4A7C15;
    }
}
