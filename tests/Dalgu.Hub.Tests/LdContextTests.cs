using System.Text.Json;
using CsCheck;
using Dalgu.Hub.Contexts;
using Xunit;

namespace Dalgu.Hub.Tests;

public class LdContextTests
{
    private static LdContext Context(string json) =>
        new ContextRegistry(new HubOptions(), TimeProvider.System, new Http.OutboundHttp(new())).ResolveAsync(JsonDocument.Parse(json).RootElement).AsTask().GetAwaiter().GetResult();

    private static readonly Gen<string> Iri = Gen.OneOf(
        Generated.Word.Select(w => "https://example.org/" + w), Generated.Word.Select(w => "https://example.org/ns#" + w), Generated.Word.Select(w => "https://uri.etsi.org/ngsi-ld/" + w),
        Generated.Word.Select(w => CoreContext.DefaultVocabulary + w), Generated.Word.Select(w => "urn:x:" + w), Generated.Word.Select(w => "https://example.org/a/b/" + w + "/c"),
        One.Of("https://uri.etsi.org/ngsi-ld/location", "https://purl.org/geojson/vocab#Point", "https://example.org/x:y", "https://uri.etsi.org/ngsi-ld/default-context/@type", "https://example.org/"));

    private static readonly Gen<string> Terms = Gen.Select(
        Gen.Select(Gen.OneOf(Generated.Word, One.Of("speed", "location", "type", "ngsi-ld", "ex", "x")), Gen.OneOf(Iri, One.Of("https://example.org/", "https://example.org/ns#", "ex:speed", "ngsi-ld:x", "speed", "https://uri.etsi.org/ngsi-ld/"))).Array[0, 8],
        One.Of("", "https://example.org/", "https://example.org/ns#"))
        .Select((terms, vocab) => "{" + string.Join(',', terms.DistinctBy(t => t.Item1).Select(t => $"{JsonSerializer.Serialize(t.Item1)}:{JsonSerializer.Serialize(t.Item2)}").Concat(vocab.Length > 0 ? [$"\"@vocab\":\"{vocab}\""] : [])) + "}");

    [Fact]
    public void What_a_context_compacts_it_expands_to_the_same() => Gen.Select(Terms, Iri).Sample((terms, iri) =>
    {
        LdContext context;
        try
        {
            context = Context(terms);
        }
        catch (Problem)
        {
            return;
        }
        var compact = context.Compact(iri);
        Assert.True(context.Expand(compact) == iri, $"{terms} compacts {iri} to {compact}, which expands to {context.Expand(compact)}");
    }, iter: 20_000);

    [Fact]
    public void The_same_context_compacts_alike_every_time() => Gen.Select(Terms, Iri).Sample((terms, iri) =>
    {
        try
        {
            Assert.Equal(Context(terms).Compact(iri), Context(terms).Compact(iri));
        }
        catch (Problem)
        {
            // no context
        }
    }, iter: 2_000);

    [Theory]
    [InlineData("{\"location\":\"https://example.org/l\"}", "location", "https://uri.etsi.org/ngsi-ld/location")] // core terms cannot be overridden (clause 4.4)
    [InlineData("{\"speed\":\"https://example.org/speed\"}", "speed", "https://example.org/speed")]
    [InlineData("{\"ex\":\"https://example.org/\"}", "ex:speed", "https://example.org/speed")]
    [InlineData("{\"ex\":\"https://example.org/\",\"speed\":\"ex:v\"}", "speed", "https://example.org/v")]
    [InlineData("{\"speed\":{\"@id\":\"https://example.org/v\",\"@type\":\"@id\"}}", "speed", "https://example.org/v")]
    [InlineData("{\"@vocab\":\"https://example.org/\"}", "speed", "https://example.org/speed")]
    [InlineData("{}", "speed", "https://uri.etsi.org/ngsi-ld/default-context/speed")]
    [InlineData("{}", "https://example.org/x", "https://example.org/x")]
    [InlineData("[{\"speed\":\"https://a.org/s\"},{\"speed\":\"https://b.org/s\"}]", "speed", "https://b.org/s")]
    public void Names_expand_by_the_context(string context, string name, string iri) => Assert.Equal(iri, Context(context).Expand(name));

    [Fact]
    public void A_name_of_the_default_vocabulary_that_the_context_takes_otherwise_is_written_with_its_prefix() =>
        Assert.Equal("ngsi-ld:default-context/speed", Context("{\"speed\":\"https://example.org/speed\"}").Compact("https://uri.etsi.org/ngsi-ld/default-context/speed"));

    [Theory]
    [InlineData("{\"speed\":\"urn:a b\"}")]
    [InlineData("{\"speed\":\"urn:a\\u0000b\"}")]
    [InlineData("{\"@vocab\":\"a b\"}")]
    [InlineData("{\"@vocab\":\"\"}")]
    [InlineData("{\"speed\":5}")]
    [InlineData("5")]
    public void A_context_whose_names_no_store_could_hold_is_refused(string json) => Assert.Equal(ProblemKind.BadRequestData, Assert.Throws<Problem>(() => Context(json)).Kind);

    [Theory]
    [InlineData("http://smartdatamodels.org/context.jsonld", "TrafficFlowObserved", "https://uri.fiware.org/ns/data-models#TrafficFlowObserved")]
    [InlineData("https://smartdatamodels.org/context.jsonld", "activePower", "https://smart-data-models.github.io/data-models/terms.jsonld#/definitions/activePower")]
    [InlineData("https://smart-data-models.github.io/data-models/context.jsonld", "address", "https://schema.org/address")]
    [InlineData("https://fiware.github.io/data-models/context.jsonld", "OffStreetParking", "https://uri.fiware.org/ns/data-models#OffStreetParking")]
    [InlineData("https://fiware.github.io/NGSI-LD_TestSuite/ldContext/testContext.jsonld", "P1", "http://example.org/P1")]
    public void A_well_known_context_is_carried(string address, string name, string iri)
    {
        using var document = JsonDocument.Parse(CarriedContexts.Find(address)!);
        Assert.Equal(iri, Context(document.RootElement.GetProperty("@context").GetRawText()).Expand(name));
    }

    [Theory]
    [InlineData("https://smartdatamodels.org/context.jsonld?x=1")]
    [InlineData("https://smartdatamodels.org:8443/context.jsonld")]
    [InlineData("https://example.org/context.jsonld")]
    [InlineData("ftp://smartdatamodels.org/context.jsonld")]
    [InlineData("smartdatamodels.org/context.jsonld")]
    public void Another_address_is_not(string address) => Assert.Null(CarriedContexts.Find(address));

    [Fact]
    public void All_that_is_carried_is_an_absolute_name_and_no_core_term() => Assert.All(CarriedContexts.Addresses, address =>
    {
        using var document = JsonDocument.Parse(CarriedContexts.Find("https://" + address)!);
        var terms = document.RootElement.GetProperty("@context").EnumerateObject().ToList();
        Assert.NotEmpty(terms);
        Assert.Equal(terms.Count, terms.Select(t => t.Name).Distinct().Count());
        Assert.All(terms, t => Assert.True(Dalgu.Iri.IsAbsolute(t.Value.GetString()!), t.Name));
    });

    /// <summary>A place whose only network is one that may not be called.</summary>
    [Fact]
    public async Task Where_nothing_can_be_fetched_what_is_carried_is_kept_as_cached()
    {
        var options = new HubOptions { ContextTimeout = TimeSpan.FromMilliseconds(1) };
        var store = new ContextStore(options, TimeProvider.System, new(options, new Http.OutboundHttp(options)), null);
        var kept = await store.FetchAsync(new("http://smartdatamodels.org/context.jsonld"), TestContext.Current.CancellationToken);
        Assert.Equal((ContextKind.Cached, "http://smartdatamodels.org/context.jsonld"), (kept.Kind, kept.Address));
        Assert.Same(kept, await store.FetchAsync(new("http://smartdatamodels.org/context.jsonld"), TestContext.Current.CancellationToken));
        Assert.Equal(ProblemKind.LdContextNotAvailable, (await Assert.ThrowsAsync<Problem>(() => store.ReloadAsync(Access.Principal.System, "x", kept, TestContext.Current.CancellationToken))).Kind);
    }
}
