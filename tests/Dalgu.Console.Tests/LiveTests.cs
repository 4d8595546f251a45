using System.Text;
using System.Text.Json;
using Dalgu.Console.Components;
using Dalgu.Console.Display;
using Dalgu.Console.Live;
using Dalgu.Hub.Access;
using Dalgu.Hub.Changes;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;
using Xunit;

namespace Dalgu.Console.Tests;

public class LiveTests
{
    private static readonly DateTime Now = new(2026, 11, 23, 8, 4, 10, DateTimeKind.Utc);
    private static readonly AccessPolicy Policy = new(
    [
        new(Names.Expand("AirQualityObserved"), Sensitivity.Public, "city"),
        new(Names.Expand("OutbreakCluster"), Sensitivity.Sensitive, "outbreak"),
    ]);

    [Fact]
    public void An_event_holds_the_new_values_as_the_page_prints_them()
    {
        var text = Encoding.UTF8.GetString(LiveChanges.Event([Change(7, "AirQualityObserved", 24)], Policy.For(Principal.Anonymous))!);
        Assert.StartsWith("id: 7\ndata: {", text, StringComparison.Ordinal);
        Assert.EndsWith("}\n\n", text, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(text[(text.IndexOf("data: ", StringComparison.Ordinal) + 6)..]);
        var change = json.RootElement.GetProperty("changes")[0];
        Assert.Equal(("AirQualityObserved", "2026-11-23 17:04:10", "updated"), (change.GetProperty("type").GetString(), change.GetProperty("time").GetString(), change.GetProperty("kind").GetString()));
        var pm25 = change.GetProperty("attributes").GetProperty("pm25");
        Assert.Equal(("24", "µg/m³", 24, 18), (pm25.GetProperty("text").GetString(), pm25.GetProperty("unit").GetString(), pm25.GetProperty("number").GetInt32(), pm25.GetProperty("before").GetInt32()));
    }

    [Fact]
    public void Nobody_is_sent_what_they_may_not_read()
    {
        Change[] commit = [Change(1, "OutbreakCluster", 3), Change(2, "Boundary", 1), Change(3, "AirQualityObserved", 24)];
        Assert.Equal(["AirQualityObserved"], Types(LiveChanges.Event(commit, Policy.For(Principal.Anonymous))));
        Assert.Equal(["Boundary", "AirQualityObserved"], Types(LiveChanges.Event(commit, Policy.For(new("kim", Role.Reader, [])))));
        // Each read of what is sensitive is written down; a stream is not, so it carries none even to those who may read it.
        Assert.Equal(["Boundary", "AirQualityObserved"], Types(LiveChanges.Event(commit, Policy.For(new("lee", Role.Official, ["outbreak"])))));
        Assert.Null(LiveChanges.Event(commit[..1], Policy.For(Principal.Anonymous)));
        Assert.Null(LiveChanges.Event([], Policy.For(Principal.System)));
    }

    [Fact]
    public void What_ceased_to_be_sensitive_is_not_told_to_those_who_could_not_read_it()
    {
        var secret = Entity("OutbreakCluster", 3);
        var change = new Change(9, "", ChangeKind.Updated, Now, "x", secret, secret with { Types = [Names.Expand("AirQualityObserved")] }, [Names.Expand("pm25")]);
        Assert.Null(LiveChanges.Event([change], Policy.For(Principal.Anonymous)));
    }

    [Fact]
    public void The_feed_shows_each_entity_once_newest_first_as_far_as_it_may_be_seen()
    {
        var recent = new RecentChanges();
        recent.Take([Change(1, "AirQualityObserved", 24), Change(2, "OutbreakCluster", 3)]);
        recent.Take([Change(3, "AirQualityObserved", 30)]);
        var entry = Assert.Single(recent.Latest(10, Policy.For(Principal.Anonymous)));
        Assert.Equal(("30", "µg/m³", "↑ 12"), (entry.Text, entry.Unit, entry.Arrow));
        Assert.Equal("30", Assert.Single(recent.Latest(10, Policy.For(Principal.System))).Text); // sensitive ones are not listed
        Assert.Empty(recent.Latest(10, Policy.For(Principal.System), Names.Expand("Road")));
    }

    [Fact]
    public void Of_a_large_commit_the_last_values_stay_though_back_fills_and_removals_end_it()
    {
        var recent = new RecentChanges();
        var commit = Enumerable.Range(1, 1_000).Select(n => Change(n, "AirQualityObserved", n)).ToList();
        commit.AddRange(Enumerable.Range(1_001, 900).Select(n => Change(n, "AirQualityObserved", n) with { Kind = ChangeKind.History }));
        commit.AddRange(Enumerable.Range(1_901, 900).Select(n => Change(n, "AirQualityObserved", n) with { Kind = ChangeKind.Deleted, After = null }));
        recent.Take(commit);
        Assert.Equal("1,000", Assert.Single(recent.Latest(10, Policy.For(Principal.System))).Text);
    }

    [Fact]
    public void Of_a_change_of_several_values_its_first_number_is_shown_or_else_its_first_value()
    {
        var recent = new RecentChanges();
        Assert.Equal("30", Shown("name", "dataProvider", "pm25"));
        Assert.Equal("평리동", Shown("gone", "name", "dataProvider"));
        recent.Take([Change(9, "AirQualityObserved", 31) with { Attributes = [Names.Expand("gone")] }]);
        Assert.Equal("평리동", Assert.Single(recent.Latest(10, Policy.For(Principal.System))).Text); // what is not there any more hides nothing older

        string Shown(params string[] attributes)
        {
            recent.Take([Change(1, "AirQualityObserved", 30) with { Attributes = [.. attributes.Select(Names.Expand)] }]);
            return Assert.Single(recent.Latest(10, Policy.For(Principal.System))).Text;
        }
    }

    [Fact]
    public void The_last_minutes_values_are_counted_whichever_way_they_came()
    {
        var health = new SourceHealth();
        health.Take([Change(1, "AirQualityObserved", 1, Now.AddSeconds(-90)), Change(2, "AirQualityObserved", 2, Now.AddSeconds(-90))]);
        health.Take([Change(3, "AirQualityObserved", 3, Now.AddSeconds(-50)), Change(4, "AirQualityObserved", 4, Now.AddSeconds(-50)), Change(5, "AirQualityObserved", 5, Now.AddSeconds(-40))]);
        health.Take([Change(6, "AirQualityObserved", 6, Now.AddSeconds(-40))]);
        Assert.Equal((4.0, 6L), Assert.Single(health.Report(Now)) is var report ? (report.PerMinute, report.Values) : default);
        Assert.Equal(0, Assert.Single(health.Report(Now.AddMinutes(2))).PerMinute);
    }

    [Theory]
    [InlineData(20, SourceState.Good)]
    [InlineData(179, SourceState.Good)]
    [InlineData(181, SourceState.Late)]
    [InlineData(599, SourceState.Late)]
    [InlineData(601, SourceState.Silent)]
    public void A_source_that_sends_each_minute_is_late_after_3_and_silent_after_10(int silence, SourceState state)
    {
        var health = new SourceHealth();
        for (var i = 0; i < 20; i++) health.Take([Change(i, "AirQualityObserved", i, Now.AddMinutes(i))]);
        var report = Assert.Single(health.Report(Now.AddMinutes(19).AddSeconds(silence)));
        Assert.Equal((state, "sensor", 20L, 1), (report.State, report.Who, report.Values, report.Entities));
        Assert.Equal(TimeSpan.FromMinutes(1), report.Pause);
        Assert.True(report.Synthetic);
    }

    [Fact]
    public void Of_a_source_that_sent_once_long_ago_nothing_is_expected()
    {
        var health = new SourceHealth();
        health.Take([Change(1, "AirQualityObserved", 1)]);
        var report = Assert.Single(health.Report(Now.AddHours(5)));
        Assert.Equal((SourceState.Once, BadgeKind.Unknown), (report.State, report.Badge));
    }

    private static IEnumerable<string?> Types(byte[]? message)
    {
        var text = Encoding.UTF8.GetString(message!);
        using var json = JsonDocument.Parse(text[(text.IndexOf("data: ", StringComparison.Ordinal) + 6)..]);
        return [.. json.RootElement.GetProperty("changes").EnumerateArray().Select(c => c.GetProperty("type").GetString())];
    }

    private static Entity Entity(string type, int pm25) =>
        new EntityBuilder($"urn:ngsi-ld:{type}:1", type).Text("name", "평리동").Text("dataProvider", "synthetic").Number("pm25", pm25, "GQ", Now).Build();

    private static Change Change(long seq, string type, int pm25, DateTime? at = null) =>
        new(seq, "", ChangeKind.Updated, at ?? Now, "sensor", Entity(type, 18), Entity(type, pm25), [Names.Expand("pm25")]);
}
