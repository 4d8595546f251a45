namespace Dalgu.Signals.Logs;

/// <summary>Brings the events of several files into the order of time, with no more of them in memory than a window for each file.</summary>
internal static class EventLogOrder
{
    /// <summary>How many events of a file may be out of order at once: a file with fewer may have any order.</summary>
    public const int Window = 500_000;

    /// <summary>The events of all files, earliest first; those of one time in the order of the files.</summary>
    public static IEnumerable<LogEvent> Merge(IReadOnlyList<string> files, int window = Window)
    {
        var heads = new PriorityQueue<IEnumerator<LogEvent>, (DateTime, int)>();
        var open = new List<IEnumerator<LogEvent>>();
        try
        {
            for (var f = 0; f < files.Count; f++)
            {
                var events = Sorted(files[f], window).GetEnumerator();
                open.Add(events);
                if (events.MoveNext()) heads.Enqueue(events, (events.Current.Time, f));
            }
            while (heads.TryDequeue(out var next, out var at))
            {
                yield return next.Current;
                if (next.MoveNext()) heads.Enqueue(next, (next.Current.Time, at.Item2));
            }
        }
        finally
        {
            foreach (var events in open) events.Dispose();
        }
    }

    private static IEnumerable<LogEvent> Sorted(string file, int window)
    {
        var waiting = new PriorityQueue<LogEvent, (DateTime, long)>();
        var last = DateTime.MinValue;
        var number = 0L;
        foreach (var found in EventLogReader.Read(file))
        {
            if (found.Time < last) throw new Problem(ProblemKind.BadRequestData, $"{file}: event {number + 1} of {found.Time:yyyy-MM-dd HH:mm:ss.f} comes more than {window} events too late; sort the file by time.");
            waiting.Enqueue(found, (found.Time, number++));
            if (waiting.Count <= window) continue;
            var first = waiting.Dequeue();
            last = first.Time;
            yield return first;
        }
        while (waiting.TryDequeue(out var rest, out _)) yield return rest;
    }
}
