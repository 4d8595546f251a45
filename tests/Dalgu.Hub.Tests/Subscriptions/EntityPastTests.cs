using CsCheck;
using Dalgu.Hub.Access;
using Dalgu.Hub.Changes;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;
using Dalgu.Hub.Subscriptions;
using Dalgu.Store.Sqlite;
using Xunit;

namespace Dalgu.Hub.Tests.Subscriptions;

/// <summary>What is put together from outbox and history is what the feed told.</summary>
public class EntityPastTests
{
    private sealed record Step(int Entity, int Kind, int Attribute, int Dataset, int Value);

    [Fact]
    public Task The_past_of_an_entity_is_told_as_the_feed_told_it() =>
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 9], Gen.Int[0, 3], Gen.Int[0, 1], Gen.Int[0, 9]).Select((e, k, a, d, v) => new Step(e, k, a, d, v)).Array[1, 40].SampleAsync(async steps =>
        {
            var folder = Directory.CreateTempSubdirectory("dalgu-past-").FullName;
            var hub = new CityHub(new SqliteStoreFactory(folder), new HubOptions(), new AccessPolicy([]), TimeProvider.System);
            try
            {
                var tenant = await hub.TenantAsync("", create: true);
                using var end = new CancellationTokenSource();
                var told = new Dictionary<long, Change>();
                var listening = ListenAsync(tenant, told, end.Token);
                foreach (var step in steps) await ApplyAsync(tenant, step);
                for (var waited = 0; told.Count < tenant.Status.LastSeq && waited < 500; waited++) await Task.Delay(10);
                await end.CancelAsync();
                await listening;
                // Pages begin anywhere: a catch-up starts where a subscription was left.
                for (var after = 0L; after < told.Count; after += 7)
                {
                    if (told.Values.Any(c => c.Kind == ChangeKind.History && c.Seq <= after)) break; // see the remark at EntityPast
                    var rows = new List<OutboxRow>();
                    await foreach (var row in tenant.OutboxAsync(after, 1_000)) rows.Add(row);
                    foreach (var row in rows)
                    {
                        if (row.Kind == ChangeKind.History) continue;
                        var (last, gone) = (await tenant.LastStateAsync(row.Id, hub.Access.For(Principal.System)))!.Value;
                        var past = await EntityPast.ReadAsync(tenant, hub, last, gone, rows, default);
                        var (made, real) = (past.ChangeOf(row, tenant), told[row.Seq]);
                        Assert.Equal((real.Kind, real.Id, Print(real.Before), Print(real.After)), (made.Kind, made.Id, Print(made.Before), Print(made.After)));
                        foreach (var watched in new[] { null, new HashSet<string> { Name(0) } })
                            for (var trigger = 1; trigger <= 32; trigger *= 2)
                                Assert.Equal(new ChangeFacts(real).Fires((Triggers)trigger, watched), new ChangeFacts(made).Fires((Triggers)trigger, watched));
                    }
                }
            }
            finally
            {
                await hub.DisposeAsync();
                Directory.Delete(folder, recursive: true);
            }
        }, iter: 30, threads: 1);

    private static async Task ListenAsync(Tenant tenant, Dictionary<long, Change> told, CancellationToken end)
    {
        try
        {
            await foreach (var commit in tenant.Changes.ReadAsync(1_000, end))
                foreach (var change in commit) told[change.Seq] = change;
        }
        catch (OperationCanceledException)
        {
            // everything was told
        }
    }

    private static string Name(int n) => "https://example.org/a" + n;

    private static Task ApplyAsync(Tenant tenant, Step step)
    {
        var id = $"urn:x:{step.Entity}";
        return tenant.WriteAsync(Principal.System, "test", [id], scope =>
        {
            var current = scope.Find(id);
            var instance = new AttributeInstance { Kind = AttributeKind.Property, Value = System.Text.Encoding.ASCII.GetBytes($"{step.Value}"), DatasetId = step.Dataset == 0 ? null : "urn:d:1",
                // Now and then a value held long before or after it was recorded.
                ObservedAt = step.Value % 3 == 0 ? new DateTime(2020 + step.Value, 1, 1, 0, 0, 0, DateTimeKind.Utc) : null };
            if (step.Kind == 0 && current is not null) scope.Delete(id);
            else if (step.Kind == 1 && current is not null) scope.Record(id, [new(Name(step.Attribute), [instance with { ObservedAt = new DateTime(2021, 1, 1, 0, 0, 0, DateTimeKind.Utc) }])]);
            else if (current is null) scope.Put(new Entity { Id = id, Types = ["https://example.org/T"], Attributes = [new(Name(step.Attribute), [instance])] });
            else
            {
                var attributes = current.Attributes.ToList();
                var at = attributes.FindIndex(a => a.Name == Name(step.Attribute));
                if (step.Kind == 2 && at >= 0) attributes.RemoveAt(at);
                else if (at < 0) attributes.Add(new(Name(step.Attribute), [instance]));
                else
                {
                    var instances = attributes[at].Instances.Where(i => i.DatasetId != instance.DatasetId).ToList();
                    if (step.Kind != 3 || instances.Count == 0) instances.Add(instance);
                    attributes[at] = new(Name(step.Attribute), instances);
                }
                scope.Put(current with { Attributes = attributes });
            }
            return true;
        });
    }

    private static string? Print(Entity? entity) => entity is null ? null : string.Join('\n', entity.Attributes.SelectMany(a => a.Instances.Select(i =>
        $"{a.Name}#{i.DatasetId}={System.Text.Encoding.UTF8.GetString(i.Value.Span)}@{i.ObservedAt?.Ticks}")).Order(StringComparer.Ordinal));
}
