using Dalgu.Hub;
using Dalgu.Hub.Access;
using Xunit;

namespace Dalgu.Faults;

/// <summary>Opens a data folder that no instance has, and holds it against the ledgers.</summary>
internal static class Store
{
    private static readonly string[] Actions = ["entities.create", "attributes.update", "entities.delete", "batch.upsert"];

    /// <summary>Every acknowledged write is there once, in state, history and audit, and a verification finds nothing.</summary>
    public static async Task CompareAsync(string path, IEnumerable<Ledger> ledgers)
    {
        using var folder = DataFolder.Take(path);
        await using var hub = CityHost.OpenHub(folder);
        await CompareAsync(hub, ledgers);
    }

    /// <summary>The same over a hub.</summary>
    public static async Task CompareAsync(CityHub hub, IEnumerable<Ledger> ledgers)
    {
        var tenant = await hub.TenantAsync();
        var rights = hub.Access.For(Principal.System);
        var requests = 0;
        foreach (var ledger in ledgers) requests += await ledger.CompareAsync(tenant, rights);
        var audited = 0;
        await foreach (var entry in tenant.AuditAsync(0, int.MaxValue))
            if (entry.Who == "laboratory" && Actions.Contains(entry.Action) && !entry.Target.StartsWith("urn:ngsi-ld:Fill:", StringComparison.Ordinal)) audited++;
        Assert.Equal(requests, audited);
        var contradictions = new List<string>();
        await foreach (var line in tenant.VerifyAsync()) contradictions.Add(line);
        Assert.Empty(contradictions);
    }
}
