using System.Collections.Frozen;

namespace Dalgu.Console.Display;

/// <summary>What people call the attributes that a city's data models share. Programs know them by their names, and so do the addresses of pages.</summary>
public static class AttributeWords
{
    private static readonly FrozenDictionary<string, BilingualText> Words = new Dictionary<string, BilingualText>(StringComparer.Ordinal)
    {
        ["name"] = new("이름", "name"), ["location"] = new("위치", "place"), ["code"] = new("행정코드", "code"), ["kostatCode"] = new("통계청 코드", "Statistics Korea code"), ["areaServed"] = new("구역", "area served"), ["dataProvider"] = new("제공", "provider"), ["dateObserved"] = new("관측 시각", "observed at"),
        ["refDistrict"] = new("구·군", "district"), ["roadName"] = new("도로", "road"), ["address"] = new("주소", "address"), ["description"] = new("설명", "description"), ["source"] = new("출처", "source"),
        ["averageVehicleSpeed"] = new("통행속도", "speed"), ["intensity"] = new("교통량", "flow"), ["occupancy"] = new("점유율", "occupancy"), ["congested"] = new("지체", "congested"),
        ["pm25"] = new("PM2.5", "PM2.5"), ["pm10"] = new("PM10", "PM10"), ["no2"] = new("NO₂", "NO₂"), ["o3"] = new("O₃", "O₃"), ["so2"] = new("SO₂", "SO₂"), ["co"] = new("CO", "CO"),
        ["temperature"] = new("기온", "temperature"), ["relativeHumidity"] = new("습도", "humidity"), ["windSpeed"] = new("풍속", "wind"), ["windDirection"] = new("풍향", "wind direction"),
        ["precipitation"] = new("강수량", "rain"), ["atmosphericPressure"] = new("기압", "pressure"),
        ["population"] = new("주민", "residents"), ["households"] = new("세대", "households"), ["area"] = new("면적", "area"),
        ["budget"] = new("총사업비", "total cost"), ["jobs"] = new("일자리", "jobs"), ["projects"] = new("사업", "projects"), ["target"] = new("목표", "target"), ["actual"] = new("실적", "actual"), ["order"] = new("순서", "order"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The word for an attribute in the language of the page; its short name where there is none.</summary>
    public static string Of(string attribute)
    {
        var name = Names.Short(attribute);
        return Words.TryGetValue(name, out var word) ? word.Current : name;
    }

    /// <summary>True where the word is another than the name, so that a page for both people and programs prints both.</summary>
    public static bool Differ(string attribute) => Of(attribute) != Names.Short(attribute);
}
