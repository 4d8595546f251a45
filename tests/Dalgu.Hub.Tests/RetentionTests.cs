using Dalgu.Hub.Access;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Temporal;
using Dalgu.Store.Sqlite;
using Xunit;

namespace Dalgu.Hub.Tests;

/// <summary>History that is older than it is to be kept goes; the present stays, and so does what still holds.</summary>
public sealed class RetentionTests : IAsyncLifetime
{
    private static readonly DateTime Now = new(2026, 11, 23, 8, 0, 0, DateTimeKind.Utc);
    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-retention-").FullName;
    private CityHub hub = null!;
    private Tenant tenant = null!;

    public async ValueTask InitializeAsync()
    {
        hub = new CityHub(new SqliteStoreFactory(folder), new HubOptions(), new AccessPolicy([]), TimeProvider.System);
        tenant = await hub.TenantAsync("", create: true);
        foreach (var type in (string[])["Air", "Weather", "Road"])
        {
            await tenant.WriteAsync(Principal.System, "test.put", [Id(type)], scope => { scope.Put(new EntityBuilder(Id(type), type).Text("name", "동인동").Number("level", 0, null, Now.AddDays(-100)).Build()); return true; });
            for (var day = 99; day >= 0; day--)
                await tenant.WriteAsync(Principal.System, "test.put", [Id(type)], scope => { scope.Put(Set(scope.Find(Id(type))!, 100 - day, Now.AddDays(-day))); return true; });
        }
    }

    private static Entity Set(Entity entity, double value, DateTime at) =>
        entity with { Attributes = [entity.Attributes[0], new EntityBuilder(entity.Id, "X").Number("level", value, null, at).Build().Attributes[0]] };

    public async ValueTask DisposeAsync()
    {
        await hub.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static string Id(string type) => $"urn:ngsi-ld:{type}:1";

    private async Task<(int Values, int Names, DateTime First)> HistoryAsync(string type)
    {
        var (values, names, first) = (0, 0, DateTime.MaxValue);
        await foreach (var observation in tenant.HistoryAsync(Id(type), null, null, null, false, hub.Access.For(Principal.System)))
            if (observation.Attribute.EndsWith("level", StringComparison.Ordinal))
            {
                values++;
                if (observation.Time < first) first = observation.Time;
            }
            else names++;
        return (values, names, first);
    }

    [Fact]
    public async Task What_a_rule_is_about_is_cut_at_a_day_and_the_rest_stays()
    {
        Assert.Equal((101, 1), ((await HistoryAsync("Air")).Values, (await HistoryAsync("Air")).Names));
        var gone = await HistoryRetention.Parse("Air=30.00:00:00,*=60.00:00:00").ApplyAsync(tenant, Now, TestContext.Current.CancellationToken);
        var cut = Now.AddDays(-30).Date;
        var air = await HistoryAsync("Air");
        Assert.Equal((31, 1), (air.Values, air.Names)); // thirty days and the one that is cut within; the name still holds, however old
        Assert.True(air.First >= cut);
        Assert.Equal((61, 61), ((await HistoryAsync("Weather")).Values, (await HistoryAsync("Road")).Values));
        Assert.Equal(70 + 40 + 40, gone);
        Assert.Equal(100, (await tenant.RetrieveAsync(Id("Air"), hub.Access.For(Principal.System)))!.Number("level"));
        Assert.Equal(0, await HistoryRetention.Parse("Air=30.00:00:00").ApplyAsync(tenant, Now, TestContext.Current.CancellationToken));
        await foreach (var fault in tenant.VerifyAsync(cancel: TestContext.Current.CancellationToken)) Assert.Fail(fault);
    }

    [Theory]
    [InlineData("Air"), InlineData("Air=soon"), InlineData("=30.00:00:00"), InlineData("Air=00:10:00"), InlineData("Air=-1.00:00:00")]
    public void A_rule_that_cannot_be_read_is_refused(string text) => Assert.Equal(ProblemKind.BadRequestData, Assert.Throws<Problem>(() => HistoryRetention.Parse(text)).Kind);

    [Fact]
    public void Without_a_rule_all_is_kept() => Assert.True(HistoryRetention.Parse("").IsEmpty);
}
