using Dalgu.Hub.Access;
using Dalgu.Testing;
using Dalgu.Testing.Hostile;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Dalgu.Faults;

public class HostileInputTests
{
    [Fact]
    public async Task A_hundred_thousand_bent_requests_find_no_fault_and_lose_no_write()
    {
        await using var server = await TestServer.StartAsync(o => o with { LogLevel = LogLevel.None });
        var (_, key) = await server.Access.Keys.AddAsync(Principal.System, "hostile", Role.Operator, [], [], null);
        var run = new HostileRun(server, key, seed: 42);
        await run.RunAsync(100_000, connections: 16, TestContext.Current.CancellationToken);
        TestContext.Current.SendDiagnosticMessage(run.Statuses);
    }
}
