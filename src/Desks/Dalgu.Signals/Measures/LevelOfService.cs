namespace Dalgu.Signals.Measures;

/// <summary>Levels of service of a signalised junction by mean control delay in seconds.</summary>
internal static class LevelOfService
{
    private static readonly double[] KoreanLimits = [15, 30, 50, 70, 100, 220, 340];
    private static readonly string[] KoreanGrades = ["A", "B", "C", "D", "E", "F", "FF", "FFF"];
    private static readonly double[] HcmLimits = [10, 20, 35, 55, 80];
    private static readonly string[] HcmGrades = ["A", "B", "C", "D", "E", "F"];

    /// <summary>A to FFF.</summary>
    /// <remarks>Korean Highway Capacity Manual (도로용량편람), signalised junctions: 15, 30, 50, 70, 100, 220, 340 s.</remarks>
    public static string Korean(double delay) => Grade(delay, KoreanLimits, KoreanGrades);

    /// <summary>A to F.</summary>
    /// <remarks>Highway Capacity Manual 2010, exhibit 18-4: 10, 20, 35, 55, 80 s.</remarks>
    public static string Hcm(double delay) => Grade(delay, HcmLimits, HcmGrades);

    private static string Grade(double delay, double[] limits, string[] grades)
    {
        var i = 0;
        while (i < limits.Length && delay > limits[i]) i++;
        return grades[i];
    }
}
