using Dalgu.Hub;
using Dalgu.Hub.Http;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Console.Map;

/// <summary>Serves a layer of the map as GeoJSON: <c>GET /live/map?kind=points&amp;type=AirQualityObserved&amp;attribute=pm25</c>.</summary>
internal static class MapEndpoint
{
    public static async Task<IResult> GetAsync(HttpContext http, CityHub hub, MapFeatures features, string kind, string? type, string? attribute, string[]? except, CancellationToken cancel)
    {
        if (!Enum.TryParse<MapLayerKind>(kind, true, out var drawn) || !Enum.IsDefined(drawn))
            throw new Problem(ProblemKind.InvalidRequest, $"The kind \"{Iri.Shorten(kind)}\" is none that the map draws; ask for marks, points or shapes.");
        var layer = new MapLayer(default, string.IsNullOrEmpty(type) ? null : type, drawn) { Attribute = string.IsNullOrEmpty(attribute) ? null : attribute, Except = except ?? [] };
        var tenant = await hub.TenantAsync(cancel: cancel);
        return Results.Bytes(MapFeatures.GeoJson(await features.OfAsync(tenant, layer, hub.Access.For(http.Principal()), cancel)), "application/geo+json");
    }
}
