using Dalgu.Console.Live;
using Dalgu.Console.Map;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Dalgu.Console;

/// <summary>Adds the console to an instance.</summary>
public static class ConsoleExtensions
{
    /// <summary>Adds the console's services.</summary>
    /// <param name="services">The services of the instance.</param>
    /// <param name="desks">The desks, in the order of the rail.</param>
    public static IServiceCollection AddDalguConsole(this IServiceCollection services, IReadOnlyList<Desk> desks)
    {
        services.AddHttpContextAccessor();
        services.AddRazorComponents();
        services.AddSingleton(desks);
        services.AddScoped<Visit>();
        services.AddSingleton<RecentChanges>();
        services.AddSingleton<SourceHealth>();
        services.AddSingleton<MapFeatures>();
        services.AddHostedService<FeedWatch>();
        return services;
    }

    /// <summary>Maps pages, assets, live endpoints and the switch of language.</summary>
    public static void MapDalguConsole(this WebApplication app) { }
}
