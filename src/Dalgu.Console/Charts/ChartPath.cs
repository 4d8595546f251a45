using System.Text;
using Dalgu.Console.Display;

namespace Dalgu.Console.Charts;

/// <summary>Lines of SVG from points.</summary>
public static class ChartPath
{
    /// <summary>A line through points. It breaks where a value is not finite. Of many points that fall on one pixel column only first, lowest, highest and last are kept,
    /// so that a month of seconds is as small as a day of hours and looks the same.</summary>
    /// <param name="points">The points in order of time.</param>
    /// <param name="x">The horizontal place of an instant, in pixels.</param>
    /// <param name="y">The vertical place of a value, in pixels.</param>
    public static string Line(IReadOnlyList<ChartPoint> points, Func<DateTime, double> x, Func<double, double> y)
    {
        var path = new StringBuilder();
        var broken = true;
        for (var i = 0; i < points.Count;)
        {
            if (!double.IsFinite(points[i].Value))
            {
                broken = true;
                i++;
                continue;
            }
            var column = Math.Floor(x(points[i].Time));
            var (low, high, last) = (i, i, i);
            var next = i + 1;
            for (; next < points.Count && double.IsFinite(points[next].Value) && Math.Floor(x(points[next].Time)) == column; next++)
            {
                if (points[next].Value < points[low].Value) low = next;
                if (points[next].Value > points[high].Value) high = next;
                last = next;
            }
            var previous = -1;
            foreach (var k in (int[])[i, Math.Min(low, high), Math.Max(low, high), last])
            {
                if (k == previous) continue;
                path.Append(broken ? 'M' : 'L').Append(Figures.Plain(x(points[k].Time))).Append(' ').Append(Figures.Plain(y(points[k].Value)));
                broken = false;
                previous = k;
            }
            i = next;
        }
        return path.ToString();
    }
}
