using Dalgu.Signals.Engines;
using Dalgu.Signals.Measures;
using Dalgu.Signals.Streets;
using Xunit;

namespace Dalgu.Signals.Tests;

/// <summary>What counts as gridlock while others still arrive.</summary>
public sealed class TrafficWatchTest
{
    /// <summary>Who stands on a street for longer than any red lasts stands for good, though nobody is inside a junction and others arrive every second.</summary>
    [Fact]
    public void A_vehicle_that_stands_on_a_street_for_ten_minutes_is_gridlock()
    {
        var engine = new Standing(Crossroads.Map());
        var watch = new TrafficWatch(engine.Map);
        for (var second = 1; second < 600; second++) Step(engine, watch, speed: 0);
        Assert.False(watch.Gridlock);
        Step(engine, watch, speed: 0);
        Assert.True(watch.Gridlock);
    }

    /// <summary>Whoever creeps on in between waits in a queue.</summary>
    [Fact]
    public void A_vehicle_that_moves_up_once_in_five_minutes_is_none()
    {
        var engine = new Standing(Crossroads.Map());
        var watch = new TrafficWatch(engine.Map);
        for (var second = 1; second < 3600; second++) Step(engine, watch, second % 300 == 0 ? 1 : 0);
        Assert.False(watch.Gridlock);
    }

    private static void Step(Standing engine, TrafficWatch watch, double speed)
    {
        engine.Speed = speed;
        engine.Step();
        watch.Step(engine, null);
    }

    /// <summary>One vehicle on an arm of the crossroads; another arrives every second.</summary>
    private sealed class Standing : ITrafficEngine
    {
        private readonly int vehicle;

        public Standing(StreetMap map)
        {
            (Map, Traffic) = (map, new Vehicles(map));
            vehicle = Traffic.Enter([map.EdgeNumbers["in0"], map.EdgeNumbers["out2"]], 5);
        }

        public double Speed { get; set; }
        public double Time { get; private set; }
        public StreetMap Map { get; }
        public Vehicles Traffic { get; }
        public (int Departed, int Arrived) Counts => ((int)Time + 1, (int)Time);

        public void Step()
        {
            Time++;
            Traffic.Move(vehicle, Map.LaneNumbers["in0_0"], 190, Speed);
        }

        public void Show(int signal, string state)
        {
        }

        public IReadOnlyList<Trip> Finish() => [];

        public void Dispose()
        {
        }
    }
}
