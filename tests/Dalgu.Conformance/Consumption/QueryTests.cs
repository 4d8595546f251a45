using System.Text.Json.Nodes;
using Xunit;

namespace Dalgu.Conformance.Consumption;

/// <summary>Clauses 4.9 (q), 4.17 (types), 4.19 (scopes), 5.7.2 (query), 6.3.10 (pages) and ordering.</summary>
public class QueryTests(City city)
{
    private static readonly string[] Stock =
    [
        """{"id":"urn:ngsi-ld:X:a","type":"Road","scope":"/대구/중구","speed":{"type":"Property","value":50,"observedAt":"2026-11-23T08:00:00Z","unitCode":"KMH","accuracy":{"type":"Property","value":0.5}},"name":{"type":"Property","value":"Mercedes"},"open":{"type":"Property","value":true},"category":{"type":"VocabProperty","vocab":"road"}}""",
        """{"id":"urn:ngsi-ld:X:b","type":"Road","scope":["/대구/동구","/시험"],"speed":{"type":"Property","value":60,"observedAt":"2026-11-22T08:00:00Z"},"name":{"type":"Property","value":"Audi"},"open":{"type":"Property","value":false},"tags":{"type":"Property","value":["x","y",3]}}""",
        """{"id":"urn:ngsi-ld:X:c","type":["Road","Bridge"],"scope":"/대구","speed":{"type":"Property","value":70.5},"address":{"type":"Property","value":{"city":"Daegu","street":{"no":7}}},"near":{"type":"Relationship","object":"urn:ngsi-ld:X:a"}}""",
        """{"id":"urn:ngsi-ld:X:d","type":"Bridge","name":{"type":"LanguageProperty","languageMap":{"ko":"다리","en":"bridge"}},"built":{"type":"Property","value":"2020-05-01T00:00:00Z"},"speed":{"type":"Property","value":"fast"}}""",
        """{"id":"urn:ngsi-ld:X:e","type":"Tower","height":{"type":"Property","value":202,"datasetId":"urn:ngsi-ld:Dataset:a"},"note":{"type":"JsonProperty","json":{"a":[{"b":1},{"b":2}]}}}""",
    ];

    private static string Escape(string text) => Uri.EscapeDataString(text);

    [Theory]
    [InlineData("speed==50", "a")]
    [InlineData("speed!=50", "bcd")]
    [InlineData("speed>50", "bc")]
    [InlineData("speed>=60;speed<70.5", "b")]
    [InlineData("speed<=50", "a")]
    [InlineData("speed==50..60", "ab")]
    [InlineData("speed!=50..60", "cd")]
    [InlineData("speed==50,70.5", "ac")]
    [InlineData("speed!=50,70.5", "bd")]
    [InlineData("speed==\"fast\"", "d")]
    [InlineData("speed", "abcd")]
    [InlineData("none", "")]
    [InlineData("name==\"Mercedes\"", "a")]
    [InlineData("name==\"Mercedes\",\"Audi\"", "ab")]
    [InlineData("name==\"A\"..\"B\"", "b")]
    [InlineData("name~=\"^M.*s$\"", "a")]
    [InlineData("name~=Aud", "b")]
    [InlineData("name!~=\"^M\"", "b")]
    [InlineData("open==true", "a")]
    [InlineData("open==false", "b")]
    [InlineData("tags==\"x\"", "b")]
    [InlineData("tags==3", "b")]
    [InlineData("tags==\"z\"", "")]
    [InlineData("speed.accuracy==0.5", "a")]
    [InlineData("speed.accuracy<1", "a")]
    [InlineData("speed.unitCode==\"KMH\"", "a")]
    [InlineData("speed.observedAt>=2026-11-23T00:00:00Z", "a")]
    [InlineData("speed.observedAt==2026-11-22T00:00:00Z..2026-11-22T23:59:59Z", "b")]
    [InlineData("built<2021-01-01T00:00:00Z", "d")]
    [InlineData("built>2021-01-01T00:00:00Z", "")]
    [InlineData("createdAt>2020-01-01T00:00:00Z;speed==50", "a")]
    [InlineData("address[city]==\"Daegu\"", "c")]
    [InlineData("address[street.no]==7", "c")]
    [InlineData("address[street][no]==7", "c")]
    [InlineData("address[street]", "c")]
    [InlineData("address[none]==7", "")]
    [InlineData("name[ko]==\"다리\"", "d")]
    [InlineData("name[*]==\"bridge\"", "d")]
    [InlineData("name[fr]", "")]
    [InlineData("name[*]!=\"bridge\"", "")] // of all languages none may be it
    [InlineData("name[*]!=\"pont\"", "d")]
    [InlineData("name[ko]!=\"bridge\"", "d")]
    [InlineData("near==\"urn:ngsi-ld:X:a\"", "c")]
    [InlineData("near==urn:ngsi-ld:X:a", "c")]
    [InlineData("category==\"road\"", "")] // a term of the filter is a text, but for expandValues (clause 4.9, example 12)
    [InlineData("category==https://uri.etsi.org/ngsi-ld/default-context/road", "a")]
    [InlineData("height>200", "e")]
    [InlineData("speed==50|height>200", "ae")]
    [InlineData("speed==50;height>200|name==\"Audi\"", "b")] // ';' binds tighter than '|'
    [InlineData("speed==50;(height>200|name==\"Mercedes\")", "a")]
    [InlineData("(speed==50|speed==60);open==false", "b")]
    [InlineData("((speed==50))", "a")]
    [InlineData("https://uri.etsi.org/ngsi-ld/default-context/speed==50", "a")]
    public async Task A_filter_finds_what_matches(string q, string found) =>
        Assert.Equal(found.Select(c => c.ToString()), await (await city.NewDoorAsync(Stock)).IdsAsync("type=*&q=" + Escape(q)));

    [Theory]
    [InlineData("speed=50")]
    [InlineData("speed==")]
    [InlineData("==50")]
    [InlineData("speed==50;")]
    [InlineData("(speed==50")]
    [InlineData("speed>abc def")]
    [InlineData("speed>50..60")]
    [InlineData("speed==12x")]
    [InlineData("name~=\"(\"")]
    [InlineData("name==\"open")]
    [InlineData("address[city==1")]
    [InlineData("!speed==50")] // what is asked not to be there is not compared
    [InlineData("!speed>50;name")]
    public async Task A_filter_that_is_none_is_refused(string q) => (await (await city.NewDoorAsync(Stock)).GetAsync("/entities?q=" + Escape(q))).IsProblem(400, "BadRequestData");

    [Fact]
    public async Task A_filter_with_too_many_terms_is_refused() =>
        (await (await city.NewDoorAsync(Stock)).GetAsync("/entities?q=" + string.Join(';', Enumerable.Repeat("a", 200)))).IsProblem(403, "TooComplexQuery");

    [Theory]
    [InlineData("type=Road", "abc")]
    [InlineData("type=Road,Bridge", "abcd")]
    [InlineData("type=Road|Tower", "abce")]
    [InlineData("type=Road;Bridge", "c")]
    [InlineData("type=(Road|Bridge);Tower", "")]
    [InlineData("type=(Road;Bridge)|Tower", "ce")]
    [InlineData("type=https://uri.etsi.org/ngsi-ld/default-context/Tower", "e")]
    [InlineData("type=*", "abcde")]
    [InlineData("type=None", "")]
    [InlineData("type=Road&id=urn:ngsi-ld:X:a,urn:ngsi-ld:X:d", "a")]
    [InlineData("type=Road&idPattern=.*[bc]$", "bc")]
    [InlineData("attrs=height,open", "abe")]
    [InlineData("pick=height", "e")]
    [InlineData("local=true&id=urn:ngsi-ld:X:d", "d")]
    [InlineData("type=Road&scopeQ=/대구/중구", "a")]
    [InlineData("type=Road&scopeQ=/대구/%2B", "ab")]
    [InlineData("type=Road&scopeQ=/대구/%23", "abc")]
    [InlineData("type=Road&scopeQ=/대구", "c")]
    [InlineData("type=Road&scopeQ=/대구/중구,/시험", "ab")]
    [InlineData("type=Road&scopeQ=/대구/동구;/시험", "b")]
    [InlineData("type=Road&scopeQ=(/대구/중구|/대구/동구);/시험", "b")]
    [InlineData("type=Road&scopeQ=((/대구/중구))", "a")]
    [InlineData("type=*&datasetId=urn:ngsi-ld:Dataset:a", "e")]
    public async Task A_selection_finds_what_matches(string query, string found) =>
        Assert.Equal(found.Select(c => c.ToString()), query.Contains("pick", StringComparison.Ordinal)
            ? (await (await city.NewDoorAsync(Stock)).GetAsync("/entities?options=keyValues&" + query)).Is(200).Body.AsArray().Select(_ => "e")
            : await (await city.NewDoorAsync(Stock)).IdsAsync(query));

    [Theory]
    [InlineData("")]
    [InlineData("id=urn:ngsi-ld:X:a")]
    [InlineData("idPattern=.*")]
    [InlineData("scopeQ=/a")]
    [InlineData("type=")]
    [InlineData("type=Road,,Bridge")]
    [InlineData("type=(Road")]
    [InlineData("type=Road&scopeQ=a")]
    [InlineData("type=Road&scopeQ=/a//b")]
    [InlineData("type=Road&id=road")]
    [InlineData("type=Road&idPattern=(")]
    [InlineData("type=Road&limit=-1")]
    [InlineData("type=Road&limit=x")]
    [InlineData("type=Road&offset=1.5")]
    [InlineData("type=Road&limit=0")]
    [InlineData("type=Road&count=yes")]
    [InlineData("type=Road&orderBy=speed;down")]
    [InlineData("type=Road&datasetId=a")]
    [InlineData("attrs=id,speed")]
    [InlineData("type=Road&scopeQ=((/대구"), InlineData("type=Road&scopeQ=/대구)|/시험"), InlineData("type=Road&scopeQ=()"), InlineData("type=Road&scopeQ=/대구(/시험)")]
    public async Task A_selection_that_is_none_is_refused(string query) => (await (await city.NewDoorAsync(Stock)).GetAsync("/entities?" + query)).IsProblem(400, "BadRequestData");

    [Theory]
    [InlineData("speed", "abcde")] // numbers before texts, what has no value last
    [InlineData("speed;desc", "dcbae")]
    [InlineData("name", "badce")]
    [InlineData("open;desc,speed", "abcde")]
    [InlineData("address[street][no],speed;desc", "cdbae")]
    [InlineData("id;desc", "edcba")]
    public async Task Results_come_in_the_order_asked_for(string orderBy, string order) =>
        Assert.Equal(order.Select(c => c.ToString()), await (await city.NewDoorAsync(Stock)).IdsAsync("type=*&orderBy=" + Escape(orderBy)));

    [Fact]
    public async Task Pages_join_to_the_whole_by_their_links_in_both_directions()
    {
        var door = await city.NewDoorAsync([.. Enumerable.Range(0, 25).Select(i => $$$"""{"id":"urn:ngsi-ld:P:{{{i:00}}}","type":"P","n":{"type":"Property","value":{{{i}}}}}""")]);
        Assert.Equal(20, (await door.IdsAsync("type=P")).Length); // the default page
        var (ids, path) = (new List<string>(), "/entities?type=P&q=" + Escape("n<23") + "&limit=10&count=true");
        var backwards = new List<string>();
        while (true)
        {
            var page = (await door.GetAsync(path)).Is(200);
            Assert.Equal("23", page.Header("NGSILD-Results-Count"));
            ids.AddRange(page.Body.AsArray().Select(e => (string)e!["id"]!));
            var links = System.Text.RegularExpressions.Regex.Matches(page.Header("Link"), "<([^>]*)>;\\s*rel=\"(\\w+)\"").ToDictionary(m => m.Groups[2].Value, m => m.Groups[1].Value.Replace("/ngsi-ld/v1", "", StringComparison.Ordinal));
            if (links.TryGetValue("prev", out var back)) backwards.Add(back);
            if (!links.TryGetValue("next", out var next)) break;
            Assert.NotEqual(path, next);
            path = next;
        }
        Assert.Equal(Enumerable.Range(0, 23).Select(i => $"urn:ngsi-ld:P:{i:00}"), ids);
        Assert.Equal(2, backwards.Count);
        var first = await door.GetAsync(backwards[0]);
        Assert.Equal("urn:ngsi-ld:P:00", (string?)first.Body[0]!["id"]);
    }

    [Theory]
    [InlineData("type=P&limit=0&count=true", 0, "25")]
    [InlineData("type=P&offset=100&count=true", 0, "25")]
    [InlineData("type=P&limit=1000&count=true", 25, "25")]
    [InlineData("type=P&q=n%3C5&limit=2&offset=4&count=true", 1, "5")]
    [InlineData("type=P&orderBy=n;desc&limit=3&count=true", 3, "25")]
    public async Task The_count_is_that_of_all_matches(string query, int found, string count)
    {
        var door = await city.NewDoorAsync([.. Enumerable.Range(0, 25).Select(i => $$$"""{"id":"urn:ngsi-ld:P:{{{i:00}}}","type":"P","n":{"type":"Property","value":{{{i}}}}}""")]);
        var page = (await door.GetAsync("/entities?" + query)).Is(200);
        Assert.Equal((found, count), (page.Body.AsArray().Count, page.Header("NGSILD-Results-Count")));
    }

    [Fact]
    public async Task A_page_beyond_the_largest_is_refused() => (await (await city.NewDoorAsync(Stock)).GetAsync("/entities?type=Road&limit=1001")).IsProblem(403, "TooManyResults");

    [Fact]
    public async Task A_query_by_a_body_finds_the_same()
    {
        var door = await city.NewDoorAsync(Stock);
        await FindsAsync("""{"type":"Query","entities":[{"type":"Road"}],"q":"speed>50"}""", "bc");
        await FindsAsync("""{"type":"Query","entities":[{"type":"Tower"},{"id":"urn:ngsi-ld:X:a","type":"Road"}]}""", "ae");
        await FindsAsync("""{"type":"Query","entities":[{"type":"*","idPattern":".*d$"}]}""", "d");
        await FindsAsync("""{"type":"Query","attrs":["height"]}""", "e");
        await FindsAsync("""{"type":"Query","entities":[{"type":"Road"}],"scopeQ":"/대구/#"}""", "abc");
        var projected = (await door.PostAsync("/entityOperations/query?options=keyValues", """{"type":"Query","entities":[{"type":"Road"}],"attrs":["open"]}""")).Is(200);
        projected.Has("""[{"id":"urn:ngsi-ld:X:a","type":"Road","scope":"/대구/중구","open":true},{"id":"urn:ngsi-ld:X:b","type":"Road","scope":["/대구/동구","/시험"],"open":false}]""");
        (await door.PostAsync("/entityOperations/query?options=keyValues", """{"type":"Query","entities":[{"type":"Tower"}],"pick":["id"]}""")).Has("""[{"id":"urn:ngsi-ld:X:e"}]""");
        (await door.PostAsync("/entityOperations/query", """{"entities":[{"type":"Road"}]}""")).IsProblem(400, "BadRequestData");
        (await door.PostAsync("/entityOperations/query", """{"type":"Query","entities":[{"id":5}]}""")).IsProblem(400, "BadRequestData");
        (await door.PostAsync("/entityOperations/query", """{"type":"Query"}""")).IsProblem(400, "BadRequestData");
        // What narrows alone, or asks of nothing but the system's own times, is too wide (clauses 5.7.2.4 and 5.14.4).
        foreach (var wide in (string[])["\"scopeQ\":\"/a\"", "\"attrs\":[\"createdAt\"]", "\"q\":\"createdAt>2020-01-01T00:00:00Z\""])
            (await door.PostAsync("/entityOperations/query", "{\"type\":\"Query\"," + wide + "}")).IsProblem(400, "BadRequestData");
        (await door.PostAsync("/entityOperations/query?local=true", """{"type":"Query"}""")).Is(200);
        (await door.GetAsync("/entityMaps?attrs=createdAt")).IsProblem(400, "BadRequestData");
        (await door.PostAsync("/entityOperations/query", """{"type":"Query","entities":[{"type":"Road"}],"where":1}""")).IsProblem(400, "BadRequestData");

        async Task FindsAsync(string body, string found)
        {
            var answer = (await door.PostAsync("/entityOperations/query", body)).Is(200);
            Assert.Equal(found, string.Concat(answer.Body.AsArray().Select(e => ((string)e!["id"]!)[^1])));
        }
    }

    /// <summary>Clause 4.9: the value of a ListRelationship is the list of its URIs; it matches where one of them does.</summary>
    [Theory]
    [InlineData("near==\"urn:y:2\"", 1)]
    [InlineData("near==urn:y:2", 1)]
    [InlineData("near==\"urn:y:9\"", 0)]
    [InlineData("near!=\"urn:y:2\"", 0)]
    [InlineData("near!=\"urn:y:9\"", 1)]
    [InlineData("near>\"urn:y:1\"", 0)]
    public async Task A_list_of_relationships_is_compared_by_its_URIs(string q, int found)
    {
        var door = city.NewDoor();
        (await door.PostAsync("/entities", """{"id":"urn:x:1","type":"Road","near":{"type":"ListRelationship","objectList":["urn:y:1","urn:y:2"]}}""")).Is(201);
        Assert.Equal(found, (await door.GetAsync("/entities?type=Road&q=" + Uri.EscapeDataString(q))).Is(200).Body.AsArray().Count);
    }
}
