namespace Dalgu.Hub.Temporal;

/// <summary>Writes an aggregate of one period as it stands in an answer: <c>[17.25,"2026-11-01T00:00:00Z","2026-11-01T00:05:00Z"]</c>. The text is valid until the next.</summary>
/// <param name="row">Memory for a row.</param>
internal ref struct AggregateRow(Span<byte> row)
{
    private const int TimeBytes = Timestamp.MaxBytes + 8; // what formatting a time may touch

    /// <summary>How much memory a row needs.</summary>
    public const int MaxBytes = ShortDecimal.MaxBytes + 2 * TimeBytes + 8 + TimeBytes;

    private readonly Span<byte> text = row, endText = row[^TimeBytes..];
    private DateTime lastEnd;
    private int endLength;

    /// <summary>A row; null stands in it for what is no number.</summary>
    public ReadOnlySpan<byte> Write(double value, DateTime start, DateTime end)
    {
        text[0] = (byte)'[';
        var n = 1;
        if (double.IsFinite(value)) n += ShortDecimal.Format(value, text[n..]);
        else Append("null"u8, ref n);
        Append(",\""u8, ref n);
        // A period begins where the one before it ends, unless there is a gap.
        if (start == lastEnd && endLength > 0) Append(endText[..endLength], ref n);
        else n += Timestamp.Format(start, text[n..]);
        (lastEnd, endLength) = (end, Timestamp.Format(end, endText));
        Append("\",\""u8, ref n);
        Append(endText[..endLength], ref n);
        Append("\"]"u8, ref n);
        return text[..n];
    }

    private readonly void Append(ReadOnlySpan<byte> bytes, ref int n)
    {
        bytes.CopyTo(text[n..]);
        n += bytes.Length;
    }
}
