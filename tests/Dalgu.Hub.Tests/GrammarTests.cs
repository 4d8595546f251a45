using System.Text;
using System.Text.Json;
using CsCheck;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;
using Dalgu.Hub.Temporal;
using Xunit;

namespace Dalgu.Hub.Tests;

/// <summary>Texts made of the words of each grammar, in any order: they are read or refused, never a fault, and never cost more memory than a limit.</summary>
public class GrammarTests
{
    private const long Most = 8 * 1024 * 1024;
    private static readonly HubOptions Options = new();
    private static readonly Entity Road = new()
    {
        Id = "urn:ngsi-ld:Road:1", Types = [CoreContext.Instance.ExpandType("Road")], Scopes = ["/a/b"],
        Attributes = [new(CoreContext.Instance.ExpandAttribute("speed"), [new AttributeInstance { Kind = AttributeKind.Property, Value = "[1,{\"a\":\"b\"},null]"u8.ToArray() }])],
    };

    private static Gen<string> Of(int most, params string[] words) => One.Of(words).Array[0, most].Select(string.Concat);

    private static void Holds(Gen<string> texts, Action<string> read) => texts.Sample(text =>
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            read(text);
        }
        catch (Problem problem)
        {
            Assert.True(problem.Status is 400 or 403, problem.Message);
            Assert.True(problem.Message.Length < 2_000);
        }
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < Most, text);
    }, iter: 3_000, threads: 1);

    [Fact]
    public void Filters() => Holds(Of(40, "speed", "a.b", "name", "[", "]", "(", ")", "{", "}", ";", "|", ",", "..", "==", "!=", ">", "<=", "~=", "!~=", "!", "\"x\"", "\"", "1", "-1e3", "true", "2026-01-01", "(a+)+$", ".*", "*", "\\", "구"),
        text => QExpression.Parse(text, CoreContext.Instance, Options).Matches(Road));

    [Fact]
    public void Type_selections() => Holds(Of(60, "Road", "Park", "(", ")", ",", "|", ";", " ", "*", "https://a/b"), text => TypeSelection.Parse(text, CoreContext.Instance).Matches(Road.Types));

    [Fact]
    public void Scope_queries() => Holds(Of(40, "/a", "/b", "/", "+", "#", ",", ";", "|", "(", ")", "/대구"), text => ScopeQuery.Parse(text).Matches(Road.Scopes));

    [Fact]
    public void Projections() => Holds(Of(60, "id", "type", "a", "b", "{", "}", ",", "|", " ", "구"), text => Projection.Parse(text, CoreContext.Instance));

    [Fact]
    public void Orders() => Holds(Of(20, "a", "b.c", "[x]", ";asc", ";desc", ";", ",", "id", "."), text => new QueryParser(CoreContext.Instance, Options).Parse(name => name == "orderBy" ? text : null));

    [Fact]
    public void Places_and_their_relations() => Gen.Select(
        Of(6, "near", "within", ";", "maxDistance", "minDistance", "==", "10", "1e999", "-1"), One.Of("Point", "Polygon", "LineString", "MultiPolygon", "Circle", "GeometryCollection", "\""),
        Of(24, "[", "]", ",", "1", "-181", "90.5", "1e400", "{", "}", "\"x\"", "null")).Sample((relation, geometry, coordinates) => Read(() => GeoQuery.Parse(relation, geometry, coordinates, null, CoreContext.Instance).Matches(Road)), iter: 3_000, threads: 1);

    [Fact]
    public void Temporal_parameters() => Gen.Select(One.Of("before", "after", "between", "x", null!), Of(3, "2026-01-01T00:00:00Z", "2026", "T", "Z", "-", "9"), Of(6, "P", "T", "1", "D", "M", "Y", "H", "99999999999", ".5", "-", "W"), Of(2, "1", "-", "99999999999", "0"))
        .Sample((relation, at, period, last) => Read(() =>
        {
            var query = TemporalQuery.Parse(name => name switch { "timerel" => relation, "timeAt" => at, "endTimeAt" => at, "lastN" => last.Length == 0 ? null : last, "aggrMethods" => "avg", "aggrPeriodDuration" => period, _ => null }, true, Options);
            var aggregation = new Aggregation(AttributeKind.Property, query.Period, query.From, TemporalQuery.KnownMethods);
            foreach (var year in new[] { 1, 1970, 2026, 9999 }) aggregation.Add(new DateTime(year, 12, 31, 23, 59, 59, DateTimeKind.Utc), "1"u8);
        }), iter: 3_000, threads: 1);

    [Fact]
    public void Entities_and_contexts_of_any_shape() => Holds(
        Of(40, "{", "}", "[", "]", ",", ":", "\"id\"", "\"urn:a:b\"", "\"type\"", "\"Property\"", "\"value\"", "\"T\"", "\"@context\"", "\"@id\"", "\"speed\"", "\"urn:ngsi-ld:null\"", "null", "1", "true", "\"observedAt\"", "\"scope\"", "\"\\ud800\""), text =>
    {
        JsonDocument document;
        try
        {
            document = StrictJson.Parse(Encoding.UTF8.GetBytes("{\"id\":\"urn:a:b\",\"type\":\"T\",\"speed\":" + text + "}"), new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException)
        {
            return;
        }
        using (document)
        {
            Read(() => new EntityJsonReader(CoreContext.Instance, Options).Read(document.RootElement).ToEntity());
            Read(() => new EntityJsonReader(CoreContext.Instance, Options) { IsTemporal = true }.Read(document.RootElement));
            Read(() => new ContextRegistry(Options, TimeProvider.System, new Http.OutboundHttp(new())).ResolveAsync(document.RootElement).AsTask().GetAwaiter().GetResult());
        }
    });

    private static void Read(Action read)
    {
        try
        {
            read();
        }
        catch (Problem problem)
        {
            Assert.InRange(problem.Status, 400, 404);
        }
    }
}
