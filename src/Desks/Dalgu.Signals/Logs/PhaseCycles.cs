namespace Dalgu.Signals.Logs;

/// <summary>One cycle of a phase from the beginning of red to the next: the cycle of the Purdue coordination diagram.</summary>
internal readonly record struct RedToRedCycle(DateTime Start, DateTime Green, DateTime Yellow, DateTime End)
{
    public TimeSpan RedTime => Green - Start;
    public TimeSpan GreenTime => Yellow - Green;
    public TimeSpan YellowTime => End - Yellow;
    public TimeSpan Total => End - Start;
}

/// <summary>Finds the cycles of one phase in its events. A cycle that lacks an event is left out.</summary>
internal sealed class PhaseCycles
{
    private DateTime? start, green, yellow;

    /// <summary>The beginning of red of the cycle that is under way; null where none is.</summary>
    public DateTime? Start => start;

    /// <summary>The beginning of its green, where that has come.</summary>
    public DateTime? Green => green;

    /// <summary>The beginning of its yellow, where that has come.</summary>
    public DateTime? Yellow => yellow;

    /// <summary>Takes an event of the phase; true where it ends a whole cycle.</summary>
    public bool Add(DateTime time, int code, out RedToRedCycle cycle)
    {
        cycle = default;
        switch (code)
        {
            case EventCode.BeginGreen when green is null:
                green = time;
                break;
            case EventCode.BeginGreen:
                (start, green, yellow) = (null, time, null); // the red between is missing
                break;
            case EventCode.BeginYellow:
                yellow = time;
                break;
            case EventCode.EndYellow:
                var whole = start is not null && green is not null && yellow > green;
                if (whole) cycle = new RedToRedCycle(start!.Value, green!.Value, yellow!.Value, time);
                (start, green, yellow) = (time, null, null);
                return whole;
        }
        return false;
    }
}
