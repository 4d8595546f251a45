using Dalgu.Console.Display;

namespace Dalgu.Console.Charts;

/// <summary>The value axis of a chart: a range that holds all values and ends on round ticks (1, 2 or 5 times a power of ten).</summary>
/// <param name="Min">The lowest tick.</param>
/// <param name="Max">The highest tick.</param>
/// <param name="Step">The distance of ticks.</param>
public readonly record struct ChartScale(double Min, double Max, double Step)
{
    /// <summary>The axis for values between two bounds with about so many ticks. A range that nearly reaches zero begins there.</summary>
    public static ChartScale Of(double low, double high, int ticks = 5)
    {
        if (!double.IsFinite(low) || !double.IsFinite(high)) return new(0, 1, 1);
        if (low > high) (low, high) = (high, low);
        if (low == high)
        {
            var margin = low == 0 ? 1 : Math.Abs(low) * 0.1;
            (low, high) = (low - margin, high + margin);
        }
        if (low > 0 && low <= (high - low) * 0.5) low = 0;
        if (high < 0 && -high <= (high - low) * 0.5) high = 0;
        var raw = (high - low) / Math.Max(1, ticks - 1);
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var step = (raw / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power;
        // Rounding takes the last binary digits away that multiplication leaves: 0.30000000000000004.
        return new(Math.Round(Math.Floor(low / step + 1e-9) * step, 12), Math.Round(Math.Ceiling(high / step - 1e-9) * step, 12), step);
    }

    /// <summary>The ticks from the lowest to the highest.</summary>
    public IEnumerable<double> Ticks()
    {
        var count = (int)Math.Round((Max - Min) / Step);
        for (var i = 0; i <= count; i++) yield return Math.Round(Min + i * Step, 12);
    }

    /// <summary>Where a value lies between bottom (0) and top (1).</summary>
    public double Share(double value) => Max > Min ? (value - Min) / (Max - Min) : 0.5;
}

/// <summary>The time axis of a chart: round marks on the Korean clock.</summary>
public static class TimeAxis
{
    private static readonly TimeSpan[] Steps =
    [
        TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(1), TimeSpan.FromHours(3), TimeSpan.FromHours(6), TimeSpan.FromHours(12), TimeSpan.FromDays(1), TimeSpan.FromDays(2), TimeSpan.FromDays(7),
        TimeSpan.FromDays(14), TimeSpan.FromDays(30), TimeSpan.FromDays(90), TimeSpan.FromDays(365),
    ];

    /// <summary>At most so many round marks between two instants (UTC) with their labels: 06:00 within days, 11-23 over days, 2026-11 over years.</summary>
    public static IReadOnlyList<(DateTime At, string Label)> Marks(DateTime from, DateTime to, int most = 8)
    {
        var marks = new List<(DateTime, string)>();
        if (to <= from) return marks;
        var step = Steps.FirstOrDefault(s => (to - from) / s <= most, TimeSpan.FromDays(Math.Ceiling((to - from).TotalDays / most)));
        var local = Times.Local(from);
        var first = new DateTime((local.Ticks + step.Ticks - 1) / step.Ticks * step.Ticks);
        for (var at = first; at <= Times.Local(to); at += step) marks.Add((Times.Utc(at), Label(at, step)));
        return marks;
    }

    private static string Label(DateTime local, TimeSpan step) => local.ToString(
        step < TimeSpan.FromMinutes(1) ? "HH:mm:ss" : step >= TimeSpan.FromDays(300) ? "yyyy-MM" : step >= TimeSpan.FromDays(1) || local.TimeOfDay == TimeSpan.Zero ? "MM-dd" : "HH:mm",
        System.Globalization.CultureInfo.InvariantCulture);
}
