using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Dalgu.City.Districts;
using Dalgu.Console.Display;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dalgu.City.Endpoints;

/// <summary><c>GET /api/city/districts</c> (GeoJSON) and <c>/api/city/districts.csv</c>: the districts with their facts. A district whose
/// boundary was imported comes as that area, joined by code; another as its mark.</summary>
internal static class GetDistricts
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/city/districts", async (HttpContext http, CityHub hub, CancellationToken cancel) =>
        {
            var tenant = await hub.TenantAsync(cancel: cancel);
            return Results.Bytes(GeoJson(await AllAsync(tenant, District.Type, http.Rights(), cancel), await JoinAsync(tenant, http.Rights(), cancel)), "application/geo+json");
        }).Needs(Role.Anonymous).WithName("city.districts").WithTags("city").WithSummary("The districts as GeoJSON; imported boundaries joined by code.");
        routes.MapGet("/api/city/districts.csv", async (HttpContext http, CityHub hub, CancellationToken cancel) =>
            Results.File(Csv.Write(Rows(await AllAsync(await hub.TenantAsync(cancel: cancel), District.Type, http.Rights(), cancel))), Csv.MediaType, "daegu-districts.csv"))
            .Needs(Role.Anonymous).WithName("city.districts.csv").WithTags("city").WithSummary("The districts as CSV.");
    }

    private static async Task<BoundaryJoin> JoinAsync(Tenant tenant, Rights rights, CancellationToken cancel) =>
        Boundaries.Join((await AllAsync(tenant, Boundaries.Types[0], rights, cancel)).Select(Boundaries.Of).OfType<Boundary>());

    private static async Task<List<Entity>> AllAsync(Tenant tenant, string type, Rights rights, CancellationToken cancel)
    {
        var list = new List<Entity>();
        await foreach (var entity in tenant.EnumerateAsync(EntityQuery.OfType(CoreContext.Instance.ExpandType(type)), rights, cancel)) list.Add(entity);
        return list;
    }

    internal static byte[] GeoJson(IReadOnlyList<Entity> districts, BoundaryJoin join)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("type", "FeatureCollection");
            json.WriteStartArray("features");
            foreach (var entity in districts)
            {
                var boundary = entity.Text("code") is { } code ? join.ByDistrict.GetValueOrDefault(code) : null;
                json.WriteStartObject();
                json.WriteString("type", "Feature");
                json.WriteString("id", entity.Id);
                json.WritePropertyName("geometry");
                if (boundary is not null) json.WriteRawValue(boundary.Geometry.Span);
                else if (entity.Instance("location") is { } place) json.WriteRawValue(place.Value.Span);
                else json.WriteNullValue();
                json.WriteStartObject("properties");
                json.WriteString("code", entity.Text("code"));
                json.WriteString("kostatCode", entity.Text("kostatCode"));
                json.WriteString("name", entity.Language("name", "ko"));
                json.WriteString("nameEn", entity.Language("name", "en"));
                foreach (var name in (string[])["population", "households", "area"])
                    if (entity.Number(name) is { } value) json.WriteNumber(name, value);
                    else json.WriteNull(name);
                json.WriteString("asOf", entity.ObservedAt("population") is { } at ? Timestamp.Format(at) : null);
                json.WriteString("source", entity.Instance("population")?.SubText("source"));
                json.WriteString("boundary", boundary?.Id);
                json.WriteEndObject();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("boundariesOfNoDistrict");
            foreach (var (boundary, reason) in join.Unjoined)
            {
                json.WriteStartObject();
                json.WriteString("id", boundary.Id);
                json.WriteString("reason", reason);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }

    private static IEnumerable<IReadOnlyList<string?>> Rows(IReadOnlyList<Entity> districts)
    {
        yield return ["id", "code", "kostat_code", "name_ko", "name_en", "population", "households", "area_km2", "as_of", "source_population", "source_area"];
        foreach (var e in districts)
            yield return [e.Id, e.Text("code"), e.Text("kostatCode"), e.Language("name", "ko"), e.Language("name", "en"), Text(e.Number("population")), Text(e.Number("households")), Text(e.Number("area")),
                e.ObservedAt("population") is { } at ? Timestamp.Format(at) : null, e.Instance("population")?.SubText("source"), e.Instance("area")?.SubText("source")];
    }

    private static string? Text(double? value) => value?.ToString("R", CultureInfo.InvariantCulture);
}
