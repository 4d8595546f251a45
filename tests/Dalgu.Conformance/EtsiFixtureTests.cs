using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Conformance;

/// <summary>The entities of ETSI's own test suite read back as they were written. Source: shared/data/hub/etsi-fixtures, whose README names the repository;
/// the public addresses of its @contexts are replaced by loopback.</summary>
public partial class EtsiFixtureTests(City city)
{
    private static readonly string[] Folder = ["data", "hub", "etsi-fixtures"];

    [GeneratedRegex("https://[^\"]*/(ngsi-ld-test-suite(-compound)?|ngsildTestSuiteV1.8-compound)\\.jsonld")]
    private static partial Regex ContextAddress();

    private string Local(string json)
    {
        foreach (var name in new[] { "ngsi-ld-test-suite.jsonld", "ngsi-ld-test-suite-compound.jsonld" })
            if (city.Contexts.Asked("served " + name) == 0)
                city.Contexts.Serve(name, ContextAddress().Replace(File.ReadAllText(SharedData.PathOrSkip([.. Folder, "jsonld-contexts", name])), m => Address(m.Value)));
        return ContextAddress().Replace(json, m => Address(m.Value));

        string Address(string original) => city.Contexts.Address + (original.Contains("compound", StringComparison.Ordinal) ? "ngsi-ld-test-suite-compound.jsonld" : "ngsi-ld-test-suite.jsonld");
    }

    private string Read(string file) => Local(File.ReadAllText(file)).Replace("randomUUID", "1", StringComparison.Ordinal).Replace(".000Z\"", "Z\"", StringComparison.Ordinal); // an answer writes no empty fraction

    [Fact]
    public async Task The_entities_of_the_suite_read_back_as_they_were_written()
    {
        var count = 0;
        foreach (var file in Directory.GetFiles(SharedData.PathOrSkip([.. Folder, "data", "entities"]), "*.jsonld").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(file);
            // Made to be refused, or written in a form that an answer does not have (concise, with an offset, regional tags).
            if (name.StartsWith("meta-model", StringComparison.Ordinal) || name.StartsWith("temporal-", StringComparison.Ordinal) || name is "empty.jsonld" or "invalid-json.jsonld" or "invalid-type.jsonld" or "building-unretrievable-context.jsonld") continue;
            var body = Read(file);
            if (JsonNode.Parse(body) is not JsonObject entity || entity["id"] is null) continue;
            var door = city.NewDoor();
            (await door.PostAsync("/entities", body, Door.LdJson)).Is(201);
            var context = entity["@context"]!;
            var reader = (string?)(context is JsonArray list ? list[0] : context) is { } address && address.StartsWith("http://", StringComparison.Ordinal) ? door.With(address) : door;
            var read = (await reader.GetAsync("/entities/" + (string)entity["id"]!)).Is(200).Body;
            entity.Remove("@context");
            if (entity["type"] is JsonArray { Count: 1 } types) entity["type"] = (string)types[0]!; // an answer writes one type without an array
            Assert.True(JsonNode.DeepEquals(entity, read), $"{name}: {entity.ToJsonString()}\nread back as {read.ToJsonString()}");
            count++;
        }
        Assert.True(count > 50, $"only {count} entities were compared");
    }

    [Theory]
    [InlineData("meta-model-languageproperty-no-map.jsonld", "BadRequestData")]
    [InlineData("meta-model-property-no-value.jsonld", "BadRequestData")]
    [InlineData("meta-model-property-null-value.jsonld", "BadRequestData")]
    [InlineData("meta-model-relationship-no-object.jsonld", "BadRequestData")]
    [InlineData("temporal-observedat-not-datetime.jsonld", "BadRequestData")]
    [InlineData("invalid-type.jsonld", "BadRequestData")]
    [InlineData("invalid-json.jsonld", "InvalidRequest")]
    [InlineData("empty.jsonld", "InvalidRequest")]
    public async Task The_bad_entities_of_the_suite_are_refused(string name, string error) =>
        (await city.NewDoor().PostAsync("/entities", Read(SharedData.PathOrSkip([.. Folder, "data", "entities", name])), Door.LdJson)).IsProblem(400, error);
}
