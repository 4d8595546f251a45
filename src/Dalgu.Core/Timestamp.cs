using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Dalgu;

/// <summary>ISO 8601 instants as NGSI-LD writes them (clause 4.6.3): UTC, ending in Z, to the microsecond at the finest.</summary>
public static class Timestamp
{
    private static readonly string[] Forms =
    [
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss,FFFFFFFK", "yyyy-MM-dd'T'HH:mmK",
    ];

    /// <summary>The instant that a text names. An instant needs its zone: Z or an offset.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTime utc)
    {
        if (TryParseUsual(text, out utc)) return true;
        if (text.Length is < 17 or > 40) return false;
        var last = text[^1];
        if (last != 'Z' && text[10..].IndexOfAny('+', '-') < 0) return false;
        if (text.Length > 20 && text[19] is '.' or ',' && !char.IsAsciiDigit(text[20])) return false; // a separator needs a fraction behind it
        if (!DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)) return false;
        utc = at.UtcDateTime;
        return true;
    }

    /// <summary>The form that nearly all have, yyyy-MM-ddTHH:mm:ss with a fraction or none and Z, without the general parser.</summary>
    private static bool TryParseUsual(ReadOnlySpan<char> text, out DateTime utc)
    {
        utc = default;
        if (text.Length is < 20 or > 28 or 21 || text[^1] != 'Z' || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' || text.Length > 20 && text[19] != '.') return false;
        int year = Digits(text[..4]), month = Digits(text[5..7]), day = Digits(text[8..10]), hour = Digits(text[11..13]), minute = Digits(text[14..16]), second = Digits(text[17..19]);
        var fraction = text.Length == 20 ? 0 : Digits(text[20..^1]);
        if ((year | month | day | hour | minute | second | fraction) < 0) return false;
        if (year == 0 || month is 0 or > 12 || day == 0 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59) return false;
        for (var digits = Math.Max(0, text.Length - 21); digits is > 0 and < 7; digits++) fraction *= 10;
        utc = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).AddTicks(fraction);
        return true;
    }

    /// <summary>The number of decimal digits; -1 where something else is among them.</summary>
    private static int Digits(ReadOnlySpan<char> text)
    {
        var number = 0;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c)) return -1;
            number = number * 10 + (c - '0');
        }
        return number;
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{char}, out DateTime)"/>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out DateTime utc)
    {
        utc = default;
        if (utf8.Length is < 17 or > 40) return false;
        Span<char> text = stackalloc char[40];
        return Ascii.ToUtf16(utf8, text, out var n) == System.Buffers.OperationStatus.Done && TryParse(text[..n], out utc);
    }

    /// <summary>The longest text that <see cref="Format(DateTime, Span{byte})"/> writes, in bytes.</summary>
    public const int MaxBytes = 28;

    /// <summary>Writes an instant: no fraction where it is zero, else milliseconds, else the fewest digits that lose nothing.</summary>
    /// <returns>How many bytes were written.</returns>
    public static int Format(DateTime utc, Span<byte> to)
    {
        Utf8Formatter.TryFormat(utc, to, out _, new System.Buffers.StandardFormat('O'));
        // "O" writes yyyy-MM-ddTHH:mm:ss.fffffffZ
        var fraction = utc.Ticks % TimeSpan.TicksPerSecond;
        var digits = fraction == 0 ? 0 : fraction % TimeSpan.TicksPerMillisecond == 0 ? 3 : fraction % 10 == 0 ? 6 : 7;
        var end = digits == 0 ? 19 : 20 + digits;
        to[end] = (byte)'Z';
        return end + 1;
    }

    /// <inheritdoc cref="Format(DateTime, Span{byte})"/>
    public static string Format(DateTime utc)
    {
        Span<byte> bytes = stackalloc byte[MaxBytes + 8];
        return Encoding.ASCII.GetString(bytes[..Format(utc, bytes)]);
    }

    /// <summary>The instant cut to whole milliseconds, the grain of the times that an instance assigns itself.</summary>
    public static DateTime Milliseconds(DateTime utc) => new(utc.Ticks - utc.Ticks % TimeSpan.TicksPerMillisecond, DateTimeKind.Utc);
}
