using System.Text.Json.Nodes;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Query;
using Dalgu.Hub.Registrations;
using Dalgu.Hub.Registrations.Distribution;
using Xunit;

namespace Dalgu.Hub.Tests;

/// <summary>The index of registrations, what a source is asked, and how two values become one.</summary>
public class RegistrationIndexTests
{
    private static readonly RegistrationReader Reader = new(new HubOptions());

    private static Registration Make(string id, string information, string more = "") => Reader.Compile(JsonNode.Parse(
        $$"""{"id":"urn:r:{{id}}","type":"ContextSourceRegistration","information":[{{information}}],"endpoint":"http://source.example"{{more}}}""")!.AsObject());

    private static EntitySelector Select(string? type, params string[] ids) => new(type is null ? null : TypeSelection.Of("urn:t:" + type), ids.Length == 0 ? null : ids, null);

    private static string[] Ids(IEnumerable<Registration> found) => [.. found.Select(r => r.Id[6..])];

    [Fact]
    public void Of_ten_thousand_registrations_only_those_are_touched_that_may_match()
    {
        var index = RegistrationIndex.Empty;
        for (var i = 0; i < 10_000; i++)
            index = index.With(Make($"{i:d5}", i % 2 == 0 ? $$"""{"entities":[{"type":"urn:t:{{i}}"}]}""" : $$"""{"entities":[{"type":"urn:t:Bus","id":"urn:b:{{i}}"}]}"""));
        Assert.Equal(10_000, index.Count);
        Assert.Equal(["00042"], Ids(index.Candidates([Select("42")])));
        Assert.Equal(["00043"], Ids(index.Candidates([Select("Bus", "urn:b:43")])));
        Assert.Equal(["00043"], Ids(index.Candidates([Select("Bus", "urn:b:43", "urn:b:44")])));
        Assert.Empty(index.Candidates([Select("Tram")]));
        Assert.Equal(5_000, index.Candidates([Select("Bus")]).Count);
    }

    [Fact]
    public void What_is_taken_out_is_found_no_more()
    {
        var (one, two) = (Make("1", """{"entities":[{"type":"urn:t:Road"},{"type":["urn:t:Road","urn:t:Street"],"idPattern":"a"}]}"""), Make("2", """{"propertyNames":["urn:a:speed"]}"""));
        var index = RegistrationIndex.Empty.With(one).With(two);
        Assert.Equal(["1", "2"], Ids(index.Candidates([Select("Road", "urn:x:a")])));
        Assert.Equal(["1", "2"], Ids(index.Candidates([Select(null, "urn:x:a")])));
        Assert.Equal(["2"], Ids(index.Without(one).Candidates([Select("Street")])));
        var moved = index.With(Make("1", """{"entities":[{"type":"urn:t:Tram"}]}"""));
        Assert.Equal(["2"], Ids(moved.Candidates([Select("Road")])));
        Assert.Equal(["1", "2"], Ids(moved.Candidates([Select("Tram")])));
        Assert.Equal(["1", "2"], Ids(index.Candidates([Select("Street")]))); // a snapshot does not change
    }

    [Fact]
    public void A_source_is_asked_for_no_more_than_it_registered()
    {
        var registration = Make("1", """{"entities":[{"type":"urn:t:Road","idPattern":"^urn:x:a"}],"propertyNames":["urn:a:speed","urn:a:name"]}""");
        var asked = SourceQuestion.Of(registration, new RegistrationQuestion { Selectors = [new(TypeSelection.AnyOf(["urn:t:Road", "urn:t:Bus"]), ["urn:x:a1", "urn:x:b1"], null)], Attributes = ["urn:a:speed", "urn:a:width"] });
        var target = new SourceTarget(registration, CoreContext.Instance, null, IsOriginal: true, Inline: false, null);
        Assert.Equal([("type", "urn:t:Road"), ("id", "urn:x:a1")], asked.SelectorParameters(target));
        Assert.Equal([("attrs", "urn:a:speed")], asked.AttributeParameters(target));
    }

    [Theory]
    [InlineData("1.1 a, 1.1 b", "b", true)]
    [InlineData("1.1 a, HTTP/1.1 b (comment)", "b", true)]
    [InlineData("1.1 bb", "b", false)]
    [InlineData("", "b", false)]
    public void A_chain_of_brokers_is_read_by_its_names(string chain, string alias, bool has) => Assert.Equal(has, Distribution.HasPassed(chain, alias));
}
