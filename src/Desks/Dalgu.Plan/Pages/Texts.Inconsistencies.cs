using Dalgu.Console;
using Dalgu.Plan.Totals;

namespace Dalgu.Plan.Pages;

internal static partial class Texts
{
    /// <summary>What the published texts leave open or say twice. Figures are computed from the plan, so that a correction corrects the sentence.</summary>
    public static IEnumerable<BilingualText> Inconsistencies(Programme plan)
    {
        var totals = ProgrammeTotals.Of(plan);
        yield return new(
            $"총사업비 합계는 발표되지 않았습니다. 전략별 금액을 더하면 {totals.Budget.Sum?.ToKorean()}이고, 언론은 12조로 반올림했습니다.",
            $"No total cost was published. The strategies add up to {totals.Budget.Sum?.ToEnglish()}; papers round it to 12 trillion.");
        foreach (var rest in totals.Unlisted)
        {
            var strategy = plan.Strategies.First(s => s.Key == rest.Strategy);
            yield return new(
                $"{strategy.Name.Korean}의 발표된 {rest.ListedItems}개 과제는 {rest.Listed.Sum?.ToKorean()}, 전략의 {Percent(rest.Share)}입니다. 나머지 {rest.Remainder.ToKorean()}은 어느 사업인지 발표되지 않았습니다.",
                $"The {rest.ListedItems} published items of the {strategy.Name.English} are {rest.Listed.Sum?.ToEnglish()}, {Percent(rest.Share)} of it. For which projects the remaining {rest.Remainder.ToEnglish()} is was not published.");
        }
        yield return new("사업 수, 사업비, 일자리는 분야별·연도별·재원별로 발표되지 않았습니다. 일자리가 직접·간접·임시 가운데 무엇인지도 정의되지 않았습니다.",
            "Projects, money and jobs were not published by field, year or source of funds. Whether jobs are direct, indirect or temporary is not defined.");
        yield return new("도심 통행속도 '약 15 %' 개선에는 기준값도 기준연도도 없습니다.", "The gain of \"about 15 %\" in downtown speed has neither a baseline value nor a year.");
        if (plan.Indicators.FirstOrDefault(i => i.Headline is not null) is { Headline: { } headline } jobs)
            yield return new(
                $"{jobs.Name.Korean}: 1월 17일 기사의 제목은 {Amount(headline.Value, jobs)}, 같은 기사의 목표는 {Amount(jobs.Targets[0].Value, jobs)}, 1월 28일 발표문은 {Amount(jobs.Targets[^1].Value, jobs)}입니다.",
                $"{jobs.Name.English}: the headline of 17 January says {Amount(headline.Value, jobs)}, the target in the same article {Amount(jobs.Targets[0].Value, jobs)}, the text of 28 January {Amount(jobs.Targets[^1].Value, jobs)}.");
        var dropped = plan.Indicators.Where(i => !plan.IsStated(i)).ToList();
        if (dropped.Count > 0)
            yield return new(
                $"1월 17일 기사의 지표 {dropped.Count}개({string.Join(", ", dropped.Select(i => i.Name.Korean))})는 1월 28일 발표문에 없습니다. 이유는 알려지지 않았습니다.",
                $"{dropped.Count} indicators of 17 January ({string.Join(", ", dropped.Select(i => i.Name.English))}) are not in the text of 28 January. No reason is known.");
        yield return new("'인재 1만명'은 목표이자 분야 이름이자 대표과제입니다. 여기서는 한 지표로만 셉니다.", "\"10,000 talents\" is a target, a field's name and a flagship at once. Here it counts once, as one indicator.");
        yield return new($"대표과제 {totals.Flagships}개는 분야 {totals.Fields}개와 하나씩 대응하지 않습니다. 한 신문(대구일보)은 다른 일곱을 적었습니다.",
            $"The {totals.Flagships} flagships do not match the {totals.Fields} fields one to one. One paper (Daegu Ilbo) lists another seven.");
    }
}
