namespace Dalgu.Signals.Logs;

/// <summary>One pre-emption: from when it dwelt at its phases to when it let go.</summary>
internal readonly record struct PreemptDwell(int Number, DateTime Start, DateTime End)
{
    public TimeSpan Time => End - Start;
}

/// <summary>Pre-emptions of one controller: how often each number entered, and each dwell.</summary>
internal sealed class PreemptLog
{
    private const int MostKept = 100_000;
    private readonly SortedDictionary<int, DateTime?> dwelling = [];
    private readonly List<PreemptDwell> dwells = [];

    /// <summary>Entries by number.</summary>
    public SortedDictionary<int, int> Entries { get; } = [];

    /// <summary>Each dwell from its beginning to the beginning of the exit interval.</summary>
    public IReadOnlyList<PreemptDwell> Dwells => dwells;

    /// <summary>An event of a pre-emption.</summary>
    public void Add(DateTime time, int code, int number)
    {
        if (code == EventCode.PreemptEntry) Entries[number] = Entries.GetValueOrDefault(number) + 1;
        else if (code == EventCode.PreemptDwell) dwelling[number] = time;
        else if (dwelling.GetValueOrDefault(number) is { } start)
        {
            if (dwells.Count < MostKept) dwells.Add(new PreemptDwell(number, start, time));
            dwelling[number] = null;
        }
    }
}
