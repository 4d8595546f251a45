using Dalgu.Console;
using Dalgu.Console.Components;

namespace Dalgu.City.Now;

/// <summary>The national grade of fine dust PM2.5 by its concentration in µg/m³.</summary>
/// <param name="Name">좋음, 보통, 나쁨 or 매우나쁨.</param>
/// <param name="UpTo">The highest whole concentration of the grade; positive infinity for the last.</param>
/// <param name="Kind">How a page marks it.</param>
/// <remarks>Ministry of Environment, fine-dust forecast grades since 27 March 2018, as AirKorea prints them: 0–15, 16–35, 36–75, 76 and above.</remarks>
public sealed record AirGrade(BilingualText Name, double UpTo, BadgeKind Kind)
{
    /// <summary>Where the limits come from.</summary>
    public static readonly BilingualText Source = new("환경부 미세먼지 예보등급 (2018-03-27 시행): 15 · 35 · 75 µg/m³", "Ministry of Environment, fine-dust grades since 27 March 2018: 15 · 35 · 75 µg/m³");

    /// <summary>The grades from the best.</summary>
    public static IReadOnlyList<AirGrade> All { get; } =
    [
        new(new("좋음", "good"), 15, BadgeKind.Good),
        new(new("보통", "moderate"), 35, BadgeKind.Plain),
        new(new("나쁨", "bad"), 75, BadgeKind.Warn),
        new(new("매우나쁨", "very bad"), double.PositiveInfinity, BadgeKind.Bad),
    ];

    /// <summary>The grade of a concentration, rounded to whole µg/m³ as it is published.</summary>
    public static AirGrade Of(double pm25)
    {
        var whole = Math.Round(pm25, MidpointRounding.AwayFromZero);
        foreach (var grade in All) if (whole <= grade.UpTo) return grade;
        return All[^1];
    }
}
