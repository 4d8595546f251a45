namespace Dalgu.Signals.Measures;

/// <summary>What vehicles did on an edge, the junction behind it included. Metres, seconds, milligrams.</summary>
internal struct EdgeTotals
{
    public int Entered;
    public double Metres, Seconds, Waiting, Lost;
    public int Stops;
    public double Co2, Nox;

    public void Add(in EdgeTotals other)
    {
        Entered += other.Entered;
        Metres += other.Metres;
        Seconds += other.Seconds;
        Waiting += other.Waiting;
        Lost += other.Lost;
        Stops += other.Stops;
        Co2 += other.Co2;
        Nox += other.Nox;
    }
}

/// <summary>What vehicles met at a link with a signal.</summary>
internal struct LinkTotals
{
    /// <summary>Vehicles that passed its stop line, and the seconds by which their approach took longer than at free speed.</summary>
    public int Served;
    public double Delay;

    /// <summary>Vehicles that reached a queue or the stop line, and those of them that met green.</summary>
    public int Arrivals, OnGreen;

    /// <summary>Vehicles that were still waiting when the next green began.</summary>
    public int SplitFailures;

    /// <summary>Mean control delay in seconds.</summary>
    public readonly double ControlDelay => Served == 0 ? 0 : Delay / Served;

    /// <summary>The share of arrivals that met green.</summary>
    public readonly double ShareOnGreen => Arrivals == 0 ? 0 : (double)OnGreen / Arrivals;

    public void Add(in LinkTotals other)
    {
        Served += other.Served;
        Delay += other.Delay;
        Arrivals += other.Arrivals;
        OnGreen += other.OnGreen;
        SplitFailures += other.SplitFailures;
    }
}
