namespace Dalgu.Signals.Measures;

/// <summary>The measures of a run from its trips, as the benchmark defines them. Delay and times in seconds: <c>RescoDelay</c> is the mean over all planned trips
/// of time lost and departure delay, of those never inserted the time from planned departure to the end; travel, waiting and stops are means over those inserted.
/// <c>Speed</c> in metres a second is all distance over all time in the network and outside of it. Emissions in kilograms.</summary>
/// <remarks>RESCO, utils/readXML.py; docs/desks/signals/measures.md.</remarks>
internal sealed record RunMeasures(double RescoDelay, double Speed, double MeanTravel, double MeanWait, double Stops, int Departed, int Arrived, int NeverDeparted, double Co2Kg, double NoxKg)
{
    /// <summary>Adds trips up.</summary>
    /// <param name="trips">What each inserted vehicle did.</param>
    /// <param name="planned">Planned departures of the window by trip.</param>
    /// <param name="end">The second at which the run ended.</param>
    public static RunMeasures Of(IReadOnlyList<Trip> trips, IReadOnlyDictionary<string, double> planned, double end)
    {
        double loss = 0, outside = 0, metres = 0, seconds = 0, wait = 0, co2 = 0, nox = 0;
        var (stops, arrived, never) = (0L, 0, 0);
        var inserted = new HashSet<string>(trips.Count, StringComparer.Ordinal);
        foreach (var trip in trips)
        {
            inserted.Add(trip.Id);
            loss += trip.TimeLoss + trip.DepartDelay;
            outside += trip.DepartDelay;
            metres += trip.RouteLength;
            seconds += trip.Duration;
            wait += trip.WaitingTime;
            stops += trip.Stops;
            co2 += trip.Co2Kg;
            nox += trip.NoxKg;
            if (trip.Arrived) arrived++;
        }
        double locked = 0;
        foreach (var (id, depart) in planned)
        {
            if (inserted.Contains(id)) continue;
            locked += end - depart;
            never++;
        }
        var n = Math.Max(1, trips.Count);
        return new((loss + locked) / Math.Max(1, trips.Count + never), metres / Math.Max(1e-9, seconds + outside + locked), seconds / n, wait / n, (double)stops / n, trips.Count, arrived, never, co2, nox);
    }
}
