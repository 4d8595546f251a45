using System.Globalization;

namespace Dalgu.Console.Display;

/// <summary>How figures are printed: grouped, with no more digits than a reader needs; large ones in 만, 억 and 조 in Korean.</summary>
public static class Figures
{
    private static readonly (double Unit, string Korean)[] KoreanUnits = [(1e12, "조"), (1e8, "억"), (1e4, "만")];
    private static readonly (double Unit, string English)[] EnglishUnits = [(1e12, " trillion"), (1e9, " billion"), (1e6, " million")];

    /// <summary>A figure with grouping. Whole numbers are exact; others keep four significant digits, and at most six decimals.</summary>
    public static string Number(double value)
    {
        if (!double.IsFinite(value)) return "–";
        if (value == Math.Truncate(value) && Math.Abs(value) < 1e15) return value.ToString("#,0", CultureInfo.InvariantCulture);
        var magnitude = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        var decimals = Math.Clamp(3 - magnitude, 0, 6);
        return value.ToString(decimals == 0 ? "#,0" : "#,0." + new string('#', decimals), CultureInfo.InvariantCulture);
    }

    /// <summary>A figure with grouping and exactly so many decimals.</summary>
    public static string Number(double value, int decimals) =>
        double.IsFinite(value) ? value.ToString("#,0" + (decimals > 0 ? "." + new string('0', decimals) : ""), CultureInfo.InvariantCulture) : "–";

    /// <summary>A large figure by the unit that reads best: 236.7만, 12조; 2.367 million. Below 10,000 (Korean) or a million (English) it is exact.</summary>
    public static string Large(double value)
    {
        if (IsEnglish)
        {
            foreach (var (unit, name) in EnglishUnits) if (Math.Abs(value) >= unit) return Number(value / unit) + name;
        }
        else
        {
            foreach (var (unit, name) in KoreanUnits) if (Math.Abs(value) >= unit) return Number(value / unit) + name;
        }
        return Number(value);
    }

    /// <summary>So many bytes, in the binary unit that reads best.</summary>
    public static string Bytes(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        var value = (double)bytes;
        var i = 0;
        for (; value >= 1024 && i < units.Length - 1; i++) value /= 1024;
        return (i == 0 ? bytes.ToString("#,0", CultureInfo.InvariantCulture) : value.ToString("#,0.0", CultureInfo.InvariantCulture)) + " " + units[i];
    }

    /// <summary>A length of time by its largest unit: 12초, 42분, 3시간, 5일; 12 s, 42 min, 3 h, 5 d.</summary>
    public static string Span(TimeSpan span)
    {
        var (value, unit) = span.TotalSeconds < 1 ? (0, Texts.Seconds) : span.TotalSeconds < 60 ? ((long)span.TotalSeconds, Texts.Seconds)
            : span.TotalMinutes < 60 ? ((long)span.TotalMinutes, Texts.Minutes)
            : span.TotalHours < 48 ? ((long)span.TotalHours, Texts.Hours) : ((long)span.TotalDays, Texts.Days);
        return value.ToString("#,0", CultureInfo.InvariantCulture) + unit.Current;
    }

    /// <summary>A number for a machine: an SVG coordinate, a CSV cell.</summary>
    public static string Plain(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    internal static bool IsEnglish => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "en";
}
