using System.Globalization;
using System.Text;
using CsCheck;
using Xunit;

namespace Dalgu.Core.Tests;

public class TimestampTests
{
    [Fact]
    public void An_instant_reads_back_as_it_was_written() => Gen.Long[0, DateTime.MaxValue.Ticks].Sample(ticks =>
    {
        foreach (var time in new[] { new DateTime(ticks, DateTimeKind.Utc), Timestamp.Milliseconds(new DateTime(ticks, DateTimeKind.Utc)) })
        {
            var text = Timestamp.Format(time);
            Assert.True(text.EndsWith('Z') && text.Length <= Timestamp.MaxBytes, text);
            Assert.True(Timestamp.TryParse(text, out var read) && read == time && read.Kind == DateTimeKind.Utc, text);
            Assert.True(Timestamp.TryParse(Encoding.UTF8.GetBytes(text), out var bytes) && bytes == time, text);
        }
    }, iter: 20_000);

    [Theory]
    [InlineData("2026-11-23T08:00:00Z", "2026-11-23T08:00:00Z")]
    [InlineData("2026-11-23T17:00:00+09:00", "2026-11-23T08:00:00Z")]
    [InlineData("2026-11-23T08:00:00.5Z", "2026-11-23T08:00:00.500Z")]
    [InlineData("2026-11-23T08:00:00,123Z", "2026-11-23T08:00:00.123Z")]
    [InlineData("2026-11-23T08:00:00.123456Z", "2026-11-23T08:00:00.123456Z")]
    [InlineData("2026-11-23T08:00Z", "2026-11-23T08:00:00Z")]
    public void An_instant_with_its_zone_is_read(string text, string as_written)
    {
        Assert.True(Timestamp.TryParse(text, out var time), text);
        Assert.Equal(as_written, Timestamp.Format(time));
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-11-23")]
    [InlineData("2026-11-23T08:00:00")]
    [InlineData("2026-13-01T00:00:00Z")]
    [InlineData("2026-02-30T00:00:00Z")]
    [InlineData("2026-11-23T24:30:00Z")]
    [InlineData("2026-11-23T08:00:60Z")]
    [InlineData("0001-01-01T00:00:00+14:00")]
    [InlineData("9999-12-31T23:59:59-14:00")]
    [InlineData("2026-11-23 08:00:00Z")]
    [InlineData("20261123T080000Z")]
    public void A_text_that_is_no_instant_is_not_read(string text) => Assert.False(Timestamp.TryParse(text, out _), text);

    /// <summary>The quick way for the usual form and the general way agree: on any instant with any number of digits, and on what differs from one in one character.</summary>
    [Fact]
    public void The_usual_form_reads_as_the_general_parser_reads_it() =>
        Gen.Select(Gen.Long[0, DateTime.MaxValue.Ticks], Gen.Int[0, 7], Gen.Int[0, 27], Gen.Char["0123456789-T:.Z, +"], Gen.Bool).Sample((ticks, digits, at, other, spoil) =>
        {
            var text = new DateTime(ticks, DateTimeKind.Utc).ToString("yyyy-MM-dd'T'HH:mm:ss" + (digits == 0 ? "" : "." + new string('f', digits)) + "'Z'", CultureInfo.InvariantCulture);
            if (spoil && at < text.Length) text = text[..at] + other + text[(at + 1)..];
            var general = DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss,FFFFFFFK", "yyyy-MM-dd'T'HH:mmK"],
                CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var expected) && (text[^1] == 'Z' || text[10..].AsSpan().IndexOfAny('+', '-') >= 0);
            Assert.Equal(general, Timestamp.TryParse(text, out var read));
            if (general) Assert.Equal(expected.UtcDateTime, read);
        }, iter: 50_000);

    [Fact]
    public void Any_text_is_read_or_not_without_a_fault() => Gen.Byte.Array[0, 60].Sample(bytes =>
    {
        _ = Timestamp.TryParse(bytes, out _);
        _ = Timestamp.TryParse(Encoding.Latin1.GetString(bytes), out _);
    }, iter: 20_000);
}
