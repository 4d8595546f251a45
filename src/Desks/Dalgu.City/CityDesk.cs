using Dalgu.City.DemoCity;
using Dalgu.City.Districts;
using Dalgu.City.Now;
using Dalgu.Console;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Contexts;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Dalgu.City;

/// <summary>The city desk: how the city is now. It owns the districts, what the sensors of air, weather and traffic observe, and the demo city.</summary>
public sealed class CityDesk : Desk
{
    /// <summary>From this the demo's values follow.</summary>
    private static readonly SyntheticCity Demo = new(20210128);

    /// <inheritdoc/>
    public override string Name => "city";

    /// <inheritdoc/>
    public override BilingualText Title => new("도시", "City");

    /// <inheritdoc/>
    public override IReadOnlyList<EntityTypeDeclaration> Types { get; } =
        [.. new[] { District.Type, "AdministrativeDong" }.Concat(Boundaries.Types).Concat(Enum.GetNames<SensorKind>())
            .Select(type => new EntityTypeDeclaration(CoreContext.Instance.ExpandType(type), Sensitivity.Public, "city"))];

    /// <inheritdoc/>
    public override IReadOnlyList<DeskPage> Pages { get; } = [new("/", new("도시", "City"))];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, BilingualText> Sources { get; } = new Dictionary<string, BilingualText>(StringComparer.Ordinal)
    {
        [SensorSource.NameOf(SensorKind.AirQualityObserved)] = new("대기질 측정기 (시연)", "Air quality sensors (demo)"),
        [SensorSource.NameOf(SensorKind.WeatherObserved)] = new("기상 측정기 (시연)", "Weather sensors (demo)"),
        [SensorSource.NameOf(SensorKind.TrafficFlowObserved)] = new("교통 검지기 (시연)", "Traffic detectors (demo)"),
        ["demo-sensors"] = new("측정기 설치 (시연)", "Installation of sensors (demo)"),
        ["demo-history"] = new("지난 기록 채우기 (시연)", "Filling in the past (demo)"),
        ["city-districts"] = new("구·군 기본 자료", "Facts of the districts"),
        ["city-boundaries"] = new("경계 연결", "Linking of boundaries"),
    };

    /// <inheritdoc/>
    public override void AddServices(IServiceCollection services, bool demo)
    {
        services.AddSingleton<CityNow>();
        services.AddSingleton<SpeedDays>();
        services.AddSingleton<BackfillProgress>();
        services.AddHostedService<BoundaryLinks>();
        if (!demo) return;
        services.AddSingleton(Demo);
        services.AddHostedService<SensorSource>();
    }

    /// <inheritdoc/>
    public override void Map(IEndpointRouteBuilder routes)
    {
        Endpoints.GetDistricts.Map(routes);
        Endpoints.GetSpeed.Map(routes);
    }

    /// <summary>Writes the districts that are absent, and in the demo the sensors.</summary>
    public override async Task SeedAsync(CityHub hub, bool demo, CancellationToken cancel)
    {
        var tenant = await hub.TenantAsync(cancel: cancel);
        await tenant.WriteAsync(Principal.Source("city-districts"), "city.seed", [.. DaeguDistricts.All.Select(d => d.Id)], scope =>
        {
            foreach (var district in DaeguDistricts.All)
                if (scope.Find(district.Id) is null) scope.Put(DaeguDistricts.ToEntity(district));
            return true;
        }, cancel);
        if (demo) await SensorSource.SeedAsync(hub, Demo, cancel);
    }
}
