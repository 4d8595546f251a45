using System.Globalization;
using Dalgu.City.Now;
using Dalgu.Console.Display;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dalgu.City.Endpoints;

/// <summary><c>GET /api/city/speed.csv</c>: today's downtown speed and a typical day's, by half hours.</summary>
internal static class GetSpeed
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/city/speed.csv", async (CityHub hub, CityNow now, SpeedDays days, CancellationToken cancel) =>
        {
            var state = await now.ReadAsync(hub.Access.For(Principal.Anonymous), cancel);
            return Results.File(Csv.Write(Rows(await days.CompareAsync(state.Downtown, cancel))), Csv.MediaType, "daegu-downtown-speed.csv");
        }).Needs(Role.Anonymous).WithName("city.speed.csv").WithTags("city").WithSummary("Downtown speed today and on a typical day, km/h by half hours.");

    private static IEnumerable<IReadOnlyList<string?>> Rows(SpeedComparison speed)
    {
        yield return ["date", "from", "today_kmh", "typical_kmh", "typical_days"];
        for (var i = 0; i < SpeedDay.Bins; i++)
            yield return [speed.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), TimeSpan.FromMinutes(30 * i).ToString("hh\\:mm", CultureInfo.InvariantCulture),
                Text(speed.Today[i]), Text(speed.Typical[i]), speed.Days.ToString(CultureInfo.InvariantCulture)];
    }

    private static string? Text(double? value) => value?.ToString("0.0", CultureInfo.InvariantCulture);
}
