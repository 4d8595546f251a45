using Dalgu.City.Districts;
using Dalgu.Console;

namespace Dalgu.City.DemoCity;

/// <summary>The sixty sensors of the demo city, three kinds in nine districts.</summary>
/// <remarks>Junctions: the mean place of the bus stops that bear the name, or the junction read off a map to about 150 m. Stations:
/// the centroid of the dong that they are named after (2018 boundaries), moved aside where two would stand on one spot.</remarks>
public static class DemoSensors
{
    /// <summary>How long the demo keeps the history of its sensors where no setting says: so that a demo that runs on does not grow without end.</summary>
    public const string HistoryKept = "AirQualityObserved=40.00:00:00,WeatherObserved=40.00:00:00,TrafficFlowObserved=40.00:00:00";

    /// <summary>All sensors: traffic, air, weather.</summary>
    public static IReadOnlyList<Sensor> All { get; } = [.. Numbered(Traffic()), .. Numbered(Air()), .. Numbered(Weather())];

    /// <summary>The sensors of one kind.</summary>
    public static IEnumerable<Sensor> Of(SensorKind kind) => All.Where(s => s.Kind == kind);

    private static IEnumerable<Sensor> Numbered(IEnumerable<Sensor> sensors) =>
        sensors.GroupBy(s => s.District, StringComparer.Ordinal).SelectMany(g => g.Select((s, i) => s with { Number = i + 1 }));

    private static IEnumerable<Sensor> Traffic()
    {
        BilingualText dalgubeol = new("달구벌대로", "Dalgubeol-daero"), gukchae = new("국채보상로", "Gukchaebosang-ro"), jungang = new("중앙대로", "Jungang-daero"), dongdaegu = new("동대구로", "Dongdaegu-ro");
        yield return Road("27110", "반월당네거리", "Banwoldang Junction", 128.5934, 35.8655, dalgubeol, true);
        yield return Road("27110", "계산오거리", "Gyesan Junction", 128.5876, 35.8659, dalgubeol, true);
        yield return Road("27110", "동인네거리", "Dongin Junction", 128.60644, 35.87257, gukchae, true);
        yield return Road("27110", "중앙네거리", "Jungang Junction", 128.5938, 35.8713, jungang, true);
        yield return Road("27110", "대구역네거리", "Daegu Station Junction", 128.5953, 35.8752, new("태평로", "Taepyeong-ro"), true);
        yield return Road("27200", "명덕네거리", "Myeongdeok Junction", 128.5920, 35.8562, jungang, true);
        yield return Road("27200", "안지랑네거리", "Anjirang Junction", 128.57527, 35.83912, new("대명로", "Daemyeong-ro"));
        yield return Road("27260", "범어네거리", "Beomeo Junction", 128.6253, 35.8593, dalgubeol, true);
        yield return Road("27260", "수성네거리", "Suseong Junction", 128.61848, 35.85959, dalgubeol, true);
        yield return Road("27260", "황금네거리", "Hwanggeum Junction", 128.62405, 35.83871, dongdaegu);
        yield return Road("27260", "들안길네거리", "Deulan-gil Junction", 128.61675, 35.84042, new("들안로", "Deuran-ro"));
        yield return Road("27140", "동대구역네거리", "Dongdaegu Station Junction", 128.6252, 35.8770, dongdaegu);
        yield return Road("27140", "큰고개오거리", "Keungogae Junction", 128.63204, 35.88633, new("아양로", "Ayang-ro"));
        yield return Road("27140", "용계삼거리", "Yonggye Junction", 128.68417, 35.87523, new("안심로", "Ansim-ro"));
        yield return Road("27140", "불로삼거리", "Bullo Junction", 128.63637, 35.90185, new("팔공로", "Palgong-ro"));
        yield return Road("27230", "침산네거리", "Chimsan Junction", 128.59338, 35.88781, new("침산로", "Chimsan-ro"));
        yield return Road("27230", "복현오거리", "Bokhyeon Junction", 128.61565, 35.89768, new("동북로", "Dongbuk-ro"));
        yield return Road("27230", "태전삼거리", "Taejeon Junction", 128.5467, 35.92173, new("칠곡중앙대로", "Chilgokjungang-daero"));
        yield return Road("27170", "만평네거리", "Manpyeong Junction", 128.5618, 35.8889, new("팔달로", "Paldal-ro"));
        yield return Road("27170", "신평리네거리", "Sinpyeongni Junction", 128.55526, 35.86851, new("서대구로", "Seodaegu-ro"));
        yield return Road("27290", "두류네거리", "Duryu Junction", 128.5565, 35.8566, dalgubeol);
        yield return Road("27290", "감삼네거리", "Gamsam Junction", 128.5490, 35.8543, dalgubeol);
        yield return Road("27290", "죽전네거리", "Jukjeon Junction", 128.53491, 35.84986, dalgubeol);
        yield return Road("27290", "본리네거리", "Bolli Junction", 128.53773, 35.8371, new("와룡로", "Waryong-ro"));
        yield return Road("27710", "매곡사거리", "Maegok Junction", 128.45884, 35.86252, dalgubeol);
        yield return Road("27710", "현풍 테크노폴리스", "Hyeonpung Technopolis", 128.4640, 35.6950, new("테크노대로", "Tekeuno-daero"));
        yield return Road("27720", "군위읍", "Gunwi-eup", 128.5729, 36.2371, new("국도 5호선", "National Route 5"));
    }

    private static IEnumerable<Sensor> Air()
    {
        foreach (var (district, dong, english, x, y) in new[]
        {
            ("27110", "동인동", "Dongin-dong", 128.6076, 35.8703), ("27140", "신암4동", "Sinam 4-dong", 128.6283, 35.8846), ("27140", "안심1동", "Ansim 1-dong", 128.6957, 35.8656),
            ("27140", "지저동", "Jijeo-dong", 128.6420, 35.8997), ("27170", "평리2동", "Pyeongni 2-dong", 128.5658, 35.8692), ("27170", "비산7동", "Bisan 7-dong", 128.5498, 35.8878),
            ("27200", "대명9동", "Daemyeong 9-dong", 128.5811, 35.8288), ("27200", "봉덕1동", "Bongdeok 1-dong", 128.5983, 35.8465), ("27230", "침산2동", "Chimsan 2-dong", 128.5955, 35.8869),
            ("27230", "태전1동", "Taejeon 1-dong", 128.5400, 35.9258), ("27230", "국우동", "Gugu-dong", 128.5812, 35.9602), ("27260", "만촌1동", "Manchon 1-dong", 128.6496, 35.8707),
            ("27260", "지산1동", "Jisan 1-dong", 128.6378, 35.8301), ("27260", "고산2동", "Gosan 2-dong", 128.6771, 35.8383), ("27290", "이곡1동", "Igok 1-dong", 128.5114, 35.8571),
            ("27290", "본동", "Bon-dong", 128.5393, 35.8338), ("27290", "진천동", "Jincheon-dong", 128.5250, 35.8040), ("27710", "다사읍", "Dasa-eup", 128.4659, 35.8725),
            ("27710", "화원읍", "Hwawon-eup", 128.5120, 35.7867), ("27720", "군위읍", "Gunwi-eup", 128.5690, 36.2330),
        })
            yield return new(SensorKind.AirQualityObserved, district, 0, new(dong + " 대기", english + " air"), new(x, y));
    }

    private static IEnumerable<Sensor> Weather()
    {
        foreach (var (district, dong, english, x, y) in new[]
        {
            ("27110", "남산1동", "Namsan 1-dong", 128.5926, 35.8597), ("27140", "지저동", "Jijeo-dong", 128.6480, 35.9030), ("27170", "평리2동", "Pyeongni 2-dong", 128.5700, 35.8720),
            ("27200", "봉덕1동", "Bongdeok 1-dong", 128.5930, 35.8440), ("27230", "침산2동", "Chimsan 2-dong", 128.5900, 35.8930), ("27230", "국우동", "Gugu-dong", 128.5760, 35.9540),
            ("27260", "고산2동", "Gosan 2-dong", 128.6830, 35.8360), ("27290", "성당동", "Seongdang-dong", 128.5566, 35.8447), ("27710", "유가읍", "Yuga-eup", 128.4879, 35.6835),
            ("27710", "가창면", "Gachang-myeon", 128.6197, 35.7579), ("27710", "다사읍", "Dasa-eup", 128.4600, 35.8760), ("27720", "효령면", "Hyoryeong-myeon", 128.5971, 36.1383),
            ("27720", "의흥면", "Uiheung-myeon", 128.7384, 36.1705),
        })
            yield return new(SensorKind.WeatherObserved, district, 0, new(dong + " 기상", english + " weather"), new(x, y));
    }

    private static Sensor Road(string district, string korean, string english, double x, double y, BilingualText road, bool downtown = false) =>
        new(SensorKind.TrafficFlowObserved, district, 0, new(korean, english), new(x, y), road, downtown);
}
