namespace Dalgu.Signals.Study;

/// <summary>Confidence intervals by resampling, with a seeded generator: the same numbers give the same interval.</summary>
internal static class Bootstrap
{
    private const int Resamples = 5000;

    /// <summary>The mean of paired differences and its 95 % interval (percentiles of resampled means).</summary>
    /// <remarks>Efron and Tibshirani, An Introduction to the Bootstrap, chapter 13 (1993).</remarks>
    public static (double Mean, double Low, double High) Mean(IReadOnlyList<double> differences, int seed = 1)
    {
        if (differences.Count == 0) return (double.NaN, double.NaN, double.NaN);
        var random = new Random(seed);
        var means = new double[Resamples];
        for (var i = 0; i < Resamples; i++)
        {
            double sum = 0;
            for (var k = 0; k < differences.Count; k++) sum += differences[random.Next(differences.Count)];
            means[i] = sum / differences.Count;
        }
        Array.Sort(means);
        return (differences.Average(), means[(int)(Resamples * 0.025)], means[(int)(Resamples * 0.975)]);
    }
}
