using System.Collections.Frozen;

namespace Dalgu.Console.Display;

/// <summary>What people call the entity types that a city's data models share. Programs know them by their names, and so do the addresses of pages.</summary>
public static class TypeWords
{
    private static readonly FrozenDictionary<string, BilingualText> Words = new Dictionary<string, BilingualText>(StringComparer.Ordinal)
    {
        ["AirQualityObserved"] = new("대기질 관측", "Air quality"), ["WeatherObserved"] = new("기상 관측", "Weather"), ["TrafficFlowObserved"] = new("교통 흐름 관측", "Traffic flow"),
        ["AdministrativeDistrict"] = new("구·군", "Districts"), ["AdministrativeDistrictBoundary"] = new("구·군 경계", "District boundaries"), ["KeyPerformanceIndicator"] = new("지표", "Indicators"),
        ["NewDealPlan"] = new("계획", "Plan"), ["NewDealStrategy"] = new("전략", "Strategies"), ["NewDealField"] = new("분야", "Fields"), ["NewDealItem"] = new("과제", "Items"),
        ["NewDealFlagship"] = new("대표과제", "Flagships"), ["PublishedSource"] = new("출처", "Published sources"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The word for a type (an IRI) in the language of the page; its short name where there is none.</summary>
    public static string Of(string type)
    {
        var name = Names.Short(type);
        return Words.TryGetValue(name, out var word) ? word.Current : name;
    }

    /// <summary>True where the word is another than the name, so that a page for both people and programs prints both.</summary>
    public static bool Differ(string type) => Of(type) != Names.Short(type);
}
