using Dalgu.Console.Display;
using Dalgu.Hub;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Console.Entities;

/// <summary>A table of entities as CSV: <c>GET /entities.csv?type=…&amp;q=…</c>. At most <see cref="MaxRows"/> rows; the open interface has them all.</summary>
internal static class EntityTableCsv
{
    public const int MaxRows = 10_000;

    public static async Task<IResult> GetAsync(HttpContext http, CityHub hub, CancellationToken cancel)
    {
        var filter = EntityFilter.Of(http.Request.Query);
        var tenant = await hub.TenantAsync(cancel: cancel);
        var entities = new List<Entity>();
        await foreach (var entity in tenant.EnumerateAsync(filter.Query(hub.Options) with { Limit = int.MaxValue, Offset = 0 }, hub.Access.For(http.Principal()), cancel))
        {
            if (entities.Count == MaxRows)
                throw new Problem(ProblemKind.TooManyResults, $"More than {MaxRows} entities match, which is the limit of a CSV; narrow the query, or page through GET {filter.ApiHref}.");
            entities.Add(entity);
        }
        var columns = EntityColumns.All(entities);
        var rows = new List<IReadOnlyList<string?>>(entities.Count + 1) { (string[])["id", "type", .. columns.SelectMany(Heads), "createdAt", "modifiedAt"] };
        foreach (var entity in entities)
            rows.Add([entity.Id, string.Join(' ', entity.Types.Select(Names.Compact)), .. columns.SelectMany(c => Cells(entity.Find(c))), Timestamp.Format(entity.CreatedAt), Timestamp.Format(entity.ModifiedAt)]);
        return Results.File(Csv.Write(rows), Csv.MediaType, (filter.Type is null ? "entities" : Names.Short(Names.Expand(filter.Type))) + ".csv");
    }

    private static string[] Heads(string attribute) => [Names.Compact(attribute), Names.Compact(attribute) + ".unitCode", Names.Compact(attribute) + ".observedAt"];

    private static string?[] Cells(EntityAttribute? attribute) => attribute?.Default is not { } instance ? [null, null, null]
        : [AttributeText.Raw(instance), instance.UnitCode, instance.ObservedAt is { } at ? Timestamp.Format(at) : null];
}
