namespace Dalgu.Signals.Training;

/// <summary>Where an evolution stands: the generations behind it, the middle of the next one, how far and in which directions it scatters, and the two paths along which the middle has gone.</summary>
/// <param name="Generation">How many generations have been.</param>
/// <param name="Mean">The middle; each place from 0 to 1.</param>
/// <param name="Step">How far candidates scatter.</param>
/// <param name="Covariance">In which directions.</param>
/// <param name="StepPath">The path that says whether steps are too short or too long.</param>
/// <param name="CovariancePath">The path that says which direction pays.</param>
internal sealed record EvolutionState(int Generation, double[] Mean, double Step, double[][] Covariance, double[] StepPath, double[] CovariancePath)
{
    /// <summary>The state before the first generation: no direction is preferred.</summary>
    public static EvolutionState Begin(double[] mean, double step)
    {
        var covariance = new double[mean.Length][];
        for (var i = 0; i < mean.Length; i++) (covariance[i] = new double[mean.Length])[i] = 1;
        return new(0, mean, step, covariance, new double[mean.Length], new double[mean.Length]);
    }
}

/// <summary>Evolution with an adapted covariance matrix in the unit cube: the better half of each generation moves the middle, the step and the directions. Only the order of candidates counts, not their figures.</summary>
/// <remarks>CMA-ES as in Hansen, The CMA Evolution Strategy: A Tutorial (2016, arXiv:1604.00772), with positive weights; candidates beyond a face of the cube are mirrored at it.</remarks>
internal sealed class EvolutionStrategy
{
    private readonly int n;
    private readonly int candidates;
    private readonly double[] weights; // of the parents, the best first
    private readonly double effective; // how many parents of equal weight they amount to
    private readonly double stepRate, stepDamping, pathRate, rankOne, rankMany, expected;

    /// <param name="dimension">How many figures a candidate has.</param>
    /// <param name="candidates">How many candidates a generation has, at least 4.</param>
    public EvolutionStrategy(int dimension, int candidates)
    {
        (n, this.candidates) = (dimension, candidates);
        var all = Enumerable.Range(1, candidates / 2).Select(i => Math.Log((candidates + 1) / 2.0) - Math.Log(i)).ToArray();
        var sum = all.Sum();
        weights = Array.ConvertAll(all, w => w / sum);
        effective = 1 / weights.Sum(w => w * w);
        stepRate = (effective + 2) / (n + effective + 5);
        stepDamping = 1 + 2 * Math.Max(0, Math.Sqrt((effective - 1) / (n + 1)) - 1) + stepRate;
        pathRate = (4 + effective / n) / (n + 4 + 2 * effective / n);
        rankOne = 2 / ((n + 1.3) * (n + 1.3) + effective);
        rankMany = Math.Min(1 - rankOne, 2 * (effective - 2 + 1 / effective) / ((n + 2) * (n + 2.0) + effective));
        expected = Math.Sqrt(n) * (1 - 1 / (4.0 * n) + 1 / (21.0 * n * n)); // length of a vector of n standard normal numbers
    }

    /// <summary>How many of a generation shape the next one.</summary>
    public int Parents => weights.Length;

    /// <summary>The candidates of the next generation.</summary>
    public double[][] Sample(EvolutionState state, Random random)
    {
        var (values, vectors) = SymmetricMatrix.Eigen(state.Covariance);
        var sample = new double[candidates][];
        for (var c = 0; c < candidates; c++)
        {
            var z = new double[n];
            for (var i = 0; i < n; i++) z[i] = Math.Sqrt(Math.Max(0, values[i])) * Normal(random);
            sample[c] = new double[n];
            for (var i = 0; i < n; i++) sample[c][i] = Mirrored(state.Mean[i] + state.Step * Dot(vectors[i], z));
        }
        return sample;
    }

    /// <summary>The state after a generation.</summary>
    /// <param name="state">The state that it came from.</param>
    /// <param name="ranked">Its candidates, the best first.</param>
    public EvolutionState Next(EvolutionState state, double[][] ranked)
    {
        var steps = new double[Parents][];
        var move = new double[n];
        for (var p = 0; p < Parents; p++)
        {
            steps[p] = new double[n];
            for (var i = 0; i < n; i++) move[i] += weights[p] * (steps[p][i] = (ranked[p][i] - state.Mean[i]) / state.Step);
        }
        var mean = new double[n];
        for (var i = 0; i < n; i++) mean[i] = Math.Clamp(state.Mean[i] + state.Step * move[i], 0, 1);

        var whitened = Whitened(state.Covariance, move);
        var stepPath = new double[n];
        for (var i = 0; i < n; i++) stepPath[i] = (1 - stepRate) * state.StepPath[i] + Math.Sqrt(stepRate * (2 - stepRate) * effective) * whitened[i];
        var length = Math.Sqrt(Dot(stepPath, stepPath));
        var generation = state.Generation + 1;
        // Where the step has yet to grow, the path of the covariance waits for it.
        var goesOn = length / Math.Sqrt(1 - Math.Pow(1 - stepRate, 2 * generation)) < (1.4 + 2 / (n + 1.0)) * expected;
        var path = new double[n];
        for (var i = 0; i < n; i++) path[i] = (1 - pathRate) * state.CovariancePath[i] + (goesOn ? Math.Sqrt(pathRate * (2 - pathRate) * effective) * move[i] : 0);
        var kept = 1 - rankOne - rankMany + (goesOn ? 0 : rankOne * pathRate * (2 - pathRate));
        var covariance = new double[n][];
        for (var i = 0; i < n; i++)
        {
            covariance[i] = new double[n];
            for (var k = 0; k < n; k++)
            {
                double many = 0;
                for (var p = 0; p < Parents; p++) many += weights[p] * (steps[p][i] * steps[p][k]);
                covariance[i][k] = kept * state.Covariance[i][k] + rankOne * (path[i] * path[k]) + rankMany * many;
            }
        }
        return new(generation, mean, state.Step * Math.Exp(stepRate / stepDamping * (length / expected - 1)), covariance, stepPath, path);
    }

    /// <summary>A step with the directions' scatter taken out of it: the inverse square root of the covariance times it.</summary>
    private double[] Whitened(double[][] covariance, double[] step)
    {
        var (values, vectors) = SymmetricMatrix.Eigen(covariance);
        var result = new double[n];
        for (var e = 0; e < n; e++)
        {
            double along = 0;
            for (var i = 0; i < n; i++) along += vectors[i][e] * step[i];
            along /= Math.Sqrt(Math.Max(1e-20, values[e]));
            for (var i = 0; i < n; i++) result[i] += vectors[i][e] * along;
        }
        return result;
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    private static double Mirrored(double place)
    {
        var turn = Math.Abs(place) % 2;
        return turn > 1 ? 2 - turn : turn;
    }

    /// <summary>A standard normal number (Box and Muller 1958).</summary>
    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
