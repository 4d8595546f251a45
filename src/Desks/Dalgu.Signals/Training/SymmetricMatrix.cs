namespace Dalgu.Signals.Training;

/// <summary>The eigenvalues and eigenvectors of a small symmetric matrix.</summary>
internal static class SymmetricMatrix
{
    private const int MostSweeps = 60;

    /// <summary>Turns pairs of axes until nothing is left beside the diagonal. Column i of the vectors belongs to value i.</summary>
    /// <remarks>The cyclic Jacobi method; Golub and Van Loan, Matrix Computations, chapter 8.5 (2013).</remarks>
    public static (double[] Values, double[][] Vectors) Eigen(double[][] matrix)
    {
        var n = matrix.Length;
        var a = Array.ConvertAll(matrix, row => row.ToArray());
        var v = new double[n][];
        for (var i = 0; i < n; i++) (v[i] = new double[n])[i] = 1;
        for (var sweep = 0; sweep < MostSweeps; sweep++)
        {
            double off = 0, diagonal = 0;
            for (var i = 0; i < n; i++)
            {
                diagonal += a[i][i] * a[i][i];
                for (var k = i + 1; k < n; k++) off += a[i][k] * a[i][k];
            }
            if (off <= 1e-30 * diagonal) break;
            for (var p = 0; p < n; p++)
                for (var q = p + 1; q < n; q++)
                    if (a[p][q] != 0) Turn(a, v, p, q);
        }
        var values = new double[n];
        for (var i = 0; i < n; i++) values[i] = a[i][i];
        return (values, v);
    }

    /// <summary>The turn of two axes after which the matrix has nothing between them.</summary>
    private static void Turn(double[][] a, double[][] v, int p, int q)
    {
        var theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        var t = (theta < 0 ? -1 : 1) / (Math.Abs(theta) + Math.Sqrt(theta * theta + 1));
        var c = 1 / Math.Sqrt(t * t + 1);
        var s = t * c;
        for (var k = 0; k < a.Length; k++) (a[k][p], a[k][q]) = (c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]);
        for (var k = 0; k < a.Length; k++) (a[p][k], a[q][k]) = (c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]);
        for (var k = 0; k < a.Length; k++) (v[k][p], v[k][q]) = (c * v[k][p] - s * v[k][q], s * v[k][p] + c * v[k][q]);
    }
}
