namespace Dalgu.Signals.Logs;

/// <summary>What one phase of a controller did: cycles, arrivals, terminations, volumes. Sums only, so that a log of any length fits.</summary>
internal sealed class PhaseLog
{
    private readonly SortedDictionary<DateTime, int> volumes = [];
    private readonly TimeSpan interval;
    private readonly PhaseCycles cycles = new();
    private readonly SplitFailures splits = new();
    private int redNow, greenNow, yellowNow, lastEnd;
    private TimeSpan redTimes; // of the arrivals on red of the cycle under way, since its beginning

    public PhaseLog(TimeSpan interval) => this.interval = interval;

    public int Cycles { get; private set; }
    public TimeSpan Red { get; private set; }
    public TimeSpan Green { get; private set; }
    public TimeSpan Yellow { get; private set; }

    /// <summary>Vehicles counted, whether their cycle is whole or not.</summary>
    public int Volume { get; private set; }

    /// <summary>Vehicles that came to the stop line in red, green and yellow of whole cycles.</summary>
    public int OnRed { get; private set; }
    public int OnGreen { get; private set; }
    public int OnYellow { get; private set; }

    /// <summary>The time from the arrivals on red to their green.</summary>
    public TimeSpan Delay { get; private set; }
    public int GapOuts { get; private set; }
    public int MaxOuts { get; private set; }
    public int ForceOffs { get; private set; }

    /// <summary>Greens that ended without a reason since the last ended.</summary>
    public int Unknown { get; private set; }
    public int Walks { get; private set; }

    /// <summary>Greens that could be judged for split failure, and those that failed.</summary>
    public (int Judged, int Failed) Splits => (splits.Judged, splits.Failed);

    /// <summary>Vehicles by interval, those without vehicles between the first and the last included.</summary>
    public IEnumerable<(DateTime Start, int Vehicles)> Volumes
    {
        get
        {
            if (volumes.Count == 0) yield break;
            var last = volumes.Keys.Last();
            for (var start = volumes.Keys.First(); start <= last; start += interval) yield return (start, volumes.GetValueOrDefault(start));
        }
    }

    /// <summary>An event of the phase.</summary>
    public void Add(DateTime time, int code)
    {
        if (code is EventCode.BeginGreen or EventCode.BeginYellow or EventCode.EndYellow) Change(time, code);
        else if (code == EventCode.BeginWalk) Walks++;
        else if (code is >= EventCode.GapOut and <= EventCode.GreenTermination)
        {
            if (code == EventCode.GapOut) GapOuts++;
            else if (code == EventCode.MaxOut) MaxOuts++;
            else if (code == EventCode.ForceOff) ForceOffs++;
            else if (lastEnd == EventCode.GreenTermination) Unknown++;
            lastEnd = code;
        }
    }

    /// <summary>A vehicle comes to the stop line.</summary>
    public void Arrive(DateTime time)
    {
        Volume++;
        var start = new DateTime(time.Ticks - time.Ticks % interval.Ticks);
        volumes[start] = volumes.GetValueOrDefault(start) + 1;
        if (cycles.Start is not { } began) return;
        if (cycles.Yellow is not null) yellowNow++;
        else if (cycles.Green is not null) greenNow++;
        else
        {
            redNow++;
            redTimes += time - began;
        }
    }

    /// <summary>A vehicle comes to stand at the stop line, or leaves it.</summary>
    public void Occupy(DateTime time, int channel, bool occupied) => splits.Detect(time, channel, occupied);

    private void Change(DateTime time, int code)
    {
        splits.Change(time, code);
        if (cycles.Add(time, code, out var cycle))
        {
            Cycles++;
            Red += cycle.RedTime;
            Green += cycle.GreenTime;
            Yellow += cycle.YellowTime;
            OnRed += redNow;
            OnGreen += greenNow;
            OnYellow += yellowNow;
            Delay += redNow * cycle.RedTime - redTimes;
        }
        if (code == EventCode.EndYellow || cycles.Start is null) (redNow, greenNow, yellowNow, redTimes) = (0, 0, 0, default);
    }
}
