using Dalgu.Console;

namespace Dalgu.Plan.Sample;

/// <summary>The Daegu New Deal of January 2021, typed from the texts published then. The product's own sample of a plan.</summary>
/// <remarks>Sums that hold: projects 87 + 31 + 47 = 165; money 47,365 + 60,577 + 12,132 = 120,074 억; jobs 4 + 4 + 3 = 11 만.
/// The city stated no total of money; papers round it to 12조.</remarks>
public static partial class DaeguNewDeal
{
    private const string City = "city-20210128", YeongnamIlbo = "yeongnam-ilbo-20210117", YeongnamDaily = "yeongnam-daily-20210128",
        KyongbukMaeil = "kyongbuk-maeil-20210128", DaeguIlbo = "daegu-ilbo-20210128";

    /// <summary>The plan.</summary>
    public static Programme Programme { get; } = new()
    {
        Head = new("daegu-2021", new("대구형 뉴딜", "Daegu New Deal"), new("시민중심, 탄소중립 건강도시", "A citizen-centred, carbon-neutral, healthy city"), 2025, City),
        Strategies =
        [
            new("industrial", 1, new("산업뉴딜", "Industrial New Deal"), 87, Won.FromEok(47_365), 40_000, City),
            new("spatial", 2, new("공간뉴딜", "Spatial New Deal"), 31, Won.FromEok(60_577), 40_000, City),
            new("human", 3, new("휴먼뉴딜", "Human New Deal"), 47, Won.FromEok(12_132), 30_000, City),
        ],
        Fields =
        [
            new("industrial-1", "industrial", 1, new("디지털 융합 미래산업 성장동력 강화", "Growth engines of digitally converged future industry"), City),
            new("industrial-2", "industrial", 2, new("전통산업 기술 및 인프라 고도화", "Upgrading technology and infrastructure of traditional industry"), City),
            new("industrial-3", "industrial", 3, new("언택트 서비스·콘텐츠산업 육성", "Contact-free services and content industry"), City),
            new("industrial-4", "industrial", 4, new("대구형뉴딜 혁신생태계 구축", "Innovation ecosystem of the New Deal"), City),
            new("spatial-1", "spatial", 1, new("탄소중립 에코공간", "Carbon-neutral eco space"), City),
            new("spatial-2", "spatial", 2, new("디지털 혁신공간", "Digital innovation space"), City),
            new("spatial-3", "spatial", 3, new("초연결·초지능 공간", "Hyper-connected and hyper-intelligent space"), City),
            new("human-1", "human", 1, new("뉴딜혁신인재 1만명 양성", "Training 10,000 New Deal innovation talents"), City),
            new("human-2", "human", 2, new("시민의 삶을 지키는 고용안전망", "Employment safety net"), City),
            new("human-3", "human", 3, new("지역공동체 기반 복지안전망", "Community-based welfare safety net"), City),
        ],
        Items =
        [
            Industrial("drive-electronics", 1, "미래차구동전장부품 산업", "Electric drive and electronics parts of future cars", 512),
            Industrial("manufacturing-robots", 2, "지능형 제조혁신로봇산업", "Intelligent manufacturing robots", 1_032),
            Industrial("service-robots", 3, "융합형 서비스 로봇산업", "Converged service robots", 422),
            Industrial("smart-medicine", 4, "스마트의료 선도기술 개발", "Leading technology of smart medicine", 4_200),
            Industrial("green-industry", 5, "에너지융복합클러스터 조성 등 그린기술·산업", "Green technology and industry, with an energy cluster", 1_778),
            Industrial("hydrogen", 6, "대구형 수소경제", "Hydrogen economy of Daegu", 2_230),
            Industrial("traditional-digital", 7, "전통산업 디지털융합 고도화", "Digital convergence of traditional industry", 1_857),
            Industrial("data-ai", 8, "데이터·AI 활용 성장동력 확충", "Growth engines from data and AI", 623),
            Industrial("smart-process", 9, "스마트 공정 혁신", "Smart process innovation", 5_128),
            Industrial("smart-logistics", 10, "스마트물류", "Smart logistics", 220),
            Industrial("predictive-manufacturing", 11, "미래예측 제조환경", "Predictive manufacturing environment", 220),
            Industrial("everyday-content", 12, "생활 밀착형 콘텐츠 개발", "Everyday content", 2_053),
            Industrial("manufacturing-data", 13, "제조빅데이터플랫폼 구축과 뉴딜스타트업 육성", "Manufacturing big-data platform and New Deal start-ups", 290),
        ],
        Flagships = Seven,
        Indicators = Goals,
        Sources = Texts,
    };

    private static Item Industrial(string key, int order, string korean, string english, long eok) =>
        new(key, "industrial", order, new(korean, english), Won.FromEok(eok), KyongbukMaeil);
}
