using System.Reflection;
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
        services.AddSingleton(desks);
        services.AddSingleton(new PageAssemblies(pages));
        services.AddScoped<Visit>();
        services.AddSingleton<RecentChanges>();
        services.AddSingleton<SourceHealth>();
        services.AddSingleton<MapFeatures>();
        services.AddSingleton<LiveChanges>();
        services.AddHostedService<FeedWatch>();
        services.AddSingleton<IStartupFilter, ConsoleStartup>();
        return services;
    }

    /// <summary>Maps pages, live endpoints, downloads and the switch of language. Static assets and antiforgery are the executable's.</summary>
    public static void MapDalguConsole(this IEndpointRouteBuilder app)
    {
        var assemblies = app.ServiceProvider.GetRequiredService<PageAssemblies>().All(app.ServiceProvider.GetRequiredService<IReadOnlyList<Desk>>());
        app.MapRazorComponents<App>().AddAdditionalAssemblies([.. assemblies]);
        app.MapGet("/language", Language.Switch).Needs(Role.Anonymous).ExcludeFromDescription();
        app.MapGet("/live/changes", LiveChanges.StreamAsync).Needs(Role.Anonymous).ExcludeFromDescription();
        app.MapGet("/live/map", MapEndpoint.GetAsync).Needs(Role.Anonymous).ExcludeFromDescription();
        app.MapGet("/entities.csv", EntityTableCsv.GetAsync).Needs(Role.Anonymous).ExcludeFromDescription();
        app.MapGet("/history.csv", HistoryCsv.GetAsync).Needs(Role.Anonymous).ExcludeFromDescription();
    }
}
