using CsCheck;
using Xunit;

namespace Dalgu.Core.Tests;

public class IriTests
{
    [Theory]
    [InlineData("urn:ngsi-ld:Road:7", true)]
    [InlineData("https://example.org/길?a=b#c", true)]
    [InlineData("a:b", true)]
    [InlineData("urn:ngsi-ld:Road:\ud83d\ude00", true)]
    [InlineData("", false)]
    [InlineData("road", false)]
    [InlineData(":a", false)]
    [InlineData("a:", false)]
    [InlineData("1a:b", false)]
    [InlineData("a b:c", false)]
    [InlineData("urn:a b", false)]
    [InlineData("urn:a\0b", false)]
    [InlineData("urn:a\nb", false)]
    [InlineData("urn:<a>", false)]
    [InlineData("urn:{a}", false)]
    [InlineData("urn:a\"b", false)]
    [InlineData("urn:a\\b", false)]
    [InlineData("urn:a^b", false)]
    public void A_text_is_an_absolute_iri_or_not(string text, bool isOne) => Assert.Equal(isOne, Iri.IsAbsolute(text));

    [Fact]
    public void A_name_that_is_too_long_is_none()
    {
        Assert.True(Iri.IsAbsolute("urn:" + new string('a', Iri.MaxLength - 4)));
        Assert.False(Iri.IsAbsolute("urn:" + new string('a', Iri.MaxLength - 3)));
    }

    [Fact]
    public void Any_text_is_answered_and_a_refusal_names_it_shortened() => Gen.String.Sample(text =>
    {
        if (Iri.IsAbsolute(text)) Assert.Equal(text, Iri.Require(text, "The id"));
        else Assert.Equal(ProblemKind.BadRequestData, Assert.Throws<Problem>(() => Iri.Require(text, "The id")).Kind);
        Assert.True(Iri.Shorten(text).Length <= 121);
    }, iter: 5_000);
}

public class GeoPointTests
{
    /// <summary>Source: great-circle distances by the haversine formula on a sphere of 6,371,008.8 m (IUGG mean radius).</summary>
    [Theory]
    [InlineData(0, 0, 0, 1, 111_195.08)]
    [InlineData(0, 0, 90, 0, 10_007_557.2)]
    [InlineData(0, 90, 0, -90, 20_015_114.4)]
    [InlineData(179.5, 0, -179.5, 0, 111_195.08)]
    [InlineData(128.6014, 35.8714, 128.6014, 35.8714, 0)]
    public void A_distance_is_that_of_the_great_circle(double x1, double y1, double x2, double y2, double metres) =>
        Assert.Equal(metres, new GeoPoint(x1, y1).DistanceTo(new GeoPoint(x2, y2)), 0.1);

    [Fact]
    public void A_distance_is_the_same_both_ways_never_negative_and_keeps_the_triangle() =>
        Gen.Select(Gen.Double[-180, 180], Gen.Double[-90, 90]).Select(p => new GeoPoint(p.Item1, p.Item2)).Array[3].Sample(p =>
        {
            var (ab, bc, ac) = (p[0].DistanceTo(p[1]), p[1].DistanceTo(p[2]), p[0].DistanceTo(p[2]));
            Assert.True(ab >= 0 && Math.Abs(ab - p[1].DistanceTo(p[0])) < 1e-6 && ac <= ab + bc + 1e-3);
        }, iter: 5_000);

    [Theory]
    [InlineData(180, 90, true)]
    [InlineData(-180.0001, 0, false)]
    [InlineData(0, 90.0001, false)]
    [InlineData(double.NaN, 0, false)]
    [InlineData(0, double.PositiveInfinity, false)]
    public void A_place_is_on_earth_or_not(double x, double y, bool isOne) => Assert.Equal(isOne, new GeoPoint(x, y).IsValid);
}
