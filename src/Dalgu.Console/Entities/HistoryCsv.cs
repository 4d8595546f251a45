using Dalgu.Console.Display;
using Dalgu.Hub;
using Dalgu.Hub.Http;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Console.Entities;

/// <summary>The history of an attribute as CSV: <c>GET /history.csv?id=…&amp;attribute=…&amp;period=7d&amp;known=now</c>.</summary>
internal static class HistoryCsv
{
    public static async Task<IResult> GetAsync(HttpContext http, CityHub hub, string id, string attribute, string? period, string? from, string? to, string? known, CancellationToken cancel)
    {
        var tenant = await hub.TenantAsync(cancel: cancel);
        var stretch = HistoryPeriod.Of(period, from, to, hub.Clock.GetUtcNow().UtcDateTime);
        var read = await AttributeHistory.ReadAsync(tenant, id, Names.Expand(attribute), stretch, hub.Access.For(http.Principal()), cancel);
        var rows = new List<IReadOnlyList<string?>> { (string[])["id", "attribute", "observedAt", "value", "unitCode", "datasetId", "recordedAt", "seq"] };
        foreach (var o in Knowledge.Of(known).Of(read.Observations))
            rows.Add([id, attribute, Timestamp.Format(o.Time), AttributeText.Raw(o.Instance), o.Instance.UnitCode, o.Instance.DatasetId, Timestamp.Format(o.Recorded), Figures.Plain(o.Seq)]);
        return Results.File(Csv.Write(rows), Csv.MediaType, Names.Short(Names.Expand(attribute)) + ".csv");
    }
}
