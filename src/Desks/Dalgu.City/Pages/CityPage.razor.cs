using Dalgu.City.DemoCity;
using Dalgu.City.Districts;
using Dalgu.City.Now;
using Dalgu.Console;
using Dalgu.Console.Charts;
using Dalgu.Console.Components;
using Dalgu.Console.Display;
using Dalgu.Console.Live;
using Dalgu.Console.Map;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;
using Microsoft.AspNetCore.Components;

namespace Dalgu.City.Pages;

/// <summary>How the city is now: its figures, its map, what changed last, the health of its sources.</summary>
public partial class CityPage
{
    private static readonly IReadOnlyList<MapLayer> Layers =
    [
        MapLayer.Imported(),
        new(Texts.DistrictsLayer, District.Type, MapLayerKind.Marks) { Attribute = "population", Note = Texts.MapNote },
        new(Texts.SpeedLayer, nameof(SensorKind.TrafficFlowObserved), MapLayerKind.Points)
        {
            Attribute = "averageVehicleSpeed",
            Classes = [new(15, new("지체 <15", "slow <15"), BadgeKind.Bad), new(25, new("서행 <25", "heavy <25"), BadgeKind.Warn), new(double.PositiveInfinity, new("원활", "free"), BadgeKind.Good)],
        },
        new(Texts.DustLayer, nameof(SensorKind.AirQualityObserved), MapLayerKind.Points)
        {
            Attribute = "pm25", Ringed = true,
            Classes = [.. AirGrade.All.Select(g => new MapClass(double.IsFinite(g.UpTo) ? g.UpTo + 0.5 : g.UpTo, g.Name, g.Kind))],
        },
        new(Texts.WeatherLayer, nameof(SensorKind.WeatherObserved), MapLayerKind.Points) { Attribute = "temperature" },
    ];

    private CityState state = null!;
    private SpeedComparison speed = null!;
    private IReadOnlyList<SourceReport> sources = [];
    private readonly List<Entity> districts = [];

    [Inject] private Visit Visit { get; set; } = null!;
    [Inject] private CityNow Now { get; set; } = null!;
    [Inject] private SpeedDays Days { get; set; } = null!;
    [Inject] private SourceHealth Health { get; set; } = null!;
    [Inject] private SourceNames SourceNames { get; set; } = null!;
    [Inject] private BackfillProgress Backfill { get; set; } = null!;

    private DateTime Midnight => Times.Midnight(Visit.AsOf);
    private int Healthy => sources.Count(s => s.State == SourceState.Good);
    private string Lead => Texts.Lead(state.Sensors).Current;

    private IReadOnlyList<ChartSeries> Lines =>
        [new(Texts.Typical.Current, speed.Points(speed.Typical), ChartStyle.Dashed), new(Texts.Today.Current, speed.Points(speed.Today))];

    /// <summary>The speed now against the typical one of this half hour, in percent; null where either is not known.</summary>
    private double? Difference => state.Speed.Mean is { } now
        && speed.Typical[Math.Clamp((int)((Visit.AsOf - Midnight).TotalMinutes / 30), 0, SpeedDay.Bins - 1)] is { } typical and > 0 ? (now / typical - 1) * 100 : null;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        state = await Now.ReadAsync(Visit.Rights, Visit.Cancel);
        speed = await Days.CompareAsync(state.Downtown, Visit.Cancel);
        // Who writes without naming a provider may be a person, who is no source and whose account is nobody's business.
        sources = [.. Health.Report(Visit.AsOf).Where(s => s.Provider is not null && s.State != SourceState.Once)];
        var tenant = await Visit.TenantAsync();
        await foreach (var district in tenant.EnumerateAsync(EntityQuery.OfType(CoreContext.Instance.ExpandType(District.Type)), Visit.Rights, Visit.Cancel)) districts.Add(district);
    }

    private static string? Text(double? value, int decimals) => value is { } v ? Figures.Number(v, decimals) : null;
    private static string Place(Entity station) => CityNow.DistrictOf(station)?.Name.Current ?? Names.Of(station);
    private static string Coverage(StationMean mean) => mean.Stations == 0 ? Texts.NoStations.Current : Texts.Reporting(mean.Reporting, mean.Stations).Current;
}
