using System.Text.Json;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;
using Microsoft.Extensions.Hosting;

namespace Dalgu.City.Districts;

/// <summary>The rule that gives each imported boundary its relationship <c>refDistrict</c>, by code: at the start for those that are there, then on the change feed.</summary>
internal sealed class BoundaryLinks(CityHub hub) : BackgroundService
{
    private static readonly string RefDistrict = CoreContext.Instance.ExpandAttribute("refDistrict");
    private static readonly HashSet<string> Types = [.. Boundaries.Types.Select(CoreContext.Instance.ExpandType)];

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => hub.OnDutyAsync("city.boundaries", LinkAllAsync, stoppingToken);

    private async Task LinkAllAsync(CancellationToken stoppingToken)
    {
        var tenant = await hub.TenantAsync(cancel: stoppingToken);
        // The feed is opened before the sweep, so that nothing falls between them.
        await using var feed = tenant.Changes.ReadAsync(4_096, stoppingToken).GetAsyncEnumerator(stoppingToken);
        var more = feed.MoveNextAsync();
        await SweepAsync(tenant, stoppingToken);
        for (long next = 0; await more; more = feed.MoveNextAsync())
        {
            var commit = feed.Current;
            if (commit.Count == 0) continue;
            if (next != 0 && commit[0].Seq > next) await SweepAsync(tenant, stoppingToken);
            next = commit[^1].Seq + 1;
            foreach (var change in commit)
                if (change.After is { } entity) await LinkAsync(tenant, entity, stoppingToken);
        }
    }

    private async Task SweepAsync(Tenant tenant, CancellationToken cancel)
    {
        foreach (var type in Types)
            await foreach (var entity in tenant.EnumerateAsync(EntityQuery.OfType(type), hub.Access.For(Principal.System), cancel)) await LinkAsync(tenant, entity, cancel);
    }

    private static async Task LinkAsync(Tenant tenant, Entity entity, CancellationToken cancel)
    {
        if (Missing(entity) is null) return;
        try
        {
            await tenant.WriteAsync(Principal.Source("city-boundaries"), "city.link-boundary", [entity.Id], scope =>
            {
                if (scope.Find(entity.Id) is { } now && Missing(now) is { } link) scope.Put(now with { Attributes = [.. now.Attributes.Where(a => a.Name != RefDistrict), link] });
                return true;
            }, cancel);
        }
        catch (Problem)
        {
            // The writer is at its limit or the disk is full: the sweep of the next start links it.
        }
    }

    /// <summary>The relationship that the entity should have and has not; null where there is nothing to do.</summary>
    internal static EntityAttribute? Missing(Entity entity)
    {
        if (!entity.Types.Any(Types.Contains) || Boundaries.CodeOf(entity) is not { } code || DaeguDistricts.Of(code) is not { } district || entity.Text("refDistrict") == district.Id) return null;
        return new(RefDistrict, [new AttributeInstance { Kind = AttributeKind.Relationship, Value = JsonSerializer.SerializeToUtf8Bytes(district.Id) }]);
    }
}
