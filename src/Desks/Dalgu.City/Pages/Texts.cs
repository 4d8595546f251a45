using System.Globalization;
using Dalgu.Console;
using Dalgu.Console.Display;

namespace Dalgu.City.Pages;

/// <summary>The words of the city page, in Korean and English.</summary>
internal static class Texts
{
    public static readonly BilingualText City = new("도시", "City");
    public static readonly BilingualText Question = new("지금 대구는 어떤가", "How is Daegu now?");
    public static readonly BilingualText DowntownSpeed = new("도심 통행속도", "Downtown travel speed");
    public static readonly BilingualText FineDust = new("초미세먼지 PM2.5", "Fine dust PM2.5");
    public static readonly BilingualText Temperature = new("기온", "Temperature");
    public static readonly BilingualText Sources = new("데이터 원천", "Data sources");
    public static readonly BilingualText Healthy = new("정상", "healthy");
    public static readonly BilingualText AllSend = new("모두 예정대로", "all send as usual");
    public static readonly BilingualText AgainstTypical = new("평소 이 시각보다", "Against a typical day at this hour");
    public static readonly BilingualText Slowest = new("가장 느린 곳", "Slowest");
    public static readonly BilingualText Highest = new("최고", "Highest");
    public static readonly BilingualText NoStations = new("측정소 없음", "no stations");
    public static readonly BilingualText MapLabel = new("대구의 구·군, 센서, 가져온 경계", "Districts of Daegu, sensors, imported boundaries");
    public static readonly BilingualText MapNote = new("크기 = 주민 수 (2024-06)", "size = residents (2024-06)");
    public static readonly BilingualText DistrictsLayer = new("구·군", "Districts");
    public static readonly BilingualText SpeedLayer = new("통행속도 km/h", "Speed km/h");
    public static readonly BilingualText DustLayer = new("PM2.5", "PM2.5");
    public static readonly BilingualText WeatherLayer = new("기온", "Temperature");
    public static readonly BilingualText JustChanged = new("방금 바뀐 것", "Just changed");
    public static readonly BilingualText SpeedTitle = new("도심 통행속도, 오늘과 평소", "Downtown speed, today and on a typical day");
    public static readonly BilingualText Today = new("오늘", "today");
    public static readonly BilingualText Typical = new("평소", "typical");
    public static readonly BilingualText Stations = new("평균에 드는 지점:", "Stations of the mean:");
    public static readonly BilingualText SourcesHealth = new("원천의 건강", "Health of the sources");
    public static readonly BilingualText Districts = new("구·군의 주민과 면적", "Residents and area of the districts");
    public static readonly BilingualText District = new("구·군", "District");
    public static readonly BilingualText Code = new("행정코드", "Code");
    public static readonly BilingualText Residents = new("주민", "Residents");
    public static readonly BilingualText Households = new("세대", "Households");
    public static readonly BilingualText Area = new("면적 km²", "Area km²");
    public static readonly BilingualText SourceWord = new("출처", "Source");
    public static readonly BilingualText Sum = new("주민 합계", "Residents in all");

    public static BilingualText Lead(int sensors) => new($"센서 {N(sensors)}곳의 최근 값. 값을 누르면 출처와 이력이 열립니다.", $"The latest values of {N(sensors)} sensors. Each value opens its source and history.");
    public static BilingualText Reporting(int n, int of) => new($"{N(n)} / {N(of)}곳 보고", $"{N(n)} of {N(of)} report");
    public static BilingualText SumOf(int n, int of) => new($"({N(n)} / {N(of)} 구·군)", $"({N(n)} of {N(of)} districts)");

    public static BilingualText SpeedNote(int days) => days == 0
        ? new("비교할 지난 날이 아직 없습니다.", "There are no past days to compare with yet.")
        : new($"평소 = 지난 4주 가운데 같은 요일 유형(평일·토·일, 공휴일 구분 없음) {N(days)}일의 반시간 평균.", $"Typical = mean of the same half hours of {N(days)} days of the same kind (weekday, Saturday, Sunday; holidays not told apart) in the last four weeks.");

    public static BilingualText Filling(double share) => new($"지난 30일 채우는 중 {P(share)}", $"filling in the last 30 days, {P(share)}");

    private static string N(int number) => Figures.Number(number);
    private static string P(double share) => (share * 100).ToString("0", CultureInfo.InvariantCulture) + " %";
}
