using System.Text;
using System.Text.Json;
using CsCheck;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;
using Xunit;

namespace Dalgu.Hub.Tests;

public class EntityPackerTests
{
    private static readonly HubOptions Options = new();

    // Members as bodies have them, plain ones and such as are not: those must be left to the full reader, which may refuse them.
    private static readonly Gen<string> Value = Gen.OneOf(One.Of("1", "-2.50", "1e3", "true", "\"a\"", "\"중구\"", "\"a\\\"b\"", "[1,[2,null]]", "{\"a\":{\"b\":1},\"c\":[]}"),
        One.Of("null", "\"urn:ngsi-ld:null\"", "{\"a\":\"urn:ngsi-ld:null\"}", "{\"type\":\"Point\",\"coordinates\":[128.6,35.8]}", "{\"a\\u0062\":1}"));

    private static readonly Gen<string> Geometry = One.Of("{\"type\":\"Point\",\"coordinates\":[128.6,35.8]}", "{\"coordinates\":[128.6,35.8],\"type\":\"Point\"}", "{\"type\":\"Point\",\"coordinates\":[200,0]}",
        "{\"type\":\"LineString\",\"coordinates\":[[1,2],[3,4]]}", "{\"type\":\"Point\",\"coordinates\":[1,2,3]}", "{\"type\":\"GeometryCollection\",\"geometries\":[]}", "\"{}\"", "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1]]]}");

    private static readonly Gen<string> Extra = One.Of("", "", "", ",\"unitCode\":\"KMH\"", ",\"unitCode\":\"\"", ",\"observedAt\":\"2026-11-23T08:00:00Z\"", ",\"observedAt\":\"2026-11-23T08:00:00.123Z\",\"unitCode\":\"MTR\"",
        ",\"observedAt\":\"yesterday\"", ",\"datasetId\":\"urn:set:1\"", ",\"expiresAt\":\"2030-01-01T00:00:00Z\"", ",\"source\":{\"type\":\"Property\",\"value\":1}", ",\"unitCode\":\"\\u004b\"", ",\"createdAt\":\"2020-01-01T00:00:00Z\"");

    private static readonly Gen<string> Instance = Gen.OneOf(
        Gen.Select(Value, Extra, (v, e) => $"{{\"type\":\"Property\",\"value\":{v}{e}}}"),
        Gen.Select(Value, Extra, (v, e) => $"{{\"value\":{v},\"type\":\"Property\"{e}}}"),
        Gen.Select(Geometry, Extra, (v, e) => $"{{\"type\":\"GeoProperty\",\"value\":{v}{e}}}"),
        Gen.Select(One.Of("\"urn:ngsi-ld:Road:1\"", "\"no uri\"", "[\"urn:a:b\",\"urn:c:d\"]", "1"), Extra, (v, e) => $"{{\"type\":\"Relationship\",\"object\":{v}{e}}}"),
        One.Of("5", "\"a\"", "[1]", "{\"value\":1}", "{\"type\":\"LanguageProperty\",\"languageMap\":{\"ko\":\"가\"}}", "{\"type\":\"Property\",\"object\":\"urn:a:b\"}", "{\"type\":\"Nothing\",\"value\":1}", "{\"type\":\"Property\"}"));

    private static readonly Gen<string> Plain = One.Of("{\"type\":\"Property\",\"value\":1.5,\"unitCode\":\"KMH\",\"observedAt\":\"2026-11-23T08:00:00Z\"}", "{\"type\":\"Relationship\",\"observedAt\":\"2026-11-23T08:00:00Z\",\"object\":\"urn:ngsi-ld:길:1\"}",
        "{\"value\":{\"type\":\"Point\",\"coordinates\":[128.6,35.8]},\"type\":\"GeoProperty\"}", "{\"type\":\"Property\",\"value\":[{\"a\":null},\"중구\"]}");

    // One odd part is enough to leave an entity to the full reader: parts are mostly plain, so that a good share of the entities is.
    private static Gen<string> Mostly(Gen<string> plain, Gen<string> odd) => Gen.Frequency((9, plain), (1, odd));

    private static readonly Gen<string> Name = Mostly(One.Of("speed", "name", "중구", "https://example.org/a", "seats"), One.Of("location", "ngsildproof", "b d", "scope", "observedAt", "n\\u0061me"));

    private static readonly Gen<string> Body = Gen.Select(Mostly(One.Of("urn:ngsi-ld:Road:1", "urn:ngsi-ld:도로:2"), One.Of("no uri", "urn:ngsi-ld:null", "urn:a:\\u0062")),
        Mostly(One.Of("\"Road\"", "\"Way\""), One.Of("[\"Road\",\"Way\"]", "\"id\"", "\"9a\"", "1")), Gen.Select(Name, Gen.Frequency((4, Plain), (1, Instance))).Array[0, 5], Gen.Int[0, 9])
        .Select((id, type, attributes, order) =>
        {
            var members = attributes.DistinctBy(a => a.Item1).Select(a => $"\"{a.Item1}\":{a.Item2}").Prepend(order == 0 ? "\"title\":{\"type\":\"Property\",\"value\":1}" : $"\"type\":{type}").ToList();
            members.Insert(Math.Min(order / 4, members.Count), $"\"id\":\"{id}\"");
            return $"{{{string.Join(", ", members)}}}";
        });

    [Fact]
    public void What_is_read_from_the_bytes_is_what_the_full_reader_reads()
    {
        long plain = 0, left = 0;
        Body.Array[1, 6].Sample(bodies =>
        {
            var json = Encoding.UTF8.GetBytes($"[{string.Join(",\n", bodies)}]");
            var packed = new EntityPacker(CoreContext.Instance, Options).ReadBatch(json);
            Assert.NotNull(packed);
            Assert.Equal(bodies.Length, packed.Count);
            for (var i = 0; i < bodies.Length; i++)
            {
                Interlocked.Increment(ref packed[i] is null ? ref left : ref plain);
                var alone = EntityPacker.Of(CoreContext.Instance, Options).ReadOne(Encoding.UTF8.GetBytes(bodies[i]));
                Assert.Equal(packed[i] is null, alone is null);
                if (packed[i] is not { } entity) continue;
                using var document = JsonDocument.Parse(bodies[i], new JsonDocumentOptions { AllowDuplicateProperties = false });
                var full = new EntityJsonReader(CoreContext.Instance, Options).Read(document.RootElement);
                Assert.Equal(Generated.Print(full.ToEntity()), Generated.Print(entity.ToEntity()));
                Assert.Equal(Generated.Print(entity.ToEntity()), Generated.Print(alone!.ToEntity()));
            }
        }, iter: 3_000);
        Assert.True(plain > 1_000 && left > 1_000, $"{plain} were plain, {left} were not");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("[1]")]
    [InlineData("[{\"id\":\"urn:a:b\",\"type\":\"T\"}")]
    [InlineData("[{\"id\":\"urn:a:b\",\"type\":\"T\"}] x")]
    [InlineData("[{\"id\":\"urn:a:b\",\"type\":\"T\"},null]")]
    [InlineData("[{\"id\":\"urn:a:b\",\"type\":\"T\",\"a\":{\"type\":\"Property\",\"value\":\"\\ud800\"}}]")]
    public void What_is_no_batch_is_left_to_the_full_reader(string body) => Assert.Null(new EntityPacker(CoreContext.Instance, Options).ReadBatch(Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void A_thread_keeps_a_packer_for_a_context_but_none_that_has_grown()
    {
        var first = EntityPacker.Of(CoreContext.Instance, Options);
        Assert.Same(first, EntityPacker.Of(CoreContext.Instance, Options));
        Assert.NotSame(first, EntityPacker.Of(CoreContext.Instance, new HubOptions()));
        var grown = EntityPacker.Of(CoreContext.Instance, Options);
        Assert.NotNull(grown.ReadOne(Encoding.UTF8.GetBytes($"{{\"id\":\"urn:a:b\",\"type\":\"T\",\"a\":{{\"type\":\"Property\",\"value\":\"{new string('x', 100_000)}\"}}}}")));
        Assert.NotSame(grown, EntityPacker.Of(CoreContext.Instance, Options));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("[{\"id\":\"urn:a:b\",\"type\":\"T\"}]")]
    [InlineData("{\"id\":\"urn:a:b\",\"type\":\"T\"")]
    [InlineData("{\"id\":\"urn:a:b\",\"type\":\"T\"} {}")]
    [InlineData("{\"id\":\"urn:a:b\",\"type\":\"T\",\"@context\":[]}")]
    public void What_is_no_entity_is_left_to_the_full_reader(string body) => Assert.Null(new EntityPacker(CoreContext.Instance, Options).ReadOne(Encoding.UTF8.GetBytes(body)));

    [Theory]
    [InlineData("\"a\":{\"type\":\"Property\",\"value\":1},\"a\":{\"type\":\"Property\",\"value\":2}")]
    [InlineData("\"a\":{\"type\":\"Property\",\"value\":1},\"https://uri.etsi.org/ngsi-ld/default-context/a\":{\"type\":\"Property\",\"value\":2}")]
    [InlineData("\"a\":{\"type\":\"Property\",\"value\":{\"x\":1,\"x\":2}}")]
    [InlineData("\"a\":{\"type\":\"Property\",\"value\":1,\"value\":2}")]
    public void A_member_that_stands_twice_is_left_to_the_full_reader_each_time(string attributes)
    {
        var entity = $"{{\"id\":\"urn:a:b\",\"type\":\"T\",{attributes}}}";
        Assert.Equal([null, null], new EntityPacker(CoreContext.Instance, Options).ReadBatch(Encoding.UTF8.GetBytes($"[{entity},{entity}]"))!);
    }

    [Fact]
    public void A_state_read_as_it_lies_says_what_it_says_as_objects() => Generated.Entity.Sample(entity =>
    {
        var names = new NameTable([""], 100_000);
        var writer = new EntityCodec.Writer(names);
        // Plain where the first instance of each attribute is; else it is read as objects at once.
        foreach (var state in (Entity[])[entity, AllPlain(entity)])
        {
            EntityCodec.Write(writer, state);
            var body = writer.Take();
            var stored = EntityCodec.ReadAsStored(state.Id, body, names);
            if (!ReferenceEquals(state, entity) && state.Attributes.Count > 0) Assert.IsType<StoredAttributes>(stored.Attributes);
            for (var i = 0; i < state.Attributes.Count; i++) Assert.Equal((state.Attributes[i].Name, state.Attributes[i].Instances[0].Kind), EncodedAttributes.Describe(stored.Attributes, i));
            Assert.Equal(Query.Places.BoxOf(state), Query.Places.BoxOf(stored));
            Assert.Equal(Generated.Print(state), Generated.Print(stored));
        }
    }, iter: 500);

    private static Entity AllPlain(Entity entity) => entity with
    {
        Attributes = [.. entity.Attributes.Select(a => new EntityAttribute(a.Name,
            [a.Instances[0] with { SubAttributes = null, ObjectTypes = null, ExpiresAt = null, Deleted = false, Kind = AttributeKind.Property }]))],
    };
}
