using System.Globalization;
using Dalgu.Console.Display;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Http;
using Dalgu.Plan.Entities;
using Dalgu.Plan.Totals;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dalgu.Plan.Endpoints;

/// <summary><c>GET /api/plan/{table}.csv</c>: the tables of the page as CSV. Amounts are whole won; what was not published is an empty cell.</summary>
internal static class GetTables
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (name, rows) in Tables)
            routes.MapGet($"/api/plan/{name}.csv", async (CityHub hub, CancellationToken cancel) =>
                    Results.File(Csv.Write(rows(await PlanReading.ReadAsync(hub, cancel))), Csv.MediaType, $"dalgu-plan-{name}.csv"))
                .Needs(Role.Anonymous).WithName($"plan.{name}.csv").WithTags("plan").WithSummary($"The plan's {name} as CSV.");
    }

    internal static readonly IReadOnlyList<(string Name, Func<Programme, IEnumerable<IReadOnlyList<string?>>> Rows)> Tables =
        [("tree", Tree), ("budget", Budget), ("targets", Targets), ("flagships", Flagships), ("sources", Sources)];

    private static IEnumerable<IReadOnlyList<string?>> Tree(Programme p)
    {
        yield return ["level", "id", "strategy", "name_ko", "name_en", "projects", "budget_won", "jobs", "source", "published"];
        foreach (var s in p.Strategies)
        {
            yield return ["strategy", PlanIds.Of(PlanIds.Strategy, p.Head.Key, s.Key), s.Key, s.Name.Korean, s.Name.English, Text(s.Projects), Text(s.Budget?.Amount), Text(s.Jobs), .. From(p, s.Source)];
            foreach (var f in p.Fields.Where(f => f.Strategy == s.Key))
                yield return ["field", PlanIds.Of(PlanIds.Field, p.Head.Key, f.Key), s.Key, f.Name.Korean, f.Name.English, null, null, null, .. From(p, f.Source)];
        }
    }

    private static IEnumerable<IReadOnlyList<string?>> Budget(Programme p)
    {
        yield return ["level", "id", "strategy", "name_ko", "name_en", "budget_won", "share_of_strategy", "source", "published"];
        foreach (var s in p.Strategies)
        {
            yield return ["strategy", PlanIds.Of(PlanIds.Strategy, p.Head.Key, s.Key), s.Key, s.Name.Korean, s.Name.English, Text(s.Budget?.Amount), null, .. From(p, s.Source)];
            foreach (var i in p.Items.Where(i => i.Strategy == s.Key))
                yield return ["item", PlanIds.Of(PlanIds.Item, p.Head.Key, i.Key), s.Key, i.Name.Korean, i.Name.English, Text(i.Budget?.Amount), Share(i.Budget, s.Budget), .. From(p, i.Source)];
            if (ProgrammeTotals.Remainder(p, s) is { } rest)
                yield return ["remainder", null, s.Key, "발표되지 않은 나머지", "not listed", Text(rest.Remainder.Amount), Share(rest.Remainder, rest.Budget), "computed", null];
        }
        if (ProgrammeTotals.Of(p).Budget is { Sum: { } sum }) yield return ["total", PlanIds.Of(p.Head.Key), null, "합계", "total", Text(sum.Amount), null, "computed", null];
    }

    private static IEnumerable<IReadOnlyList<string?>> Targets(Programme p)
    {
        yield return ["id", "indicator_ko", "indicator_en", "unit", "version", "target", "published", "source", "stated_in_latest_text", "actual"];
        foreach (var i in p.Indicators)
            for (var n = 0; n < i.Targets.Count; n++)
                yield return [PlanIds.Of(PlanIds.Indicator, p.Head.Key, i.Key), i.Name.Korean, i.Name.English, i.Unit.English, Text(n + 1), i.Targets[n].Value.ToString("R", CultureInfo.InvariantCulture),
                    Day(p.Source(i.Targets[n].Source)), i.Targets[n].Source, p.IsStated(i) ? "yes" : "no", null];
    }

    private static IEnumerable<IReadOnlyList<string?>> Flagships(Programme p)
    {
        yield return ["number", "id", "flagship_ko", "flagship_en", "system_ko", "system_en", "source", "published"];
        foreach (var f in p.Flagships)
            foreach (var system in f.Systems)
                yield return [Text(f.Number), PlanIds.Of(PlanIds.Flagship, p.Head.Key, f.Key), f.Name.Korean, f.Name.English, system.Korean, system.English, .. From(p, f.Source)];
    }

    private static IEnumerable<IReadOnlyList<string?>> Sources(Programme p)
    {
        yield return ["key", "title_ko", "title_en", "publisher_ko", "published", "address", "note_ko", "note_en"];
        foreach (var s in p.Sources) yield return [s.Key, s.Title.Korean, s.Title.English, s.Publisher.Korean, Day(s), s.Address, s.Note?.Korean, s.Note?.English];
    }

    private static IEnumerable<string?> From(Programme p, string source) => [source, source.Length == 0 ? null : Day(p.Source(source))];
    private static string Day(PublishedSource source) => source.Published.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    private static string? Text(long? number) => number?.ToString(CultureInfo.InvariantCulture);
    private static string? Share(Won? part, Won? whole) => part is { } a && whole is { Amount: not 0 } b ? ((decimal)a.Amount / b.Amount).ToString("0.0000", CultureInfo.InvariantCulture) : null;
}
