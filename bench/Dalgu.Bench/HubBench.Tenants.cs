namespace Dalgu.Bench;

/// <summary>Many tenants on one process: memory follows those in use, not those that there are.</summary>
public sealed partial class HubBench
{
    /// <summary>How many tenants the part "tenants" makes.</summary>
    public int Tenants { get; init; } = 10_000;

    private async Task<IReadOnlyList<Figure>> TenantsAsync()
    {
        var folder = Directory.CreateTempSubdirectory("dalgu-bench-").FullName;
        try
        {
            await using var server = await ServeAsync(folder);
            say($"making {Tenants:N0} tenants …");
            var made = await EachTenantAsync(server, tenant => Post("/ngsi-ld/v1/entities", Body(tenant, 550, tenant), $"NGSILD-Tenant: t{tenant}\r\n"));
            var afterMaking = server.Resident;
            say("reading each …");
            var read = await EachTenantAsync(server, tenant => Get($"/ngsi-ld/v1/entities/{IdOf(tenant)}", $"NGSILD-Tenant: t{tenant}\r\n"));
            var afterReading = server.Resident;
            await Task.Delay(TimeSpan.FromSeconds(10));
            var rest = server.Resident;
            return
            [
                new($"{Tenants:N0} tenants made by their first entity, 4 connections", made.PerSecond, "/s", null, "none refused", made.Failures == 0, $"{made.Failures} refused; {Latency(made)}; resident {afterMaking / 1e6:N0} MB after it"),
                new("an entity read in each", read.PerSecond, "/s", null, "none refused", read.Failures == 0, $"{read.Failures} refused; {Latency(read)}; resident {afterReading / 1e6:N0} MB after it"),
                new("resident memory ten seconds later", rest / 1e6, "MB", null, "–", true, ""),
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<LoadResult> EachTenantAsync(ServerProcess server, Func<int, byte[]> request)
    {
        var at = -1;
        return await HttpLoad.RunAsync(server.Port, 4, TimeSpan.FromHours(1), _ => Interlocked.Increment(ref at) is var tenant && tenant < Tenants ? request(tenant) : (ReadOnlyMemory<byte>?)null);
    }
}
