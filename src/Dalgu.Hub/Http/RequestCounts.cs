using System.Diagnostics;

namespace Dalgu.Hub.Http;

/// <summary>How many requests an operation answered, and how long that took. Sums, since an instrument that is told of each request costs more than a small read.</summary>
internal sealed class RequestCounts(string operation)
{
    private static readonly string[] Classes = ["1xx", "2xx", "3xx", "4xx", "5xx"];
    private readonly long[] answers = new long[Classes.Length];
    private long ticks;

    /// <summary>The operation's name.</summary>
    public string Operation => operation;

    /// <summary>A request that began at a timestamp of <see cref="Stopwatch"/> is answered.</summary>
    public void Answered(long began, int status)
    {
        Interlocked.Increment(ref answers[Math.Clamp(status / 100, 1, Classes.Length) - 1]);
        Interlocked.Add(ref ticks, Stopwatch.GetTimestamp() - began);
    }

    /// <summary>The seconds that all its requests took together.</summary>
    public double Seconds => (double)Volatile.Read(ref ticks) / Stopwatch.Frequency;

    /// <summary>The answers so far by the class of their status, where there are any.</summary>
    public IEnumerable<(string Class, long Count)> Answers()
    {
        for (var i = 0; i < Classes.Length; i++)
            if (Volatile.Read(ref answers[i]) is > 0 and var count) yield return (Classes[i], count);
    }
}
