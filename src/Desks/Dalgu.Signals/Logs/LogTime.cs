namespace Dalgu.Signals.Logs;

/// <summary>Times as controllers' logs write them: 4/17/2023 8:00:0.20 or 2023-04-17T08:00:00.2. Read from bytes, because a log has millions.</summary>
internal static class LogTime
{
    /// <summary>Reads a time; false where it is none.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out DateTime time)
    {
        time = default;
        var at = 0;
        if (!Number(text, ref at, out var first) || at >= text.Length) return false;
        var slash = text[at] == '/';
        if (!slash && text[at] != '-') return false;
        var between = text[at++];
        if (!Number(text, ref at, out var second) || at >= text.Length || text[at++] != between || !Number(text, ref at, out var third) || at >= text.Length || text[at] is not ((byte)' ' or (byte)'T')) return false;
        at++;
        var (year, month, day) = slash ? (third, first, second) : (first, second, third);
        if (!Number(text, ref at, out var hour) || !Passed(text, ref at) || !Number(text, ref at, out var minute) || !Passed(text, ref at) || !Number(text, ref at, out var seconds)) return false;
        long ticks = 0;
        if (at < text.Length && text[at] == '.')
        {
            at++;
            var unit = TimeSpan.TicksPerSecond / 10;
            for (; at < text.Length && text[at] is >= (byte)'0' and <= (byte)'9'; at++, unit /= 10) ticks += (text[at] - '0') * unit;
        }
        if (at != text.Length || year is < 1 or > 9999 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || seconds > 59) return false;
        time = new DateTime(year, month, day, hour, minute, seconds, DateTimeKind.Unspecified).AddTicks(ticks);
        return true;
    }

    private static bool Passed(ReadOnlySpan<byte> text, ref int at) => at < text.Length && text[at++] == ':';

    private static bool Number(ReadOnlySpan<byte> text, ref int at, out int value)
    {
        value = 0;
        var from = at;
        for (; at < text.Length && at - from < 5 && text[at] is >= (byte)'0' and <= (byte)'9'; at++) value = value * 10 + text[at] - '0';
        return at > from;
    }
}
