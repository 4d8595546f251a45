using System.Globalization;
using Dalgu.Console;
using Dalgu.Console.Display;
using Dalgu.Plan.Totals;

namespace Dalgu.Plan.Pages;

/// <summary>The words and figures of the plan's pages, in Korean and English.</summary>
internal static partial class Texts
{
    public static readonly BilingualText Plan = new("뉴딜 계획", "New Deal plan");
    public static readonly BilingualText NoPlan = new("이 허브에는 계획이 없습니다.", "This hub holds no plan.");
    public static readonly BilingualText Overview = new("개요", "Overview");
    public static readonly BilingualText Tree = new("사업 트리", "Tree");
    public static readonly BilingualText Indicators = new("지표", "Indicators");
    public static readonly BilingualText Budget = new("예산", "Budget");
    public static readonly BilingualText Flagships = new("대표과제", "Flagships");
    public static readonly BilingualText Sources = new("출처", "Sources");
    public static readonly BilingualText Published = new("발표", "Published");
    public static readonly BilingualText Target = new("목표", "Target");
    public static readonly BilingualText NoData = new("자료 없음", "no data");
    public static readonly BilingualText NotReported = new("미보고", "not reported");
    public static readonly BilingualText NotPublished = new("미공표", "not published");
    public static readonly BilingualText All = new("모두", "All");
    public static readonly BilingualText StrategiesAndFields = new("전략과 분야", "Strategies and fields");
    public static readonly BilingualText MoneyByStrategyOnly = new("총사업비는 전략별로만 발표됨", "Money was published by strategy only");
    public static readonly BilingualText HowTargetsMoved = new("목표는 이렇게 바뀌었다", "How the targets moved");
    public static readonly BilingualText DoesNotAddUp = new("발표문이 남긴 빈칸과 어긋남", "What the texts leave open, and where they disagree");
    public static readonly BilingualText TreeTitle = new("사업 트리: 전략, 분야, 발표된 과제", "The tree: strategies, fields, published items");
    public static readonly BilingualText StrategyAndField = new("전략 · 분야", "Strategy · field");
    public static readonly BilingualText Strategy = new("전략", "Strategy");
    public static readonly BilingualText Projects = new("사업", "Projects");
    public static readonly BilingualText TotalCost = new("총사업비", "Total cost");
    public static readonly BilingualText Jobs = new("일자리", "Jobs");
    public static readonly BilingualText Reporting = new("보고", "Reporting");
    public static readonly BilingualText Source = new("출처", "Source");
    public static readonly BilingualText NoSource = new("출처 없음", "no source");
    public static readonly BilingualText Item = new("과제:", "Item:");
    public static readonly BilingualText ItemWord = new("과제", "Item");
    public static readonly BilingualText Computed = new("계산", "computed");
    public static readonly BilingualText Total = new("합계", "Total");
    public static readonly BilingualText Evidence = new("근거", "Evidence");
    public static readonly BilingualText IndicatorsTitle = new("지표와 목표의 모든 판", "Indicators with every version of their targets");
    public static readonly BilingualText Indicator = new("지표", "Indicator");
    public static readonly BilingualText Version = new("판", "Version");
    public static readonly BilingualText Actual = new("실적", "Actual");
    public static readonly BilingualText Standing = new("상태", "Standing");
    public static readonly BilingualText Stated = new("최종 발표문에 있음", "in the latest text");
    public static readonly BilingualText Dropped = new("최종 발표문에 없음", "not in the latest text");
    public static readonly BilingualText Superseded = new("뒤의 판이 대신함", "superseded");
    public static readonly BilingualText IndicatorsNote = new("실적은 아직 하나도 보고되지 않았습니다. 미보고는 0이 아닙니다.", "No actual value has been reported yet. Not reported is not zero.");
    public static readonly BilingualText BudgetTitle = new("전략별 총사업비", "Total cost by strategy");
    public static readonly BilingualText ShareOfTotal = new("전체에서", "Of the total");
    public static readonly BilingualText ShareOfStrategy = new("전략에서", "Of the strategy");
    public static readonly BilingualText PerProject = new("사업당", "Per project");
    public static readonly BilingualText PerJob = new("일자리당", "Per job");
    public static readonly BilingualText Executed = new("집행액", "Executed");
    public static readonly BilingualText Bar = new("비중", "Share");
    public static readonly BilingualText NotListed = new("발표된 과제로 설명되지 않는 나머지", "Remainder that no published item explains");
    public static readonly BilingualText FlagshipsTitle = new("7대 대표과제와 이름이 나온 시스템", "The seven flagships and the systems named in them");
    public static readonly BilingualText FlagshipsNote = new("대표과제는 트리의 한 단계가 아니라 트리를 가로지르는 축입니다. 사업비와 일자리 합계에 다시 넣지 않습니다.", "Flagships are an axis across the tree, not a level of it. Their money and jobs are in no sum again.");
    public static readonly BilingualText Flagship = new("대표과제", "Flagship");
    public static readonly BilingualText NamedSystems = new("이름이 나온 시스템", "Named systems");
    public static readonly BilingualText RepeatsField = new("이름이 겹치는 분야", "Field whose name it repeats");
    public static readonly BilingualText NoLinkPublished = new("연결 미공표", "no link published");
    public static readonly BilingualText Progress = new("진척", "Progress");
    public static readonly BilingualText SourcesTitle = new("모든 수치의 출처", "The sources of every figure");
    public static readonly BilingualText Text = new("글", "Text");
    public static readonly BilingualText Publisher = new("발행", "Publisher");
    public static readonly BilingualText ToKnow = new("알아둘 것", "To know");
    public static readonly BilingualText Address = new("주소", "Address");
    public static readonly BilingualText NoAddress = new("주소 없음", "no address");

    public static BilingualText TargetUntil(int year) => new($"{year}년 목표", $"Target for {year}");
    public static BilingualText ReportedOf(long n, long of) => new($"{N(n)} / {N(of)} 보고", $"{N(n)} of {N(of)} reported");
    public static BilingualText SumOf(int n, int of) => new($"{N(n)} / {N(of)} 전략의 합", $"sum of {N(n)} of {N(of)} strategies");
    public static BilingualText Headline(string amount) => new($"기사 제목은 {amount}", $"its headline says {amount}");
    public static BilingualText NotInLatest(DateOnly day) => new($"{day.Month}월 {day.Day}일 발표문에는 없음", string.Create(CultureInfo.InvariantCulture, $"not in the text of {day:d MMMM}"));
    public static BilingualText ItemsTitle(BilingualText strategy) => new($"{strategy.Korean}: 예산이 발표된 과제", $"{strategy.English}: items with a published budget");
    public static BilingualText Listed(int items) => new($"발표된 {items}개 과제 합계", $"The {items} published items");

    public static BilingualText Remainder(UnlistedRemainder rest) => new(
        $"발표된 {rest.ListedItems}개 과제 합계 {rest.Listed.Sum?.ToKorean()} ({Percent(rest.Share)}), 나머지", $"{rest.ListedItems} published items are {rest.Listed.Sum?.ToEnglish()} ({Percent(rest.Share)}); the remainder");

    public static BilingualText Lead(ProgrammeTotals t, int until) => new(
        $"{t.Strategies}대 전략 · {t.Fields}대 분야 · {N(t.Projects.Sum)}개 사업 · {t.Budget.Sum?.ToKorean() ?? NotPublished.Korean} · {until}년까지",
        $"{t.Strategies} strategies · {t.Fields} fields · {N(t.Projects.Sum)} projects · {t.Budget.Sum?.ToEnglish() ?? NotPublished.English} · until {until}");

    public static BilingualText BudgetNote(ProgrammeTotals t) => new(
        $"합계 {t.Budget.Sum?.ToKorean()}은 전략 {t.Budget.Known} / {t.Budget.Of}개의 합입니다. 시는 합계를 발표하지 않았고 언론은 12조로 반올림했습니다. 연도별·재원별·분야별 금액과 집행액은 미공표입니다.",
        $"The total of {t.Budget.Sum?.ToEnglish()} is the sum of {t.Budget.Known} of {t.Budget.Of} strategies. The city stated no total; papers round it to 12 trillion. Money by year, source of funds and field, and what was spent, are not published.");

    /// <summary>A target with its unit: 11만 개, 250만 톤, 15 %; in English 110,000 jobs.</summary>
    public static string Amount(double value, Indicator indicator) => $"{Figures.Large(value)} {indicator.Unit}";

    /// <summary>An amount of money in the language of the page; null where it is not known.</summary>
    public static string? Money(Won? amount) => amount is { } won ? new BilingualText(won.ToKorean(), won.ToEnglish()).Current : null;

    /// <summary>A number; null where it is not known.</summary>
    public static string? Number(long? number) => number is { } n ? Figures.Number(n) : null;

    /// <summary>A share of a whole in percent.</summary>
    public static string Share(Won? part, Won? whole) => part is { } a && whole is { Amount: not 0 } b ? Percent((double)((decimal)a.Amount / b.Amount)) : NotPublished.Current;

    /// <summary>Money for each of so many, to the million won.</summary>
    public static string Per(Won? amount, long? count) => amount is { } won && count is > 0 ? Money(new Won((long)Math.Round((decimal)won.Amount / count.Value / 1_000_000) * 1_000_000))! : NotPublished.Current;

    private static string Percent(double? share) => share is { } s ? Figures.Number(s * 100, 1) + " %" : "–";
    private static string N(long? number) => number is { } n ? Figures.Number(n) : NotPublished.Current;
}
