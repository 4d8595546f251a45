using Dalgu.Traffic.Simulation.Network;

namespace Dalgu.Traffic.Simulation.Engine;

/// <summary>Plane geometry of lanes: where two centre lines cross, and how far they run together.</summary>
internal static class Shapes
{
    /// <summary>Metres along each line to their last crossing, or null where they do not cross.</summary>
    public static (double Own, double Foe)? Cross(ReadOnlySpan<Point> own, ReadOnlySpan<Point> foe)
    {
        (double, double)? found = null;
        double before = 0;
        for (var i = 0; i + 1 < own.Length; i++)
        {
            double beforeFoe = 0;
            for (var k = 0; k + 1 < foe.Length; k++)
            {
                if (Meet(own[i], own[i + 1], foe[k], foe[k + 1]) is { } at)
                    found = (before + at.A * Distance(own[i], own[i + 1]), beforeFoe + at.B * Distance(foe[k], foe[k + 1]));
                beforeFoe += Distance(foe[k], foe[k + 1]);
            }
            before += Distance(own[i], own[i + 1]);
        }
        return found;
    }

    /// <summary>Metres from the common start (or end) to where the lines are farther apart than the limit: the longer way of the two, at most the length of the shorter line.
    /// The lengths that the network gives the lanes differ a little from those of their lines; they count.</summary>
    public static double JoinedLength(ReadOnlySpan<Point> a, double lengthA, ReadOnlySpan<Point> b, double lengthB, double limit, bool atEnd)
    {
        var most = Math.Min(Length(a), Length(b));
        var (farA, farB) = (atEnd ? a[0] : a[^1], atEnd ? b[0] : b[^1]);
        if (ToLine(farA, b) <= limit || ToLine(farB, a) <= limit) return most;
        return Math.Min(most, Math.Max(lengthA - Beyond(a, b, limit, atEnd), lengthB - Beyond(b, a, limit, atEnd)));
    }

    /// <summary>Metres of the part of a line, from its far end, that lies farther than the limit from the other.</summary>
    private static double Beyond(ReadOnlySpan<Point> line, ReadOnlySpan<Point> other, double limit, bool atEnd)
    {
        double sum = 0;
        for (var i = line.Length - 1; i > 0; i--)
        {
            var (far, near) = atEnd ? (line[^(i + 1)], line[^i]) : (line[i], line[i - 1]);
            var (distance, step) = (ToLine(near, other), Distance(far, near));
            if (distance <= limit) return sum + step * (1 - (limit - distance) / (ToLine(far, other) - distance));
            sum += step;
        }
        return sum;
    }

    private static double ToLine(Point p, ReadOnlySpan<Point> line)
    {
        var least = double.MaxValue;
        for (var i = 0; i + 1 < line.Length; i++)
        {
            var (ux, uy) = (line[i + 1].X - line[i].X, line[i + 1].Y - line[i].Y);
            var square = ux * ux + uy * uy;
            var along = square > 0 ? Math.Clamp(((p.X - line[i].X) * ux + (p.Y - line[i].Y) * uy) / square, 0, 1) : 0;
            least = Math.Min(least, Distance(p, new(line[i].X + along * ux, line[i].Y + along * uy)));
        }
        return least;
    }

    private static double Length(ReadOnlySpan<Point> line)
    {
        double sum = 0;
        for (var i = 0; i + 1 < line.Length; i++) sum += Distance(line[i], line[i + 1]);
        return sum;
    }

    private static (double A, double B)? Meet(Point p, Point q, Point r, Point s)
    {
        var (ux, uy, vx, vy) = (q.X - p.X, q.Y - p.Y, s.X - r.X, s.Y - r.Y);
        var cross = ux * vy - uy * vx;
        if (Math.Abs(cross) < 1e-9) return null;
        var a = ((r.X - p.X) * vy - (r.Y - p.Y) * vx) / cross;
        var b = ((r.X - p.X) * uy - (r.Y - p.Y) * ux) / cross;
        return a is >= 0 and <= 1 && b is >= 0 and <= 1 ? (a, b) : null;
    }

    private static double Distance(Point p, Point q) => Math.Sqrt((p.X - q.X) * (p.X - q.X) + (p.Y - q.Y) * (p.Y - q.Y));
}
