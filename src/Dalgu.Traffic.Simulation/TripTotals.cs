namespace Dalgu.Traffic.Simulation;

/// <summary>Sums over trips, and the measures that the RESCO benchmark and the speed target look at. Seconds, metres, milligrams.</summary>
public sealed class TripTotals
{
    /// <summary>Vehicles that got onto the road.</summary>
    public int Departed { get; private set; }

    /// <summary>Of these, those that reached their end.</summary>
    public int Arrived { get; private set; }

    /// <summary>Vehicles that found no room to enter.</summary>
    public int NeverDeparted { get; private set; }

    /// <summary>The sum of the times on the road.</summary>
    public double Duration { get; private set; }

    /// <summary>The sum of the times lost on the road.</summary>
    public double TimeLoss { get; private set; }

    /// <summary>The sum of the delays before departure, of the vehicles that departed.</summary>
    public double DepartDelay { get; private set; }

    /// <summary>The sum of the times that the vehicles which never departed have waited.</summary>
    public double Outside { get; private set; }

    /// <summary>The sum of the times below 0.1 m/s.</summary>
    public double Waiting { get; private set; }

    /// <summary>How often vehicles stopped.</summary>
    public long Stops { get; private set; }

    /// <summary>The sum of the ways driven.</summary>
    public double Distance { get; private set; }

    /// <summary>Carbon dioxide.</summary>
    public double Co2 { get; private set; }

    /// <summary>Nitrogen oxides.</summary>
    public double Nox { get; private set; }

    /// <summary>The mean time on the road, finished or not.</summary>
    public double MeanTravel => Departed == 0 ? 0 : Duration / Departed;

    /// <summary>The mean time below 0.1 m/s.</summary>
    public double MeanWaiting => Departed == 0 ? 0 : Waiting / Departed;

    /// <summary>The delay as the RESCO benchmark defines it: time loss and departure delay, and for a vehicle that never departed all its waiting, over all vehicles.</summary>
    public double RescoDelay => Departed + NeverDeparted == 0 ? 0 : (TimeLoss + DepartDelay + Outside) / (Departed + NeverDeparted);

    /// <summary>The way driven over the time on the road and outside, in m/s.</summary>
    public double SpeedWithBacklog => Duration + DepartDelay + Outside <= 0 ? 0 : Distance / (Duration + DepartDelay + Outside);

    /// <summary>Adds a trip that departed.</summary>
    public void Add(in TripRecord trip)
    {
        Departed++;
        if (trip.Arrived) Arrived++;
        Duration += trip.Duration;
        TimeLoss += trip.TimeLoss;
        DepartDelay += trip.DepartDelay;
        Waiting += trip.WaitingTime;
        Stops += trip.WaitingCount;
        Distance += trip.RouteLength;
        Co2 += trip.Co2;
        Nox += trip.Nox;
    }

    /// <summary>Adds a trip that never departed.</summary>
    public void AddNeverDeparted(double waited)
    {
        NeverDeparted++;
        Outside += waited;
    }
}
