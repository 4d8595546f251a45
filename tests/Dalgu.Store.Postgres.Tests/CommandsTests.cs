using System.Net.Http.Headers;
using Dalgu.Commands;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Store.Postgres.Tests;

/// <summary>The commands over a database, as a person at a shell gives them.</summary>
public sealed class CommandsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-commands-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string In(string name) => Path.Combine(folder, name);

    [Fact, Slow]
    public async Task A_city_moves_into_a_database_and_back_and_stays_the_same()
    {
        var database = await (await PostgresCluster.SharedAsync()).NewDatabaseAsync();
        await File.WriteAllTextAsync(In("benches.json"), """[{"id":"urn:ngsi-ld:ParkBench:1","type":"ParkBench","seats":{"type":"Property","value":3}},{"id":"urn:ngsi-ld:ParkBench:2","type":"ParkBench","location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[128.6,35.87]}}}]""", TestContext.Current.CancellationToken);
        await DoneAsync("import", In("benches.json"), "--data", In("city"));
        await DoneAsync("import", In("benches.json"), "--data", In("city"), "--tenant", "gyeongsan");
        await DoneAsync("user", "add", "kim", "--role", "operator", "--data", In("city"));
        var before = await DoneAsync("export", "--history", "--data", In("city"));

        var copied = await DoneAsync("copy", "--from", In("city"), "--to", database);
        Assert.Contains("2 tenants, the same and verified", copied, StringComparison.Ordinal);
        Assert.Contains("tenant gyeongsan: 2 entities, 2 history rows", copied, StringComparison.Ordinal);
        Assert.Contains("clean", await DoneAsync("verify", "--store", database), StringComparison.Ordinal);
        Assert.Contains("kim", await DoneAsync("user", "list", "--store", database), StringComparison.Ordinal);
        // Only "as read" is new: an export is written down.
        Assert.Equal(before, await DoneAsync("export", "--history", "--store", database));

        await DoneAsync("backup", In("city.tar"), "--store", database);
        await DoneAsync("restore", In("city.tar"), "--data", In("restored"));
        Assert.Equal(before, await DoneAsync("export", "--history", "--data", In("restored")));
        var second = await (await PostgresCluster.SharedAsync()).NewDatabaseAsync();
        await DoneAsync("restore", In("city.tar"), "--store", second);
        await DoneAsync("copy", "--from", second, "--to", In("back"));
        Assert.Equal(before, await DoneAsync("export", "--history", "--data", In("back")));

        // The destination holds another city by now.
        var refused = await DalguProcess.RunAsync("copy", "--from", In("city"), "--to", database);
        Assert.Equal(ExitCode.Data, refused.Code);
        Assert.Contains("holds something else", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_serves_over_a_database_and_never_prints_the_password()
    {
        var database = await (await PostgresCluster.SharedAsync()).NewDatabaseAsync() + ";Password=very-secret";
        var (process, address) = await DalguProcess.ServeAsync(In("node"), "--open", "--store", database);
        await using (process)
        {
            using var client = new HttpClient { BaseAddress = address };
            using var body = new StringContent("""{"id":"urn:ngsi-ld:ParkBench:1","type":"ParkBench"}""", new MediaTypeHeaderValue("application/json"));
            Assert.Equal(201, (int)(await client.PostAsync("/ngsi-ld/v1/entities", body, TestContext.Current.CancellationToken)).StatusCode);
            Assert.Contains("ParkBench", await client.GetStringAsync("/ngsi-ld/v1/entities/urn:ngsi-ld:ParkBench:1", TestContext.Current.CancellationToken), StringComparison.Ordinal);
            Assert.Equal(0, await process.StopAsync());
            Assert.DoesNotContain("very-secret", process.Output, StringComparison.Ordinal);
        }
        foreach (var wrong in (string[])["Host=127.0.0.1;Port=1;Password=very-secret", "Hots=x;Password=very-secret"])
        {
            var refused = await DalguProcess.RunAsync("verify", "--store", wrong);
            Assert.True(refused.Code is ExitCode.Data or ExitCode.Usage, $"{refused.Code}");
            Assert.DoesNotContain("very-secret", refused.Output + refused.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", refused.Errors, StringComparison.Ordinal);
        }
    }

    private static async Task<string> DoneAsync(params string[] arguments)
    {
        var result = await DalguProcess.RunAsync(arguments);
        Assert.True(result.Code == ExitCode.Done, $"dalgu {string.Join(' ', arguments)}: {result.Code}: {result.Output}{result.Errors}");
        return result.Output;
    }
}
