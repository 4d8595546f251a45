using System.CommandLine;
using System.Text;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Plan.Entities;
using Dalgu.Plan.Sample;

namespace Dalgu.Plan.Totals;

/// <summary><c>dalgu plan totals [--json] [--data DIR]</c>: the roll-up of the sample, or of the plan that a data folder holds.</summary>
internal static class TotalsCommand
{
    public static Command Build(Func<string, CancellationToken, Task<CityHub>>? open)
    {
        var json = new Option<bool>("--json") { Description = "JSON 으로 출력 · print JSON" };
        var data = new Option<DirectoryInfo?>("--data") { Description = "이 데이터 폴더의 계획을 읽음 (없으면 내장 표본) · read the plan of this data folder (the built-in sample without it)" };
        var command = new Command("totals", "전략·분야·사업·사업비·일자리 합계 · totals of strategies, fields, projects, money and jobs") { json };
        if (open is not null) command.Add(data);
        command.SetAction(async (parsed, cancel) =>
        {
            var programme = DaeguNewDeal.Programme;
            if (open is not null && parsed.GetValue(data) is { } folder)
            {
                if (!folder.Exists) throw new Problem(ProblemKind.ResourceNotFound, $"The data folder \"{folder.FullName}\" does not exist.");
                await using var hub = await open(folder.FullName, cancel);
                var tenant = await hub.TenantAsync(cancel: cancel);
                programme = await ProgrammeReader.ReadAsync(tenant, hub.Access.For(Principal.System), programme.Head.Key, cancel)
                    ?? throw new Problem(ProblemKind.ResourceNotFound, $"The data folder \"{folder.FullName}\" holds no plan; start \"dalgu\" on it once.");
            }
            var to = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json)) to.WriteLine(Encoding.UTF8.GetString(TotalsJson.Write(programme)));
            else TotalsTable.Write(programme, to);
            return 0;
        });
        return command;
    }
}
