namespace Dalgu.City.DemoCity;

/// <summary>Noise that is a pure function of a seed, a stream and a time: random values on a lattice of times, joined smoothly.
/// Mean 0, between −1 and 1. The same arguments give the same value on every machine.</summary>
internal readonly struct SmoothNoise(ulong seed)
{
    /// <summary>The noise of a stream at an instant.</summary>
    /// <param name="stream">Which of many independent noises.</param>
    /// <param name="at">The instant, UTC.</param>
    /// <param name="scale">How far the lattice's times stand apart: what changes slower than this does not show.</param>
    public double At(ulong stream, DateTime at, TimeSpan scale)
    {
        var (cell, rest) = Math.DivRem(at.Ticks, scale.Ticks);
        var x = (double)rest / scale.Ticks;
        var (a, b) = (Unit(stream, cell), Unit(stream, cell + 1));
        return a + (b - a) * (x * x * (3 - 2 * x));
    }

    /// <summary>A number in 0…1 for a whole slot of time.</summary>
    public double Chance(ulong stream, DateTime at, TimeSpan slot) => (Unit(stream, at.Ticks / slot.Ticks) + 1) / 2;

    /// <summary>A stream of its own for a name.</summary>
    public static ulong Stream(string name)
    {
        var hash = 14695981039346656037UL; // FNV-1a
        foreach (var c in name) hash = (hash ^ c) * 1099511628211UL;
        return Mix(hash);
    }

    private double Unit(ulong stream, long cell) => (Mix(Mix(seed ^ stream) + (ulong)cell) >> 11) * (2.0 / (1UL << 53)) - 1;

    private static ulong Mix(ulong x) // the finaliser of SplitMix64
    {
        x += 0x9E3779B97F4A7C15UL;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
        return x ^ (x >> 31);
    }
}
