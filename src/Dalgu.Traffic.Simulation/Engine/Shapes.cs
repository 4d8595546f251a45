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

    /// <summary>Metres from the common start (or end) to where the lines are farther apart than the limit.</summary>
    public static double JoinedLength(ReadOnlySpan<Point> a, ReadOnlySpan<Point> b, double limit, bool atEnd)
    {
        var most = Math.Min(Length(a), Length(b));
        for (double along = 0; along < most; along += 0.5)
            if (Distance(At(a, along, atEnd), At(b, along, atEnd)) > limit) return along;
        return most;
    }

    private static double Length(ReadOnlySpan<Point> line)
    {
        double sum = 0;
        for (var i = 0; i + 1 < line.Length; i++) sum += Distance(line[i], line[i + 1]);
        return sum;
    }

    private static Point At(ReadOnlySpan<Point> line, double along, bool fromEnd)
    {
        for (var i = 0; i + 1 < line.Length; i++)
        {
            var (p, q) = fromEnd ? (line[^(i + 1)], line[^(i + 2)]) : (line[i], line[i + 1]);
            var step = Distance(p, q);
            if (along <= step && step > 0) return new(p.X + (q.X - p.X) * along / step, p.Y + (q.Y - p.Y) * along / step);
            along -= step;
        }
        return fromEnd ? line[0] : line[^1];
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
