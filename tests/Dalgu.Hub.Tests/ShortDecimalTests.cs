using System.Buffers.Text;
using System.Globalization;
using System.Text;
using CsCheck;
using Dalgu.Hub.Temporal;
using Xunit;

namespace Dalgu.Hub.Tests;

public class ShortDecimalTests
{
    /// <summary>Numbers as sensors send them: so many digits, so many of them behind the point.</summary>
    private static readonly Gen<string> Decimals = Gen.Select(Gen.Long[0, 999_999_999_999_999], Gen.Int[0, 15], Gen.Int[0, 15], Gen.Bool).Select((digits, dropped, decimals, negative) =>
    {
        for (; dropped > 0; dropped--) digits /= 10;
        var text = digits.ToString(CultureInfo.InvariantCulture);
        if (decimals > 0) text = text.PadLeft(decimals + 1, '0').Insert(Math.Max(text.Length, decimals + 1) - decimals, ".");
        return negative ? "-" + text : text;
    });

    [Fact]
    public void A_number_of_few_digits_is_read_as_the_general_parser_reads_it() => Decimals.Sample(text =>
    {
        if (!ShortDecimal.TryParse(Encoding.UTF8.GetBytes(text), out var number)) Assert.True(text.TrimStart('-').Length > 16 || !text.Contains('.') && text.TrimStart('-').Length > 15, text);
        else Assert.Equal(BitConverter.DoubleToInt64Bits(double.Parse(text, CultureInfo.InvariantCulture)), BitConverter.DoubleToInt64Bits(number));
    }, iter: 200_000);

    [Fact]
    public void Whatever_is_read_at_all_is_read_as_the_general_parser_reads_it() => One.Of('0', '1', '9', '.', '-', 'e', '+', '"', ' ', ',').Array[0, 6].Select(c => new string(c)).Sample(text =>
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        if (!ShortDecimal.TryParse(utf8, out var number)) return;
        Assert.True(Utf8Parser.TryParse(utf8, out double general, out var used) && used == utf8.Length, text);
        Assert.Equal(BitConverter.DoubleToInt64Bits(general), BitConverter.DoubleToInt64Bits(number));
    }, iter: 200_000);

    [Fact]
    public void Any_number_is_written_as_the_general_formatter_writes_it() =>
        Gen.OneOf(Decimals.Select(t => double.Parse(t, CultureInfo.InvariantCulture)), Gen.Double.Where(double.IsFinite), Gen.Double[-1e6, 1e6], Gen.Int[-100_000, 100_000].Select(i => i / 30.0), Gen.Long.Select(l => (double)l),
            Decimals.Select(t => Math.BitIncrement(double.Parse(t, CultureInfo.InvariantCulture)))).Sample(WrittenAsAlways, iter: 500_000);

    [Theory]
    [InlineData(-0.0)]
    [InlineData(4.35)] // 4.35 × 100 is 434.99999999999994
    [InlineData(0.0001)]
    [InlineData(0.00001)]
    [InlineData(-17.25)]
    [InlineData(999_999_999_999_999)]
    [InlineData(1e15)]
    [InlineData(99_999_999_999_999.95)]
    [InlineData(double.MaxValue)]
    [InlineData(-double.MaxValue)]
    [InlineData(double.Epsilon)]
    [InlineData(-2.2250738585072014E-308)]
    public void A_number_at_a_limit_is_written_as_always(double number) => WrittenAsAlways(number);

    private static void WrittenAsAlways(double number)
    {
        Span<byte> expected = stackalloc byte[64], actual = stackalloc byte[ShortDecimal.MaxBytes];
        Assert.True(Utf8Formatter.TryFormat(number, expected, out var length));
        Assert.Equal(Encoding.ASCII.GetString(expected[..length]), Encoding.ASCII.GetString(actual[..ShortDecimal.Format(number, actual)]));
    }
}
