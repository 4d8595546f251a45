using CsCheck;
using Dalgu.Hub.Storage;
using Xunit;

namespace Dalgu.Hub.Tests;

public class PlaceCellsTests
{
    private static readonly Gen<Box> Boxes = Gen.Select(Gen.Double[-180, 180], Gen.Double[-90, 90], Gen.Double[0, 9], Gen.Double[0, 9], Gen.Bool).Select((x, y, wide, high, point) =>
        // From nothing to the whole earth, each size as likely as its tenfold.
        point ? new Box(x, y, x, y) : new Box(x, y, Math.Min(180, x + 3.6e-7 * Math.Pow(10, wide)), Math.Min(90, y + 3.6e-7 * Math.Pow(10, high))));

    /// <summary>The ranges of a box hold the cell of every box that meets it. What else they hold is looked at and left out.</summary>
    [Fact]
    public void What_meets_a_box_lies_in_its_ranges() => Gen.Select(Boxes, Boxes).Sample((place, asked) =>
    {
        if (place.MaxX < asked.MinX || place.MinX > asked.MaxX || place.MaxY < asked.MinY || place.MinY > asked.MaxY)
            asked = place with { MinX = Math.Max(-180, place.MaxX - 1e-9), MaxX = Math.Min(180, place.MaxX + (asked.MaxX - asked.MinX)) }; // most do not meet: then one that does
        var cell = PlaceCells.Of(place);
        var ranges = PlaceCells.Ranges(asked);
        Assert.True(ranges.Exists(r => r.First <= cell && cell <= r.Last), $"{place} is not found by {asked}");
    }, iter: 20_000);

    [Fact]
    public void A_place_is_looked_for_among_its_neighbours_alone()
    {
        var ranges = PlaceCells.Ranges(new(128.6, 35.87, 128.605, 35.875));
        Assert.True(ranges.Count < 40, $"{ranges.Count} ranges");
        foreach (var (x, y) in new[] { (128.7, 35.87), (128.6, 35.97), (0.0, 0.0) })
            Assert.DoesNotContain(ranges, r => r.First <= PlaceCells.Of(new(x, y, x, y)) && PlaceCells.Of(new(x, y, x, y)) <= r.Last);
    }
}
