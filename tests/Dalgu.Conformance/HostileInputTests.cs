using Dalgu.Hub.Access;
using Dalgu.Testing;
using Dalgu.Testing.Hostile;
using Xunit;

namespace Dalgu.Conformance;

/// <summary>The quick form of the property test over bent requests; Dalgu.Faults has the full one.</summary>
public class HostileInputTests
{
    [Fact]
    public async Task Three_thousand_bent_requests_find_no_fault_and_lose_no_write()
    {
        await using var server = await TestServer.StartAsync(o => o with { LogLevel = Microsoft.Extensions.Logging.LogLevel.None });
        var (_, key) = await server.Access.Keys.AddAsync(Principal.System, "hostile", Role.Operator, [], [], null);
        var run = new HostileRun(server, key, seed: 20261123);
        await run.RunAsync(3_000, connections: 16, TestContext.Current.CancellationToken);
        TestContext.Current.SendDiagnosticMessage(run.Statuses);
    }
}
