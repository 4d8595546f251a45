using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Entities;
using Dalgu.Store.Sqlite;
using Dalgu.Store.Sqlite.History;
using Xunit;

namespace Dalgu.Store.Sqlite.Tests;

/// <summary>Every way of changing a file behind the product's back is found by a verification, and an honest file is found clean.</summary>
public sealed class VerifyTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-verify-").FullName;

    private CityHub Hub(HubOptions? options = null) => new(new SqliteStoreFactory(folder), options ?? new HubOptions(), new AccessPolicy([]), TimeProvider.System);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static Entity Road(int n, double speed) => new EntityBuilder($"urn:ngsi-ld:Road:{n}", "Road").Number("speed", speed, "KMH").Text("name", $"road {n}").Build();

    /// <summary>Ten roads, written by two, some changed, one deleted, one deleted and made again, one with a back-filled history.</summary>
    private async Task WriteAsync()
    {
        await using var hub = Hub();
        var tenant = await hub.TenantAsync("", create: true);
        for (var n = 0; n < 10; n++) await PutAsync(tenant, Road(n, 50 + n), n % 2 == 0 ? "kim" : "lee");
        for (var n = 0; n < 5; n++) await PutAsync(tenant, Road(n, 71.25 + n), "kim");
        await PutAsync(tenant, new EntityBuilder(Id(3), "Road").Text("text", string.Concat(Enumerable.Repeat("long ", 3_000))).Build(), "kim");
        foreach (var n in new[] { 8, 9 }) await tenant.WriteAsync(Principal.Source("lee"), "entities.delete", [Id(n)], scope => { scope.Delete(Id(n)); return true; });
        await PutAsync(tenant, Road(9, 99.5), "kim");
        await tenant.WriteAsync(Principal.Source("fill"), "history.record", [Id(7)], scope =>
        {
            scope.Record(Id(7), [new(Road(7, 0).Attributes[0].Name, [new AttributeInstance { Kind = AttributeKind.Property, Value = "33.75"u8.ToArray(), ObservedAt = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc) }])]);
            return true;
        });
    }

    private static string Id(int n) => $"urn:ngsi-ld:Road:{n}";

    private static Task PutAsync(Tenant tenant, Entity entity, string who) =>
        tenant.WriteAsync(Principal.Source(who), "entities.put", [entity.Id], scope => { scope.Put(entity); return true; });

    private async Task<List<string>> VerifyAsync(HubOptions? options = null)
    {
        await using var hub = Hub(options);
        var found = new List<string>();
        await foreach (var line in (await hub.TenantAsync()).VerifyAsync(cancel: TestContext.Current.CancellationToken)) found.Add(line);
        return found;
    }

    private async Task FindsAsync(Action<TamperedFile> tamper, string part)
    {
        await WriteAsync();
        Assert.Empty(await VerifyAsync());
        using (var file = new TamperedFile(Path.Combine(folder, "city.db"))) tamper(file);
        Assert.Contains(await VerifyAsync(), line => line.StartsWith(part, StringComparison.Ordinal));
    }

    [Fact]
    public Task A_changed_state_is_found() => FindsAsync(f => f.Patch("entity", "id = 'urn:ngsi-ld:Road:6'", "body", "56"u8, "57"u8), "State: \"urn:ngsi-ld:Road:6\"");

    [Fact]
    public Task A_lost_state_is_found() => FindsAsync(f => f.Change("DELETE FROM entity WHERE id = 'urn:ngsi-ld:Road:6'"), "State: \"urn:ngsi-ld:Road:6\"");

    [Fact]
    public Task A_state_hidden_as_deleted_is_found() => FindsAsync(f => f.Change("UPDATE entity SET gone = 1 WHERE id = 'urn:ngsi-ld:Road:6'"), "State: \"urn:ngsi-ld:Road:6\"");

    [Fact]
    public Task A_deleted_entity_brought_back_is_found() => FindsAsync(f => f.Change("UPDATE entity SET gone = 0 WHERE id = 'urn:ngsi-ld:Road:8'"), "State: \"urn:ngsi-ld:Road:8\"");

    [Fact]
    public Task A_state_of_another_change_is_found() => FindsAsync(f => f.Change("UPDATE entity SET seq = 1 WHERE id = 'urn:ngsi-ld:Road:6'"), "State: \"urn:ngsi-ld:Road:6\"");

    [Fact]
    public Task A_state_from_nowhere_is_found() =>
        FindsAsync(f => f.Change("INSERT INTO entity SELECT 'urn:ngsi-ld:Road:forged', 777, 0, 3, 0, 0, 0, body FROM entity WHERE id = 'urn:ngsi-ld:Road:6'"), "Outbox: it has no change of \"urn:ngsi-ld:Road:forged\"");

    [Fact]
    public Task A_lost_present_value_in_history_is_found() => FindsAsync(f => f.EditHistory(r => r.Seq == 7 ? null : r), "History: ");

    [Fact]
    public Task A_lost_past_value_in_history_is_found() => FindsAsync(f => f.EditHistory(r => r.Seq == 1 ? null : r), "History: that of \"urn:ngsi-ld:Road:0\"");

    [Fact]
    public Task A_changed_past_value_in_history_is_found() => FindsAsync(f => f.EditHistory(r => r.Seq == 1 ? Other(r, "50"u8, "10"u8) : r), "History: that of \"urn:ngsi-ld:Road:0\"");

    [Fact]
    public Task A_past_value_moved_to_another_time_is_found() => FindsAsync(f => f.EditHistory(r => r.Seq == 1 ? r with { Time = r.Time - 1 } : r), "History: that of \"urn:ngsi-ld:Road:0\"");

    [Fact]
    public Task A_changed_time_of_recording_is_found() => FindsAsync(f => f.EditHistory(r => r.Seq == 1 ? r with { Recorded = r.Recorded - 1 } : r), "History: that of \"urn:ngsi-ld:Road:0\"");

    [Fact]
    public Task A_past_value_from_nowhere_is_found() =>
        FindsAsync(f => f.EditHistory(r => r.Seq == 2 ? r with { Key = 1, Seq = 1 } : r), "History: that of \"urn:ngsi-ld:Road:0\"");

    [Fact]
    public Task A_changed_value_of_a_back_fill_is_found() =>
        FindsAsync(f => f.EditHistory(r => r.Body.Span.IndexOf("33.75"u8) >= 0 ? Other(r, "33.75"u8, "13.75"u8) : r), "History: that of \"urn:ngsi-ld:Road:7\"");

    [Fact]
    public Task A_lost_history_of_a_deleted_entity_is_found() => FindsAsync(f => f.EditHistory(r => r.Key == 9 ? null : r), "History: that of \"urn:ngsi-ld:Road:8\"");

    [Fact]
    public Task A_changed_large_value_in_history_is_found() => FindsAsync(f => f.Patch("history_large", "number = 1", "body", "long"u8, "gone"u8), "History: that of \"urn:ngsi-ld:Road:3\"");

    [Fact]
    public Task A_lost_large_value_in_history_is_found() => FindsAsync(f => f.Change("DELETE FROM history_large"), "History: ");

    [Fact]
    public Task A_state_that_can_no_longer_be_read_is_found() =>
        FindsAsync(f => f.Change("UPDATE entity SET body = x'01ff' WHERE id = 'urn:ngsi-ld:Road:6'"), "State: \"urn:ngsi-ld:Road:6\"");

    [Fact]
    public Task A_history_that_can_no_longer_be_read_is_found() =>
        FindsAsync(f => f.EditHistory(r => r.Seq == 7 ? r with { Body = new byte[] { 1, 255 } } : r), "History: that of \"urn:ngsi-ld:Road:6\"");

    [Theory]
    [InlineData("history_recent", "History: ")]
    [InlineData("outbox", "Outbox: ")]
    public Task A_chunk_that_can_no_longer_be_read_is_found(string table, string part) => FindsAsync(f => f.Change($"UPDATE {table} SET body = x'01ff'"), part);

    [Theory]
    [InlineData(4)]
    [InlineData(19)]
    public Task A_lost_change_is_found(int seq) => FindsAsync(f => f.EditOutbox(r => r.Seq == seq ? null : r), "Outbox: ");

    [Fact]
    public Task A_lost_end_of_the_outbox_is_found() => FindsAsync(f => f.Change("DELETE FROM outbox WHERE first_seq = (SELECT max(first_seq) FROM outbox)"), "Outbox: ");

    [Fact]
    public Task A_change_of_another_entity_is_found() => FindsAsync(f => f.EditOutbox(r => r.Seq == 1 ? r with { Id = Id(1) } : r), Changes);

    [Fact]
    public Task A_change_of_another_number_is_found() => FindsAsync(f => f.EditOutbox(r => r.Seq == 1 ? r with { Key = 2 } : r), Changes);

    [Fact]
    public Task A_change_of_another_kind_is_found() => FindsAsync(f => f.EditOutbox(r => r.Seq == 1 ? r with { Kind = Dalgu.Hub.Storage.ChangeKind.Updated } : r), Changes);

    [Fact]
    public Task A_change_of_another_time_is_found() => FindsAsync(f => f.EditOutbox(r => r.Seq == 1 ? r with { Recorded = r.Recorded + 1 } : r), Changes);

    [Fact]
    public Task A_change_with_another_digest_is_found() => FindsAsync(f => f.EditOutbox(r => r.Seq == 1 ? r with { Digest = new byte[64] } : r), Changes);

    private const string Changes = "Audit: the changes 1 to 1";

    /// <summary>A row that says something else.</summary>
    private static RecentRow Other(RecentRow row, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        var body = row.Body.ToArray();
        var at = body.AsSpan().IndexOf(from);
        Assert.True(at >= 0, "the row holds no such bytes");
        to.CopyTo(body.AsSpan(at));
        return row with { Body = body };
    }

    [Theory]
    [InlineData("who = 'park'")]
    [InlineData("action = 'entities.create'")]
    [InlineData("target = 'urn:ngsi-ld:Road:1'")]
    [InlineData("at = at + 10000")]
    [InlineData("who = action, action = who")]
    [InlineData("content = zeroblob(32)")]
    [InlineData("hash = zeroblob(32)")]
    [InlineData("last_seq = last_seq + 1")]
    public Task An_edited_audit_entry_is_found(string edit) => FindsAsync(f => f.Change($"UPDATE audit SET {edit} WHERE number = 3"), "Audit: ");

    [Theory]
    [InlineData("number = 3")]
    [InlineData("number = 1")]
    [InlineData("number = (SELECT max(number) FROM audit)")]
    public Task A_lost_audit_entry_is_found(string which) => FindsAsync(f => f.Change($"DELETE FROM audit WHERE {which}"), "Audit: ");

    [Fact]
    public async Task An_honest_file_whose_outbox_was_pruned_is_found_clean()
    {
        var options = new HubOptions { OutboxKept = 100 };
        await using (var hub = Hub(options))
        {
            var tenant = await hub.TenantAsync("", create: true);
            for (var i = 0; i < 45; i++)
            {
                var ids = Enumerable.Range(0, 100).Select(Id).ToArray();
                await tenant.WriteAsync(Principal.Source("kim"), "batch.upsert", ids, scope => { foreach (var id in ids) scope.Put(Road(int.Parse(id[17..], System.Globalization.CultureInfo.InvariantCulture), i)); return true; });
            }
            Assert.True((await tenant.SizeAsync()).OutboxRows < 4_500, "nothing was pruned");
        }
        Assert.Empty(await VerifyAsync(options));
    }
}
