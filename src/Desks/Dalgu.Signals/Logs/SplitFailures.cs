namespace Dalgu.Signals.Logs;

/// <summary>Finds greens that were too short for their queue: the stop line was occupied through more than 79 % of the green and of the first 5 s of red after it.</summary>
/// <remarks>Purdue split failure, as Utah DOT's ATSPM defines it: green and red occupancy ratios.</remarks>
internal sealed class SplitFailures
{
    private const double Limit = 0.79;
    private static readonly TimeSpan RedLooked = TimeSpan.FromSeconds(5);
    private readonly HashSet<int> on = [];
    private DateTime last;
    private bool seen; // where no detector ever reports, nothing can be judged
    private DateTime? greenFrom, greenTo, redFrom;
    private TimeSpan inGreen, inRed;

    /// <summary>Greens that could be judged.</summary>
    public int Judged { get; private set; }

    /// <summary>Those of them that were too short.</summary>
    public int Failed { get; private set; }

    /// <summary>A presence detector goes on or off.</summary>
    public void Detect(DateTime time, int channel, bool occupied)
    {
        seen = true;
        Pass(time);
        if (occupied) on.Add(channel);
        else on.Remove(channel);
    }

    /// <summary>The signal changes.</summary>
    public void Change(DateTime time, int code)
    {
        Pass(time);
        if (code == EventCode.BeginGreen) (greenFrom, greenTo, redFrom, inGreen, inRed) = (time, null, null, default, default);
        else if (code == EventCode.BeginYellow && greenFrom is not null) greenTo = time;
        else if (code == EventCode.EndYellow && greenTo is not null) redFrom = time;
    }

    private void Pass(DateTime time)
    {
        if (on.Count > 0)
        {
            if (greenFrom is { } g) inGreen += Overlap(g, greenTo ?? time, time);
            if (redFrom is { } r) inRed += Overlap(r, r + RedLooked, time);
        }
        last = time;
        if (redFrom is not { } red || time < red + RedLooked) return;
        var green = greenTo!.Value - greenFrom!.Value;
        if (green > TimeSpan.Zero && seen)
        {
            Judged++;
            if (inGreen > green * Limit && inRed > RedLooked * Limit) Failed++;
        }
        (greenFrom, greenTo, redFrom) = (null, null, null);
    }

    /// <summary>How much of the time since the last event lies between two instants.</summary>
    private TimeSpan Overlap(DateTime from, DateTime to, DateTime now)
    {
        var a = last > from ? last : from;
        var b = now < to ? now : to;
        return b > a ? b - a : TimeSpan.Zero;
    }
}
