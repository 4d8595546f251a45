using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Dalgu.Console.Display;
using Dalgu.Console.Entities;
using Dalgu.Console.Layout;
using Dalgu.Console.Live;
using Dalgu.Console.Map;
using Dalgu.Hub.Access;
using Dalgu.Hub.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Dalgu.Console;

/// <summary>Adds the console to an instance.</summary>
public static class ConsoleExtensions
{
    /// <summary>Adds the console's services. The language of a request and the pages for errors are set in front of the pipeline.</summary>
    /// <param name="services">The services of the instance.</param>
    /// <param name="desks">The desks, in the order of the rail.</param>
    /// <param name="pages">Assemblies with further pages in the same shell, beside those of the desks.</param>
    public static IServiceCollection AddDalguConsole(this IServiceCollection services, IReadOnlyList<Desk> desks, params IReadOnlyList<Assembly> pages)
    {
        services.AddHttpContextAccessor();
        services.AddRazorComponents();
        services.AddSingleton(HtmlEncoder.Create(UnicodeRanges.All)); // Korean as it is, not as references
        services.AddSingleton(desks);
        services.AddSingleton(new PageAssemblies(pages));
        services.AddScoped<Visit>();
        services.AddSingleton<RecentChanges>();
        services.AddSingleton<SourceHealth>();
        services.AddSingleton<SourceNames>();
        services.AddSingleton<MapFeatures>();
        services.AddSingleton<LiveChanges>();
        services.AddSingleton<FeedWatch>();
        services.AddHostedService(of => of.GetRequiredService<FeedWatch>());
        services.AddSingleton<IStartupFilter, ConsoleStartup>();
        return services;
    }

    /// <summary>Maps pages, assets, live endpoints, downloads and the switch of language.</summary>
    public static void MapDalguConsole(this IEndpointRouteBuilder app)
    {
        var assemblies = app.ServiceProvider.GetRequiredService<PageAssemblies>().All(app.ServiceProvider.GetRequiredService<IReadOnlyList<Desk>>());
        // The list of assets lies beside the executable; where there is none, as in a test of services alone, there are no assets.
        var assets = Path.Combine(AppContext.BaseDirectory, app.ServiceProvider.GetRequiredService<IWebHostEnvironment>().ApplicationName + ".staticwebassets.endpoints.json");
        if (File.Exists(assets)) app.MapStaticAssets(assets).Needs(Role.Anonymous);
        app.MapRazorComponents<App>().AddAdditionalAssemblies([.. assemblies]).FrameworkForEverybody();
        app.MapGet("/language", Language.Switch).Needs(Role.Anonymous);
        app.MapGet("/live/changes", LiveChanges.StreamAsync).Needs(Role.Anonymous);
        app.MapGet("/live/map", MapEndpoint.GetAsync).Needs(Role.Anonymous);
        app.MapGet("/entities.csv", EntityTableCsv.GetAsync).Needs(Role.Anonymous);
        app.MapGet("/history.csv", HistoryCsv.GetAsync).Needs(Role.Anonymous);
    }
}
