namespace Dalgu.Console.Charts;

/// <summary>A point of a chart: an instant (UTC) and a value. A value that is not finite breaks the line.</summary>
public readonly record struct ChartPoint(DateTime Time, double Value);

/// <summary>How a line is drawn. Each style differs by more than its colour.</summary>
public enum ChartStyle
{
    /// <summary>The first line: solid and strong.</summary>
    Solid,
    /// <summary>A line to compare with: dashed and faint.</summary>
    Dashed,
    /// <summary>A third line: dotted, in another colour.</summary>
    Dotted,
    /// <summary>A fourth line: long dashes, in another colour.</summary>
    LongDashed,
}

/// <summary>A line of a chart.</summary>
/// <param name="Name">What it shows; printed at its end and over its column of the table.</param>
/// <param name="Points">Its points in order of time.</param>
/// <param name="Style">How it is drawn.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<ChartPoint> Points, ChartStyle Style = ChartStyle.Solid);

/// <summary>A level that values are held against: a limit, a target.</summary>
public sealed record ChartReference(double Value, string Label);
