using System.Globalization;
using System.Xml;

namespace Dalgu.Hub.Temporal;

/// <summary>Which time of an instance a temporal query looks at (clause 4.8).</summary>
public enum TimeProperty
{
    /// <summary>When it held in the world.</summary>
    ObservedAt,
    /// <summary>When the city first knew of it.</summary>
    CreatedAt,
    /// <summary>When the city recorded it.</summary>
    ModifiedAt,
    /// <summary>When it was removed.</summary>
    DeletedAt,
}

/// <summary>A temporal query: a span of time, how many instances, and how they are aggregated (clauses 4.11 and 4.5.19). Times are UTC.</summary>
public sealed record TemporalQuery
{
    /// <summary>The first instant that counts, exclusive for "after"; null for the beginning.</summary>
    public DateTime? From { get; init; }
    /// <summary>The instant after the last; null for the end.</summary>
    public DateTime? To { get; init; }
    /// <summary>True where an instance at exactly <see cref="From"/> does not count.</summary>
    public bool FromIsExclusive { get; init; }
    /// <summary>Which time is looked at.</summary>
    public TimeProperty Property { get; init; }
    /// <summary>True where the property was named, or a span given: then instances without that time do not count.</summary>
    public bool IsStated { get; init; }
    /// <summary>The most instances of each attribute, latest first; null for all.</summary>
    public int? LastN { get; init; }
    /// <summary>The aggregations; empty for none.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];
    /// <summary>The length of each period of an aggregation; zero for the whole span.</summary>
    public Duration Period { get; init; }

    /// <summary>The aggregations that there are.</summary>
    public static readonly IReadOnlyList<string> KnownMethods = ["totalCount", "distinctCount", "sum", "avg", "min", "max", "stddev", "sumsq"];

    /// <summary>Reads the parameters.</summary>
    /// <exception cref="Problem">BadRequestData where one cannot be read.</exception>
    public static TemporalQuery Parse(Func<string, string?> parameter, bool aggregated, HubOptions options)
    {
        var timerel = parameter("timerel");
        var at = Time(parameter, "timeAt");
        var end = Time(parameter, "endTimeAt");
        if (timerel is null && (at is not null || end is not null)) throw Bad("timeAt and endTimeAt need timerel: before, after or between.");
        if (timerel is not null && at is null) throw Bad("timerel needs timeAt, an instant in UTC such as 2026-11-23T08:00:00Z.");
        if (timerel == "between" != (end is not null) && timerel is not null) throw Bad(end is null ? "timerel=between needs endTimeAt." : "endTimeAt belongs to timerel=between alone.");
        if (end is not null && end < at) throw Bad("endTimeAt is before timeAt.");
        if (timerel is not (null or "before" or "after" or "between")) throw Bad($"timerel is \"{Iri.Shorten(timerel)}\"; write before, after or between.");
        var property = parameter("timeproperty") switch
        {
            null or "observedAt" => TimeProperty.ObservedAt,
            "createdAt" => TimeProperty.CreatedAt,
            "modifiedAt" => TimeProperty.ModifiedAt,
            "deletedAt" => TimeProperty.DeletedAt,
            var other => throw Bad($"timeproperty is \"{Iri.Shorten(other)}\"; write observedAt, createdAt, modifiedAt or deletedAt."),
        };
        int? lastN = null;
        if (parameter("lastN") is { } text)
            lastN = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n > 0 ? Math.Min(n, options.MaxTemporalInstances) : throw Bad($"lastN is \"{Iri.Shorten(text)}\"; write a whole number of 1 or more.");
        var methods = parameter("aggrMethods")?.Split(',', StringSplitOptions.TrimEntries) ?? [];
        foreach (var method in methods)
            if (!KnownMethods.Contains(method)) throw Bad($"The aggregation \"{Iri.Shorten(method)}\" in aggrMethods is not known; those are {string.Join(", ", KnownMethods)}.");
        if (aggregated && methods.Length == 0) throw Bad("Aggregated values need aggrMethods, such as avg,max.");
        return new TemporalQuery
        {
            From = timerel is "after" or "between" ? at : null,
            To = timerel == "before" ? at : end,
            FromIsExclusive = false,
            Property = property,
            IsStated = timerel is not null || parameter("timeproperty") is not null,
            LastN = lastN,
            Methods = aggregated ? methods : [],
            Period = parameter("aggrPeriodDuration") is { } duration ? Duration.Parse(duration, "aggrPeriodDuration") : default,
        };
    }

    private static DateTime? Time(Func<string, string?> parameter, string name) => parameter(name) is not { } text ? null
        : Timestamp.TryParse(text, out var time) ? time : throw Bad($"{name} is \"{Iri.Shorten(text)}\"; write an instant in UTC such as 2026-11-23T08:00:00Z.");

    private static Problem Bad(string detail) => new(ProblemKind.BadRequestData, detail);

    /// <summary>The time of an observation that the query looks at; null where it has none.</summary>
    public DateTime? TimeOf(in Observation observation) => Property switch
    {
        TimeProperty.ObservedAt => observation.Instance.ObservedAt ?? (IsStated && observation.Attribute != HistoryDifference.Scope ? null : observation.Time),
        TimeProperty.CreatedAt => observation.Instance.CreatedAt,
        TimeProperty.ModifiedAt => observation.Instance.ModifiedAt,
        _ => observation.Instance.Deleted ? observation.Recorded : null,
    };

    /// <summary>True where a time lies in the span.</summary>
    public bool Covers(DateTime time) => (From is null || (FromIsExclusive ? time > From : time >= From)) && (To is null || time < To);
}

/// <summary>A length of time as ISO 8601 writes it: whole months apart from the rest, since months differ. The default is zero.</summary>
public readonly record struct Duration(int Months, TimeSpan Rest)
{
    /// <summary>True for no time at all.</summary>
    public bool IsZero => Months == 0 && Rest == TimeSpan.Zero;

    /// <summary>Reads such as PT5M, P1D, P1M, P1Y.</summary>
    /// <exception cref="Problem">BadRequestData where the text is none, or negative.</exception>
    /// <param name="text">The length of time.</param>
    /// <param name="what">What it is, for the refusal.</param>
    public static Duration Parse(string text, string what = "duration")
    {
        try
        {
            // XmlConvert turns months into 30 days; they are taken out first.
            var time = text.IndexOf('T', StringComparison.Ordinal);
            var date = time < 0 ? text : text[..time];
            var (months, hasMonths) = (0, false);
            foreach (var (unit, factor) in (ReadOnlySpan<(char, int)>)[('Y', 12), ('M', 1)])
                if (date.IndexOf(unit, StringComparison.Ordinal) is var at and > 0)
                {
                    var start = at;
                    while (start > 0 && char.IsAsciiDigit(date[start - 1])) start--;
                    months = checked(months + int.Parse(date[start..at], CultureInfo.InvariantCulture) * factor);
                    date = date.Remove(start, at - start + 1);
                    hasMonths = true;
                }
            var weeks = TimeSpan.Zero;
            if (date.EndsWith('W')) (weeks, date) = (TimeSpan.FromDays(7 * int.Parse(date[1..^1], CultureInfo.InvariantCulture)), "P");
            var rest = date + (time < 0 ? "" : text[time..]);
            var span = weeks + (rest == "P" && (hasMonths || weeks > TimeSpan.Zero) ? TimeSpan.Zero : XmlConvert.ToTimeSpan(rest));
            if (span < TimeSpan.Zero || !text.StartsWith('P')) throw new FormatException();
            return new(months, span);
        }
        catch (Exception fault) when (fault is FormatException or OverflowException or ArgumentException)
        {
            throw new Problem(ProblemKind.BadRequestData, $"The {what} \"{Iri.Shorten(text)}\" is not one of ISO 8601 such as PT5M, P1D or P1M.");
        }
    }

    /// <summary>The instant that follows a start by so many of this length.</summary>
    public DateTime After(DateTime start, long count)
    {
        try
        {
            if (Months != 0) start = start.AddMonths(checked((int)(Months * count)));
            return start.AddTicks(checked(Rest.Ticks * count));
        }
        catch (Exception fault) when (fault is OverflowException or ArgumentOutOfRangeException)
        {
            return DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc);
        }
    }
}
