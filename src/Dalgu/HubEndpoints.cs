using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Http;

namespace Dalgu;

/// <summary>What runs the instance from outside, under <c>/api/hub</c>.</summary>
internal static class HubEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var hub = routes.MapGroup("/api/hub").WithTags("Hub");
        hub.MapGet("/version", () => Results.Text(CityVersion.Text)).Needs(Role.Reader);
    }
}
