using Dalgu.Hub.Access;
using Dalgu.Hub.Http;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Dalgu;

/// <summary>Metrics for a scraper at <c>/metrics</c>; metrics and traces to a collector where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names one.</summary>
internal static class Telemetry
{
    /// <summary>True where a collector is named.</summary>
    public static bool HasCollector => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT"));

    public static void Add(IServiceCollection services, CityHostOptions options)
    {
        if (!options.Metrics) return;
        var telemetry = services.AddOpenTelemetry().WithMetrics(metrics =>
        {
            // What the server measures of each request costs a tenth of a small read: it is taken where a collector wants it, and summed up by the hub's own counters else.
            metrics.AddMeter("Dalgu.*", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime").AddPrometheusExporter();
            // Room for two thousand series is set aside for each instrument else; only those of the hub, by tenant and operation, have many.
            metrics.AddView(instrument => instrument.Meter.Name.StartsWith("Dalgu.", StringComparison.Ordinal) ? null : new MetricStreamConfiguration { CardinalityLimit = 100 });
            if (HasCollector) metrics.AddMeter("Microsoft.AspNetCore.Hosting").AddOtlpExporter();
        });
        if (HasCollector) telemetry.WithTracing(traces => traces.AddSource("Dalgu.*", "Microsoft.AspNetCore").AddOtlpExporter());
    }

    public static void Map(IEndpointRouteBuilder routes, CityHostOptions options)
    {
        if (options.Metrics) routes.MapPrometheusScrapingEndpoint("/metrics").Needs(Role.Operator);
    }
}
