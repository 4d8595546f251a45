using Dalgu.Console;

namespace Dalgu.Plan.Sample;

public static partial class DaeguNewDeal
{
    // The article of 17 January states every target below that names it, eleven days before the city's own text.
    private static IReadOnlyList<Indicator> Goals =>
    [
        new("jobs", 1, T("일자리 창출", "Jobs created"), T("개", "jobs"), "C62", RollUp.Sum, null,
            [new(114_000, YeongnamIlbo), new(110_000, City)],
            new(290_000, YeongnamIlbo, T("같은 기사의 제목과 첫 문장은 29만 개", "The headline and first sentence of the same article say 290,000"))),
        new("talents", 2, T("뉴딜혁신인재 양성", "New Deal talents trained"), T("명", "persons"), "C62", RollUp.Distinct, null,
            [new(10_000, YeongnamIlbo), new(10_000, City)]),
        new("greenhouse-gas", 3, T("온실가스 감축", "Greenhouse gas cut"), T("톤 CO2eq", "t CO2eq"), "TNE", RollUp.Sum,
            T("2025년 배출전망 1,196만 톤의 20.9 % (배출전망: 영남데일리가 옮긴 시 보도자료)", "20.9 % of the 2025 business-as-usual forecast of 11.96 Mt (forecast: the city's release as printed by Yeongnam Daily)"),
            [new(2_500_000, YeongnamIlbo), new(2_500_000, City)]),
        new("downtown-speed", 4, T("도심 통행속도 개선", "Downtown travel speed gain"), T("%", "%"), "P1", RollUp.Ratio, null,
            [new(15, City, T("\"약 15 %\"; 기준값과 연도는 미공표", "\"About 15 %\"; baseline and year not published"))]),
        new("future-car-firms", 5, T("미래차 핵심부품 개발 기업", "Firms developing core parts of future cars"), T("개사", "firms"), "C62", RollUp.Distinct, null, [new(100, YeongnamIlbo)]),
        new("social-ventures", 6, T("청년소셜벤처 스케일업", "Youth social ventures scaled up"), T("개사", "firms"), "C62", RollUp.Distinct, null, [new(150, YeongnamIlbo)]),
        new("electricity", 7, T("전력자립률", "Electricity self-sufficiency rate"), T("%", "%"), "P1", RollUp.Ratio, null, [new(70, YeongnamIlbo)]),
        new("eco-cars", 8, T("친환경 자동차", "Eco-friendly cars"), T("대", "cars"), "C62", RollUp.Last, null, [new(115_000, YeongnamIlbo)]),
        new("urban-forests", 9, T("생활 도시숲", "Neighbourhood urban forests"), T("곳", "places"), "C62", RollUp.Last, null, [new(133, YeongnamIlbo)]),
    ];

    private static IReadOnlyList<PublishedSource> Texts =>
    [
        new(City, T("대구시 「대구형 뉴딜」 발표문", "City of Daegu, text of the Daegu New Deal"), T("대구광역시", "City of Daegu"), new(2021, 1, 28),
            "https://busan.fnnews.com/news/202101280938519734",
            T("발표문을 옮긴 기사 주소. 사업비·일자리·사업 수는 전략별로만 실려 있다.", "The address is of an article that prints the text. Money, jobs and numbers of projects are given by strategy only.")),
        new(YeongnamIlbo, T("영남일보 2021-01-17 보도", "Yeongnam Ilbo, 17 January 2021"), T("영남일보", "Yeongnam Ilbo"), new(2021, 1, 17),
            "https://www.yeongnam.com/web/view.php?key=20210117010002045",
            T("발표 열하루 전 기사. 비전 문구가 다르고, 뒤에 빠진 지표 다섯이 실려 있다.", "Eleven days before the announcement: another wording of the vision, and five indicators that were dropped later.")),
        new(YeongnamDaily, T("영남데일리가 옮긴 시 보도자료", "The city's release as printed by Yeongnam Daily"), T("영남데일리", "Yeongnam Daily"), new(2021, 1, 28),
            "http://yeongnamdaily.com/detail.php?number=24569",
            T("온실가스 2025년 배출전망(1,196만 톤)의 출처.", "Source of the 2025 business-as-usual forecast (11.96 Mt).")),
        new(KyongbukMaeil, T("경북매일 2021-01-28 보도", "Kyongbuk Maeil, 28 January 2021"), T("경북매일", "Kyongbuk Maeil"), new(2021, 1, 28),
            "https://www.kbmaeil.com/news/articleView.html?idxno=867332",
            T("산업뉴딜 13개 과제의 예산. 전략 총사업비의 43.4 %만 설명한다.", "Budgets of thirteen items of the industrial strategy. They explain 43.4 % of its total.")),
        new(DaeguIlbo, T("대구일보 2021-01-28 보도", "Daegu Ilbo, 28 January 2021"), T("대구일보", "Daegu Ilbo"), new(2021, 1, 28),
            "http://www.idaegu.com/newsView/idg202101280058",
            T("대표과제 일곱을 다르게 적는다(일곱째가 상생일자리 발굴).", "Lists another seven flagships (the seventh is win-win jobs).")),
    ];
}
