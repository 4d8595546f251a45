using System.Globalization;
using CsCheck;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Query;
using Dalgu.Hub.Temporal;
using Xunit;

namespace Dalgu.Hub.Tests;

/// <summary>Texts of requests: any text is read or refused by a Problem, never by a fault.</summary>
public class QueryTextTests
{
    private static readonly HubOptions Options = new();
    private static readonly Gen<string> AnyText = Gen.OneOf(
        One.Of("speed", "a.b", "x[y]", "==", "!=", ">", ">=", "<", "~=", "!~=", "..", ",", ";", "|", "(", ")", "\"", "\\", "[", "]", "{", "}", "1", "-1.5e9", "true", "\"a\"", "2026-01-01T00:00:00Z", ".*", "(?=x)", "urn:a:b", "#", "/", "+", " ", "가", "near", "P1M", "PT", "Y", "T", "W").Array[0, 12].Select(parts => string.Concat(parts)),
        Gen.String);

    private static void ReadsOrRefuses(string text, Action<string> read)
    {
        try
        {
            read(text);
        }
        catch (Problem)
        {
            // a refusal is an answer
        }
    }

    [Fact]
    public void Any_filter_is_read_or_refused() => AnyText.Sample(t => ReadsOrRefuses(t, x => QExpression.Parse(x, CoreContext.Instance, Options)), iter: 20_000);

    [Fact]
    public void Any_filter_that_is_read_can_be_asked_of_any_entity() =>
        Gen.Select(AnyText, Generated.Entity).Sample((t, e) => ReadsOrRefuses(t, x => QExpression.Parse(x.Replace("speed", "name", StringComparison.Ordinal), CoreContext.Instance, Options).Matches(e)), iter: 5_000);

    [Fact]
    public void Any_type_selection_scope_query_and_path_is_read_or_refused() => AnyText.Sample(t =>
    {
        ReadsOrRefuses(t, x => TypeSelection.Parse(x, CoreContext.Instance));
        ReadsOrRefuses(t, x => ScopeQuery.Parse(x).Matches(["/대구/중구", "x"]));
        ReadsOrRefuses(t, x => AttributePath.Parse(x, CoreContext.Instance));
        ReadsOrRefuses(t, x => GeoQuery.Parse(x, "Point", "[1,2]", null, CoreContext.Instance));
        ReadsOrRefuses(t, x => GeoQuery.Parse("near;maxDistance==1", x, "[1,2]", null, CoreContext.Instance));
        ReadsOrRefuses(t, x => GeoQuery.Parse("within", "Polygon", x, null, CoreContext.Instance));
    }, iter: 5_000);

    [Fact]
    public void A_type_selection_of_a_million_parentheses_is_refused() =>
        Assert.Equal(ProblemKind.TooComplexQuery, Assert.Throws<Problem>(() => TypeSelection.Parse(new string('(', 1_000_000), CoreContext.Instance)).Kind);

    [Fact]
    public void Any_duration_is_read_or_refused() => AnyText.Sample(t => ReadsOrRefuses(t, x => Duration.Parse(x)), iter: 20_000);

    [Theory]
    [InlineData("PT5M", 0, "00:05:00")]
    [InlineData("P1D", 0, "1.00:00:00")]
    [InlineData("P1M", 1, "00:00:00")]
    [InlineData("P0Y", 0, "00:00:00")]
    [InlineData("P1Y", 12, "00:00:00")]
    [InlineData("P1Y2M3DT4H5M6S", 14, "3.04:05:06")]
    [InlineData("P2W", 0, "14.00:00:00")]
    [InlineData("PT0S", 0, "00:00:00")]
    [InlineData("P1MT1M", 1, "00:01:00")]
    [InlineData("PT0.5S", 0, "00:00:00.5000000")]
    public void A_duration_keeps_whole_months_apart(string text, int months, string rest) =>
        Assert.Equal(new Duration(months, TimeSpan.Parse(rest, CultureInfo.InvariantCulture)), Duration.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("P")]
    [InlineData("PT")]
    [InlineData("-P1D")]
    [InlineData("P-1D")]
    [InlineData("1D")]
    [InlineData("P1X")]
    [InlineData("P1.5M")]
    [InlineData("P99999999999Y")]
    public void A_text_that_is_no_duration_is_refused(string text) => Assert.Equal(ProblemKind.BadRequestData, Assert.Throws<Problem>(() => Duration.Parse(text)).Kind);

    [Fact]
    public void Months_after_a_start_end_on_the_last_day_where_the_month_is_shorter()
    {
        var start = new DateTime(2024, 1, 31, 0, 0, 0, DateTimeKind.Utc);
        Assert.Equal([new DateTime(2024, 2, 29), new DateTime(2024, 3, 31), new DateTime(2025, 1, 31)], new[] { 1L, 2, 12 }.Select(n => new Duration(1, TimeSpan.Zero).After(start, n)));
    }
}
