using Xunit;

namespace Dalgu.Conformance.Provision;

/// <summary>Clause 5.6.21: what a query finds is deleted, or stripped.</summary>
public class PurgeTests(City city)
{
    private Task<Door> DoorAsync() => city.NewDoorAsync(
        """{"id":"urn:x:1","type":"Road","scope":"/a","speed":1,"name":"x"}""", """{"id":"urn:x:2","type":"Road","speed":9,"name":"y"}""", """{"id":"urn:x:3","type":"Park","name":"z"}""");

    [Theory]
    [InlineData("type=Road", "3")]
    [InlineData("type=Road&q=speed>5", "1,3")]
    [InlineData("type=Road,Park&id=urn:x:1,urn:x:3", "2")]
    [InlineData("scopeQ=/a", "2,3")]
    [InlineData("local=true", "")]
    public async Task What_a_query_finds_is_gone(string query, string left)
    {
        var door = await DoorAsync();
        (await door.DeleteAsync("/entities?" + query)).Is(204);
        Assert.Equal(left, string.Join(',', await door.IdsAsync("type=*")));
    }

    [Fact]
    public async Task Attributes_are_kept_or_dropped()
    {
        var door = await DoorAsync();
        (await door.DeleteAsync("/entities?type=Road&drop=speed")).Is(204);
        (await door.GetAsync("/entities/urn:x:1?options=keyValues")).Has("""{"id":"urn:x:1","type":"Road","scope":"/a","name":"x"}""");
        (await door.DeleteAsync("/entities?type=Road,Park&keep=scope")).Is(204);
        (await door.GetAsync("/entities/urn:x:1?options=keyValues")).Has("""{"id":"urn:x:1","type":"Road","scope":"/a"}""");
        (await door.GetAsync("/entities/urn:x:3?options=keyValues")).Has("""{"id":"urn:x:3","type":"Park"}""");
    }

    [Theory]
    [InlineData("")]
    [InlineData("?keep=name")]
    [InlineData("?id=urn:x:1")]
    [InlineData("?idPattern=.*")]
    [InlineData("?type=Road&keep=a&drop=b")]
    [InlineData("?type=Road&q=near{name}==%22x%22")] // clause 5.6.21.4
    public async Task A_purge_of_everything_by_mistake_is_refused(string query) => (await (await DoorAsync()).DeleteAsync("/entities" + query)).IsProblem(400, "BadRequestData");
}
