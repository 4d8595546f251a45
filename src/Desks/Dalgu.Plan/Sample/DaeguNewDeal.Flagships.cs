using Dalgu.Console;

namespace Dalgu.Plan.Sample;

public static partial class DaeguNewDeal
{
    private static BilingualText T(string korean, string english) => new(korean, english);

    private static IReadOnlyList<Flagship> Seven =>
    [
        new("1", 1, T("스마트의료·헬스케어산업 육성", "Smart medicine and health care"),
        [
            T("의료빅데이터 플랫폼", "Medical big-data platform"),
            T("웰니스산업 허브 (스마트웰니스 규제자유특구 연계)", "Wellness-industry hub (tied to the smart-wellness regulation-free zone)"),
            T("가상융합·AI 의료기술", "Extended-reality and AI medical technology"),
            T("감염병 신속대응 연구개발지원 플랫폼", "Rapid-response R&D platform for infectious diseases"),
        ], null, City),
        new("2", 2, T("대구브레인시티 프로젝트", "Daegu Brain City"),
        [
            T("치매 예방·치료", "Prevention and treatment of dementia"),
            T("디지털 중독 예방·치료", "Prevention and treatment of digital addiction"),
            T("뇌 연계 재활공학", "Brain-linked rehabilitation engineering"),
        ], null, City),
        new("3", 3, T("자동차·로봇산업 성장동력 강화", "Car and robot industry"),
        [
            T("미래차 구동전장부품", "Electric drive and electronics parts of future cars"),
            T("지능형 로봇 소재부품소프트웨어 특화단지", "Cluster for materials, parts and software of intelligent robots"),
        ], null, City),
        new("4", 4, T("제조데이터 중심도시 조성", "Manufacturing-data city"),
        [
            T("맞춤형 제조데이터 플랫폼", "Custom manufacturing-data platform"),
            T("컨트롤타워", "Control tower"),
            T("개방형 공유·협업시스템", "Open sharing and collaboration system"),
            T("도심융합특구 연계", "Tie to the urban convergence zone"),
        ], null, City),
        new("5", 5, T("탄소중립 에코공간", "Carbon-neutral eco space"),
        [
            T("시민주도 에너지 자립", "Citizen-led energy independence"),
            T("분산형 청정전력", "Distributed clean power"),
            T("산업의 연착륙", "Soft landing for industry"),
            T("수송·건물", "Transport and buildings"),
            T("숲과 물의 도시", "Forest and waterside city"),
            T("자원순환", "Circular economy"),
        ], "spatial-1", City),
        new("6", 6, T("디지털 기반 초지능·초연결 공간", "Hyper-intelligent, hyper-connected space"),
        [
            T("도시데이터댐 (교통·안전·복지)", "Urban data dam (traffic, safety, welfare)"),
            T("통합데이터허브", "Integrated data hub"),
            T("AI기반 교통신호체계 (도심 통행속도 약 15 % 개선)", "AI traffic signals (downtown speed about +15 %)"),
        ], "spatial-3", City),
        new("7", 7, T("뉴딜인재 1만명 양성", "10,000 New Deal talents"),
        [
            T("휴스타 시즌2", "HuStar, season 2"),
            T("대학·연구기관 협력", "Cooperation of universities and institutes"),
            T("뉴칼라인재", "New-collar talents"),
            T("사회적 대화 기반 상생일자리", "Win-win jobs through social dialogue"),
        ], "human-1", City),
    ];
}
