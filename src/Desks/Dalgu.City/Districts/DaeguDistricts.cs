using Dalgu.Hub.Entities;

namespace Dalgu.City.Districts;

/// <summary>The nine districts of Daegu since Gunwi joined it on 1 July 2023, typed from public statistics.</summary>
/// <remarks>Residents and households: resident registration of the Ministry of the Interior and Safety, June 2024. Dalseong-gun includes its
/// branch offices 논공읍공단 (11,567) and 다사읍서재 (38,672), which have residents but no boundary of their own. Area: land area of
/// Statistics Korea's geographic information service as of the same statistics.</remarks>
public static class DaeguDistricts
{
    /// <summary>When the counts held: the end of June 2024 in Korea.</summary>
    public static readonly DateTime AsOf = new(2024, 6, 30, 14, 59, 59, DateTimeKind.Utc);

    /// <summary>Where the counts of residents and households come from.</summary>
    public const string ResidentsSource = "행정안전부 주민등록 인구통계, 2024년 6월";

    /// <summary>Where the areas come from.</summary>
    public const string AreaSource = "통계청 통계지리정보서비스(SGIS), 2024년 6월 통계에 실린 토지면적";

    /// <summary>Where the marks come from.</summary>
    public const string MarkSource = "읍면동 중심점(통계청 2018 경계)의 주민 수 가중평균";

    /// <summary>The districts in order of code.</summary>
    public static IReadOnlyList<District> All { get; } =
    [
        new("27110", "22010", new("중구", "Jung-gu"), 92_659, 46_666, 7.0411, new(128.5907, 35.8653)),
        new("27140", "22020", new("동구", "Dong-gu"), 343_248, 164_334, 181.5568, new(128.6542, 35.8919)),
        new("27170", "22030", new("서구", "Seo-gu"), 163_359, 84_068, 17.4039, new(128.5594, 35.8730)),
        new("27200", "22040", new("남구", "Nam-gu"), 136_893, 75_300, 17.7990, new(128.5840, 35.8394)),
        new("27230", "22050", new("북구", "Buk-gu"), 416_442, 191_989, 93.6742, new(128.5779, 35.9169)),
        new("27260", "22060", new("수성구", "Suseong-gu"), 408_311, 173_764, 76.7877, new(128.6454, 35.8413)),
        new("27290", "22070", new("달서구", "Dalseo-gu"), 524_284, 236_806, 62.5169, new(128.5325, 35.8331)),
        new("27710", "22310", new("달성군", "Dalseong-gun"), 259_280, 92_647, 422.8041, new(128.4808, 35.7795)),
        new("27720", "37310", new("군위군", "Gunwi-gun"), 22_707, 13_507, 613.0735, new(128.6083, 36.1850)),
    ];

    /// <summary>The district of a code of any system, be it of the district or of a dong in it; null where the code is not of Daegu.</summary>
    public static District? Of(string code) => DistrictCodes.ToMois(code) is { } mois ? All.FirstOrDefault(d => d.Code == mois) : null;

    /// <summary>A district as an entity.</summary>
    public static Entity ToEntity(District district) => new EntityBuilder(district.Id, District.Type)
        .Language("name", district.Name.Korean, district.Name.English)
        .Text("code", district.Code).With("source", "행정표준코드 (행정안전부)")
        .Text("kostatCode", district.KostatCode).With("source", "통계청 행정구역분류, 2018 경계")
        .Number("population", district.Residents, "IE", AsOf).With("source", ResidentsSource)
        .Number("households", district.Households, null, AsOf).With("source", ResidentsSource)
        .Number("area", district.AreaKm2, "KMK", AsOf).With("source", AreaSource)
        .Point("location", district.Mark).With("source", MarkSource)
        .Scope("/대구광역시/" + district.Name.Korean)
        .Build();
}
