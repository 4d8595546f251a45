using Dalgu.City.DemoCity;
using Dalgu.Console.Charts;
using Dalgu.Console.Display;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;

namespace Dalgu.City.Now;

/// <summary>The downtown speed over a Korean day in half hours: sums and counts, so that days can be averaged.</summary>
public sealed class SpeedDay
{
    /// <summary>How many half hours a day has.</summary>
    public const int Bins = 48;
    private readonly double[] sums = new double[Bins];
    private readonly int[] counts = new int[Bins];

    /// <summary>Adds a value at a local time of day.</summary>
    public void Add(TimeSpan timeOfDay, double value)
    {
        var bin = Math.Clamp((int)(timeOfDay.TotalMinutes / 30), 0, Bins - 1);
        sums[bin] += value;
        counts[bin]++;
    }

    /// <summary>The mean of a half hour; null where nothing was observed.</summary>
    public double? Mean(int bin) => counts[bin] == 0 ? null : sums[bin] / counts[bin];
}

/// <summary>Today's downtown speed beside that of a typical day.</summary>
/// <param name="Date">Today in Korea.</param>
/// <param name="Today">The mean of each half hour of today; null where nothing was observed.</param>
/// <param name="Typical">The mean over the days of the same kind.</param>
/// <param name="Days">How many days of the same kind the typical one rests on.</param>
public sealed record SpeedComparison(DateOnly Date, IReadOnlyList<double?> Today, IReadOnlyList<double?> Typical, int Days)
{
    /// <summary>The line of a chart.</summary>
    public IReadOnlyList<ChartPoint> Points(IReadOnlyList<double?> values)
    {
        var midnight = Times.Utc(Date.ToDateTime(TimeOnly.MinValue));
        var points = new List<ChartPoint>();
        for (var i = 0; i < values.Count; i++) if (values[i] is { } value) points.Add(new(midnight.AddMinutes(30 * i), Math.Round(value, 1)));
        return points;
    }
}

/// <summary>Compares today's downtown speed with a typical day: the mean of the same half hours of the last four weeks' days of the same kind
/// (weekdays, Saturdays, Sundays; public holidays are not told apart). Past days are computed once and kept. Thread-safe.</summary>
public sealed class SpeedDays(CityHub hub, BackfillProgress backfill)
{
    private const int Weeks = 4, MaxStations = 50;
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);
    private static readonly string Speed = CoreContext.Instance.ExpandAttribute("averageVehicleSpeed");
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly Dictionary<DateOnly, SpeedDay> past = [];
    private (DateTime At, string Stations, bool Whole, SpeedComparison Answer)? last;

    /// <summary>The comparison over stations that anybody may see.</summary>
    public async Task<SpeedComparison> CompareAsync(IReadOnlyList<Entity> stations, CancellationToken cancel)
    {
        var now = hub.Clock.GetUtcNow().UtcDateTime;
        var whole = backfill.IsDone; // asked before reading: what is filled in meanwhile is seen the next time
        string[] ids = [.. stations.Select(s => s.Id).Order(StringComparer.Ordinal).Take(MaxStations)];
        var key = string.Join(' ', ids);
        await gate.WaitAsync(cancel);
        try
        {
            if (last is { } kept && kept.Stations == key && kept.Whole == whole && now - kept.At is var age && age >= TimeSpan.Zero && age < (whole ? Kept : Kept / 12)) return kept.Answer;
            if (last?.Stations != key) past.Clear();
            var tenant = await hub.TenantAsync(cancel: cancel);
            var today = DateOnly.FromDateTime(Times.Local(now));
            foreach (var old in past.Keys.Where(d => d < today.AddDays(-7 * Weeks)).ToList()) past.Remove(old);
            var days = new List<SpeedDay>();
            for (var date = today.AddDays(-7 * Weeks); date < today; date = date.AddDays(1))
                if (KindOf(date) == KindOf(today)) days.Add(await PastAsync(tenant, ids, date, whole, cancel));
            var day = await ReadAsync(tenant, ids, today, cancel);
            var bins = Enumerable.Range(0, SpeedDay.Bins).ToList();
            var answer = new SpeedComparison(today, bins.ConvertAll(day.Mean), bins.ConvertAll(b => Mean(days.Select(d => d.Mean(b)))), days.Count(d => bins.Any(b => d.Mean(b) is not null)));
            last = (now, key, whole, answer);
            return answer;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>The kind of a day: 0 weekday, 1 Saturday, 2 Sunday.</summary>
    public static int KindOf(DateOnly date) => date.DayOfWeek switch { DayOfWeek.Saturday => 1, DayOfWeek.Sunday => 2, _ => 0 };

    private static double? Mean(IEnumerable<double?> values)
    {
        var known = values.OfType<double>().ToList();
        return known.Count == 0 ? null : known.Average();
    }

    private async Task<SpeedDay> PastAsync(Tenant tenant, IReadOnlyList<string> ids, DateOnly date, bool whole, CancellationToken cancel)
    {
        if (past.TryGetValue(date, out var day)) return day;
        day = await ReadAsync(tenant, ids, date, cancel);
        if (whole) past[date] = day;
        return day;
    }

    private async Task<SpeedDay> ReadAsync(Tenant tenant, IReadOnlyList<string> ids, DateOnly date, CancellationToken cancel)
    {
        var day = new SpeedDay();
        var from = Times.Utc(date.ToDateTime(TimeOnly.MinValue));
        foreach (var id in ids)
            await foreach (var observation in tenant.HistoryAsync(id, Speed, from, from.AddDays(1), false, hub.Access.For(Principal.Anonymous), cancel))
                if (observation.Instance.Number() is { } value) day.Add(observation.Time - from, value);
        return day;
    }
}
