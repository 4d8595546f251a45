using System.Globalization;

namespace Dalgu.Console.Display;

/// <summary>Instants as the city's people read them: Korean time, 24 hours. Korea has had no daylight saving since 1988, so the offset is fixed.</summary>
public static class Times
{
    /// <summary>Korean time is so far ahead of UTC.</summary>
    public static readonly TimeSpan Offset = TimeSpan.FromHours(9);

    /// <summary>The Korean wall clock of an instant.</summary>
    public static DateTime Local(DateTime utc) => DateTime.SpecifyKind(utc + Offset, DateTimeKind.Unspecified);

    /// <summary>The instant of a Korean wall clock, UTC.</summary>
    public static DateTime Utc(DateTime local) => DateTime.SpecifyKind(local - Offset, DateTimeKind.Utc);

    /// <summary>The midnight at which the Korean day of an instant began, UTC.</summary>
    public static DateTime Midnight(DateTime utc) => Utc(Local(utc).Date);

    /// <summary>2026-11-23 17:04:10.</summary>
    public static string Full(DateTime utc) => Local(utc).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>17:04:10 where it is on the same Korean day as <paramref name="asOf"/>, 11-22 17:04 in the same year, else 2025-11-22.</summary>
    public static string Short(DateTime utc, DateTime asOf)
    {
        var (at, now) = (Local(utc), Local(asOf));
        return at.ToString(at.Date == now.Date ? "HH:mm:ss" : at.Year == now.Year ? "MM-dd HH:mm" : "yyyy-MM-dd", CultureInfo.InvariantCulture);
    }

    /// <summary>The instant that a text of a form names: an ISO instant with its zone, or a Korean wall clock (2026-11-23T17:04); null where it is neither.</summary>
    public static DateTime? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        if (Timestamp.TryParse(text, out var utc)) return utc;
        return DateTime.TryParseExact(text, ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var local) ? Utc(local) : null;
    }

    /// <summary>The wall clock as an input of type datetime-local holds it.</summary>
    public static string Input(DateTime utc) => Local(utc).ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture);
}
