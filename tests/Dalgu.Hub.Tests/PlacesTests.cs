using System.Globalization;
using System.Text;
using CsCheck;
using Dalgu.Hub.Query;
using Dalgu.Hub.Storage;
using Xunit;

namespace Dalgu.Hub.Tests;

public class PlacesTests
{
    private static readonly Gen<string> Space = Gen.Int[0, 5].Select(i => ((string[])["", "", "", " ", "\n  ", "\t"])[i]);

    private static readonly Gen<(string Json, double X, double Y)> Points = Gen.Select(Gen.Double[-180, 180], Gen.Double[-90, 90], Space.Array[14], Gen.Int[0, 2].Select(i => ((string[])["R", "E6", "F3"])[i])).Select((x, y, s, format) =>
    {
        string a = x.ToString(format, CultureInfo.InvariantCulture), b = y.ToString(format, CultureInfo.InvariantCulture);
        return ($"{s[0]}{{{s[1]}\"type\"{s[2]}:{s[3]}\"Point\"{s[4]},{s[5]}\"coordinates\"{s[6]}:{s[7]}[{s[8]}{a}{s[9]},{s[10]}{b}{s[11]}]{s[12]}}}{s[13]}",
            double.Parse(a, CultureInfo.InvariantCulture), double.Parse(b, CultureInfo.InvariantCulture));
    });

    [Fact]
    public void A_point_is_read_as_it_is_written() => Points.Sample(p =>
    {
        Assert.True(Places.TryReadPoint(Encoding.UTF8.GetBytes(p.Json), out var x, out var y), p.Json);
        Assert.Equal((p.X, p.Y), (x, y));
        Assert.Equal(new Box(x, y, x, y), Places.BoxOf(Encoding.UTF8.GetBytes(p.Json)));
    }, iter: 2_000);

    [Theory]
    [InlineData("{\"type\":\"Point\",\"coordinates\":[128.6,35.9,40]}")]
    [InlineData("{\"type\":\"Point\",\"coordinates\":[128.6]}")]
    [InlineData("{\"type\":\"Point\",\"coordinates\":[128.6,35.9],\"bbox\":[1,2,3,4]}")]
    [InlineData("{\"coordinates\":[128.6,35.9],\"type\":\"Point\"}")]
    [InlineData("{\"type\":\"LineString\",\"coordinates\":[[128.6,35.9],[128.7,35.8]]}")]
    [InlineData("")]
    public void What_says_more_or_else_is_left_to_the_json_reader(string json) => Assert.False(Places.TryReadPoint(Encoding.UTF8.GetBytes(json), out _, out _));

    [Fact]
    public void The_box_of_any_geometry_holds_its_positions() =>
        Assert.Equal(new Box(128.5, 35.8, 128.7, 35.9), Places.BoxOf("{\"type\":\"LineString\",\"coordinates\":[[128.6,35.9,9],[128.7,35.8],[128.5,35.85]]}"u8));
}
