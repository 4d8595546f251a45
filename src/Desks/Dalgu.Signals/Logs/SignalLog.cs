namespace Dalgu.Signals.Logs;

/// <summary>One controller in a log.</summary>
internal sealed class SignalLog(TimeSpan interval)
{
    /// <summary>Its phases by number.</summary>
    public SortedDictionary<int, PhaseLog> Phases { get; } = [];
    public PreemptLog Preempts { get; } = new();

    /// <summary>The phase of a number.</summary>
    public PhaseLog Phase(int number) => Phases.TryGetValue(number, out var phase) ? phase : Phases[number] = new PhaseLog(interval);
}

/// <summary>Measures controllers' logs: one pass, events in the order of time, vehicles at the time at which they are at the stop line.</summary>
internal sealed class LogMeasures
{
    private readonly TimeSpan interval;
    private readonly Dictionary<(string, int), LogDetector> detectors = [];
    private readonly bool given;
    private readonly PriorityQueue<(LogEvent Event, LogDetector? Detector), (DateTime, long)> coming = new();
    private readonly TimeSpan early; // the most by which a vehicle is at the stop line before its event
    private long number;

    /// <param name="detectors">The detectors; null where a channel is taken to count vehicles of the phase of the same number, at the stop line.</param>
    /// <param name="interval">The length of the intervals of volumes.</param>
    public LogMeasures(IReadOnlyList<LogDetector>? detectors, TimeSpan interval)
    {
        this.interval = interval;
        if (detectors is null) return;
        given = true;
        foreach (var detector in detectors) this.detectors[(detector.Signal, detector.Channel)] = detector;
        early = detectors.Count == 0 ? default : detectors.Min(d => d.Shift);
        if (early > TimeSpan.Zero) early = default;
    }

    /// <summary>The controllers by name.</summary>
    public SortedDictionary<string, SignalLog> Signals { get; } = new(StringComparer.Ordinal);
    public long Events { get; private set; }
    public DateTime? First { get; private set; }
    public DateTime? Last { get; private set; }

    /// <summary>Takes all events, earliest first.</summary>
    public void AddAll(IEnumerable<LogEvent> events)
    {
        foreach (var found in events) Add(found);
        while (coming.TryDequeue(out var rest, out var at)) Arrive(rest.Event, rest.Detector, at.Item1);
    }

    private void Add(in LogEvent found)
    {
        Events++;
        First ??= found.Time;
        Last = found.Time;
        if (found.Code is EventCode.DetectorOn or EventCode.DetectorOff) Detect(found);
        else if (IsPhase(found.Code) || IsPreempt(found.Code)) Enqueue(found, null, found.Time);
        // Nothing can come any more that lies before this.
        while (coming.TryPeek(out _, out var at) && at.Item1 <= found.Time + early)
        {
            var next = coming.Dequeue();
            Arrive(next.Event, next.Detector, at.Item1);
        }
    }

    private void Detect(in LogEvent found)
    {
        if (!detectors.TryGetValue((found.Signal, found.Parameter), out var detector))
        {
            if (given) return;
            detectors[(found.Signal, found.Parameter)] = detector = new LogDetector(found.Signal, found.Parameter, found.Parameter, DetectorUse.Count, default);
        }
        if (detector.Use == DetectorUse.Presence) Enqueue(found, detector, found.Time);
        else if (found.Code == EventCode.DetectorOn) Enqueue(found, detector, found.Time + detector.Shift);
    }

    /// <summary>At one time the signal changes first: who comes as it becomes green meets green.</summary>
    private void Enqueue(in LogEvent found, LogDetector? detector, DateTime at) => coming.Enqueue((found, detector), (at, detector is null ? number++ : number++ + long.MaxValue / 2));

    private void Arrive(in LogEvent found, LogDetector? detector, DateTime time)
    {
        if (!Signals.TryGetValue(found.Signal, out var signal)) Signals[found.Signal] = signal = new SignalLog(interval);
        if (detector is null)
        {
            if (IsPreempt(found.Code)) signal.Preempts.Add(time, found.Code, found.Parameter);
            else signal.Phase(found.Parameter).Add(time, found.Code);
        }
        else if (detector.Use == DetectorUse.Presence) signal.Phase(detector.Phase).Occupy(time, found.Parameter, found.Code == EventCode.DetectorOn);
        else signal.Phase(detector.Phase).Arrive(time);
    }

    private static bool IsPhase(int code) => code is EventCode.BeginGreen or (>= EventCode.GapOut and <= EventCode.EndYellow) or EventCode.BeginWalk;

    private static bool IsPreempt(int code) => code is EventCode.PreemptEntry or EventCode.PreemptDwell or EventCode.PreemptExit;
}
