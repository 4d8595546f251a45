using System.Buffers.Text;

namespace Dalgu.Hub.Temporal;

/// <summary>Reads and writes the numbers that sensors send, such as 17.25, by their digits; what has more digits goes the general way. Either way the result is
/// that of <see cref="Utf8Parser"/> and <see cref="Utf8Formatter"/>, bit for bit and byte for byte.</summary>
/// <remarks>Up to 15 digits are a whole number that a double holds exactly, as it does 10^15, and a division rounds once: the quotient is the double nearest to the
/// decimal (Clinger 1990, "How to read floating point numbers accurately"). Two decimals of up to 15 digits never share a double, so the one that is found for a
/// double is the shortest that reads back as it.</remarks>
internal static class ShortDecimal
{
    private const int MostDigits = 15;
    private const double Limit = 1e15; // the first number of more digits
    private static ReadOnlySpan<double> Powers => [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

    /// <summary>The longest text that <see cref="Format"/> writes, in bytes: a sign, 17 digits, a point, and an exponent such as E-308.</summary>
    public const int MaxBytes = 32;

    /// <summary>The number that a JSON number of digits, with a sign or a point, names. False for any other text, numbers of more digits or with an exponent among them.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out double number)
    {
        number = 0;
        var isNegative = utf8.Length > 0 && utf8[0] == (byte)'-';
        if (isNegative) utf8 = utf8[1..];
        // Digits alone may be MostDigits, with the point among them one byte more.
        if (utf8.Length is 0 or > MostDigits + 1) return false;
        long digits = 0;
        var point = -1;
        for (var i = 0; i < utf8.Length; i++)
        {
            var digit = utf8[i] - (uint)'0';
            if (digit <= 9) digits = digits * 10 + digit;
            else if (utf8[i] == (byte)'.' && point < 0) point = i;
            else return false;
        }
        var decimals = point < 0 ? 0 : utf8.Length - point - 1;
        if (point < 0 ? utf8.Length > MostDigits : point == 0 || decimals == 0) return false;
        var magnitude = digits / Powers[decimals];
        number = isNegative ? -magnitude : magnitude;
        return true;
    }

    /// <summary>Writes a finite number as the shortest text that reads back as it.</summary>
    /// <returns>How many bytes were written.</returns>
    public static int Format(double number, Span<byte> to)
    {
        const int mostDecimals = 4; // more are rare, and below 0.0001 the text has an exponent
        for (var decimals = 0; decimals <= mostDecimals; decimals++)
        {
            var whole = Math.Round(number * Powers[decimals]);
            if (Math.Abs(whole) >= Limit || whole == 0) break; // 0 among them: it may be -0
            if (whole / Powers[decimals] == number) return Write((long)whole, decimals, to);
        }
        Utf8Formatter.TryFormat(number, to, out var written);
        return written;
    }

    private static int Write(long digits, int decimals, Span<byte> to)
    {
        var n = 0;
        if (digits < 0)
        {
            to[n++] = (byte)'-';
            digits = -digits;
        }
        var unit = (long)Powers[decimals];
        var (before, after) = Math.DivRem(digits, unit);
        Utf8Formatter.TryFormat(before, to[n..], out var written);
        n += written;
        if (decimals == 0) return n;
        to[n++] = (byte)'.';
        for (var i = n + decimals - 1; i >= n; i--, after /= 10) to[i] = (byte)('0' + after % 10);
        return n + decimals;
    }
}
