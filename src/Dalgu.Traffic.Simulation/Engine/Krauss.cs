using System.Runtime.CompilerServices;

namespace Dalgu.Traffic.Simulation.Engine;

/// <summary>Safe speeds after Krauss in steps of one second: the speed is chosen, then driven for the whole step (Euler), and every later step may be slower by the deceleration.</summary>
/// <remarks>S. Krauss, "Microscopic modeling of traffic flow", DLR 1998; the discrete form as SUMO's documentation of the Krauss model describes it.
/// All speeds in m/s, distances in metres, accelerations in m/s².</remarks>
internal static class Krauss
{
    public const double Halting = 0.1;
    private const double Epsilon = 0.001;

    /// <summary>The way to a standstill: the steps of braking, and the reaction time at full speed before them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double BrakeGap(double speed, double decel, double reaction)
    {
        var steps = (double)(int)(speed / decel);
        return steps * (speed - decel * (steps + 1) * 0.5) + speed * reaction;
    }

    /// <summary>The highest speed from which a stop within the gap is possible when each later step is slower by the deceleration.</summary>
    /// <remarks>With n full steps of braking the way is h = n(n-1)/2·b + n·b·t; what remains of the gap is spread over the n + t seconds.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double StopSpeed(double gap, double decel, double reaction)
    {
        var g = gap - Epsilon;
        if (g < 0) return 0;
        var n = Math.Floor(0.5 - reaction + 0.5 * Math.Sqrt(1 + 4 * (2 * g / decel - reaction + reaction * reaction)));
        var h = n * decel * (0.5 * (n - 1) + reaction);
        return n * decel + (g - h) / (n + reaction);
    }

    /// <summary>Whether a gap is so long that it binds nobody up to a speed: a metre longer than the way of braking evenly, which is longer than that in steps.
    /// True only where <see cref="StopSpeed"/> and <see cref="FollowSpeed"/> are above the speed; much cheaper than they are.</summary>
    /// <param name="gap">The gap.</param>
    /// <param name="speed">The speed.</param>
    /// <param name="halfPerDecel">½ divided by the deceleration.</param>
    /// <param name="reaction">The reaction time.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsFree(double gap, double speed, double halfPerDecel, double reaction) => gap > speed * (reaction + speed * halfPerDecel) + 1;

    /// <summary>The highest speed behind a leader that keeps free of it even if it brakes as hard as it can.</summary>
    public static double FollowSpeed(double speed, double gap, double leaderSpeed, double leaderDecel, double decel, double emergencyDecel, double tau)
    {
        var way = leaderSpeed <= 0 ? gap : gap + BrakeGap(leaderSpeed, Math.Max(decel, leaderDecel), 0);
        var safe = StopSpeed(way, decel, tau);
        var needed = speed - safe;
        if (needed <= decel + Epsilon || decel >= emergencyDecel) return safe;
        var planned = Math.Min(needed, Math.Max(decel, 1.2 * EmergencyDecel(gap, speed, leaderSpeed, leaderDecel, emergencyDecel)));
        return Math.Max(0, speed - planned);
    }

    /// <summary>The highest speed behind a leader without regard to how hard one would have to brake.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SafeFollowSpeed(double gap, double leaderSpeed, double leaderDecel, double decel, double tau) =>
        StopSpeed(gap + BrakeGap(leaderSpeed, Math.Max(decel, leaderDecel), 0), decel, tau);

    /// <summary>The highest speed now that lets the vehicle have the wanted speed after a distance.</summary>
    public static double FreeSpeed(double decel, double distance, double wanted)
    {
        if (distance < wanted) return wanted;
        var y = Math.Max(0, ((Math.Sqrt((decel + 2 * wanted) * (decel + 2 * wanted) + 8 * decel * distance) - decel) * 0.5 - wanted) / decel);
        var full = Math.Floor(y);
        var covered = (full * full + full) * 0.5 * decel + full * wanted + (y > full ? wanted : 0);
        return Math.Max(0, distance - covered) / (full + 1) + full * decel + wanted;
    }

    /// <summary>The gap that a follower needs, beyond its minimum gap, to keep free of a leader that brakes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SecureGap(double speed, double decel, double tau, double leaderSpeed, double leaderDecel) =>
        Math.Max(0, BrakeGap(speed, decel, tau) - BrakeGap(leaderSpeed, Math.Max(decel, leaderDecel), 0));

    /// <summary>The speed after a distance at a constant acceleration.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SpeedAfter(double distance, double speed, double accel) => Math.Sqrt(Math.Max(0, speed * speed + 2 * accel * distance));

    /// <summary>The same, but no more than a speed; the root is drawn only where it is less.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SpeedAfter(double distance, double speed, double accel, double most)
    {
        var square = speed * speed + 2 * accel * distance;
        return square > most * most * (1 + 1e-9) ? most : Math.Min(Math.Sqrt(Math.Max(0, square)), most);
    }

    /// <summary>The seconds that a distance takes at the least when the vehicle reaches its end with a speed.</summary>
    public static double ArrivalTime(double distance, double speed, double arrivalSpeed, double accel, double decel)
    {
        if (distance <= 0) return 0;
        var a = arrivalSpeed >= speed ? accel : -decel;
        var time = (arrivalSpeed - speed) / a;
        var way = time * (arrivalSpeed + speed) * 0.5;
        if (distance >= way) return time + (distance - way) / Math.Max(Math.Max(speed, arrivalSpeed), Halting);
        return (-speed + Math.Sqrt(Math.Max(0, speed * speed + 2 * a * distance))) / a;
    }

    private static double EmergencyDecel(double gap, double speed, double leaderSpeed, double leaderDecel, double hardest)
    {
        if (gap <= 0) return hardest;
        var alone = 0.5 * speed * speed / (gap + 0.5 * leaderSpeed * leaderSpeed / leaderDecel);
        return alone <= leaderDecel ? alone : 0.5 * (speed * speed - leaderSpeed * leaderSpeed) / gap;
    }
}
