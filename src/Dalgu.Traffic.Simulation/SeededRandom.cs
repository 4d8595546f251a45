namespace Dalgu.Traffic.Simulation;

/// <summary>A small generator of pseudo-random numbers: a counter that SplitMix64 scrambles. One word of state, so that every vehicle can have its own stream.</summary>
/// <remarks>G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.</remarks>
internal struct SeededRandom(ulong state)
{
    public ulong State = state;

    /// <summary>A number from 0 (included) to 1 (excluded).</summary>
    public double NextUnit() => UnitOf(Next());

    /// <summary>A number from the normal distribution with mean 0 and deviation 1 (Box and Muller).</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - NextUnit())) * Math.Cos(2 * Math.PI * NextUnit());

    public ulong Next()
    {
        State += 0x9E3779B97F4A7C15;
        return Scramble(State);
    }

    public static double UnitOf(ulong word) => (word >> 11) * (1.0 / (1ul << 53));

    public static ulong Mix(ulong a, ulong b) => Scramble(Scramble(a + 0x9E3779B97F4A7C15) ^ b);

    /// <summary>FNV-1a over the letters: the same on every machine and run.</summary>
    public static ulong Hash(string text)
    {
        var hash = 14695981039346656037ul;
        foreach (var letter in text) hash = (hash ^ letter) * 1099511628211ul;
        return hash;
    }

    public static ulong Scramble(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
