using System.Text.Json;

namespace Dalgu.City.DemoCity;

/// <summary>A span of the past, from (included) to (excluded), UTC.</summary>
public readonly record struct PastSpan(DateTime From, DateTime To);

/// <summary>Which spans of the past are still to be filled in, in order of time. Immutable. It is stored in the same write as the values of
/// each chunk, so that a kill at any instant neither loses nor doubles one.</summary>
public sealed record BackfillPlan(IReadOnlyList<PastSpan> Remaining)
{
    /// <summary>How far back the demo's past reaches.</summary>
    public static readonly TimeSpan Reach = TimeSpan.FromDays(30);

    /// <summary>How much of the past one write fills in.</summary>
    public static readonly TimeSpan Chunk = TimeSpan.FromHours(6);

    /// <summary>The collection and id of the document that holds the plan.</summary>
    public const string Collection = "city.demo", Document = "backfill";

    /// <summary>What remains, in all.</summary>
    public TimeSpan Left => Remaining.Aggregate(TimeSpan.Zero, (sum, span) => sum + (span.To - span.From));

    /// <summary>The plan of a start: at the first one, all of the reach; later, what was left and the gap since the last value.</summary>
    /// <param name="stored">The plan as it was stored; null at the first start.</param>
    /// <param name="last">When the last value was observed; null where there is none.</param>
    /// <param name="now">Now.</param>
    public static BackfillPlan AtStart(BackfillPlan? stored, DateTime? last, DateTime now)
    {
        var earliest = now - Reach;
        var spans = new List<PastSpan>();
        if (stored is null) spans.Add(new(earliest, now));
        else
        {
            spans.AddRange(stored.Remaining);
            if (last is { } from && now - from > TimeSpan.FromMinutes(2)) spans.Add(new(from, now));
        }
        return new([.. spans.Select(s => s with { From = s.From > earliest ? s.From : earliest }).Where(s => s.From < s.To).OrderBy(s => s.From)]);
    }

    /// <summary>The newest chunk that remains, and the plan without it; null where nothing remains.</summary>
    public (PastSpan Chunk, BackfillPlan Without)? Take()
    {
        if (Remaining.Count == 0) return null;
        var last = Remaining[^1];
        // Chunks end at whole multiples of their length, so that grid times never fall on two sides.
        var from = new DateTime((last.To.Ticks - 1) / Chunk.Ticks * Chunk.Ticks, DateTimeKind.Utc);
        if (from < last.From) from = last.From;
        return (new(from, last.To), new([.. Remaining.SkipLast(1), .. from > last.From ? (PastSpan[])[last with { To = from }] : []]));
    }

    /// <summary>The times of a grid in a span, in order.</summary>
    public static IEnumerable<DateTime> Times(PastSpan span, TimeSpan step)
    {
        for (var ticks = (span.From.Ticks + step.Ticks - 1) / step.Ticks * step.Ticks; ticks < span.To.Ticks; ticks += step.Ticks) yield return new(ticks, DateTimeKind.Utc);
    }

    /// <summary>The plan as a stored document.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(Remaining.Select(s => new[] { s.From.Ticks, s.To.Ticks }));

    /// <summary>The plan of a stored document.</summary>
    public static BackfillPlan FromJson(ReadOnlySpan<byte> json) =>
        new([.. JsonSerializer.Deserialize<long[][]>(json)!.Select(p => new PastSpan(new(p[0], DateTimeKind.Utc), new(p[1], DateTimeKind.Utc)))]);
}

/// <summary>How far the back-fill is, for the page that shows it. Thread-safe.</summary>
public sealed class BackfillProgress
{
    private BackfillPlan plan = new([]);

    /// <summary>What remains; nothing before the demo's source has started.</summary>
    public BackfillPlan Plan { get => Volatile.Read(ref plan); set => Volatile.Write(ref plan, value); }

    /// <summary>True where the past is whole.</summary>
    public bool IsDone => Plan.Remaining.Count == 0;

    /// <summary>How much of the reach is there, 0 … 1.</summary>
    public double Share => Math.Clamp(1 - Plan.Left / BackfillPlan.Reach, 0, 1);
}
