using Dalgu.Hub.Changes;
using Dalgu.Hub.Storage;
using Xunit;

namespace Dalgu.Conformance.Provision;

/// <summary>Clause 4.22: transient entities and attributes.</summary>
public class TransientTests(City city)
{
    private static string In(double seconds) => DateTime.UtcNow.AddSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (var i = 0; i < 200 && !await holds(); i++) await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.True(await holds());
    }

    [Fact]
    public async Task What_expires_is_gone_and_told_as_deleted()
    {
        var door = await city.NewDoorAsync("""{"id":"urn:x:0","type":"Road"}""");
        var tenant = await city.Hub.TenantAsync(door.Tenant);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var told = new List<Change>();
        var reading = Task.Run(async () =>
        {
            await foreach (var changes in tenant.Changes.ReadAsync(cancel: stop.Token)) lock (told) told.AddRange(changes);
        }, CancellationToken.None);
        while (tenant.Changes.Readers == 0) await Task.Delay(5, stop.Token);

        var at = In(0.6);
        (await door.PostAsync("/entities", $$$"""{"id":"urn:x:1","type":"Road","speed":1,"expiresAt":"{{{at}}}"}""")).Is(201);
        (await door.PostAsync("/entities/urn:x:0/attrs", $$$"""{"flash":{"type":"Property","value":1,"expiresAt":"{{{at}}}"},"stays":2}""")).Is(204);
        Assert.Equal(at, (string?)(await door.EntityAsync("urn:x:1", "?options=sysAttrs"))["expiresAt"]);
        Assert.Null((await door.EntityAsync("urn:x:1"))["expiresAt"]);

        await UntilAsync(async () => (await door.GetAsync("/entities/urn:x:1")).Status == 404);
        Assert.Equal(["0"], await door.IdsAsync("type=Road"));
        Assert.Null((await door.EntityAsync("urn:x:0"))["flash"]);
        Assert.NotNull((await door.EntityAsync("urn:x:0"))["stays"]);
        await UntilAsync(() =>
        {
            lock (told) return Task.FromResult(told.Exists(c => c.Id == "urn:x:1" && c.Kind == ChangeKind.Deleted) && told.Exists(c => c.Id == "urn:x:0" && c.Who == "dalgu" && c.Attributes.Count == 1));
        });
        (await door.GetAsync("/temporal/entities/urn:x:1")).Is(200); // the history of the entity stays,
        Assert.Null((await door.GetAsync("/temporal/entities/urn:x:0")).Is(200).Body["flash"]); // that of the transient attribute goes with it
        (await door.PostAsync("/entities", """{"id":"urn:x:1","type":"Road"}""")).Is(201);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        var faults = new List<string>();
        await foreach (var fault in tenant.VerifyAsync(cancel: TestContext.Current.CancellationToken)) faults.Add(fault);
        Assert.Empty(faults);
    }

    [Fact]
    public async Task An_expiry_is_set_moved_and_taken_away()
    {
        var door = await city.NewDoorAsync("""{"id":"urn:x:1","type":"Road","speed":1}""");
        (await door.PatchAsync("/entities/urn:x:1", $$"""{"expiresAt":"{{In(0.4)}}"}""")).Is(204);
        (await door.PatchAsync("/entities/urn:x:1", """{"expiresAt":"urn:ngsi-ld:null"}""")).Is(204);
        await Task.Delay(700, TestContext.Current.CancellationToken);
        Assert.Null((await door.EntityAsync("urn:x:1", "?options=sysAttrs"))["expiresAt"]);
        (await door.PatchAsync("/entities/urn:x:1", """{"expiresAt":"2020-01-01T00:00:00Z"}""")).Is(204);
        (await door.GetAsync("/entities/urn:x:1")).IsProblem(404, "ResourceNotFound");
        (await door.PostAsync("/entities", """{"id":"urn:x:2","type":"Road","expiresAt":"urn:ngsi-ld:null"}""")).IsProblem(400, "BadRequestData");
    }
}
