using System.Globalization;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Traffic.Simulation.Tests.Engine;

/// <summary>The engine beside SUMO 1.15 on the shared scenarios; SUMO's figures were measured once (baselines.csv there, controller fixed, teleport off).</summary>
public class RefereeTests
{
    [Theory, Slow]
    [InlineData("cologne1", 0.03)]
    [InlineData("cologne3", 0.05)]
    [InlineData("ingolstadt1", 0.03)]
    [InlineData("ingolstadt21", 0.10)]
    [InlineData("grid4x4", 0.03)]
    [InlineData("arterial4x4", 0.03)]
    public void Travel_time_and_delay_over_five_seeds_are_as_near_to_the_referee_as_the_page_says(string name, double tolerance)
    {
        var scenario = Scenario.OrSkip(name);
        var (network, demand) = scenario.Load();
        var totals = new TripTotals[5];
        Parallel.For(0, totals.Length, seed =>
        {
            var sim = new TrafficSimulation(network, demand, scenario.Begin, (ulong)seed + 1);
            while (sim.Time < scenario.End) sim.Step();
            totals[seed] = sim.Totals();
        });
        var (travel, delay) = Referee(name);
        Assert.InRange(totals.Average(t => t.MeanTravel) / travel, 1 - tolerance, 1 + tolerance);
        Assert.InRange(totals.Average(t => t.RescoDelay) / delay, 1 - tolerance, 1 + tolerance);
    }

    [Fact]
    public void Trips_between_two_places_take_the_referees_way_through_the_empty_network()
    {
        // SUMO 1.15 gives each of the 10 pairs of ends in ingolstadt1 one route in the whole hour, and that is the fastest way through the empty network.
        var (_, demand) = Scenario.OrSkip("ingolstadt1").Load();
        var routes = new Dictionary<(int, int), int[]>();
        for (var trip = 0; trip < demand.Count; trip++)
        {
            var route = demand.Route(trip).ToArray();
            Assert.Equal(route, routes.TryAdd((route[0], route[^1]), route) ? route : routes[(route[0], route[^1])]);
        }
        Assert.Equal(10, routes.Count);
    }

    private static (double Travel, double Delay) Referee(string name)
    {
        var rows = File.ReadLines(SharedData.PathOrSkip("data", "traffic", "baselines.csv")).Select(l => l.Split(',')).ToList();
        double[] Column(string column) => [.. rows.Skip(1).Where(r => r[0] == name && r[1] == "fixed" && r[5] == "-1").Select(r => double.Parse(r[Array.IndexOf(rows[0], column)], CultureInfo.InvariantCulture))];
        return (Column("mean_travel_s").Average(), Column("resco_delay_s").Average());
    }
}
